// Owns a trade's arithmetic: how one begins, what R is, and how its next version is made.

import { favourable } from '../market/direction.js';
import type { MarketFacts } from '../views/market-facts.js';
import { dealsOf } from './action-specs.js';
import type { Trade, TradeOrigin, TradeSketch, TradeSpec } from './trade.js';

/** R = |entry - initial stop| as a price distance; null without a stop or with one at the entry. */
export function riskOf(spec: TradeSpec): number | null {
  const stop = spec.initialStopLoss ?? spec.stopLoss;
  const distance = stop === null ? 0 : Math.abs(spec.entryPrice - stop);
  // Twelve digits are more than any price has, and fewer than a difference of doubles shows.
  return distance > 0 ? Number(distance.toPrecision(12)) : null;
}

/** The trade as its registration at `at` makes it: HEALTHY, version 1, not monitored yet. */
export function openTrade(
  spec: TradeSpec,
  instrument: string,
  at: number,
  origin: TradeOrigin = 'REGISTERED',
  parentTicket: bigint | null = null,
): Trade {
  const openedAt = spec.openedAt ?? at;
  return {
    spec: spec.openedAt === null ? { ...spec, openedAt } : spec,
    instrument,
    openedAt,
    state: 'HEALTHY',
    stateEnteredAt: at,
    risk: riskOf(spec),
    riskEstimated: false,
    volume: spec.volume,
    stopLoss: spec.stopLoss,
    takeProfit: spec.takeProfit,
    positionTicket: spec.positionTicket,
    closedVolume: 0,
    hedge: null,
    monitoredSince: null,
    pausedAt: null,
    flatTimerEndsAt: null,
    recoveryTimerEndsAt: null,
    structureSeenAt: at,
    stopChangedAt: null,
    volumeChangedAt: null,
    actions: [],
    deadLetters: [],
    stopRejections: 0,
    origin,
    parentTicket,
    owners: [],
    missingSince: null,
    hedgeMissingSince: null,
    evaluationsBefore: 0,
    countedFrom: null,
    warnedFrom: null,
    frozen: null,
    closeReason: null,
    closedAt: null,
    closePrice: null,
    policy: null,
    unmetWishes: '',
    owed: [],
    version: 1,
  };
}

/**
 * The next version of a trade. Written out, because every event passes here and spreading an object
 * this wide costs twenty times as much.
 */
export function nextVersion(trade: Trade, change: Partial<Omit<Trade, 'version'>>): Trade {
  const {
    spec = trade.spec,
    instrument = trade.instrument,
    openedAt = trade.openedAt,
    state = trade.state,
    stateEnteredAt = trade.stateEnteredAt,
    risk = trade.risk,
    riskEstimated = trade.riskEstimated,
    volume = trade.volume,
    stopLoss = trade.stopLoss,
    takeProfit = trade.takeProfit,
    positionTicket = trade.positionTicket,
    closedVolume = trade.closedVolume,
    hedge = trade.hedge,
    monitoredSince = trade.monitoredSince,
    pausedAt = trade.pausedAt,
    flatTimerEndsAt = trade.flatTimerEndsAt,
    recoveryTimerEndsAt = trade.recoveryTimerEndsAt,
    structureSeenAt = trade.structureSeenAt,
    stopChangedAt = trade.stopChangedAt,
    volumeChangedAt = trade.volumeChangedAt,
    actions = trade.actions,
    deadLetters = trade.deadLetters,
    stopRejections = trade.stopRejections,
    origin = trade.origin,
    parentTicket = trade.parentTicket,
    owners = trade.owners,
    missingSince = trade.missingSince,
    hedgeMissingSince = trade.hedgeMissingSince,
    evaluationsBefore = trade.evaluationsBefore,
    countedFrom = trade.countedFrom,
    warnedFrom = trade.warnedFrom,
    frozen = trade.frozen,
    closeReason = trade.closeReason,
    closedAt = trade.closedAt,
    closePrice = trade.closePrice,
    policy = trade.policy,
    unmetWishes = trade.unmetWishes,
    owed = trade.owed,
  } = change;
  return {
    spec,
    instrument,
    openedAt,
    state,
    stateEnteredAt,
    risk,
    riskEstimated,
    volume,
    stopLoss,
    takeProfit,
    positionTicket,
    closedVolume,
    hedge,
    monitoredSince,
    pausedAt,
    flatTimerEndsAt,
    recoveryTimerEndsAt,
    structureSeenAt,
    stopChangedAt,
    volumeChangedAt,
    actions,
    deadLetters,
    stopRejections,
    origin,
    parentTicket,
    owners,
    missingSince,
    hedgeMissingSince,
    evaluationsBefore,
    countedFrom,
    warnedFrom,
    frozen,
    closeReason,
    closedAt,
    closePrice,
    policy,
    unmetWishes,
    owed,
    version: trade.version + 1,
  };
}

