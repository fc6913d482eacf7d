// Owns what a person decides about an action: how one in doubt ended, or that a dead letter is tried again.
// Each decision is audited.
import * as leases from '../engine/leases.js';
import { actionNotFound, wrongActionStatus } from '../errors/errors.js';
import { auditOf, type Deciding, type Issuer, journalled, type PreparedCommand } from './command.js';
import { type ActionAt, momentOf } from './report-action.js';

/** Whose decision it is, about which action, and why. */
export interface OperatorDecision {
  readonly actionId: string;
  readonly by: string;
  readonly reason: string;
}

type SettleAction = PreparedCommand<void, ActionAt>;

/** The command throws ACTION_NOT_FOUND, ACTION_STATUS. */
export const resolveAction = journalled(
  'resolveAction',
  (decision: OperatorDecision, resolution: leases.Resolution, issuer: Issuer): SettleAction => {
    const { actionId, by, reason } = decision;
    return byHand(decision, issuer, (term, found) => {
      const { status } = found.action;
      if (!leases.allows(status, resolution)) {
        throw wrongActionStatus(actionId, status, 'IN_DOUBT, or given up where nobody works on it');
      }
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
    return byHand(decision, issuer, (term, found) => {
      const { status } = found.action;
      if (status !== 'DEAD' && status !== 'REJECTED') {
        throw wrongActionStatus(actionId, status, 'DEAD or REJECTED');
      }
      const { at } = momentOf(term, { actionId, occurredAt: null });
      return leases.replayAction(term.engine, found, by, reason, at);
    });
  },
);

function byHand(
  { actionId, by, reason }: OperatorDecision,
  issuer: Issuer,
  perform: (term: Deciding, found: leases.ActionOf) => leases.ActionOf,
): SettleAction {
  return {
    prepare: async ({ engine }, store) => {
      if (leases.actionOf(engine, actionId) !== null) return;
      if ((await store.findAction(actionId)) === undefined) throw actionNotFound(actionId);
    },
    apply: (term) => {
      const found = leases.actionOf(term.engine, actionId);
      if (found === null) throw wrongActionStatus(actionId, 'settled', 'open');
      const { trade, action } = perform(term, found);
      const { account, ticket } = trade.spec;
      const detail = { by, action_id: actionId, reason, from: found.action.status, to: action.status };
      const audits = [auditOf(issuer, { account, ticket, detail })];
      return { work: { audits }, respond: (revision) => ({ action, revision }) };
    },
  };
}
