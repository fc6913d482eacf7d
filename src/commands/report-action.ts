// Owns what a bridge says of an action it has on lease: it begins, it needs more time, it reports. Each step
// is durable before it is answered, so no bridge touches the broker for something the log does not know.

import type { Moment } from '../domain/actions/context.js';
import type { Action, ActionResult } from '../domain/trade/action.js';
import { tradeOfAction } from '../domain/trade/action-id.js';
import type { Engine } from '../engine/engine.js';
import { NO_FEED } from '../engine/feed-rights.js';
import * as leases from '../engine/leases.js';
import { NONE_SETTLED } from '../engine/opened-positions.js';
import type { Term } from '../engine/term.js';
import { takenBack } from '../engine/unready-bridges.js';
import { mustNotBegin } from '../errors/actions.js';
import { actionNotFound, leaseLost, wrongActionStatus } from '../errors/errors.js';
import type { StoredAction, TradeKey } from '../store/types.js';
import {
  type Deciding,
  type ImmediateCommand,
  type Issuer,
  journalled,
  type PreparedCommand,
} from './command.js';
import { marketTime } from './dates.js';
import type { CommandRunner } from './runner.js';

/** A lease as its bridge names it. */
export interface LeaseName {
  readonly actionId: string;
  readonly token: bigint;
  /** Market time of what it says, UTC ms; null means now. */
  readonly occurredAt: number | null;
}

/** An action, and the revision of its latest change. */
export type ActionAt = Pick<StoredAction, 'action' | 'revision'>;

/**
 * The broker is about to be touched; a repeat changes nothing. Throws LEASE_LOST, TRADING_STATE, ACTION_OVERTAKEN,
 * ACTION_HELD, ACTION_NOT_FOUND.
 */
export async function beginAction(
  commands: CommandRunner,
  name: LeaseName,
  requestId: string,
  issuer: Issuer,
): Promise<ActionAt> {
  const done = await takeStep(commands, name, issuer, { step: 'begin', requestId });
  return done ?? refuse(name, await findStored(commands, name.actionId));
}

/** `leaseMs` null means the configured time. Throws what beginAction does. */
export async function extendLease(
  commands: CommandRunner,
  name: LeaseName,
  leaseMs: number | null,
  issuer: Issuer,
): Promise<ActionAt> {
  const done = await takeStep(commands, name, issuer, { step: 'extend', leaseMs });
  return done ?? refuse(name, await findStored(commands, name.actionId));
}

/**
 * What the broker answered; the report that settled an action may be made again. Under a lease that is lost
 * it is kept as evidence. Throws LEASE_LOST, ACTION_STATUS, ACTION_NOT_FOUND.
 *
 * @param by - who says so, for the evidence.
 */
export async function reportAction(
  commands: CommandRunner,
  name: LeaseName,
  result: ActionResult,
  by: string,
  issuer: Issuer,
): Promise<ActionAt> {
  const done = await takeStep(commands, name, issuer, { step: 'report', result, by });
  if (done !== null) return done;
  const stored = await findStored(commands, name.actionId);
  if (isRepeat(stored.action, name.token, result)) return stored;
  await commands.run(keepLate(stored.action, result, by, name), issuer);
  return refuse(name, stored);
}

/** Makes a step durable; null when the action is settled. Throws LEASE_LOST, ACTION_STATUS. */
async function takeStep(
  commands: CommandRunner,
  name: LeaseName,
  issuer: Issuer,
  wanted: WantedStep,
): Promise<ActionAt | null> {
  const { step, revision } = await commands.run(leaseStep(name, wanted), issuer);
  switch (step.outcome) {
    case 'ok':
      return { action: step.action, revision };
    case 'lost':
      throw leaseLost(name.actionId, name.token, step.status);
    case 'refused':
      throw mustNotBegin(name.actionId, step);
    case 'not-begun':
      throw wrongActionStatus(name.actionId, 'LEASED', 'EXECUTING: BeginAction comes first');
    case 'settled':
      return null;
  }
}

/** What a bridge says of a lease. */
type WantedStep =
  | { readonly step: 'begin'; readonly requestId: string }
  | { readonly step: 'extend'; readonly leaseMs: number | null }
  | { readonly step: 'report'; readonly result: ActionResult; readonly by: string };

