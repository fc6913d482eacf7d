// OwnershipService: each handler reads its request, asks the domain for a modification under the
// authority, and answers. A refusal becomes the error that names the owner and the reason.
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import {
  AcquireModificationRequest,
  AcquireModificationResponse,
  CommitModificationRequest,
  CommitModificationResponse,
  type OwnershipServiceService,
  ReleaseModificationRequest,
  ReleaseModificationResponse,
} from '../../gen/ts/dtms/v1/ownership_service.js';
import { requireScope } from '../access/scopes.js';
import {
  type AcquireRequest,
  acquireModification,
  commitModification,
  type Done,
  type ModificationScene,
  type Refused,
  releaseModification,
} from '../domain/modifications.js';
import { DTMS_MANAGER, type OwnershipRefusal, rankOf, refusalText } from '../domain/ownership.js';
import type { Trade } from '../domain/types.js';
import { type Caller, type Identity, identify } from '../engine/answers.js';
import type { Applied, Authority } from '../engine/authority.js';
import type { Work } from '../engine/batch.js';
import { tradeKey } from '../engine/results.js';
import type { DurableTrade, Term } from '../engine/term.js';
import { DtmsError, invalidField, stopOnWrongSide, tradeClosed, tradeNotFound } from '../errors/errors.js';
import type { Audit, TradeKey } from '../store/types.js';
import { fieldFromProto, ownershipToProto, reasonOf } from '../wire/ownership.js';
import { fromDate, orNull } from '../wire/time.js';
import type { Handlers } from './adapters.js';

/** When to ask again where nothing says when a modification ends, in ms. */
const RETRY_MS = 1000;

export function ownershipHandlers(authority: Authority): Handlers<typeof OwnershipServiceService> {
  const show = (trade: Trade, manager: string, term: Term) =>
    ownershipToProto(trade, manager, term.databaseNow(), authority.rules.ownership);

  /** Performs a modification's step on an active trade. */
  async function modify<Outcome extends Done, Response>(
    key: TradeKey,
    identity: Identity<Response>,
    occurredAt: number | null,
    perform: (trade: Trade, scene: ModificationScene) => Outcome | Refused,
    respond: (trade: Trade, outcome: Outcome, revision: bigint, term: Term) => Response,
    work: Work = {},
  ): Promise<Response> {
    return authority.write(
      identity,
      async (term) => {
        if (term.engine.get(key.account, key.ticket) !== undefined) return;
        const found = await term.find(key);
        throw found === undefined
          ? tradeNotFound(key.account, key.ticket)
          : tradeClosed(key.account, key.ticket);
      },
      (term): Applied<Response> => {
        const active = term.engine.get(key.account, key.ticket);
        // Closed by another call since this one began.
        if (active === undefined) throw tradeClosed(key.account, key.ticket);
        const before = term.revisionOf(active);
        const now = term.databaseNow();
        const at = occurredAt ?? term.clock.now(active.spec.feed);
        let done: Outcome | undefined;
        const trade = term.engine.act(key, (current, scene) => {
          const outcome = perform(current, { ...scene, now, at });
          if (outcome.outcome === 'refused') throw errorOf(outcome.refusal, key, now);
          done = outcome;
          return outcome.events;
        });
        const outcome = done;
        if (outcome === undefined) throw new Error('the engine did not act');
        return {
          work,
          respond: (revision) => respond(trade, outcome, BigInt(trade === active ? before : revision), term),
        };
      },
    );
  }

  return {
    acquireModification: (request, call) => {
      const { account, ticket, manager } = request;
      requireManager(manager, authority);
      const asked = acquireFromProto(request);
      if (asked.override !== null) requireScope(call.principal, Scope.ADMIN);
      const work = asked.override === null ? {} : { audits: [auditOf(request, asked, call)] };
      return modify(
        { account, ticket },
        identify(call, request, AcquireModificationRequest, AcquireModificationResponse),
        null,
        (trade, scene) => acquireModification(trade, asked, scene),
        (trade, { lease }, _revision, term) => ({
          token: BigInt(lease.token),
          endsAt: new Date(lease.endsAt),
          ownership: show(trade, manager, term),
        }),
        work,
      );
    },

    commitModification: (request, call) => {
      const { account, ticket, token, value } = request;
      return modify(
        { account, ticket },
        identify(call, request, CommitModificationRequest, CommitModificationResponse),
        null,
        (trade, scene) => commitModification(trade, { token: Number(token), value: orNull(value) }, scene),
        (trade, _done, revision, term) => ({ ownership: show(trade, '', term), revision }),
      );
    },

    releaseModification: (request, call) => {
      const { account, ticket, token, applied, giveUp, occurredAt } = request;
      return modify(
        { account, ticket },
        identify(call, request, ReleaseModificationRequest, ReleaseModificationResponse),
        fromDate(occurredAt),
        (trade, scene) =>
          releaseModification(
            trade,
            {
              token: Number(token),
              applied: applied ? 'applied' : 'not_applied',
              ownership: giveUp ? 'give_up' : 'keep',
            },
            scene,
          ),
        (trade, _done, revision, term) => ({ ownership: show(trade, '', term), revision }),
      );
    },

    getOwnership: async ({ account, ticket, manager }) => {
      const term = authority.requireTerm();
      const found = await term.find({ account, ticket });
      if (found === undefined) throw tradeNotFound(account, ticket);
      return { ownership: show(found.trade, manager, term) };
    },

    batchGetOwnership: async ({ account, tickets, manager }) => {
      const term = authority.requireTerm();
      const unique = [...new Set(tickets)];
      const found = await term.findAll(unique.map((ticket) => ({ account, ticket })));
      const byKey = new Map(found.map((durable) => [keyOf(durable), durable.trade]));
      const known = unique.flatMap((ticket) => byKey.get(tradeKey(account, ticket)) ?? []);
      return {
        ownerships: known.map((trade) => show(trade, manager, term)),
        unknownTickets: unique.filter((ticket) => !byKey.has(tradeKey(account, ticket))),
      };
    },
  };
}

