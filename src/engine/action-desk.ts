// The engine's side of the bridges' work: which actions a bridge gets now, and what it says of them.
// Shared by the service and by replays in this process.

import { begin, extend, holds, lease, wasBegunBy } from '../domain/action-lease.js';
import {
  discard,
  expire,
  keepEvidence,
  type Moment,
  notExecuted,
  openAction,
  replay,
  settle,
} from '../domain/action-life.js';
import { nextSweepAt, sweep } from '../domain/action-time.js';
import type { Scene } from '../domain/commands.js';
import { modificationsEndAt, sweepModifications } from '../domain/modifications.js';
import type { Action, ActionResult, Trade, TradeEvent } from '../domain/types.js';
import type { Engine } from './engine.js';
import type { TradeKey } from './results.js';

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

const ACTION_ID = /^(.+):(\d{1,19}):(\d{1,15}):[A-Z_]+$/;

/** The trade an action id belongs to; null when it is no action id. */
export function tradeOf(actionId: string): TradeKey | null {
  const match = ACTION_ID.exec(actionId);
  return match === null ? null : { account: match[1] ?? '', ticket: BigInt(match[2] ?? 0) };
}

/** Leases what is due, in the order it was planned; what makes no sense any more is ended on the way. */
export function leaseDue(engine: Engine, request: WorkRequest, moment: Moment): readonly ActionOf[] {
  const { account, bridge, maxLeases } = request;
  const leased: ActionOf[] = [];
  let room = maxLeases;
  const acting = engine.actingTrades(account);
  for (const { actions } of acting) {
    for (const { lease: held, status } of actions) {
      if (held?.bridge === bridge && (status === 'LEASED' || status === 'EXECUTING')) room -= 1;
    }
  }
  for (const { spec, actions } of acting) {
    for (const { actionId, status } of actions) {
      if (room <= 0) return leased;
      if (status !== 'PENDING') continue;
      const trade = engine.act(spec, (current, scene) => {
        const action = openAction(current, actionId);
        return action === undefined ? [] : lease(current, action, request, moment, scene);
      });
      const action = openAction(trade, actionId);
      if (action?.status !== 'LEASED') continue;
      leased.push({ trade, action });
      room -= 1;
    }
  }
  return leased;
}

