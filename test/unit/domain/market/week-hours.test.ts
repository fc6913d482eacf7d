// Trading hours as told: when a market is open by them, over weeks, clocks that change, and what is refused.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isOpen, openBetween } from '../../../../src/domain/market/market-hours.js';
import {
  nextOpening,
  WEEK_MINUTES,
  type WeekHours,
  weekFaults,
} from '../../../../src/domain/market/week-hours.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { MarketView } from '../../../../src/domain/views/market-view.js';
import { anyHours } from '../../../support/week-hours.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY_MINUTES = 24 * 60;
const WEEK = WEEK_MINUTES * MINUTE;
/** A Monday, 00:00 UTC. */
const MONDAY = Date.UTC(2026, 5, 1);
const at = (minute: number) => minute * DAY_MINUTES;

/** An index: Monday to Friday 09:00 to 17:30 in Frankfurt. */
const DAX: WeekHours = {
  zone: 'Europe/Berlin',
  sessions: [0, 1, 2, 3, 4].map((day) => ({ opens: at(day) + 9 * 60, closes: at(day) + 17 * 60 + 30 })),
};

/** Any minute of the years in which clocks change twice. */
const anyTime = fc.integer({ min: 0, max: 2 * 366 * DAY_MINUTES }).map((minute) => MONDAY + minute * MINUTE);
/** Up to a day before, or after, Berlin, Athens, New York or Auckland change their clocks. */
const nearChange = fc
  .tuple(
    fc.constantFrom(
      ...[Date.UTC(2026, 9, 25, 1), Date.UTC(2027, 2, 28, 1), Date.UTC(2026, 10, 1, 6)],
      ...[Date.UTC(2027, 2, 14, 7), Date.UTC(2026, 8, 26, 14), Date.UTC(2027, 3, 3, 14)],
    ),
    fc.integer({ min: -DAY_MINUTES, max: DAY_MINUTES }),
  )
  .map(([change, minute]) => change + minute * MINUTE);

