// The broker's day and hour, which rails measure losses in: an offset that changes begins no other before they are over.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Account,
  emptyAccount,
  type Heartbeat,
  paymentsOf,
  reportAccount,
} from '../../../../src/domain/account/account.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { BEAT, MIDNIGHT } from '../../../support/heartbeats.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

type Beat = Partial<Heartbeat> & { readonly equity: number };

/** The account after each equity in turn; a position was open all the time. */
function reporting(beats: readonly Beat[], from = emptyAccount('demo')): Account {
  return beats.reduce<Account>((account, beat) => {
    const heartbeat = { ...BEAT, ...beat };
    return reportAccount(account, heartbeat, heartbeat.reportedAt, DEFAULT_RULES);
  }, from);
}

/** Any a broker may have, and any a heartbeat may tell. */
const anyOffset = fc.oneof(fc.constantFrom(0, 120, 180, 330, -300), fc.integer({ min: -1080, max: 1080 }));

describe("another offset of the broker's clock", () => {
  const anyBeats = fc.array(
    fc.record({
      minutes: fc.integer({ min: 0, max: 180 }),
      equity: fc.integer({ min: 9_000, max: 10_000 }),
      utcOffsetMinutes: anyOffset,
    }),
    { maxLength: 40 },
  );

  test('law: changes nothing of the day and the hour that are under way', () => {
    fc.assert(
      fc.property(anyOffset, anyBeats, (first, beats) => {
        const start = { equity: 10_000, reportedAt: MIDNIGHT, utcOffsetMinutes: first };
        let [changing, steady] = [reporting([start]), reporting([start])];
        const [dayEnds, hourEnds] = [steady.day?.endsAt ?? 0, steady.hour?.endsAt ?? 0];
        let at = MIDNIGHT;
        for (const { minutes, ...beat } of beats) {
          at += minutes * 60_000;
          if (at >= dayEnds) return;
          changing = reporting([{ ...beat, reportedAt: at }], changing);
          steady = reporting([{ ...beat, utcOffsetMinutes: first, reportedAt: at }], steady);
          const daily = ({ rails, day }: Account) => [day, rails.filter(({ rail }) => rail === 'DAILY_LOSS')];
          expect(daily(changing)).toEqual(daily(steady));
          if (at < hourEnds) expect(changing).toMatchObject({ hour: steady.hour, rails: steady.rails });
        }
      }),
    );
  });

  test('law: no day and no hour it leads to is shorter than a whole one, but for a summer that begins', () => {
    fc.assert(
      fc.property(anyBeats, (beats) => {
        let account = reporting([{ equity: 10_000 }]);
        let at = MIDNIGHT;
        for (const { minutes, ...beat } of beats) {
          at += minutes * 60_000;
          const before = account;
          account = reporting([{ ...beat, reportedAt: at }], account);
          for (const [name, least, most] of [
            ['day', DAY - HOUR, 2 * DAY],
            ['hour', HOUR, 2 * HOUR],
          ] as const) {
            const [known, now] = [before[name], account[name]];
            if (known === null || now === null) throw new Error('it has equity');
            expect(now.endsAt).toBeGreaterThan(at);
            expect(now.endsAt - at).toBeLessThanOrEqual(most);
            if (at < known.endsAt) expect(now).toEqual(known);
            else expect(now.endsAt - known.endsAt).toBeGreaterThanOrEqual(least);
          }
        }
      }),
    );
  });

  test('law: a loss of the day trips its rail, however often the offset changes', () => {
    fc.assert(
      fc.property(fc.array(anyOffset, { minLength: 10, maxLength: 30 }), (offsets) => {
        const account = reporting(
          offsets.map((utcOffsetMinutes, index) => ({
            equity: 10_000 - (index * 300) / (offsets.length - 1),
            reportedAt: MIDNIGHT + index * 5000,
            utcOffsetMinutes: index === 0 ? 0 : utcOffsetMinutes,
          })),
        );
        expect(account.rails.map(({ rail }) => rail)).toEqual(['DAILY_LOSS', 'HOURLY_LOSS']);
      }),
    );
  });

  test.each([
    ['summer begins', 120, 180, 23],
    ['summer ends', 180, 120, 25],
  ])('a broker whose %s has a day as long as its own', (_what, before, then, hours) => {
    const start = MIDNIGHT - before * 60_000;
    const account = reporting([
      { equity: 10_000, reportedAt: start, utcOffsetMinutes: before },
      { equity: 10_000, reportedAt: start + 12 * HOUR, utcOffsetMinutes: then },
    ]);
    expect(account.day?.endsAt).toBe(start + DAY);
    const next = reporting([{ equity: 9_900, reportedAt: start + DAY, utcOffsetMinutes: then }], account);
    expect(next.day).toEqual({ endsAt: start + DAY + hours * HOUR, equity: 9_900, paidIn: 0 });
  });
});

test('law: a second fall of a day is no withdrawal, whatever the offset becomes', () => {
  fc.assert(
    fc.property(anyOffset, anyOffset, (first, then) => {
      const beats = [10_000, 9_900, 9_500].map((equity, index) => ({
        ...BEAT,
        ...{ equity, balance: equity, reportedAt: MIDNIGHT + 720_000 + index * 5000 },
        utcOffsetMinutes: index < 2 ? first : then,
      }));
      const account = beats.reduce((known, beat) => {
        const at = beat.reportedAt;
        const payments = paymentsOf(known, beat, at, DEFAULT_RULES, false);
        return reportAccount(known, beat, at, DEFAULT_RULES, payments);
      }, emptyAccount('demo'));
      fc.pre((account.day?.endsAt ?? 0) > MIDNIGHT + DAY / 40);
      expect(account.rails.map(({ rail }) => rail)).toEqual(['DAILY_LOSS', 'HOURLY_LOSS']);
    }),
  );
});
