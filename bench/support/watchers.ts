// Many watchers of WatchTrades in one process: they read as fast as they can and decode no more than they
// must, so that what is measured is the server.
import { TradeServiceService, type WatchTradesRequest } from '../../gen/ts/dtms/v1/trade_service.js';
import { MESSAGES_HEADER } from './echo.js';
import { FrameReader, frame } from './grpc-frames.js';
import { callHeaders, Http2Connection } from './http2-connection.js';
import { deferred } from './load.js';

const STREAMS_PER_CONNECTION = 20;
const WATCH = TradeServiceService.watchTrades;

/** What a group of watchers has in common. */
export interface WatchPlan {
  readonly address: string;
  readonly watchers: number;
  readonly request: WatchTradesRequest;
  /** How many messages an echo server is to send to each; a DTMS server does not look at it. */
  readonly echoMessages?: number;
  /** Makes what one watcher does with each of its messages: it returns whether the watcher is done. */
  readonly reader: () => (message: Buffer) => boolean;
}

/** Opens all watches; resolves when each of them is done. @throws Error when one ends before. */
export async function watchAll(plan: WatchPlan): Promise<void> {
  const { promise, resolve, reject } = deferred();
  const headers = callHeaders(WATCH.path, [[MESSAGES_HEADER, String(plan.echoMessages ?? 0)]]);
  const body = frame(WATCH.requestSerialize(plan.request));
  const connections = await Promise.all(
    Array.from({ length: Math.ceil(plan.watchers / STREAMS_PER_CONNECTION) }, () =>
      Http2Connection.open(plan.address, reject),
    ),
  );
  let left = plan.watchers;
  for (let i = 0; i < plan.watchers; i++) {
    let done = false;
    const read = plan.reader();
    const reader = new FrameReader((message) => {
      if (done || !read(message)) return;
      done = true;
      left -= 1;
      if (left === 0) resolve();
    });
    connections[i % connections.length]?.call(headers, body, {
      onData: (bytes) => reader.push(bytes),
      onEnd: () => {
        if (!done) reject(new Error('a watch ended early'));
      },
    });
  }
  try {
    await promise;
  } finally {
    for (const connection of connections) connection.close();
  }
}

/** Tags of the wire format: field number and type in one byte. */
const RESPONSE_EVENTS = (3 << 3) | 2;
const EVENTS_REVISION = 1 << 3;

/**
 * The last revision of a message's events, or null for other messages, without decoding the events: the
 * revision stands wherever the server put it among them.
 */
export function revisionOf(message: Buffer): number | null {
  if (message[0] !== RESPONSE_EVENTS) return null;
  let at = 1;
  const varint = () => {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('a message is cut short');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  };
  varint();
  while (at < message.length) {
    const tag = message[at++];
    const value = varint();
    if (tag === EVENTS_REVISION) return value;
    at += value;
  }
  return null;
}
