// Owns leasing what is due now, as one call: a stream that the server ends.
import {
  type ActionServiceClient,
  ActionServiceService,
  type LeaseActionsRequest,
  type LeaseActionsResponse,
} from '../../gen/ts/dtms/v1/action_service.js';
import { type CallOptions, DEFAULT_DEADLINE_MS, DEFAULT_RETRY_MS } from './call.js';
import { callError } from './errors.js';
import { metadataOf } from './headers.js';
import { type ClientInterceptor, type OutgoingCall, throughStream } from './hooks.js';
import { retrying } from './retry.js';

/**
 * Leases at most max_leases actions. An answer that got lost is asked for again: leases that were not
 * begun are told again. Throws DtmsCallError.
 */
export function drainLeases(
  stub: ActionServiceClient,
  request: LeaseActionsRequest,
  options: CallOptions,
  interceptors: readonly ClientInterceptor[],
): Promise<LeaseActionsResponse> {
  const { retryMs = DEFAULT_RETRY_MS, signal } = options;
  return retrying(() => attempt(stub, request, options, interceptors), retryMs, signal);
}

async function attempt(
  stub: ActionServiceClient,
  request: LeaseActionsRequest,
  options: CallOptions,
  interceptors: readonly ClientInterceptor[],
): Promise<LeaseActionsResponse> {
  const metadata = metadataOf(options.headers);
  const leased: LeaseActionsResponse = { actions: [], revision: 0n };
  const messages = throughStream(
    interceptors,
    { method: ActionServiceService.leaseActions.path, request, metadata },
    (call) => connection(stub, call, request, options),
  );
  for await (const { actions, revision } of messages) {
    leased.actions.push(...actions);
    leased.revision = revision;
  }
  return leased;
}

async function* connection(
  stub: ActionServiceClient,
  { metadata }: OutgoingCall,
  request: LeaseActionsRequest,
  { signal, deadlineMs = DEFAULT_DEADLINE_MS }: CallOptions,
): AsyncGenerator<LeaseActionsResponse, void, undefined> {
  const stream = stub.leaseActions(request, metadata, { deadline: Date.now() + deadlineMs });
  // An error event without a listener would end the process; the iterator below reports it.
  stream.on('error', () => {});
  const abort = () => stream.cancel();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    yield* stream as AsyncIterable<LeaseActionsResponse>;
  } catch (error) {
    throw callError(ActionServiceService.leaseActions.path, error);
  } finally {
    signal?.removeEventListener('abort', abort);
    stream.cancel();
  }
}
