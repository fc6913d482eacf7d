// A trade's identity and arithmetic: how one begins, which side is favourable, what R is, and how a
// new version of it is made.
import type { Direction, MarketFacts, Trade, TradeOrigin, TradeSpec } from './types.js';

/** +1 when a rising price favours the direction, -1 when a falling one does. */
export function favourable(direction: Direction): 1 | -1 {
  return direction === 'BUY' ? 1 : -1;
}

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
    version: trade.version + 1,
  };
}

/** Fields of a registration by their proto names, in the order of TradeSpec. */
const SPEC_FIELDS: readonly (readonly [string, (spec: TradeSpec) => unknown])[] = [
  ['symbol', (spec) => spec.symbol],
  ['direction', (spec) => spec.direction],
  ['entry_price', (spec) => spec.entryPrice],
  ['volume', (spec) => spec.volume],
  ['stop_loss', (spec) => spec.stopLoss],
  ['take_profit', (spec) => spec.takeProfit],
  ['opened_at', (spec) => spec.openedAt],
  ['feed', (spec) => spec.feed],
  ['position_ticket', (spec) => spec.positionTicket],
  ['magic_number', (spec) => spec.magicNumber],
  ['label', (spec) => spec.label],
  ['initial_stop_loss', (spec) => spec.initialStopLoss],
];

/**
 * Proto names of the fields in which a second registration differs from the first. An absent
 * opened_at means "now" and so agrees with any.
 */
export function differingFields(registered: TradeSpec, asked: TradeSpec): string[] {
  return SPEC_FIELDS.filter(
    ([name, read]) => read(registered) !== read(asked) && !(name === 'opened_at' && asked.openedAt === null),
  ).map(([name]) => name);
}

/**
 * A trade known from the broker, as its program registers it; null when it is not that, or when they do not
 * agree on what it is.
 */
export function adopted(known: Trade, spec: TradeSpec): Trade | null {
  const { symbol, direction } = known.spec;
  if (known.origin !== 'EXTERNAL' || known.state === 'CLOSED') return null;
  if (symbol !== spec.symbol || direction !== spec.direction || known.spec.feed !== spec.feed) return null;
  const openedAt = spec.openedAt ?? known.openedAt;
  return nextVersion(known, {
    spec: { ...spec, openedAt },
    openedAt,
    origin: 'REGISTERED',
    risk: riskOf(spec) ?? known.risk,
    riskEstimated: riskOf(spec) === null && known.riskEstimated,
  });
}

/** When the timer that matters in the trade's state ends; Infinity when none runs. */
export function timerEndsAt(trade: Trade): number {
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
export function isEvaluated(trade: Trade): boolean {
  return trade.monitoredSince !== null && trade.pausedAt === null && trade.state !== 'CLOSED';
}

/**
 * True when nothing of it is left to do: it is closed, none of its actions is open, and no close that the
 * broker refused waits for a person.
 */
export function isSettled({ state, actions, deadLetters }: Trade): boolean {
  return (
    state === 'CLOSED' &&
    actions.length === 0 &&
    !deadLetters.some(({ type }) => type === 'CLOSE_ALL' || type === 'CLOSE_HEDGE')
  );
}

/** The result per lot in R when the trade would exit at `price`; null without R. */
export function resultR(trade: Trade, price: number): number | null {
  if (trade.risk === null) return null;
  return (favourable(trade.spec.direction) * (price - trade.spec.entryPrice)) / trade.risk;
}

/** The trade's exit price in this market; null without data. */
export function exitPriceOf(trade: Trade, facts: MarketFacts | null): number | null {
  return facts === null ? null : facts.exitPrice(trade.spec.direction);
}
