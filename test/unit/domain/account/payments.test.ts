// Payments: what is paid in or out is no result, however it is told, and no loss hides behind it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Account,
  emptyAccount,
  type Heartbeat,
  paymentsOf,
  reportAccount,
} from '../../../../src/domain/account/account.js';
import {
  type BalanceOperation,
  countOperations,
  type OperationBook,
} from '../../../../src/domain/account/balance-operations.js';
import { afterEquity, EMPTY_RAIL_BOOK, railValue } from '../../../../src/domain/account/rails.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';

const T0 = Date.UTC(2025, 5, 2, 10);
const DAY = 24 * 3_600_000;

const BEAT: Heartbeat = {
  bridgeId: 'b1',
  kind: 'REAL',
  terminalAccount: '',
  connected: true,
  tradeAllowed: true,
  equity: 10_000,
  balance: 10_000,
  operations: null,
  utcOffsetMinutes: 0,
  reportedAt: T0,
};

const operation = (deal: number, amount: number, time = T0): BalanceOperation => ({
  deal: BigInt(deal),
  kind: 'BALANCE',
  amount,
  time,
});

interface Beat extends Partial<Heartbeat> {
  /** The same as the equity where it is not given: nothing is open. */
  readonly equity: number;
  readonly hasTraded?: boolean;
  readonly isHolding?: boolean;
}

/** The account after one heartbeat every five seconds, each with nothing open unless it says otherwise. */
function beating(beats: readonly Beat[], from = emptyAccount('demo')): Account {
  return beats.reduce<Account>((account, { hasTraded = false, isHolding = false, ...beat }, index) => {
    const now = beat.reportedAt ?? T0 + index * 5000;
    const heartbeat = { ...BEAT, balance: beat.equity, reportedAt: now, ...beat };
    const payments = paymentsOf(account, heartbeat, now, DEFAULT_RULES, hasTraded, isHolding);
    return reportAccount(account, heartbeat, now, DEFAULT_RULES, payments);
  }, from);
}

const lossOf = (account: Account): number => railValue(account, 'DAILY_LOSS', account.money?.equity ?? null);
const tripped = (account: Account) => account.rails.map(({ rail }) => rail);

