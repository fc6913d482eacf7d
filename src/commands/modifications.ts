// Owns modifications of a trade's fields by managers: a lease is acquired, committed and released.
import {
  type AcquireRequest,
  acquireModification as acquire,
  type CommitRequest,
  commitModification as commit,
  type Done,
  type Granted,
  type ModificationContext,
  type Refused,
  type ReleaseRequest,
  releaseModification as release,
} from '../domain/changes/modifications.js';
import { DTMS_MANAGER, type OwnershipRules, rankOf } from '../domain/ownership/ownership.js';
import type { Trade } from '../domain/trade/trade.js';
import type { Work } from '../engine/batch.js';
import { tradeClosed, tradeNotFound } from '../errors/errors.js';
import { modificationRefused, unknownManager } from '../errors/ownership.js';
import type { Audit, TradeKey } from '../store/types.js';
import { auditOf, type Issuer, journalled, type PreparedCommand } from './command.js';
import { checkMarketDate } from './dates.js';

/** A trade after a step of a modification, at database time `now`. */
export interface Modified<Outcome> {
  readonly trade: Trade;
  readonly done: Outcome;
  readonly now: number;
  /** The revision of the trade's latest change. */
  readonly revision: number;
}

type Modify<Outcome> = PreparedCommand<void, Modified<Outcome>>;

/** The command throws UNKNOWN_MANAGER, TRADE_NOT_FOUND, TRADE_CLOSED and what a refusal is told with. */
export const acquireModification = journalled(
  'acquireModification',
  (key: TradeKey, request: AcquireRequest, issuer: Issuer): Modify<Granted> => {
    const { override } = request;
    const work = override === null ? {} : { audits: [overrideAudit(key, request, override, issuer)] };
    const step = modify(key, null, (trade, context) => acquire(trade, request, context), work);
    return {
      ...step,
      prepare: async (term, store) => {
        // Who may not ask is told so whatever the trade.
        requireManager(request.manager, term.engine.rules.ownership);
        return step.prepare(term, store);
      },
    };
  },
);

/** The command throws TRADE_NOT_FOUND, TRADE_CLOSED and what a refusal is told with. */
export const commitModification = journalled(
  'commitModification',
  (key: TradeKey, request: CommitRequest): Modify<Done> => {
    return modify(key, null, (trade, context) => commit(trade, request, context));
  },
);

/** `occurredAt` is market time, UTC ms; null means now. The command throws as commitModification's does. */
export const releaseModification = journalled(
  'releaseModification',
  (key: TradeKey, request: ReleaseRequest, occurredAt: number | null): Modify<Done> => {
    return modify(key, occurredAt, (trade, context) => release(trade, request, context));
  },
);

/** Performs a modification's step on a trade that is not settled. */
function modify<Outcome extends Done>(
  key: TradeKey,
  occurredAt: number | null,
  perform: (trade: Trade, context: ModificationContext) => Outcome | Refused,
  work: Work = {},
): Modify<Outcome> {
  const { account, ticket } = key;
  return {
    prepare: async (term) => {
      if (term.engine.get(account, ticket) !== undefined) return;
      const found = await term.find(key);
      throw found === undefined ? tradeNotFound(account, ticket) : tradeClosed(account, ticket);
    },
    apply: (term) => {
      const before = term.engine.get(account, ticket);
      // Closed by another call since this one began.
      if (before === undefined) throw tradeClosed(account, ticket);
      const unchanged = term.revisionOf(before);
      const now = term.databaseNow();
      const feed = term.engine.feedOf(before);
      checkMarketDate('occurred_at', occurredAt, feed, term);
      const at = occurredAt ?? term.clock.now(feed);
      let done: Outcome | undefined;
      const trade = term.engine.act(key, (current, context) => {
        const outcome = perform(current, { ...context, now, at });
        if (outcome.outcome === 'refused') throw modificationRefused(outcome.refusal, key, now);
        done = outcome;
        return outcome.events;
      });
      const outcome = done;
      if (outcome === undefined) throw new Error('the engine did not act');
      return {
        work,
        respond: (head) => ({ trade, done: outcome, now, revision: trade === before ? unchanged : head }),
      };
    },
  };
}

function requireManager(manager: string, rules: OwnershipRules): void {
  if (manager !== DTMS_MANAGER && rankOf(manager, 'HEALTHY', rules) !== null) return;
  throw unknownManager(manager);
}

function overrideAudit(
  { account, ticket }: TradeKey,
  { manager, field }: AcquireRequest,
  { by, reason }: NonNullable<AcquireRequest['override']>,
  issuer: Issuer,
): Audit {
  const detail = { by, manager, field, override_reason: reason };
  return auditOf(issuer, { account, ticket, detail });
}
