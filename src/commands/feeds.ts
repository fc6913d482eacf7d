// Owns feeds: who makes, changes, resets and ends them, and who may write them.
import { isDeepStrictEqual } from 'node:util';
import type { Account } from '../domain/account/account.js';
import { DEFAULT_FEED } from '../domain/market/data.js';
import { type Feed, type FeedWriter, mayWrite } from '../domain/market/feed.js';
import type { Trade, TradeSpec } from '../domain/trade/trade.js';
import { putFeed } from '../engine/feed-kinds.js';
import { feedObstacle } from '../engine/feed-rights.js';
import { type FeedStanding, feedStandings, isUnfinished } from '../engine/feed-standing.js';
import { invalidField } from '../errors/errors.js';
import { feedDenied, feedInUse, feedNotFollowed, feedNotFound, limitReached } from '../errors/feeds.js';
import { auditOf, type Deciding, type ImmediateCommand, type Issuer, journalled } from './command.js';

/** Whose command it is, what the caller may write, and whether it may change feeds or only make them. */
export interface FeedIssuer extends Issuer {
  readonly writer: FeedWriter;
  readonly right: 'change' | 'make';
}

/** Makes or changes a feed; it is audited. The command throws FEED_DENIED, FEED_IN_USE and LIMIT_REACHED. */
export const upsertFeed = journalled(
  'upsertFeed',
  (wanted: Omit<Feed, 'madeBy'>, issuer: FeedIssuer): ImmediateCommand<FeedStanding> => {
    const { writer, right } = issuer;
    return {
      apply: (term) => {
        if (wanted.confirmedBy === wanted.name) throw invalidField('confirmed_by', 'must be another feed');
        const { feeds } = term.engine;
        const known = feeds.get(wanted.name);
        const feed = { ...wanted, madeBy: known?.madeBy ?? writer.name };
        if ((known !== undefined && !mayWrite(known, writer)) || !mayWrite(feed, writer)) {
          throw feedDenied(feed.name, writer.name);
        }
        const following = followersOf(term, feed.name);
        if (isOthers(writer, following) || (known === undefined && isShared(term, feed.name, writer)))
          throw feedDenied(feed.name, writer.name);
        if (feed.confirmedBy === feed.name) throw invalidField('confirmed_by', 'must be another feed');
        if (right === 'make' && !mayMake(term, feed, known, following))
          throw feedDenied(feed.name, writer.name);
        if (known === undefined) checkRoom(term, writer.name);
        for (const { spec } of following) checkFollowed(term, feed, spec.account);
        putFeed(term.engine, feed, { now: term.databaseNow(), at: term.clock.now(feed.name) });
        const audits = [auditOf(issuer, { detail: { ...feed } })];
        return { work: { audits }, respond: () => feedStandings(term, writer.accounts)(feed) };
      },
    };
  },
);

/** Whoever may only make feeds may say again what is so, and turns nobody's trades over to a recording, present or future. */
function mayMake(term: Deciding, feed: Feed, known: Feed | undefined, following: readonly Trade[]): boolean {
  if (known !== undefined) return isDeepStrictEqual(feed, known);
  if (feed.kind === 'LIVE') return true;
  // Those that name no feeds have the default one.
  const isNamed = [...term.engine.accounts.all()].some(({ feeds }) => feeds.includes(feed.name));
  return feed.name !== DEFAULT_FEED && !isNamed && following.length === 0;
}

/**
 * Forgets the data of a feed, or of one of its symbols; it is audited. The outcome is of how many symbols. The
 * command throws FEED_NOT_FOUND and FEED_DENIED.
 */
export const resetFeed = journalled(
  'resetFeed',
  (name: string, symbol: string | null, issuer: FeedIssuer): ImmediateCommand<number> => {
    return {
      apply: (term) => {
        checkWritable(term, name, issuer.writer);
        const markets = term.engine.forget(name, symbol);
        const audits = [auditOf(issuer, { detail: { feed: name, symbol: symbol ?? '', markets } })];
        return { work: { audits }, respond: () => markets };
      },
    };
  },
);

/** Ends a feed nobody follows; it is audited. The command throws FEED_NOT_FOUND, FEED_DENIED and FEED_IN_USE. */
export const deleteFeed = journalled(
  'deleteFeed',
  (name: string, issuer: FeedIssuer): ImmediateCommand<void> => {
    return {
      apply: (term) => {
        checkWritable(term, name, issuer.writer);
        const [follower] = followersOf(term, name);
        if (follower !== undefined) throw feedInUse(name, follower.spec.account, 'they would wait for data');
        term.engine.forget(name, null);
        term.engine.feeds.delete(name);
        return { work: { audits: [auditOf(issuer, { detail: { feed: name } })] }, respond: () => undefined };
      },
    };
  },
);

