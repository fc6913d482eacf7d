// A trade's position against the broker's: there, different, missing, gone, turned round, still there.
import { describe, expect, test } from 'vitest';
import type { BrokerDeal, BrokerPosition } from '../../../../src/domain/broker/snapshot.js';
import { closedLots } from '../../../../src/domain/money/realised.js';
import type { Action } from '../../../../src/domain/trade/action.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import {
  actionOf,
  CONTEXT,
  commentOf,
  dealOf,
  driftsOf,
  inDoubt,
  positionOf,
  reconciled,
  snapshotOf,
  TAKEN,
} from '../../../support/broker-snapshots.js';
import { MINUTE, referenceOf, T0, tradeOf } from '../../../support/trades.js';

const LATER = TAKEN + 30_000;
const executing = (type: Action['type'], more: Partial<Action> = {}) =>
  actionOf(type, { status: 'EXECUTING', attempts: 1, begunAt: TAKEN - 1000, ...more });

describe('a position that is there', () => {
  test('as it is known makes no event', () => {
    const trade = tradeOf({ takeProfit: 120 });
    expect(reconciled(trade, snapshotOf([positionOf(trade)])).events).toEqual([]);
  });

  test.each<[string, Partial<BrokerPosition>, Partial<Trade>, readonly string[]]>([
    ['volume', { volume: 0.4 }, { volume: 0.4 }, ['volume']],
    ['tighter stop', { stopLoss: 95 }, { stopLoss: 95 }, ['stop_loss']],
    ['looser stop: the broker is right', { stopLoss: 80 }, { stopLoss: 80 }, ['stop_loss']],
    ['stop removed', { stopLoss: null }, { stopLoss: null }, ['stop_loss']],
    ['target', { takeProfit: 120 }, { takeProfit: 120 }, ['take_profit']],
    ['ticket after a swap', { ticket: 77n }, { positionTicket: 77n }, ['position_ticket']],
    ['several at once', { volume: 2, stopLoss: 91 }, { volume: 2, stopLoss: 91 }, ['volume', 'stop_loss']],
  ])('with another %s is taken over', (_what, broker, expected, changedFields) => {
    const trade = tradeOf();
    const { events, trade: after } = reconciled(trade, snapshotOf([positionOf(trade, broker)]));
    expect(after).toMatchObject(expected);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      at: TAKEN,
      change: { kind: 'reconciled', drift: 'POSITION_DIFFERS', changedFields },
    });
  });

  test('the note tells the difference', () => {
    const trade = tradeOf();
    const { events } = reconciled(trade, snapshotOf([positionOf(trade, { volume: 0.5, stopLoss: null })]));
    expect(events[0]?.change).toMatchObject({ note: 'volume 1 -> 0.5; stop_loss 90 -> none' });
  });

  test('differences by the error of a double are none', () => {
    const trade = tradeOf({ volume: 0.3, stopLoss: 0.3 });
    const position = positionOf(trade, { volume: 0.1 + 0.2, stopLoss: 0.1 + 0.2 });
    expect(reconciled(trade, snapshotOf([position])).events).toEqual([]);
  });

  test('a stop plan that would no longer tighten is withdrawn', () => {
    const plan = actionOf('TIGHTEN_SL', { stopLoss: 94 });
    const trade = tradeOf({ actions: [plan] });
    const { events, trade: after } = reconciled(trade, snapshotOf([positionOf(trade, { stopLoss: 95 })]));
    expect(after.actions).toEqual([]);
    expect(events[0]?.change).toMatchObject({ withdrawn: [{ actionId: plan.actionId, status: 'EXPIRED' }] });
  });

  test('another position of the same symbol is not its own: the identifier decides', () => {
    const trade = tradeOf();
    const other = positionOf(trade, { identifier: 2n, ticket: 2n, volume: 7 });
    const { events } = reconciled(trade, snapshotOf([positionOf(trade), other]));
    expect(events).toEqual([]);
  });

  describe('while an order is under way', () => {
    test.each<[string, Action, Partial<BrokerPosition>]>([
      ['the stop', executing('TIGHTEN_SL', { stopLoss: 95 }), { stopLoss: 95 }],
      ['the volume', executing('PARTIAL_CLOSE', { volume: 0.5 }), { volume: 0.5 }],
      ['the volume in doubt for seconds', inDoubt('PARTIAL_CLOSE', { volume: 0.5 }, 20_000), { volume: 0.5 }],
    ])('leaves %s alone: its report will say', (_what, action, broker) => {
      const trade = tradeOf({ actions: [action] });
      expect(reconciled(trade, snapshotOf([positionOf(trade, broker)])).events).toEqual([]);
    });

    test('takes over what it does not concern', () => {
      const trade = tradeOf({ actions: [executing('TIGHTEN_SL', { stopLoss: 95 })] });
      const { trade: after } = reconciled(
        trade,
        snapshotOf([positionOf(trade, { stopLoss: 95, volume: 0.5, takeProfit: 120 })]),
      );
      expect(after).toMatchObject({ stopLoss: 90, volume: 0.5, takeProfit: 120 });
    });
  });

  test('a stop that changed after the snapshot was taken is not set back', () => {
    const trade = tradeOf({ stopLoss: 95, stopChangedAt: TAKEN + 1 });
    expect(reconciled(trade, snapshotOf([positionOf(trade, { stopLoss: 90 })])).events).toEqual([]);
  });

  test('a volume that changed after the snapshot was taken is not set back', () => {
    const trade = tradeOf({ volume: 0.5, volumeChangedAt: TAKEN + 1 });
    expect(reconciled(trade, snapshotOf([positionOf(trade, { volume: 1 })])).events).toEqual([]);
  });

  test('a partial query still shows differences of what is there', () => {
    const trade = tradeOf();
    const snapshot = snapshotOf([positionOf(trade, { volume: 0.5 })], { complete: false });
    expect(reconciled(trade, snapshot).trade.volume).toBe(0.5);
  });
});

