// Owns policies as people write, end and assign them. Each is a turn of the engine, and audited with what was written.

import type { Policy, PolicyTerms } from '../domain/policy/policy.js';
import { fullOf } from '../domain/policy/policy-book.js';
import { DEFAULT_POLICY, type PolicyRef } from '../domain/trade/policy-ref.js';
import type { Engine } from '../engine/engine.js';
import { sketchOf } from '../engine/market.js';
import { assign, checkPolicy, type PolicyChange, tradesFor } from '../engine/policy-changes.js';
import { limitReached } from '../errors/feeds.js';
import { decodePolicies, encodePolicies, encodePolicy } from '../store/bodies/policies.js';
import {
  type Applied,
  auditOf,
  type Deciding,
  type ImmediateCommand,
  type Issuer,
  type Journalled,
  journalled,
  type PreparedCommand,
} from './command.js';

/** Who decides, and why. */
export interface PolicyDecision {
  /** Empty: the key's name. */
  readonly by: string;
  readonly reason: string;
}

/** Puts a policy into force for new trades. The command throws INVALID_FIELD, and LIMIT_REACHED where there are too many. */
export const upsertPolicy = journalled(
  'upsertPolicy',
  (terms: PolicyTerms, { by, reason }: PolicyDecision, issuer: Issuer): ImmediateCommand<Policy> => ({
    apply: ({ engine }) => {
      checkPolicy(terms, engine.rules);
      checkReadable(terms);
      const { policies } = engine;
      const full = fullOf(policies.book, terms.name);
      if (full !== null) throw limitReached(full.what, full.limit);
      const policy = policies.upsert(terms, heldIn(engine));
      const { name, version } = policy;
      const detail = { name, version, by: by || issuer.principal.name, reason, policy: encodePolicy(policy) };
      return { work: { audits: [auditOf(issuer, { detail })] }, respond: () => policy };
    },
  }),
);

/** Ends a policy for new trades. Tells whether there was one. */
export const deletePolicy = journalled(
  'deletePolicy',
  (name: string, { by, reason }: PolicyDecision, issuer: Issuer): ImmediateCommand<boolean> => ({
    apply: ({ engine }) => {
      const deleted = engine.policies.delete(name, heldIn(engine));
      const detail = { name, by: by || issuer.principal.name, reason, deleted };
      return { work: { audits: [auditOf(issuer, { detail })] }, respond: () => deleted };
    },
  }),
);

/** So many trades are given a policy in one turn. */
const AT_ONCE = 100;

/**
 * Gives running trades the newest version of a policy, some in each turn; what is over when its turn comes is passed by. The command
 * throws POLICY_NOT_FOUND, TRADE_NOT_FOUND.
 */
export const assignPolicy = journalled(
  'assignPolicy',
  (
    account: string,
    name: string,
    tickets: readonly bigint[],
    decision: PolicyDecision,
    issuer: Issuer,
  ): PreparedCommand<readonly bigint[] | undefined, readonly PolicyChange[]> => {
    const chosen = ({ engine }: Pick<Deciding, 'engine'>): readonly bigint[] =>
      tradesFor(engine, account, tickets, engine.policies.require(name)).map(({ spec }) => spec.ticket);
    const give = (some: readonly bigint[], version?: number) =>
      assignTrades(account, name, some, decision, issuer, version);
    let later: readonly bigint[] = [];
    return {
      prepare: async (term) => {
        const all = chosen(term);
        later = all.slice(AT_ONCE);
        return all.slice(0, AT_ONCE);
      },
      // The journal of an older program told no part: it was all of them.
      apply: (term, first) => {
        const version = term.engine.policies.require(name)?.version;
        return inParts(term, give(first ?? chosen(term)), later, (some) => give(some, version));
      },
    };
  },
);

type Assignment = ImmediateCommand<readonly PolicyChange[]> & Journalled;

/** Applies one, and leaves the trades that are to be given it `later` for turns of their own. */
function inParts(
  term: Deciding,
  { apply }: Assignment,
  later: readonly bigint[],
  give: (some: readonly bigint[]) => Assignment,
  before: readonly PolicyChange[] = [],
): Applied<readonly PolicyChange[]> {
  const { work = {}, respond } = apply(term);
  const changes = [...before, ...respond(term.head)];
  const next = give(later.slice(0, AT_ONCE));
  const goOn = (then: Deciding) => inParts(then, next, later.slice(AT_ONCE), give, changes);
  const rest = later.length === 0 ? undefined : { told: next.told, apply: goOn };
  return { work, rest, respond: () => changes };
}

/** The same of these trades in one turn, as far as they are not over: a version that was chosen before, or the newest. */
export const assignTrades = journalled(
  'assignTrades',
  (
    account: string,
    name: string,
    tickets: readonly bigint[],
    { by, reason }: PolicyDecision,
    issuer: Issuer,
    chosen?: number,
  ): ImmediateCommand<readonly PolicyChange[]> => ({
    apply: ({ engine, clock }) => {
      const { policies } = engine;
      const policy =
        chosen === undefined ? policies.require(name) : policies.requireVersion({ name, version: chosen });
      const changes = tickets.flatMap((ticket) => {
        const trade = engine.get(account, ticket);
        if (trade === undefined || trade.state === 'CLOSED') return [];
        return assign(engine, trade, policy, reason, clock.now(engine.feedOf(trade))) ?? [];
      });
      const version = policy?.version ?? DEFAULT_POLICY.version;
      const trades = changes.map(({ spec }) => String(spec.ticket)).join(',');
      const detail = { name, version, by: by || issuer.principal.name, reason, trades };
      return { work: { audits: [auditOf(issuer, { account, detail })] }, respond: () => changes };
    },
  }),
);

/** What could not be read again would keep every server from starting. @throws UnreadableBodyError */
function checkReadable(terms: PolicyTerms): void {
  const versions = [{ ...terms, version: 1 }];
  const entry = { name: terms.name, latest: 1, isDeleted: false, versions };
  decodePolicies(encodePolicies({ revision: 1, entries: [entry] }));
}

/** Looked up where it is asked: most changes leave every version where it is. */
function heldIn(engine: Engine): (ref: PolicyRef) => boolean {
  const keyOf = ({ name, version }: PolicyRef) => `${name} ${version}`;
  let held: ReadonlySet<string> | undefined;
  return (ref) => {
    held ??= new Set(
      Array.from(engine.heldTrades(), sketchOf).map(({ policy }) => (policy === null ? '' : keyOf(policy))),
    );
    return held.has(keyOf(ref));
  };
}
