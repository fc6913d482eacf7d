// The laws of reconciling, over random accounts: nothing is concluded from what a failed query does not
// show, the same snapshot again changes nothing, and two complete snapshots leave no difference.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BrokerPosition, BrokerSnapshot } from '../../../../src/domain/broker/snapshot.js';
import type { Action } from '../../../../src/domain/trade/action.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import {
  actionOf,
  commentOf,
  dealOf,
  legOf,
  positionOf,
  snapshotOf,
  TAKEN,
} from '../../../support/broker-snapshots.js';
import { Reconciling } from '../../../support/reconciling.js';
import { MINUTE, specOf, tradeOf } from '../../../support/trades.js';

const LATER = TAKEN + 30_000;

const price = fc.integer({ min: 1, max: 99 });
const volume = fc.integer({ min: 1, max: 300 }).map((steps) => steps / 100);
const maybe = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: null });
const side = fc.record({ volume, stopLoss: maybe(price), takeProfit: maybe(price.map((p) => 100 + p)) });
const leg = fc.record({ volume, entryPrice: price, stopLoss: maybe(price) });
const deal = fc.record({
  entry: fc.constantFrom('IN' as const, 'OUT' as const),
  reason: fc.constantFrom('CLIENT' as const, 'STOP_LOSS' as const, 'TAKE_PROFIT' as const),
  volume,
  minutesAgo: fc.integer({ min: 1, max: 60 }),
  tag: fc.constantFrom('', commentOf('PARTIAL_CLOSE')),
});
const type = fc.constantFrom('PARTIAL_CLOSE' as const, 'TIGHTEN_SL' as const, 'OPEN_HEDGE' as const);
const status = fc.constantFrom('PENDING' as const, 'EXECUTING' as const, 'IN_DOUBT' as const);
/** One ticket: what DTMS has of it, what the broker has, and what happened to it. */
const ticket = fc.record({
  ours: maybe(side),
  theirs: maybe(side),
  ourLeg: maybe(leg),
  theirLeg: maybe(leg),
  state: fc.constantFrom('HEALTHY' as const, 'HEDGED' as const, 'WARNING_L2' as const),
  deals: fc.array(deal, { maxLength: 2 }),
  action: maybe(fc.record({ type, status, agoMs: fc.integer({ min: 0, max: 10 * MINUTE }) })),
});
type Ticket = typeof ticket extends fc.Arbitrary<infer T> ? T : never;
const tickets = fc.array(ticket, { minLength: 1, maxLength: 5 });

const hedgeTicket = (id: bigint) => 1000n + id;

function setUp(world: readonly Ticket[]): { account: Reconciling; snapshot: BrokerSnapshot } {
  const trades: Trade[] = [];
  const positions: BrokerPosition[] = [];
  const deals = world.flatMap(({ deals: some }, index) =>
    some.map(({ minutesAgo, tag, ...rest }, i) =>
      dealOf({
        ...rest,
        // As its position, which is a BUY: what opens it buys, what closes it sells.
        direction: rest.entry === 'IN' ? 'BUY' : 'SELL',
        deal: BigInt(index * 10 + i + 1),
        positionIdentifier: BigInt(index + 1),
        comment: tag,
        time: TAKEN - minutesAgo * MINUTE,
      }),
    ),
  );
  for (const [index, { ours, theirs, ourLeg, theirLeg, state, action }] of world.entries()) {
    const id = BigInt(index + 1);
    const spec = specOf({ ticket: id, stopLoss: 50 });
    const open = tradeOf({ state }, spec);
    if (ours !== null) {
      const hedge = ourLeg === null ? null : { ...ourLeg, ticket: hedgeTicket(id) };
      const actions = action === null ? [] : [actionIn(action, id)];
      trades.push({ ...open, ...ours, hedge, actions });
    }
    if (theirs !== null) positions.push(positionOf(open, theirs));
    if (theirLeg !== null && ours !== null && ourLeg !== null) {
      // A larger one would be somebody else's.
      const most = Math.min(theirLeg.volume, ourLeg.volume);
      positions.push(legOf(open, { ...theirLeg, volume: most, ticket: hedgeTicket(id) }));
    }
  }
  return { account: new Reconciling(trades), snapshot: snapshotOf(positions, { deals }) };
}