/** Lets a writer write a feed, which is made where there is none. Throws FEED_DENIED and LIMIT_REACHED. */
export function admitWriter(term: Deciding, name: string, writer: FeedWriter): void {
  const { feeds } = term.engine;
  const known = feeds.get(name);
  if (known !== undefined) {
    if (!mayWrite(known, writer)) throw feedDenied(name, writer.name);
    return;
  }
  const { accounts } = writer;
  const feed = { ...feeds.of(name), accounts: accounts === null ? [] : [...accounts], madeBy: writer.name };
  if (isShared(term, name, writer) || isOthers(writer, followersOf(term, name)) || !mayWrite(feed, writer)) {
    throw feedDenied(name, writer.name);
  }
  checkRoom(term, writer.name);
  feeds.put(feed);
}

/** Throws FEED_NOT_FOLLOWED unless a trade as told may follow its feed. */
export function checkFeed(term: Deciding, { account, feed }: TradeSpec): void {
  const { accounts } = term.engine;
  const named = accounts.get(account)?.feeds ?? [];
  if (named.length > 0 && !named.includes(feed)) {
    throw feedNotFollowed(feed, account, `the account follows ${named.join(', ')}`);
  }
  checkMayFollow(term, feed, account);
}

/** Throws FEED_NOT_FOLLOWED unless trades of the account may follow the feed, as far as is known. */
export function checkMayFollow(term: Deciding, feed: string, account: string): void {
  const obstacle = feedObstacle(term.engine, feed, account);
  if (obstacle !== '') throw feedNotFollowed(feed, account, obstacle);
}

/** Throws FEED_IN_USE when an account is to be a real one whose trades follow a recorded feed, closed ones with open work too. */
export function checkRecorded(term: Deciding, account: string): void {
  for (const trade of term.engine.tradesOf(account)) {
    const { feed } = trade.spec;
    // What is left to close would be fitted to the prices of a recording.
    if (isUnfinished(trade) && term.engine.feeds.feedKind(feed) === 'RECORDED') {
      throw feedInUse(feed, account, 'it is recorded, and no live bridge may report the account');
    }
  }
}

function checkFollowed(term: Deciding, feed: Feed, account: string): void {
  const obstacle = feedObstacle(
    { accounts: term.engine.accounts, feeds: { of: () => feed } },
    feed.name,
    account,
  );
  if (obstacle !== '') throw feedInUse(feed.name, account, obstacle);
}

function checkWritable(term: Deciding, name: string, writer: FeedWriter): void {
  const known = term.engine.feeds.get(name);
  // Who is limited to accounts does not learn which feeds others have.
  if (known === undefined && writer.accounts === null) throw feedNotFound(name);
  if (known === undefined || !mayWrite(known, writer)) throw feedDenied(name, writer.name);
}

/** Throws LIMIT_REACHED when the key, or all of them, have as many feeds as may be. */
function checkRoom(term: Deciding, key: string): void {
  const { maximum, maximumPerKey } = term.engine.rules.feeds;
  const feeds = [...term.engine.feeds.all()];
  if (feeds.length >= maximum) throw limitReached('feeds', maximum);
  if (feeds.filter(({ madeBy }) => madeBy === key).length >= maximumPerKey) {
    throw limitReached(`feeds of the key ${key}`, maximumPerKey);
  }
}

/** Whether trades of accounts that the writer is not for follow it. */
function isOthers({ accounts }: FeedWriter, following: readonly Trade[]): boolean {
  return accounts !== null && following.some(({ spec }) => !accounts.has(spec.account));
}

/** Whether accounts that the writer is not for are to follow the feed as soon as there is one: no first writer takes it. */
function isShared(term: Deciding, name: string, { accounts }: FeedWriter): boolean {
  if (accounts === null) return false;
  const isMeant = ({ account, feeds }: Account): boolean =>
    !accounts.has(account) && (feeds.length === 0 ? name === DEFAULT_FEED : feeds.includes(name));
  return [...term.engine.accounts.all()].some(isMeant);
}

function followersOf({ engine }: Deciding, feed: string): Trade[] {
  return [...engine.trades()].filter((trade) => isUnfinished(trade) && engine.feedOf(trade) === feed);
}
