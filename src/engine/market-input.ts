// Owns taking market data into the engine: what is refused or held, what it does to the view of its market, and
// which check of the market's trades it causes.
import { mayConfirm } from '../domain/market/feed.js';
import { isAhead, knownFrom, timeFieldOf } from '../domain/market/given-time.js';
import {
  faultOf,
  type ItemOutcome,
  type MarketItem,
  priceFieldOf,
  type RefusedItem,
  rejected,
} from '../domain/market/market-item.js';
import type { PricesAt } from '../domain/market/plausibility.js';
import type { Rules } from '../domain/rules.js';
import { type Admitted, type Arrival, type PricedItem, rangeOf } from '../domain/views/admission.js';
import { MarketView } from '../domain/views/market-view.js';
import type { Changes } from './changes.js';
import type { Evaluator } from './evaluator.js';
import type { FeedFaults } from './feed-faults.js';
import type { Feeds } from './feeds.js';
import type { Market } from './market.js';
import type { Markets } from './markets.js';
import { updateView } from './view-update.js';

/** What of the engine it works with. */
export interface InputParts {
  readonly feeds: Feeds;
  readonly faults: FeedFaults;
  readonly markets: Markets;
  readonly changes: Changes;
  readonly evaluator: Evaluator;
}

export class MarketInput {
  readonly #rules: Rules;
  readonly #parts: InputParts;

  constructor(rules: Rules, parts: InputParts) {
    this.#rules = rules;
    this.#parts = parts;
  }

  /** Takes one piece of market data at database time `now`, and does everything it causes. */
  take(feed: string, item: MarketItem, now: number): ItemOutcome {
    const { markets, changes } = this.#parts;
    const fault = faultOf(item) ?? this.#aheadOf(feed, item, now);
    if (fault !== null) return fault;
    const market = markets.ofSymbol(feed, item.symbol);
    const refusal = this.#refusalOf(market, item);
    if (refusal !== null) return refusal;
    const view = market.view ?? new MarketView(item.symbol, market.instrument, this.#rules);
    // Before it is held against others, or they against it.
    const obstacle = item.kind === 'bar' && !item.forming ? view.barObstacle(item.timeframe, item.bar) : null;
    if (obstacle !== null) return rejected('UNUSABLE', timeFieldOf(item), obstacle);
    const admitted = view.admission.admit(view, item, this.#occasion(market, now));
    if (admitted.held !== null || admitted.dropped.length > 0) changes.view(market);
    const outcome = this.#putAll(market, view, item, admitted, now);
    this.#note(feed, item, admitted, now);
    if (item.kind !== 'orderFlow' && admitted.taken.includes(item)) this.#confirmOthers(market, now);
    return outcome;
  }

  #putAll(
    market: Market,
    view: MarketView,
    item: MarketItem,
    { taken, dropped, held, refused }: Admitted,
    now: number,
  ): ItemOutcome {
    let outcome: ItemOutcome | null = null;
    for (const one of taken) {
      const put = this.#put(market, view, one, now);
      if (one === item) outcome = put;
    }
    const field = priceFieldOf(item);
    if (refused !== null) outcome = rejected('UNCONFIRMED', field, refused);
    else if (held !== null) outcome = { status: 'held', fault: 'UNCONFIRMED', field, reason: held };
    if (outcome === null) throw new Error('an item is taken, held or refused');
    const confirmed = taken.filter((one): one is PricedItem => one !== item);
    if (confirmed.length === 0 && dropped.length === 0) return outcome;
    return { ...outcome, settled: { confirmed, dropped } };
  }

  /** Puts an item that is believed into its view. */
  #put(market: Market, view: MarketView, item: MarketItem, now: number): ItemOutcome {
    const { markets, changes, evaluator, feeds } = this.#parts;
    // What is decided on the market as it was is decided before it is another.
    evaluator.checks.finish(market);
    const { outcome, check, at, changed, stored } = updateView(view, item);
    if (outcome.status === 'rejected') return outcome;
    const { admission } = view;
    if (market.view === null) {
      // A symbol that is new to a feed whose data have been fresh is not told by its own clock either.
      admission.wasFresh ||= markets.ofFeed(market.feed).some((known) => known.view?.admission.wasFresh);
      markets.attach(market, view);
    }
    if (changed && !admission.wasFresh && feeds.feedKind(market.feed) === 'LIVE')
      admission.wasFresh = now - at <= this.#rules.schedule.staleMs;
    if (changed) changes.view(market);
    for (const { timeframe, bar } of stored) changes.bar(market, timeframe, bar);
    if (check !== 'none') {
      const marketTime = Math.max(at, view.asOf ?? at);
      const moment = {
        at: marketTime,
        clock: this.#parts.feeds.clockOf(market.feed, { at: marketTime, now }),
      };
      if (check === 'deep') evaluator.deepCheck(market, view, moment);
      else evaluator.fastCheck(market, view, moment);
    }
    return outcome;
  }