/**
 * Proto names of the fields that say a second registration is of another position than the first. What moves
 * while a position is open (volume, stop, target) is not compared, nor is a price within one tick. Where an account
 * nets, the entry moves too: it is the average of what was added.
 */
export function differingFields(
  registered: TradeSpec,
  asked: TradeSpec,
  tick: number,
  { marginMode }: { readonly marginMode: 'hedging' | 'netting' },
): string[] {
  const apart = Math.abs(registered.entryPrice - asked.entryPrice);
  // The difference of two doubles is off by a little.
  const samePrice = marginMode === 'netting' || apart <= tick * (1 + 1e-6) + 1e-12 * asked.entryPrice;
  return [
    ...(registered.symbol === asked.symbol ? [] : ['symbol']),
    ...(registered.direction === asked.direction ? [] : ['direction']),
    ...(samePrice ? [] : ['entry_price']),
  ];
}

/** Whether a trade is known from the broker alone, so that its program may still register it. */
export function isAdoptable({ origin, state }: Trade): boolean {
  return origin === 'EXTERNAL' && state !== 'CLOSED';
}

/** A trade known from the broker, as its program registers it. */
export function adopted(known: Trade, spec: TradeSpec): Trade {
  const openedAt = spec.openedAt ?? known.openedAt;
  // Its program may know an entry from before volume was added; the broker has shown the present one.
  const own = { ...spec, openedAt, entryPrice: known.spec.entryPrice };
  // What was counted of one feed says nothing of another.
  const anew =
    spec.feed === known.spec.feed ? {} : { monitoredSince: null, countedFrom: null, warnedFrom: null };
  return nextVersion(known, {
    ...anew,
    spec: own,
    openedAt,
    origin: 'REGISTERED',
    risk: riskOf(own) ?? known.risk,
    riskEstimated: riskOf(own) === null && known.riskEstimated,
  });
}

/** When the timer that matters in the trade's state ends; Infinity when none runs. */
export function timerEndsAt(trade: TradeSketch): number {
  switch (trade.state) {
    case 'WARNING_L1':
    case 'HEDGED':
      return trade.flatTimerEndsAt ?? Number.POSITIVE_INFINITY;
    case 'RECOVERING':
      return trade.recoveryTimerEndsAt ?? Number.POSITIVE_INFINITY;
    default:
      return Number.POSITIVE_INFINITY;
  }
}

/** True while evaluations concern the trade: monitored, not paused, not closed. */
export function isEvaluated(trade: TradeSketch): boolean {
  return trade.monitoredSince !== null && trade.pausedAt === null && trade.state !== 'CLOSED';
}

/**
 * True when nothing of it is left to do: it is closed, none of its actions is open, and no close that the
 * broker refused waits for a person.
 */
export function isSettled({ state, actions, deadLetters }: TradeSketch): boolean {
  return (
    state === 'CLOSED' && actions.length === 0 && !deadLetters.some(({ type }) => dealsOf(type) === 'close')
  );
}

/** The result per lot in R when the trade would exit at `price`; null without R. */
export function resultR(trade: Trade, price: number): number | null {
  if (trade.risk === null) return null;
  // Zero has no sign: that of a SELL at its entry would be one.
  return (favourable(trade.spec.direction) * (price - trade.spec.entryPrice)) / trade.risk + 0;
}

/** The trade's exit price in this market; null without data. */
export function exitPriceOf(trade: Trade, facts: MarketFacts | null): number | null {
  return facts === null ? null : facts.exitPrice(trade.spec.direction);
}