describe('a position that is not there', () => {
  const trade = tradeOf();

  test('is missing first, and named to be probed', () => {
    const { events, trade: after } = reconciled(trade, snapshotOf([]));
    expect(driftsOf(events)).toEqual(['POSITION_MISSING']);
    expect(after).toMatchObject({ state: 'HEALTHY', missingSince: TAKEN });
  });

  test('closes the trade when a later snapshot confirms it, not when the same one comes again', () => {
    const missing = reconciled(trade, snapshotOf([])).trade;
    expect(reconciled(missing, snapshotOf([])).events).toEqual([]);
    // Not by a date: the database's clock has to have gone on.
    expect(reconciled(missing, snapshotOf([], { takenAt: LATER }), { now: TAKEN + 2999 }).events).toEqual([]);
    const { trade: after } = reconciled(missing, snapshotOf([], { takenAt: LATER }), { now: TAKEN + 3000 });
    expect(after).toMatchObject({
      state: 'CLOSED',
      closeReason: 'BROKER_GONE',
      closePrice: null,
      closedAt: LATER,
    });
  });

  test('is found when it is there again', () => {
    const missing = reconciled(trade, snapshotOf([])).trade;
    const { events, trade: after } = reconciled(missing, snapshotOf([positionOf(trade)], { takenAt: LATER }));
    expect(driftsOf(events)).toEqual(['POSITION_FOUND']);
    expect(after).toMatchObject({ state: 'HEALTHY', missingSince: null });
    const again = reconciled(after, snapshotOf([], { takenAt: LATER + 1 }));
    expect(driftsOf(again.events)).toEqual(['POSITION_MISSING']);
  });

  test('found by a partial query, too: that it is there is evidence', () => {
    const missing = reconciled(trade, snapshotOf([])).trade;
    const snapshot = snapshotOf([positionOf(trade)], { takenAt: LATER, complete: false });
    expect(driftsOf(reconciled(missing, snapshot).events)).toEqual(['POSITION_FOUND']);
  });

  test('a failed or partial query is never flat', () => {
    const missing = reconciled(trade, snapshotOf([])).trade;
    for (const known of [trade, missing]) {
      for (const deals of [[], [dealOf({ reason: 'STOP_LOSS' })]]) {
        const snapshot = snapshotOf([], { takenAt: LATER, complete: false, deals });
        expect(reconciled(known, snapshot).events).toEqual([]);
      }
    }
  });

  test('a trade opened after the snapshot was taken is not missing', () => {
    const young = tradeOf({ openedAt: TAKEN + 1 });
    expect(reconciled(young, snapshotOf([])).events).toEqual([]);
  });

  test.each<[string, Partial<BrokerDeal>, string]>([
    ['its stop', { reason: 'STOP_LOSS', price: 90 }, 'STOP_LOSS'],
    ['its target', { reason: 'TAKE_PROFIT', price: 120 }, 'TAKE_PROFIT'],
    ['a stop-out', { reason: 'STOP_OUT', price: 60 }, 'BROKER_GONE'],
    ['somebody', { reason: 'CLIENT', price: 101 }, 'BROKER_GONE'],
  ])('closed by %s ends the trade at once, with price and time', (_what, more, closeReason) => {
    const deal = dealOf(more);
    const { events, trade: after } = reconciled(trade, snapshotOf([], { deals: [deal] }));
    expect(after).toMatchObject({
      state: 'CLOSED',
      closeReason,
      closePrice: deal.price,
      closedAt: deal.time,
    });
    expect(events.map(({ change }) => change.kind)).toEqual(['stateChanged']);
    expect(events[0]?.change).toMatchObject({ cause: 'BROKER_CLOSED' });
  });

  test('the last of several closes counts', () => {
    const deals = [
      dealOf({ deal: 2n, time: TAKEN - MINUTE, reason: 'STOP_LOSS', price: 90, volume: 0.5 }),
      dealOf({ deal: 1n, time: TAKEN - 2 * MINUTE, reason: 'CLIENT', price: 99, volume: 0.5 }),
    ];
    const { trade: after, events } = reconciled(trade, snapshotOf([], { deals }));
    expect(after).toMatchObject({ closeReason: 'STOP_LOSS', closePrice: 90 });
    // What they earned together is by their average.
    const lots = events.flatMap((event) => closedLots(trade, event));
    expect(lots).toMatchObject([{ leg: 'POSITION', volume: 1, exitPrice: 94.5 }]);
  });

  test('a close that is known already, such as a partial one, proves no end', () => {
    const half = tradeOf({ volume: 0.5, closedVolume: 0.5 });
    const { events } = reconciled(half, snapshotOf([], { deals: [dealOf({ volume: 0.5 })] }));
    expect(driftsOf(events)).toEqual(['POSITION_MISSING']);
  });

  test("another position's close proves nothing", () => {
    const deals = [dealOf({ positionIdentifier: 2n, reason: 'STOP_LOSS' })];
    expect(driftsOf(reconciled(trade, snapshotOf([], { deals })).events)).toEqual(['POSITION_MISSING']);
  });

  test('an opening deal of the position proves nothing', () => {
    const deals = [dealOf({ entry: 'IN', direction: 'BUY' })];
    expect(driftsOf(reconciled(trade, snapshotOf([], { deals })).events)).toEqual(['POSITION_MISSING']);
  });

  test('closed by an order of ours that was refused, as it seemed, is DEFENSIVE', () => {
    const dead = actionOf('CLOSE_ALL', { status: 'DEAD' });
    const deals = [dealOf({ comment: commentOf('CLOSE_ALL') })];
    const { trade: after } = reconciled(tradeOf({ deadLetters: [dead] }), snapshotOf([], { deals }));
    expect(after).toMatchObject({ state: 'CLOSED', closeReason: 'DEFENSIVE', closePrice: 95 });
  });

  test('closed by an order that is executing waits for its report', () => {
    const closing = tradeOf({ actions: [executing('CLOSE_ALL', { volume: 1 })] });
    const deals = [dealOf({ comment: commentOf('CLOSE_ALL') })];
    expect(reconciled(closing, snapshotOf([], { deals })).events).toEqual([]);
    expect(reconciled(closing, snapshotOf([])).events).toEqual([]);
    const stopped = reconciled(closing, snapshotOf([], { deals: [dealOf({ reason: 'STOP_LOSS' })] }));
    expect(stopped.trade.closeReason).toBe('STOP_LOSS');
  });
});

