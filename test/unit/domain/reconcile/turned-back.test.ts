// A netting position that was closed or turned, and opened again, between two snapshots is another trade, whatever side it is on.
// The oracle of the property is a running sum of deals.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BrokerDeal, BrokerPosition } from '../../../../src/domain/broker/snapshot.js';
import { closedLots } from '../../../../src/domain/money/realised.js';
import {
  commentOf,
  dealOf,
  driftsOf,
  inDoubt,
  positionOf,
  reconciled,
  snapshotOf,
  TAKEN,
} from '../../../support/broker-snapshots.js';
import { runs } from '../../../support/properties.js';
import { Reconciling } from '../../../support/reconciling.js';
import { MINUTE, T0, tradeOf } from '../../../support/trades.js';

const LATER = TAKEN + 30 * MINUTE;
const GOLD = { symbol: 'XAUUSD', direction: 'SELL', entryPrice: 2651, volume: 0.1 } as const;
const short = tradeOf({ volume: 0.1, stopLoss: 2661 }, { ...GOLD, stopLoss: 2661 });
const again = positionOf(short, { volume: 0.4, entryPrice: 2655, stopLoss: 2665 });
const known = snapshotOf([positionOf(short)]);
const deal = (minute: number, more: Partial<BrokerDeal>): BrokerDeal =>
  dealOf({ deal: BigInt(minute), symbol: 'XAUUSD', time: TAKEN + minute * MINUTE, ...more });

const TURNED = [
  deal(1, { entry: 'INOUT', direction: 'BUY', volume: 0.6, price: 2653 }),
  deal(2, { entry: 'INOUT', direction: 'SELL', volume: 0.9, price: 2655 }),
];
const CLOSED = [
  deal(1, { entry: 'OUT', direction: 'BUY', volume: 0.1, price: 2653 }),
  deal(2, { entry: 'IN', direction: 'SELL', volume: 0.4, price: 2655 }),
];

/** An account that showed the trade, and then this. */
function shownThen(position: BrokerPosition, deals: readonly BrokerDeal[]) {
  const account = new Reconciling([short]);
  account.reconcile(known);
  account.events();
  const report = account.reconcile(snapshotOf([position], { takenAt: LATER, deals }));
  return { account, report, events: account.events() };
}

