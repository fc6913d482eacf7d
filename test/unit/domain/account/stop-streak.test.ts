// Stops in a row, where trades open and close between two snapshots: the broker's deals say how they ended.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BrokerDeal } from '../../../../src/domain/broker/snapshot.js';
import { indexSnapshot } from '../../../../src/domain/broker/snapshot-index.js';
import type { Direction } from '../../../../src/domain/market/direction.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import { Accounts } from '../../../../src/engine/accounts.js';
import { snapshotOf } from '../../../support/broker-snapshots.js';
import { T0, tradeOf } from '../../../support/trades.js';

/** How a trade is told to have ended, and how it did. */
type End = 'stop' | 'target' | 'profit' | 'by hand';

const PRICES = { stop: 90, target: 110, profit: 105, 'by hand': 95 } as const;
const REASONS = {
  stop: 'STOP_LOSS',
  target: 'TAKE_PROFIT',
  profit: 'REQUESTED',
  'by hand': 'REQUESTED',
} as const;

/** A reconciled account that has seen no position. */
function reconciled(): Accounts {
  const accounts = new Accounts(DEFAULT_RULES);
  accounts.tick(T0);
  accounts.reconciled('demo', indexSnapshot(snapshotOf([])), T0);
  return accounts;
}

function tell(accounts: Accounts, ticket: number, end: End): void {
  const close = { state: 'CLOSED', closeReason: REASONS[end], closePrice: PRICES[end] } as const;
  accounts.noteClosed(tradeOf(close, { ticket: BigInt(ticket), entryPrice: 100 }));
}

function dealsOf(ticket: number, end: End, entryPrice = 100): BrokerDeal[] {
  const common = { symbol: 'BTCUSD', magicNumber: 0n, comment: '', volume: 1, time: T0 } as const;
  const of = { ...common, positionIdentifier: BigInt(ticket) };
  const reason = REASONS[end] === 'REQUESTED' ? 'CLIENT' : REASONS[end];
  return [
    { ...of, deal: BigInt(ticket * 2), entry: 'IN', direction: 'BUY', price: entryPrice, reason: 'CLIENT' },
    { ...of, deal: BigInt(ticket * 2 + 1), entry: 'OUT', direction: 'SELL', price: PRICES[end], reason },
  ];
}

function show(accounts: Accounts, deals: readonly BrokerDeal[]): void {
  accounts.reconciled('demo', indexSnapshot({ ...snapshotOf([]), deals }), T0);
}

const streak = (accounts: Accounts) => accounts.get('demo')?.stopStreak;
const state = (accounts: Accounts) => accounts.rulesOf('demo').tradingState;

