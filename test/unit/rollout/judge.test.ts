// The judge: what it reads of a scrape, that the same samples give the same findings, that a restart loses no count, and each rule
// at its limit.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CallMetrics } from '../../../src/observability/metrics/calls.js';
import { exposition } from '../../../src/observability/metrics/exposition.js';
import { judge } from '../../../src/rollout/judge.js';
import type { RolloutRule } from '../../../src/rollout/plan.js';
import { readingOf, type ServerReading } from '../../../src/rollout/reading.js';
import { coursesOf, grownSince, type RolloutSample } from '../../../src/rollout/samples.js';

const EMPTY: ServerReading = {
  version: '1',
  startedAt: 1,
  serving: true,
  leads: false,
  calls: 0,
  failed: 0,
  registrations: 0,
  registered: 0,
  latency: {},
  errors: {},
};
const at = (
  ms: number,
  green: Partial<ServerReading> | null,
  blue: Partial<ServerReading> | null = {},
): RolloutSample => ({
  at: ms,
  looks: [
    {
      server: 'g',
      group: 'green',
      reading: green === null ? null : { ...EMPTY, ...green },
      problem: green === null ? 'away' : '',
    },
    { server: 'b', group: 'blue', reading: blue === null ? null : { ...EMPTY, ...blue }, problem: '' },
  ],
});
const ofCalls = { windowMs: 10_000, minimumCalls: 10, whenQuiet: 'hold' } as const;
const ERRORS: RolloutRule = { kind: 'errors', above: 0.05, beyondBlue: 0.01, ...ofCalls };
const verdictOf = (rule: RolloutRule, samples: readonly RolloutSample[]) =>
  judge([rule], { samples, now: samples.at(-1)?.at ?? 0, sampleMs: 1000, since: 0 })[0]?.verdict;

describe('a scrape', () => {
  test('is read as our own exposition writes it', () => {
    const calls = new CallMetrics();
    const method = (path: string, code: number, times: number) => {
      const counts = calls.of(path, false);
      for (let time = 0; time < times; time += 1) {
        counts.begun();
        counts.ended(code, performance.now(), { correlationId: 'c', traceId: undefined });
      }
    };
    method('/dtms.v1.TradeService/RegisterTrade', 0, 8);
    method('/dtms.v1.TradeService/RegisterTrade', 13, 1);
    method('/dtms.v1.TradeService/RegisterTrade', 3, 1);
    method('/dtms.v1.TradeService/GetTrade', 14, 2);
    method('/grpc.health.v1.Health/Check', 13, 5);
    const gauge = (name: string, labels: Record<string, string>, value: number) =>
      ({ name, help: 'h', type: 'gauge', samples: [{ suffix: '', labels, value }] }) as const;
    const text = exposition(
      [
        gauge('dtms_info', { version: '1.2.3', database: '18' }, 1),
        gauge('dtms_serving', {}, 1),
        gauge('dtms_leader', {}, 0),
        gauge('process_start_time_seconds', {}, 1234.5),
        gauge('dtms_log_errors_total', { kind: 'with "quotes", a \\ and\na line' }, 2),
        ...calls.families(),
      ],
      'prometheus',
    );
    const reading = readingOf(text);
    expect(reading).toMatchObject({
      ...{ version: '1.2.3', startedAt: 1234.5, serving: true, leads: false, calls: 12, failed: 3 },
      ...{ registrations: 10, registered: 8, errors: { 'with "quotes", a \\ and\na line': 2 } },
    });
    expect(Object.values(reading.latency).reduce((sum, count) => sum + count, 0)).toBe(17);
  });

  test('of something else is none', () => {
    expect(() => readingOf('node_load1 3\n')).toThrow('not the metrics of a DTMS server');
  });

  test.each(['NaN', '+Inf', '-1', 'many'])('with a count of %s is none', (count) => {
    const text = `dtms_info{version="1"} 1\nprocess_start_time_seconds 1\ndtms_requests_total{service="dtms.v1.TradeService",method="GetTrade",code="OK"} ${count}\n`;
    expect(() => readingOf(text)).toThrow('no count');
  });
});

describe('what grew', () => {
  test('is all that was counted, however often the process began anew', () => {
    const run = fc.array(fc.nat(100), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 5 }), (starts) => {
        const samples: RolloutSample[] = [at(0, { startedAt: 0 })];
        let [expected, ms] = [0, 0];
        for (const [index, growths] of starts.entries()) {
          let calls = 0;
          for (const grown of growths) {
            calls += grown;
            expected += grown;
            ms += 1000;
            samples.push(at(ms, { startedAt: index, calls, latency: { '1': calls } }));
          }
        }
        const sum = grownSince(coursesOf(samples, 'green'), 0);
        expect(sum.calls).toBe(expected);
        expect(sum.latency['1'] ?? 0).toBe(expected);
      }),
    );
  });

  test('begins with the newest sample before the window', () => {
    const samples = [
      at(0, { calls: 5 }),
      at(1000, { calls: 7 }),
      at(2000, { calls: 20 }),
      at(3000, null),
      at(4000, { calls: 21 }),
    ];
    expect(grownSince(coursesOf(samples, 'green'), 1500).calls).toBe(14);
    expect(grownSince(coursesOf(samples, 'green'), 2000).calls).toBe(1);
  });
});

