// One trade against what the broker shows of it. The broker is right; what is absent counts only in a
// complete snapshot, and only when a second one, or a deal, confirms it. The position and the hedge's leg
// are looked at apart.
import { expire, notExecuted, settle } from './action-life.js';
import { tagOf } from './action-tag.js';
import type { BrokerDeal, BrokerPosition } from './broker.js';
import { type BrokerIndex, closingDeals, volumeOf } from './broker-index.js';
import {
  type BrokerUpdate,
  closeTrade,
  NO_UPDATE,
  planOutside,
  type Reported,
  reported,
  type Scene,
} from './commands.js';
import { samePrice, verdictOn } from './evidence.js';
import { STOP_ACTIONS } from './plan-draft.js';
import { volumeSum } from './quantise.js';
import { checkHedge } from './reconcile-hedge.js';
import {
  found,
  hasOpen,
  isBusy,
  type Look,
  NOTHING,
  type Sighting,
  sameVolume,
  wasRefused,
} from './reconcile-look.js';
import type { Rules } from './rules.js';
import type { ActionType, CloseReason, Trade, TradeEvent } from './types.js';

const VOLUME_ACTIONS: ReadonlySet<ActionType> = new Set(['PARTIAL_CLOSE', 'CLOSE_ALL', 'RE_ADD']);
/** Under this name reconciliation settles actions. */
export const RECONCILIATION = 'reconciliation';

/**
 * The events that bring a trade in line with the broker's snapshot at database time `now`; the same
 * snapshot again makes none. A closed trade is looked at while actions of it are open, or because the
 * broker still shows something of it.
 */
export function reconcileTrade(
  trade: Trade,
  sighting: Sighting,
  broker: BrokerIndex,
  now: number,
  scene: Scene,
): readonly TradeEvent[] {
  const { takenAt: at, complete } = broker.snapshot;
  const look: Look = { ...sighting, broker, rules: scene.rules, now, at, complete, scene };
  const events: TradeEvent[] = [];
  let current = trade;
  // Settled again at the end: that the position or the hedge is gone settles what was about it.
  for (const step of [settleActions, checkPosition, checkHedge, settleActions]) {
    for (const event of step(current, look)) {
      events.push(event);
      current = event.trade;
    }
  }
  return events;
}

/** True while reconciliation misses the trade's position or its hedge. */
export function isMissed({ state, missingSince, hedgeMissingSince }: Trade): boolean {
  return (state !== 'CLOSED' && missingSince !== null) || hedgeMissingSince !== null;
}

/** Whether a closed trade's position is at the broker although nothing is under way to close it. */
export function isClosedButOpen(trade: Trade, { position }: Sighting, takenAt: number): boolean {
  const closedBefore = trade.state === 'CLOSED' && (trade.closedAt ?? takenAt) < takenAt;
  return closedBefore && position !== null && !hasOpen(trade, 'CLOSE_ALL');
}

/** Whether, of these, DTMS wants the position closed and the broker has not refused that for good. */
export function isToCloseAgain(trade: Trade, sighting: Sighting, takenAt: number, rules: Rules): boolean {
  const longAgo = takenAt - (trade.closedAt ?? takenAt) > rules.reconciliation.clockSkewMs;
  const wanted = trade.closeReason === 'DEFENSIVE' && rules.actions.mode === 'enforce';
  return wanted && longAgo && isClosedButOpen(trade, sighting, takenAt) && !wasRefused(trade, 'CLOSE_ALL');
}

function settleActions(trade: Trade, look: Look): readonly TradeEvent[] {
  const events: TradeEvent[] = [];
  let current = trade;
  for (const { actionId } of trade.actions) {
    const action = current.actions.find((open) => open.actionId === actionId);
    const verdict = action === undefined ? null : verdictOn(current, action, look);
    if (action === undefined || verdict === null) continue;
    const { at, now, scene } = look;
    const made =
      verdict.kind === 'executed'
        ? settle(current, action, verdict.result, RECONCILIATION, { at, now }, scene)
        : verdict.kind === 'moot'
          ? expire(current, action, verdict.reason, at, scene, RECONCILIATION)
          : notExecuted(current, action, RECONCILIATION, { at, now }, scene);
    events.push(...made);
    current = made.at(-1)?.trade ?? current;
  }
  return events;
}

function checkPosition(trade: Trade, look: Look): readonly TradeEvent[] {
  const { position } = look;
  if (trade.state === 'CLOSED') return closeAgain(trade, look);
  if (position === null) return missPosition(trade, look);
  if (position.direction !== trade.spec.direction) return turned(trade, look);
  const found = trade.missingSince === null ? [] : [positionFound(trade, look)];
  return [...found, ...differences(found[0]?.trade ?? trade, position, look)];
}

/** A defensive close that did not happen is decided again. */
function closeAgain(trade: Trade, look: Look): readonly TradeEvent[] {
  if (!isToCloseAgain(trade, look, look.at, look.rules)) return [];
  return planOutside(trade, 'the position is still open at the broker', ['CLOSE_ALL'], look.at, look.scene);
}

