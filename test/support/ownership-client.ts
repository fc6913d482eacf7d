// OwnershipService for tests: each call as a promise that is tried once, so that a refusal is seen.
import { credentials } from '@grpc/grpc-js';
import {
  OwnershipServiceClient,
  OwnershipServiceDefinition,
} from '../../gen/ts/dtms/v1/ownership_service.js';
import { unary } from '../../src/client/call.js';

const ONCE = { retryMs: 0 } as const;

/** @param address host:port of a server */
export function ownershipClient(address: string) {
  const client = new OwnershipServiceClient(address, credentials.createInsecure());
  const { fullName, methods } = OwnershipServiceDefinition;
  const named = <M extends { readonly name: string }>(method: M) => ({
    ...method,
    path: `/${fullName}/${method.name}`,
  });
  return {
    acquire: unary(client, named(methods.acquireModification), ONCE),
    commit: unary(client, named(methods.commitModification), ONCE),
    release: unary(client, named(methods.releaseModification), ONCE),
    get: unary(client, named(methods.getOwnership), ONCE),
    batchGet: unary(client, named(methods.batchGetOwnership), ONCE),
    close: () => client.close(),
  };
}

export type OwnershipClient = ReturnType<typeof ownershipClient>;
