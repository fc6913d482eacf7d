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

const DEFAULT_DEADLINE_MS = 10_000;

/**
 * Leases at most max_leases actions. It is not repeated by itself: what was leased by an answer that got
 * lost comes back when its lease ends. Throws DtmsCallError.
 */
export async function drainLeases(
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
