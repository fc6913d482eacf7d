// Positions that are no trade's: every position a broker shows is defended, or said to be defended by nobody.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Undefended,
  type UndefendedReason,
  undefendedAfter,
} from '../../../src/domain/account/undefended.js';
import { DEFAULT_RULES, type Rules } from '../../../src/domain/rules.js';
import { undefendedOf } from '../../../src/engine/account-risk.js';
import { inDoubt, legOf, positionOf, snapshotOf, TAKEN } from '../../support/broker-snapshots.js';
import { type Past, Reconciling } from '../../support/reconciling.js';
import { MINUTE, specOf, T0, tradeOf } from '../../support/trades.js';

const HEDGE = { ticket: 9n, volume: 1, entryPrice: 100, stopLoss: null };
const NOBODY = tradeOf({}, { ticket: 5n });
const unregistering: Rules = {
  ...DEFAULT_RULES,
  reconciliation: { ...DEFAULT_RULES.reconciliation, registerExternal: false },
};
const told = (account: Reconciling) =>
  undefendedOf('demo', account.engine).map(({ identifier, reason }) => [identifier, reason]);

describe('why nobody defends a position', () => {
  const closed = tradeOf({
    state: 'CLOSED',
    closeReason: 'REQUESTED',
    closedAt: TAKEN - 10 * MINUTE,
    actions: [],
  });
  const cases: readonly [UndefendedReason, Reconciling, Parameters<typeof snapshotOf>[0], Past, bigint][] = [
    ['NOT_REGISTERED', new Reconciling([], unregistering), [positionOf(NOBODY)], {}, 5n],
    [
      'UNEXPLAINED',
      new Reconciling([tradeOf({ state: 'HEDGED', actions: [inDoubt('OPEN_HEDGE', { volume: 1 })] })]),
      [positionOf(tradeOf()), legOf(tradeOf(), HEDGE)],
      {},
      9n,
    ],
    [
      'SURPLUS_HEDGE',
      new Reconciling([tradeOf({ state: 'HEDGED', hedge: { ...HEDGE, ticket: 8n } })]),
      [
        positionOf(tradeOf()),
        legOf(tradeOf(), HEDGE, { comment: 'x' }),
        legOf(tradeOf(), { ...HEDGE, ticket: 8n }),
      ],
      { openers: new Map([['x', { ticket: 1n, type: 'OPEN_HEDGE' }]]) },
      9n,
    ],
    ['TRADE_CLOSED', new Reconciling(), [positionOf(closed)], { settled: [closed] }, 1n],
  ];

  test.each(cases)('%s', (reason, account, positions, past, identifier) => {
    account.reconcile(snapshotOf(positions), past);
    expect(told(account)).toEqual([[identifier, reason]]);
    expect(undefendedOf('demo', account.engine)[0]?.note).not.toBe('');
    // Once it is gone, nobody has to.
    account.reconcile(snapshotOf([], { takenAt: TAKEN + 1 }));
    expect(told(account)).toEqual([]);
  });

  test('UNREADABLE, also where its identifier cannot be read, until a snapshot can be read', () => {
    const account = new Reconciling();
    const odd = { symbol: 'X', direction: null, volume: 0, note: 'volume must be above 0' };
    const unreadable = [
      { ...odd, identifier: 0n },
      { ...odd, identifier: 7n },
    ];
    for (let times = 0; times < 2; times += 1) {
      account.reconcile(snapshotOf([], { complete: false, unreadable, takenAt: TAKEN + times }));
      expect(told(account)).toEqual([
        [0n, 'UNREADABLE'],
        [7n, 'UNREADABLE'],
      ]);
    }
    account.reconcile(snapshotOf([], { complete: false, takenAt: TAKEN + 2 }));
    expect(told(account)).toEqual([[7n, 'UNREADABLE']]);
    account.reconcile(snapshotOf([positionOf(tradeOf({}, { ticket: 7n }))], { takenAt: TAKEN + 3 }));
    expect(told(account)).toEqual([]);
  });
});

test('incomplete snapshots that show other positions each time leave no more than one can show: the newest', () => {
  let known: readonly Undefended[] = [];
  const most = 10_000;
  const odd = { symbol: 'X', direction: null, volume: 0, note: 'volume must be above 0' };
  for (let first = 1; first <= 3; first += 1) {
    const unreadable = Array.from({ length: most - 1 }, (_, index) => ({
      ...odd,
      identifier: BigInt(first * most + index),
    }));
    known = undefendedAfter(known, snapshotOf([], { complete: false, unreadable }), []);
  }
  expect(known).toHaveLength(most);
  expect(known.at(-1)?.identifier).toBe(BigInt(3 * most + most - 2));
});

test('what a trade has taken since is defended', () => {
  const account = new Reconciling([], unregistering);
  account.reconcile(snapshotOf([positionOf(NOBODY)]));
  account.engine.register(specOf({ ticket: 5n }), T0);
  expect(told(account)).toEqual([]);
});

/**
 * Any account: trades 1 to 4, open, closed by a client, or hedged by 11 to 14; positions of all these and of nobody. A
 * broker's clock may be behind, so that snapshots after the close are dated before it.
 */
const anyAccount = fc.record({
  registerExternal: fc.boolean(),
  closedAt: fc.constantFrom(T0, TAKEN + 60 * MINUTE),
  trades: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
  closed: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
  hedged: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { maxLength: 4 }),
  snapshots: fc.array(
    fc.record({
      complete: fc.boolean(),
      shown: fc.uniqueArray(fc.constantFrom(1, 2, 3, 4, 11, 12, 13, 14, 20, 21), { maxLength: 10 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
});

test('law: every position the last snapshot showed is an open trade, a hedge of one that is known, or nobody defends it', () => {
  fc.assert(
    fc.property(anyAccount, ({ registerExternal, closedAt, trades, closed, hedged, snapshots }) => {
      const made = trades.map((ticket) =>
        tradeOf(
          {
            ...(closed.includes(ticket)
              ? { state: 'CLOSED' as const, closeReason: 'REQUESTED' as const, closedAt }
              : {}),
            hedge: hedged.includes(ticket) ? { ...HEDGE, ticket: BigInt(ticket + 10) } : null,
          },
          { ticket: BigInt(ticket) },
        ),
      );
      const rules = {
        ...DEFAULT_RULES,
        reconciliation: { ...DEFAULT_RULES.reconciliation, registerExternal },
      };
      const isOver = ({ state, hedge }: (typeof made)[number]) => state === 'CLOSED' && hedge === null;
      const account = new Reconciling(
        made.filter((trade) => !isOver(trade)),
        rules,
      );
      const settled = made.filter(isOver);
      for (const [index, { complete, shown }] of snapshots.entries()) {
        const positions = shown.map((id) => positionOf(tradeOf({}, { ticket: BigInt(id) })));
        account.reconcile(snapshotOf(positions, { complete, takenAt: TAKEN + index * MINUTE }), { settled });
        const known = account.trades();
        const open = known.filter(({ state }) => state !== 'CLOSED').map(({ spec }) => spec.ticket);
        const hedges = known.flatMap(({ hedge }) => (hedge === null ? [] : [hedge.ticket]));
        const nobody = undefendedOf('demo', account.engine).map(({ identifier }) => identifier);
        for (const id of shown) {
          const ways = [open, hedges, nobody].filter((some) => some.includes(BigInt(id)));
          expect(ways.length, `position ${id}`).toBeGreaterThan(0);
        }
        expect(nobody.filter((id) => open.includes(BigInt(id)))).toEqual([]);
      }
    }),
  );
});
