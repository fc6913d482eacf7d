// Owns the one connection to the server that leads, by which all calls for it go: bytes as they came, with the caller's
// identity, trace and deadline; and what became of a call whose leader went away.
import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  connectivityState,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { DtmsError, deadlineExceeded, internal, leadLost, notLeading } from '../errors/errors.js';
import { CORRELATION_KEY, fromServiceError } from '../errors/status.js';
import type { CallContext } from '../interceptors/call-context.js';
import { MIN_REVISION_KEY } from '../interceptors/min-revision.js';
import { vouch } from '../interceptors/vouched.js';
import { guarded, inBackground } from '../observability/background.js';
import { traceParentOf } from '../observability/tracing-context.js';
import { type FrameSink, sinkReady } from '../watch/frame-sink.js';
import type { ClusterKey } from './cluster-key.js';

const OPTIONS = {
  // The connection is to that server and no other, whatever proxies this machine has.
  'grpc.enable_http_proxy': 0,
  'grpc.use_local_subchannel_pool': 1,
  // What is repeated is decided here, by what the call is.
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  // One that is frozen or cut off is noticed also where no other takes the lead.
  'grpc.keepalive_time_ms': 2000,
  'grpc.keepalive_timeout_ms': 2000,
  'grpc.keepalive_permit_without_calls': 1,
};

const asIs = (bytes: Buffer): Buffer => bytes;

interface Cancellable {
  cancel(): void;
}

export class Link {
  readonly #client: Client;
  readonly #open = new Set<Cancellable>();

  constructor(address: string, key: ClusterKey) {
    this.#client = new Client(address, key.credentials, OPTIONS);
  }

  /** Whether a call would be sent now; where not, it begins to connect. */
  get ready(): boolean {
    return this.#client.getChannel().getConnectivityState(true) === connectivityState.READY;
  }

  /** Ends every call that is left, as lost, and the connection. */
  close(): void {
    for (const call of this.#open) call.cancel();
    this.#client.close();
  }

  /** @throws DtmsError what the leader answered; NOT_LEADING, with an unknown outcome where it went away. */
  unary(call: CallContext, request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const done = guarded((error: ServiceError | null, response?: Buffer): void => {
        leave();
        if (response !== undefined) resolve(response);
        else reject(error === null ? leadLost(undefined) : answerOf(error));
      }, reject);
      const [metadata, options] = [metadataOf(call), optionsOf(call)];
      const hop = this.#client.makeUnaryRequest(call.method, asIs, asIs, request, metadata, options, done);
      const leave = this.#enter(call, hop);
    });
  }

  /** Writes what the leader sends, at the reader's pace. @throws the same */
  async serverStream(call: CallContext, request: Buffer, sink: FrameSink): Promise<void> {
    const [metadata, options] = [metadataOf(call), optionsOf(call)];
    const hop = this.#client.makeServerStreamRequest(call.method, asIs, asIs, request, metadata, options);
    await this.#receive(call, hop, sink);
  }

  /** Sends requests as they come, at the leader's pace, as well. @throws the same, and what `requests` throw */
  async duplex(call: CallContext, requests: AsyncIterable<Buffer>, sink: FrameSink): Promise<void> {
    const hop = this.#client.makeBidiStreamRequest(
      call.method,
      asIs,
      asIs,
      metadataOf(call),
      optionsOf(call),
    );
    let refused: { readonly error: unknown } | undefined;
    const sending = send(requests, hop).catch((error: unknown) => {
      refused = { error };
      hop.cancel();
    });
    inBackground(sending);
    try {
      await this.#receive(call, hop, sink);
    } catch (error) {
      throw refused === undefined ? error : refused.error;
    }
    if (refused !== undefined) throw refused.error;
  }

  async #receive(
    call: CallContext,
    hop: ClientReadableStream<Buffer> | ClientDuplexStream<Buffer, Buffer>,
    sink: FrameSink,
  ): Promise<void> {
    // It may fail after nobody reads it any more.
    hop.on('error', () => undefined);
    const leave = this.#enter(call, hop);
    try {
      for await (const message of hop as AsyncIterable<Buffer>) {
        if (sink.cancelled) return;
        sink.write(message);
        await sinkReady(sink);
      }
    } catch (error) {
      throw isServiceError(error) ? answerOf(error) : leadLost(error);
    } finally {
      leave();
      hop.cancel();
    }
  }

  /** A call ends with its caller's, and with the link. Returns what is to be called when it is over. */
  #enter({ signal }: CallContext, hop: Cancellable): () => void {
    const cancel = () => hop.cancel();
    this.#open.add(hop);
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    return () => {
      this.#open.delete(hop);
      signal.removeEventListener('abort', cancel);
    };
  }
}

async function send(requests: AsyncIterable<Buffer>, hop: ClientDuplexStream<Buffer, Buffer>): Promise<void> {
  let goOn: () => void = () => undefined;
  // Once for the stream, however often it has to wait.
  for (const event of ['drain', 'close', 'status']) hop.on(event, () => goOn());
  for await (const request of requests) {
    if (hop.destroyed || hop.writableEnded) return;
    if (!hop.write(request)) {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
    }
  }
  hop.end();
}

function metadataOf(call: CallContext): Metadata {
  const metadata = new Metadata();
  metadata.set(CORRELATION_KEY, call.correlationId);
  vouch(metadata, call);
  for (const seen of call.metadata.get(MIN_REVISION_KEY)) metadata.set(MIN_REVISION_KEY, seen);
  if (call.span === undefined) {
    for (const key of ['traceparent', 'tracestate']) {
      const [told] = call.metadata.get(key);
      if (told !== undefined) metadata.set(key, told);
    }
    return metadata;
  }
  const context = call.span.spanContext();
  metadata.set('traceparent', traceParentOf(context));
  const state = context.traceState?.serialize() ?? '';
  if (state !== '') metadata.set('tracestate', state);
  return metadata;
}

function optionsOf({ deadline }: CallContext): { readonly deadline?: number } {
  return Number.isFinite(deadline) ? { deadline } : {};
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'metadata' in error;
}

/** What the leader said of a call that failed; what it did not say itself is its loss. */
function answerOf(error: ServiceError): DtmsError {
  const { reason, message, metadata, violations, retryAfterMs } = fromServiceError(error);
  if (reason === undefined) return leadLost(error);
  if (reason === ErrorReason.NOT_LEADING)
    return metadata.outcome === 'unknown' ? leadLost(error) : notLeading(metadata.leader);
  // Commands that were under way when it stopped may have been written.
  if (reason === ErrorReason.SHUTTING_DOWN) return leadLost(error);
  if (reason === ErrorReason.INTERNAL) return internal(error);
  if (reason === ErrorReason.DEADLINE_EXCEEDED && error.code === status.DEADLINE_EXCEEDED)
    return deadlineExceeded();
  return new DtmsError(reason, message, {
    metadata,
    violations,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