/** What a bridge has on lease and has not begun, in the order it was planned. */
export function heldBy(
  engine: Engine,
  { account, bridge }: Pick<WorkRequest, 'account' | 'bridge'>,
  now: number,
): readonly ActionOf[] {
  return engine
    .actingTrades(account)
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
  /** BeginAction comes first. */
  | { readonly outcome: 'not-begun' }
  /** No open action has this id: it is settled, or never was. */
  | { readonly outcome: 'settled' };

const SETTLED: LeaseStep = { outcome: 'settled' };

function find(engine: Engine, actionId: string): ActionOf | null {
  const key = tradeOf(actionId);
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
  return stepped(engine, found, (current) => extend(current, action, leaseMs, moment));
}

/**
 * Takes what the broker answered. The newest lease's word counts also after its end: nobody else can have
 * begun the action since. Under any other lease it is evidence.
 */
export function reportAction(
  engine: Engine,
  actionId: string,
  token: number,
  result: ActionResult,
  by: string | null,
  moment: Moment,
): LeaseStep {
  const found = find(engine, actionId);
  if (found === null) return SETTLED;
  const { trade, action } = found;
  const newest = action.lease?.token === token;
  if (newest && (action.status === 'EXECUTING' || action.status === 'IN_DOUBT')) {
    const bridge = action.lease?.bridge ?? '';
    return stepped(engine, found, (current, scene) => settle(current, action, result, bridge, moment, scene));
  }
  if (isTouched(result)) {
    engine.act(trade.spec, (current, scene) =>
      keepEvidence(current, action, result, by ?? `lease ${token}`, moment, scene),
    );
  }
  if (newest && action.status === 'LEASED') return { outcome: 'not-begun' };
  return { outcome: 'lost', status: action.status };
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
  const key = tradeOf(action.actionId);
  if (key === null || !isTouched(result) || engine.get(key.account, key.ticket) === undefined) return;
  engine.act(key, (current, scene) => keepEvidence(current, action, result, by, moment, scene));
}

/** Makes a step, and shows the action as its event has it; without an event it is as it was. */
function stepped(
  engine: Engine,
  { trade, action }: ActionOf,
  step: (trade: Trade, scene: Scene) => readonly TradeEvent[],
): LeaseStep & { readonly outcome: 'ok' } {
  let shown = action;
  const after = engine.act(trade.spec, (current, scene) => {
    const events = step(current, scene);
    const change = events[0]?.change;
    if (change?.kind === 'actionChanged') shown = change.action;
    return events;
  });
  return { outcome: 'ok', trade: after, action: shown };
}

/** How a person settles an action. */
export type Verdict =
  | { readonly verdict: 'done'; readonly result: ActionResult }
  | { readonly verdict: 'retry' }
  | { readonly verdict: 'give-up' };

/** Whether a person may settle an action this way, by its status. */
export function allows(status: Action['status'], { verdict }: Verdict): boolean {
  if (verdict === 'give-up') return ['PENDING', 'IN_DOUBT', 'DEAD', 'REJECTED'].includes(status);
  return status === 'IN_DOUBT';
}

/** Settles an action by a person's verdict. */
export function resolveAction(
  engine: Engine,
  found: ActionOf,
  verdict: Verdict,
  by: string,
  reason: string,
  moment: Moment,
): ActionOf {
  const { action } = found;
  return stepped(engine, found, (current, scene): readonly TradeEvent[] => {
    switch (verdict.verdict) {
      case 'done':
        return settle(current, action, verdict.result, by, moment, scene);
      case 'retry':
        return notExecuted(current, action, by, moment, scene);
      case 'give-up':
        return openAction(current, action.actionId) === undefined
          ? discard(current, action, by, reason, moment.at)
          : expire(current, action, reason || 'given up', moment.at, scene, by);
    }
  });
}

/** Puts a dead letter back to work. */
export function replayAction(
  engine: Engine,
  found: ActionOf,
  by: string,
  reason: string,
  at: number,
): ActionOf {
  return stepped(engine, found, (current) => replay(current, found.action, by, reason, at));
}

/** An action of a trade that is not settled: open, or a dead letter. */
export function actionOf(engine: Engine, actionId: string): ActionOf | null {
  const open = find(engine, actionId);
  if (open !== null) return open;
  const key = tradeOf(actionId);
  const trade = key === null ? undefined : engine.get(key.account, key.ticket);
  const action = trade?.deadLetters.find((letter) => letter.actionId === actionId);
  return trade === undefined || action === undefined ? null : { trade, action };
}

/**
 * Does what time alone does: ends leases of actions and of modifications whose time is over. `at` tells the
 * market time of a trade. Called every second or so.
 */
export function sweepLeases(engine: Engine, now: number, at: (trade: Trade) => number): void {
  const { abandonedMs } = engine.rules.actions;
  for (const account of engine.actingAccounts()) {
    for (const trade of engine.actingTrades(account)) {
      const moment = { now, at: at(trade) };
      const abandoned = trade.actions.some(
        ({ status, plannedAt }) => status === 'PENDING' && moment.at - plannedAt >= abandonedMs,
      );
      if (nextSweepAt(trade) > now && !abandoned) continue;
      engine.act(trade.spec, (current, scene) => sweep(current, moment, scene));
    }
  }
  for (const trade of engine.modifiedTrades()) {
    if (modificationsEndAt(trade) > now) continue;
    engine.act(trade.spec, (current) => sweepModifications(current, now, at(current)));
  }
}