  /** Feeds that this one confirms take what they hold where it agrees. */
  #confirmOthers({ feed, instrument }: Market, now: number): void {
    const { feeds, markets, changes } = this.#parts;
    for (const other of feeds.confirmedBy(feed)) {
      if (!mayConfirm(feeds.of(feed), feeds.of(other))) continue;
      const market = markets.of(other, instrument);
      const { view } = market;
      if (view === null) continue;
      const confirmed = view.admission.confirmedBy(this.#witnessOf(feed, instrument));
      for (const item of confirmed) {
        changes.view(market);
        this.#put(market, view, item, now);
        this.#parts.faults.settled(other, 'confirmed');
      }
    }
  }

  #note(feed: string, item: MarketItem, { taken, dropped, held }: Admitted, now: number): void {
    const { faults } = this.#parts;
    if (held !== null) faults.settled(feed, 'held');
    for (const one of taken) if (one !== item) faults.settled(feed, 'confirmed');
    for (const one of dropped) faults.dropped(feed, one, now);
  }

  /** When an item comes, and what a second source says of its prices. */
  #occasion({ feed, instrument }: Market, now: number): Arrival {
    const { feeds } = this.#parts;
    const known = feeds.of(feed);
    const second = known.confirmedBy;
    return {
      now: known.kind === 'LIVE' ? now : null,
      witness:
        second === null || !mayConfirm(feeds.of(second), known)
          ? () => null
          : this.#witnessOf(second, instrument),
    };
  }

  /** The prices of an instrument on a feed, where it has some that are about as old as the time asked for. */
  #witnessOf(feed: string, instrument: string): Arrival['witness'] {
    return (at) => {
      const view = this.#parts.markets.view(feed, instrument);
      const prices = view === undefined ? null : newestOf(view);
      return prices !== null && Math.abs(prices.at - at) <= this.#rules.schedule.staleMs ? prices : null;
    };
  }

  #refusalOf({ feed, instrument, view }: Market, item: MarketItem): RefusedItem | null {
    if (view === null) {
      return this.#hasRoom(feed) ? null : rejected('LIMIT', symbolField(item), 'too many symbols have data');
    }
    if (view.symbol === item.symbol) return null;
    const description = `feed ${feed} spells ${instrument} as ${view.symbol}: send it so, or reset the symbol of the feed`;
    return rejected('UNUSABLE', symbolField(item), description);
  }

  /** What is ahead of the database's clock on a live feed is wrongly dated, and changes nothing. */
  #aheadOf(feed: string, item: MarketItem, now: number): RefusedItem | null {
    const { feeds, faults } = this.#parts;
    const from = knownFrom(item);
    if (!isAhead(from, now, this.#rules.feeds.maximumAheadMs)) return null;
    if (feeds.feedKind(feed) === 'RECORDED') return null;
    faults.ahead(feed, from - now, now);
    const seconds = Math.round((from - now) / 1000);
    return rejected('AHEAD', timeFieldOf(item), `is ${seconds} s ahead of the database's clock`);
  }

  #hasRoom(feed: string): boolean {
    const { maximumMarkets, maximumMarketsPerFeed } = this.#rules.feeds;
    const { markets } = this.#parts;
    return markets.viewsIn() < maximumMarkets && markets.viewsIn(feed) < maximumMarketsPerFeed;
  }
}

/** The newest prices of a view: its quote's, or its newest bar's; null without either. */
function newestOf({ quote, newestBar, symbol }: MarketView): PricesAt | null {
  const bar = newestBar === null ? null : rangeOf({ kind: 'bar', symbol, ...newestBar, forming: false });
  const quoted = quote === null ? null : rangeOf({ kind: 'quote', symbol, quote });
  if (bar === null || quoted === null) return bar ?? quoted;
  return quoted.at >= bar.at ? quoted : bar;
}

function symbolField({ kind }: MarketItem): string {
  return `${kind === 'orderFlow' ? 'order_flow' : kind}.symbol`;
}
