// Owns what a feed is worth to the trades that follow it: only one that is live and fresh under all of them is good.
import { duration } from '../ui/format.js';
import type { FeedJson } from './json.js';

export interface FeedState {
  /** `none`: nobody's trade depends on it, or it is a recording, which no clock judges. */
  readonly tone: 'bad' | 'none' | 'good';
  readonly text: string;
}

/** What of a feed is looked at. */
type Looked = Pick<FeedJson, 'kind' | 'activeTrades' | 'asOf' | 'skewMs' | 'staleMarkets'>;

export function feedState({ kind, activeTrades, asOf, skewMs, staleMarkets }: Looked): FeedState {
  if (skewMs !== undefined) return { tone: 'bad', text: `${duration(Number(skewMs))} ahead` };
  const isFollowed = Number(activeTrades) > 0;
  if (asOf === undefined) return { tone: isFollowed ? 'bad' : 'none', text: 'no data' };
  const stale = Number(staleMarkets);
  if (stale > 0) return { tone: 'bad', text: `${stale} ${stale === 1 ? 'symbol' : 'symbols'} stale` };
  if (!isFollowed) return { tone: 'none', text: 'no trades' };
  return kind === 'FEED_KIND_LIVE' ? { tone: 'good', text: 'fresh' } : { tone: 'none', text: 'recorded' };
}

const ORDER = ['bad', 'none', 'good'];

/** What is bad first, and by name where it is alike. */
export function byUrgency(
  one: Looked & Pick<FeedJson, 'name'>,
  other: Looked & Pick<FeedJson, 'name'>,
): number {
  const rank = (feed: Looked) => ORDER.indexOf(feedState(feed).tone);
  return rank(one) - rank(other) || one.name.localeCompare(other.name);
}

/** "12 late, 3 ahead", the most first; empty when nothing was refused. */
export function refusedText({ refused }: Pick<FeedJson, 'refused'>): string {
  return Object.entries(refused)
    .sort(([, one], [, other]) => Number(other) - Number(one))
    .map(([fault, count]) => `${count} ${fault.toLowerCase()}`)
    .join(', ');
}
