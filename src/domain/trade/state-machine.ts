// Owns the six states and the table of their transitions, as data. What is not in the table cannot happen.

import { type Direction, favourable } from '../market/direction.js';
import type { Rules } from '../rules.js';
import type { Evaluation } from '../signals/signal.js';
import type { MarketFacts } from '../views/market-facts.js';
import type { ActionType } from './action-specs.js';
import type { State, TransitionCause } from './state.js';
import type { Trade } from './trade.js';
import { timerEndsAt } from './version.js';

/** One direction of a market at one moment, with what the rows ask of it. */
export interface DirectionContext {
  readonly facts: MarketFacts;
  readonly evaluation: Evaluation | null;
  /** null when no signal is available: no row that asks for a score applies then. */
  readonly score: number | null;
  readonly vwapVolumeFlipAgainst: boolean;
  /** When structure last broke with the direction, if that is the latest event; else -Infinity. */
  readonly brokeWithAt: number;
  /** The same, also when that break turned the trend (a CHOCH with the direction). */
  readonly resumedAt: number;
  /** When character last changed against the direction, if that is the latest event; else -Infinity. */
  readonly turnedAgainstAt: number;
  readonly moment: MarketMoment;
}

/** A moment of a market. UTC ms. */
export interface MarketMoment {
  /** Market time: decisions are as of then. */
  readonly at: number;
  /** What timers run on: the database's clock on a live feed, market time on a recorded one. */
  readonly clock: number;
}

export function directionContextOf(
  facts: MarketFacts,
  direction: Direction,
  evaluation: Evaluation | null,
  moment: MarketMoment,
): DirectionContext {
  const event = facts.structureEvent;
  const withUs = event !== null && (event.direction === 'UP' ? 1 : -1) === favourable(direction);
  return {
    facts,
    evaluation,
    score: evaluation?.score ?? null,
    vwapVolumeFlipAgainst: evaluation?.vwapVolumeFlipAgainst ?? false,
    brokeWithAt: event !== null && event.kind === 'BOS' && withUs ? event.at : Number.NEGATIVE_INFINITY,
    resumedAt: event !== null && withUs ? event.at : Number.NEGATIVE_INFINITY,
    turnedAgainstAt:
      event !== null && event.kind === 'CHOCH' && !withUs ? event.at : Number.NEGATIVE_INFINITY,
    moment,
  };
}

/**
 * What a row asks for. Apart by what it depends on: a market condition is the same for every trade of
 * a direction, so a check settles it once for all of them.
 */
export type Condition =
  | {
      readonly on: 'market';
      readonly cause: TransitionCause;
      readonly holds: (context: DirectionContext, rules: Rules) => boolean;
    }
  /** An event at or before the trade's structureSeenAt is old news. */
  | {
      readonly on: 'structure';
      readonly cause: TransitionCause;
      readonly at: (context: DirectionContext) => number;
    }
  /** The timer that matters in the state has ended. */
  | {
      readonly on: 'timer';
      readonly cause: TransitionCause;
      readonly holds: (context: DirectionContext) => boolean;
    };

export interface Row {
  readonly from: State;
  readonly to: State;
  /** Any of these; none: only a report or a command takes this row, never an evaluation. */
  readonly when: readonly Condition[];
  readonly plan: readonly ActionType[];
  readonly flatTimer: 'start' | 'stop' | 'keep';
  readonly recoveryTimer: 'start' | 'stop' | 'keep';
}

const atMost = (threshold: (rules: Rules) => number): Condition => ({
  on: 'market',
  cause: 'SCORE',
  holds: ({ score }, rules) => score !== null && score <= threshold(rules),
});

const atLeast = (threshold: (rules: Rules) => number): Condition => ({
  on: 'market',
  cause: 'SCORE',
  holds: ({ score }, rules) => score !== null && score >= threshold(rules),
});

const FLIPPED_AGAINST: Condition = {
  on: 'market',
  cause: 'VWAP_VOLUME_FLIP',
  holds: ({ vwapVolumeFlipAgainst }) => vwapVolumeFlipAgainst,
};

