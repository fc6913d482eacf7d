// Owns policies as people write, end and assign them. Each is a turn of the engine, and audited with what was written.

import type { Policy, PolicyTerms } from '../domain/policy/policy.js';
import { fullOf } from '../domain/policy/policy-book.js';
import { DEFAULT_POLICY, type PolicyRef } from '../domain/trade/policy-ref.js';
import type { Engine } from '../engine/engine.js';
import { assign, checkPolicy, type PolicyChange, tradesFor } from '../engine/policy-changes.js';
import { limitReached } from '../errors/feeds.js';
import { decodePolicies, encodePolicies, encodePolicy } from '../store/bodies/policies.js';
import { auditOf, type ImmediateCommand, type Issuer, journalled } from './command.js';

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

/** Gives running trades the newest version of a policy. The command throws POLICY_NOT_FOUND. */
export const assignPolicy = journalled(
  'assignPolicy',
  (
    account: string,
    name: string,
    tickets: readonly bigint[],
    { by, reason }: PolicyDecision,
    issuer: Issuer,
  ): ImmediateCommand<readonly PolicyChange[]> => ({
    apply: ({ engine, clock }) => {
      const policy = engine.policies.require(name);
      const changes = tradesFor(engine, account, tickets, policy).flatMap(
        (trade) => assign(engine, trade, policy, reason, clock.now(engine.feedOf(trade))) ?? [],
      );
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
    held ??= new Set(Array.from(engine.trades(), ({ policy }) => (policy === null ? '' : keyOf(policy))));
    return held.has(keyOf(ref));
  };
}
