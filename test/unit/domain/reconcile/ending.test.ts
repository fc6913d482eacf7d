// What ends a trade at once: the broker's deals, where they close all that was open. The oracle of the property is the life of
// a MetaTrader 5 position, played to the end; what DTMS concludes of it must be what happened to it.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BrokerDeal, BrokerPosition } from '../../../../src/domain/broker/snapshot.js';
import { closedLots } from '../../../../src/domain/money/realised.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import {
  actionOf,
  commentOf,
  dealOf,
  driftsOf,
  legOf,
  positionOf,
  reconciled,
  snapshotOf,
  TAKEN,
} from '../../../support/broker-snapshots.js';
import { runs } from '../../../support/properties.js';
import { Reconciling } from '../../../support/reconciling.js';
import { MINUTE, specOf, T0, tradeOf } from '../../../support/trades.js';

const HEDGE = { ticket: 50n, volume: 1, entryPrice: 94, stopLoss: 100 };
const LATER = TAKEN + 30_000;

type Side = 'BUY' | 'SELL';
const other = (side: Side): Side => (side === 'BUY' ? 'SELL' : 'BUY');
const rounded = (lots: number) => Math.round(lots * 100) / 100;

/** One position at a broker: what is open of it, which deals were made, and how often it was turned round. */
class Life {
  readonly deals: BrokerDeal[] = [];
  time = T0;
  side: Side = 'BUY';
  lots: number;
  turns = 0;
  /** The deal that ended each of its turns. */
  readonly ends: BrokerDeal[] = [];

  constructor(lots: number) {
    this.lots = lots;
    this.#make({ entry: 'IN', direction: 'BUY', volume: lots });
  }

  add(lots: number): void {
    this.lots = rounded(this.lots + lots);
    this.#make({ entry: 'IN', direction: this.side, volume: lots });
  }

  take(lots: number, reason: BrokerDeal['reason']): void {
    const volume = Math.min(lots, this.lots);
    this.lots = rounded(this.lots - volume);
    const deal = this.#make({ entry: 'OUT', direction: other(this.side), volume, reason });
    if (this.lots === 0) this.ends.push(deal);
  }

  turn(lots: number): void {
    const volume = rounded(this.lots + lots);
    this.ends.push(this.#make({ entry: 'INOUT', direction: other(this.side), volume }));
    [this.side, this.lots] = [other(this.side), lots];
    this.turns += 1;
  }

  /** A deal that took nothing from it, whatever it looks like. */
  noise(kind: Noise, volume: number): void {
    const close: Partial<BrokerDeal> = { entry: 'OUT', direction: other(this.side), volume };
    if (kind === 'other symbol') this.#make({ ...close, symbol: 'ETHUSD' });
    if (kind === 'other position') this.#make({ ...close, positionIdentifier: 2n });
    if (kind === 'own side') this.#make({ ...close, direction: this.side });
    if (kind === 'before it') this.#make({ ...close, time: T0 - MINUTE });
    if (kind === 'told twice') this.deals.push(...this.deals.slice(-1));
  }

  get position(): BrokerPosition | null {
    const more = { direction: this.side, volume: this.lots, stopLoss: null, entryPrice: 100 };
    return this.lots === 0 ? null : positionOf(tradeOf(), more);
  }

  #make(more: Partial<BrokerDeal>): BrokerDeal {
    this.time += MINUTE;
    const number = BigInt(this.deals.length + 1);
    const made = dealOf({ deal: number, time: this.time, price: 100 + this.deals.length, ...more });
    this.deals.push(made);
    return made;
  }
}

const NOISES = ['other symbol', 'other position', 'own side', 'before it', 'told twice'] as const;
type Noise = (typeof NOISES)[number];

const lots = fc.integer({ min: 1, max: 200 }).map((steps) => steps / 100);
const step = fc.oneof(
  fc.record({ kind: fc.constant('add' as const), lots }),
  fc.record({
    kind: fc.constant('take' as const),
    lots,
    reason: fc.constantFrom('CLIENT' as const, 'STOP_LOSS' as const, 'STOP_OUT' as const),
  }),
  fc.record({ kind: fc.constant('turn' as const), lots }),
  fc.record({ kind: fc.constant('noise' as const), lots, noise: fc.constantFrom(...NOISES) }),
  fc.record({ kind: fc.constant('snapshot' as const) }),
);

