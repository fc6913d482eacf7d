// Leasing what is due now, as one call: a stream that the server ends.
import { Metadata } from '@grpc/grpc-js';
import {
  type ActionServiceClient,
  ActionServiceService,
  type LeaseActionsRequest,
  type LeaseActionsResponse,
} from '../../gen/ts/dtms/v1/action_service.js';
import type { CallOptions } from './call.js';
import { callError } from './errors.js';
import { retrying } from './retry.js';

const DEFAULT_DEADLINE_MS = 10_000;

const DEFAULT_RETRY_MS = 10_000;

/**
 * Leases at most max_leases actions. An answer that got lost is asked for again: leases that were not
 * begun are told again. Throws DtmsCallError.
 */
export function drainLeases(
  stub: ActionServiceClient,
  request: LeaseActionsRequest,
  options: CallOptions,
): Promise<LeaseActionsResponse> {
  const { retryMs = DEFAULT_RETRY_MS, signal } = options;
  return retrying(() => attempt(stub, request, options), retryMs, signal);
}

async function attempt(
  stub: ActionServiceClient,
  request: LeaseActionsRequest,
  options: CallOptions,
): Promise<LeaseActionsResponse> {
  const deadline = Date.now() + (options.deadlineMs ?? DEFAULT_DEADLINE_MS);
  const stream = stub.leaseActions(request, new Metadata(), { deadline });
  // An error event without a listener would end the process; the iterator below reports it.
  stream.on('error', () => {});
  const abort = () => stream.cancel();
  options.signal?.addEventListener('abort', abort, { once: true });
  const leased: LeaseActionsResponse = { actions: [], revision: 0n };
  try {
    for await (const { actions, revision } of stream as AsyncIterable<LeaseActionsResponse>) {
      leased.actions.push(...actions);
      leased.revision = revision;
    }
  } catch (error) {
    throw callError(ActionServiceService.leaseActions.path, error);
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
  return leased;
}
