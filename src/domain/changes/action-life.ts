// Owns an action's life after its plan: a bridge leases it, begins it (lease.ts), reports it; a lease ends;
// a reconciliation or a person settles what is in doubt. Each step is an event of the trade, so what was
// answered to a bridge is what the log says.

import type { Effects } from '../actions/broker-update.js';
import { NO_EFFECTS } from '../actions/broker-update.js';
import type { Moment, TradeContext } from '../actions/context.js';
import type { FollowUp } from '../actions/effects.js';
import { executed } from '../actions/effects.js';
import { isSpellingUnknown } from '../actions/leased-work.js';
import { planRest } from '../actions/planning.js';
import { RETURN_CODES } from '../actions/result-codes.js';
import { favourable } from '../market/direction.js';
import {
  type Action,
  type ActionResult,
  type ActionStatus,
  expired,
  type HoldReason,
  isOpenStatus,
  isUntouched,
} from '../trade/action.js';
import { dealsOf, movesStop, orderKindOf } from '../trade/action-specs.js';
import type { TradeEvent } from '../trade/event.js';
import type { Trade } from '../trade/trade.js';
import { nextVersion } from '../trade/version.js';
import { closedWait } from './closed-market.js';
import { closeTrade, hedgeLost, plannedOutside, planOutside, withoutHedge } from './commands.js';

/** The name under which DTMS itself moves an action on. */
export const DTMS = 'dtms';
/** Dead letters kept per trade. */
const MAXIMUM_DEAD_LETTERS = 4;

const DEAD: ReadonlySet<ActionStatus> = new Set(['REJECTED', 'DEAD']);

/** The event that moves an action on. It must be one of the trade's open ones or dead letters. */
export function stepped(
  trade: Trade,
  from: Action,
  to: Action,
  by: string,
  at: number,
  effects: Effects = NO_EFFECTS,
): TradeEvent {
  const { after, changedFields, withdrawn } = effects;
  const listed = after.actions ?? trade.actions;
  const known = listed.some(({ actionId }) => actionId === to.actionId);
  const others = listed.filter(({ actionId }) => actionId !== to.actionId);
  const actions = !isOpenStatus(to.status)
    ? others
    : known
      ? listed.map((action) => (action.actionId === to.actionId ? to : action))
      : [...listed, to];
  const letters = trade.deadLetters.filter(({ actionId }) => actionId !== to.actionId);
  const deadLetters = DEAD.has(to.status) ? [...letters, to].slice(-MAXIMUM_DEAD_LETTERS) : letters;
  return {
    trade: nextVersion(trade, { ...after, actions, deadLetters }),
    at,
    change: {
      kind: 'actionChanged',
      action: to,
      from: from.status,
      changedFields,
      evidence: false,
      by,
      withdrawn,
    },
  };
}

/** The open action with this id; undefined when it is settled or unknown. */
export function openAction(trade: Trade, actionId: string): Action | undefined {
  return trade.actions.find((action) => action.actionId === actionId);
}

