// Taking a row of the state table: one evaluation of one trade, at most one transition.
import { freeze } from './monitoring.js';
import { planActions, type Surroundings } from './planning.js';
import type { Rules } from './rules.js';
import { assertLegal, causeOf, type Row, rowFor, type Situation } from './state-machine.js';
import { exitPriceOf, nextVersion } from './trade.js';
import type { Evaluation, MarketFacts, Trade, TradeEvent, TransitionCause } from './types.js';

/**
 * Evaluates a monitored trade. Returns the transition with the trade after it, or null when the trade
 * stays as it is. With the limit 'worsening' only rows that
 * lead to a worse state are taken: that is a triggered check within the cooldown.
 */
export function step(
  trade: Trade,
  situation: Situation,
  limit: 'all' | 'worsening',
  rules: Rules,
  surroundings: Surroundings,
): TradeEvent | null {
  const row = rowFor(trade, situation, rules, limit);
  const cause = row === null ? null : causeOf(row, trade, situation, rules);
  if (row === null || cause === null) return null;
  const { facts, evaluation, at } = situation;
  const event = takeRow(trade, row, { cause, evaluation, facts, at }, rules, surroundings);
  return row.to === 'CLOSED' ? ended(event, { closeReason: 'DEFENSIVE', closePrice: null }) : event;
}

/** Why and with what knowledge a row is taken; `facts` is null before any data. */
export interface Occasion {
  readonly cause: TransitionCause;
  readonly evaluation: Evaluation | null;
  readonly facts: MarketFacts | null;
  /** Market time, UTC ms. */
  readonly at: number;
}

/** The transition a row of the table makes: the new state, its timers and its planned actions. */
export function takeRow(
  trade: Trade,
  row: Row,
  occasion: Occasion,
  rules: Rules,
  surroundings: Surroundings,
): TradeEvent {
  assertLegal(trade.state, row.to);
  const { cause, evaluation, facts, at } = occasion;
  const plan = planActions(row.plan, trade, row.to, facts, at, rules, surroundings);
  const change = {
    state: row.to,
    stateEnteredAt: row.to === row.from ? trade.stateEnteredAt : at,
    structureSeenAt: at,
    flatTimerEndsAt: timer(row.flatTimer, trade.flatTimerEndsAt, at, rules.states.flatTimerMs),
    recoveryTimerEndsAt: timer(
      row.recoveryTimer,
      trade.recoveryTimerEndsAt,
      at,
      rules.states.recoveryTimerMs,
    ),
    actions: plan.actions,
    stopChangedAt: plan.stopChangedAt,
  };
  const freezes = row.to === 'CLOSED' && trade.pausedAt === null;
  const after = nextVersion(trade, freezes ? { ...freeze(trade, facts), ...change } : change);
  const { planned, suppressed, withdrawn } = plan;
  const price = exitPriceOf(trade, facts);
  return {
    trade: after,
    at,
    // Written out, as a trade's next version is: every transition passes here.
    change: {
      kind: 'stateChanged',
      from: trade.state,
      to: row.to,
      cause,
      evaluation,
      price,
      planned,
      suppressed,
      withdrawn,
    },
  };
}

/** The same transition with how the trade ended. */
export function ended(event: TradeEvent, ending: Pick<Trade, 'closeReason' | 'closePrice'>): TradeEvent {
  return { ...event, trade: { ...event.trade, ...ending, closedAt: event.at } };
}

/** A kept timer that has ended is over: nothing reads it any more. */
function timer(
  effect: 'start' | 'stop' | 'keep',
  endsAt: number | null,
  at: number,
  length: number,
): number | null {
  switch (effect) {
    case 'start':
      return at + length;
    case 'stop':
      return null;
    case 'keep':
      return endsAt !== null && endsAt > at ? endsAt : null;
  }
}
