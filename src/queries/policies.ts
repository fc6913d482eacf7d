// Owns reading policies: each with the trades that have it, and what one would make of running trades.
import { setImmediate as turn } from 'node:timers/promises';
import type { Policy, PolicyTerms } from '../domain/policy/policy.js';
import { currentOf, versionOf, withPolicy } from '../domain/policy/policy-book.js';
import type { Engine } from '../engine/engine.js';
import { sketchOf } from '../engine/market.js';
import { checkPolicy, type PolicyChange, policyChange, tradesFor } from '../engine/policy-changes.js';
import { policyNotFound } from '../errors/policies.js';
import type { Sources } from './sources.js';

/** Trades looked at before other calls get their turn. */
const AT_ONCE = 100;

/** A policy, and how many active trades have each of its versions. */
export interface PolicyInUse {
  readonly policy: Policy;
  readonly isDeleted: boolean;
  readonly uses: readonly { readonly version: number; readonly trades: number }[];
}

export interface ListedPolicies {
  /** By name. */
  readonly policies: readonly PolicyInUse[];
  readonly revision: number;
}

/** Those that are for new trades, or that trades still have. */
export function listPolicies({ state }: Pick<Sources, 'state'>): ListedPolicies {
  const { engine } = state();
  const { entries, revision } = engine.policies.book;
  const uses = usesIn(engine);
  const policies = entries.flatMap(({ name, isDeleted, versions }): PolicyInUse[] => {
    const policy = versions.at(-1);
    const its = usesOf(uses, name);
    return policy === undefined || (isDeleted && its.length === 0) ? [] : [{ policy, isDeleted, uses: its }];
  });
  return { policies, revision };
}

/** A version of a policy; 0: its newest. @throws DtmsError POLICY_NOT_FOUND */
export function getPolicy({ state }: Pick<Sources, 'state'>, name: string, version: number): PolicyInUse {
  const { engine } = state();
  const { book } = engine.policies;
  const entry = book.entries.find((each) => each.name === name);
  const policy = version === 0 ? entry?.versions.at(-1) : versionOf(book, { name, version });
  if (entry === undefined || policy === undefined) throw policyNotFound(name, version);
  return { policy, isDeleted: entry.isDeleted, uses: usesOf(usesIn(engine), name) };
}

/**
 * What a policy would make of running trades now: one that there is, or one that is only written.
 *
 * @throws DtmsError POLICY_NOT_FOUND, INVALID_FIELD
 */
export async function previewPolicy(
  { state }: Pick<Sources, 'state'>,
  account: string,
  asked: string | PolicyTerms,
  tickets: readonly bigint[],
): Promise<readonly PolicyChange[]> {
  const { engine, clock } = state();
  const policy = typeof asked === 'string' ? engine.policies.require(asked) : written(engine, asked);
  const changes: PolicyChange[] = [];
  for (const [index, trade] of tradesFor(engine, account, tickets, policy).entries()) {
    if (index % AT_ONCE === AT_ONCE - 1) await turn();
    const change = policyChange(engine, trade, policy, '', clock.now(engine.feedOf(trade)));
    if (change !== null) changes.push(change);
  }
  return changes;
}

/** A policy as it would be once it is put into force. */
function written({ policies, rules }: Pick<Engine, 'policies' | 'rules'>, terms: PolicyTerms): Policy {
  checkPolicy(terms, rules);
  const policy = currentOf(
    withPolicy(policies.book, terms, () => true),
    terms.name,
  );
  if (policy === undefined) throw policyNotFound(terms.name);
  return policy;
}

type Uses = ReadonlyMap<string, ReadonlyMap<number, number>>;

function usesIn(engine: Pick<Engine, 'heldTrades'>): Uses {
  const uses = new Map<string, Map<number, number>>();
  for (const held of engine.heldTrades()) {
    const { policy, state } = sketchOf(held);
    if (policy === null || state === 'CLOSED') continue;
    const versions = uses.get(policy.name) ?? new Map<number, number>();
    uses.set(policy.name, versions.set(policy.version, (versions.get(policy.version) ?? 0) + 1));
  }
  return uses;
}

function usesOf(uses: Uses, name: string): PolicyInUse['uses'] {
  const versions = Array.from(uses.get(name) ?? [], ([version, trades]) => ({ version, trades }));
  return versions.sort((one, other) => one.version - other.version);
}