interface SteppedLease {
  readonly step: leases.LeaseStep;
  readonly revision: number;
}

export const leaseStep = journalled('leaseStep', (name: LeaseName, wanted: WantedStep): LeaseStepCommand => {
  const apply = (term: Deciding, settled: ReadonlySet<bigint> = NONE_SETTLED) => {
    const before = term.head;
    const step = perform(term.engine, name, wanted, momentOf(term, name), settled);
    const unchanged = step.outcome === 'ok' ? term.revisionOf(step.trade) : before;
    return { respond: (head: number) => ({ step, revision: Math.max(head, unchanged) }) };
  };
  const opened = wanted.step === 'report' ? wanted.result.openedTicket : null;
  if (opened === null) return { apply: (term) => apply(term) };
  return {
    prepare: (term) => settledAmong(term, name.actionId, opened),
    mayBegin: (settled) => openedBy(name.actionId, opened, settled),
    apply,
  };
});

type LeaseStepCommand =
  | ImmediateCommand<SteppedLease>
  | PreparedCommand<ReadonlySet<bigint> | undefined, SteppedLease>;

/** The position an action is said to have opened, where a trade of its account that is over had it. */
export async function settledAmong(
  term: Term,
  actionId: string,
  opened: bigint,
): Promise<ReadonlySet<bigint> | undefined> {
  const key = tradeOfAction(actionId);
  const closed = key === null ? [] : await term.closedAmong([{ account: key.account, ticket: opened }]);
  return closed.length === 0 ? undefined : new Set(closed.map(({ trade }) => trade.spec.ticket));
}

/** The trade that an action may have opened, unless that is one that is over. */
export function openedBy(
  actionId: string,
  opened: bigint,
  settled: ReadonlySet<bigint> | undefined,
): readonly TradeKey[] {
  const key = tradeOfAction(actionId);
  return key === null || settled?.has(opened) ? [] : [{ account: key.account, ticket: opened }];
}

function perform(
  engine: Engine,
  { actionId, token: given }: LeaseName,
  wanted: WantedStep,
  moment: Moment,
  settled: ReadonlySet<bigint>,
): leases.LeaseStep {
  const token = Number(given);
  const refused = wanted.step === 'report' ? null : takenBack(engine, actionId, token, moment);
  if (refused !== null) return refused;
  switch (wanted.step) {
    case 'begin':
      return leases.beginAction(engine, actionId, token, wanted.requestId, moment);
    case 'extend':
      return leases.extendLease(
        engine,
        actionId,
        token,
        wanted.leaseMs ?? engine.rules.actions.leaseMs,
        moment,
      );
    case 'report':
      return leases.reportAction(engine, actionId, token, wanted.result, wanted.by, moment, settled);
  }
}

export const keepLate = journalled(
  'keepLate',
  (action: Action, result: ActionResult, by: string, name: LeaseName): ImmediateCommand<void> => ({
    apply: (term) => {
      leases.lateReport(term.engine, action, result, by, momentOf(term, name));
      return { respond: () => undefined };
    },
  }),
);

/** The market time of an action's trade, or what the bridge says it is and can be. */
export function momentOf(term: Deciding, { actionId, occurredAt }: Omit<LeaseName, 'token'>): Moment {
  const key = tradeOfAction(actionId);
  const trade = key === null ? undefined : term.engine.get(key.account, key.ticket);
  const feed = trade === undefined ? NO_FEED : term.engine.feedOf(trade);
  return { at: marketTime(occurredAt, feed, term), now: term.databaseNow() };
}

function refuse({ actionId, token }: LeaseName, { action }: StoredAction): never {
  throw leaseLost(actionId, token, action.status);
}

async function findStored({ store }: CommandRunner, actionId: string): Promise<StoredAction> {
  const stored = await store.findAction(actionId);
  if (stored === undefined) throw actionNotFound(actionId);
  return stored;
}

/** Whether a report is the one that settled an action, made again because its answer got lost. */
function isRepeat({ lease, result: known }: Action, token: bigint, result: ActionResult): boolean {
  return (
    lease !== null &&
    BigInt(lease.token) === token &&
    known !== null &&
    known.code === result.code &&
    known.dealTicket === result.dealTicket &&
    known.outcome === result.outcome
  );
}
