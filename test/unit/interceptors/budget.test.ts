// How many calls a caller may make: exact at the boundary, by a clock of our own.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { DtmsError } from '../../../src/errors/errors.js';
import { Budget } from '../../../src/interceptors/budget.js';
import { eventually } from '../../support/eventually.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** 0 when the call was let pass, else how long to wait. */
function waitOf(budget: Budget, caller = 'key:a'): number {
  try {
    budget.take(caller);
    return 0;
  } catch (error) {
    if (!(error instanceof DtmsError)) throw error;
    expect(error.reason).toBe(ErrorReason.RATE_LIMITED);
    return error.retryAfterMs ?? Number.NaN;
  }
}

function passed(budget: Budget, calls: number): number {
  let count = 0;
  for (let i = 0; i < calls; i++) if (waitOf(budget) === 0) count += 1;
  return count;
}

describe('a budget of 10 a second and 20 at once', () => {
  const make = () => new Budget('REGISTRATION', { perSecond: 10, burst: 20 });

  test('lets the 20th call pass and not the 21st', () => {
    const budget = make();
    expect(passed(budget, 20)).toBe(20);
    expect(waitOf(budget)).toBe(2000);
  });

  test('lets exactly as many pass when the window has ended, and not a moment before', () => {
    const budget = make();
    passed(budget, 20);
    vi.advanceTimersByTime(1999);
    expect(waitOf(budget)).toBe(1);
    vi.advanceTimersByTime(1);
    expect(passed(budget, 100)).toBe(20);
  });

  test('gives whoever waits as it is told the mean rate, however much it asks', () => {
    const budget = make();
    let through = 0;
    for (let ms = 0; ms < 20_000; ms += 10) {
      through += passed(budget, 3);
      vi.advanceTimersByTime(10);
    }
    expect(through).toBe(200);
  });

  test("is each caller's own", () => {
    const budget = make();
    passed(budget, 1000);
    expect(waitOf(budget, 'key:b')).toBe(0);
  });

  test('says which class and how many a second', () => {
    const budget = make();
    passed(budget, 20);
    expect(() => budget.take('key:a')).toThrow(
      expect.objectContaining({
        metadata: expect.objectContaining({ method_class: 'REGISTRATION', limit: '10' }),
      }),
    );
  });

  test('a batch beyond it passes once and is waited for, as long as it is worth', () => {
    const budget = make();
    budget.take('key:a');
    budget.charge('key:a', 999);
    // 1,000 at 10 a second, told a minute at a time.
    expect(waitOf(budget)).toBe(60_000);
    vi.advanceTimersByTime(99_999);
    expect(waitOf(budget)).toBe(1);
    vi.advanceTimersByTime(1);
    expect(passed(budget, 100)).toBe(20);
  });

  test('batches that came together add up', () => {
    const budget = make();
    budget.take('key:a');
    budget.take('key:a');
    budget.charge('key:a', 99);
    budget.charge('key:a', 99);
    // 101 after the first, then 99 more: 20 s in all, within a call.
    vi.advanceTimersByTime(19_000);
    expect(waitOf(budget)).toBeGreaterThan(0);
    vi.advanceTimersByTime(1100);
    expect(waitOf(budget)).toBe(0);
  });

  test('a batch within it leaves the rest', () => {
    const budget = make();
    budget.take('key:a');
    budget.charge('key:a', 9);
    expect(passed(budget, 100)).toBe(10);
  });

  test.each([-24, 24])('a clock set by %d h changes nothing', (hours) => {
    const budget = make();
    passed(budget, 20);
    vi.setSystemTime(Date.now() + hours * 60 * 60 * 1000);
    expect(waitOf(budget)).toBe(2000);
    vi.advanceTimersByTime(2000);
    expect(waitOf(budget)).toBe(0);
  });

  test('remembers 100,000 callers no longer than their windows', async () => {
    vi.useRealTimers();
    const budget = new Budget('QUERY', { perSecond: 1000, burst: 100 });
    for (let i = 0; i < 100_000; i++) budget.take(`open:10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`);
    expect(budget.callers).toBe(100_000);
    await eventually(() => expect(budget.callers).toBe(0));
  });
});