describe('what is told', () => {
  const told = (equity: number, ...operations: BalanceOperation[]): Beat => ({ equity, operations });

  test('a withdrawal of 500 of 10,000 trips nothing', () => {
    const account = beating([told(10_000), told(9_500, operation(1, -500, T0 + 4000))]);
    expect([lossOf(account), tripped(account)]).toEqual([0, []]);
  });

  test('1,000 paid in and 400 lost are 4% of the 10,000 the day began with', () => {
    const paid = operation(1, 1_000, T0 + 4000);
    const account = beating([told(10_000), told(11_000, paid), told(10_600, paid)]);
    expect(lossOf(account)).toBeCloseTo(0.04, 12);
    expect(tripped(account)).toEqual(['DAILY_LOSS', 'HOURLY_LOSS']);
  });

  test('a loss in the same heartbeat as a withdrawal does not hide behind it', () => {
    const account = beating([told(10_000), told(9_300, operation(1, -500, T0 + 4000))]);
    expect(lossOf(account)).toBeCloseTo(0.02, 12);
  });

  test('a loss keeps its share when most is paid out, and what is lost of the rest is a share of it', () => {
    const lost = beating([told(10_000), told(9_900)]);
    const out = beating([{ ...told(900, operation(1, -9_000, T0 + 9000)), reportedAt: T0 + 10_000 }], lost);
    expect(lossOf(out)).toBeCloseTo(0.01, 12);
    const rest = beating([{ ...told(891), reportedAt: T0 + 15_000 }], out);
    expect(lossOf(rest)).toBeCloseTo(0.0199, 12);
  });

  test('with everything paid out nothing is measured, until there is something again', () => {
    const out = beating([told(10_000), told(0, operation(1, -10_000, T0 + 4000))]);
    expect([out.day, lossOf(out)]).toEqual([null, 0]);
    const again = beating([{ ...told(1_000, operation(2, 1_000, T0 + 9000)), reportedAt: T0 + 10_000 }], out);
    const lost = beating([{ ...told(900), reportedAt: T0 + 15_000 }], again);
    expect(lossOf(lost)).toBeCloseTo(0.1, 12);
  });

  test('credit moves equity alone, and is taken out of it', () => {
    const credit = { ...operation(1, -300, T0 + 4000), kind: 'CREDIT' as const };
    expect(lossOf(beating([told(10_000), { ...told(9_700, credit), balance: 10_000 }]))).toBe(0);
  });

  test('without an operation, a balance that moved is a result, however it looks', () => {
    expect(lossOf(beating([told(10_000), told(9_500)]))).toBeCloseTo(0.05, 12);
    const silent = { equity: 9_500, reportedAt: T0 + 5000 };
    expect(lossOf(beating([silent], beating([told(10_000)])))).toBeCloseTo(0.05, 12);
  });

  test('what was there before anybody measured does not count, then or later', () => {
    const old = operation(1, 5_000, T0 - 60_000);
    const account = beating([told(10_000, old), told(10_000, old), told(9_900, old)]);
    expect(lossOf(account)).toBeCloseTo(0.01, 12);
    const heard = beating([{ equity: 10_000 }]);
    const next = { ...told(10_500, old, operation(2, 500, T0 + 1000)), reportedAt: T0 + 5000 };
    expect(lossOf(beating([next], heard))).toBe(0);
  });

  test("how long ago is told by the broker's clock: one that is a day behind changes nothing", () => {
    const behind = (at: number) => ({ reportedAt: at - DAY });
    const first = reportAccount(
      emptyAccount('demo'),
      { ...BEAT, operations: [], ...behind(T0) },
      T0,
      DEFAULT_RULES,
    );
    const paid = { ...BEAT, equity: 9_000, balance: 9_000, ...behind(T0 + 5000) };
    const operations = [operation(1, -1_000, T0 + 4000 - DAY)];
    expect(lossOf(reportAccount(first, { ...paid, operations }, T0 + 5000, DEFAULT_RULES))).toBe(0);
  });

  test('a withdrawal that is not in the balance hides no loss', () => {
    const paid = operation(9, -300, T0 + 4000);
    const account = beating([told(10_000), { ...told(9_700, paid), balance: 10_000 }]);
    expect(lossOf(account)).toBeCloseTo(0.03, 12);
    expect(lossOf(beating([told(10_000), { ...told(9_500, paid), balance: 9_900 }]))).toBeCloseTo(0.04, 2);
  });

  test('nor does one of which the balance moves by less, with a trade that moved it too', () => {
    const paid = operation(9, -300, T0 + 4000);
    const traded = { ...told(9_900, paid), hasTraded: true };
    expect(lossOf(beating([told(10_000), traded]))).toBe(0);
    expect(lossOf(beating([told(10_000), { ...traded, equity: 9_600, balance: 9_900 }]))).toBeCloseTo(
      0.03,
      2,
    );
  });

  test('a deposit that is not in the balance is no loss; beside a trade it hides none', () => {
    const paid = operation(9, 5_000, T0 + 4000);
    expect(lossOf(beating([told(10_000), told(10_000, paid)]))).toBe(0);
    const lost = { ...told(14_600, paid), hasTraded: true };
    expect(lossOf(beating([told(10_000), lost]))).toBeCloseTo(0.04, 12);
  });

  test('a balance and its operation may come apart, either first, for as long as a heartbeat counts', () => {
    const paid = operation(9, -500, T0 + 4000);
    for (const [first, second] of [
      [told(9_500), told(9_500, paid)],
      [told(10_000, paid), told(9_500)],
    ] as const) {
      expect(lossOf(beating([told(10_000), first, second]))).toBe(0);
      const late = [
        { ...first, reportedAt: T0 + 5000 },
        { ...second, reportedAt: T0 + 40_000 },
      ];
      expect(lossOf(beating(late, beating([told(10_000)])))).toBeCloseTo(0.05, 12);
    }
  });

  test('what never moved the balance is on record, once', () => {
    const paid = operation(9, -500, T0 + 4000);
    const before = beating([told(10_000), told(10_000, paid)]);
    const unproven = (account: Account, seconds: number) =>
      paymentsOf(account, { ...BEAT, operations: [] }, T0 + seconds * 1000, DEFAULT_RULES, false).unproven;
    expect(unproven(before, 30)).toBe(0);
    expect(unproven(before, 36)).toBe(-500);
    const after = beating([{ ...told(10_000), reportedAt: T0 + 36_000 }], before);
    expect(unproven(after, 80)).toBe(0);
  });

  test('what did not count is summed over the day of the last of it', () => {
    const later = (minutes: number, equity = 10_000, ...more: BalanceOperation[]): Beat => ({
      ...told(equity, ...more),
      reportedAt: T0 + minutes * 60_000,
    });
    const of = (deal: number, minutes: number) => operation(deal, -deal, T0 + minutes * 60_000);
    const two = beating([
      later(0),
      later(1, 10_000, of(5, 1)),
      later(2),
      later(3, 10_000, of(7, 3)),
      later(4),
    ]);
    expect(two.unproven).toEqual({ amount: -12, at: T0 + 4 * 60_000 });
    const day = 24 * 60;
    const next = beating([later(day, 10_000, of(9, day)), later(day + 1)], two);
    expect(next.unproven).toEqual({ amount: -9, at: T0 + (day + 1) * 60_000 });
    expect(beating([later(day + 2)], next).unproven).toEqual(next.unproven);
  });

  test('a bridge that does not tell for a while may tell then what was paid meanwhile', () => {
    const untold = (seconds: number) => ({ equity: 9_500, reportedAt: T0 + seconds * 1000 });
    const away = Array.from({ length: 60 }, (_, index) => untold(10 + index * 10));
    const back = { ...told(9_500, operation(9, -500, T0 + 4000)), reportedAt: T0 + 605_000 };
    expect(lossOf(beating([...away, back], beating([told(10_000)])))).toBe(0);
  });

  test('by a clock that is hours ahead nothing is told: what is in the money already does not count again', () => {
    const before = operation(9, 5_000, T0 + 3 * 3_600_000 - 60_000);
    const heard = beating([{ equity: 10_000 }]);
    const account = beating([{ ...told(10_000, before), reportedAt: T0 + 5000 }], heard);
    expect([lossOf(account), account.operations, account.money?.isProven]).toEqual([0, null, false]);
  });

  test('an account that began the day nearly empty is measured by what was paid in', () => {
    const paid = operation(9, 10_000, T0 + 4000);
    const account = beating([told(0.5), told(10_000.5, paid), { ...told(9_997.5, paid), balance: 10_000.5 }]);
    expect([tripped(account), lossOf(account).toFixed(6)]).toEqual([[], (3 / 10_000.5).toFixed(6)]);
  });

  test('a limit of everything never trips, whatever was paid in', () => {
    const railLimits = { dailyLoss: 1, hourlyLoss: 1 };
    const from = { ...emptyAccount('demo'), railLimits };
    const paid = operation(9, 9_000, T0 + 4000);
    const account = beating([told(10_000), told(19_000, paid), told(-500, paid)], from);
    expect([tripped(account), lossOf(account) > 1]).toEqual([[], true]);
  });

  test('a terminal that is not connected, or elsewhere, tells none; they count when it is back', () => {
    const paid = operation(1, -500, T0 + 4000);
    const away: Beat[] = [
      { ...told(0, paid), connected: false },
      { ...told(77, paid), terminalAccount: 'other' },
    ];
    expect(lossOf(beating([told(10_000), ...away, told(9_500, paid)]))).toBe(0);
  });
});

