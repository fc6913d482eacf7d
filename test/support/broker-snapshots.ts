// What a broker shows, for tests of the reconciliation: positions, deals and snapshots that agree with a
// trade unless told otherwise.

import type { TradeContext } from '../../src/domain/actions/context.js';
import { tagOf } from '../../src/domain/broker/order-tag.js';
import type { BrokerDeal, BrokerPosition, BrokerSnapshot } from '../../src/domain/broker/snapshot.js';
import { indexSnapshot } from '../../src/domain/broker/snapshot-index.js';
import { matchPositions } from '../../src/domain/reconciliation/match-positions.js';
import { reconcileTrade } from '../../src/domain/reconciliation/reconcile-trade.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import type { Action } from '../../src/domain/trade/action.js';
import type { ActionType } from '../../src/domain/trade/action-specs.js';
import type { Drift, TradeEvent } from '../../src/domain/trade/event.js';
import type { Hedge, Trade } from '../../src/domain/trade/trade.js';
import { MINUTE, referenceOf, T0 } from './trades.js';

/** When snapshots are taken unless told otherwise: an hour after trades are opened. */
export const TAKEN = T0 + 60 * MINUTE;

/** The trade's position as DTMS has it. */
export function positionOf(trade: Trade, more: Partial<BrokerPosition> = {}): BrokerPosition {
  const { spec, volume, stopLoss, takeProfit } = trade;
  return {
    identifier: spec.ticket,
    ticket: spec.ticket,
    symbol: spec.symbol,
    direction: spec.direction,
    volume,
    entryPrice: spec.entryPrice,
    stopLoss,
    takeProfit,
    magicNumber: spec.magicNumber,
    comment: '',
    openedAt: T0,
    ...more,
  };
}

/** The leg of a hedge of the trade. */
export function legOf(trade: Trade, hedge: Hedge, more: Partial<BrokerPosition> = {}): BrokerPosition {
  const { ticket, volume, entryPrice, stopLoss } = hedge;
  const direction = trade.spec.direction === 'BUY' ? 'SELL' : 'BUY';
  const leg = {
    identifier: ticket,
    ticket,
    direction,
    volume,
    entryPrice,
    stopLoss,
    takeProfit: null,
  } as const;
  return positionOf(trade, { ...leg, ...more });
}

/** A close of a whole lot of position 1 by somebody, a minute before the snapshot. */
export function dealOf(more: Partial<BrokerDeal> = {}): BrokerDeal {
  return {
    deal: 900n,
    positionIdentifier: 1n,
    symbol: 'BTCUSD',
    entry: 'OUT',
    direction: 'SELL',
    volume: 1,
    price: 95,
    magicNumber: 0n,
    comment: '',
    reason: 'CLIENT',
    time: TAKEN - MINUTE,
    ...more,
  };
}

/** A complete snapshot with every deal since the trades were opened. */
export function snapshotOf(
  positions: readonly BrokerPosition[],
  more: Partial<BrokerSnapshot> = {},
): BrokerSnapshot {
  return { takenAt: TAKEN, complete: true, positions, deals: [], dealsSince: T0, ...more };
}

/** A PENDING action of trade 1; its id is that of a plan made with version 2. */
export function actionOf(type: ActionType, more: Partial<Action> = {}): Action {
  return {
    actionId: `demo:1:2:${type}`,
    type,
    plannedAt: T0,
    stopLoss: null,
    volume: null,
    reduceOnly: type !== 'OPEN_HEDGE' && type !== 'RE_ADD',
    note: '',
    plannedIn: 'WARNING_L2',
    status: 'PENDING',
    attempts: 0,
    notBefore: null,
    lease: null,
    begunAt: null,
    begunBy: '',
    settleBy: null,
    result: null,
    reason: '',
    hold: null,
    orderedBy: '',
    rule: '',
    leaves: null,
    waitsSince: null,
    ...more,
  };
}

/** The action begun this long before the snapshot, and its lease gone. */
export function inDoubt(type: ActionType, more: Partial<Action> = {}, agoMs = 10 * MINUTE): Action {
  const begunAt = TAKEN - agoMs;
  const lease = { token: 3, bridge: 'b1', endsAt: begunAt + 30_000 };
  return actionOf(type, { status: 'IN_DOUBT', attempts: 1, begunAt, lease, settleBy: begunAt, ...more });
}

/** The comment of the action's order. */
export const commentOf = (type: ActionType): string => tagOf(`demo:1:2:${type}`);

export const CONTEXT: TradeContext = { facts: null, rules: DEFAULT_RULES, reference: referenceOf() };

/** What a snapshot makes of a trade; the database's clock shows the broker's time. */
export function reconciled(
  trade: Trade,
  snapshot: BrokerSnapshot,
  {
    now = snapshot.takenAt,
    context = CONTEXT,
    confirms = true,
  }: { readonly now?: number; readonly context?: TradeContext; readonly confirms?: boolean } = {},
): Outcome {
  const broker = indexSnapshot(snapshot);
  const {
    sighted: [sighted],
    unexplained,
  } = matchPositions([trade], broker, context.rules.symbols);
  if (sighted === undefined) throw new Error('the trade was not looked at');
  const events = reconcileTrade(trade, sighted, { broker, unexplained, now, confirms, held: null }, context);
  return { events, trade: events.at(-1)?.trade ?? trade };
}

export interface Outcome {
  readonly events: readonly TradeEvent[];
  readonly trade: Trade;
}

/** The drifts among the events, in their order. */
export const driftsOf = (events: readonly TradeEvent[]): Drift[] =>
  events.flatMap(({ change }) => (change.kind === 'reconciled' ? [change.drift] : []));
