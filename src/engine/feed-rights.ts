// Owns whether an account's trades may follow a feed: asked of every trade however it came about, and again whenever the feed
// or the account becomes another. No data of a feed that they may not follow reaches them.
import { mayFollow } from '../domain/market/feed.js';
import type { Accounts } from './accounts.js';
import type { Feeds } from './feeds.js';

/** The feed of trades that may not follow theirs: nobody writes it. */
export const NO_FEED = '';

/** What of the engine is asked. */
export interface FeedRights {
  readonly feeds: Pick<Feeds, 'of'>;
  readonly accounts: Pick<Accounts, 'get'>;
}

/** Why trades of the account may not follow the feed; empty when they may. */
export function feedObstacle({ feeds, accounts }: FeedRights, name: string, account: string): string {
  const feed = feeds.of(name);
  if (!mayFollow(feed, account)) return 'it is for other accounts';
  const isReal = accounts.get(account)?.kind === 'REAL';
  return feed.kind === 'RECORDED' && isReal ? 'it is recorded, and a live bridge reports the account' : '';
}

/** The feed whose data reach trades of the account that are on this one; `NO_FEED` while they may not follow it. */
export function followedFeed(rights: FeedRights, name: string, account: string): string {
  return feedObstacle(rights, name, account) === '' ? name : NO_FEED;
}
