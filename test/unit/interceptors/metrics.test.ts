// What the chain counts of calls: as their callers see them end.
import { Metadata, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { overloaded, tradeNotFound } from '../../../src/errors/errors.js';
import { Call, type Method } from '../../../src/interceptors/call.js';
import { composeCall } from '../../../src/interceptors/chain.js';
import { createLogger } from '../../../src/observability/logger.js';
import { CallMetrics } from '../../../src/observability/metrics/calls.js';
import { openChain } from '../../support/grpc.js';

const UNARY: Method = { path: '/dtms.v1.TradeService/GetTrade', streaming: false };
const STREAM: Method = { path: '/dtms.v1.TradeService/WatchTrades', streaming: true };

function setUp(method: Method) {
  const logger = createLogger('silent');
  const calls = new CallMetrics();
  const chain = openChain(logger, { calls });
  const counts = calls.of(method.path, method.streaming);
  const transport = {
    cancelled: false,
    metadata: new Metadata(),
    getPeer: () => '10.0.0.1:5',
    getDeadline: () => Number.POSITIVE_INFINITY,
    once: () => undefined,
  };
  const serve = (handler: (call: Call) => Promise<void>) =>
    composeCall(chain, method, handler)(new Call(method, transport, logger));
  return { calls, counts, transport, serve };
}

const counted = (codes: Float64Array) =>
  Object.fromEntries(
    [...codes.entries()].filter(([, count]) => count > 0).map(([code, count]) => [status[code], count]),
  );

describe('metrics', () => {
  it('counts calls by the code their callers get, each with one latency', async () => {
    const { calls, counts, serve } = setUp(UNARY);
    await serve(() => Promise.resolve());
    await serve(() => Promise.reject(tradeNotFound('demo', 1n)));
    await serve(() => Promise.reject(overloaded('too much', {}, 100)));
    await serve(() => Promise.reject(new TypeError('a fault of ours')));
    expect(counted(counts.codes)).toEqual({ OK: 1, NOT_FOUND: 1, RESOURCE_EXHAUSTED: 1, INTERNAL: 1 });
    expect(calls.totals()).toMatchObject({ calls: 4, refused: 2, failed: 1 });
    expect(counts.buckets.reduce((sum, count) => sum + count)).toBe(4);
    expect(counts.open).toBe(0);
  });

  it('counts a call whose caller went away as CANCELLED', async () => {
    const { counts, transport, serve } = setUp(UNARY);
    await serve(() => {
      transport.cancelled = true;
      return Promise.resolve();
    });
    expect(counted(counts.codes)).toEqual({ CANCELLED: 1 });
  });

  it('knows what is under way', async () => {
    const { counts, serve } = setUp(STREAM);
    let finish: () => void = () => undefined;
    const served = serve(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    await expect.poll(() => counts.open).toBe(1);
    finish();
    await served;
    expect(counts.open).toBe(0);
    expect(counts.buckets.every((count) => count === 0)).toBe(true);
  });
});