describe('what nobody tells', () => {
  test('a withdrawal of 500 of 10,000 with nothing open trips nothing', () => {
    const account = beating([{ equity: 10_000 }, { equity: 9_500 }]);
    expect([lossOf(account), tripped(account)]).toEqual([0, []]);
  });

  test('what falls while a trade is active is a loss, whatever the equity says: all of it is gone, or more', () => {
    for (const left of [9_900, 0, -50]) {
      const account = beating([
        { equity: 10_000, isHolding: true },
        { equity: left, isHolding: true },
      ]);
      expect(lossOf(account)).toBeCloseTo((10_000 - left) / 10_000, 12);
    }
  });

  test('nobody is paid more than there is: a balance below zero is a loss', () => {
    expect(lossOf(beating([{ equity: 10_000 }, { equity: 0 }]))).toBe(0);
    const account = beating([{ equity: 10_000 }, { equity: -50 }]);
    expect([lossOf(account) > 1, tripped(account)]).toEqual([true, ['DAILY_LOSS', 'HOURLY_LOSS']]);
  });

  test('1,000 paid in and 400 lost are 4%: a second fall in a day is no withdrawal', () => {
    const account = beating([{ equity: 10_000 }, { equity: 11_000 }, { equity: 10_600 }]);
    expect(lossOf(account)).toBeCloseTo(0.04, 12);
  });

  test('a fall is a result when something was open, a trade is known, or the bridge was away', () => {
    const results: Beat[][] = [
      [
        { equity: 9_990, balance: 10_000 },
        { equity: 9_490, balance: 9_500 },
      ],
      [{ equity: 10_000 }, { equity: 9_500, hasTraded: true }],
      [{ equity: 10_000 }, { equity: 9_500, reportedAt: T0 + 31_000 }],
    ];
    for (const beats of results) expect(lossOf(beating(beats))).toBeGreaterThan(0.049);
  });
});