/** Settles an action that was begun by what the broker answered, or by what is found at the broker. */
export function settle(
  trade: Trade,
  action: Action,
  result: ActionResult,
  by: string,
  moment: Moment,
  context: TradeContext,
): readonly TradeEvent[] {
  const { at, now } = moment;
  const { maximumAttempts, retryMs, doubtAlarmMs } = context.rules.actions;
  const answered: Action = { ...action, result, settleBy: null };
  const meaning = meaningOf(action, result);
  const isRefused = meaning === 'REJECTED' && result.code === RETURN_CODES.INVALID;
  switch (isRefused && isSpellingUnknown(trade, action, context) ? 'RETRYABLE' : meaning) {
    case 'DONE':
    case 'NO_CHANGE':
      return done(trade, action, { ...answered, status: 'DONE' }, by, at, context);
    case 'UNKNOWN': {
      // Said again, it is no new doubt: its alarm must not be put off.
      if (action.status === 'IN_DOUBT' && action.result !== null) return [];
      const settleBy = action.status === 'IN_DOUBT' ? action.settleBy : now + doubtAlarmMs;
      return [stepped(trade, action, { ...answered, status: 'IN_DOUBT', settleBy }, by, at)];
    }
    case 'REJECTED':
      return refused(trade, action, { ...answered, status: 'REJECTED' }, by, at, context);
    case 'MARKET_CLOSED': {
      const { until, reason } = closedWait(trade, now, context);
      const waits = { ...again(trade, answered, now, until, reason), attempts: action.attempts - 1 };
      return [stepped(trade, action, waits, by, at)];
    }
    case 'RETRYABLE': {
      const often = action.attempts >= maximumAttempts;
      const reason = often ? `refused ${action.attempts} times` : 'refused for now';
      // A close is tried for as long as there is something to close: nothing else defends the trade.
      if (often && dealsOf(action.type) !== 'close') {
        return refused(trade, action, { ...answered, status: 'DEAD', reason }, by, at, context);
      }
      const wait = Math.min(retryMs[0] * 2 ** (action.attempts - 1), retryMs[1]);
      return [stepped(trade, action, again(trade, answered, now, now + wait, reason), by, at)];
    }
  }
}

/**
 * An order of a volume that was taken and filled nothing may still be filled; a hedge is open where nobody says which
 * position it is, and only its tag in a snapshot, or a person, tells.
 */
function meaningOf(action: Action, result: ActionResult): ActionResult['outcome'] {
  const { outcome, volume } = result;
  if (outcome !== 'DONE' || movesStop(action)) return outcome;
  return volume === 0 || isUnnamedHedge(action, result) ? 'UNKNOWN' : outcome;
}

/** Whether a result says that a hedge was opened and not which position it is. */
export function isUnnamedHedge({ type }: Action, { outcome, openedTicket }: ActionResult): boolean {
  return orderKindOf(type) === 'open hedge' && outcome === 'DONE' && (openedTicket ?? 0n) === 0n;
}

/** Puts an action in doubt whose report cannot be true: the next snapshot or a person settles it, and its alarm sounds at once. */
export function doubt(
  trade: Trade,
  action: Action,
  result: ActionResult,
  by: string,
  reason: string,
  { at, now }: Moment,
): readonly TradeEvent[] {
  // Said again, it is no new doubt.
  if (action.status === 'IN_DOUBT' && action.reason.endsWith(reason)) return [];
  const told: ActionResult = { ...result, outcome: 'UNKNOWN', openedTicket: null };
  return [
    stepped(trade, action, { ...action, status: 'IN_DOUBT', settleBy: now, result: told, reason }, by, at),
  ];
}

/** The broker shows that an action in doubt was not executed: it may be tried again. */
export function notExecuted(
  trade: Trade,
  action: Action,
  by: string,
  moment: Moment,
  context: TradeContext,
): readonly TradeEvent[] {
  const result: ActionResult = {
    code: action.result?.code ?? 0,
    message: 'not executed',
    outcome: 'RETRYABLE',
    price: null,
    volume: null,
    stopLoss: null,
    openedTicket: null,
    dealTicket: null,
  };
  return settle(trade, action, result, by, moment, context);
}

/** Ends an open action that nobody executes any more. */
export function expire(
  trade: Trade,
  action: Action,
  reason: string,
  at: number,
  context: TradeContext,
  by = DTMS,
): readonly TradeEvent[] {
  const event = stepped(trade, action, expired(action, reason), by, at);
  return [event, ...withoutHedge(event.trade, action, at, context)];
}

/** Puts a dead letter back to PENDING, its attempts and its waiting forgotten. Of two plans for the stop the tighter stays. */
export function replay(
  trade: Trade,
  letter: Action,
  by: string,
  reason: string,
  { at, now }: Moment,
): readonly TradeEvent[] {
  const replayed: Action = { ...again(trade, letter, now, null, reason), attempts: 0 };
  if (replayed.status !== 'PENDING') return [stepped(trade, letter, replayed, by, at)];
  const looser = rivalsOf(trade, letter);
  const effects: Effects = {
    after: { actions: trade.actions.filter((action) => !looser.includes(action)) },
    changedFields: [],
    withdrawn: looser.map((action) => expired(action, `overtaken by ${letter.actionId}`)),
  };
  return [stepped(trade, letter, replayed, by, at, effects)];
}

