// Owns what DTMS knows of one symbol on one feed: its market data, what follows from them, and when
// its trades are to be checked. Pure: time comes with the data or as an argument.

import type { BookedBar } from '../market/bar-book.js';
import {
  type Bar,
  type OrderFlow,
  type Quote,
  type StructureEvent,
  TIMEFRAME_MS,
  type Timeframe,
} from '../market/data.js';
import type { Direction } from '../market/direction.js';
import { known } from '../market/indicators/state-tape.js';
import { hoursSeen, isOpen, type MarketHours, marketHoursOf } from '../market/market-hours.js';
import { OrderFlowWindows } from '../market/order-flow.js';
import { ShownTick } from '../market/price-grid.js';
import { SpreadSketch } from '../market/spread-sketch.js';
import { type InstrumentKind, instrumentKind } from '../market/symbols.js';
import type { Rules } from '../rules.js';
import { evaluate } from '../signals/evaluation.js';
import type { Regime } from '../signals/regime.js';
import type { Evaluation, Signal, SwitchedOffSignals } from '../signals/signal.js';
import { vwapFlip } from '../signals/vwap-volume.js';
import { Admission } from './admission.js';
import { CheckSchedule, type DeepTrigger, type FastCheckKind } from './check-schedule.js';
import { areBarsOld, isQuoteOld } from './data-age.js';
import type { MarketFacts } from './market-facts.js';
import { RecordedEvaluations } from './recorded-evaluations.js';
import { ViewIndicators } from './view-indicators.js';
import type { BarOutcome, TimedBar, ViewSnapshot } from './view-types.js';

export class MarketView implements MarketFacts {
  readonly symbol: string;
  readonly instrument: string;
  readonly admission: Admission;
  readonly #rules: Rules;
  readonly #hours: MarketHours;
  readonly #kind: InstrumentKind;
  readonly #indicators: ViewIndicators;
  readonly #evaluations: RecordedEvaluations;
  readonly schedule: CheckSchedule;
  readonly #spreads: SpreadSketch;
  readonly #flow: OrderFlowWindows;
  readonly #tick = new ShownTick();
  #quote: Quote | null = null;
  #forming: TimedBar | null = null;
  #head: number | null = null;
  #sampledAt: number | null = null;
  /** Late or corrected bars. */
  corrections = 0;

