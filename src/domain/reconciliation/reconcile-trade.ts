// Owns one trade against what the broker shows of it. The broker is right; what is absent counts only in a
// complete snapshot, and only when a second one, or a deal, confirms it. The position and the hedge's leg
// are looked at apart.

import type { AccountMode } from '../account/account-rules.js';
import type { Effects } from '../actions/broker-update.js';
import { type BrokerUpdate, NO_EFFECTS, NO_UPDATE, reported } from '../actions/broker-update.js';
import type { TradeContext } from '../actions/context.js';
import { samePrice, verdictOn } from '../actions/evidence.js';
import { volumeSum } from '../actions/quantise.js';
import { tagOf } from '../broker/order-tag.js';
import type { BrokerDeal, BrokerPosition } from '../broker/snapshot.js';
import { priceOfNewest } from '../broker/snapshot-index.js';
import { expire, notExecuted, settle, stepped } from '../changes/action-life.js';
import { closeTrade, planOutside, reopenTrade } from '../changes/commands.js';
import { isSameInstrument } from '../market/symbols.js';
import type { Rules } from '../rules.js';
import { expired } from '../trade/action.js';
import { orderKindOf } from '../trade/action-specs.js';
import type { TradeEvent } from '../trade/event.js';
import type { CloseReason } from '../trade/state.js';
import type { Trade } from '../trade/trade.js';
import {
  addedTo,
  closesOf,
  type DealView,
  endingBefore,
  endingOf,
  isOpenedAfter,
  type PositionEnd,
} from './ending.js';
import {
  found,
  hasOpen,
  isBusy,
  isConfirmed,
  isExecuting,
  type Look,
  type Sighting,
  sameVolume,
  takenAtOf,
  wasRefused,
} from './look.js';
import { checkHedge } from './reconcile-hedge.js';
import { endRefusedCloses } from './refused-closes.js';

/** Under this name reconciliation settles actions. */
const RECONCILIATION = 'reconciliation';

/** What is the same for every trade of a snapshot, but for why one may be held. */
export type Seen = Pick<
  Look,
  | 'broker'
  | 'unexplained'
  | 'now'
  | 'confirms'
  | 'held'
  | 'isTaken'
  | 'shownAt'
  | 'isOfSameSecond'
  | 'reconciledAt'
  | 'lastLag'
>;

/**
 * The events that bring a trade in line with the broker's snapshot at database time `now`; the same
 * snapshot again makes none. A closed trade is looked at while actions of it are open, or because the
 * broker still shows something of it.
 */
export function reconcileTrade(
  trade: Trade,
  sighting: Sighting,
  seen: Seen,
  context: TradeContext,
): readonly TradeEvent[] {
  const { takenAt: at, complete } = seen.broker.snapshot;
  const takenAt = takenAtOf(trade, seen, context);
  const dates = { at, takenAt, volumeToldAt: trade.volumeChangedAt };
  const look: Look = { ...sighting, ...seen, ...dates, rules: context.rules, complete, context };
  const events: TradeEvent[] = [];
  let current = trade;
  // Settled again at the end: that the position or the hedge is gone settles what was about it.
  for (const step of [settleActions, checkPosition, checkHedge, settleActions, endRefused]) {
    for (const event of step(current, look)) {
      events.push(event);
      current = event.trade;
    }
  }
  return events;
}

/** Whether this snapshot would end a trade whose position is not there, without a deal that says why. */
export function isGone(
  trade: Trade,
  position: BrokerPosition | null,
  look: Pick<
    Look,
    'takenAt' | 'broker' | 'now' | 'rules' | 'confirms' | 'shownAt' | 'isOfSameSecond' | 'reconciledAt'
  >,
): boolean {
  const { state, missingSince, openedAt } = trade;
  const { snapshot } = look.broker;
  if (position !== null || state === 'CLOSED' || !snapshot.complete) return false;
  if (openedAt > look.takenAt || endingOf(trade, look) !== null) return false;
  return isConfirmed(missingSince, look);
}

