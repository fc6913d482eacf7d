// The connection between two servers: a slow reader holds its own stream back and nothing else, an end on either side is an
// end on the other, and a leader that goes away leaves no call without an answer.
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { Metadata } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import {
  MarketDataServiceDefinition,
  StreamMarketDataRequest,
  StreamMarketDataResponse,
} from '../../../gen/ts/dtms/v1/market_data_service.js';
import {
  GetTradeRequest,
  TradeServiceDefinition,
  WatchTradesResponse,
} from '../../../gen/ts/dtms/v1/trade_service.js';
import { ClusterKey } from '../../../src/cluster/cluster-key.js';
import { Link } from '../../../src/cluster/link.js';
import { PeerServer } from '../../../src/cluster/peer-server.js';
import type { ServiceDefinition } from '../../../src/contract/service.js';
import { Call } from '../../../src/interceptors/call.js';
import { peerChain } from '../../../src/interceptors/chain.js';
import type { Handlers } from '../../../src/interceptors/handlers.js';
import { createLogger } from '../../../src/observability/logger.js';
import { implement } from '../../../src/transport/adapters.js';
import { Validator } from '../../../src/validation/validator.js';
import type { FrameSink } from '../../../src/watch/frame-sink.js';
import { until } from '../../support/eventually.js';
import { CONTRACT, keylessGate, LIMITS } from '../../support/grpc.js';
import { ScriptedSink } from '../../support/scripted-sink.js';

const SILENT = createLogger('silent');
const KEY = new ClusterKey(randomBytes(32), 'history-1');
const WATCH = { path: '/dtms.v1.TradeService/WatchTrades', streaming: true };
const STREAM = { path: '/dtms.v1.MarketDataService/StreamMarketData', streaming: true };
const GET = { path: '/dtms.v1.TradeService/GetTrade', streaming: false };
const ends: (() => void)[] = [];

afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

/** A link to a server with these handlers of a service. */
async function linked<D extends ServiceDefinition>(
  definition: D,
  handlers: Partial<Handlers<D>>,
): Promise<{ link: Link; server: PeerServer; port: number }> {
  const missing = () => {
    throw new Error('this method has no handler in this test');
  };
  const every = Object.fromEntries(Object.keys(definition.methods).map((key) => [key, missing]));
  const chain = peerChain({
    gate: keylessGate('open', SILENT),
    contract: CONTRACT,
    limits: LIMITS,
    levels: { levelFor: () => undefined },
    validator: new Validator(CONTRACT),
  });
  const service = implement(definition, { ...every, ...handlers } as Handlers<D>, { chain, logger: SILENT });
  const options = { host: '127.0.0.1', port: 0, maxMessageBytes: 1024 * 1024 };
  const server = new PeerServer([service], options, () => [KEY], SILENT);
  const address = await server.listen();
  const link = new Link(address, KEY);
  ends.push(
    () => server.stop(),
    () => link.close(),
  );
  await until('the link is ready', () => link.ready);
  return { link, server, port: Number(address.split(':').at(-1)) };
}

/** A call as it comes to the server that passes it on; `leave` is its caller going away. */
function called(method: typeof GET): { call: Call; leave: () => void } {
  const leavers: (() => void)[] = [];
  let cancelled = false;
  const transport = {
    get cancelled() {
      return cancelled;
    },
    metadata: new Metadata(),
    getPeer: () => '10.0.0.1:5',
    getDeadline: () => Number.POSITIVE_INFINITY,
    once: (_event: 'cancelled', listener: () => void) => leavers.push(listener),
  };
  const call = new Call(method, transport, SILENT);
  call.correlationId = 'linked';
  const leave = () => {
    cancelled = true;
    for (const each of leavers) each();
  };
  return { call, leave };
}

const REQUEST = Buffer.from(GetTradeRequest.encode({ account: 'demo', ticket: 1n }).finish());
const NOTHING = Buffer.alloc(0);
const FRAME = WatchTradesResponse.fromPartial({
  message: { $case: 'bookmark', value: { logEpoch: 'x'.repeat(10_000), revision: 1n } },
});

