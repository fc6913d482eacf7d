// Owns taking a row of the state table: one evaluation of one trade, at most one transition.

import type { ReferenceFacts } from '../actions/context.js';
import { areBarsOld, isOld } from '../actions/old-data.js';
import { planActions, planOfPast } from '../actions/planning.js';
import type { Rules } from '../rules.js';
import type { Evaluation } from '../signals/signal.js';
import type { Action } from '../trade/action.js';
import type { TradeEvent } from '../trade/event.js';
import { freeze } from '../trade/monitoring.js';
import type { State, TransitionCause } from '../trade/state.js';
import {
  assertLegal,
  causeOf,
  type DirectionContext,
  type MarketMoment,
  plansInto,
  type Row,
  rowFor,
  worsens,
} from '../trade/state-machine.js';
import type { Trade } from '../trade/trade.js';
import { exitPriceOf, nextVersion } from '../trade/version.js';
import { knownUntil, type MarketFacts } from '../views/market-facts.js';

const NOTHING_OWED: Trade['owed'] = [];
const WARNINGS: ReadonlySet<State> = new Set(['WARNING_L1', 'WARNING_L2']);
const TIMERS: ReadonlySet<TransitionCause> = new Set(['FLAT_TIMER', 'RECOVERY_TIMER']);

/**
 * Evaluates a monitored trade. Returns the transition with the trade after it, or null when the trade
 * stays as it is. With the limit 'worsening' only rows that
 * lead to a worse state are taken: that is a triggered check within the cooldown.
 */
export function step(
  trade: Trade,
  context: DirectionContext,
  limit: 'all' | 'worsening',
  rules: Rules,
  reference: ReferenceFacts,
): TradeEvent | null {
  const row = rowFor(trade, context, rules, limit);
  const cause = row === null ? null : causeOf(row, trade, context, rules);
  if (row === null || cause === null) return null;
  // A trade whose position would not be closed must not be over: it goes on where it is.
  if (row.to === 'CLOSED' && isClosingOff(trade, rules, reference)) return null;
  const { facts, evaluation, moment } = context;
  // The end of a timer needs a price alone.
  const isPast = (TIMERS.has(cause) ? isOld : areBarsOld)(trade, facts, moment.clock, reference);
  // Warnings follow history; no other state is entered without what its row is for: fresh data decide it.
  if (isPast && row.plan.length > 0 && !WARNINGS.has(row.to)) return null;
  const event = takeRow(trade, row, { cause, evaluation, facts, moment, isPast }, rules, reference);
  return row.to === 'CLOSED' ? ended(event, { closeReason: 'DEFENSIVE', closePrice: null }) : event;
}

/** What the step of a monitored trade would plan at most; nothing when it stays as it is. Much cheaper than the step. */
export function plansOfStep(
  trade: Trade,
  context: DirectionContext,
  limit: 'all' | 'worsening',
  rules: Rules,
): Row['plan'] {
  return rowFor(trade, context, rules, limit)?.plan ?? [];
}

function isClosingOff(
  { spec: { account, symbol } }: Trade,
  { policy }: Rules,
  reference: ReferenceFacts,
): boolean {
  if (reference.account(account).mode === 'observe' || policy?.mode === 'observe') return true;
  if (policy?.plan.leftOut.includes('CLOSE_ALL')) return true;
  return reference.switchedOff('action.CLOSE_ALL', account, symbol) !== null;
}

/** Why and with what knowledge a row is taken; `facts` is null before any data. */
export interface Occasion {
  readonly cause: TransitionCause;
  readonly evaluation: Evaluation | null;
  readonly facts: MarketFacts | null;
  readonly moment: MarketMoment;
  /** Whether the data are too old to plan anything by. */
  readonly isPast?: boolean;
}

/** The transition a row of the table makes: the new state, its timers and its planned actions. */
export function takeRow(
  trade: Trade,
  row: Row,
  occasion: Occasion,
  rules: Rules,
  reference: ReferenceFacts,
): TradeEvent {
  assertLegal(trade.state, row.to);
  const { cause, evaluation, facts, isPast = false } = occasion;
  const { at, clock } = occasion.moment;
  const plan = isPast
    ? planOfPast(row.plan, trade)
    : planActions(row.plan, trade, row.to, facts, at, rules, reference);
  const change = {
    state: row.to,
    stateEnteredAt: row.to === row.from ? trade.stateEnteredAt : at,
    structureSeenAt: knownUntil(facts, at),
    flatTimerEndsAt: timer(row.flatTimer, trade.flatTimerEndsAt, clock, rules.states.flatTimerMs),
    recoveryTimerEndsAt: timer(
      row.recoveryTimer,
      trade.recoveryTimerEndsAt,
      clock,
      rules.states.recoveryTimerMs,
    ),
    actions: plan.actions,
    deadLetters: lettersAfter(trade, plan.planned),
    stopChangedAt: plan.stopChangedAt,
    owed: owedAfter(trade, row, isPast),
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

/** What is planned again is no dead letter any more. */
export function lettersAfter({ deadLetters }: Trade, planned: readonly Action[]): Trade['deadLetters'] {
  const isAgain = (letter: Action): boolean => planned.some(({ type }) => type === letter.type);
  return deadLetters.some(isAgain) ? deadLetters.filter((letter) => !isAgain(letter)) : deadLetters;
}

/** What is owed after a row: what fresh data plan takes the place of all that was left out before. */
function owedAfter({ owed }: Trade, row: Row, isPast: boolean): Trade['owed'] {
  if (!WARNINGS.has(row.to) || (!isPast && row.plan.length > 0)) return NOTHING_OWED;
  const kept = worsens(row) ? owed : owed.filter((type) => plansInto(row.to).includes(type));
  return isPast ? [...new Set([...kept, ...row.plan])] : kept;
}

/** The same transition with how the trade ended. */
export function ended(event: TradeEvent, ending: Pick<Trade, 'closeReason' | 'closePrice'>): TradeEvent {
  return { ...event, trade: { ...event.trade, ...ending, closedAt: event.at } };
}

/** A kept timer that has ended is over: nothing reads it any more. */
function timer(
  effect: 'start' | 'stop' | 'keep',
  endsAt: number | null,
  clock: number,
  length: number,
): number | null {
  switch (effect) {
    case 'start':
      return clock + length;
    case 'stop':
      return null;
    case 'keep':
      return endsAt !== null && endsAt > clock ? endsAt : null;
  }
}