function actionIn({ type: of, status: is, agoMs }: NonNullable<Ticket['action']>, id: bigint): Action {
  const touched = is === 'PENDING' ? {} : { status: is, attempts: 1, begunAt: TAKEN - agoMs };
  const actionId = `demo:${id}:2:${of}`;
  return actionOf(of, { actionId, volume: 0.5, stopLoss: of === 'TIGHTEN_SL' ? 95 : null, ...touched });
}

test('a failed or partial query never closes anything', () => {
  let missing = 0;
  fc.assert(
    fc.property(tickets, fc.boolean(), (world, probed) => {
      // Without fills of DTMS's own orders: those prove an end, and nothing here is to be proved.
      const { account, snapshot } = setUp(
        world.map((each) => ({ ...each, deals: each.deals.map((some) => ({ ...some, tag: '' })) })),
      );
      if (probed) account.reconcile(snapshotOf([], { takenAt: TAKEN - 1 }));
      const open = account.trades().map(({ spec }) => spec.ticket);
      account.events();
      const report = account.reconcile({
        ...snapshot,
        positions: snapshot.positions.slice(1),
        complete: false,
      });
      missing += report.probe.length;
      expect(report.closed).toEqual([]);
      for (const id of open) expect(account.trade(id).state).not.toBe('CLOSED');
      const gone = account
        .events()
        .filter(({ trade, change }) => change.kind === 'reconciled' && trade.hedge === null);
      expect(
        gone.filter(({ change }) => change.kind === 'reconciled' && change.drift === 'HEDGE_MISSING'),
      ).toEqual([]);
    }),
  );
  expect(missing).toBeGreaterThan(0);
});

test('the same snapshot again changes nothing', () => {
  let changes = 0;
  fc.assert(
    fc.property(tickets, fc.boolean(), (world, complete) => {
      const { account, snapshot: whole } = setUp(world);
      const snapshot = { ...whole, complete };
      account.events();
      account.reconcile(snapshot);
      changes += account.events().length;
      const over = world
        .map((_each, index) => BigInt(index + 1))
        .filter((id) => account.engine.get('demo', id) === undefined);
      const settled = over.map((id) => tradeOf({ state: 'CLOSED', closedAt: TAKEN }, { ticket: id }));
      account.reconcile(snapshot, { settled });
      expect(account.events()).toEqual([]);
    }),
  );
  expect(changes).toBeGreaterThan(100);
});

test('after two complete snapshots what is open here is what is open there', () => {
  fc.assert(
    fc.property(tickets, (world) => {
      // Without orders under way: those have reports to come.
      const { account, snapshot } = setUp(world.map((each) => ({ ...each, action: null })));
      account.reconcile(snapshot);
      account.reconcile({ ...snapshot, takenAt: LATER });
      // Many at once are held until a person says that they are gone.
      account.engine.breaker.release('GONE', 'demo');
      account.reconcile({ ...snapshot, takenAt: LATER });
      const here = account
        .trades()
        .filter(({ state }) => state !== 'CLOSED')
        .flatMap(({ spec: { ticket: id }, volume: lots, stopLoss, takeProfit, hedge }) => [
          { id, lots, stopLoss, takeProfit },
          ...(hedge === null ? [] : [{ id: hedge.ticket, lots: hedge.volume, stopLoss: hedge.stopLoss }]),
        ]);
      const orphans = account.trades().filter(({ state }) => state === 'CLOSED');
      const expected = snapshot.positions
        .filter(({ identifier }) => !orphans.some(({ hedge }) => hedge?.ticket === identifier))
        .map(({ identifier, volume: lots, stopLoss, takeProfit }) =>
          identifier > 1000n
            ? { id: identifier, lots, stopLoss }
            : { id: identifier, lots, stopLoss, takeProfit },
        );
      const byId = (a: { id: bigint }, b: { id: bigint }) => Number(a.id - b.id);
      expect(here.sort(byId)).toEqual(expected.sort(byId));
      for (const { hedge, actions } of orphans) {
        if (hedge !== null) expect(actions.map(({ type: of }) => of)).toContain('CLOSE_HEDGE');
      }
    }),
  );
});