describe('closes that no snapshot showed', () => {
  test('a target or a profit ends the streak when the deals show it, not before', () => {
    for (const end of ['target', 'profit'] as const) {
      const accounts = reconciled();
      tell(accounts, 1, 'stop');
      tell(accounts, 2, end);
      expect(streak(accounts)).toBe(1);
      show(accounts, dealsOf(2, end));
      expect(streak(accounts)).toBe(0);
    }
  });

  test('stops that came after a profit go on counting', () => {
    const accounts = reconciled();
    for (const [ticket, end] of [
      [1, 'stop'],
      [2, 'target'],
      [3, 'stop'],
    ] as const)
      tell(accounts, ticket, end);
    expect(streak(accounts)).toBe(2);
    show(
      accounts,
      [1, 2, 3].flatMap((ticket) => dealsOf(ticket, ticket === 2 ? 'target' : 'stop')),
    );
    expect(streak(accounts)).toBe(1);
  });

  test('a stop that was none is taken back, and what it tripped holds no longer', () => {
    for (const end of ['profit', 'by hand'] as const) {
      const accounts = reconciled();
      for (const ticket of [1, 2, 3]) tell(accounts, ticket, 'stop');
      expect(state(accounts)).toBe('REDUCING');
      show(accounts, dealsOf(2, end));
      expect([streak(accounts), state(accounts)]).toEqual([end === 'profit' ? 1 : 2, 'ACTIVE']);
    }
  });

  test('what was told as a target and was a stop counts', () => {
    const accounts = reconciled();
    tell(accounts, 1, 'target');
    show(accounts, dealsOf(1, 'stop'));
    expect(streak(accounts)).toBe(1);
    show(accounts, dealsOf(1, 'stop'));
    expect(streak(accounts)).toBe(1);
  });

  test("the entry that counts is the deals', not the one a client tells", () => {
    const accounts = reconciled();
    tell(accounts, 1, 'stop');
    const [, close] = dealsOf(1, 'profit');
    show(accounts, close === undefined ? [] : [close]);
    expect(streak(accounts)).toBe(1);
    show(accounts, dealsOf(1, 'profit', 108));
    expect(streak(accounts)).toBe(0);
  });

  // However they are told, and however late the deals come, what counts is what happened.
  test('whatever is told, all the deals make the streak what it is', () => {
    const end = fc.constantFrom<End>('stop', 'target', 'profit', 'by hand');
    fc.assert(
      fc.property(
        fc.array(fc.record({ told: end, was: end, late: fc.nat(3) }), { maxLength: 12 }),
        (closes) => {
          const accounts = reconciled();
          for (const [i, { told }] of closes.entries()) tell(accounts, i + 1, told);
          for (const turn of [0, 1, 2, 3])
            show(
              accounts,
              closes.flatMap(({ was, late }, i) => (late === turn ? dealsOf(i + 1, was) : [])),
            );
          const lastProfit = closes.findLastIndex(({ was }) => was === 'target' || was === 'profit');
          const real = closes.slice(lastProfit + 1).filter(({ was }) => was === 'stop').length;
          expect(streak(accounts)).toBe(real);
          expect(accounts.get('demo')?.toldCloses).toEqual([]);
        },
      ),
    );
  });
});

describe('a stop at the entry', () => {
  const ended = (direction: Direction, ticket: number, closePrice: number | null, entryPrice = 100): Trade =>
    tradeOf(
      { state: 'CLOSED', closeReason: 'STOP_LOSS', closePrice },
      { ticket: BigInt(ticket), direction, entryPrice },
    );

  test.each(['BUY', 'SELL'] as const)('of a %s is no losing stop, however many come', (direction) => {
    for (const accounts of [reconciled(), new Accounts(DEFAULT_RULES)]) {
      accounts.tick(T0);
      for (const ticket of [1, 2, 3, 4]) accounts.noteClosed(ended(direction, ticket, 100));
      expect([streak(accounts) ?? 0, state(accounts)]).toEqual([0, 'ACTIVE']);
    }
  });

  test('counts by its distance alone, on either side, and where nobody tells its price', () => {
    const distance = fc.constantFrom(-1, -1e-5, -0, 0, 1e-5, 1, null);
    const prices = fc.constantFrom(0.00012, 1.10001, 100, 64_012.55);
    fc.assert(
      fc.property(fc.array(distance, { maxLength: 6 }), prices, fc.boolean(), (moves, entry, isBuy) => {
        const accounts = new Accounts(DEFAULT_RULES);
        accounts.tick(T0);
        let stops = 0;
        for (const [index, move] of moves.entries()) {
          const price = move === null ? null : entry * (1 + (isBuy ? move : -move));
          accounts.noteClosed(ended(isBuy ? 'BUY' : 'SELL', index + 1, price, entry));
          if (move === null || move < 0) stops += 1;
          if (move !== null && move > 0) stops = 0;
        }
        expect(streak(accounts) ?? 0).toBe(stops);
      }),
    );
  });

  test('shown by deals takes back what a client told of it, also where it is made of parts', () => {
    const accounts = reconciled();
    for (const ticket of [1, 2, 3]) tell(accounts, ticket, 'stop');
    expect(state(accounts)).toBe('REDUCING');
    // In doubles these average to a little below 1.1.
    const parts = [0.1, 0.2, 0.3].flatMap((volume, index) =>
      dealsOf(3, 'stop', 1.1).map((deal) => ({
        ...deal,
        deal: deal.deal * 10n + BigInt(index),
        price: 1.1,
        volume,
      })),
    );
    show(accounts, parts);
    expect([streak(accounts), state(accounts)]).toEqual([2, 'ACTIVE']);
  });
});
