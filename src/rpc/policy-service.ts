// Owns PolicyService: each handler parses its request, runs one command or query, and formats the outcome.
import * as pb from '../../gen/ts/dtms/v1/policy_service.js';
import { assignPolicy, deletePolicy, upsertPolicy } from '../commands/policies.js';
import type { CommandRunner } from '../commands/runner.js';
import type { PolicyChange } from '../engine/policy-changes.js';
import { invalidField } from '../errors/errors.js';
import type { Handlers } from '../interceptors/handlers.js';
import { MOST_PAGE_BYTES } from '../interceptors/pages.js';
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
      return answer(METHODS.assignPolicy, request, call, command, changesToProto);
    },

    previewPolicy: async ({ account, name, policy, tickets }) => {
      if ((name === '') === (policy === undefined)) throw invalidField('name', 'name a policy, or write one');
      const asked = policy === undefined ? name : policyFromProto(policy);
      const changes = await previewPolicy(sources, account, asked, tickets);
      if (changes.length === 0) await checkAccount(sources, account);
      return changesToProto(changes);
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

/** As many as an answer has room for, and how many there are. */
function changesToProto(changes: readonly PolicyChange[]) {
  const shown: pb.PolicyChange[] = [];
  let bytes = 0;
  for (const change of changes) {
    const made = changeToProto(change);
    bytes += pb.PolicyChange.encode(made).finish().length + FRAME_BYTES;
    if (bytes > MOST_PAGE_BYTES) break;
    shown.push(made);
  }
  return { changes: shown, changed: BigInt(changes.length) };
}

/** The most that a message adds where it is a field of another one. */
const FRAME_BYTES = 6;

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
