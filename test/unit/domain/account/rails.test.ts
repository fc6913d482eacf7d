// Rails: when they trip, when they release, and what they never forbid.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Account,
  accountRulesOf,
  emptyAccount,
  type Heartbeat,
  reportAccount,
  setTradingState,
  tradingStateOf,
} from '../../../../src/domain/account/account.js';
import { type RailLimits, railValue } from '../../../../src/domain/account/rails.js';
import { type CloseReport, noteClosed } from '../../../../src/domain/account/stop-streak.js';
import { planOutside } from '../../../../src/domain/changes/commands.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import type { ActionType } from '../../../../src/domain/trade/action-specs.js';
import { ScriptedFacts } from '../../../support/facts.js';
import { BEAT, MIDNIGHT } from '../../../support/heartbeats.js';
import { referenceOf, tradeOf } from '../../../support/trades.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What a rail does when nobody says otherwise. */
const REDUCE = { onTrip: 'reduce', overSince: null, actedAt: null };

/** The account after each equity in turn. */
function reporting(
  reports: readonly (Partial<Heartbeat> & { readonly equity: number })[],
  from = emptyAccount('demo'),
) {
  return reports.reduce<Account>((account, report) => {
    const heartbeat = { ...BEAT, ...report };
    return reportAccount(account, heartbeat, heartbeat.reportedAt, DEFAULT_RULES);
  }, from);
}

const stateAt = (account: Account, at: number) => tradingStateOf(account, at, DEFAULT_RULES).state;
const close = (account: Account, report: Partial<CloseReport>): Account =>
  noteClosed(account, { reason: 'STOP_LOSS', earned: -1, at: MIDNIGHT, ...report }, DEFAULT_RULES);

describe('daily loss', () => {
  test('2% of what the day began with trips it until the next day, just below does not', () => {
    const slowly = [10_000, 9_950, 9_900, 9_850, 9_801].map((equity, i) => ({
      equity,
      reportedAt: MIDNIGHT + i * 2 * HOUR,
    }));
    const below = reporting(slowly);
    expect(below.rails).toEqual([]);
    const at = MIDNIGHT + 10 * HOUR;
    const tripped = reporting([{ equity: 9_800, reportedAt: at }], below);
    expect(tripped.rails).toEqual([
      { rail: 'DAILY_LOSS', trippedAt: at, holdsUntil: MIDNIGHT + DAY, value: 0.02, ...REDUCE },
    ]);
    expect(stateAt(tripped, at)).toBe('REDUCING');
    expect(stateAt(tripped, MIDNIGHT + DAY - 1)).toBe('REDUCING');
    expect(stateAt(tripped, MIDNIGHT + DAY)).toBe('ACTIVE');
  });

  test("the day is the broker's: at UTC+3 it ends at 21:00 UTC", () => {
    const utcOffsetMinutes = 180;
    const at = MIDNIGHT + 20 * HOUR;
    const tripped = reporting([
      { equity: 10_000, reportedAt: MIDNIGHT, utcOffsetMinutes },
      { equity: 9_700, reportedAt: at, utcOffsetMinutes },
    ]);
    expect(tripped.rails.find(({ rail }) => rail === 'DAILY_LOSS')?.holdsUntil).toBe(MIDNIGHT + 21 * HOUR);
  });

  test('a new day begins with its own equity', () => {
    const account = reporting([
      { equity: 10_000 },
      { equity: 9_700, reportedAt: MIDNIGHT + DAY },
      { equity: 9_610, reportedAt: MIDNIGHT + DAY + 2 * HOUR },
    ]);
    expect(account.day).toEqual({ endsAt: MIDNIGHT + 2 * DAY, equity: 9_700, paidIn: 0 });
    expect(account.rails).toEqual([]);
  });

  test("an offset that falls by an hour does not begin yesterday's day again", () => {
    const at = MIDNIGHT - 3 * HOUR + 10 * 60_000;
    const before = reporting([{ equity: 10_000, reportedAt: at, utcOffsetMinutes: 180 }]);
    const moved = reporting([{ equity: 9_990, reportedAt: at + 60_000, utcOffsetMinutes: 120 }], before);
    expect(moved.day).toEqual(before.day);
  });
});