describe('a volume that is larger than was known', () => {
  // Half of it was told to be closed, and can be added again.
  const half = tradeOf({ volume: 0.5, closedVolume: 0.5, volumeChangedAt: TAKEN - MINUTE });
  const lotsOf = (position: Partial<BrokerPosition>, ...deals: BrokerDeal[]) => {
    const { events, trade: after } = reconciled(half, snapshotOf([positionOf(half, position)], { deals }));
    return [events.flatMap((event) => closedLots(half, event)), after.volume, after.closedVolume];
  };
  const opening = dealOf({ entry: 'IN', direction: 'BUY', volume: 1, time: half.openedAt });
  const added = dealOf({ deal: 9n, entry: 'IN', direction: 'BUY', volume: 0.15, time: TAKEN - 1 });

  test('was not closed, but for what was added, which is in the entry price or told', () => {
    const back = { leg: 'POSITION', position: 1n };
    expect(lotsOf({ volume: 0.7 }, opening)).toMatchObject([[{ ...back, volume: -0.2 }], 0.7, 0.3]);
    expect(lotsOf({ volume: 1.5 })).toMatchObject([[{ ...back, volume: -1 }], 1.5, 0]);
    expect(lotsOf({ volume: 0.7 }, added)).toMatchObject([[{ ...back, volume: -0.05 }], 0.7, 0.45]);
    expect(lotsOf({ volume: 0.65 }, added)).toEqual([[], 0.65, 0.5]);
    expect(lotsOf({ volume: 0.7, entryPrice: 100.5 })).toEqual([[], 0.7, 0.5]);
  });
});