describe('a netting position that is on its side again', () => {
  test.each([
    ['turned twice', TURNED],
    ['closed and opened', CLOSED],
  ])('%s is the next trade, and the old one ended at its deal', (_what, deals) => {
    const { account, report, events } = shownThen(again, deals);
    expect(report).toMatchObject({ closed: [1n], registered: [1n], drifts: [] });
    expect(events[0]?.trade).toMatchObject({
      state: 'CLOSED',
      closeReason: 'BROKER_GONE',
      closePrice: 2653,
      closedAt: TAKEN + MINUTE,
    });
    expect(events.slice(0, 1).flatMap((event) => closedLots(short, event))).toMatchObject([
      { volume: 0.1, exitPrice: 2653 },
    ]);
    expect(account.trade(1n)).toMatchObject({
      state: 'HEALTHY',
      volume: 0.4,
      spec: { direction: 'SELL', entryPrice: 2655, volume: 0.4, stopLoss: 2665 },
    });
    const same = snapshotOf([again], { takenAt: LATER + MINUTE, deals });
    expect(account.reconcile(same)).toMatchObject({ closed: [], registered: [], drifts: [] });
  });

  test('ended by its stop says so', () => {
    const [stop, ...rest] = CLOSED;
    const { events } = shownThen(again, [{ ...(stop ?? dealOf()), reason: 'STOP_LOSS' }, ...rest]);
    expect(events[0]?.trade).toMatchObject({ closeReason: 'STOP_LOSS', closePrice: 2653 });
  });

  test('ended by an order of DTMS in doubt, which is settled', () => {
    const closing = { ...short, actions: [inDoubt('CLOSE_ALL', { volume: 0.1 })] };
    const account = new Reconciling([closing]);
    account.reconcile(known);
    const deals = CLOSED.map((one) =>
      one.entry === 'OUT' ? { ...one, comment: commentOf('CLOSE_ALL') } : one,
    );
    const report = account.reconcile(snapshotOf([again], { takenAt: LATER, deals }));
    expect(report).toMatchObject({ closed: [1n], registered: [1n] });
    expect(account.trade(1n)).toMatchObject({ state: 'HEALTHY', volume: 0.4, actions: [] });
  });

  test('after an order of DTMS in doubt took a part of it, which is settled with this snapshot', () => {
    const partly = { ...short, volume: 0.2, actions: [inDoubt('PARTIAL_CLOSE', { volume: 0.1 })] };
    const account = new Reconciling([partly]);
    account.reconcile(snapshotOf([positionOf(partly)]));
    account.events();
    const part = deal(1, { direction: 'BUY', volume: 0.1, price: 2652, comment: commentOf('PARTIAL_CLOSE') });
    const rest = TURNED.map((one) => ({ ...one, deal: one.deal + 1n, time: one.time + 10 }));
    const report = account.reconcile(snapshotOf([again], { takenAt: LATER, deals: [part, ...rest] }));
    expect(report).toMatchObject({ closed: [1n], registered: [1n] });
    const events = account.events();
    const befores = [partly, ...events.map(({ trade }) => trade)];
    const closed = events.flatMap((event, index) => closedLots(befores[index] ?? partly, event));
    expect(closed).toMatchObject([
      { volume: 0.1, exitPrice: 2652 },
      { volume: 0.1, exitPrice: 2653 },
    ]);
    const over = events.find(({ trade }) => trade.state === 'CLOSED')?.trade;
    expect(over).toMatchObject({ closePrice: 2653, closedAt: TAKEN + MINUTE + 10 });
  });

  test('turned before any snapshot showed it', () => {
    const { trade } = reconciled(short, snapshotOf([again], { takenAt: LATER, deals: TURNED }));
    expect(trade).toMatchObject({ state: 'CLOSED', closePrice: 2653 });
  });

  test.each([2, 1])('opened in minute %i, after its trade was known to be over in minute 1', (minute) => {
    const account = new Reconciling();
    const dated = CLOSED.map((one) => (one.entry === 'IN' ? { ...one, time: TAKEN + minute * MINUTE } : one));
    const over = { ...short, state: 'CLOSED', closeReason: 'STOP_LOSS', closedAt: TAKEN + MINUTE } as const;
    const report = account.reconcile(snapshotOf([again], { takenAt: LATER, deals: dated }), {
      settled: [over],
    });
    expect(report).toMatchObject({ registered: [1n] });
    expect(account.trade(1n)).toMatchObject({ volume: 0.4, spec: { entryPrice: 2655 } });
  });

  test.each<[string, readonly BrokerDeal[]]>([
    ['no deals', []],
    ['the second of two deals', TURNED.slice(1)],
    ['an end, and not what came after it', CLOSED.slice(0, 1)],
    ['deals of another position', TURNED.map((one) => ({ ...one, positionIdentifier: 2n }))],
    ['deals of another symbol', TURNED.map((one) => ({ ...one, symbol: 'XAGUSD' }))],
    ['deals from before the last snapshot', TURNED.map((one) => ({ ...one, time: one.time - 10 * MINUTE }))],
    ['an addition', [deal(1, { entry: 'IN', direction: 'SELL', volume: 0.3 })]],
  ])('is the same trade by %s', (_what, deals) => {
    const { report } = shownThen(again, deals);
    expect(report).toMatchObject({ closed: [], registered: [] });
  });

  test('counts in a complete snapshot only, and then', () => {
    const { events } = reconciled(short, snapshotOf([again], { complete: false, deals: TURNED }));
    expect(driftsOf(events)).toEqual([]);
    const account = new Reconciling([short]);
    account.reconcile(known);
    account.reconcile(snapshotOf([again], { takenAt: LATER, deals: TURNED, complete: false }));
    const report = account.reconcile(snapshotOf([again], { takenAt: LATER + MINUTE, deals: TURNED }));
    expect(report).toMatchObject({ closed: [1n], registered: [1n] });
  });
});