describe('hourly loss', () => {
  test('1% of what the hour began with trips it for an hour', () => {
    const at = MIDNIGHT + 10 * 60_000;
    const tripped = reporting([{ equity: 10_000 }, { equity: 9_900, reportedAt: at }]);
    expect(tripped.rails).toEqual([
      { rail: 'HOURLY_LOSS', trippedAt: at, holdsUntil: at + HOUR, value: 0.01, ...REDUCE },
    ]);
    expect(stateAt(tripped, at + HOUR - 1)).toBe('REDUCING');
    expect(stateAt(tripped, at + HOUR)).toBe('ACTIVE');
  });

  test('while it holds it is not tripped again, so it ends', () => {
    const at = MIDNIGHT + 59 * 60_000;
    const tripped = reporting([
      { equity: 10_000 },
      { equity: 9_890, reportedAt: at },
      { equity: 9_880, reportedAt: at + 10_000 },
    ]);
    expect(tripped.rails[0]?.holdsUntil).toBe(at + HOUR);
  });

  test('a broker whose clock stands still at the weekend keeps it tripped, and releases when time goes on', () => {
    const at = MIDNIGHT + 60_000;
    const standing = Array.from({ length: 5 }, () => ({ equity: 9_900, reportedAt: at }));
    const account = reporting([{ equity: 10_000 }, ...standing]);
    expect(account.rails).toHaveLength(1);
    expect(stateAt(reporting([{ equity: 9_900, reportedAt: at + 2 * DAY }], account), at + 2 * DAY)).toBe(
      'ACTIVE',
    );
  });
});

describe('stops in a row', () => {
  test('the third trips it for an hour; a fourth begins the hour anew', () => {
    let account = emptyAccount('demo');
    for (const minutes of [0, 1]) account = close(account, { at: MIDNIGHT + minutes * 60_000 });
    expect(stateAt(account, MIDNIGHT + 60_000)).toBe('ACTIVE');
    account = close(account, { at: MIDNIGHT + 120_000 });
    const holdsUntil = MIDNIGHT + 120_000 + HOUR;
    expect(account.rails).toEqual([
      { rail: 'STOP_STREAK', trippedAt: MIDNIGHT + 120_000, holdsUntil, value: 3, ...REDUCE },
    ]);
    account = close(account, { at: MIDNIGHT + HOUR });
    expect(account.rails[0]).toMatchObject({ holdsUntil: MIDNIGHT + 2 * HOUR, value: 4 });
  });

  test.each<[string, Partial<CloseReport>, number]>([
    ['a target ends it', { reason: 'TAKE_PROFIT' }, 0],
    ['another close with a profit ends it', { reason: 'REQUESTED', earned: 1 }, 0],
    ['another close with a loss neither ends nor lengthens it', { reason: 'DEFENSIVE' }, 2],
    ['a close of which nothing is known leaves it', { reason: 'BROKER_GONE' }, 2],
    ['a trailed stop at a profit is no loss, and ends it', { reason: 'STOP_LOSS', earned: 1 }, 0],
    ['a stop at the entry neither ends nor lengthens it', { reason: 'STOP_LOSS', earned: 0 }, 2],
    ['nor does one that earned minus nothing', { reason: 'STOP_LOSS', earned: -0 }, 2],
    ['a stop at a price that nobody tells counts', { reason: 'STOP_LOSS', earned: null }, 3],
  ])('%s', (_what, report, streak) => {
    const two = close(close(emptyAccount('demo'), {}), {});
    expect(close(two, report).stopStreak).toBe(streak);
  });
});

test('a loss of just its limit trips it, of a cent less does not, whatever doubles make of the share', () => {
  const begun = fc.integer({ min: 1, max: 2_000_000 });
  fc.assert(
    fc.property(begun, fc.integer({ min: 0, max: 1000 }), (units, paidIn) => {
      // In cents 2% of a multiple of 50 is whole.
      const [first, lost] = [units * 50, units];
      const after = (loss: number): Account => {
        const later = MIDNIGHT + 2 * HOUR;
        const equity = (first + paidIn - loss) / 100;
        const account = reporting([{ equity: first / 100, balance: first / 100 }]);
        const day = account.day === null ? null : { ...account.day, paidIn: paidIn / 100 };
        return reporting([{ equity, balance: equity, reportedAt: later }], { ...account, day, money: null });
      };
      const trips = (loss: number) => after(loss).rails.some(({ rail }) => rail === 'DAILY_LOSS');
      expect([trips(lost), trips(lost - 1), trips(0)]).toEqual([true, false, false]);
    }),
  );
});

