// Owns PolicyService: each handler parses its request, runs one command or query, and formats the outcome.
import * as pb from '../../gen/ts/dtms/v1/policy_service.js';
import { assignPolicy, deletePolicy, upsertPolicy } from '../commands/policies.js';
import type { CommandRunner } from '../commands/runner.js';
import type { PolicyChange } from '../engine/policy-changes.js';
import { invalidField } from '../errors/errors.js';
import type { Handlers } from '../interceptors/handlers.js';
import { checkAccount } from '../queries/known-account.js';
import { getPolicy, listPolicies, type PolicyInUse, previewPolicy } from '../queries/policies.js';
import type { Sources } from '../queries/sources.js';
import { actionToProto } from '../wire/action.js';
import { policyFromProto, policyToProto } from '../wire/policy.js';
import { policyRefToProto } from '../wire/policy-ref.js';
import { suppressedToProto } from '../wire/trade.js';
import { answering } from './answering.js';

const { methods: METHODS } = pb.PolicyServiceDefinition;

export function policyHandlers(
  commands: CommandRunner,
  sources: Sources,
): Handlers<pb.PolicyServiceDefinition> {
  const answer = answering(commands);
  return {
    upsertPolicy: (request, call) => {
      const { policy, by, reason } = request;
      const terms = policyFromProto(policy ?? pb.Policy.fromPartial({}));
      const command = upsertPolicy(terms, { by, reason }, call);
      return answer(METHODS.upsertPolicy, request, call, command, (upserted) => ({
        policy: policyToProto(upserted),
      }));
    },

    getPolicy: ({ name, version }) => ({ policy: listedToProto(getPolicy(sources, name, Number(version))) }),

    listPolicies: () => {
      const { policies, revision } = listPolicies(sources);
      return { policies: policies.map(listedToProto), revision: BigInt(revision) };
    },

    deletePolicy: (request, call) => {
      const { name, by, reason } = request;
      const command = deletePolicy(name, { by, reason }, call);
      return answer(METHODS.deletePolicy, request, call, command, (deleted) => ({ deleted }));
    },

    assignPolicy: (request, call) => {
      const { account, name, tickets, by, reason } = request;
      const command = assignPolicy(account, name, [...tickets], { by, reason }, call);
      return answer(METHODS.assignPolicy, request, call, command, (changes) => ({
        changes: changes.map(changeToProto),
      }));
    },

    previewPolicy: async ({ account, name, policy, tickets }) => {
      if ((name === '') === (policy === undefined)) throw invalidField('name', 'name a policy, or write one');
      const asked = policy === undefined ? name : policyFromProto(policy);
      const changes = await previewPolicy(sources, account, asked, tickets);
      if (changes.length === 0) await checkAccount(sources, account);
      return { changes: changes.map(changeToProto) };
    },
  };
}

function listedToProto({ policy, isDeleted, uses }: PolicyInUse): pb.ListedPolicy {
  return {
    policy: policyToProto(policy),
    deleted: isDeleted,
    uses: uses.map(({ version, trades }) => ({ version: BigInt(version), trades: BigInt(trades) })),
  };
}

function changeToProto({ spec, from, to, planned, suppressed, withdrawn }: PolicyChange): pb.PolicyChange {
  const { account, ticket, symbol } = spec;
  return {
    ...{ account, ticket, symbol },
    from: policyRefToProto(from),
    to: policyRefToProto(to),
    planned: planned.map(actionToProto),
    suppressed: suppressed.map(suppressedToProto),
    withdrawnActionIds: withdrawn.map(({ actionId }) => actionId),
  };
}
