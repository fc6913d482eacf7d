// OwnershipService for tests: each call as a promise that is tried once, so that a refusal is seen.
import { credentials } from '@grpc/grpc-js';
import {
  AcquireModificationRequest,
  BatchGetOwnershipRequest,
  CommitModificationRequest,
  GetOwnershipRequest,
  OwnershipServiceClient,
  OwnershipServiceService,
  ReleaseModificationRequest,
} from '../../gen/ts/dtms/v1/ownership_service.js';
import { unary } from '../../src/client/call.js';

const ONCE = { retryMs: 0 } as const;

/** @param address host:port of a server */
export function ownershipClient(address: string) {
  const client = new OwnershipServiceClient(address, credentials.createInsecure());
  const service = OwnershipServiceService;
  return {
    acquire: unary(client, service.acquireModification, AcquireModificationRequest, ONCE),
    commit: unary(client, service.commitModification, CommitModificationRequest, ONCE),
    release: unary(client, service.releaseModification, ReleaseModificationRequest, ONCE),
    get: unary(client, service.getOwnership, GetOwnershipRequest, ONCE),
    batchGet: unary(client, service.batchGetOwnership, BatchGetOwnershipRequest, ONCE),
    close: () => client.close(),
  };
}

export type OwnershipClient = ReturnType<typeof ownershipClient>;