  /** `symbol` is the broker's spelling, `instrument` what resolveInstrument makes of it. */
  constructor(symbol: string, instrument: string, rules: Rules, indicators?: ViewIndicators) {
    this.symbol = symbol;
    this.instrument = instrument;
    this.#rules = rules;
    this.#kind = instrumentKind(instrument, rules.symbols);
    this.#hours = marketHoursOf(this.#kind);
    this.admission = new Admission(rules, this.#hours);
    this.#indicators = indicators ?? new ViewIndicators(instrument, this.#hours, rules);
    this.#evaluations = new RecordedEvaluations(rules.states.warningDecayMs);
    this.schedule = new CheckSchedule(rules.schedule);
    this.#spreads = new SpreadSketch(rules.indicators.spreadDays);
    this.#flow = new OrderFlowWindows(rules.indicators.deltaWindows, rules.schedule.staleMs);
  }

  /** The view that was never stopped: `snapshot` and its bars, ascending by open time, or a view with the same ones. */
  static restore(
    symbol: string,
    instrument: string,
    rules: Rules,
    snapshot: ViewSnapshot,
    bars: Readonly<Record<Timeframe, readonly Bar[]>> | MarketView,
  ): MarketView {
    const known = bars instanceof MarketView ? bars.#indicators : undefined;
    const view = new MarketView(symbol, instrument, rules, known);
    if (!(bars instanceof MarketView)) view.#indicators.restore(snapshot.indicators, bars);
    view.#evaluations.restore(snapshot.evaluations);
    view.schedule.restore(snapshot.schedule);
    view.#spreads.restore(snapshot.spreads);
    view.#flow.restore(snapshot.orderFlow);
    view.#quote = snapshot.quote;
    view.#forming = snapshot.forming;
    view.#head = snapshot.head;
    view.#sampledAt = snapshot.sampledAt;
    view.corrections = snapshot.corrections;
    view.admission.restore(snapshot.admission);
    return view;
  }

  snapshot(): ViewSnapshot {
    return {
      indicators: this.#indicators.snapshot(),
      evaluations: this.#evaluations.snapshot(),
      schedule: this.schedule.snapshot(),
      spreads: this.#spreads.snapshot(),
      orderFlow: this.#flow.snapshot(),
      quote: this.#quote,
      forming: this.#forming,
      head: this.#head,
      sampledAt: this.#sampledAt,
      corrections: this.corrections,
      admission: this.admission.snapshot(),
    };
  }

  /** Stored bars of this timeframe that open before this are not needed any more; null when all are. */
  retainedFrom(timeframe: Timeframe): number | null {
    return this.#indicators.book.series(timeframe).horizon;
  }

  /** Why a closed bar cannot be used, whatever is in it; null where it can. */
  barObstacle(timeframe: Timeframe, { time }: Pick<Bar, 'time'>): string | null {
    return this.#indicators.book.refusal(timeframe, time);
  }

  /** Takes a closed bar by its open time: new, repeated, late or corrected. */
  upsertBar(timeframe: Timeframe, bar: Bar): BarOutcome {
    const at = bar.time + TIMEFRAME_MS[timeframe];
    const { fineTimeframe, book } = this.#indicators;
    const booking = book.upsert(timeframe, bar, this.#hours);
    if (booking.status === 'ignored' || booking.status === 'duplicate') {
      const reason = booking.status === 'ignored' ? booking.reason : null;
      return { status: booking.status, reason, at, fineClosed: false, coarseClosed: false, stored: [] };
    }
    if (booking.status === 'corrected') this.corrections += 1;
    const atHead = this.#head === null || at > this.#head;
    if (atHead) {
      this.#head = at;
      this.#sampleSpread();
    }
    const forming = this.#forming;
    if (forming !== null && forming.bar.time < at) {
      // A closed bar that reaches into the forming one makes it old; only a finer one may lie within it.
      const ends = forming.bar.time + TIMEFRAME_MS[forming.timeframe];
      if (at >= ends || forming.timeframe === timeframe) this.#forming = null;
    }
    const closed = (which: Timeframe): boolean =>
      atHead && booking.booked.some((entry: BookedBar) => entry.appended && entry.timeframe === which);
    return {
      status: booking.status,
      reason: null,
      at,
      fineClosed: closed(fineTimeframe),
      coarseClosed: closed('M15'),
      stored: booking.booked,
    };
  }

  /** Takes a bar that is not closed: it is shown, and decides nothing. */
  setForming(timeframe: Timeframe, bar: Bar): BarOutcome {
    const at = bar.time + TIMEFRAME_MS[timeframe];
    const none = { at, fineClosed: false, coarseClosed: false, stored: [] };
    if (this.#head !== null && at <= this.#head) {
      return { status: 'ignored', reason: 'a closed bar has passed it', ...none };
    }
    if (this.#forming !== null && bar.time < this.#forming.bar.time) {
      return { status: 'ignored', reason: 'a later bar is forming', ...none };
    }
    this.#forming = { timeframe, bar };
    return { status: 'forming', reason: null, ...none };
  }

  /** Takes a quote. One of the same time but other prices replaces the last; an older one is late. */
  addQuote(quote: Quote): 'accepted' | 'duplicate' | 'late' {
    const last = this.#quote;
    if (last !== null && quote.time <= last.time) {
      if (quote.time < last.time) return 'late';
      if (quote.bid === last.bid && quote.ask === last.ask) return 'duplicate';
    }
    this.#quote = quote;
    return 'accepted';
  }

  /** Takes a window of order flow, by the same rules as a quote. */
  addOrderFlow(flow: OrderFlow): 'accepted' | 'duplicate' | 'late' {
    return this.#flow.add(flow);
  }

  /** How the market treats a direction at the market time `at`; nothing is recorded. */
  assess(direction: Direction, at: number, off?: SwitchedOffSignals): Evaluation {
    return evaluate(this.#features(at), direction, this.#indicators.regime(at), this.#rules, at, off);
  }

  /** Evaluates both directions at the market time `at` and records them as a deep check. */
  record(at: number, off?: SwitchedOffSignals): Readonly<Record<Direction, Evaluation>> {
    const features = this.#features(at);
    const regime = this.#indicators.regime(at);
    const buy = evaluate(features, 'BUY', regime, this.#rules, at, off);
    const sell = evaluate(features, 'SELL', regime, this.#rules, at, off);
    this.#evaluations.record(buy, sell);
    this.schedule.noteDeep(at, this.exitPrice('BUY'), vwapFlip(features, regime));
    return { BUY: buy, SELL: sell };
  }

  /** Why a deep check is due since the last recorded one; null when none is. */
  trigger(): DeepTrigger | null {
    const at = this.asOf;
    if (at === null || this.schedule.deepAt === null) return null;
    return this.schedule.trigger(this.exitPrice('BUY'), this.#flip(at));
  }

  /** True, and noted, when a fast check is due at the market time `at`. */
  takeFastCheck(at: number, kind: FastCheckKind): boolean {
    if (!this.schedule.takeFast(at, kind, this.#indicators.regime(at))) return false;
    this.#sampleSpread();
    return true;
  }

  /** Whether a triggered deep check at `at` is within the cooldown of the one before it. */
  inCooldown(at: number): boolean {
    return this.schedule.inCooldown(at);
  }

  /** Starts the cooldown of triggered deep checks. */
  noteTriggered(at: number): void {
    this.schedule.noteTriggered(at);
  }

  get asOf(): number | null {
    if (this.#quote === null || this.#head === null) return this.#quote?.time ?? this.#head;
    return Math.max(this.#head, this.#quote.time);
  }

  exitPrice(direction: Direction): number | null {
    const quote = this.#quote;
    const newest = this.#indicators.book.newest();
    if (
      quote !== null &&
      (newest === null || quote.time >= newest.bar.time + TIMEFRAME_MS[newest.timeframe])
    ) {
      return direction === 'BUY' ? quote.bid : quote.ask;
    }
    return newest === null ? null : newest.bar.close + (direction === 'BUY' ? 0 : (this.spread ?? 0));
  }

  get spread(): number | null {
    return this.#quote === null ? null : this.#quote.ask - this.#quote.bid;
  }

  get medianSpread(): number | null {
    return this.#spreads.median;
  }

  get tickSize(): number | null {
    return this.#tick.of(this.bars(this.#indicators.fineTimeframe));
  }

  get atrCoarse(): number | null {
    return known(this.#indicators.coarse.atr.value);
  }

  get atrFine(): number | null {
    return known(this.#indicators.fine.atr.value);
  }

  get swingHigh(): number | null {
    return known(this.#indicators.coarse.swings.high);
  }

  get swingLow(): number | null {
    return known(this.#indicators.coarse.swings.low);
  }

  get structureEvent(): StructureEvent | null {
    return this.#indicators.coarse.swings.event;
  }

  latest(direction: Direction): Evaluation | null {
    return this.#evaluations.latest(direction);
  }

  get evaluationCount(): number {
    return this.#evaluations.count;
  }

  warnings(direction: Direction, from: number): Partial<Record<Signal, number>> {
    return this.#evaluations.warnings(direction, from, this.asOf ?? from);
  }

  isOld(now: number, told: MarketHours | null = null): boolean {
    const hours = told ?? hoursSeen(this.#kind, this.asOf);
    return isQuoteOld(this.#quote, now, this.#rules.schedule.staleMs, hours) && this.areBarsOld(now, hours);
  }

  areBarsOld(now: number, told: MarketHours | null = null): boolean {
    return this.admission.wasFresh && this.#hasAged(now, told ?? hoursSeen(this.#kind, this.asOf));
  }

  isStale(now: number, told: MarketHours | null = null): boolean {
    const hours = told ?? hoursSeen(this.#kind, this.asOf);
    return this.#hasAged(now, hours) && isOpen(hours, now);
  }

  get quality() {
    return this.#indicators.quality;
  }

  /** Missing stretches between bars while the market was open. */
  get gaps(): number {
    return this.#indicators.book.gaps(this.#hours);
  }

  get fineBars(): number {
    return this.#indicators.fine.bars;
  }

  get coarseBars(): number {
    return this.#indicators.coarse.bars;
  }

  /** The closed bar that closed last; null before any. */
  get newestBar(): TimedBar | null {
    return this.#indicators.book.newest();
  }

  /** The newest closed bars of a timeframe, ascending by open time: as many as are kept. */
  bars(timeframe: Timeframe): readonly Bar[] {
    return this.#indicators.book.series(timeframe).bars();
  }

  get lastFineBar(): TimedBar | null {
    const bar = this.#indicators.lastFine;
    return bar === null ? null : { timeframe: this.#indicators.fineTimeframe, bar };
  }

  get lastCoarseBar(): TimedBar | null {
    const bar = this.#indicators.lastCoarse;
    return bar === null ? null : { timeframe: 'M15', bar };
  }

  get formingBar(): TimedBar | null {
    return this.#forming;
  }

  get quote(): Quote | null {
    return this.#quote;
  }

  get rsi(): number | null {
    return known(this.#indicators.fine.rsi.ago(0));
  }

  get macd(): { readonly macd: number; readonly signal: number; readonly histogram: number } | null {
    const { macd, signal, histogram } = this.#indicators.fine.macd;
    return Number.isNaN(histogram) ? null : { macd, signal, histogram };
  }

  get bollinger(): { readonly upper: number; readonly middle: number; readonly lower: number } | null {
    const { upper, middle, lower } = this.#indicators.coarse.bollinger;
    return Number.isNaN(middle) ? null : { upper, middle, lower };
  }

  get ema50(): number | null {
    return known(this.#indicators.coarse.emaFast.ago(0));
  }

  get ema200(): number | null {
    return known(this.#indicators.coarse.emaSlow.ago(0));
  }

  get vwap(): number | null {
    return known(this.#indicators.fine.vwap.value);
  }

  get vwapSlope(): number | null {
    return known(this.#indicators.fine.vwap.slope);
  }

  /** Standardised order-flow delta; null when unknown or too old. */
  get deltaZ(): number | null {
    return this.asOf === null ? null : this.#flow.deltaZ(this.asOf);
  }

  /** Session, volatility, structure and thresholds as of the newest data; null before any. */
  get regime(): Regime | null {
    return this.asOf === null ? null : this.#indicators.regime(this.asOf);
  }

  #hasAged(now: number, hours: MarketHours): boolean {
    return areBarsOld(this.newestBar, now, this.#rules.schedule.staleMs, hours);
  }

  #features(at: number) {
    return this.#indicators.features(at, this.isStale(at), this.#flow);
  }

  #flip(at: number): number {
    return vwapFlip(this.#features(at), this.#indicators.regime(at));
  }

  /** Each quote's spread is sampled at most once, when something looks at it. */
  #sampleSpread(): void {
    const quote = this.#quote;
    if (quote === null || quote.time <= (this.#sampledAt ?? Number.NEGATIVE_INFINITY)) return;
    this.#sampledAt = quote.time;
    this.#spreads.add(quote.ask - quote.bid, quote.time);
  }
}
