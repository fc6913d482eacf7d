// Samples of what a server did, and the quantiles in them.
import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallMetrics, LATENCY_EDGES } from '../../../src/observability/metrics/calls.js';
import { PerformanceLog } from '../../../src/observability/metrics/performance-log.js';
import { histogramQuantile } from '../../../src/observability/metrics/quantile.js';

const counts = fc.array(fc.nat(1000), {
  minLength: LATENCY_EDGES.length + 1,
  maxLength: LATENCY_EDGES.length + 1,
});
const CALL = { correlationId: 'c', traceId: undefined };

// The clock stands still: a pause between the two ends of a call would put it into another bucket.
beforeEach(() => void vi.spyOn(performance, 'now').mockReturnValue(1_000_000));
afterEach(() => void vi.restoreAllMocks());

describe('histogramQuantile', () => {
  it('lies in the bucket in which that share of the counts is reached', () => {
    fc.assert(
      fc.property(counts, fc.double({ min: 0.01, max: 1, noNaN: true }), (buckets, quantile) => {
        const total = buckets.reduce((sum, count) => sum + count, 0);
        const found = histogramQuantile(quantile, LATENCY_EDGES, buckets);
        if (total === 0) {
          expect(found).toBeUndefined();
          return;
        }
        let below = 0;
        const bucket = buckets.findIndex((count) => {
          below += count;
          return below >= quantile * total;
        });
        if (bucket === LATENCY_EDGES.length) {
          expect(found).toBe(LATENCY_EDGES.at(-1));
          return;
        }
        expect(found).toBeLessThanOrEqual((LATENCY_EDGES[bucket] ?? 0) * (1 + 1e-12));
        expect(found).toBeGreaterThanOrEqual(LATENCY_EDGES[bucket - 1] ?? 0);
      }),
    );
  });

  it('never falls as the share rises', () => {
    fc.assert(
      fc.property(
        counts,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (buckets, one, other) => {
          const low = histogramQuantile(Math.min(one, other), LATENCY_EDGES, buckets) ?? 0;
          const high = histogramQuantile(Math.max(one, other), LATENCY_EDGES, buckets) ?? 0;
          expect(high).toBeGreaterThanOrEqual(low - 1e-12);
        },
      ),
    );
  });

  it('is what Prometheus says: 20 of 40 calls up to 0.1 s and 20 up to 0.25 s', () => {
    const buckets = LATENCY_EDGES.map((edge) => (edge === 0.1 || edge === 0.25 ? 20 : 0));
    expect(histogramQuantile(0.25, LATENCY_EDGES, [...buckets, 0])).toBeCloseTo(0.075);
    expect(histogramQuantile(0.75, LATENCY_EDGES, [...buckets, 0])).toBeCloseTo(0.175);
  });
});

describe('PerformanceLog', () => {
  function setUp() {
    const calls = new CallMetrics();
    const reading = {
      events: 0,
      commits: 0,
      transitions: 0,
      evaluations: 0,
      watchers: 2,
      activeTrades: 5,
      eventLoopDelayP99Ms: 1,
      residentBytes: 1000,
    };
    let now = 0;
    const log = new PerformanceLog(
      () => ({ ...reading, calls: calls.totals() }),
      () => {
        now += 5000;
        return now;
      },
    );
    return { calls, reading, log };
  }

  it('keeps what came since the sample before, and what is so now', () => {
    const { calls, reading, log } = setUp();
    const method = calls.of('/dtms.v1.TradeService/GetTrade', false);
    const call = (code: status, ms: number) => {
      method.begun();
      method.ended(code, performance.now() - ms, CALL);
    };
    call(status.OK, 3);
    log.take();
    expect(log.after(0)).toEqual([]);
    for (let count = 0; count < 98; count += 1) call(status.OK, 60);
    call(status.NOT_FOUND, 60);
    call(status.UNAVAILABLE, 600);
    reading.events = 7;
    reading.watchers = 3;
    log.take();
    log.take();
    const [first, second] = log.after(0);
    expect(first).toMatchObject({ calls: 100, refusedCalls: 1, failedCalls: 1, events: 7, watchers: 3 });
    expect(first?.p50Ms).toBeGreaterThan(50);
    expect(first?.p99Ms).toBeLessThanOrEqual(100);
    expect(second).toMatchObject({ calls: 0, events: 0, watchers: 3, p50Ms: undefined, p99Ms: undefined });
    expect(log.after(first?.at ?? 0)).toEqual([second]);
  });

  it('counts no streams', () => {
    const { calls, log } = setUp();
    log.take();
    const watch = calls.of('/dtms.v1.TradeService/WatchTrades', true);
    watch.begun();
    watch.ended(status.CANCELLED, performance.now() - 60_000, CALL);
    log.take();
    expect(log.after(0)).toMatchObject([{ calls: 0, p99Ms: undefined }]);
  });

  it('keeps an hour', () => {
    const { log } = setUp();
    for (let count = 0; count < 1000; count += 1) log.take();
    expect(log.after(0)).toHaveLength(720);
    expect(log.after(0).at(-1)?.at).toBe(999 * 5000);
  });
});

describe('CallMetrics', () => {
  it('leads to a call of each bucket: by its trace, else by its correlation id', () => {
    const calls = new CallMetrics();
    const method = calls.of('/dtms.v1.TradeService/GetTrade', false);
    const traceId = 'ab'.repeat(16);
    for (const [ms, found] of [
      [600, { correlationId: 'first', traceId: undefined }],
      [700, { correlationId: 'too soon for another', traceId: undefined }],
      [60, { correlationId: 'third', traceId }],
    ] as const) {
      method.begun();
      method.ended(status.OK, performance.now() - ms, found);
    }
    const latency = calls.families().find(({ name }) => name === 'dtms_request_duration_seconds');
    const exemplars = latency?.samples.flatMap(({ labels, exemplar }) =>
      exemplar ? [[labels.le, exemplar.labels]] : [],
    );
    expect(exemplars).toEqual([
      [0.1, { trace_id: traceId }],
      [1, { correlation_id: 'first' }],
    ]);
  });

  it('counts a call as under way until it ends', () => {
    const calls = new CallMetrics();
    const method = calls.of('/dtms.v1.TradeService/GetTrade', false);
    const open = () =>
      calls.families().find(({ name }) => name === 'dtms_requests_in_flight')?.samples[0]?.value;
    method.begun();
    method.begun();
    expect(open()).toBe(2);
    method.ended(status.OK, performance.now() - 1, CALL);
    expect(open()).toBe(1);
  });
});