test('a slow reader holds its own stream back: little is made that it has not taken, and others go on', async () => {
  const frames = 2000;
  let made = 0;
  const { link } = await linked(TradeServiceDefinition, {
    watchTrades: async function* () {
      for (; made < frames; made += 1) yield FRAME;
    },
    getTrade: () => ({ trade: undefined }),
  });
  let taken = 0;
  let most = 0;
  let room = true;
  let wake: () => void = () => undefined;
  const sink: FrameSink = {
    get writable() {
      return room;
    },
    cancelled: false,
    write: () => {
      taken += 1;
      most = Math.max(most, made - taken);
      room = false;
      // A reader that takes one in three turns.
      void (async () => {
        for (let wait = 0; wait < 3; wait += 1) await turn();
        room = true;
        wake();
      })();
    },
    onWake: (callback) => {
      wake = callback;
    },
  };
  const streaming = link.serverStream(called(WATCH).call, NOTHING, sink);
  await until('the stream has begun', () => taken > 0);
  await link.unary(called(GET).call, REQUEST);
  expect(taken).toBeLessThan(frames);
  await streaming;
  expect(taken).toBe(frames);
  // Windows of HTTP/2 and buffers of both ends, in frames of 10 kB: far from all of them.
  expect(most).toBeLessThan(frames / 4);
});

test('a caller that goes away ends its call at the leader', async () => {
  const seen: AbortSignal[] = [];
  const { link } = await linked(TradeServiceDefinition, {
    getTrade: (_request, { signal }) =>
      new Promise((_, reject) => {
        seen.push(signal);
        signal.addEventListener('abort', () => reject(new Error('gone')));
      }),
  });
  const { call, leave } = called(GET);
  const failed = link.unary(call, REQUEST).catch((error: unknown) => error);
  await until('the leader has the call', () => seen.length === 1);
  leave();
  await failed;
  await until('the leader knows', () => seen[0]?.aborted === true);
});

test('a leader that goes away in the middle leaves a call with an outcome that is unknown', async () => {
  let begun = 0;
  const { link, server } = await linked(TradeServiceDefinition, {
    getTrade: () => {
      begun += 1;
      return new Promise(() => undefined);
    },
  });
  const failed = link.unary(called(GET).call, REQUEST).catch((error: unknown) => error);
  await until('the leader has the call', () => begun === 1);
  server.stop();
  expect(await failed).toMatchObject({
    reason: ErrorReason.NOT_LEADING,
    metadata: { outcome: 'unknown' },
  });
});

test('a link that is closed ends its calls the same way, however long the other side is silent', async () => {
  let begun = 0;
  const { link } = await linked(TradeServiceDefinition, {
    getTrade: () => {
      begun += 1;
      return new Promise(() => undefined);
    },
  });
  const failed = link.unary(called(GET).call, REQUEST).catch((error: unknown) => error);
  await until('the leader has the call', () => begun === 1);
  link.close();
  expect(await failed).toMatchObject({ metadata: { outcome: 'unknown' } });
});

test('a stream of requests waits for a slow leader as often as it must, and leaves nothing behind each time', async () => {
  const warnings: string[] = [];
  const warned = ({ name }: Error) => warnings.push(name);
  process.on('warning', warned);
  ends.push(() => process.off('warning', warned));
  let taken = 0;
  const { link } = await linked(MarketDataServiceDefinition, {
    streamMarketData: async function* (requests: AsyncIterable<unknown>) {
      for await (const _ of requests) {
        taken += 1;
        await turn();
        yield StreamMarketDataResponse.fromPartial({});
      }
    },
  });
  const request = Buffer.from(
    StreamMarketDataRequest.encode(
      StreamMarketDataRequest.fromPartial({
        items: [
          { data: { $case: 'quote', value: { symbol: 'X'.repeat(60), time: new Date(0), bid: 1, ask: 1 } } },
        ],
      }),
    ).finish(),
  );
  const count = 400;
  async function* requests() {
    for (let sent = 0; sent < count; sent += 1) yield request;
  }
  const sink = new ScriptedSink();
  await link.duplex(called(STREAM).call, requests(), sink);
  expect(taken).toBe(count);
  expect(sink.frames).toHaveLength(count);
  expect(warnings).toEqual([]);
});

test('connections from one address that prove nothing leave room for those of other addresses', async () => {
  const { port } = await linked(TradeServiceDefinition, {});
  const open = (localAddress: string) =>
    new Promise<Socket>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress }, () => resolve(socket));
      socket.on('error', () => undefined).once('close', () => resolve(socket));
      ends.push(() => socket.destroy());
    });
  const idle = await Promise.all(Array.from({ length: 150 }, () => open('127.0.0.1')));
  await until('the rest is refused', () => idle.filter(({ closed }) => closed).length > 50);
  const secured = await KEY.secure(await open('127.0.0.2'));
  expect(secured.alpnProtocol).toBe('h2');
});
