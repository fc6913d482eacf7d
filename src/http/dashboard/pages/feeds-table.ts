// Owns the table of the feeds: whose each is, and what is wrong with it, the worst first.
import type { ListFeedsResponse } from '../../../../gen/ts/dtms/v1/market_data_service.js';
import type { AppContext } from '../app-context.js';
import { byUrgency, feedState, refusedText } from '../data/feed-state.js';
import type { FeedJson } from '../data/json.js';
import { h } from '../ui/dom.js';
import { ago, integer, UNKNOWN, words } from '../ui/format.js';
import { listTable } from '../ui/list-table.js';
import type { Preferences } from '../ui/preferences.js';
import { type Polled, polled } from './polled.js';

const PAGE_SIZE = 500;

const HEADS = [
  ['Feed', ''],
  ['State', ''],
  ['Newest data', ''],
  ['Kind', ''],
  ['For', ''],
  ['Confirmed by', ''],
  ['Symbols', 'number'],
  ['Trades', 'number'],
  ['Refused', ''],
] as const;

/**
 * Shows feeds in a place, asking every so often.
 *
 * @param admits - which of them; absent means all
 */
export function pollFeeds(
  place: HTMLElement,
  everyMs: number,
  { api, preferences }: Pick<AppContext, 'api' | 'preferences'>,
  admits: (feed: FeedJson) => boolean = () => true,
): Polled {
  return polled(everyMs, async (signal) => {
    const feeds: FeedJson[] = [];
    const query = { pageSize: PAGE_SIZE };
    for await (const page of api.pages<ListFeedsResponse>('/v1/dtms/feeds', query, { signal }))
      feeds.push(...page.feeds);
    place.replaceChildren(feedsTable(feeds.filter(admits), preferences));
  });
}

function feedsTable(feeds: readonly FeedJson[], preferences: Preferences): HTMLElement {
  if (feeds.length === 0) return h('p', { class: 'empty small' }, 'No feed yet.');
  const rows = [...feeds].sort(byUrgency).map((feed) => {
    const { tone, text } = feedState(feed);
    const { asOf, feedTime } = feed;
    const age =
      asOf === undefined || feedTime === undefined ? undefined : Date.parse(feedTime) - Date.parse(asOf);
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, feed.name),
      h(
        'td',
        { class: tone === 'bad' ? 'problem' : undefined },
        tone === 'none' ? text : h('span', { class: `dot ${tone}` }, text),
      ),
      h('td', { title: preferences.time(asOf, 'full') }, age !== undefined && age < 0 ? 'ahead' : ago(age)),
      h('td', {}, words(feed.kind, 'FEED_KIND_')),
      h('td', {}, feed.accounts.length === 0 ? 'everybody' : feed.accounts.join(', ')),
      h('td', {}, feed.confirmedBy === '' ? UNKNOWN : feed.confirmedBy),
      h('td', { class: 'number' }, integer(feed.markets)),
      h('td', { class: 'number' }, integer(feed.activeTrades)),
      h('td', {}, refusedText(feed) || UNKNOWN),
    );
  });
  return listTable(HEADS, rows);
}