describe('laws', () => {
  test('open time is what is open minute by minute', () => {
    fc.assert(
      fc.property(anyHours, anyTime, fc.integer({ min: 0, max: 3 * DAY_MINUTES }), (hours, from, minutes) => {
        let open = 0;
        for (let minute = 0; minute < minutes; minute += 1) {
          if (isOpen(hours, from + minute * MINUTE)) open += MINUTE;
        }
        // Within the hour in which a clock is put back a wall time is there twice, and a session may be either.
        expect(Math.abs(openBetween(hours, from, from + minutes * MINUTE) - open)).toBeLessThanOrEqual(
          2 * HOUR,
        );
        if (typeof hours.zone === 'number') {
          expect(openBetween(hours, from, from + minutes * MINUTE)).toBe(open);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('two stretches have as much open time as both together', () => {
    fc.assert(
      fc.property(anyHours, anyTime, fc.nat(WEEK), fc.nat(WEEK), (hours, from, one, other) => {
        const [middle, to] = [from + one, from + one + other];
        expect(openBetween(hours, from, middle) + openBetween(hours, middle, to)).toBe(
          openBetween(hours, from, to),
        );
      }),
    );
  });

  test('the next opening is open and no moment before it is, clocks changed or not', () => {
    const moments = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
      minLength: 60,
      maxLength: 60,
    });
    fc.assert(
      fc.property(anyHours, fc.oneof(anyTime, nearChange), moments, (hours, time, shares) => {
        fc.pre(!isOpen(hours, time));
        const opening = nextOpening(hours, time);
        expect(isOpen(hours, opening)).toBe(true);
        const before = shares.map((share) => time + Math.floor(share * (opening - time)));
        for (const moment of [...before, opening - 1]) expect(isOpen(hours, moment)).toBe(false);
      }),
    );
  });

  test('hours told of the whole week are around the clock', () => {
    fc.assert(
      fc.property(anyTime, fc.nat(WEEK), (from, length) => {
        const hours = { zone: 'UTC', sessions: [{ opens: 0, closes: WEEK_MINUTES }] };
        expect([isOpen(hours, from), openBetween(hours, from, from + length)]).toEqual([true, length]);
      }),
    );
  });
});

test("daylight saving is the zone's: in June Frankfurt opens at 07:00 UTC, in January at 08:00", () => {
  expect([isOpen(DAX, MONDAY + 7 * HOUR - 1), isOpen(DAX, MONDAY + 7 * HOUR)]).toEqual([false, true]);
  const january = Date.UTC(2026, 0, 5);
  expect([isOpen(DAX, january + 8 * HOUR - 1), isOpen(DAX, january + 8 * HOUR)]).toEqual([false, true]);
});

test.each([
  ['falls into an hour that is skipped', Date.UTC(2027, 2, 28), 150, 300, Date.UTC(2027, 2, 28, 1)],
  [
    'comes again where the clock is put back',
    Date.UTC(2026, 9, 25, 0, 45),
    90,
    150,
    Date.UTC(2026, 9, 25, 1),
  ],
])('an opening that %s', (_what, time, opens, closes, opening) => {
  const sunday = at(6);
  const hours = { zone: 'Europe/Berlin', sessions: [{ opens: sunday + opens, closes: sunday + closes }] };
  expect(nextOpening(hours, time)).toBe(opening);
});

test('after Friday the market opens on Monday', () => {
  expect(nextOpening(DAX, MONDAY + 4 * 24 * HOUR + 20 * HOUR)).toBe(MONDAY + WEEK + 7 * HOUR);
});

test.each<[string, Partial<WeekHours>, string]>([
  ['a zone that is none', { zone: 'Europe/Atlantis' }, 'zone'],
  ['no session', { sessions: [] }, 'sessions'],
  ['one that closes before it opens', { sessions: [{ opens: 60, closes: 60 }] }, 'sessions[0].closes'],
  [
    'two at once',
    {
      sessions: [
        { opens: 0, closes: 100 },
        { opens: 99, closes: 200 },
      ],
    },
    'sessions[1].opens',
  ],
])('%s is refused', (_what, more, field) => {
  expect(weekFaults({ ...DAX, ...more }).map(([name]) => name)).toEqual([field]);
  expect(weekFaults(DAX)).toEqual([]);
});

describe('a symbol nobody knows', () => {
  const SATURDAY = MONDAY + 5 * 24 * HOUR + 12 * HOUR;
  const bar = { open: 1, high: 1, low: 1, close: 1, volume: 1 };

  function viewOf(symbol: string, quotedAt: number | null): MarketView {
    const view = new MarketView(symbol, symbol, DEFAULT_RULES);
    view.upsertBar('M5', { ...bar, time: SATURDAY - 3 * HOUR });
    if (quotedAt !== null) view.addQuote({ time: quotedAt, bid: 1, ask: 1.1 });
    return view;
  }

  test('goes stale at a weekend in which its data goes on: it is open around the clock', () => {
    expect(viewOf('KAS.X', SATURDAY).isStale(SATURDAY)).toBe(true);
    expect(viewOf('EURUSD', SATURDAY).isStale(SATURDAY)).toBe(false);
  });

  test('does not at a weekend in which nothing comes', () => {
    const view = new MarketView('KAS.X', 'KAS.X', DEFAULT_RULES);
    view.upsertBar('M5', { ...bar, time: MONDAY + 4 * 24 * HOUR + 20 * HOUR + 50 * MINUTE });
    expect(view.isStale(SATURDAY)).toBe(false);
  });

  test('is judged by hours that are told', () => {
    expect(viewOf('KAS.X', SATURDAY).isStale(SATURDAY, DAX)).toBe(false);
    expect(viewOf('EURUSD', SATURDAY).isStale(SATURDAY, 'always')).toBe(true);
  });
});
