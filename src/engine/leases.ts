// Owns the bridges' leases on actions: which actions a bridge gets now, and what it says of them. Shared by
// the service and by replays in this process.

import type { Moment, TradeContext } from '../domain/actions/context.js';
import { isUnshown, type Obstacle } from '../domain/actions/recheck.js';
import {
  discard,
  doubt,
  expire,
  hold,
  keepEvidence,
  notExecuted,
  openAction,
  replay,
  settle,
} from '../domain/changes/action-life.js';
import {
  begin,
  extend,
  hindrance,
  holds,
  isDue,
  lease,
  takeBack,
  wasBegunBy,
} from '../domain/changes/lease.js';
import { modificationsEndAt, sweepModifications } from '../domain/changes/modifications.js';
import { afterGivenUp } from '../domain/changes/order-close.js';
import { doubtAfterRestore } from '../domain/changes/restore.js';
import { nextSweepAt, sweep, waitingSince } from '../domain/changes/sweep.js';
import type { Action, ActionResult, HoldReason } from '../domain/trade/action.js';
import { tradeOfAction } from '../domain/trade/action-id.js';
import type { TradeEvent } from '../domain/trade/event.js';
import type { Trade } from '../domain/trade/trade.js';
import type { RestoredLog } from '../store/types.js';
import type { Engine } from './engine.js';
import { heldBack } from './holds.js';
import { isBeyond, NONE_SETTLED, openingIn, openingObstacle } from './opened-positions.js';

/** An action with the trade as it is after the action's latest step. */
export interface ActionOf {
  readonly trade: Trade;
  readonly action: Action;
}

/** Who asks for work, and for how much. */
export interface WorkRequest {
  readonly account: string;
  readonly bridge: string;
  /** Leases it may hold at once, those it has included. */
  readonly maxLeases: number;
  readonly leaseMs: number;
}

/** Leases what is due, in the order it was planned; what makes no sense any more is ended on the way. */
export function leaseDue(engine: Engine, request: WorkRequest, moment: Moment): readonly ActionOf[] {
  const { account, bridge, maxLeases } = request;
  const leased: ActionOf[] = [];
  if (engine.accounts.isUnseen(account)) return leased;
  let room = maxLeases - engine.acting.heldBy(account, bridge);
  let alsoLeased = engine.acting.leased(account);
  for (const { spec, actions } of engine.acting.pending(account)) {
    for (const { actionId, status } of actions) {
      if (room <= 0) return leased;
      if (status !== 'PENDING') continue;
      const trade = engine.act(spec, (current, context) => {
        const action = openAction(current, actionId);
        if (action === undefined || !isDue(current, action, moment.now)) return [];
        const held = heldBack(engine, current, action, moment.now, alsoLeased);
        if (held !== null) return [hold(current, action, held.by, held.reason, moment.at)];
        return lease(current, action, request, moment, context);
      });
      const action = openAction(trade, actionId);
      if (action?.status !== 'LEASED') continue;
      leased.push({ trade, action });
      room -= 1;
      alsoLeased += 1;
    }
  }
  return leased;
}

/** Whether an action waits for its account's broker to show positions: a snapshot that has not come. */
export function waitsForSnapshot(
  engine: Pick<Engine, 'accounts' | 'reference' | 'rules'>,
  trade: Trade,
  action: Action,
): boolean {
  if (action.status !== 'PENDING') return false;
  return engine.accounts.isUnseen(trade.spec.account) || isUnshown(trade, action, engine);
}

/** What a bridge has on lease and has not begun, in the order it was planned. */
export function heldBy(
  engine: Engine,
  { account, bridge }: Pick<WorkRequest, 'account' | 'bridge'>,
  now: number,
): readonly ActionOf[] {
  return engine.acting
    .trades(account)
    .flatMap((trade) =>
      trade.actions
        .filter(
          ({ status, lease: held }) => status === 'LEASED' && held?.bridge === bridge && held.endsAt > now,
        )
        .map((action) => ({ trade, action })),
    );
}

/** What became of something a bridge said about a lease. */
export type LeaseStep =
  | { readonly outcome: 'ok'; readonly trade: Trade; readonly action: Action }
  /** The lease does not hold. Of a report, what it says of an execution was kept. */
  | { readonly outcome: 'lost'; readonly status: Action['status'] }
  /** The lease holds, and what was leased must not be done now: the action waits again, is held, or is over. */
  | {
      readonly outcome: 'refused';
      readonly obstacle: Obstacle | HoldReason;
      readonly reason: string;
      readonly status: Action['status'];
    }
  /** BeginAction comes first. */
  | { readonly outcome: 'not-begun' }
  /** No open action has this id: it is settled, or never was. */
  | { readonly outcome: 'settled' };

const SETTLED: LeaseStep = { outcome: 'settled' };

function find(engine: Engine, actionId: string): ActionOf | null {
  const key = tradeOfAction(actionId);
  const trade = key === null ? undefined : engine.get(key.account, key.ticket);
  const action = trade === undefined ? undefined : openAction(trade, actionId);
  return trade === undefined || action === undefined ? null : { trade, action };
}

