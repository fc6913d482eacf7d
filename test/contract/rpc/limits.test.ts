// Limits, deadlines and ids as a caller on the wire meets them.
import { connect } from 'node:http2';
import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import {
  GetTradeRequest,
  GetTradeResponse,
  PauseTradeRequest,
  PauseTradeResponse,
  TradeServiceService,
  WatchTradesRequest,
} from '../../../gen/ts/dtms/v1/trade_service.js';
import type { LimitSettings } from '../../../src/config/edge.js';
import { CORRELATION_KEY, fromServiceError } from '../../../src/errors/status.js';
import { encodedStream } from '../../../src/interceptors/handlers.js';
import { bookmarkFrame } from '../../../src/watch/frames.js';
import {
  call,
  failureOf,
  LIMITS,
  metadataOf,
  startServer,
  type TestServer,
  type TradeHandlers,
} from '../../support/grpc.js';
import { framed } from '../../support/raw-reader.js';

const running: TestServer[] = [];
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const GET: TradeHandlers = { getTrade: () => GetTradeResponse.fromPartial({}) };

async function serve(handlers: TradeHandlers, limits: Partial<LimitSettings>): Promise<TestServer> {
  const server = await startServer(handlers, {}, {}, { parts: { limits: { ...LIMITS, ...limits } } });
  running.push(server);
  return server;
}

function getTrade({ trades }: TestServer, headers: Record<string, string> = {}) {
  return call<GetTradeResponse>((done) =>
    trades.getTrade({ account: 'demo', ticket: 1n }, metadataOf(headers), done),
  );
}

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

describe('limits', () => {
  test('100 times the limit: typed refusals and nothing else, and what is not limited goes on', async () => {
    const server = await serve(
      { ...GET, pauseTrade: () => PauseTradeResponse.fromPartial({}) },
      // One window longer than the test.
      { mode: 'on', queriesPerSecond: 1, queriesBurst: 5, commandsPerSecond: 1, commandsBurst: 1000 },
    );
    const flood = Array.from({ length: 500 }, () =>
      getTrade(server).then(
        () => 'ok',
        (error) => fromServiceError(error).reason,
      ),
    );
    const pause = PauseTradeRequest.fromPartial({ account: 'demo', ticket: 1n });
    const others = Array.from({ length: 50 }, () =>
      call<PauseTradeResponse>((done) => server.trades.pauseTrade(pause, done)),
    );
    const outcomes = await Promise.all(flood);
    expect(outcomes.filter((outcome) => outcome === 'ok')).toHaveLength(5);
    expect(outcomes.filter((outcome) => outcome === ErrorReason.RATE_LIMITED)).toHaveLength(495);
    // Rejects when any of them failed.
    await Promise.all(others);
  });

  test('a refusal says when to come again, to people and to the retries of gRPC', async () => {
    const server = await serve(GET, { mode: 'on', queriesPerSecond: 1, queriesBurst: 1 });
    await getTrade(server);
    const error = await failureOf(getTrade(server));
    expect(error.code).toBe(status.RESOURCE_EXHAUSTED);
    const { reason, retryAfterMs = 0, metadata, correlationId } = fromServiceError(error);
    expect(reason).toBe(ErrorReason.RATE_LIMITED);
    expect(metadata).toEqual({ method_class: 'QUERY', limit: '1' });
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(retryAfterMs).toBeLessThanOrEqual(1000);
    expect(error.metadata.get('grpc-retry-pushback-ms')).toEqual([String(Math.ceil(retryAfterMs))]);
    expect(error.initial?.get(CORRELATION_KEY)).toEqual([correlationId]);
  });

  test('callers without a key on this machine are not limited unless it is asked for', async () => {
    const server = await serve(GET, { queriesPerSecond: 1, queriesBurst: 1 });
    await Promise.all(Array.from({ length: 50 }, () => getTrade(server)));
  });

  test('a stream too many is refused, and one that ends makes room', async () => {
    const ends: (() => void)[] = [];
    const server = await serve(
      {
        watchTrades: encodedStream(async (_request, sink) => {
          sink.write(bookmarkFrame({ epoch: '', revision: 1, recordedAt: null }));
          await new Promise<void>((resolve) => ends.push(resolve));
        }),
      },
      { maxStreams: 2 },
    );
    const open = () => server.trades.watchTrades(WatchTradesRequest.fromPartial({}));
    const began = async (stream: ReturnType<typeof open>) =>
      new Promise<number>((resolve) => {
        stream.once('data', () => resolve(status.OK));
        stream.once('error', (error) => resolve(Reflect.get(error, 'code')));
      });
    const streams = [open(), open()];
    expect(await Promise.all(streams.map(began))).toEqual([status.OK, status.OK]);
    expect(await began(open())).toBe(status.RESOURCE_EXHAUSTED);
    const [stream] = streams;
    const ended = new Promise((resolve) => stream?.once('end', resolve));
    stream?.resume();
    ends.shift()?.();
    await ended;
    expect(await began(open())).toBe(status.OK);
    for (const end of ends) end();
  });
});

