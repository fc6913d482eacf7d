// The leg of a trade's hedge against what the broker shows of it.
import type { BrokerPosition } from './broker.js';
import { closingDeals, volumeOf } from './broker-index.js';
import { hedgeLost, NO_UPDATE, planOutside, type Reported, reported } from './commands.js';
import { samePrice } from './evidence.js';
import { volumeSum } from './quantise.js';
import {
  found,
  hasOpen,
  isBusy,
  isOutdated,
  type Look,
  NOTHING,
  sameVolume,
  wasRefused,
} from './reconcile-look.js';
import type { Rules } from './rules.js';
import type { ActionType, Hedge, Trade, TradeEvent } from './types.js';

const HEDGE_ACTIONS: ReadonlySet<ActionType> = new Set(['OPEN_HEDGE', 'CLOSE_HEDGE']);

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
    isBusy(trade, HEDGE_ACTIONS, look) ||
    (hedge.ticket === leg.identifier &&
      sameVolume(hedge.volume, leg.volume) &&
      samePrice(hedge.entryPrice, leg.entryPrice) &&
      samePrice(hedge.stopLoss, leg.stopLoss));
  if (same) {
    if (trade.hedgeMissingSince === null) return [];
    return [found(trade, 'HEDGE_FOUND', { ...NOTHING, after: there }, 'the hedge is there again', at)];
  }
  const change = reported(trade, { ...NO_UPDATE, hedge: hedgeOf(leg) }, at);
  const note = `the hedge is ${legText(leg)}, not ${legText(hedge)}`;
  return [found(trade, 'HEDGE_DIFFERS', { ...change, after: { ...change.after, ...there } }, note, at)];
}

/** A leg the trade does not know becomes its hedge; where none is wanted, it is closed. */
function hedgeFound(trade: Trade, leg: BrokerPosition, look: Look): readonly TradeEvent[] {
  if (isBusy(trade, HEDGE_ACTIONS, look)) return [];
  const change = reported(trade, { ...NO_UPDATE, hedge: hedgeOf(leg) }, look.at);
  const event = found(trade, 'HEDGE_FOUND', change, `the hedge is open: ${legText(leg)}`, look.at);
  return [event, ...closeOrphan(event.trade, look)];
}

function closeOrphan(trade: Trade, { at, scene, rules }: Look): readonly TradeEvent[] {
  if (!isOrphaned(trade, rules)) return [];
  return planOutside(trade, 'a hedge is open that is not wanted', ['CLOSE_HEDGE'], at, scene);
}

/**
 * Whether a hedge of this trade is to be closed and nothing does: only a HEDGED trade wants one, and a
 * closing the broker refused for good is a person's to try again.
 */
export function isOrphaned(trade: Trade, rules: Rules): boolean {
  const wanted = trade.state === 'HEDGED' || hasOpen(trade, 'CLOSE_HEDGE') || hasOpen(trade, 'OPEN_HEDGE');
  return !wanted && !wasRefused(trade, 'CLOSE_HEDGE') && rules.actions.mode === 'enforce';
}

function missHedge(trade: Trade, hedge: Hedge, look: Look): readonly TradeEvent[] {
  const { at, complete, broker } = look;
  if (!complete || isOutdated(trade, look)) return [];
  const deals = closingDeals(broker, hedge.ticket);
  const last = deals.at(-1);
  const byBroker = last !== undefined && last.reason !== 'CLIENT';
  if (
    !byBroker &&
    trade.actions.some(({ type, status }) => HEDGE_ACTIONS.has(type) && status === 'EXECUTING')
  ) {
    return [];
  }
  const closed = byBroker || volumeSum(volumeOf(deals), -hedge.volume) >= 0;
  const confirmed = trade.hedgeMissingSince !== null && at > trade.hedgeMissingSince;
  if (last !== undefined && closed) return hedgeGone(trade, `the hedge is gone: ${last.reason}`, look);
  if (confirmed) return hedgeGone(trade, 'the hedge is gone', look);
  if (trade.hedgeMissingSince !== null) return [];
  const missing: Reported = { ...NOTHING, after: { hedgeMissingSince: at } };
  return [found(trade, 'HEDGE_MISSING', missing, 'the broker does not show the hedge', at)];
}

function hedgeGone(trade: Trade, note: string, { at, scene }: Look): readonly TradeEvent[] {
  const change = reported(trade, { ...NO_UPDATE, hedge: 'gone' }, at);
  const gone = { ...change, after: { ...change.after, hedgeMissingSince: null } };
  const event = found(trade, 'HEDGE_MISSING', gone, note, at);
  return [event, ...hedgeLost(event.trade, at, scene)];
}

function hedgeOf({ identifier, volume, entryPrice, stopLoss }: BrokerPosition): Hedge {
  return { ticket: identifier, volume, entryPrice, stopLoss };
}

function legText({ volume, entryPrice, stopLoss }: Omit<Hedge, 'ticket'>): string {
  return `${volume} lots at ${entryPrice}, ${stopLoss === null ? 'no stop' : `stop ${stopLoss}`}`;
}
