// Owns MarketDataService, the part about feeds.
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import { MarketDataServiceDefinition } from '../../gen/ts/dtms/v1/market_data_service.js';
import type { Principal } from '../access/principal.js';
import { deleteFeed, type FeedIssuer, resetFeed, upsertFeed } from '../commands/feeds.js';
import type { CommandRunner } from '../commands/runner.js';
import type { FeedWriter } from '../domain/market/feed.js';
import type { CallContext } from '../interceptors/call-context.js';
import type { Handlers } from '../interceptors/handlers.js';
import { listFeeds } from '../queries/feeds.js';
import type { Sources } from '../queries/sources.js';
import { feedFromProto, feedToProto } from '../wire/feed.js';
import { answering } from './answering.js';
import { nameToken, pageSizeOf, parseNamedPageToken, queryFingerprint } from './page-token.js';

const METHODS = MarketDataServiceDefinition.methods;

type FeedHandlers = Pick<
  Handlers<MarketDataServiceDefinition>,
  'upsertFeed' | 'listFeeds' | 'resetFeed' | 'deleteFeed'
>;

export function feedHandlers(commands: CommandRunner, sources: Sources): FeedHandlers {
  const answer = answering(commands);
  return {
    upsertFeed: (request, call) => {
      const command = upsertFeed(feedFromProto(request), issuerOf(call));
      return answer(METHODS.upsertFeed, request, call, command, (use) => ({ feed: feedToProto(use) }));
    },

    listFeeds: (request, { method, principal }) => {
      const fingerprint = queryFingerprint(method, '');
      const { name } = parseNamedPageToken(request.pageToken, fingerprint);
      const { items, next } = listFeeds(sources, principal.accounts, name, pageSizeOf(request));
      return { feeds: items.map(feedToProto), nextPageToken: nameToken(fingerprint, next) };
    },

    resetFeed: (request, call) => {
      const command = resetFeed(request.feed, request.symbol || null, issuerOf(call));
      return answer(METHODS.resetFeed, request, call, command, (markets) => ({ markets }));
    },

    deleteFeed: (request, call) => {
      const command = deleteFeed(request.feed, issuerOf(call));
      return answer(METHODS.deleteFeed, request, call, command, () => ({}));
    },
  };
}

/** What a caller may write. */
export function writerOf({ name, accounts, feeds }: Principal): FeedWriter {
  return { name, accounts, feeds };
}

const issuerOf = (call: CallContext): FeedIssuer => ({
  ...call,
  writer: writerOf(call.principal),
  right: call.principal.scopes.has(Scope.ADMIN) ? 'change' : 'make',
});