test('a stop that took what an order of DTMS left, both told by one snapshot, ends the trade at once', () => {
  const partly = { ...short, volume: 0.2, actions: [inDoubt('PARTIAL_CLOSE', { volume: 0.1 })] };
  const account = new Reconciling([partly]);
  account.reconcile(snapshotOf([positionOf(partly)]));
  const part = deal(1, { direction: 'BUY', volume: 0.1, price: 2652, comment: commentOf('PARTIAL_CLOSE') });
  const time = TAKEN + 2 * MINUTE + 10;
  const stop = deal(2, { direction: 'BUY', volume: 0.1, price: 2661, reason: 'STOP_LOSS', time });
  account.events();
  expect(account.reconcile(snapshotOf([], { takenAt: LATER, deals: [part, stop] })).closed).toEqual([1n]);
  const last = account.events().at(-1)?.trade;
  expect(last).toMatchObject({ state: 'CLOSED', closeReason: 'STOP_LOSS', closePrice: 2661 });
});

const lots = fc.integer({ min: 1, max: 60 }).map((steps) => steps / 100);
/** Lots dealt on a side; what comes to nothing at once ends it. */
const dealt = fc.record({
  side: fc.constantFrom('BUY' as const, 'SELL' as const),
  lots,
  closes: fc.boolean(),
});
const rounded = (sum: number) => Math.round(sum * 100) / 100;

/** A netting position by a running sum of what was dealt, long above zero, and its deals. */
class Netted {
  readonly deals: BrokerDeal[] = [];
  time = T0;

  constructor(public sum: number) {}

  /** Whether it came to zero, or through it. */
  deal(side: 'BUY' | 'SELL', volume: number): boolean {
    const before = this.sum;
    this.sum = rounded(before + (side === 'BUY' ? volume : -volume));
    const isAdded = before * (side === 'BUY' ? 1 : -1) >= 0;
    const entry = isAdded ? 'IN' : this.sum * before < 0 ? 'INOUT' : 'OUT';
    this.time += MINUTE;
    const number = this.deals.length + 1;
    this.deals.push(
      dealOf({ deal: BigInt(number), time: this.time, entry, direction: side, volume, price: 100 + number }),
    );
    return before !== 0 && this.sum * before <= 0;
  }

  get positions(): BrokerPosition[] {
    const more = { volume: Math.abs(this.sum), stopLoss: null, entryPrice: 100 + this.deals.length / 100 };
    const direction = this.sum > 0 ? 'BUY' : 'SELL';
    return this.sum === 0 ? [] : [positionOf(tradeOf(), { ...more, direction })];
  }
}

test('whatever was dealt between snapshots, a trade ends where it came to zero, and what is shown is the next', () => {
  const seen = { turnedBack: 0, turned: 0, absent: 0, same: 0 };
  const between = fc.array(dealt, { maxLength: 6 });
  fc.assert(
    fc.property(
      lots,
      fc.array(between, { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      (first, rounds, twice) => {
        const netted = new Netted(first);
        const account = new Reconciling([tradeOf({ volume: first }, { volume: first })]);
        const show = () => {
          const deals = twice ? [...netted.deals, ...netted.deals] : netted.deals;
          return account.reconcile(snapshotOf(netted.positions, { takenAt: netted.time, deals }));
        };
        show();
        for (const round of rounds) {
          const before = netted.sum;
          let end: BrokerDeal | undefined;
          for (const { side, lots: volume, closes } of round) {
            const whole = closes && netted.sum !== 0;
            const over = whole
              ? netted.deal(netted.sum > 0 ? 'SELL' : 'BUY', Math.abs(netted.sum))
              : netted.deal(side, volume);
            if (over) end ??= netted.deals.at(-1);
          }
          account.events();
          const report = show();
          const events = account.events();
          expect(report.closed).toEqual(end === undefined ? [] : [1n]);
          expect(report.registered).toEqual(end === undefined || netted.sum === 0 ? [] : [1n]);
          const over = events.find(({ trade }) => trade.state === 'CLOSED')?.trade;
          expect(over?.closePrice).toBe(end?.price);
          expect(over?.closedAt).toBe(end?.time);
          if (netted.sum === 0) {
            seen.absent += end === undefined ? 0 : 1;
            return;
          }
          const [direction, volume] = [netted.sum > 0 ? 'BUY' : 'SELL', Math.abs(netted.sum)] as const;
          expect(account.trade(1n)).toMatchObject({ state: 'HEALTHY', volume, spec: { direction } });
          if (end === undefined) seen.same += 1;
          else if (before * netted.sum > 0) seen.turnedBack += 1;
          else seen.turned += 1;
        }
      },
    ),
    { numRuns: runs(400) },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
});
