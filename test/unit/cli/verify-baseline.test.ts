// Whether a verification is slower than an earlier one.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { against, bestOf } from '../../../src/cli/verify/baseline.js';
import type { DoneCheck } from '../../../src/cli/verify/check.js';

const times = fc.double({ min: 0, max: 5000, noNaN: true });

test('a check fails for its time only when it took more than so many times as long, and noticeably longer', () => {
  fc.assert(
    fc.property(times, times, fc.double({ min: 1, max: 10, noNaN: true }), (then, ms, ratio) => {
      const check: DoneCheck = { name: 'rest', verdict: 'ok', detail: 'x', ms };
      const [judged] = against([check], { savedAt: '', version: '', times: { rest: then } }, ratio);
      expect(judged?.verdict).toBe(ms > ratio * then && ms - then > 25 ? 'fail' : 'ok');
    }),
  );
});

test('what was not measured, then or now, is not judged, and a failure stays what it is', () => {
  const baseline = { savedAt: '', version: '', times: { a: 1, b: 1 } };
  const checks: DoneCheck[] = [
    { name: 'a', verdict: 'skip', detail: '', ms: null },
    { name: 'b', verdict: 'fail', detail: 'why', ms: 900 },
    { name: 'c', verdict: 'warn', detail: '', ms: 900 },
  ];
  expect(against(checks, baseline, 2)).toEqual(checks);
});

test('of several verifications a check is as slow as at its best, and one that failed in any has failed', () => {
  const measured = fc.array(
    fc.record({ ms: fc.option(times), verdict: fc.constantFrom('ok', 'warn', 'fail', 'skip') }),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c'), measured), (all) => {
      const most = Math.max(0, ...Object.values(all).map(({ length }) => length));
      // A check that failed may keep those after it from being made: the first verifications lack some here.
      const verifications = Array.from({ length: most }, (_, index) =>
        Object.entries(all).flatMap(([name, made]): DoneCheck[] => {
          const one = made[index + made.length - most];
          return one === undefined ? [] : [{ name, detail: '', ...one }];
        }),
      );
      const best = verifications.reduce<readonly DoneCheck[]>(bestOf, []);
      expect(best.map(({ name }) => name).sort()).toEqual(Object.keys(all).sort());
      for (const { name, verdict, ms } of best) {
        const made = all[name] ?? [];
        const isFailed = made.some((one) => one.verdict === 'fail');
        expect(verdict === 'fail').toBe(isFailed);
        const known = made.flatMap((one) => one.ms ?? []);
        if (!isFailed) expect(ms).toBe(known.length === 0 ? null : Math.min(...known));
      }
    }),
  );
});
