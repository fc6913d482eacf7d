// Owns which market data a view believes at once, and what it holds until other data confirm it: a price far
// outside those before it (see market/plausibility.ts), and on a live feed data dated far ahead of the feed's own.
// What the next data of its kind, or a second source, confirms is taken then, in order; else it is dropped.
import { type Bar, type Quote, TIMEFRAME_MS, type Timeframe } from '../market/data.js';
import { knownFrom } from '../market/given-time.js';
import { type MarketHours, openBetween } from '../market/market-hours.js';
import type { BarItem, MarketItem, QuoteItem } from '../market/market-item.js';
import {
  believedDistance,
  confirms,
  distanceOf,
  type Excursion,
  excursionOf,
  PRICES_BEFORE,
  type PricesAt,
} from '../market/plausibility.js';
import type { Rules } from '../rules.js';

export type PricedItem = BarItem | QuoteItem;

/** An item that waits to be confirmed, and why. */
export interface HeldItem {
  readonly item: PricedItem;
  /** How far it lies outside the prices before it; null when it does not. */
  readonly excursion: Excursion | null;
  /** Whether it is dated far ahead of the data before it. */
  readonly jumps: boolean;
}

export interface AdmissionSnapshot {
  /** The newest prices that were taken, at most three, by time. */
  readonly recent: readonly PricesAt[];
  readonly bar: HeldItem | null;
  readonly quote: HeldItem | null;
  /** Absent where no data were ever fresh by the database's clock. */
  readonly wasFresh?: boolean | undefined;
}

/** What is to be known of a view. */
export interface AdmittingView {
  readonly asOf: number | null;
  readonly quote: Quote | null;
  readonly atrFine: number | null;
  readonly lastFineBar: { readonly timeframe: Timeframe } | null;
  bars(timeframe: Timeframe): readonly Bar[];
}

/** When an item comes, and what else is known of its prices. */
export interface Arrival {
  /** The database's time, UTC ms; null on a recorded feed, whose own time is all there is. */
  readonly now: number | null;
  /** The prices of a second source about a time; null when there are none. */
  readonly witness: (at: number) => PricesAt | null;
}

/** What becomes of an item and of those held before it. */
export interface Admitted {
  /** To be put into the view in this order: what is confirmed now, and the item where it is believed. */
  readonly taken: readonly MarketItem[];
  /** What was held and is confirmed by nothing. */
  readonly dropped: readonly PricedItem[];
  /** Why the item itself is held; null when it is not. */
  readonly held: string | null;
  /** Why the item itself is refused: the data on both sides of it are known and do not confirm it. */
  readonly refused: string | null;
}

/** The admission of a view that has judged nothing yet. */
export const NOTHING_ADMITTED: AdmissionSnapshot = { recent: [], bar: null, quote: null };

const NOTHING: Admitted = { taken: [], dropped: [], held: null, refused: null };

export class Admission {
  readonly #rules: Rules['plausibility'];
  /** Data that is no older than this, beside its own length, is confirmed by the database's clock, in ms. */
  readonly #freshMs: number;
  /** Whether the market's data have been fresh by the database's clock. What never were is history, and told by its own clock. */
  wasFresh = false;
  readonly #hours: MarketHours;
  #recent: readonly PricesAt[] = [];
  #bar: HeldItem | null = null;
  #quote: HeldItem | null = null;

  constructor(rules: Rules, hours: MarketHours) {
    this.#rules = rules.plausibility;
    this.#freshMs = rules.schedule.staleMs;
    this.#hours = hours;
  }