/** The broker is about to be touched for an action; a repeat of the call changes nothing. */
export function beginAction(
  engine: Engine,
  actionId: string,
  token: number,
  requestId: string,
  moment: Moment,
): LeaseStep {
  const found = find(engine, actionId);
  if (found === null) return SETTLED;
  const { trade, action } = found;
  if (wasBegunBy(action, token, requestId)) return { outcome: 'ok', trade, action };
  if (action.status !== 'LEASED' || !holds(action, token, moment.now)) {
    return { outcome: 'lost', status: action.status };
  }
  const refused = refusedNow(engine, found, moment);
  if (refused !== null) return refused;
  engine.orders.note(trade.spec.account, moment.now);
  return stepped(engine, found, (current) => begin(current, action, requestId, moment));
}

export function extendLease(
  engine: Engine,
  actionId: string,
  token: number,
  leaseMs: number,
  moment: Moment,
): LeaseStep {
  const found = find(engine, actionId);
  if (found === null) return SETTLED;
  const { action } = found;
  if (!holds(action, token, moment.now)) return { outcome: 'lost', status: action.status };
  const refused = action.status === 'LEASED' ? refusedNow(engine, found, moment) : null;
  return refused ?? stepped(engine, found, (current) => extend(current, action, leaseMs, moment));
}

/** Looks at what is leased once more before the broker is touched, and takes it back where it must not be done. */
function refusedNow(engine: Engine, { trade, action }: ActionOf, moment: Moment): LeaseStep | null {
  let refused: LeaseStep | null = null;
  engine.act(trade.spec, (current, context) => {
    const held = heldBack(engine, current, action, moment.now, 0);
    if (held !== null) {
      const { by, reason } = held;
      refused = { outcome: 'refused', obstacle: by, reason, status: 'HELD' };
      return [hold(current, action, by, reason, moment.at)];
    }
    const found = hindrance(current, action, moment, context);
    if (found === null) return [];
    const { obstacle, reason, verdict } = found;
    refused = { outcome: 'refused', obstacle, reason, status: verdict === 'over' ? 'EXPIRED' : 'PENDING' };
    return takeBack(current, action, found, moment, context);
  });
  return refused;
}

/**
 * Takes what the broker answered. The newest lease's word counts also after its end: nobody else can have
 * begun the action since. Under any other lease it is evidence. What cannot have been opened is not believed: the
 * action is in doubt, and its alarm sounds.
 *
 * @param settled - of the tickets it says were opened, those of trades that are over
 */
export function reportAction(
  engine: Engine,
  actionId: string,
  token: number,
  result: ActionResult,
  by: string | null,
  moment: Moment,
  settled: ReadonlySet<bigint> = NONE_SETTLED,
): LeaseStep {
  const found = find(engine, actionId);
  if (found === null) return SETTLED;
  const { trade, action } = found;
  const newest = action.lease?.token === token;
  if (newest && (action.status === 'EXECUTING' || action.status === 'IN_DOUBT')) {
    const bridge = action.lease?.bridge ?? '';
    const obstacle = disbelieved(engine, found, result, settled);
    return stepped(engine, found, (current, context) =>
      obstacle === null
        ? settle(current, action, result, bridge, moment, context)
        : doubt(current, action, result, bridge, obstacle, moment),
    );
  }
  if (isTouched(result)) {
    engine.act(trade.spec, (current, context) =>
      keepEvidence(current, action, result, by ?? `lease ${token}`, moment, context),
    );
  }
  if (newest && action.status === 'LEASED') return { outcome: 'not-begun' };
  return { outcome: 'lost', status: action.status };
}

/** Why what a result says of an execution cannot be; null where it can. */
export function disbelieved(
  engine: Engine,
  found: ActionOf,
  result: ActionResult,
  settled: ReadonlySet<bigint>,
): string | null {
  if (!isTouched(result)) return null;
  const { trade, action } = found;
  if (isBeyond(result.volume, action))
    return `${result.volume} lots are said to be filled of ${action.volume}`;
  const opened = openingIn(action, result);
  if (opened === null) return null;
  const shown = engine.accounts.positionOf(trade.spec.account, opened);
  const obstacle = openingObstacle(engine, found, opened, { over: settled, shown });
  return obstacle === null ? null : `position ${opened}, which it is said to have opened, ${obstacle}`;
}

/** Whether the broker did something, or may have. */
function isTouched({ outcome }: ActionResult): boolean {
  return outcome === 'DONE' || outcome === 'UNKNOWN';
}

/** Keeps what a report says of an execution that nobody knew of when the action was settled. */
export function lateReport(
  engine: Engine,
  action: Action,
  result: ActionResult,
  by: string,
  moment: Moment,
): void {
  const key = tradeOfAction(action.actionId);
  if (key === null || !isTouched(result) || engine.get(key.account, key.ticket) === undefined) return;
  engine.act(key, (current, context) => keepEvidence(current, action, result, by, moment, context));
}