/** What of a trade is missed. A hedge whose ticket nobody told cannot be looked for. */
export function missed({ state, missingSince, hedgeMissingSince, spec, hedge }: Trade): readonly bigint[] {
  const position = state !== 'CLOSED' && missingSince !== null ? [spec.ticket] : [];
  const leg = hedgeMissingSince !== null && hedge !== null && hedge.ticket !== 0n ? [hedge.ticket] : [];
  return [...position, ...leg];
}

/** Whether a closed trade's position is shown although nothing is under way to close it, whatever the snapshot's date. */
export function isLeftOpen(trade: Trade, { position }: Sighting): boolean {
  return trade.state === 'CLOSED' && position !== null && !hasOpen(trade, 'CLOSE_ALL');
}

/** The same in a snapshot that was taken after the close. */
export function isClosedButOpen(trade: Trade, sighting: Sighting, takenAt: number): boolean {
  return isLeftOpen(trade, sighting) && (trade.closedAt ?? takenAt) < takenAt;
}

/** Whether, of these, DTMS wants the position closed and the broker has not refused that for good. */
export function isToCloseAgain(
  trade: Trade,
  sighting: Sighting,
  takenAt: number,
  rules: Rules,
  mode: AccountMode,
): boolean {
  const longAgo = takenAt - (trade.closedAt ?? takenAt) > rules.reconciliation.clockSkewMs;
  const wanted = trade.closeReason === 'DEFENSIVE' && mode === 'enforce';
  if (sighting.position !== null && isDoubtful(trade, sighting.position, rules)) return false;
  return wanted && longAgo && isClosedButOpen(trade, sighting, takenAt) && !wasRefused(trade, 'CLOSE_ALL');
}

function settleActions(trade: Trade, look: Look): readonly TradeEvent[] {
  const events: TradeEvent[] = [];
  let current = trade;
  for (const { actionId } of trade.actions) {
    const action = current.actions.find((open) => open.actionId === actionId);
    const verdict = action === undefined ? null : verdictOn(current, action, look);
    if (action === undefined || verdict === null) continue;
    const { at, now, context } = look;
    const made =
      verdict.kind === 'executed'
        ? settle(current, action, verdict.result, RECONCILIATION, { at, now }, context)
        : verdict.kind === 'moot'
          ? expire(current, action, verdict.reason, at, context, RECONCILIATION)
          : notExecuted(current, action, RECONCILIATION, { at, now }, context);
    events.push(...made);
    current = made.at(-1)?.trade ?? current;
  }
  return events;
}

function endRefused(trade: Trade, look: Look): readonly TradeEvent[] {
  return endRefusedCloses(trade, look, RECONCILIATION);
}

function checkPosition(trade: Trade, look: Look): readonly TradeEvent[] {
  const { position } = look;
  if (trade.state === 'CLOSED') {
    const isAnother = position !== null && isTurned(trade, position, look);
    return isAnother ? [] : closeAgain(trade, look);
  }
  if (position === null) return missPosition(trade, look);
  // Whether it is the trade's is for a person to say.
  if (isDoubtful(trade, position, look.rules)) return [];
  if (isTurned(asToldBefore(trade, look), position, look)) return turned(trade, position, look);
  const found = trade.missingSince === null ? [] : [positionFound(trade, look)];
  return [...found, ...differences(found[0]?.trade ?? trade, position, look)];
}

/** A defensive close that did not happen is decided again; a trade the broker ended wrongly goes on. */
function closeAgain(trade: Trade, look: Look): readonly TradeEvent[] {
  const { at, context, position } = look;
  const { account, symbol } = trade.spec;
  const { reference } = context;
  const isOff = reference.switchedOff('action.CLOSE_ALL', account, symbol) !== null;
  const mode = isOff ? 'observe' : reference.account(account).mode;
  if (isToCloseAgain(trade, look, look.takenAt, look.rules, mode)) {
    return planOutside(trade, 'the position is still open at the broker', ['CLOSE_ALL'], at, context);
  }
  if (position === null || !isBack(trade, look, look.takenAt, look.rules)) return [];
  const reopened = reopenTrade(trade, at, context);
  return [reopened, ...differences(reopened.trade, position, look)];
}