/** Gives a dead letter up: the trade may be over then. */
export function discard(
  trade: Trade,
  letter: Action,
  by: string,
  reason: string,
  at: number,
): readonly TradeEvent[] {
  return [stepped(trade, letter, expired(letter, reason), by, at)];
}

/**
 * Keeps what a report under a lost lease says of an execution. When the action is not settled, it must not
 * be given to anybody again before a reconciliation has looked: it becomes IN_DOUBT.
 */
export function keepEvidence(
  trade: Trade,
  action: Action,
  result: ActionResult,
  by: string,
  { at, now }: Moment,
  { rules }: TradeContext,
): readonly TradeEvent[] {
  const told = `${by} reported under a lost lease: ${result.outcome} ${result.code}`;
  const alarmed = action.status === 'IN_DOUBT' && action.settleBy === null;
  const reason = alarmed ? `${ALARM}: ${told}` : told;
  const doubted: Action = isUntouched(action)
    ? {
        ...action,
        status: 'IN_DOUBT',
        lease: null,
        hold: null,
        begunAt: now,
        settleBy: now + rules.actions.doubtAlarmMs,
        result,
        reason,
      }
    : { ...action, reason };
  const event = stepped(trade, action, doubted, by, at);
  return event.change.kind === 'actionChanged'
    ? [{ ...event, change: { ...event.change, evidence: true } }]
    : [event];
}

/** How the reason of an action in doubt begins once its alarm has sounded. */
export const ALARM = 'ALARM, not settled in time';

/** True for an action that somebody has to look at: it is dead, or in doubt for too long. */
export function isAlarming({ status, reason }: Action): boolean {
  return status === 'DEAD' || (status === 'IN_DOUBT' && reason.startsWith(ALARM));
}

/** As it was planned, to be leased again. */
export function pending(action: Action, notBefore: number | null, reason: string): Action {
  return {
    ...action,
    status: 'PENDING',
    lease: null,
    begunAt: null,
    begunBy: '',
    settleBy: null,
    hold: null,
    notBefore,
    reason,
  };
}

/** Keeps an action the broker was not touched for from the bridges until a person decides. */
export function hold(trade: Trade, action: Action, by: HoldReason, reason: string, at: number): TradeEvent {
  return stepped(trade, action, { ...action, status: 'HELD', lease: null, hold: by, reason }, DTMS, at);
}

/** Lets a held action go on because what held it is over; it may be held again. */
export function letOn(trade: Trade, action: Action, reason: string, at: number): TradeEvent {
  return stepped(trade, action, pending(action, null, reason), DTMS, at);
}

/** Lets a held action go on, on a person's word. */
export function letGo(trade: Trade, action: Action, by: string, reason: string, at: number): TradeEvent {
  return stepped(trade, action, { ...pending(action, null, reason), orderedBy: by }, by, at);
}

/** Other plans for the stop of which a bridge has done nothing yet; none when the action moves no stop. */
function rivalsOf(trade: Trade, action: Action): readonly Action[] {
  if (!movesStop(action)) return [];
  return trade.actions.filter(
    (other) => other.actionId !== action.actionId && movesStop(other) && isUntouched(other),
  );
}

/** Back to PENDING at database time `now`, unless a tighter plan for the stop has taken its place meanwhile. */
function again(trade: Trade, action: Action, now: number, notBefore: number | null, reason: string): Action {
  const sign = favourable(trade.spec.direction);
  const tighter = rivalsOf(trade, action).find(
    ({ stopLoss }) => sign * ((stopLoss ?? 0) - (action.stopLoss ?? 0)) >= 0,
  );
  if (tighter === undefined) return { ...pending(action, notBefore, reason), waitsSince: now };
  return expired(action, `overtaken by ${tighter.actionId}`);
}

