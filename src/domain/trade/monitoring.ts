// Owns when a trade's monitoring begins, and what of its symbol's market concerns it: evaluation, number of
// evaluations, warnings. Those belong to the view; the trade keeps only from when on they count.
import type { MarketHours } from '../market/market-hours.js';
import type { Rules } from '../rules.js';
import type { Evaluation, Signal } from '../signals/signal.js';
import type { MarketFacts } from '../views/market-facts.js';
import type { TradeEvent } from './event.js';
import type { MonitoringTrigger } from './state.js';
import type { FrozenEvaluation, Trade } from './trade.js';
import { exitPriceOf, nextVersion, resultR } from './version.js';

/** Whether a trade is watched right now, and if not, why; the names of the proto enum. */
export type Monitoring = 'WAITING_FOR_DATA' | 'STANDBY' | 'ACTIVE' | 'STALE_DATA' | 'PAUSED' | 'ENDED';

const NO_EVENTS: readonly TradeEvent[] = [];

/**
 * Estimates R of a trade that has none and starts its monitoring, each where it is due: at +0.2 R, at
 * -0.5 R, or at 15 minutes of age. Data from before the trade was opened says nothing about it.
 */
export function begin(trade: Trade, facts: MarketFacts, at: number, rules: Rules): readonly TradeEvent[] {
  if (trade.pausedAt !== null || at < trade.openedAt) return NO_EVENTS;
  const estimated = estimateRisk(trade, facts, at, rules);
  const started = startMonitoring(estimated?.trade ?? trade, facts, at, rules);
  if (estimated === null) return started === null ? NO_EVENTS : [started];
  return started === null ? [estimated] : [estimated, started];
}

/** R = 1.5 x ATR(14) of coarse bars for a trade that had no stop, once that is known. */
function estimateRisk(trade: Trade, facts: MarketFacts, at: number, rules: Rules): TradeEvent | null {
  if (trade.risk !== null || facts.atrCoarse === null || facts.atrCoarse <= 0) return null;
  const risk = rules.actions.estimatedRiskAtr * facts.atrCoarse;
  const after = nextVersion(trade, { risk, riskEstimated: true });
  return { trade: after, at, change: { kind: 'riskEstimated', risk } };
}

function startMonitoring(trade: Trade, facts: MarketFacts, at: number, rules: Rules): TradeEvent | null {
  if (trade.monitoredSince !== null) return null;
  const price = exitPriceOf(trade, facts);
  if (price === null) return null;
  const trigger = monitoringTrigger(trade, price, at, rules);
  if (trigger === null) return null;
  const after = nextVersion(trade, {
    monitoredSince: at,
    structureSeenAt: at,
    countedFrom: facts.evaluationCount,
    warnedFrom: at,
  });
  return { trade: after, at, change: { kind: 'monitoringStarted', trigger, price } };
}

function monitoringTrigger(trade: Trade, price: number, at: number, rules: Rules): MonitoringTrigger | null {
  const { monitorGainR, monitorLossR, monitorAgeMs } = rules.schedule;
  const result = resultR(trade, price);
  if (result !== null && result >= monitorGainR) return 'PROFIT';
  if (result !== null && result <= -monitorLossR) return 'LOSS';
  return at - trade.openedAt >= monitorAgeMs ? 'AGE' : null;
}

/** What the trade keeps of its market when its evaluation ends: on pause and on close. */
export function freeze(
  trade: Trade,
  facts: MarketFacts | null,
): Pick<Trade, 'frozen' | 'evaluationsBefore' | 'countedFrom' | 'warnedFrom'> {
  return {
    frozen: { evaluation: evaluationOf(trade, facts), warnings: warningsOf(trade, facts) },
    evaluationsBefore: evaluationsOf(trade, facts),
    countedFrom: null,
    warnedFrom: null,
  };
}

/** The latest evaluation that concerned the trade; as it stood then for a paused or closed one. */
export function evaluationOf(trade: Trade, facts: MarketFacts | null): Evaluation | null {
  return concerns(trade, facts) ? facts.latest(trade.spec.direction) : (trade.frozen?.evaluation ?? null);
}

/** How many recorded evaluations have concerned the trade. */
export function evaluationsOf(trade: Trade, facts: MarketFacts | null): number {
  const counted =
    trade.countedFrom === null || facts === null ? 0 : facts.evaluationCount - trade.countedFrom;
  return trade.evaluationsBefore + counted;
}

/** How often each signal was against the trade within the decay time; signals without one are left out. */
export function warningsOf(trade: Trade, facts: MarketFacts | null): FrozenEvaluation['warnings'] {
  if (concerns(trade, facts) && trade.warnedFrom !== null) {
    return facts.warnings(trade.spec.direction, trade.warnedFrom) satisfies Partial<Record<Signal, number>>;
  }
  return trade.frozen?.warnings ?? {};
}

/** True when an evaluation was recorded since the trade counts them. */
function concerns(trade: Trade, facts: MarketFacts | null): facts is MarketFacts {
  return facts !== null && trade.countedFrom !== null && facts.evaluationCount > trade.countedFrom;
}

/** `now` is the feed's time, UTC ms: it tells whether the newest data is too old to act on, by these hours or the market's. */
export function monitoringOf(
  trade: Trade,
  facts: MarketFacts | null,
  now: number,
  hours: MarketHours | null = null,
): Monitoring {
  if (trade.state === 'CLOSED') return 'ENDED';
  if (trade.pausedAt !== null) return 'PAUSED';
  if (facts === null || facts.asOf === null) return 'WAITING_FOR_DATA';
  if (facts.isStale(now, hours)) return 'STALE_DATA';
  return trade.monitoredSince === null ? 'STANDBY' : 'ACTIVE';
}

/** The price the trade would exit at now, or the one it closed at; null when not known. */
export function currentPriceOf(trade: Trade, facts: MarketFacts | null): number | null {
  return trade.state === 'CLOSED' ? trade.closePrice : exitPriceOf(trade, facts);
}

/** The result per lot in R at that price; null without a price or R. */
export function openResultR(trade: Trade, facts: MarketFacts | null): number | null {
  const price = currentPriceOf(trade, facts);
  return price === null ? null : resultR(trade, price);
}