/** The status of a call whose grpc-timeout is sent as it is given, and how often the handler ran. */
async function outcomeOf(timeout: string | undefined): Promise<{ code: number; began: number }> {
  let began = 0;
  const server = await serve(
    {
      getTrade: async (_request, { signal }) => {
        began += 1;
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        return GetTradeResponse.fromPartial({});
      },
    },
    // Long enough for a call to begin on a slow machine.
    { maxCallMs: 1500 },
  );
  const session = connect(`http://${server.address}`);
  session.on('error', () => undefined);
  const stream = session.request({
    ':method': 'POST',
    ':path': TradeServiceService.getTrade.path,
    'content-type': 'application/grpc+proto',
    te: 'trailers',
    ...(timeout === undefined ? {} : { 'grpc-timeout': timeout }),
  });
  stream.on('error', () => undefined);
  stream.resume();
  const code = new Promise<number>((resolve) => {
    const take = (headers: Readonly<Record<string, unknown>>) => {
      if (headers['grpc-status'] !== undefined) resolve(Number(headers['grpc-status']));
    };
    stream.on('response', take);
    stream.on('trailers', take);
  });
  stream.end(framed(GetTradeRequest.encode({ account: 'demo', ticket: 1n }).finish()));
  const outcome = { code: await code, began };
  session.destroy();
  return outcome;
}

describe('a deadline', () => {
  test.each([
    ['none is cut to the cap', undefined, status.DEADLINE_EXCEEDED, 1],
    ['beyond the cap is cut to it', '500H', status.DEADLINE_EXCEEDED, 1],
    ['within the cap is kept', '1000m', status.DEADLINE_EXCEEDED, 1],
    ['of 720 hours, which grpc-js cannot count, begins nothing', '720H', status.DEADLINE_EXCEEDED, 0],
    ['of 1 ns begins nothing', '1n', status.DEADLINE_EXCEEDED, 0],
    ['of 0 begins nothing', '0m', status.DEADLINE_EXCEEDED, 0],
    ['that is none begins nothing', 'garbage', status.INTERNAL, 0],
    ['that is empty begins nothing', '5 fortnights', status.INTERNAL, 0],
  ])('%s', async (_name, timeout, code, began) => {
    expect(await outcomeOf(timeout)).toEqual({ code, began });
  });
});

describe('what a call is found by', () => {
  const FRESH = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

  test.each<[string, Readonly<Record<string, string>>, string | RegExp]>([
    [
      'its own id',
      { [CORRELATION_KEY]: 'order-7_a.b', traceparent: `00-${TRACE}-00f067aa0ba902b7-01` },
      'order-7_a.b',
    ],
    ["else its trace's", { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` }, TRACE],
    ['of a version to come', { traceparent: `cc-${TRACE}-00f067aa0ba902b7-01-what-comes` }, TRACE],
    [
      'unfit id, fit trace',
      { [CORRELATION_KEY]: 'a b', traceparent: `00-${TRACE}-00f067aa0ba902b7-00` },
      TRACE,
    ],
    ['a trace of zeros', { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` }, FRESH],
    ['a parent of zeros', { traceparent: `00-${TRACE}-${'0'.repeat(16)}-01` }, FRESH],
    ['a forbidden version', { traceparent: `ff-${TRACE}-00f067aa0ba902b7-01` }, FRESH],
    ['more than version 00 has', { traceparent: `00-${TRACE}-00f067aa0ba902b7-01-more` }, FRESH],
    ['capitals', { traceparent: `00-${TRACE.toUpperCase()}-00f067aa0ba902b7-01` }, FRESH],
    ['nothing', {}, FRESH],
  ])('%s', async (_name, headers, expected) => {
    const server = await serve(GET, {});
    const { initial } = await getTrade(server, headers);
    const [id] = initial.get(CORRELATION_KEY);
    expect(id).toEqual(typeof expected === 'string' ? expected : expect.stringMatching(expected));
    const line = server.lines.find(({ message }) => message === 'call finished');
    expect(line?.correlation_id).toBe(id);
    const traced = headers.traceparent !== undefined && !FRESH.test(String(id));
    expect(line?.trace_id).toBe(traced ? TRACE : undefined);
  });
});