const keyOf = ({ trade: { spec } }: DurableTrade): string => tradeKey(spec.account, spec.ticket);

/** Who may not ask is told so whatever the trade. Throws UNKNOWN_MANAGER. */
function requireManager(manager: string, authority: Authority): void {
  if (manager !== DTMS_MANAGER && rankOf(manager, 'HEALTHY', authority.rules.ownership) !== null) return;
  throw refusalError({ kind: 'UNKNOWN_MANAGER', manager }, { manager });
}

/** Throws INVALID_FIELD when an override has no person or no reason. */
function acquireFromProto(request: AcquireModificationRequest): AcquireRequest {
  const { manager, field, leaseSeconds, overrideReason: reason, by } = request;
  if (reason !== '' && by === '') throw invalidField('by', 'is required with override_reason');
  if (reason === '' && by !== '') throw invalidField('override_reason', 'is required with by');
  return {
    manager,
    field: fieldFromProto(field),
    leaseMs: leaseSeconds === 0 ? null : leaseSeconds * 1000,
    override: reason === '' ? null : { by, reason },
  };
}

function auditOf(
  { account, ticket, by, overrideReason }: AcquireModificationRequest,
  { manager, field }: AcquireRequest,
  { method, principal }: Caller,
): Audit {
  const detail = { by, manager, field, override_reason: overrideReason };
  return { actor: principal.name, method, account, ticket, detail };
}

/** The error a refusal is told with. */
function errorOf(refusal: OwnershipRefusal, { account, ticket }: TradeKey, now: number): DtmsError {
  switch (refusal.kind) {
    case 'TRADE_CLOSED':
      return tradeClosed(account, ticket);
    case 'INVALID':
      return invalidField(refusal.requestField, refusal.note);
    case 'STOP_ON_WRONG_SIDE':
      return stopOnWrongSide([{ field: 'value', description: `is beyond the price ${refusal.price}` }]);
    case 'UNKNOWN_MANAGER':
      return refusalError(refusal, { manager: refusal.manager });
    case 'FIELD_OWNED': {
      const { field, owner, state } = refusal;
      return refusalError(refusal, { field, owner, state });
    }
    case 'MODIFICATION_UNDER_WAY': {
      const { field, owner, endsAt } = refusal;
      const wait = endsAt === null ? RETRY_MS : Math.max(endsAt - now, 1);
      return refusalError(refusal, { field, owner }, wait);
    }
    case 'MODIFICATION_LOST':
      return refusalError(refusal, { ticket: String(ticket), token: String(refusal.token) });
    case 'WOULD_LOOSEN':
      return refusalError(refusal, {
        stop_loss: String(refusal.stopLoss),
        value: String(refusal.value),
      });
  }
}

function refusalError(
  refusal: OwnershipRefusal,
  metadata: Readonly<Record<string, string>>,
  retryAfterMs?: number,
): DtmsError {
  return new DtmsError(reasonOf(refusal), refusalText(refusal), { metadata, retryAfterMs });
}