  snapshot(): AdmissionSnapshot {
    const { wasFresh } = this;
    return { recent: this.#recent, bar: this.#bar, quote: this.#quote, ...(wasFresh ? { wasFresh } : {}) };
  }

  restore({ recent, bar, quote, wasFresh = false }: AdmissionSnapshot): void {
    this.wasFresh = wasFresh;
    this.#recent = recent;
    this.#bar = bar;
    this.#quote = quote;
  }

  /** Judges an item that has no fault. What it takes must be put into the view. */
  admit(view: AdmittingView, item: MarketItem, occasion: Arrival): Admitted {
    if (item.kind === 'orderFlow' || (item.kind === 'bar' && item.forming)) return takenAlone(item);
    return item.kind === 'quote'
      ? this.#admitQuote(view, item, occasion)
      : this.#admitBar(view, item, occasion);
  }

  /** What is held and a second source confirms now; it must be put into the view. */
  confirmedBy(witness: Arrival['witness']): readonly PricedItem[] {
    const held = [this.#bar, this.#quote].filter((each) => each !== null);
    const confirmed = held.filter((each) => isWitnessed(each, witness, this.#rules));
    for (const { item } of confirmed) {
      this.#release(item.kind);
      this.#note(item);
    }
    return confirmed.map(({ item }) => item).sort(byTime);
  }

  #admitQuote(view: AdmittingView, item: QuoteItem, occasion: Arrival): Admitted {
    const { quote } = item;
    const last = view.quote;
    const isNew =
      last === null ||
      quote.time > last.time ||
      (quote.time === last.time && (quote.bid !== last.bid || quote.ask !== last.ask));
    if (!isNew) return takenAlone(item);
    const held = this.#quote;
    if (held !== null && isSame(held.item, item)) return this.#hold({ ...held, item }, []);
    const prices = rangeOf(item);
    const confirmed: HeldItem[] = [];
    const dropped: HeldItem[] = [];
    if (held !== null) (isConfirmed(held, prices) ? confirmed : dropped).push(held);
    // After the quote of its close, which says what spread it closed with.
    if (this.#bar !== null && isConfirmed(this.#bar, prices)) confirmed.push(this.#bar);
    const before = this.#recent.filter(({ at }) => at <= prices.at);
    return this.#decide(view, item, { confirmed, dropped, before }, occasion);
  }

  #admitBar(view: AdmittingView, item: BarItem, occasion: Arrival): Admitted {
    const bars = view.bars(item.timeframe);
    const last = bars.at(-1);
    const known = bars.findLast(({ time }) => time <= item.bar.time);
    if (known?.time === item.bar.time && isSameContent(known, item.bar)) return takenAlone(item);
    if (last !== undefined && item.bar.time < last.time) return this.#admitLate(view, bars, item, occasion);
    const held = this.#bar;
    if (held !== null && isSame(held.item, item)) return this.#hold({ ...held, item }, []);
    const prices = rangeOf(item);
    const confirmed: HeldItem[] = [];
    const dropped: HeldItem[] = [];
    if (held !== null) {
      const follows = item.bar.time >= knownFrom(held.item);
      if (follows) (isConfirmed(held, prices) ? confirmed : dropped).push(held);
      // The feed goes on before it, or tells it anew.
      else if (held.jumps || isSameBar(held.item, item)) dropped.push(held);
    }
    // A correction of the newest bar is held against those before it, as the bar was.
    const earlier = bars.slice(-PRICES_BEFORE - 1).filter(({ time }) => time < item.bar.time);
    const before =
      last === undefined
        ? this.#recent.filter(({ at }) => at <= prices.at)
        : earlier.slice(-PRICES_BEFORE).map((bar) => rangeOf({ ...item, bar }));
    return this.#decide(view, item, { confirmed, dropped, before }, occasion);
  }

  /** A bar among known ones: those on both sides of it tell at once whether its prices are confirmed. */
  #admitLate(view: AdmittingView, bars: readonly Bar[], item: BarItem, { witness }: Arrival): Admitted {
    const next = bars.findIndex(({ time }) => time >= item.bar.time);
    const after = bars[bars[next]?.time === item.bar.time ? next + 1 : next];
    const before = bars
      .slice(Math.max(0, next - PRICES_BEFORE), next)
      .map((bar) => rangeOf({ ...item, bar }));
    const excursion = this.#excursion(view, rangeOf(item), before, witness);
    if (excursion === null) return takenAlone(item);
    if (after !== undefined && confirms(rangeOf({ ...item, bar: after }), excursion)) return takenAlone(item);
    return { ...NOTHING, refused: `${outsideText(excursion)}, and the bars about it do not confirm it` };
  }

  #decide(
    view: AdmittingView,
    item: PricedItem,
    { confirmed, dropped, before }: Settled,
    occasion: Arrival,
  ): Admitted {
    for (const { item: settled } of [...confirmed, ...dropped]) this.#release(settled.kind);
    const released = confirmed.map((held) => held.item).sort(byTime);
    for (const one of released) this.#note(one);
    const gone = dropped.map((held) => held.item);
    const doubt = this.#doubt(view, item, { confirmed, dropped, before }, occasion);
    if (doubt === null) {
      this.#note(item);
      return { taken: [...released, item].sort(byTime), dropped: gone, held: null, refused: null };
    }
    const replaced = item.kind === 'bar' ? this.#bar : this.#quote;
    const held = this.#hold(doubt, replaced === null ? gone : [...gone, replaced.item]);
    return { ...held, taken: released };
  }

  #hold(doubt: HeldItem, dropped: readonly PricedItem[]): Admitted {
    if (doubt.item.kind === 'bar') this.#bar = doubt;
    else this.#quote = doubt;
    return { ...NOTHING, dropped, held: reasonOf(doubt) };
  }

