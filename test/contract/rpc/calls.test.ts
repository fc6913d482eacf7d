// Calls over real sockets: how they succeed, fail, are named, logged and cancelled.
import { setTimeout as sleep } from 'node:timers/promises';
import { credentials, makeGenericClientConstructor, status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import {
  MarketDataServiceService,
  StreamMarketDataRequest,
  StreamMarketDataResponse,
} from '../../../gen/ts/dtms/v1/market_data_service.js';
import {
  GetTradeRequest,
  GetTradeResponse,
  TradeServiceService,
} from '../../../gen/ts/dtms/v1/trade_service.js';
import { tradeNotFound } from '../../../src/errors/errors.js';
import { CORRELATION_KEY, fromServiceError } from '../../../src/errors/status.js';
import { eventually } from '../../support/eventually.js';
import {
  call,
  failureOf,
  type MarketDataHandlers,
  metadataOf,
  startServer,
  type TestServer,
  type TradeHandlers,
} from '../../support/grpc.js';
import { openRaw } from '../../support/raw-reader.js';

let running: TestServer | undefined;
const GOOD = GetTradeRequest.fromPartial({ account: 'demo', ticket: 42n });

async function serve(trades: TradeHandlers, marketData: MarketDataHandlers = {}): Promise<TestServer> {
  running = await startServer(trades, marketData);
  return running;
}

afterEach(async () => {
  await running?.stop();
  running = undefined;
});

const getTrade = (server: TestServer, request = GOOD, metadata = metadataOf({}), deadline?: Date) =>
  call<GetTradeResponse>((done) => server.trades.getTrade(request, metadata, { deadline }, done));

const finished = (server: TestServer) => server.lines.filter(({ message }) => message === 'call finished');

describe('a unary call', () => {
  test('answers, and names itself by the id its caller gave', async () => {
    const server = await serve({
      getTrade: ({ ticket }, context) =>
        GetTradeResponse.fromPartial({ trade: { ticket, label: context.correlationId } }),
    });
    const { response, initial } = await getTrade(server, GOOD, metadataOf({ [CORRELATION_KEY]: 'my.id-1' }));
    expect(response.trade).toMatchObject({ ticket: 42n, label: 'my.id-1' });
    expect(initial.get(CORRELATION_KEY)).toEqual(['my.id-1']);
    expect(finished(server)).toMatchObject([
      { severity: 'DEBUG', correlation_id: 'my.id-1', method: '/dtms.v1.TradeService/GetTrade', code: 'OK' },
    ]);
  });

  test.each(['x'.repeat(65), 'a b', 'id;drop', ''])('gets a new id instead of %j', async (given) => {
    const server = await serve({ getTrade: () => GetTradeResponse.fromPartial({}) });
    const { initial } = await getTrade(server, GOOD, metadataOf({ [CORRELATION_KEY]: given }));
    expect(initial.get(CORRELATION_KEY)[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('that is refused says why, in details and under its id', async () => {
    const server = await serve({
      getTrade: ({ account, ticket }) => Promise.reject(tradeNotFound(account, ticket)),
    });
    const error = await failureOf(getTrade(server, GOOD, metadataOf({ [CORRELATION_KEY]: 'id-1' })));
    expect(fromServiceError(error)).toEqual({
      code: status.NOT_FOUND,
      reason: ErrorReason.TRADE_NOT_FOUND,
      message: 'account demo has no trade with ticket 42',
      metadata: { account: 'demo', ticket: '42' },
      violations: [],
      retryAfterMs: undefined,
      correlationId: 'id-1',
    });
    expect(error.initial?.get(CORRELATION_KEY)).toEqual(['id-1']);
    expect(finished(server)).toMatchObject([
      { severity: 'INFO', code: 'NOT_FOUND', reason: 'TRADE_NOT_FOUND' },
    ]);
  });

  test('with bad fields never reaches its handler', async () => {
    const getTradeHandler = vi.fn(() => GetTradeResponse.fromPartial({}));
    const server = await serve({ getTrade: getTradeHandler });
    const bad = GetTradeRequest.fromPartial({ account: 'de mo', ticket: -1n });
    const error = fromServiceError(await failureOf(getTrade(server, bad)));
    expect(error).toMatchObject({ code: status.INVALID_ARGUMENT, reason: ErrorReason.INVALID_FIELD });
    expect(error.violations.map(({ field }) => field)).toEqual(['account', 'ticket']);
    expect(getTradeHandler).not.toHaveBeenCalled();
  });

  test('of bytes that are no message is the caller’s mistake, not ours', async () => {
    const server = await serve({ getTrade: () => GetTradeResponse.fromPartial({}) });
    const raw = { ...TradeServiceService.getTrade, requestSerialize: (bytes: Buffer) => bytes };
    const Raw = makeGenericClientConstructor({ getTrade: raw }, 'raw');
    const client = new Raw(server.address, credentials.createInsecure());
    for (const bytes of [Buffer.from([0x0a, 0xff]), Buffer.from([0xff, 0xff, 0xff])]) {
      const promise = new Promise((resolve, reject) => {
        client.getTrade?.(bytes, (error: Error | null, response: unknown) =>
          error ? reject(error) : resolve(response),
        );
      });
      expect(fromServiceError(await failureOf(promise))).toMatchObject({
        code: status.INVALID_ARGUMENT,
        reason: ErrorReason.INVALID_FIELD,
      });
    }
    client.close();
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('secret');
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret'))],
    ['rejects with nothing', () => Promise.reject()],
    ['answers what is no message', () => Promise.resolve({ trade: { ticket: 'many' } })],
  ])('whose handler %s is internal, masked and logged with its cause', async (_, handler) => {
    const server = await serve({ getTrade: handler as () => never });
    const error = await failureOf(getTrade(server));
    const { code, reason, correlationId, message } = fromServiceError(error);
    expect({ code, reason }).toEqual({ code: status.INTERNAL, reason: ErrorReason.INTERNAL });
    expect(message).toBe(`internal error, correlation id ${correlationId}`);
    expect(finished(server)).toMatchObject([
      { severity: 'ERROR', correlation_id: correlationId, code: 'INTERNAL' },
    ]);
  });

  test('that its caller gave up aborts, and one that succeeded does not', async () => {
    const aborted: string[] = [];
    const server = await serve({
      getTrade: async ({ ticket }, { signal }) => {
        signal.addEventListener('abort', () => aborted.push(String(ticket)));
        if (ticket === 2n) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return GetTradeResponse.fromPartial({});
      },
    });
    await getTrade(server, { account: 'demo', ticket: 1n });
    const error = await failureOf(
      getTrade(server, { account: 'demo', ticket: 2n }, metadataOf({}), new Date(Date.now() + 2000)),
    );
    expect(fromServiceError(error).reason).toBe(ErrorReason.DEADLINE_EXCEEDED);
    await eventually(() => expect(aborted).toEqual(['2']));
    await eventually(() => expect(finished(server)).toHaveLength(2));
    const codes = finished(server).map(({ code }) => code);
    expect(codes[0]).toBe('OK');
    // Whether the caller's reset or our own timer comes first is for the network to say.
    expect(codes[1]).toMatch(/^(DEADLINE_EXCEEDED|CANCELLED)$/);
  });

  test('knows its deadline', async () => {
    let deadline = 0;
    const server = await serve({
      getTrade: (_, context) => {
        deadline = context.deadline;
        return GetTradeResponse.fromPartial({});
      },
    });
    const asked = Date.now() + 20_000;
    await getTrade(server, GOOD, metadataOf({}), new Date(asked));
    expect(Math.abs(deadline - asked)).toBeLessThan(5000);
  });

  test('larger than the limit is refused, and the next one answered', async () => {
    const server = await serve({ getTrade: () => GetTradeResponse.fromPartial({}) });
    const large = { account: 'x'.repeat(2 * 1024 * 1024), ticket: 1n };
    expect((await failureOf(getTrade(server, large))).code).toBe(status.RESOURCE_EXHAUSTED);
    await getTrade(server);
  });

  test('keeps one line in the log, whatever its text', async () => {
    const server = await serve({
      getTrade: () => Promise.reject(tradeNotFound('a\r\n{"severity":"CRITICAL"}\u001b[31m', 1n)),
    });
    await failureOf(getTrade(server));
    expect(server.lines).toHaveLength(1);
  });
});

describe('a server stream', () => {
  test('ends its source when the caller goes away', async () => {
    let ended = false;
    const server = await serve({
      watchTrades: async function* (_, { signal }) {
        try {
          for (let revision = 1n; !signal.aborted; revision += 1n) {
            yield { message: { $case: 'caughtUp', value: { revision } } };
            await sleep(1);
          }
        } finally {
          ended = true;
        }
      },
    });
    const stream = server.trades.watchTrades({
      filter: undefined,
      resumeAfter: undefined,
      sendInitialState: false,
    });
    const errors: unknown[] = [];
    stream.on('error', (error) => errors.push(error));
    for await (const { message } of stream) {
      if (message?.$case === 'caughtUp' && message.value.revision === 5n) break;
    }
    stream.cancel();
    await eventually(() => expect(ended).toBe(true));
    await eventually(() => {
      const lines = server.lines.filter(({ message }) => String(message).startsWith('stream'));
      expect(lines).toMatchObject([
        { severity: 'INFO', message: 'stream opened' },
        { severity: 'INFO', message: 'stream closed', code: 'CANCELLED' },
      ]);
    });
  });

  test('that is refused says why', async () => {
    const server = await serve({
      watchTrades: () => ({
        [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(tradeNotFound('demo', 1n)) }),
      }),
    });
    const stream = server.trades.watchTrades({
      filter: undefined,
      resumeAfter: undefined,
      sendInitialState: false,
    });
    const error = await failureOf(stream.toArray());
    expect(fromServiceError(error).reason).toBe(ErrorReason.TRADE_NOT_FOUND);
  });
});

describe('a stream both ways', () => {
  const item = {
    data: { $case: 'quote' as const, value: { symbol: 'EURUSD', time: new Date(0), bid: 1, ask: 2 } },
  };
  const push = (sequence: bigint) => StreamMarketDataRequest.fromPartial({ sequence, items: [item] });
  const acknowledge: MarketDataHandlers['streamMarketData'] = async function* (requests) {
    for await (const { sequence } of requests) yield StreamMarketDataResponse.fromPartial({ sequence });
  };

  test('answers each request in order and ends when its caller does', async () => {
    const server = await serve({}, { streamMarketData: acknowledge });
    const stream = server.marketData.streamMarketData();
    for (let sequence = 1n; sequence <= 100n; sequence += 1n) stream.write(push(sequence));
    stream.end();
    const answers: StreamMarketDataResponse[] = await stream.toArray();
    expect(answers.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 100 }, (_, n) => BigInt(n + 1)),
    );
  });

  test('ends with the field at fault when a later request is bad', async () => {
    const server = await serve({}, { streamMarketData: acknowledge });
    const stream = server.marketData.streamMarketData();
    stream.write(push(1n));
    stream.write(StreamMarketDataRequest.fromPartial({ sequence: 2n, items: [] }));
    const answers: unknown[] = [];
    stream.on('data', (answer) => answers.push(answer));
    const error = await new Promise<Parameters<typeof fromServiceError>[0]>((resolve) =>
      stream.on('error', resolve),
    );
    expect(fromServiceError(error)).toMatchObject({
      reason: ErrorReason.INVALID_FIELD,
      violations: [{ field: 'items' }],
    });
    expect(answers).toHaveLength(1);
  });

  test('can be ended by the server while the caller still sends', async () => {
    const server = await serve(
      {},
      {
        streamMarketData: async function* (requests) {
          for await (const { sequence } of requests) {
            yield StreamMarketDataResponse.fromPartial({ sequence });
            return;
          }
        },
      },
    );
    const stream = server.marketData.streamMarketData();
    stream.write(push(1n));
    const answers: unknown[] = await stream.toArray();
    expect(answers).toHaveLength(1);
  });

  test('takes no more than its reader reads', async () => {
    let yielded = 0;
    const server = await serve(
      {},
      {
        streamMarketData: async function* (_requests, { signal }) {
          const result = { rejected: [{ description: 'x'.repeat(16 * 1024) }] };
          for (; !signal.aborted && yielded < 10_000; yielded += 1) {
            yield StreamMarketDataResponse.fromPartial({ result });
          }
        },
      },
    );
    const reader = openRaw(server.address, MarketDataServiceService.streamMarketData.path, null);
    let before = -1;
    // Until it stands still: windows and buffers on the way are finite.
    while (before !== yielded || yielded === 0) {
      before = yielded;
      await sleep(100);
    }
    expect(yielded).toBeLessThan(200);
    reader.stream.resume();
    await eventually(() => expect(yielded).toBe(10_000));
    reader.close();
  });
});