const BROKE_WITH: Condition = {
  on: 'structure',
  cause: 'BREAK_OF_STRUCTURE',
  at: ({ brokeWithAt }) => brokeWithAt,
};

// A trade is hedged after its trend has turned, so the first break with it again is by name a CHOCH:
// a BOS after that one does not come before the timer ends.
const RESUMED_WITH: Condition = {
  on: 'structure',
  cause: 'BREAK_OF_STRUCTURE',
  at: ({ resumedAt }) => resumedAt,
};

const TURNED_AGAINST: Condition = {
  on: 'structure',
  cause: 'CHANGE_OF_CHARACTER',
  at: ({ turnedAgainstAt }) => turnedAgainstAt,
};

const FLAT_TIMER_ENDED: Condition = { on: 'timer', cause: 'FLAT_TIMER', holds: () => true };

const FLAT_TIMER_ENDED_BELOW_ZERO: Condition = {
  on: 'timer',
  cause: 'FLAT_TIMER',
  holds: ({ score }) => score !== null && score < 0,
};

// The row above it in the table takes a score at or above the threshold, so what comes here is below
// it, or has no score at all and so has not recovered either.
const RECOVERY_TIMER_ENDED: Condition = { on: 'timer', cause: 'RECOVERY_TIMER', holds: () => true };

const KEEP = { flatTimer: 'keep', recoveryTimer: 'keep' } as const;
const STOP = { flatTimer: 'stop', recoveryTimer: 'stop' } as const;
const FLAT = { flatTimer: 'start', recoveryTimer: 'stop' } as const;

/** Within a state the first row whose condition holds is taken; one row an evaluation. */
export const STATE_TABLE: readonly Row[] = [
  {
    from: 'HEALTHY',
    to: 'WARNING_L1',
    when: [atMost((rules) => rules.states.l1Score)],
    plan: ['TIGHTEN_SL'],
    ...FLAT,
  },
  { from: 'HEALTHY', to: 'HEALTHY', when: [BROKE_WITH], plan: ['TRAIL_SL'], ...KEEP },
  {
    from: 'WARNING_L1',
    to: 'HEALTHY',
    when: [atLeast((rules) => rules.states.l1ClearScore)],
    plan: [],
    ...STOP,
  },
  {
    from: 'WARNING_L1',
    to: 'WARNING_L2',
    when: [atMost((rules) => rules.states.l2Score), FLAT_TIMER_ENDED_BELOW_ZERO],
    plan: ['PARTIAL_CLOSE', 'MOVE_SL_BREAKEVEN'],
    ...KEEP,
  },
  {
    from: 'WARNING_L2',
    to: 'WARNING_L1',
    when: [atLeast((rules) => rules.states.l2ClearScore)],
    plan: [],
    ...FLAT,
  },
  {
    from: 'WARNING_L2',
    to: 'HEDGED',
    when: [atMost((rules) => rules.states.hedgeScore), FLIPPED_AGAINST],
    plan: ['OPEN_HEDGE'],
    ...FLAT,
  },
  {
    from: 'HEDGED',
    to: 'RECOVERING',
    when: [RESUMED_WITH],
    plan: ['CLOSE_HEDGE'],
    flatTimer: 'stop',
    recoveryTimer: 'start',
  },
  {
    from: 'HEDGED',
    to: 'CLOSED',
    when: [FLAT_TIMER_ENDED, TURNED_AGAINST],
    plan: ['CLOSE_ALL'],
    ...STOP,
  },
  { from: 'HEDGED', to: 'WARNING_L2', when: [], plan: [], ...FLAT },
  {
    from: 'RECOVERING',
    to: 'HEALTHY',
    when: [atLeast((rules) => rules.states.recoverScore)],
    plan: ['RE_ADD'],
    ...STOP,
  },
  {
    from: 'RECOVERING',
    to: 'CLOSED',
    when: [RECOVERY_TIMER_ENDED, TURNED_AGAINST],
    plan: ['CLOSE_ALL'],
    ...STOP,
  },
  // The broker says the position is gone, or a client lets go of the trade.
  ...(['HEALTHY', 'WARNING_L1', 'WARNING_L2', 'HEDGED', 'RECOVERING'] as const).map(
    (from): Row => ({ from, to: 'CLOSED', when: [], plan: ['CLOSE_HEDGE'], ...STOP }),
  ),
];