describe('a person', () => {
  test('ACTIVE lifts what is tripped; it trips again on new losses only', () => {
    const at = MIDNIGHT + 10 * 60_000;
    const tripped = reporting([{ equity: 10_000 }, { equity: 9_700, reportedAt: at }]);
    expect(tripped.rails.map(({ rail }) => rail)).toEqual(['DAILY_LOSS', 'HOURLY_LOSS']);
    const freed = setTradingState(tripped, { state: 'ACTIVE', by: 'ann', reason: 'seen', at });
    expect(stateAt(freed, at)).toBe('ACTIVE');
    const same = reporting([{ equity: 9_650, reportedAt: at + 1000 }], freed);
    expect(stateAt(same, at + 1000)).toBe('ACTIVE');
    const worse = reporting([{ equity: 9_600, reportedAt: at + 2000 }], freed);
    expect(worse.rails.map(({ rail }) => rail)).toEqual(['HOURLY_LOSS']);
  });

  test('ACTIVE forgives the streak', () => {
    const tripped = [0, 1, 2].reduce((account) => close(account, {}), emptyAccount('demo'));
    const freed = setTradingState(tripped, { state: 'ACTIVE', by: '', reason: '', at: 0 });
    expect(close(freed, {}).rails).toEqual([]);
  });

  test('what a person limits stays limited when a rail releases, and the stricter of both counts', () => {
    const tripped = [0, 1, 2].reduce((account) => close(account, {}), emptyAccount('demo'));
    const reduced = setTradingState(tripped, { state: 'REDUCING', by: 'ann', reason: 'holiday', at: 0 });
    expect(tradingStateOf(reduced, MIDNIGHT + DAY, DEFAULT_RULES)).toEqual({
      state: 'REDUCING',
      reason: 'set by ann: holiday',
    });
    const halted = setTradingState(tripped, { state: 'HALTED', by: 'ann', reason: '', at: 0 });
    expect(tradingStateOf(halted, MIDNIGHT, DEFAULT_RULES)).toEqual({
      state: 'HALTED',
      reason: 'set by ann',
    });
  });

  test('the reason of a rail has its numbers', () => {
    const tripped = reporting([{ equity: 10_000 }, { equity: 9_876, reportedAt: MIDNIGHT + 1000 }]);
    expect(accountRulesOf(tripped, MIDNIGHT + 1000, DEFAULT_RULES).limit).toBe(
      '1.24% lost in the hour, of 1% allowed, until 2025-06-02 01:00:01 UTC',
    );
  });
});

test('where a rail stands is shown before it trips', () => {
  const account = close(reporting([{ equity: 10_000 }, { equity: 9_950, reportedAt: MIDNIGHT + 1 }]), {});
  expect(railValue(account, 'DAILY_LOSS', 9_950)).toBeCloseTo(0.005, 12);
  expect(railValue(account, 'STOP_STREAK', 9_950)).toBe(1);
  expect(railValue(emptyAccount('demo'), 'HOURLY_LOSS', null)).toBe(0);
});

describe('limits of its own', () => {
  const limited = (railLimits: RailLimits): Account => ({ ...emptyAccount('demo'), railLimits });
  const beats = (...equities: readonly number[]) =>
    equities.map((equity, index) => ({ equity, reportedAt: MIDNIGHT + index * 5000 }));

  test('an account has instead of the configured ones, the rest as configured', () => {
    const account = reporting(beats(10_000, 9_700), limited({ dailyLoss: 0.05 }));
    expect(account.rails.map(({ rail }) => rail)).toEqual(['HOURLY_LOSS']);
  });

  test('a profit target trips on what the day earned, until the next day; without one nothing does', () => {
    const account = reporting(beats(10_000, 10_499, 10_500), limited({ dailyProfit: 0.05 }));
    expect(account.rails).toMatchObject([{ rail: 'DAILY_PROFIT', holdsUntil: MIDNIGHT + DAY, value: 0.05 }]);
    expect(tradingStateOf(account, MIDNIGHT + 10_000, DEFAULT_RULES)).toEqual({
      state: 'REDUCING',
      reason: "5% earned in the broker's day, of 5% wanted, until 2025-06-03 00:00 UTC",
    });
    expect(reporting(beats(10_000, 20_000)).rails).toEqual([]);
  });

  test('a deposit is no profit', () => {
    const account = reporting(beats(10_000), limited({ dailyProfit: 0.05 }));
    const operations = [{ deal: 1n, kind: 'BALANCE' as const, amount: 5_000, time: MIDNIGHT + 4000 }];
    expect(reporting([{ equity: 15_000, operations, reportedAt: MIDNIGHT + 5000 }], account).rails).toEqual(
      [],
    );
  });
});