/**
 * Whether the position under a trade's identifier is another one: netting turns one round and keeps its identifier. On the
 * trade's own side it is where the deals ended the trade's first.
 */
export function isTurned(trade: Trade, position: BrokerPosition, view: DealView): boolean {
  if (isDoubtful(trade, position, view.rules)) return false;
  if (position.direction !== trade.spec.direction) return true;
  if (trade.state === 'CLOSED') return isOpenedAfter(trade, position, view);
  return endingBefore(trade, position, view) !== null;
}

/** Whether the position under a trade's identifier is of a symbol that stands for another instrument, as far as is known. */
export function isDoubtful({ spec }: Trade, { symbol }: BrokerPosition, rules: Rules): boolean {
  return !isSameInstrument(symbol, spec.symbol, rules.symbols);
}

/**
 * Whether a closed trade's position is at the broker although the broker ended it, as was told. Where snapshots
 * missed it, a later one shows it; where somebody told it, this one may have been taken before that.
 */
export function isBack(trade: Trade, sighting: Sighting, takenAt: number, rules: Rules): boolean {
  const { position } = sighting;
  if (position === null || hasOpen(trade, 'CLOSE_ALL')) return false;
  if (position.direction !== trade.spec.direction || isDoubtful(trade, position, rules)) return false;
  if (trade.state !== 'CLOSED' || !ENDED_AT_BROKER.has(trade.closeReason ?? 'REQUESTED')) return false;
  const longAgo = takenAt - (trade.closedAt ?? takenAt) > rules.reconciliation.clockSkewMs;
  return trade.missingSince !== null || longAgo;
}

const ENDED_AT_BROKER: ReadonlySet<CloseReason> = new Set(['STOP_LOSS', 'TAKE_PROFIT', 'BROKER_GONE']);

/** The trade of a netting position that was turned round is over, and so are all its actions. */
function turned(trade: Trade, position: BrokerPosition, look: Look): readonly TradeEvent[] {
  if (!look.complete) return [];
  const { at, context } = look;
  const told = asToldBefore(trade, look);
  const ending = endingBefore(told, position, look) ?? endingOf(told, look);
  const deal = ending?.deal ?? closesOf(trade, look).at(-1);
  const end =
    ending === null ? ({ reason: 'BROKER_GONE', price: deal?.price ?? null } as const) : endOf(trade, ending);
  const events = [closeTrade(trade, end, deal?.time ?? at, context)];
  let current = events[0]?.trade ?? trade;
  for (const action of [...current.actions, ...current.deadLetters]) {
    const reason = 'the position was turned round';
    events.push(stepped(current, action, expired(action, reason), RECONCILIATION, at));
    current = events.at(-1)?.trade ?? current;
  }
  return events;
}

/** What was settled with this snapshot is in the volume by the tags of its deals: those of others that are as new are not. */
function asToldBefore(trade: Trade, { volumeToldAt }: Look): Trade {
  return { ...trade, volumeChangedAt: volumeToldAt };
}

function positionFound(trade: Trade, { at }: Look): TradeEvent {
  return found(
    trade,
    'POSITION_FOUND',
    { ...NO_EFFECTS, after: { missingSince: null } },
    'it is there again',
    at,
  );
}

