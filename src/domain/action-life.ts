// An action's life after its plan: a bridge leases it, begins it (action-lease.ts), reports it; a lease
// ends; a reconciliation or a person settles what is in doubt. Each step is an event of the trade, so what was
// answered to a bridge is what the log says.

import { effectsOf } from './action-effects.js';
import { hedgeLost, planOutside, type Scene } from './commands.js';
import { expired, isUntouched, STOP_ACTIONS } from './plan-draft.js';
import { favourable, nextVersion } from './trade.js';
import type { Action, ActionResult, ActionStatus, ActionType, Trade, TradeEvent } from './types.js';

/** A moment on both clocks, UTC ms: the market's dates events, the database's ends leases. */
export interface Moment {
  readonly at: number;
  readonly now: number;
}

/** The name under which DTMS itself moves an action on. */
export const DTMS = 'dtms';
/** Dead letters kept per trade. */
const MAXIMUM_DEAD_LETTERS = 4;

const CLOSES: ReadonlySet<ActionType> = new Set(['CLOSE_ALL', 'CLOSE_HEDGE']);
const OPEN: ReadonlySet<ActionStatus> = new Set(['PENDING', 'LEASED', 'EXECUTING', 'IN_DOUBT']);
const DEAD: ReadonlySet<ActionStatus> = new Set(['REJECTED', 'DEAD']);

/** How a step changes the trade beside the action itself. */
export interface StepEffects {
  readonly after: Partial<Trade>;
  readonly changedFields: readonly string[];
  readonly withdrawn: readonly Action[];
}

const NO_EFFECTS: StepEffects = { after: {}, changedFields: [], withdrawn: [] };