const DECIDED: Readonly<Record<State, readonly Row[]>> = rowsByState((row) => row.when.length > 0);
const TOLD: Readonly<Record<State, readonly Row[]>> = rowsByState((row) => row.when.length === 0);

function rowsByState(admits: (row: Row) => boolean): Record<State, Row[]> {
  const rows: Record<State, Row[]> = {
    HEALTHY: [],
    WARNING_L1: [],
    WARNING_L2: [],
    HEDGED: [],
    RECOVERING: [],
    CLOSED: [],
  };
  for (const row of STATE_TABLE) if (admits(row)) rows[row.from].push(row);
  return rows;
}

/** What the ways into a state that data decide are for. */
export function plansInto(state: State): readonly ActionType[] {
  return STATE_TABLE.flatMap(({ to, when, plan }) => (to === state && when.length > 0 ? plan : []));
}

/** How bad a state is for its trade; the worst is the highest. */
export const SEVERITY: Readonly<Record<State, number>> = {
  HEALTHY: 0,
  WARNING_L1: 1,
  WARNING_L2: 2,
  RECOVERING: 2,
  HEDGED: 3,
  CLOSED: 4,
};

/** True when the row leads to a state that is worse for the trade. */
export function worsens(row: Row): boolean {
  return SEVERITY[row.to] > SEVERITY[row.from];
}

/** Which of the row's conditions holds first; null when none does. */
export function causeOf(
  row: Row,
  trade: Trade,
  context: DirectionContext,
  rules: Rules,
): TransitionCause | null {
  for (const condition of row.when) {
    if (holds(condition, trade, context, rules)) return condition.cause;
  }
  return null;
}

function holds(condition: Condition, trade: Trade, context: DirectionContext, rules: Rules): boolean {
  switch (condition.on) {
    case 'market':
      return condition.holds(context, rules);
    case 'structure':
      return condition.at(context) > trade.structureSeenAt;
    case 'timer':
      return timerEndsAt(trade) <= context.moment.clock && condition.holds(context);
  }
}

/** The row an evaluation takes; null when the trade stays as it is. */
export function rowFor(
  trade: Trade,
  context: DirectionContext,
  rules: Rules,
  limit: 'all' | 'worsening',
): Row | null {
  for (const row of DECIDED[trade.state]) {
    if (limit === 'worsening' && !worsens(row)) continue;
    if (causeOf(row, trade, context, rules) !== null) return row;
  }
  return null;
}

/**
 * What a market context means for all trades of a state at once: whether a market condition holds, and
 * since when a structure event would act. A trade for which neither holds and whose timer runs stays as
 * it is, so a check need not look at it.
 */
export interface StateGate {
  readonly open: boolean;
  /** Trades that have not seen structure up to this time may act; -Infinity when none may. */
  readonly structureAt: number;
}

export function gateOf(state: State, context: DirectionContext, rules: Rules): StateGate {
  let open = false;
  let structureAt = Number.NEGATIVE_INFINITY;
  for (const { when } of DECIDED[state]) {
    for (const condition of when) {
      if (condition.on === 'market') open ||= condition.holds(context, rules);
      if (condition.on === 'structure') structureAt = Math.max(structureAt, condition.at(context));
    }
  }
  return { open, structureAt };
}

/** The row a report or a command takes. Throws when the table has none. */
export function rowTold(from: State, to: State): Row {
  const row = TOLD[from].find((candidate) => candidate.to === to);
  if (row === undefined) throw new Error(`illegal transition ${from} > ${to}`);
  return row;
}

/** Throws unless the table holds a row from the one state to the other. */
export function assertLegal(from: State, to: State): void {
  if (!STATE_TABLE.some((row) => row.from === from && row.to === to)) {
    throw new Error(`illegal transition ${from} > ${to}`);
  }
}