/** What differs is taken over, except where an order of DTMS is under way and its report will say. */
function differences(trade: Trade, position: BrokerPosition, look: Look): readonly TradeEvent[] {
  const { at } = look;
  const stopIsNewer = trade.stopChangedAt !== null && trade.stopChangedAt > look.takenAt;
  const { stopLoss, takeProfit, volume, entryPrice } = position;
  const update: BrokerUpdate = {
    ...NO_UPDATE,
    volume: isBusy(trade, 'volume', look) || sameVolume(volume, trade.volume) ? null : volume,
    stopLoss:
      isExecuting(trade, 'stop') || stopIsNewer || samePrice(stopLoss, trade.stopLoss)
        ? null
        : (stopLoss ?? 'removed'),
    takeProfit: samePrice(takeProfit, trade.takeProfit) ? null : (takeProfit ?? 'removed'),
    positionTicket: position.ticket === currentTicket(trade) ? null : position.ticket,
    entryPrice: samePrice(entryPrice, trade.spec.entryPrice) ? null : entryPrice,
  };
  const change = reported(trade, update, at);
  if (change.changedFields.length === 0) return [];
  const closed = update.volume === null ? 0 : volumeSum(trade.volume, -update.volume);
  const exitPrice = closed > 0 ? priceOfNewest(closesOf(trade, look), closed) : null;
  const regained = update.entryPrice === null ? Math.max(0, volumeSum(-closed, -addedTo(trade, look))) : 0;
  const note = noteOf(trade, change.after);
  const lots = { exitPrice, regained };
  return [found(trade, 'POSITION_DIFFERS', unclosed(trade, change, regained), note, at, lots)];
}

/** What was not closed is not to be added again. */
function unclosed({ closedVolume: told }: Trade, change: Effects, regained: number): Effects {
  const closedVolume = Math.max(0, volumeSum(told, -regained));
  if (closedVolume === told) return change;
  const { after, changedFields, withdrawn } = change;
  return { after: { ...after, closedVolume }, changedFields: [...changedFields, 'closed_volume'], withdrawn };
}

function missPosition(trade: Trade, look: Look): readonly TradeEvent[] {
  const { at, now, complete, context, held } = look;
  if (!complete) return [];
  const ending = endingOf(asToldBefore(trade, look), look);
  const byBroker = ending !== null && ending.deal.reason !== 'CLIENT';
  if (!byBroker && isExecuting(trade, 'volume')) return [];
  if (ending !== null) {
    return [closeTrade(trade, endOf(trade, ending), ending.deal.time, context)];
  }
  if (trade.openedAt > look.takenAt) return [];
  if (trade.missingSince === null) {
    const missing: Effects = {
      ...NO_EFFECTS,
      after: { missingSince: now },
      changedFields: ['missing_since'],
    };
    return [found(trade, 'POSITION_MISSING', missing, 'the broker does not show it', at)];
  }
  if (held !== null || !isGone(trade, null, look)) return [];
  return [closeTrade(trade, { reason: 'BROKER_GONE', price: null }, at, context)];
}

function endOf(trade: Trade, { deal, exitPrice }: PositionEnd) {
  return { reason: reasonOf(trade, deal), price: deal.price, exitPrice };
}

function reasonOf({ actions, deadLetters }: Trade, { reason, comment }: BrokerDeal): CloseReason {
  if (reason === 'STOP_LOSS' || reason === 'TAKE_PROFIT') return reason;
  const ours = [...actions, ...deadLetters].some(
    ({ type, actionId }) => orderKindOf(type) === 'close position' && tagOf(actionId) === comment,
  );
  return ours ? 'DEFENSIVE' : 'BROKER_GONE';
}

/** A ticket of 0 means that it is the identifier. */
function currentTicket({ positionTicket, spec }: Trade): bigint {
  return positionTicket === 0n ? spec.ticket : positionTicket;
}

/** The difference, for a person: "volume 1 -> 0.5; stop_loss none -> 90". */
function noteOf(trade: Trade, after: Partial<Trade>): string {
  const [before, now] = [trade.spec.entryPrice, after.spec?.entryPrice ?? trade.spec.entryPrice];
  const entry = before === now ? [] : [`entry_price ${before} -> ${now}`];
  const noted = NOTED.filter(([, field]) => after[field] !== undefined && after[field] !== trade[field]).map(
    ([name, field]) => `${name} ${trade[field] ?? 'none'} -> ${after[field] ?? 'none'}`,
  );
  return [...noted, ...entry].join('; ');
}

const NOTED: readonly (readonly [string, 'volume' | 'stopLoss' | 'takeProfit' | 'positionTicket'])[] = [
  ['volume', 'volume'],
  ['stop_loss', 'stopLoss'],
  ['take_profit', 'takeProfit'],
  ['position_ticket', 'positionTicket'],
];
