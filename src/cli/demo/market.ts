// Owns the made-up market of `dtms demo`: prices that go on for as long as somebody asks for more, around where they began.
// It can be leaned on, so that what is to be seen happens soon; nothing in it can be predicted otherwise.
import { seededRandom } from '../../broker/seeded-random.js';
import { type Bar, type Quote, TIMEFRAME_MS } from '../../domain/market/data.js';
import type { MarketItem } from '../../domain/market/market-item.js';
import { nearNormal, REGIMES } from '../../replay/synthetic.js';

/** What is traded, and where its price begins. Prices in its own currency. */
export interface DemoSymbol {
  readonly symbol: string;
  readonly price: number;
  readonly digits: number;
  /** ask - bid. */
  readonly spread: number;
}

type Mood = (typeof REGIMES)[number]['name'];

/** What passes in the market in one step, in ms: two of them make a bar of M1. */
export const STEP_MS = 30_000;
const COARSE_MS = TIMEFRAME_MS.M15;
/** Share of a bar of M15 in one step. */
const STEP = STEP_MS / COARSE_MS;
const MOODS = REGIMES.filter(({ name }) => name !== 'crash' && name !== 'squeeze');
/** A mood lasts so many steps. */
const SHORTEST_MOOD = 4 / STEP;
const LONGEST_MOOD = 24 / STEP;
/** How much of the way back to where it began the price goes in a bar of M15. */
const PULL = 0.003;
/** Wilder's ATR(14). */
const ATR_PERIOD = 14;

/** The price of one symbol. */
class Series {
  readonly symbol: DemoSymbol;
  /** Not rounded. */
  #price: number;
  #mood: (typeof REGIMES)[number] = REGIMES[0];
  #left = 0;
  #minute: Bar | null = null;
  #coarse: { time: number; high: number; low: number } | null = null;
  #atr: number;
  leaning: Mood | null = null;

  constructor(symbol: DemoSymbol) {
    this.symbol = symbol;
    this.#price = symbol.price;
    this.#atr = symbol.price * 0.002;
  }

  get bid(): number {
    return this.rounded(this.#price);
  }

  get atr(): number {
    return this.#atr;
  }

  rounded(price: number): number {
    return Number(price.toFixed(this.symbol.digits));
  }

  /** The step that ends at `to`: its quote, then what of the minute is known when it closes. */
  step(to: number, random: () => number): MarketItem[] {
    const { symbol } = this.symbol;
    const open = this.bid;
    this.#move(random);
    const bid = this.bid;
    this.#coarsened(to, open, bid);
    const minute = this.#minute ?? {
      time: to - STEP_MS,
      open,
      high: open,
      low: open,
      close: open,
      volume: 0,
    };
    const { high, low, volume } = minute;
    const grown = { high: Math.max(high, bid), low: Math.min(low, bid), close: bid };
    const bar = { ...minute, ...grown, volume: volume + Math.round(20 + 60 * random()) };
    const quote: Quote = { time: to, bid, ask: this.rounded(bid + this.symbol.spread) };
    const quoted: MarketItem = { kind: 'quote', symbol, quote };
    const isClosed = to - bar.time === TIMEFRAME_MS.M1;
    this.#minute = isClosed ? null : bar;
    if (!isClosed) return [quoted];
    return [flowOf(symbol, bar, to), quoted, { kind: 'bar', symbol, timeframe: 'M1', bar, forming: false }];
  }

  #move(random: () => number): void {
    if (this.#left <= 0) {
      this.#mood = MOODS[Math.floor(random() * MOODS.length)] ?? REGIMES[0];
      this.#left = SHORTEST_MOOD + Math.floor(random() * (LONGEST_MOOD - SHORTEST_MOOD));
    }
    this.#left -= 1;
    const { drift, deviation } = REGIMES.find(({ name }) => name === this.leaning) ?? this.#mood;
    const pull = PULL * Math.log(this.symbol.price / this.#price);
    this.#price *= 1 + (drift + pull) * STEP + deviation * Math.sqrt(STEP) * nearNormal(random);
  }

  #coarsened(to: number, ...prices: readonly number[]): void {
    const time = to - STEP_MS - ((to - STEP_MS) % COARSE_MS);
    if (this.#coarse !== null && this.#coarse.time !== time) {
      const { high, low } = this.#coarse;
      this.#atr = (this.#atr * (ATR_PERIOD - 1) + (high - low)) / ATR_PERIOD;
      this.#coarse = null;
    }
    const { high, low } = this.#coarse ?? { high: Number.NEGATIVE_INFINITY, low: Number.POSITIVE_INFINITY };
    this.#coarse = { time, high: Math.max(high, ...prices), low: Math.min(low, ...prices) };
  }
}

/** Who bought and who sold in a minute: more of those who got their way. */
function flowOf(symbol: string, { open, high, low, close, volume }: Bar, time: number): MarketItem {
  const range = high - low;
  const buyers = range === 0 ? 0.5 : 0.5 + (0.4 * (close - open)) / range;
  const buyVolume = Math.round(volume * buyers);
  return { kind: 'orderFlow', symbol, flow: { time, buyVolume, sellVolume: volume - buyVolume } };
}

export class LivingMarket {
  readonly #series: readonly Series[];
  readonly #random: () => number;
  #now: number;

  /** Begins at `from`, UTC ms, a whole minute. */
  constructor(symbols: readonly DemoSymbol[], from: number, seed: number) {
    this.#series = symbols.map((symbol) => new Series(symbol));
    this.#random = seededRandom(seed);
    this.#now = from;
  }

  /** Market time, UTC ms. */
  get now(): number {
    return this.#now;
  }

  /** One step on: what a feed is told of it, in order of time. */
  step(): readonly MarketItem[] {
    this.#now += STEP_MS;
    return this.#series.flatMap((series) => series.step(this.#now, this.#random));
  }

  /** Has a symbol's price go one way until it is told otherwise; null leaves it to chance. */
  lean(symbol: string, mood: Mood | null): void {
    this.#of(symbol).leaning = mood;
  }

  /** Both sides of a symbol's price, and its ATR(14) of M15 bars. */
  prices(symbol: string): { readonly bid: number; readonly ask: number; readonly atr: number } {
    const { bid, atr, symbol: terms } = this.#of(symbol);
    return { bid, ask: this.#of(symbol).rounded(bid + terms.spread), atr };
  }

  #of(symbol: string): Series {
    const found = this.#series.find((series) => series.symbol.symbol === symbol);
    if (found === undefined) throw new RangeError(`the market has no ${symbol}`);
    return found;
  }
}

/** Only what is in it that a broker sees: prices. */
export function quotesIn(items: readonly MarketItem[]): readonly (Quote & { readonly symbol: string })[] {
  return items.flatMap((item) => (item.kind === 'quote' ? { ...item.quote, symbol: item.symbol } : []));
}
