// Owns the policies of the engine: the book in force, whether it changed since it was last written, and the rules each version's
// trades are decided by. A trade of the documented plan costs one look at its record.

import { isFor, type Policy, type PolicyTerms, refOf } from '../domain/policy/policy.js';
import {
  currentOf,
  currentPolicies,
  type IsHeld,
  NO_POLICIES,
  type PolicyBook,
  policyFor,
  versionOf,
  withoutPolicy,
  withPolicy,
} from '../domain/policy/policy-book.js';
import { policyRules } from '../domain/policy/policy-rules.js';
import type { Rules } from '../domain/rules.js';
import { DEFAULT_POLICY, type PolicyRef } from '../domain/trade/policy-ref.js';
import type { Trade } from '../domain/trade/trade.js';
import { policyNotFound } from '../errors/policies.js';

/** More are not followed of one trade. */
const MOST_OBSERVING = 10;

export class Policies {
  readonly #rules: Rules;
  #book: PolicyBook = NO_POLICIES;
  #isChanged = false;
  /** Of the versions that were asked for, by name: they are asked for with every trade that a bar moves. */
  readonly #made = new Map<string, Map<number, Rules>>();

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  get book(): PolicyBook {
    return this.#book;
  }

  /** The rules a trade is decided by. */
  rulesOf({ policy }: Pick<Trade, 'policy'>): Rules {
    if (policy === null) return this.#rules;
    return this.#made.get(policy.name)?.get(policy.version) ?? this.#make(policy);
  }

  /** A new trade as the policy that is for it has it. */
  begin(trade: Trade): Trade {
    return under(policyFor(this.#book, trade.spec, trade.instrument, this.#rules.symbols), trade);
  }

  /** Versions of policies that are for a trade and only observe, by name. */
  observing({ spec, instrument }: Pick<Trade, 'spec' | 'instrument'>): readonly PolicyRef[] {
    const { symbols } = this.#rules;
    return currentPolicies(this.#book)
      .filter((policy) => policy.mode === 'observe' && isFor(policy, spec, instrument, symbols))
      .slice(0, MOST_OBSERVING)
      .map(refOf);
  }

  /** A trade that goes on for another one has its policy. */
  inherit(trade: Trade, parent: Trade | undefined): Trade {
    return parent === undefined ? this.begin(trade) : { ...trade, policy: parent.policy };
  }

  /** Puts a policy into force for new trades. Returns it: as it was where it says nothing new. */
  upsert(terms: PolicyTerms, isHeld: IsHeld): Policy {
    this.#put(withPolicy(this.#book, terms, isHeld));
    const policy = currentOf(this.#book, terms.name);
    if (policy === undefined) throw new Error(`policy ${terms.name} was not put into force`);
    return policy;
  }

  /** The policy of a name as it is for new trades; null for the documented plan. @throws DtmsError POLICY_NOT_FOUND */
  require(name: string): Policy | null {
    if (name === DEFAULT_POLICY.name) return null;
    const policy = currentOf(this.#book, name);
    if (policy === undefined) throw policyNotFound(name);
    return policy;
  }

  /** A version of a policy, also where it is for no new trade; null for the documented plan. @throws DtmsError POLICY_NOT_FOUND */
  requireVersion(ref: PolicyRef): Policy | null {
    if (ref.name === DEFAULT_POLICY.name) return null;
    const policy = versionOf(this.#book, ref);
    if (policy === undefined) throw policyNotFound(ref.name);
    return policy;
  }

  /** Ends a policy for new trades. Returns whether there was one. */
  delete(name: string, isHeld: IsHeld): boolean {
    const before = this.#book;
    this.#put(withoutPolicy(before, name, isHeld));
    return this.#book !== before;
  }

  get isChanged(): boolean {
    return this.#isChanged;
  }

  /** The book, where it changed since the last call. */
  drain(): PolicyBook[] {
    if (!this.#isChanged) return [];
    this.#isChanged = false;
    return [this.#book];
  }

  /** Takes a stored book; it does not count as changed. */
  restore(book: PolicyBook): void {
    this.#book = book;
    this.#made.clear();
    this.#isChanged = false;
  }

  /** A version that is gone was of trades that are settled: one that comes back is defended by the documented plan. */
  #make(ref: PolicyRef): Rules {
    const policy = versionOf(this.#book, ref);
    const rules = policy === undefined ? this.#rules : policyRules(policy, this.#rules);
    const versions = this.#made.get(ref.name) ?? new Map<number, Rules>();
    this.#made.set(ref.name, versions.set(ref.version, rules));
    return rules;
  }

  #put(book: PolicyBook): void {
    if (book === this.#book) return;
    this.#book = book;
    this.#made.clear();
    this.#isChanged = true;
  }
}

function under(policy: Policy | null, trade: Trade): Trade {
  if (policy === null) return trade.policy === null ? trade : { ...trade, policy: null };
  const isMeasured = policy.riskAtrs !== null && !trade.riskEstimated;
  return { ...trade, policy: refOf(policy), risk: isMeasured ? null : trade.risk };
}