/** The event that moves an action on. It must be one of the trade's open ones or dead letters. */
export function stepped(
  trade: Trade,
  from: Action,
  to: Action,
  by: string,
  at: number,
  effects: StepEffects = NO_EFFECTS,
): TradeEvent {
  const { after, changedFields, withdrawn } = effects;
  const listed = after.actions ?? trade.actions;
  const known = listed.some(({ actionId }) => actionId === to.actionId);
  const others = listed.filter(({ actionId }) => actionId !== to.actionId);
  const actions = !OPEN.has(to.status)
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

/** What of a trade an action's order moves. */
export function familyOf(type: ActionType): 'stop' | 'volume' {
  return STOP_ACTIONS.has(type) ? 'stop' : 'volume';
}

/** Settles an action that was begun by what the broker answered, or by what is found at the broker. */
export function settle(
  trade: Trade,
  action: Action,
  result: ActionResult,
  by: string,
  moment: Moment,
  scene: Scene,
): readonly TradeEvent[] {
  const { at, now } = moment;
  const { maximumAttempts, retryMs, marketClosedMs, doubtAlarmMs } = scene.rules.actions;
  const answered: Action = { ...action, result, settleBy: null };
  switch (meaningOf(action, result)) {
    case 'DONE':
    case 'NO_CHANGE':
      return done(trade, action, { ...answered, status: 'DONE' }, by, at, scene);
    case 'UNKNOWN': {
      // Said again, it is no new doubt: its alarm must not be put off.
      if (action.status === 'IN_DOUBT' && action.result !== null) return [];
      const settleBy = action.status === 'IN_DOUBT' ? action.settleBy : now + doubtAlarmMs;
      return [stepped(trade, action, { ...answered, status: 'IN_DOUBT', settleBy }, by, at)];
    }
    case 'REJECTED':
      return refused(trade, action, { ...answered, status: 'REJECTED' }, by, at, scene);
    case 'MARKET_CLOSED': {
      const reason = 'the market is closed';
      const waits = {
        ...again(trade, answered, now + marketClosedMs, reason),
        attempts: action.attempts - 1,
      };
      return [stepped(trade, action, waits, by, at)];
    }
    case 'RETRYABLE': {
      const often = action.attempts >= maximumAttempts;
      const reason = often ? `refused ${action.attempts} times` : 'refused for now';
      // A close is tried for as long as there is something to close: nothing else defends the trade.
      if (often && !CLOSES.has(action.type)) {
        return refused(trade, action, { ...answered, status: 'DEAD', reason }, by, at, scene);
      }
      const wait = Math.min(retryMs[0] * 2 ** (action.attempts - 1), retryMs[1]);
      return [stepped(trade, action, again(trade, answered, now + wait, reason), by, at)];
    }
  }
}

/** An order of a volume that was taken and filled nothing may still be filled. */
function meaningOf({ type }: Action, { outcome, volume }: ActionResult): ActionResult['outcome'] {
  return outcome === 'DONE' && volume === 0 && familyOf(type) === 'volume' ? 'UNKNOWN' : outcome;
}

/** The broker shows that an action in doubt was not executed: it may be tried again. */
export function notExecuted(
  trade: Trade,
  action: Action,
  by: string,
  moment: Moment,
  scene: Scene,
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
  return settle(trade, action, result, by, moment, scene);
}

/** Ends an open action that nobody executes any more. */
export function expire(
  trade: Trade,
  action: Action,
  reason: string,
  at: number,
  scene: Scene,
  by = DTMS,
): readonly TradeEvent[] {
  const event = stepped(trade, action, expired(action, reason), by, at);
  return [event, ...withoutHedge(event.trade, action, at, scene)];
}

/** Puts a dead letter back to PENDING, its attempts forgotten. Of two plans for the stop the tighter stays. */
export function replay(
  trade: Trade,
  letter: Action,
  by: string,
  reason: string,
  at: number,
): readonly TradeEvent[] {
  const replayed: Action = { ...again(trade, letter, null, reason), attempts: 0 };
  if (replayed.status !== 'PENDING') return [stepped(trade, letter, replayed, by, at)];
  const looser = rivalsOf(trade, letter);
  const effects: StepEffects = {
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
  { rules }: Scene,
): readonly TradeEvent[] {
  const told = `${by} reported under a lost lease: ${result.outcome} ${result.code}`;
  const alarmed = action.status === 'IN_DOUBT' && action.settleBy === null;
  const reason = alarmed ? `${ALARM}: ${told}` : told;
  const doubted: Action = isUntouched(action)
    ? {
        ...action,
        status: 'IN_DOUBT',
        lease: null,
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
    notBefore,
    reason,
  };
}

/** Other plans for the stop of which a bridge has done nothing yet; none when the action moves no stop. */
function rivalsOf(trade: Trade, { actionId, type }: Action): readonly Action[] {
  if (!STOP_ACTIONS.has(type)) return [];
  return trade.actions.filter(
    (other) => other.actionId !== actionId && STOP_ACTIONS.has(other.type) && isUntouched(other),
  );
}

/** Back to PENDING, unless a tighter plan for the stop has taken its place meanwhile. */
function again(trade: Trade, action: Action, notBefore: number | null, reason: string): Action {
  const sign = favourable(trade.spec.direction);
  const tighter = rivalsOf(trade, action).find(
    ({ stopLoss }) => sign * ((stopLoss ?? 0) - (action.stopLoss ?? 0)) >= 0,
  );
  if (tighter === undefined) return pending(action, notBefore, reason);
  return expired(action, `overtaken by ${tighter.actionId}`);
}

function done(
  trade: Trade,
  before: Action,
  after: Action,
  by: string,
  at: number,
  scene: Scene,
): readonly TradeEvent[] {
  const { effects, follow } = effectsOf(trade, after, at, scene);
  const event = stepped(trade, before, after, by, at, effects);
  return [event, ...follow(event.trade)];
}

/** A refusal that stays. Refused stops in a row leave the trade unprotected: at some number it is closed. */
export function refused(
  trade: Trade,
  before: Action,
  after: Action,
  by: string,
  at: number,
  scene: Scene,
): readonly TradeEvent[] {
  if (!STOP_ACTIONS.has(after.type)) {
    const event = stepped(trade, before, after, by, at);
    return [event, ...withoutHedge(event.trade, after, at, scene)];
  }
  const stopRejections = trade.stopRejections + 1;
  const event = stepped(trade, before, after, by, at, { ...NO_EFFECTS, after: { stopRejections } });
  const { emergencyCloseAfter } = scene.rules.actions;
  if (emergencyCloseAfter === 0 || stopRejections < emergencyCloseAfter || trade.state === 'CLOSED')
    return [event];
  const cause = `${stopRejections} stops in a row were refused`;
  return [event, ...planOutside(event.trade, cause, ['CLOSE_ALL'], at, scene)];
}

/** A hedge that was decided and did not come about: the trade is not hedged, and its state says so. */
function withoutHedge(trade: Trade, { type }: Action, at: number, scene: Scene): readonly TradeEvent[] {
  return type === 'OPEN_HEDGE' ? hedgeLost(trade, at, scene) : [];
}
