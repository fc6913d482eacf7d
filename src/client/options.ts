// Owns how a client is set up, and what its calls use that do not say otherwise.
import type { ChannelCredentials, ChannelOptions } from '@grpc/grpc-js';
import type { BreakerOptions } from './breaker.js';
import type { CallOptions } from './call.js';
import type { ApiKey, CallHeaders } from './headers.js';
import type { ClientInterceptor } from './hooks.js';

/** Kinds of calls, for their deadlines: a batch is a call with many items, or a large page. */
export type CallKind = 'read' | 'change' | 'batch';

/** How a client is set up. Only `address` is needed. */
export interface DtmsClientOptions {
  /**
   * `host:port`; of several servers all of them, `['a:50051', 'b:50051']` or `'a:50051,b:50051'`: any of them serves every
   * call, so calls take turns among those that are connected and say that they serve.
   */
  readonly address: string | readonly string[];
  /** Plain text by default; `credentials.createSsl(...)` of grpc-js for TLS, with or without a certificate. */
  readonly credentials?: ChannelCredentials;
  /** Sent as `authorization: Bearer` with every call and stream, of the raw stubs too. */
  readonly apiKey?: ApiKey;
  /** Sent with every call and stream, of the raw stubs too. */
  readonly headers?: CallHeaders;
  /** What calls use that do not say otherwise. */
  readonly defaults?: Omit<CallOptions, 'signal' | 'headers'>;
  /** Deadlines by kind of call, in ms, before those of `defaults`. Built in: 10,000, of batches 30,000. */
  readonly deadlines?: Readonly<Partial<Record<CallKind, number>>>;
  /** Around all calls and streams but those of the raw stubs; the first is the outermost. */
  readonly interceptors?: readonly ClientInterceptor[];
  /** When calls fail at once because no server was there for a while; `off` lets all of them try. */
  readonly breaker?: BreakerOptions | 'off';
  /**
   * How a connection that died without a word is found, in ms: a ping after `everyMs`, an answer in time. Built in:
   * 30,000 and 10,000; with several addresses 1,000 and 3,000, because another server may lead by then.
   */
  readonly keepalive?: { readonly everyMs?: number; readonly timeoutMs?: number };
  /** Options of the grpc-js channel, over all others. */
  readonly channelOptions?: ChannelOptions;
}

const KEEPALIVE = { everyMs: 30_000, timeoutMs: 10_000 };
const KEEPALIVE_OF_SEVERAL = { everyMs: 1_000, timeoutMs: 3_000 };
const BATCH_DEADLINE_MS = 30_000;

/** The grpc-js options of a client's channels. @param servers - how many there are. */
export function channelOptions(options: DtmsClientOptions, servers: number): ChannelOptions {
  const keepalive = { ...(servers > 1 ? KEEPALIVE_OF_SEVERAL : KEEPALIVE), ...options.keepalive };
  return {
    'grpc.keepalive_time_ms': keepalive.everyMs,
    'grpc.keepalive_timeout_ms': keepalive.timeoutMs,
    // A page of 1,000 trades with their evaluations is larger than the default of 4 MiB.
    'grpc.max_receive_message_length': 32 * 1024 * 1024,
    // A server that restarts is found again at once, not after the two minutes that are the default.
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 2_000,
    // A name such as dns:///dtms:50051 may stand for several servers, and any of them serves.
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    ...options.channelOptions,
  };
}

/** What calls of a kind use that do not say otherwise. */
export function defaultsOf(
  kind: CallKind,
  { defaults = {}, deadlines = {} }: DtmsClientOptions,
): CallOptions {
  const builtIn = kind === 'batch' ? { deadlineMs: BATCH_DEADLINE_MS } : {};
  const own = deadlines[kind];
  return { ...builtIn, ...defaults, ...(own === undefined ? {} : { deadlineMs: own }) };
}