function done(
  trade: Trade,
  before: Action,
  after: Action,
  by: string,
  at: number,
  context: TradeContext,
): readonly TradeEvent[] {
  const { effects, followUp } = executed({ trade, action: after, at, facts: context.facts });
  const event = stepped(trade, before, after, by, at, effects);
  const events = [event, ...eventsOf(event.trade, followUp, at, context)];
  const last = events.at(-1)?.trade ?? event.trade;
  return orderKindOf(after.type) === 'close position'
    ? [...events, ...withoutHedge(last, after, at, context)]
    : events;
}

/** The events that an execution leads to, on the trade after it. */
function eventsOf(
  trade: Trade,
  followUp: FollowUp,
  at: number,
  context: TradeContext,
): readonly TradeEvent[] {
  switch (followUp.kind) {
    case 'nothing':
      return [];
    case 'close':
      return [closeTrade(trade, followUp, at, context)];
    case 'plan':
      return planOutside(trade, followUp.cause, [followUp.type], at, context);
    case 'rest':
      return restOf(trade, followUp, at, context);
    case 'hedge lost':
      return hedgeLost(trade, at, context);
  }
}

/**
 * What a partial fill left of a partial close is planned again, as often as an order is tried. Where the broker did not say
 * itself that the order is over, the rest may still be filled: then, and after too many tries, a person has to say.
 */
function restOf(
  trade: Trade,
  { of, volume }: Extract<FollowUp, { kind: 'rest' }>,
  at: number,
  context: TradeContext,
): readonly TradeEvent[] {
  const { facts, rules, reference } = context;
  const plan = planRest(of, volume, trade, facts, at, rules, reference);
  const event = plannedOutside(trade, `${volume} are left of a partial fill`, plan, at);
  const [rest] = plan.planned;
  if (rest === undefined) return [event];
  const isOver = of.result !== null && FILLED.has(of.result.code);
  if (isOver && rest.attempts < rules.actions.maximumAttempts) return [event];
  const reason = isOver
    ? `only parts were filled, ${rest.attempts} times`
    : 'a part was filled; of the rest the broker has not said that it will not be';
  return [event, stepped(event.trade, rest, { ...rest, status: 'DEAD', reason }, DTMS, at)];
}

const FILLED: ReadonlySet<number> = new Set([RETURN_CODES.DONE, RETURN_CODES.DONE_PARTIAL]);

/** A refusal that stays. Refused stops in a row leave the trade unprotected: at some number it is closed. */
export function refused(
  trade: Trade,
  before: Action,
  after: Action,
  by: string,
  at: number,
  context: TradeContext,
): readonly TradeEvent[] {
  if (!movesStop(after)) {
    const event = stepped(trade, before, after, by, at);
    return [event, ...withoutHedge(event.trade, after, at, context)];
  }
  if (isMadeUp(trade, after, context)) return [stepped(trade, before, after, by, at)];
  const stopRejections = trade.stopRejections + 1;
  const event = stepped(trade, before, after, by, at, { ...NO_EFFECTS, after: { stopRejections } });
  const { emergencyCloseAfter } = context.rules.actions;
  if (emergencyCloseAfter === 0 || stopRejections < emergencyCloseAfter || trade.state === 'CLOSED')
    return [event];
  const cause = `${stopRejections} stops in a row were refused`;
  return [event, ...planOutside(event.trade, cause, ['CLOSE_ALL'], at, context)];
}

/** Whether the price itself was refused, on a tick that nobody told: our fault says nothing of the trade. */
function isMadeUp({ spec }: Trade, { result }: Action, { reference }: TradeContext): boolean {
  const isPrice = result?.code === RETURN_CODES.INVALID_PRICE || result?.code === RETURN_CODES.INVALID_STOPS;
  return isPrice && !reference.isTold(spec.account, spec.symbol);
}
