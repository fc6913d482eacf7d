// Owns what the markets are doing, per feed and instrument, asked for every so often; what a trade is worth
// by it; and what time it is for a feed.
import type { ListMarketViewsResponse } from '../../../../gen/ts/dtms/v1/market_data_service.js';
import type { Api } from './api.js';
import { type ServerClock, steadyNow } from './clock.js';
import type { MarketSummaryJson, TradeJson } from './json.js';
import { Listeners, type Unsubscribe } from './listeners.js';
import { unheard } from './silence.js';

const EVERY_MS = 2000;
const PAGE_SIZE = 1000;
/** Round prices come by chance: the next one may not be round. */
const LEAST_DIGITS = 2;
const MOST_DIGITS = 8;

/** A feed's time as an answer told it. */
interface FeedTime {
  /** UTC ms. */
  readonly told: number;
  /** When, by `steadyNow`. */
  readonly at: number;
}

type Priced = Pick<TradeJson, 'feed' | 'instrument'> & Partial<Pick<TradeJson, 'entryPrice' | 'stopLoss'>>;

type Held = Pick<TradeJson, 'feed' | 'instrument' | 'direction'>;

export class LiveMarkets {
  readonly #api: Api;
  readonly #clock: ServerClock;
  readonly #changes = new Listeners();
  readonly #digits = new Map<string, number>();
  #views: ReadonlyMap<string, MarketSummaryJson> = new Map();
  #times: ReadonlyMap<string, FeedTime> = new Map();
  #problem: unknown;
  #answered = false;
  /** When the last answer came, by `steadyNow`; undefined before the first. */
  #toldAt: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(api: Api, clock: ServerClock) {
    this.#api = api;
    this.#clock = clock;
  }

  /** Asks at once and from then on; again has no effect. */
  start(): void {
    clearTimeout(this.#timer);
    this.#ask()
      .then(() => {
        this.#problem = undefined;
      })
      .catch((error: unknown) => {
        this.#problem = error;
        this.#views = unheard(this.#views, steadyNow() - (this.#toldAt ?? 0));
      })
      .finally(() => {
        this.#answered = true;
        this.#changes.tell();
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => this.start(), document.hidden ? EVERY_MS * 10 : EVERY_MS);
      });
  }

  /** Why the last question had no answer; undefined when it had one. */
  get problem(): unknown {
    return this.#problem;
  }

  /** Whether there was an answer, good or bad. */
  get answered(): boolean {
    return this.#answered;
  }

  all(): readonly MarketSummaryJson[] {
    return [...this.#views.values()];
  }

  of({ feed, instrument }: Pick<TradeJson, 'feed' | 'instrument'>): MarketSummaryJson | undefined {
    return this.#views.get(key(feed, instrument));
  }

  onChange(listener: () => void): Unsubscribe {
    return this.#changes.add(listener);
  }

  /**
   * A feed's own time in UTC ms, as the last answer told it; the server's for a feed it told nothing of. Undefined before the
   * first answer: by this year's clock a recorded market would be years old, and its timers over.
   */
  now(feed: string): number | undefined {
    if (this.#toldAt === undefined) return undefined;
    const time = this.#times.get(nameOf(feed));
    return time === undefined ? this.#clock.now() : time.told + (steadyNow() - time.at);
  }

  /** Decimals of the prices, as many as were seen, of a trade its own included; two at least. */
  digits({ feed, instrument, entryPrice, stopLoss }: Priced): number {
    const seen = this.#digits.get(key(feed, instrument)) ?? LEAST_DIGITS;
    return Math.max(seen, decimals(entryPrice), decimals(stopLoss));
  }

  /** The price a trade would exit at now: the bid of a BUY, the ask of a SELL. */
  exitPrice(trade: Held): number | undefined {
    const market = this.of(trade);
    if (market === undefined) return undefined;
    const { quote } = market;
    if (quote === undefined) return market.lastPrice;
    return trade.direction === 'DIRECTION_SELL' ? quote.ask : quote.bid;
  }

  /** How the market treats the trade's direction. */
  score(trade: Held): number | undefined {
    const market = this.of(trade);
    return trade.direction === 'DIRECTION_SELL' ? market?.sellScore : market?.buyScore;
  }

  /** The spread as a multiple of its median. */
  spreadRatio(trade: Held): number | undefined {
    const market = this.of(trade);
    if (market?.quote === undefined || market.medianSpread === undefined || market.medianSpread === 0)
      return undefined;
    return (market.quote.ask - market.quote.bid) / market.medianSpread;
  }

  /** How old the newest data of a market is, in ms of its feed's time; below 0 when it is dated ahead. */
  age({ feed, asOf }: Pick<MarketSummaryJson, 'feed' | 'asOf'>): number | undefined {
    const now = this.now(feed);
    return asOf === undefined || now === undefined ? undefined : now - Date.parse(asOf);
  }

  async #ask(): Promise<void> {
    const views = new Map<string, MarketSummaryJson>();
    const times = new Map<string, FeedTime>();
    const pages = this.#api.pages<ListMarketViewsResponse>('/v1/dtms/marketdata', { pageSize: PAGE_SIZE });
    for await (const { markets } of pages) {
      const at = steadyNow();
      for (const market of markets) {
        const { feed, instrument, feedTime } = market;
        views.set(key(feed, instrument), market);
        if (feedTime !== undefined) times.set(nameOf(feed), { told: Date.parse(feedTime), at });
      }
    }
    this.#views = views;
    this.#times = times;
    this.#toldAt = steadyNow();
    for (const market of views.values()) this.#learn(market);
  }

  #learn({ feed, instrument, quote, lastPrice }: MarketSummaryJson): void {
    const seen = [lastPrice, quote?.bid, quote?.ask].map(decimals);
    const name = key(feed, instrument);
    this.#digits.set(name, Math.max(this.#digits.get(name) ?? LEAST_DIGITS, ...seen));
  }
}

function key(feed: string, instrument: string): string {
  return `${nameOf(feed)}/${instrument}`;
}

function nameOf(feed: string): string {
  return feed === '' ? 'default' : feed;
}

function decimals(price: number | undefined): number {
  if (price === undefined) return 0;
  const [, fraction = ''] = Number(price.toPrecision(12)).toString().split('.');
  return Math.min(MOST_DIGITS, fraction.length);
}
