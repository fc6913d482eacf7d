// Owns the policies there are: of each its versions, the newest of which is for new trades unless the policy was deleted.
// Immutable plain data.
import type { SymbolRules } from '../market/symbols.js';
import type { PolicyRef } from '../trade/policy-ref.js';
import { isFor, type Policy, type PolicyTerms, type ScopedTrade } from './policy.js';

export interface PolicyEntry {
  readonly name: string;
  /** A version's number is never given again. */
  readonly latest: number;
  /** A deleted policy is for no new trade; trades that have it keep it. */
  readonly isDeleted: boolean;
  /** Oldest first: the newest, and others that trades may have. */
  readonly versions: readonly Policy[];
}

export interface PolicyBook {
  /** How often it changed. */
  readonly revision: number;
  /** In the order of their names. */
  readonly entries: readonly PolicyEntry[];
}

export const NO_POLICIES: PolicyBook = { revision: 0, entries: [] };

/** More than this one book does not hold: policies for new trades, names there ever were, and versions of all of them. */
export const MOST_POLICIES = 200;
export const MOST_NAMES = 5000;
export const MOST_VERSIONS = 1000;
/** All of it is written with each change: characters of all versions together, above which old ones go, and above twice which none is added. */
export const MOST_CHARACTERS = 2_000_000;

/** Whether a trade that is not settled has a version of a policy. */
export type IsHeld = (ref: PolicyRef) => boolean;

/** The policy of a name as it is for new trades; undefined where there is none. */
export function currentOf(book: PolicyBook, name: string): Policy | undefined {
  const entry = entryOf(book, name);
  return entry === undefined || entry.isDeleted ? undefined : entry.versions.at(-1);
}

const current = new WeakMap<PolicyBook, readonly Policy[]>();

/** Those for new trades, in the order of their names: found once, since every new trade asks and most names may be deleted. */
export function currentPolicies(book: PolicyBook): readonly Policy[] {
  const known = current.get(book);
  if (known !== undefined) return known;
  const policies = book.entries.flatMap(({ isDeleted, versions }) => (isDeleted ? [] : versions.slice(-1)));
  current.set(book, policies);
  return policies;
}

/** A version of a policy; undefined where the book does not hold it. */
export function versionOf(book: PolicyBook, { name, version }: PolicyRef): Policy | undefined {
  return entryOf(book, name)?.versions.find((policy) => policy.version === version);
}

/** The policy that is for a new trade; null where none is, so that it follows the documented plan. */
export function policyFor(
  book: PolicyBook,
  trade: ScopedTrade,
  instrument: string,
  rules: SymbolRules,
): Policy | null {
  let found: Policy | null = null;
  for (const policy of currentPolicies(book)) {
    const isAhead = found === null || policy.priority > found.priority;
    if (isAhead && isFor(policy, trade, instrument, rules)) found = policy;
  }
  return found;
}

/** The book with a new version of a policy; the same where its newest says just that. */
export function withPolicy(book: PolicyBook, terms: PolicyTerms, isHeld: IsHeld): PolicyBook {
  const entry = entryOf(book, terms.name);
  const current = currentOf(book, terms.name);
  if (current !== undefined && isSaying(current, terms)) return book;
  const version = (entry?.latest ?? 0) + 1;
  const versions = [...(entry?.versions ?? []), { ...terms, version }];
  return roomy(put(book, { name: terms.name, latest: version, isDeleted: false, versions }), isHeld);
}

/** The book in which a policy is for no new trade; the same where it is for none. */
export function withoutPolicy(book: PolicyBook, name: string, isHeld: IsHeld): PolicyBook {
  const entry = entryOf(book, name);
  if (entry === undefined || entry.isDeleted) return book;
  return roomy(put(book, { ...entry, isDeleted: true }), isHeld);
}

/** What the book has no room for, where another version of this policy is one too many; null where there is room. */
export function fullOf(
  book: PolicyBook,
  name: string,
): { readonly what: string; readonly limit: number } | null {
  const isNew = currentOf(book, name) === undefined;
  if (isNew && currentPolicies(book).length >= MOST_POLICIES)
    return { what: 'policies', limit: MOST_POLICIES };
  if (entryOf(book, name) === undefined && book.entries.length >= MOST_NAMES)
    return { what: 'names of policies', limit: MOST_NAMES };
  if (charactersIn(book) >= 2 * MOST_CHARACTERS)
    return { what: 'characters of policies', limit: 2 * MOST_CHARACTERS };
  const isCrowded = versionsIn(book) >= 2 * MOST_VERSIONS;
  return isCrowded ? { what: 'versions of policies that trades have', limit: MOST_VERSIONS } : null;
}

/** The book with another account in place of this one. */
export function withoutAccount(book: PolicyBook, account: string, instead: string): PolicyBook {
  const renamed = (policy: Policy): Policy => {
    const accounts = policy.scope.accounts.map((each) => (each === account ? instead : each));
    return { ...policy, scope: { ...policy.scope, accounts } };
  };
  const entries = book.entries.map((entry) => ({ ...entry, versions: entry.versions.map(renamed) }));
  return { ...book, entries };
}

/** How many versions it holds. */
export function versionsIn({ entries }: PolicyBook): number {
  return entries.reduce((sum, { versions }) => sum + versions.length, 0);
}

/** How long all its versions are as text. */
export function charactersIn({ entries }: PolicyBook): number {
  return entries.reduce((sum, { versions }) => versions.reduce((all, one) => all + lengthOf(one), sum), 0);
}

const lengths = new WeakMap<Policy, number>();

/** A version never changes, so it is counted once. */
function lengthOf(policy: Policy): number {
  const known = lengths.get(policy);
  if (known !== undefined) return known;
  const { length } = textOf(policy);
  lengths.set(policy, length);
  return length;
}

function entryOf({ entries }: PolicyBook, name: string): PolicyEntry | undefined {
  return entries.find((entry) => entry.name === name);
}

function put(book: PolicyBook, entry: PolicyEntry): PolicyBook {
  const others = book.entries.filter(({ name }) => name !== entry.name);
  const entries = [...others, entry].sort((one, other) => (one.name < other.name ? -1 : 1));
  return { revision: book.revision + 1, entries };
}

/** Without old versions that no trade has, where there are too many. */
function roomy(book: PolicyBook, isHeld: IsHeld): PolicyBook {
  if (versionsIn(book) <= MOST_VERSIONS && charactersIn(book) <= MOST_CHARACTERS) return book;
  const entries = book.entries.map((entry) => ({
    ...entry,
    versions: entry.versions.filter(
      (policy) => isHeld(policy) || (!entry.isDeleted && policy.version === entry.latest),
    ),
  }));
  return { ...book, entries };
}

function isSaying({ version: _, ...said }: Policy, terms: PolicyTerms): boolean {
  return textOf(said) === textOf(terms);
}

/** The same text for the same content, in whatever order it was written. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) => {
    if (typeof inner === 'bigint') return String(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)));
  });
}