test('the same samples give the same findings, in whatever order they come', () => {
  const reading = fc.record({
    calls: fc.nat(500),
    failed: fc.nat(100),
    startedAt: fc.nat(2),
    serving: fc.boolean(),
  });
  const sample = fc.tuple(fc.option(reading), reading);
  fc.assert(
    fc.property(fc.array(sample, { minLength: 1, maxLength: 12 }), (looks) => {
      const samples = looks.map(([green, blue], index) => at(index * 1000, green, blue));
      const rules: RolloutRule[] = [
        ERRORS,
        { kind: 'unready', forMs: 3000 },
        { kind: 'restarts', above: 1, windowMs: 10_000 },
      ];
      const evidence = { now: samples.length * 1000, sampleMs: 1000, since: 2000 };
      const mixed = samples.toReversed().map((each) => ({ ...each, looks: each.looks.toReversed() }));
      expect(judge(rules, { samples: mixed, ...evidence })).toEqual(judge(rules, { samples, ...evidence }));
    }),
  );
});

describe('each rule at its limit', () => {
  test('errors: at 5% good, above bad; below the least calls no verdict, and none where blue is as bad', () => {
    expect(verdictOf(ERRORS, [at(0, {}), at(1000, { calls: 100, failed: 5 })])).toBe('good');
    expect(verdictOf(ERRORS, [at(0, {}), at(1000, { calls: 100, failed: 6 })])).toBe('bad');
    expect(verdictOf(ERRORS, [at(0, {}), at(1000, { calls: 9, failed: 9 })])).toBe('unproven');
    const blue = { calls: 1000, failed: 60 };
    expect(verdictOf(ERRORS, [at(0, {}), at(1000, { calls: 100, failed: 6 }, blue)])).toBe('unproven');
    expect(verdictOf(ERRORS, [at(0, {}), at(1000, { calls: 100, failed: 8 }, blue)])).toBe('bad');
    expect(verdictOf({ ...ERRORS, whenQuiet: 'pass' }, [at(0, {}), at(1000, { calls: 9, failed: 9 })])).toBe(
      'good',
    );
  });

  test('errors: what is older than the window does not count', () => {
    const samples = [
      at(0, {}),
      at(1000, { calls: 100, failed: 50 }),
      at(2000, { calls: 100, failed: 50 }),
      at(13_000, { calls: 200, failed: 50 }),
    ];
    expect(verdictOf(ERRORS, samples)).toBe('good');
    expect(verdictOf(ERRORS, samples.slice(0, 3))).toBe('bad');
  });

  test('errors: what was before the step proves nothing of it', () => {
    const samples = [at(0, {}), at(1000, { calls: 100 }), at(2000, { calls: 105 })];
    const [finding] = judge([ERRORS], { samples, now: 2000, sampleMs: 1000, since: 1000 });
    expect(finding).toMatchObject({ verdict: 'unproven', text: expect.stringContaining('5 of 10 calls') });
  });

  test('latency: as Prometheus interpolates within a bucket', () => {
    const rule: RolloutRule = { kind: 'latency', quantile: 0.95, aboveMs: 1000, beyondBlue: 0, ...ofCalls };
    const latency = { '0.5': 90, '1': 5, '5': 5, '+Inf': 0 };
    expect(verdictOf(rule, [at(0, {}), at(1000, { calls: 100, latency })])).toBe('good');
    const slower = { '0.5': 90, '1': 4, '5': 6, '+Inf': 0 };
    const [finding] = judge([rule], {
      samples: [at(0, {}), at(1000, { calls: 100, latency: slower })],
      now: 1000,
      sampleMs: 1000,
      since: 0,
    });
    expect(finding).toMatchObject({ verdict: 'bad', green: expect.closeTo(1000 + 4000 / 6, 6) });
  });

  test.each(['hold', 'pass'] as const)(
    'latency: calls that nothing is measured of prove nothing (%s)',
    (whenQuiet) => {
      const rule: RolloutRule = { kind: 'latency', quantile: 0.95, aboveMs: 1000, beyondBlue: 0, ...ofCalls };
      expect(verdictOf({ ...rule, whenQuiet }, [at(0, {}), at(1000, { calls: 100 })])).toBe('unproven');
    },
  );

  test('errors: a green that does not tell any more is not good for what it did before', () => {
    const samples = [at(0, {}), at(1000, { calls: 100 }), at(2000, null)];
    expect(verdictOf(ERRORS, samples)).toBe('unproven');
    expect(verdictOf(ERRORS, [...samples, at(3000, { calls: 110 })])).toBe('good');
  });

  test('registrations: the ones that were asked for, and succeeded', () => {
    const rule: RolloutRule = { kind: 'registrations', below: 0.95, beyondBlue: 0, ...ofCalls };
    expect(verdictOf(rule, [at(0, {}), at(1000, { registrations: 100, registered: 95 })])).toBe('good');
    expect(verdictOf(rule, [at(0, {}), at(1000, { registrations: 100, registered: 94 })])).toBe('bad');
  });

  test('unready: since the first look that found it so', () => {
    const rule: RolloutRule = { kind: 'unready', forMs: 3000 };
    const samples = [at(0, {}), at(1000, null), at(2000, { serving: false }), at(4000, null)];
    expect(verdictOf(rule, samples.slice(0, 1))).toBe('good');
    expect(verdictOf(rule, samples.slice(0, 2))).toBe('unproven');
    expect(verdictOf(rule, samples.slice(0, 3))).toBe('unproven');
    expect(verdictOf(rule, samples)).toBe('bad');
    expect(verdictOf(rule, [...samples, at(5000, {})])).toBe('good');
  });

  test('unready: what nobody looked at, while no tool ran, proves nothing', () => {
    const rule: RolloutRule = { kind: 'unready', forMs: 3000 };
    const samples = [at(0, {}), at(1000, null), at(61_000, null), at(63_000, null), at(64_000, null)];
    expect(verdictOf(rule, samples.slice(0, 3))).toBe('unproven');
    expect(verdictOf(rule, samples.slice(0, 4))).toBe('unproven');
    expect(verdictOf(rule, samples)).toBe('bad');
    // Looks further apart than the rule's time, as its plan has them, are no pause.
    expect(verdictOf({ ...rule, forMs: 1000 }, [at(0, {}), at(1000, null), at(4000, null)])).toBe('bad');
  });

  test('unready: what befalls blue as well is not the fault of green, unless green has the lead', () => {
    const rule: RolloutRule = { kind: 'unready', forMs: 3000 };
    const away = [0, 1000, 2000, 3000, 4000, 5000];
    const [none, idle] = [null, { serving: false }];
    for (const blue of [none, idle]) {
      expect(verdictOf(rule, [at(0, {}), ...away.map((ms) => at(1000 + ms, none, blue))])).toBe('unproven');
      // Blue is back, and green is not: from then on the time counts.
      const back = [4500, 5500, 6500, 7500].map((ms) => at(ms, none));
      const both = [at(0, {}), at(1000, none, blue), at(2000, none), at(3000, none, blue), ...back];
      expect(verdictOf(rule, both.slice(0, -1))).toBe('unproven');
      expect(verdictOf(rule, both)).toBe('bad');
    }
    const led = [at(0, { leads: true }), ...away.map((ms) => at(1000 + ms, none, idle))];
    expect(verdictOf(rule, led)).toBe('bad');
    const lost = [at(0, { leads: true }), ...away.map((ms) => at(1000 + ms, { serving: false }, idle))];
    expect(verdictOf(rule, lost)).toBe('unproven');
  });

  test('restarts: as many as those of blue are not the fault of green', () => {
    const rule: RolloutRule = { kind: 'restarts', above: 1, windowMs: 10_000 };
    const starts = [1, 2, 3, 4];
    const both = starts.map((startedAt, index) => at(index * 1000, { startedAt }, { startedAt }));
    expect(verdictOf(rule, both)).toBe('unproven');
    const fewer = starts.map((startedAt, index) =>
      at(index * 1000, { startedAt }, { startedAt: Math.min(3, startedAt) }),
    );
    expect(verdictOf(rule, fewer)).toBe('bad');
  });

  test('restarts: more than are allowed in the window', () => {
    const rule: RolloutRule = { kind: 'restarts', above: 1, windowMs: 10_000 };
    const samples = [1, 2, 2, 3].map((startedAt, index) => at(index * 1000, { startedAt }));
    expect(verdictOf(rule, samples.slice(0, 3))).toBe('good');
    expect(verdictOf(rule, samples)).toBe('bad');
  });

  test('new errors: kinds that blue never had, and that the plan does not pass over', () => {
    const rule: RolloutRule = { kind: 'newErrors', above: 0, windowMs: 10_000, ignored: ['known'] };
    const before = { errors: { old: 3 } };
    const samples = (errors: Record<string, number>, blue: Record<string, number>) => [
      at(0, before),
      at(1000, { errors: { old: 3, ...errors } }, { errors: blue }),
    ];
    expect(verdictOf(rule, samples({}, {}))).toBe('good');
    expect(verdictOf(rule, samples({ known: 5 }, {}))).toBe('good');
    expect(verdictOf(rule, samples({ shared: 5 }, { shared: 1 }))).toBe('good');
    expect(verdictOf(rule, samples({ own: 1 }, {}))).toBe('bad');
    expect(verdictOf({ ...rule, above: 1 }, samples({ own: 1 }, {}))).toBe('good');
  });
});