describe('what a tripped rail forbids', () => {
  const tripped = [0, 1, 2].reduce((account) => close(account, {}), emptyAccount('demo'));
  const hedge = { ticket: 50n, volume: 1, entryPrice: 94, stopLoss: 100 };

  function suppressed(type: ActionType, terms: { readonly hedgeAddsMargin: boolean }): readonly string[] {
    const limits = { ...accountRulesOf(tripped, MIDNIGHT, DEFAULT_RULES), ...terms };
    const trade = tradeOf({ closedVolume: 0.5, ...(type === 'CLOSE_HEDGE' ? { hedge } : {}) });
    const facts = new ScriptedFacts({ bid: 105, ask: 105, swingLow: 95 });
    const scene = { facts, rules: DEFAULT_RULES, reference: referenceOf({ account: limits }) };
    return planOutside(trade, 'test', [type], MIDNIGHT, scene).flatMap(({ change }) =>
      change.kind === 'actionPlanned' ? change.suppressed.map(({ reason }) => reason) : [],
    );
  }

  test.each<ActionType>([
    'TIGHTEN_SL',
    'TRAIL_SL',
    'MOVE_SL_BREAKEVEN',
    'PARTIAL_CLOSE',
    'CLOSE_HEDGE',
    'CLOSE_ALL',
  ])('never %s: it reduces risk', (type) => {
    expect(suppressed(type, { hedgeAddsMargin: true })).toEqual([]);
  });

  test('adding again what was closed', () => {
    expect(suppressed('RE_ADD', { hedgeAddsMargin: false })).toEqual(['TRADING_STATE']);
  });

  test('a hedge only where it needs margin of its own', () => {
    expect(suppressed('OPEN_HEDGE', { hedgeAddsMargin: true })).toEqual(['TRADING_STATE']);
    expect(suppressed('OPEN_HEDGE', { hedgeAddsMargin: false })).toEqual([]);
  });
});

describe('laws', () => {
  const happening = fc.oneof(
    fc.record({
      kind: fc.constant('equity' as const),
      equity: fc.oneof(
        fc.integer({ min: 9_000, max: 10_000 }),
        // Plus 0: JSON has no -0.
        fc.double({ min: -1000, max: 20_000, noNaN: true }).map((equity) => equity + 0),
      ),
      minutes: fc.integer({ min: 0, max: 600 }),
      offset: fc.constantFrom(-300, 0, 120, 180),
    }),
    fc.record({
      kind: fc.constant('close' as const),
      reason: fc.constantFrom('STOP_LOSS' as const, 'TAKE_PROFIT' as const, 'DEFENSIVE' as const),
      earned: fc.constantFrom(-1, 0, 1, null),
      minutes: fc.integer({ min: 0, max: 600 }),
    }),
  );

  type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never;

  function play(happenings: readonly Happening[]): { account: Account; at: number } {
    let account = emptyAccount('demo');
    let at = MIDNIGHT;
    for (const each of happenings) {
      at += each.minutes * 60_000;
      account =
        each.kind === 'close'
          ? close(account, { reason: each.reason, earned: each.earned, at })
          : reporting([{ equity: each.equity, reportedAt: at, utcOffsetMinutes: each.offset }], account);
    }
    return { account, at };
  }

  test('a rail only ever forbids what adds risk: it never halts', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), (happenings) => {
        const { account, at } = play(happenings);
        expect(['ACTIVE', 'REDUCING']).toContain(stateAt(account, at));
      }),
    );
  });

  test('a tripped rail always releases: within a day and an hour of the last loss', () => {
    let trips = 0;
    fc.assert(
      fc.property(fc.array(happening, { minLength: 5, maxLength: 30 }), (happenings) => {
        const { account, at } = play(happenings);
        if (stateAt(account, at) === 'REDUCING') trips += 1;
        expect(stateAt(account, at + DAY + HOUR)).toBe('ACTIVE');
        const equity = account.money?.equity ?? 1;
        const later = reporting([{ equity, reportedAt: at + 2 * DAY }], account);
        expect(stateAt(later, at + 2 * DAY)).toBe('ACTIVE');
      }),
    );
    expect(trips).toBeGreaterThan(3);
  });

  test('what is remembered survives JSON', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 20 }), (happenings) => {
        const { account } = play(happenings);
        expect(JSON.parse(JSON.stringify(account))).toEqual(account);
      }),
    );
  });
});
