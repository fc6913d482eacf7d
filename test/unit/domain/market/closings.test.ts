// When a market closes next: against the question whether it is open, minute by minute, and on the field's known hours.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isOpen,
  type MarketHours,
  nextWeekend,
  sessionEnd,
} from '../../../../src/domain/market/market-hours.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const utc = (text: string) => Date.parse(`${text}Z`);

/** Exchange hours with a break at noon, Monday to Friday. */
const EXCHANGE: MarketHours = {
  zone: 'Europe/London',
  sessions: [0, 1, 2, 3, 4].flatMap((day) => [
    { opens: day * 1440 + 480, closes: day * 1440 + 720 },
    { opens: day * 1440 + 780, closes: day * 1440 + 990 },
  ]),
};
/** Closed an hour each night and over the weekend; sessions touch at midnight. */
const FUTURES: MarketHours = {
  zone: 'America/New_York',
  sessions: [
    ...[0, 1, 2, 3].flatMap((day) => [
      { opens: day * 1440, closes: day * 1440 + 1020 },
      { opens: day * 1440 + 1080, closes: (day + 1) * 1440 },
    ]),
    { opens: 4 * 1440, closes: 4 * 1440 + 1020 },
    { opens: 6 * 1440 + 1080, closes: 7 * 1440 },
  ],
};
const moments = fc.integer({ min: utc('2025-01-01T00:00'), max: utc('2026-12-31T00:00') });

describe.each([
  ['the FX week', 'fx_week' as MarketHours],
  ['an exchange with a break', EXCHANGE],
  ['futures over midnight', FUTURES],
])('%s', (_name, hours) => {
  test('is open until its weekend, closed right after it, and for a day', () => {
    fc.assert(
      fc.property(moments, (time) => {
        const weekend = nextWeekend(hours, time);
        if (!isOpen(hours, time)) return;
        expect(weekend).not.toBeNull();
        const at = weekend ?? 0;
        expect(at).toBeGreaterThan(time);
        expect(at - time).toBeLessThanOrEqual(7 * DAY);
        expect(isOpen(hours, at - 1)).toBe(true);
        for (let after = 0; after < DAY; after += HOUR / 2) expect(isOpen(hours, at + after)).toBe(false);
      }),
    );
  });

  test('is open until the end of its session', () => {
    fc.assert(
      fc.property(moments, (time) => {
        const end = sessionEnd(hours, time);
        expect(end === null).toBe(!isOpen(hours, time));
        if (end === null) return;
        expect(end).toBeGreaterThan(time);
        for (let at = time; at < end; at += 10 * MINUTE) expect(isOpen(hours, at)).toBe(true);
        if (hours !== 'fx_week') expect(isOpen(hours, end)).toBe(false);
      }),
      { numRuns: 40 },
    );
  });
});

test('the FX week ends on Friday at 17:00 in New York, in winter and in summer; its sessions each day', () => {
  expect(nextWeekend('fx_week', utc('2025-01-08T12:00'))).toBe(utc('2025-01-10T22:00'));
  expect(nextWeekend('fx_week', utc('2025-07-09T12:00'))).toBe(utc('2025-07-11T21:00'));
  expect(nextWeekend('fx_week', utc('2025-01-11T12:00'))).toBeNull();
  expect(sessionEnd('fx_week', utc('2025-01-08T12:00'))).toBe(utc('2025-01-08T22:00'));
  expect(sessionEnd('fx_week', utc('2025-01-08T22:00'))).toBe(utc('2025-01-09T22:00'));
});

test('around the clock there is no weekend, and a session is a day', () => {
  expect(nextWeekend('always', utc('2025-01-08T12:00'))).toBeNull();
  expect(sessionEnd('always', utc('2025-01-08T12:00'))).toBe(utc('2025-01-09T00:00'));
});

test('a break at noon ends a session and is no weekend', () => {
  expect(sessionEnd(EXCHANGE, utc('2025-01-10T09:00'))).toBe(utc('2025-01-10T12:00'));
  expect(nextWeekend(EXCHANGE, utc('2025-01-06T09:00'))).toBe(utc('2025-01-10T16:30'));
});
