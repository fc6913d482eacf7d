// Owns what a person decides about an action: how one in doubt ended, or that a dead letter is tried again.
// Each decision is audited.
import { isUnnamedHedge } from '../domain/changes/action-life.js';
import type { ActionResult } from '../domain/trade/action.js';
import * as leases from '../engine/leases.js';
import { isBeyond, NONE_SETTLED, openingIn } from '../engine/opened-positions.js';
import { actionNotFound, invalidField, positionNotShown, wrongActionStatus } from '../errors/errors.js';
import { auditOf, type Deciding, type Issuer, journalled, type PreparedCommand } from './command.js';
import { type ActionAt, momentOf, openedBy, settledAmong } from './report-action.js';

/** Whose decision it is, about which action, and why. */
export interface OperatorDecision {
  readonly actionId: string;
  readonly by: string;
  readonly reason: string;
}

type SettleAction = PreparedCommand<ReadonlySet<bigint> | undefined, ActionAt>;

/** The command throws ACTION_NOT_FOUND, ACTION_STATUS, POSITION_NOT_SHOWN, INVALID_FIELD. */
export const resolveAction = journalled(
  'resolveAction',
  (decision: OperatorDecision, resolution: leases.Resolution, issuer: Issuer): SettleAction => {
    const { actionId, by, reason } = decision;
    const opened = resolution.how === 'done' ? resolution.result.openedTicket : null;
    return byHand(decision, issuer, opened, (term, found, settled) => {
      const { status } = found.action;
      if (!leases.allows(status, resolution)) {
        throw wrongActionStatus(actionId, status, 'IN_DOUBT, or given up where nobody works on it');
      }
      if (resolution.how === 'done') checkDone(term, found, resolution.result, settled);
      const moment = momentOf(term, { actionId, occurredAt: null });
      return leases.resolveAction(term.engine, found, resolution, by, reason, moment);
    });
  },
);

/** The command throws ACTION_NOT_FOUND, ACTION_STATUS. */
export const replayAction = journalled(
  'replayAction',
  (decision: OperatorDecision, issuer: Issuer): SettleAction => {
    const { actionId, by, reason } = decision;
    return byHand(decision, issuer, null, (term, found) => {
      const { status } = found.action;
      if (status !== 'DEAD' && status !== 'REJECTED') {
        throw wrongActionStatus(actionId, status, 'DEAD or REJECTED');
      }
      const moment = momentOf(term, { actionId, occurredAt: null });
      return leases.replayAction(term.engine, found, by, reason, moment);
    });
  },
);

/** Throws POSITION_NOT_SHOWN where an order cannot have opened what is named, or a hedge is not, and INVALID_FIELD of too many lots. */
function checkDone(
  { engine }: Deciding,
  found: leases.ActionOf,
  result: ActionResult,
  settled: ReadonlySet<bigint>,
): void {
  const { trade, action } = found;
  if (isBeyond(result.volume, action))
    throw invalidField('result.volume', `must be at most the ${action.volume} lots that were ordered`);
  const isFalse = leases.disbelieved(engine, found, result, settled) !== null;
  if (isFalse || isUnnamedHedge(action, result) || isMissed(engine, found, result))
    throw positionNotShown(trade.spec.account, result.openedTicket ?? 0n, 'result.opened_ticket');
}

/** Whether snapshots of its account come and the last one does not show what it is said to have opened. */
function isMissed(
  { accounts }: Deciding['engine'],
  { trade, action }: leases.ActionOf,
  result: ActionResult,
): boolean {
  const { account } = trade.spec;
  const opened = openingIn(action, result);
  return (
    opened !== null && accounts.shown.isSeen(account) && accounts.positionOf(account, opened) === undefined
  );
}

function byHand(
  { actionId, by, reason }: OperatorDecision,
  issuer: Issuer,
  opened: bigint | null,
  perform: (term: Deciding, found: leases.ActionOf, settled: ReadonlySet<bigint>) => leases.ActionOf,
): SettleAction {
  return {
    prepare: async (term, store) => {
      if (leases.actionOf(term.engine, actionId) === null && (await store.findAction(actionId)) === undefined)
        throw actionNotFound(actionId);
      return opened === null ? undefined : settledAmong(term, actionId, opened);
    },
    mayBegin: (settled) => (opened === null ? [] : openedBy(actionId, opened, settled)),
    apply: (term, settled = NONE_SETTLED) => {
      const found = leases.actionOf(term.engine, actionId);
      if (found === null) throw wrongActionStatus(actionId, 'settled', 'open');
      const { trade, action } = perform(term, found, settled);
      const { account, ticket } = trade.spec;
      const detail = { by, action_id: actionId, reason, from: found.action.status, to: action.status };
      const audits = [auditOf(issuer, { account, ticket, detail })];
      return { work: { audits }, respond: (revision) => ({ action, revision }) };
    },
  };
}
