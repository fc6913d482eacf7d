// Whether a verification is slower than an earlier one.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { against } from '../../../src/cli/verify/baseline.js';
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