test('an empty snapshot ends a trade at once where the deals ended it, and only there', () => {
  const seen = { ended: 0, turned: 0, glitch: 0, glitchAfterParts: 0 };
  const course = fc.array(step, { maxLength: 12 });
  fc.assert(
    fc.property(lots, course, fc.integer({ min: 0, max: 90 }), (first, steps, overlap) => {
      const life = new Life(first);
      const account = new Reconciling();
      let known = { turns: 0, at: life.time };
      const show = () => {
        const { position, deals, time } = life;
        account.reconcile(snapshotOf(position === null ? [] : [position], { takenAt: time, deals }));
        known = { turns: life.turns, at: time };
      };
      show();
      for (const each of steps) {
        if (life.lots === 0) break;
        if (each.kind === 'add') life.add(each.lots);
        if (each.kind === 'take') life.take(each.lots, each.reason);
        if (each.kind === 'turn') life.turn(each.lots);
        if (each.kind === 'noise') life.noise(each.noise, each.lots);
        if (each.kind === 'snapshot') show();
      }
      if (account.engine.get('demo', 1n) === undefined) return;
      const dealsSince = known.at - overlap * MINUTE;
      const deals = life.deals.filter(({ time }) => time >= dealsSince);
      account.events();
      const { closed } = account.reconcile(snapshotOf([], { takenAt: life.time, deals, dealsSince }));
      const end = life.ends[known.turns];
      expect(closed).toEqual(end === undefined ? [] : [1n]);
      const last = account.events().at(-1)?.trade;
      if (end !== undefined) expect(last).toMatchObject({ closePrice: end.price, closedAt: end.time });
      seen.ended += end === undefined ? 0 : 1;
      seen.turned += end?.entry === 'INOUT' ? 1 : 0;
      seen.glitch += end === undefined ? 1 : 0;
      seen.glitchAfterParts += end === undefined && deals.some(({ entry }) => entry === 'OUT') ? 1 : 0;
    }),
    { numRuns: runs(400) },
  );
  for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
});

