// Owns reading of feeds, and which of them a caller may see.
import type { Feed } from '../domain/market/feed.js';
import { mayFollow } from '../domain/market/feed.js';
import { type FeedStanding, feedStandings, isUnfinished, tradesOnFeeds } from '../engine/feed-standing.js';
import { type ListPage, pageByName } from './page.js';
import type { LogState, Sources } from './sources.js';

/** Whose feeds are asked for; null means everybody's. */
type Accounts = ReadonlySet<string> | null;

/** Feeds in the order of their names, those after a name; also one that trades wait for and nobody has told anything. */
export function listFeeds(
  sources: Sources,
  accounts: Accounts,
  after: string,
  size: number,
): ListPage<FeedStanding, string> {
  // What was refused and held of feeds is in the leader's memory.
  const state = sources.leading();
  const isSeen = feedsSeen(state, accounts);
  const { feeds } = state.engine;
  const names = new Set([
    ...[...feeds.all()].map(({ name }) => name),
    ...tradesOnFeeds(state, accounts, isUnfinished).keys(),
  ]);
  const visible = [...names].filter(isSeen);
  const { items, next } = pageByName(new Map(visible.map((name) => [name, feeds.of(name)])), after, size);
  const standing = feedStandings(state, accounts);
  return { items: items.map((feed) => shownTo(standing(feed), accounts, isSeen)), next };
}

/** Which feeds are listed: those that are for the accounts, and those their trades follow or their terms name. */
export function feedsSeen(
  { engine }: Pick<LogState, 'engine'>,
  accounts: Accounts,
): (feed: string) => boolean {
  if (accounts === null) return () => true;
  const theirs = new Set(tradesOnFeeds({ engine }, accounts, isUnfinished).keys());
  for (const account of accounts)
    for (const feed of engine.accounts.get(account)?.feeds ?? []) theirs.add(feed);
  return (name) =>
    isReadable({ engine }, name, accounts) &&
    (theirs.has(name) || engine.feeds.of(name).accounts.some((account) => accounts.has(account)));
}

/** Whether a feed's prices may be read by whoever knows its name: that trades of one of the accounts may follow it. */
export function isReadable({ engine }: Pick<LogState, 'engine'>, feed: string, accounts: Accounts): boolean {
  if (accounts === null) return true;
  const known = engine.feeds.of(feed);
  return known.accounts.length === 0 || [...accounts].some((account) => mayFollow(known, account));
}

/** A feed without what is others'. */
export function shownTo(
  standing: FeedStanding,
  accounts: Accounts,
  isSeen: (feed: string) => boolean,
): FeedStanding {
  if (accounts === null) return standing;
  const { feed } = standing;
  const own = feed.accounts.filter((account) => accounts.has(account));
  const isTheirs = own.length > 0 && own.length === feed.accounts.length;
  const confirmedBy = feed.confirmedBy !== null && isSeen(feed.confirmedBy) ? feed.confirmedBy : null;
  const shown: Feed = { ...feed, accounts: own, confirmedBy, madeBy: isTheirs ? feed.madeBy : '' };
  return { ...standing, feed: shown };
}