  /** Why an item is not believed; null when it is. What confirms another is confirmed by it. */
  #doubt(
    view: AdmittingView,
    item: PricedItem,
    { confirmed, before }: Settled,
    { now, witness }: Arrival,
  ): HeldItem | null {
    const near = [...before, ...confirmed.map((held) => rangeOf(held.item))].slice(-PRICES_BEFORE);
    const agrees = confirmed.some((held) => held.excursion !== null);
    const excursion = agrees ? null : this.#excursion(view, rangeOf(item), near, witness);
    const jumps = confirmed.length === 0 && now !== null && this.#jumps(view, item, now);
    const doubt = { item, excursion, jumps };
    if (excursion === null && !jumps) return null;
    return isWitnessed(doubt, witness, this.#rules) ? null : doubt;
  }

  /** How far prices lie outside those before, where that is further than believed and no second source confirms it. */
  #excursion(
    { atrFine: atr, lastFineBar }: AdmittingView,
    prices: PricesAt,
    before: readonly PricesAt[],
    witness: Arrival['witness'],
  ): Excursion | null {
    const last = before.at(-1);
    // A market that has not moved yet tells nothing of how far it may.
    if (lastFineBar === null || last === undefined || !((atr ?? 0) > 0)) return null;
    const excursion = excursionOf(prices, before);
    if (excursion === null) return null;
    const { heldBeyondAtrs } = this.#rules;
    const movement = { atr: atr ?? 0, barMs: TIMEFRAME_MS[lastFineBar.timeframe] };
    const believed = believedDistance(heldBeyondAtrs, movement, prices.at - last.at);
    if (heldBeyondAtrs === 0 || distanceOf(excursion) <= believed) return null;
    const other = witness(prices.at);
    return other !== null && confirms(other, excursion) ? null : excursion;
  }

  /** Whether an item leaves out a long stretch of market time, and the database's clock does not say that it is right. */
  #jumps({ asOf }: AdmittingView, item: PricedItem, now: number): boolean {
    const { maximumJumpMs } = this.#rules;
    if (asOf === null || maximumJumpMs === 0) return false;
    const [begins, length] =
      item.kind === 'bar' ? [item.bar.time, TIMEFRAME_MS[item.timeframe]] : [item.quote.time, 0];
    if (begins - asOf <= maximumJumpMs || now - knownFrom(item) <= length + this.#freshMs) return false;
    return openBetween(this.#hours, asOf, begins) > maximumJumpMs;
  }

  #release(kind: PricedItem['kind']): void {
    if (kind === 'bar') this.#bar = null;
    else this.#quote = null;
  }

  /** Prices of the newest time are what the next quote is held against. */
  #note(item: PricedItem): void {
    const at = knownFrom(item);
    const newest = this.#recent.at(-1);
    if (newest !== undefined && at < newest.at) return;
    const range = item.kind === 'quote' ? rangeOf(item) : { at, low: item.bar.close, high: item.bar.close };
    this.#recent = [...this.#recent, range].slice(-PRICES_BEFORE);
  }
}

/** What an item makes of those held before it. */
interface Settled {
  readonly confirmed: readonly HeldItem[];
  readonly dropped: readonly HeldItem[];
  /** The prices it is held against. */
  readonly before: readonly PricesAt[];
}

function takenAlone(item: MarketItem): Admitted {
  return { ...NOTHING, taken: [item] };
}

/** The prices of an item. */
export function rangeOf(item: PricedItem): PricesAt {
  const at = knownFrom(item);
  return item.kind === 'bar'
    ? { at, low: item.bar.low, high: item.bar.high }
    : { at, low: item.quote.bid, high: item.quote.ask };
}

/** Whether later prices confirm what is held. */
function isConfirmed({ item, excursion }: HeldItem, prices: PricesAt): boolean {
  return prices.at >= knownFrom(item) && (excursion === null || confirms(prices, excursion));
}

function isWitnessed(
  { item, excursion, jumps }: HeldItem,
  witness: Arrival['witness'],
  rules: Rules['plausibility'],
) {
  const at = knownFrom(item);
  const other = witness(at);
  if (other === null || (excursion !== null && !confirms(other, excursion))) return false;
  return !jumps || Math.abs(other.at - at) <= rules.maximumJumpMs;
}

/** Whether both are bars of one length and time, whatever is in them. */
function isSameBar(one: PricedItem, other: PricedItem): boolean {
  return (
    one.kind === 'bar' &&
    other.kind === 'bar' &&
    one.timeframe === other.timeframe &&
    one.bar.time === other.bar.time
  );
}

function isSame(one: PricedItem, other: PricedItem): boolean {
  return one.kind === 'quote'
    ? other.kind === 'quote' && isSameContent(one.quote, other.quote)
    : isSameBar(one, other) && other.kind === 'bar' && isSameContent(one.bar, other.bar);
}

function isSameContent(one: Bar | Quote, other: Bar | Quote): boolean {
  const others = new Map(Object.entries(other));
  return Object.entries(one).every(([name, value]) => others.get(name) === value);
}

function byTime(one: PricedItem, other: PricedItem): number {
  return knownFrom(one) - knownFrom(other);
}

function reasonOf({ excursion, jumps }: HeldItem): string {
  const why = [
    ...(excursion === null ? [] : [outsideText(excursion)]),
    ...(jumps ? ['it is dated far ahead of the data before it'] : []),
  ];
  return `${why.join(', and ')}: it waits to be confirmed`;
}

function outsideText({ low, high, below, above }: Excursion): string {
  return above > 0
    ? `it is ${shown(above)} above ${shown(high)}`
    : `it is ${shown(below)} below ${shown(low)}`;
}

const shown = (price: number): string => String(Number(price.toPrecision(6)));