describe('a netting position that was turned round', () => {
  const trade = tradeOf();
  const position = positionOf(trade, { direction: 'SELL', volume: 0.5 });

  test('is not the trade any more', () => {
    const deals = [dealOf({ entry: 'INOUT', volume: 1.5, price: 97 })];
    const { trade: after } = reconciled(trade, snapshotOf([position], { deals }));
    expect(after).toMatchObject({ state: 'CLOSED', closeReason: 'BROKER_GONE', closePrice: 97, volume: 1 });
  });

  test('ends all its actions, those under way as well', () => {
    const actions = [executing('PARTIAL_CLOSE', { volume: 0.5 })];
    const deadLetters = [actionOf('CLOSE_ALL', { status: 'DEAD' })];
    const { events, trade: after } = reconciled(tradeOf({ actions, deadLetters }), snapshotOf([position]));
    expect(after).toMatchObject({ state: 'CLOSED', actions: [], deadLetters: [] });
    expect(events.map(({ change }) => change.kind)).toEqual([
      'stateChanged',
      'actionChanged',
      'actionChanged',
    ]);
  });

  test('counts in a complete snapshot only', () => {
    expect(reconciled(trade, snapshotOf([position], { complete: false })).events).toEqual([]);
  });
});

describe('a closed trade whose position is still there', () => {
  const closed: Partial<Trade> = { state: 'CLOSED', closedAt: TAKEN - MINUTE, closeReason: 'DEFENSIVE' };

  test('is decided to be closed again when it was closed in defence', () => {
    const trade = tradeOf(closed);
    const { events, trade: after } = reconciled(trade, snapshotOf([positionOf(trade)]));
    expect(events.map(({ change }) => change.kind)).toEqual(['actionPlanned']);
    expect(after.actions).toMatchObject([{ type: 'CLOSE_ALL', status: 'PENDING', volume: 1 }]);
    expect(reconciled(after, snapshotOf([positionOf(trade)])).events).toEqual([]);
  });

  test.each<[string, Partial<Trade>]>([
    ['its closing is under way', { actions: [executing('CLOSE_ALL')] }],
    [
      'the broker refused its closing for good',
      { deadLetters: [actionOf('CLOSE_ALL', { status: 'REJECTED' })] },
    ],
    ['somebody asked for the close: it is for them to do', { closeReason: 'REQUESTED' }],
    ['it was closed only just before the snapshot', { closedAt: TAKEN - 1000 }],
  ])('is left alone when %s', (_why, more) => {
    const trade = tradeOf({ ...closed, ...more });
    expect(reconciled(trade, snapshotOf([positionOf(trade)])).events).toEqual([]);
  });

  test('is left alone where DTMS only observes', () => {
    const trade = tradeOf(closed);
    const context = { ...CONTEXT, reference: referenceOf({ account: { mode: 'observe' } }) };
    expect(reconciled(trade, snapshotOf([positionOf(trade)]), { context }).events).toEqual([]);
  });

  test('and gone needs nothing', () => {
    expect(reconciled(tradeOf(closed), snapshotOf([])).events).toEqual([]);
  });
});

