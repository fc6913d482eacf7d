// Owns the leg of a trade's hedge against what the broker shows of it.

import type { AccountMode } from '../account/account-rules.js';
import type { Effects } from '../actions/broker-update.js';
import { NO_EFFECTS, NO_UPDATE, reported } from '../actions/broker-update.js';
import { samePrice } from '../actions/evidence.js';
import { isWithin } from '../actions/opening.js';
import { volumeSum } from '../actions/quantise.js';
import type { BrokerPosition } from '../broker/snapshot.js';
import { closingDeals, priceOfNewest, volumeOf } from '../broker/snapshot-index.js';
import { hedgeLost, planOutside } from '../changes/commands.js';
import type { TradeEvent } from '../trade/event.js';
import type { Hedge, Trade } from '../trade/trade.js';
import { hedgeEndingOf } from './ending.js';
import {
  found,
  hasOpen,
  isBusy,
  isConfirmed,
  isExecuting,
  isOutdated,
  type Look,
  sameVolume,
  wasRefused,
} from './look.js';

/** The events that bring a trade's hedge in line. */
export function checkHedge(trade: Trade, look: Look): readonly TradeEvent[] {
  const { leg } = look;
  const { hedge } = trade;
  if (hedge === null) return leg === null ? [] : hedgeFound(trade, leg, look);
  if (leg === null) return missHedge(trade, hedge, look);
  const events = legDifferences(trade, hedge, leg, look);
  // An open trade's hedge that was told by a client is the client's own.
  return trade.state === 'CLOSED' ? [...events, ...closeOrphan(events.at(-1)?.trade ?? trade, look)] : events;
}

function legDifferences(trade: Trade, hedge: Hedge, leg: BrokerPosition, look: Look): readonly TradeEvent[] {
  const { at } = look;
  const there = trade.hedgeMissingSince === null ? {} : { hedgeMissingSince: null };
  const same =
    isBusy(trade, 'hedge', look) ||
    isTooLarge(trade, leg) ||
    (hedge.ticket === leg.identifier &&
      sameVolume(hedge.volume, leg.volume) &&
      samePrice(hedge.entryPrice, leg.entryPrice) &&
      samePrice(hedge.stopLoss, leg.stopLoss));
  if (same) {
    if (trade.hedgeMissingSince === null) return [];
    return [found(trade, 'HEDGE_FOUND', { ...NO_EFFECTS, after: there }, 'the hedge is there again', at)];
  }
  const grown = Math.max(0, volumeSum(leg.volume, -hedge.volume));
  const regained = Math.min(grown, unclosedOf(hedge, look));
  const most = volumeSum(hedge.most ?? hedge.volume, volumeSum(grown, -regained));
  const change = reported(trade, { ...NO_UPDATE, hedge: { ...hedgeOf(leg), most } }, at);
  const note = `the hedge is ${legText(leg)}, not ${legText(hedge)}`;
  const differs = { ...change, after: { ...change.after, ...there } };
  const exitPrice = hedgeExit(hedge, volumeSum(hedge.volume, -leg.volume), look);
  return [found(trade, 'HEDGE_DIFFERS', differs, note, at, { exitPrice, regained })];
}

/** The lots that were known to be closed of a hedge, and that no deal closed: more than these were added to it since. */
function unclosedOf({ ticket, volume, most = volume }: Hedge, { broker }: Look): number {
  return Math.max(0, volumeSum(volumeSum(most, -volume), -volumeOf(closingDeals(broker, ticket))));
}

/** Whether the position under a hedge's ticket is larger than what was ordered: nobody's word makes it the hedge. */
export function isTooLarge(trade: Trade, leg: BrokerPosition): boolean {
  const { hedge } = trade;
  return (
    hedge !== null && hedge.ticket === leg.identifier && !isWithin(trade, hedge.most ?? hedge.volume, leg)
  );
}

/** A leg the trade does not know becomes its hedge; where none is wanted, it is closed. */
function hedgeFound(trade: Trade, leg: BrokerPosition, look: Look): readonly TradeEvent[] {
  if (isBusy(trade, 'hedge', look)) return [];
  const change = reported(trade, { ...NO_UPDATE, hedge: hedgeOf(leg) }, look.at);
  const event = found(trade, 'HEDGE_FOUND', change, `the hedge is open: ${legText(leg)}`, look.at);
  return [event, ...closeOrphan(event.trade, look)];
}

function closeOrphan(trade: Trade, { at, context }: Look): readonly TradeEvent[] {
  const { account, symbol } = trade.spec;
  if (!isOrphaned(trade, context.reference.account(account).mode)) return [];
  if (context.reference.switchedOff('action.CLOSE_HEDGE', account, symbol) !== null) return [];
  return planOutside(trade, 'a hedge is open that is not wanted', ['CLOSE_HEDGE'], at, context);
}

/**
 * Whether a hedge of this trade is to be closed and nothing does: only a HEDGED trade wants one, and a
 * closing the broker refused for good is a person's to try again.
 */
export function isOrphaned(trade: Trade, mode: AccountMode): boolean {
  const wanted = trade.state === 'HEDGED' || hasOpen(trade, 'CLOSE_HEDGE') || hasOpen(trade, 'OPEN_HEDGE');
  return !wanted && !wasRefused(trade, 'CLOSE_HEDGE') && mode === 'enforce';
}

function missHedge(trade: Trade, hedge: Hedge, look: Look): readonly TradeEvent[] {
  const { at, now, complete } = look;
  if (!complete || isOutdated(trade, look)) return [];
  const isKnown = hedge.ticket !== 0n;
  const ending = isKnown ? hedgeEndingOf(trade, hedge, look) : null;
  const byBroker = ending !== null && ending.deal.reason !== 'CLIENT';
  if (!byBroker && isExecuting(trade, 'hedge')) return [];
  if (ending !== null) return hedgeGone(trade, `the hedge is gone: ${ending.deal.reason}`, look);
  // One whose ticket nobody told may be any: only a person knows that it is gone.
  if (isKnown && isConfirmed(trade.hedgeMissingSince, look))
    return hedgeGone(trade, 'the hedge is gone', look);
  if (trade.hedgeMissingSince !== null) return [];
  const missing: Effects = { ...NO_EFFECTS, after: { hedgeMissingSince: now } };
  return [found(trade, 'HEDGE_MISSING', missing, 'the broker does not show the hedge', at)];
}

/** The price so many lots of the hedge were closed at; null where no deals tell. */
function hedgeExit({ ticket }: Hedge, volume: number, { broker }: Look): number | null {
  return volume > 0 ? priceOfNewest(closingDeals(broker, ticket), volume) : null;
}

function hedgeGone(trade: Trade, note: string, look: Look): readonly TradeEvent[] {
  const { at, context } = look;
  const change = reported(trade, { ...NO_UPDATE, hedge: 'gone' }, at);
  const gone = { ...change, after: { ...change.after, hedgeMissingSince: null } };
  const { hedge } = trade;
  const exitPrice = hedge === null ? null : hedgeExit(hedge, hedge.volume, look);
  const event = found(trade, 'HEDGE_MISSING', gone, note, at, { exitPrice });
  return [event, ...hedgeLost(event.trade, at, context)];
}

function hedgeOf({ identifier, volume, entryPrice, stopLoss }: BrokerPosition): Hedge {
  return { ticket: identifier, volume, entryPrice, stopLoss };
}

function legText({ volume, entryPrice, stopLoss }: Omit<Hedge, 'ticket'>): string {
  return `${volume} lots at ${entryPrice}, ${stopLoss === null ? 'no stop' : `stop ${stopLoss}`}`;
}