/** A netting position that was turned round is another position under the same identifier. */
function turned(trade: Trade, look: Look): readonly TradeEvent[] {
  if (!look.complete) return [];
  const deal = closingDeals(look.broker, trade.spec.ticket).at(-1);
  return [
    closeTrade(
      trade,
      { reason: 'BROKER_GONE', price: deal?.price ?? null },
      deal?.time ?? look.at,
      look.scene,
    ),
  ];
}

function positionFound(trade: Trade, { at }: Look): TradeEvent {
  return found(
    trade,
    'POSITION_FOUND',
    { ...NOTHING, after: { missingSince: null } },
    'it is there again',
    at,
  );
}

/** What differs is taken over, except where an order of DTMS is under way and its report will say. */
function differences(trade: Trade, position: BrokerPosition, look: Look): readonly TradeEvent[] {
  const { at } = look;
  const stopMoves = trade.actions.some(
    ({ type, status }) => STOP_ACTIONS.has(type) && status === 'EXECUTING',
  );
  const stopIsNewer = trade.stopChangedAt !== null && trade.stopChangedAt > at;
  const { stopLoss, takeProfit, volume } = position;
  const update: BrokerUpdate = {
    ...NO_UPDATE,
    volume: isBusy(trade, VOLUME_ACTIONS, look) || sameVolume(volume, trade.volume) ? null : volume,
    stopLoss:
      stopMoves || stopIsNewer || samePrice(stopLoss, trade.stopLoss) ? null : (stopLoss ?? 'removed'),
    takeProfit: samePrice(takeProfit, trade.takeProfit) ? null : (takeProfit ?? 'removed'),
    positionTicket: position.ticket === currentTicket(trade) ? null : position.ticket,
  };
  const change = reported(trade, update, at);
  if (change.changedFields.length === 0) return [];
  return [found(trade, 'POSITION_DIFFERS', change, noteOf(trade, change.after), at)];
}

function missPosition(trade: Trade, look: Look): readonly TradeEvent[] {
  const { at, complete, broker, scene } = look;
  if (!complete) return [];
  const { ticket, volume } = trade.spec;
  const deal = lastClose(closingDeals(broker, ticket), volumeSum(volume, -trade.volume));
  const byBroker = deal !== null && deal.reason !== 'CLIENT';
  if (
    !byBroker &&
    trade.actions.some((action) => VOLUME_ACTIONS.has(action.type) && action.status === 'EXECUTING')
  ) {
    return [];
  }
  if (deal !== null) {
    return [closeTrade(trade, { reason: reasonOf(trade, deal), price: deal.price }, deal.time, scene)];
  }
  if (trade.openedAt > at) return [];
  if (trade.missingSince === null) {
    const missing: Reported = { ...NOTHING, after: { missingSince: at }, changedFields: ['missing_since'] };
    return [found(trade, 'POSITION_MISSING', missing, 'the broker does not show it', at)];
  }
  return at > trade.missingSince
    ? [closeTrade(trade, { reason: 'BROKER_GONE', price: null }, at, scene)]
    : [];
}

/** The deal that ended a position; null when the deals tell of no more closes than are known. */
function lastClose(deals: readonly BrokerDeal[], known: number): BrokerDeal | null {
  const last = deals.at(-1);
  if (last === undefined) return null;
  return last.reason !== 'CLIENT' || volumeSum(volumeOf(deals), -known) > 0 ? last : null;
}

function reasonOf({ actions, deadLetters }: Trade, { reason, comment }: BrokerDeal): CloseReason {
  if (reason === 'STOP_LOSS' || reason === 'TAKE_PROFIT') return reason;
  const ours = [...actions, ...deadLetters].some(
    ({ type, actionId }) => type === 'CLOSE_ALL' && tagOf(actionId) === comment,
  );
  return ours ? 'DEFENSIVE' : 'BROKER_GONE';
}

/** A ticket of 0 means that it is the identifier. */
function currentTicket({ positionTicket, spec }: Trade): bigint {
  return positionTicket === 0n ? spec.ticket : positionTicket;
}

/** The difference, for a person: "volume 1 -> 0.5; stop_loss none -> 90". */
function noteOf(trade: Trade, after: Partial<Trade>): string {
  return NOTED.filter(([, field]) => after[field] !== undefined && after[field] !== trade[field])
    .map(([name, field]) => `${name} ${trade[field] ?? 'none'} -> ${after[field] ?? 'none'}`)
    .join('; ');
}

const NOTED: readonly (readonly [string, 'volume' | 'stopLoss' | 'takeProfit' | 'positionTicket'])[] = [
  ['volume', 'volume'],
  ['stop_loss', 'stopLoss'],
  ['take_profit', 'takeProfit'],
  ['position_ticket', 'positionTicket'],
];
