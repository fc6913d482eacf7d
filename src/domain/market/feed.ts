// Owns what a feed is: whose prices it carries, whose trades may follow it, and who may write it. Pure data.

/** A LIVE feed keeps to the database's clock; a RECORDED one runs on its own. */
export const FEED_KINDS = ['LIVE', 'RECORDED'] as const;
export type FeedKind = (typeof FEED_KINDS)[number];

export interface Feed {
  readonly name: string;
  readonly kind: FeedKind;
  /** Only trades of these accounts may follow it; none means everybody's may. */
  readonly accounts: readonly string[];
  /** The feed whose prices confirm what looks odd on this one; null means none. */
  readonly confirmedBy: string | null;
  /** The name of the key it counts for. */
  readonly madeBy: string;
}

/** Who writes market data. */
export interface FeedWriter {
  readonly name: string;
  /** Null means every account. */
  readonly accounts: ReadonlySet<string> | null;
  /** Names of feeds, or beginnings of names followed by `*`; null means all that `accounts` lets it write. */
  readonly feeds: readonly string[] | null;
}

/** Whether a name is the pattern, or begins with what comes before its `*`. */
export function matchesPattern(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** Whether every name that one of the patterns matches is matched by one of `all`; null is every name. */
export function isWithin(patterns: readonly string[] | null, all: readonly string[] | null): boolean {
  if (all === null) return true;
  // What a pattern begins with stands for all it matches; a pattern that has a `*` needs one that has.
  const isMatched = (pattern: string): boolean =>
    all.some((one) =>
      pattern.endsWith('*')
        ? one.endsWith('*') && matchesPattern(one, pattern.slice(0, -1))
        : matchesPattern(one, pattern),
    );
  return patterns?.every(isMatched) ?? false;
}

/** Whether trades of an account may follow the feed. */
export function mayFollow({ accounts }: Feed, account: string): boolean {
  return accounts.length === 0 || accounts.includes(account);
}

/** Whether what a feed says may decide about what another one holds: all that may follow the other may follow it. */
export function mayConfirm(feed: Feed, other: Feed): boolean {
  if (feed.accounts.length === 0) return true;
  return other.accounts.length > 0 && other.accounts.every((account) => mayFollow(feed, account));
}

/** A writer that is limited to accounts never writes a feed that others may follow. */
export function mayWrite(feed: Feed, { accounts, feeds }: FeedWriter): boolean {
  if (feeds !== null && !feeds.some((pattern) => matchesPattern(pattern, feed.name))) return false;
  if (accounts === null) return true;
  return feed.accounts.length > 0 && feed.accounts.every((account) => accounts.has(account));
}