describe('on a hedging account', () => {
  const half = (more: Partial<Trade> = {}) =>
    tradeOf({ volume: 0.5, volumeChangedAt: TAKEN - 2 * MINUTE, ...more });
  const partial = dealOf({ deal: 1n, volume: 0.5, time: TAKEN - 2 * MINUTE });
  const missing = (trade: Trade, deals: readonly BrokerDeal[]) => {
    const { events, trade: after } = reconciled(trade, snapshotOf([], { deals }));
    expect(driftsOf(events)).toEqual(['POSITION_MISSING']);
    expect(after.state).toBe('HEALTHY');
  };

  test.each<[string, Partial<BrokerDeal>]>([
    ['a partial close that is known', {}],
    ['a stop-out of a part that is known', { reason: 'STOP_OUT' }],
    ["the broker's own close of a part that is known", { reason: 'STOP_LOSS' }],
  ])('%s leaves an empty snapshot what it is: a position is missing', (_what, more) => {
    missing(half(), [{ ...partial, ...more }]);
  });

  test.each<[string, Partial<BrokerDeal>]>([
    ['of another symbol', { symbol: 'ETHUSD' }],
    ['of its own side', { direction: 'BUY' }],
    ['of a hundredth of a lot', { volume: 0.01 }],
    ['from before it was opened', { time: T0 - 1 }],
    ['of a part, by its stop', { volume: 0.99, reason: 'STOP_LOSS' }],
  ])('a deal %s ends nothing', (_what, more) => {
    missing(tradeOf(), [dealOf({ reason: 'STOP_LOSS', ...more })]);
  });

  test('one deal told twice is one', () => {
    missing(tradeOf(), [dealOf({ volume: 0.5 }), dealOf({ volume: 0.5 })]);
  });

  test('the stop of what a partial close left ends the trade at its price', () => {
    const stop = dealOf({ deal: 2n, volume: 0.5, price: 90, reason: 'STOP_LOSS' });
    const trade = half();
    const { trade: after, events } = reconciled(trade, snapshotOf([], { deals: [partial, stop] }));
    expect(after).toMatchObject({ state: 'CLOSED', closeReason: 'STOP_LOSS', closePrice: 90 });
    expect(events.flatMap((event) => closedLots(trade, event))).toMatchObject([
      { volume: 0.5, exitPrice: 90 },
    ]);
  });

  test('a partial close by an order of DTMS is in the volume, whatever the clocks say', () => {
    const trade = half({ volumeChangedAt: TAKEN - 60 * MINUTE });
    const own = dealOf({ volume: 0.5, comment: commentOf('PARTIAL_CLOSE') });
    missing(trade, [own]);
    // Of one that is in doubt it is not.
    const doubted = half({ volumeChangedAt: T0, deadLetters: [actionOf('CLOSE_ALL', { status: 'DEAD' })] });
    const close = dealOf({ volume: 0.5, comment: commentOf('CLOSE_ALL') });
    expect(reconciled(doubted, snapshotOf([], { deals: [close] })).trade.closeReason).toBe('DEFENSIVE');
  });

  test('a position that was taken up when a part of it was closed already', () => {
    const account = new Reconciling();
    const stranger = positionOf(tradeOf(), { volume: 0.5, openedAt: T0 });
    account.reconcile(snapshotOf([stranger], { deals: [dealOf({ volume: 0.5 })] }));
    const more = { deals: [dealOf({ volume: 0.5 })], dealsSince: TAKEN - 60 * MINUTE };
    expect(account.reconcile(snapshotOf([], { ...more, takenAt: LATER }))).toMatchObject({
      closed: [],
      probe: [1n],
    });
    // Nor after a failover, when nobody knows when it was shown.
    const anew = new Reconciling(account.trades());
    const later = snapshotOf([], { ...more, takenAt: LATER, dealsSince: T0 + 1 });
    expect(anew.reconcile(later)).toMatchObject({ closed: [], probe: [1n] });
  });

  test.each<[string, Partial<BrokerDeal>, readonly bigint[]]>([
    ['all of it', {}, [1n]],
    ['a part', { volume: 0.5 }, []],
    ['what the last snapshot did not show any more', { time: TAKEN - MINUTE }, []],
  ])(
    'a stop that took %s while no server ran, told by deals from after the opening',
    (_what, more, closed) => {
      const before = new Reconciling();
      before.reconcile(snapshotOf([positionOf(tradeOf(), { openedAt: T0 })]));
      const account = new Reconciling(before.trades());
      for (const known of before.engine.accounts.all()) account.engine.accounts.restore(known);
      const deals = [dealOf({ reason: 'STOP_LOSS', price: 90, time: TAKEN + 30 * MINUTE, ...more })];
      const snapshot = snapshotOf([], { deals, takenAt: TAKEN + 60 * MINUTE, dealsSince: T0 + 1 });
      expect(account.reconcile(snapshot).closed).toEqual(closed);
    },
  );

  test('deals past the breaker: an account whose trades all had a part closed is held like any other', () => {
    const tickets = [1n, 2n, 3n, 4n];
    const account = new Reconciling(tickets.map((ticket) => tradeOf({}, { ticket })));
    const deals = tickets.map((positionIdentifier, index) =>
      dealOf({ deal: BigInt(index + 1), positionIdentifier, volume: 0.5, reason: 'STOP_OUT' }),
    );
    const shown = tickets.map((ticket) => positionOf(account.trade(ticket), { volume: 0.5 }));
    account.reconcile(snapshotOf(shown, { deals }));
    for (const takenAt of [LATER, LATER + MINUTE, LATER + 2 * MINUTE])
      expect(account.reconcile(snapshotOf([], { deals, takenAt }))).toMatchObject({
        closed: [],
        probe: tickets,
      });
    expect(account.engine.breaker.trips('demo')).toMatchObject([{ kind: 'GONE' }]);
    const stops = tickets.map((positionIdentifier, index) => {
      const time = LATER - 1000;
      return dealOf({ deal: BigInt(index + 11), positionIdentifier, volume: 0.5, reason: 'STOP_LOSS', time });
    });
    // Deals that come late explain what was missed.
    const explained = snapshotOf([], { deals: [...deals, ...stops], takenAt: LATER + 3 * MINUTE });
    expect(account.reconcile(explained).closed).toEqual(tickets);
  });
});