/** Makes a step, and shows the action as its event has it; without an event it is as it was. */
function stepped(
  engine: Engine,
  { trade, action }: ActionOf,
  step: (trade: Trade, context: TradeContext) => readonly TradeEvent[],
): LeaseStep & { readonly outcome: 'ok' } {
  let shown = action;
  const after = engine.act(trade.spec, (current, context) => {
    const events = step(current, context);
    const change = events[0]?.change;
    if (change?.kind === 'actionChanged') shown = change.action;
    return events;
  });
  return { outcome: 'ok', trade: after, action: shown };
}

/** How a person settles an action. */
export type Resolution =
  | { readonly how: 'done'; readonly result: ActionResult }
  | { readonly how: 'retry' }
  | { readonly how: 'give-up' };

/** Whether a person may settle an action this way, by its status. */
export function allows(status: Action['status'], { how }: Resolution): boolean {
  if (how === 'give-up') return ['PENDING', 'HELD', 'IN_DOUBT', 'DEAD', 'REJECTED'].includes(status);
  return status === 'IN_DOUBT';
}

/** Settles an action as a person resolves. */
export function resolveAction(
  engine: Engine,
  found: ActionOf,
  resolution: Resolution,
  by: string,
  reason: string,
  moment: Moment,
): ActionOf {
  const { action } = found;
  return stepped(engine, found, (current, context): readonly TradeEvent[] => {
    switch (resolution.how) {
      case 'done':
        return settle(current, action, resolution.result, by, moment, context);
      case 'retry':
        return notExecuted(current, action, by, moment, context);
      case 'give-up':
        return givenUp(engine, current, action, { by, reason }, moment, context);
    }
  });
}

/** Ends an action on a person's word. A trade that DTMS closed by deciding it goes on, unless its position is gone. */
function givenUp(
  engine: Engine,
  trade: Trade,
  action: Action,
  { by, reason }: { readonly by: string; readonly reason: string },
  moment: Moment,
  context: TradeContext,
): readonly TradeEvent[] {
  const { at } = moment;
  const isOpen = openAction(trade, action.actionId) !== undefined;
  const ended = isOpen
    ? expire(trade, action, reason || 'given up', at, context, by)
    : discard(trade, action, by, reason, at);
  const after = ended.at(-1)?.trade ?? trade;
  const { account, ticket } = trade.spec;
  const { accounts, feeds } = engine;
  if (accounts.shown.isSeen(account) && accounts.positionOf(account, ticket) === undefined) return ended;
  const clock = feeds.clockOf(engine.feedOf(trade), moment);
  return [...ended, ...afterGivenUp(after, action, by, { at, clock }, context)];
}

/** Puts a dead letter back to work. */
export function replayAction(
  engine: Engine,
  found: ActionOf,
  by: string,
  reason: string,
  moment: Moment,
): ActionOf {
  return stepped(engine, found, (current) => replay(current, found.action, by, reason, moment));
}

/** An action of a trade that is not settled: open, or a dead letter. */
export function actionOf(engine: Engine, actionId: string): ActionOf | null {
  const open = find(engine, actionId);
  if (open !== null) return open;
  const key = tradeOfAction(actionId);
  const trade = key === null ? undefined : engine.get(key.account, key.ticket);
  const action = trade?.deadLetters.find((letter) => letter.actionId === actionId);
  return trade === undefined || action === undefined ? null : { trade, action };
}

/**
 * Does what time alone does: ends rails, leases of actions and of modifications whose time is over. `at` tells the
 * market time of a trade. Called every second or so.
 */
export function sweepLeases(engine: Engine, now: number, at: (trade: Trade) => number): void {
  engine.accounts.tick(now);
  const { abandonedMs } = engine.rules.actions;
  for (const account of engine.acting.accounts()) {
    if (!engine.acting.isSweepDue(account, now, abandonedMs)) continue;
    for (const trade of engine.acting.trades(account)) {
      if (nextSweepAt(trade) > now && now - waitingSince(trade) < abandonedMs) continue;
      const moment = { now, at: at(trade) };
      engine.act(trade.spec, (current, context) => sweep(current, moment, context));
    }
    engine.acting.swept(account);
  }
  for (const trade of engine.modifiedTrades()) {
    if (modificationsEndAt(trade) > now) continue;
    engine.act(trade.spec, (current) => sweepModifications(current, now, at(current)));
  }
}

/** Puts the open actions of a restored log in doubt, of every account that was not reconciled since. */
export function doubtRestored(
  engine: Engine,
  { restoredAt, loggedUntil }: RestoredLog,
  now: number,
  at: (trade: Trade) => number,
): void {
  engine.accounts.restoredLog(restoredAt);
  for (const account of engine.acting.accounts()) {
    if (!engine.accounts.isUnseen(account)) continue;
    for (const trade of engine.acting.trades(account)) {
      const moment = { now, at: at(trade) };
      engine.act(trade.spec, (current, { rules }) => doubtAfterRestore(current, loggedUntil, moment, rules));
    }
  }
}
