// Owns OwnershipService: each handler parses its request, runs one command or query, and formats the
// outcome.
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import {
  type AcquireModificationRequest,
  OwnershipServiceDefinition,
} from '../../gen/ts/dtms/v1/ownership_service.js';
import { requireScope } from '../access/scopes.js';
import {
  acquireModification,
  commitModification,
  type Modified,
  releaseModification,
} from '../commands/modifications.js';
import type { CommandRunner } from '../commands/runner.js';
import type { AcquireRequest } from '../domain/changes/modifications.js';
import { invalidField } from '../errors/errors.js';
import type { Handlers } from '../interceptors/handlers.js';
import { getOwnership, getOwnerships, type TradeNow } from '../queries/ownership.js';
import type { Sources } from '../queries/sources.js';
import { fieldFromProto, ownershipToProto } from '../wire/ownership.js';
import { fromDate, orNull } from '../wire/time.js';
import { answering } from './answering.js';

const METHODS = OwnershipServiceDefinition.methods;

export function ownershipHandlers(
  commands: CommandRunner,
  sources: Sources,
): Handlers<OwnershipServiceDefinition> {
  const answer = answering(commands);
  const toProto = ({ trade, now }: TradeNow, manager: string) =>
    ownershipToProto(trade, manager, now, sources.rules.ownership);
  const modifiedToProto = (modified: Modified<unknown>) => ({
    ownership: toProto(modified, ''),
    revision: BigInt(modified.revision),
  });

  return {
    acquireModification: (request, call) => {
      const asked = acquireFromProto(request);
      if (asked.override !== null) requireScope(call.principal, Scope.ADMIN);
      const command = acquireModification(request, asked, call);
      return answer(METHODS.acquireModification, request, call, command, (modified) => {
        const { token, endsAt } = modified.done.lease;
        const ownership = toProto(modified, asked.manager);
        return { token: BigInt(token), endsAt: new Date(endsAt), ownership };
      });
    },

    commitModification: (request, call) => {
      const { token, value } = request;
      const command = commitModification(request, { token: Number(token), value: orNull(value) });
      return answer(METHODS.commitModification, request, call, command, modifiedToProto);
    },

    releaseModification: (request, call) => {
      const { token, applied, giveUp, occurredAt } = request;
      const release = {
        token: Number(token),
        applied: applied ? 'applied' : 'not_applied',
        ownership: giveUp ? 'give_up' : 'keep',
      } as const;
      const command = releaseModification(request, release, fromDate(occurredAt));
      return answer(METHODS.releaseModification, request, call, command, modifiedToProto);
    },

    getOwnership: async (request) => ({
      ownership: toProto(await getOwnership(sources, request), request.manager),
    }),

    batchGetOwnership: async ({ account, tickets, manager }) => {
      const { trades, unknownTickets } = await getOwnerships(sources, account, tickets);
      return {
        ownerships: trades.map((trade) => toProto(trade, manager)),
        unknownTickets: [...unknownTickets],
      };
    },
  };
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