describe('the leg of a hedge', () => {
  const hedged = tradeOf({ state: 'HEDGED', hedge: HEDGE });
  const close = (more: Partial<BrokerDeal> = {}) =>
    dealOf({ positionIdentifier: 50n, direction: 'BUY', reason: 'STOP_LOSS', price: 100, ...more });
  const look = (trade: Trade, deals: readonly BrokerDeal[]) =>
    reconciled(trade, snapshotOf([positionOf(trade)], { deals })).trade;

  test('is gone by its stop', () => {
    expect(look(hedged, [close()]).hedge).toBeNull();
  });

  test.each<[string, Partial<BrokerDeal>]>([
    ['of a part', { volume: 0.5 }],
    ['of another symbol', { symbol: 'ETHUSD' }],
    ['of its own side', { direction: 'SELL' }],
    ['from before the trade', { time: T0 - 1 }],
  ])('stays by a deal %s', (_what, more) => {
    expect(look(hedged, [close(more)])).toMatchObject({ hedge: HEDGE, hedgeMissingSince: TAKEN });
  });

  test('stays by the close of a part that is known', () => {
    const account = new Reconciling([{ ...hedged, hedge: { ...HEDGE, volume: 1 } }]);
    const part = close({ volume: 0.5 });
    const there = [positionOf(hedged), legOf(hedged, HEDGE, { volume: 0.5 })];
    account.reconcile(snapshotOf(there, { deals: [part] }));
    account.reconcile(snapshotOf([positionOf(hedged)], { deals: [part], takenAt: LATER }));
    expect(account.trade(1n)).toMatchObject({ state: 'HEDGED', hedge: { volume: 0.5 } });
  });

  test('whose ticket nobody told is of no deal', () => {
    const unknown = { ...hedged, hedge: { ...HEDGE, ticket: 0n } };
    expect(look(unknown, [close({ positionIdentifier: 0n })]).hedge).not.toBeNull();
  });
});

describe('another spelling of its symbol', () => {
  const shownAs = (symbol: string, more: Partial<BrokerPosition> = {}) => {
    const account = new Reconciling([tradeOf()]);
    const report = account.reconcile(snapshotOf([positionOf(tradeOf(), { symbol, ...more })]));
    return { report, trade: account.trade(1n), account };
  };

  test.each(['BTCUSDm', 'BTCUSD.r', 'btcusd', '#BTCUSD', 'BTC/USD', 'BTCUSD'])(
    '%s is the same position',
    (symbol) => {
      const { report, trade } = shownAs(symbol, { volume: 0.5 });
      expect(report).toMatchObject({ closed: [], registered: [], probe: [] });
      expect(trade).toMatchObject({ state: 'HEALTHY', volume: 0.5, version: 2 });
    },
  );

  test.each(['ETHUSD', 'BTCUSDT', 'BTCUSDXY', 'COIN'])(
    '%s is a doubt for a person, and closes nothing',
    (symbol) => {
      for (const direction of ['BUY', 'SELL'] as const) {
        const { report, trade, account } = shownAs(symbol, { direction, volume: 0.5 });
        expect(report).toMatchObject({ closed: [], registered: [], probe: [] });
        expect(report.drifts).toMatchObject([{ ticket: 1n, drift: 'UNEXPLAINED' }]);
        expect(trade).toMatchObject({ state: 'HEALTHY', volume: 1, missingSince: null });
        expect(account.engine.accounts.get('demo')?.undefended).toMatchObject([{ reason: 'UNEXPLAINED' }]);
      }
    },
  );

  test('an alias is the instrument, in its deals as well', () => {
    const gold = tradeOf({}, { symbol: 'GOLD' });
    const deals = [dealOf({ symbol: 'XAUUSDm' })];
    expect(reconciled(gold, snapshotOf([], { deals })).trade.state).toBe('CLOSED');
    const other = [dealOf({ symbol: 'XAGUSD' })];
    expect(reconciled(gold, snapshotOf([], { deals: other })).trade.state).toBe('HEALTHY');
  });

  test('turned round in another spelling is turned round', () => {
    const { report } = shownAs('BTCUSDm', { direction: 'SELL', stopLoss: 110 });
    expect(report).toMatchObject({ closed: [1n], registered: [1n] });
  });

  test('keeps an opening in doubt: to open once more could double it', () => {
    const opening = actionOf('OPEN_HEDGE', {
      status: 'IN_DOUBT',
      attempts: 1,
      begunAt: TAKEN - 10 * MINUTE,
      volume: 1,
    });
    const account = new Reconciling([tradeOf({ state: 'HEDGED', actions: [opening] }, specOf())]);
    const leg = legOf(tradeOf(), HEDGE, { symbol: 'BTCUSDm' });
    account.reconcile(snapshotOf([positionOf(tradeOf()), leg]));
    expect(account.trade(1n).actions).toMatchObject([{ status: 'IN_DOUBT' }]);
  });
});
