// Owns feeds between the domain and the wire.
import * as pb from '../../gen/ts/dtms/v1/market_data_service.js';
import type { Feed } from '../domain/market/feed.js';
import { toDate } from './time.js';

export function feedFromProto({
  feed,
  kind,
  accounts,
  confirmedBy,
}: pb.UpsertFeedRequest): Omit<Feed, 'madeBy'> {
  return {
    name: feed,
    kind: pb.FeedKind[kind] as Feed['kind'],
    accounts: [...new Set(accounts)],
    confirmedBy: confirmedBy === '' ? null : confirmedBy,
  };
}

/** How a feed stands; times are UTC ms, and the skew is in ms. */
interface FeedStanding {
  readonly feed: Feed;
  readonly markets: number;
  readonly activeTrades: number;
  readonly skew: number;
  readonly asOf: number | null;
  readonly now: number;
  readonly staleMarkets: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly held: {
    readonly counts: Readonly<Record<'held' | 'dropped', number>>;
    readonly lastDropped: { readonly text: string; readonly at: number } | null;
  };
}

export function feedToProto(standing: FeedStanding): pb.Feed {
  const { feed, markets, activeTrades, skew, asOf, now, staleMarkets, refused } = standing;
  const { counts, lastDropped } = standing.held;
  return {
    held: BigInt(counts.held),
    dropped: BigInt(counts.dropped),
    lastDropped: lastDropped?.text ?? '',
    lastDroppedAt: toDate(lastDropped?.at ?? null),
    name: feed.name,
    kind: pb.FeedKind[feed.kind],
    accounts: [...feed.accounts],
    confirmedBy: feed.confirmedBy ?? '',
    madeBy: feed.madeBy,
    markets: BigInt(markets),
    activeTrades: BigInt(activeTrades),
    skewMs: skew > 0 ? BigInt(skew) : undefined,
    asOf: toDate(asOf),
    feedTime: toDate(now),
    staleMarkets: BigInt(staleMarkets),
    refused: Object.fromEntries(Object.entries(refused).map(([fault, count]) => [fault, BigInt(count)])),
  };
}