describe('a closed trade that the broker is said to have ended', () => {
  const gone: Partial<Trade> = { state: 'CLOSED', closedAt: TAKEN - MINUTE, closeReason: 'BROKER_GONE' };

  test.each(['BROKER_GONE', 'STOP_LOSS', 'TAKE_PROFIT'] as const)(
    'goes on when its position is there after all, as it is there: %s',
    (closeReason) => {
      const trade = tradeOf({ ...gone, closeReason, closePrice: 90, monitoredSince: T0 });
      const { events, trade: after } = reconciled(trade, snapshotOf([positionOf(trade, { volume: 0.5 })]));
      expect(events.map(({ change }) => change.kind)).toEqual(['reopened', 'reconciled']);
      expect(after).toMatchObject({ state: 'HEALTHY', volume: 0.5, monitoredSince: T0, countedFrom: 0 });
      expect(after).toMatchObject({
        closeReason: null,
        closedAt: null,
        closePrice: null,
        missingSince: null,
      });
    },
  );

  test('goes on at once when snapshots had missed it, and waits where the snapshot may be older than the word', () => {
    const justNow = { ...gone, closedAt: TAKEN - 1000 };
    const told = tradeOf(justNow);
    expect(reconciled(told, snapshotOf([positionOf(told)])).events).toEqual([]);
    const missed = tradeOf({ ...justNow, missingSince: TAKEN - 9000 });
    expect(reconciled(missed, snapshotOf([positionOf(missed)])).trade.state).toBe('HEALTHY');
  });

  test('stays closed without its position', () => {
    expect(reconciled(tradeOf(gone), snapshotOf([])).events).toEqual([]);
  });
});

test('the entry price is followed, and R stays', () => {
  const trade = tradeOf();
  const { events, trade: after } = reconciled(trade, snapshotOf([positionOf(trade, { entryPrice: 98.5 })]));
  expect(events[0]?.change).toMatchObject({
    changedFields: ['entry_price'],
    note: 'entry_price 100 -> 98.5',
  });
  expect(after).toMatchObject({ spec: { entryPrice: 98.5 }, risk: trade.risk });
});

test('events follow each other by version', () => {
  const stop = inDoubt('TIGHTEN_SL', { stopLoss: 95, actionId: 'demo:1:3:TIGHTEN_SL' });
  const trade = tradeOf({ missingSince: T0, actions: [stop] });
  const { events } = reconciled(trade, snapshotOf([positionOf(trade, { stopLoss: 95, volume: 0.5 })]));
  expect(events.map(({ change }) => change.kind)).toEqual(['actionChanged', 'reconciled', 'reconciled']);
  expect(events.map(({ trade: { version } }) => version)).toEqual([2, 3, 4]);
});