const amount = fc.integer({ min: -500_000, max: 500_000 }).map((cents) => cents / 100);

describe('laws', () => {
  test('payments alone never trip a rail and are never a loss', () => {
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 20 }), (payments) => {
        let equity = 10_000;
        const beats = payments.map((wanted, index) => {
          const paid = Math.max(wanted, -equity);
          equity += paid;
          return { equity, operations: [operation(index + 1, paid, T0 + (index + 1) * 5000)] };
        });
        const account = beating([{ equity: 10_000, operations: [] }, ...beats]);
        expect(tripped(account)).toEqual([]);
        expect(Math.abs(lossOf(account))).toBeLessThan(1e-9);
      }),
    );
  });

  test('no payment makes a loss a smaller share than it is of the equity before it', () => {
    fc.assert(
      fc.property(
        fc.array(amount, { maxLength: 10 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (payments, share) => {
          let [equity, book] = [10_000, EMPTY_RAIL_BOOK];
          const report = (paidIn: number) => {
            const made = { equity, paidIn, at: T0, utcOffsetMinutes: 0, proof: 'none' as const };
            book = afterEquity(book, made, DEFAULT_RULES.rails);
          };
          report(0);
          for (const paid of payments) {
            equity = Math.max(1, equity + paid);
            report(equity === 1 ? 0 : paid);
          }
          const before = railValue(book, 'DAILY_LOSS', equity);
          const loss = equity * share;
          const added = railValue(book, 'DAILY_LOSS', equity - loss) - before;
          fc.pre(before >= 0 && payments.every((paid) => paid >= 0 || equity > 1));
          expect(added).toBeGreaterThanOrEqual(share * (1 - before) - 1e-9);
        },
      ),
    );
  });

  test('each operation counts once, whatever is told again and however its date moves, and the book is bounded', () => {
    const HOUR = 3_600_000;
    const one = fc.record({
      deal: fc.integer({ min: 1, max: 5_000 }),
      amount,
      madeAfter: fc.integer({ min: 0, max: 20 * 24 }),
    });
    const telling = fc.record({
      hours: fc.integer({ min: 0, max: 120 }),
      // An offset that is not known, a clock that is wrong: what makes a date another one.
      shift: fc.integer({ min: -3 * 24, max: 3 * 24 }),
    });
    let forgotten = 0;
    fc.assert(
      fc.property(
        fc.uniqueArray(one, { selector: ({ deal }) => deal, maxLength: 30 }),
        fc.array(telling, { minLength: 5, maxLength: 15 }),
        (all, tellings) => {
          let book: OperationBook | null = countOperations(null, [], T0, T0).book;
          const counted = new Map<bigint, number>();
          let now = T0;
          for (const { hours, shift } of tellings) {
            now += hours * HOUR;
            const told = all
              .filter(
                ({ madeAfter }) => T0 + madeAfter * HOUR <= now && now - madeAfter * HOUR - T0 <= 9 * DAY,
              )
              .map((each) => {
                const time = Math.min(now, T0 + (each.madeAfter + shift) * HOUR);
                return operation(each.deal, each.amount, time);
              });
            const next = countOperations(book, told, null, now);
            forgotten += book.known.length + next.fresh.length - next.book.known.length > 0 ? 1 : 0;
            book = next.book;
            for (const { deal } of next.fresh) counted.set(deal, (counted.get(deal) ?? 0) + 1);
            expect(book.known.every(({ time }) => time >= now - 14 * DAY)).toBe(true);
          }
          expect([...counted.values()].every((times) => times === 1)).toBe(true);
          expect(countOperations(book, [], null, now + 15 * DAY).book.known).toEqual([]);
        },
      ),
    );
    expect(forgotten).toBeGreaterThan(0);
  });

  test('of very many operations the newest are remembered, and what is forgotten never counts again', () => {
    const many = Array.from({ length: 1_200 }, (_, index) => operation(index + 1, 1, T0 + index));
    const first = countOperations(null, many, T0, T0 + 10_000);
    expect([first.fresh.length, first.book.since]).toEqual([1_200, T0 + 200]);
    const others = Array.from({ length: 2_500 }, (_, index) => operation(index + 5_000, 1, T0 + index));
    const next = countOperations(first.book, others, T0, T0 + 10_000).book;
    expect(next.known).toHaveLength(2_000);
    expect(countOperations(first.book, many, T0, T0 + 10_001).fresh).toEqual([]);
  });
});
