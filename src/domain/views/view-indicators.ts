// Owns a view's indicators: the fine and the coarse track, fed by the bar book, and what is read off them.

import { BarBook, type BookListener, type BookSnapshot, COARSE, FINE } from '../market/bar-book.js';
import type { Bar, DataQuality, Timeframe } from '../market/data.js';
import { CoarseIndicators } from '../market/indicators/coarse-indicators.js';
import { FineIndicators } from '../market/indicators/fine-indicators.js';
import { Track } from '../market/indicators/track.js';
import type { MarketHours } from '../market/market-hours.js';
import type { OrderFlowWindows } from '../market/order-flow.js';
import { sessionAt } from '../market/sessions.js';
import type { Rules } from '../rules.js';
import type { Features } from '../signals/features.js';
import { type Regime, Regimes, structureOf, volatilityOf } from '../signals/regime.js';

/** Counts up when an indicator's state changes its shape or meaning. */
const STATE_FORMAT = 2;

export interface IndicatorsSnapshot {
  readonly book: BookSnapshot;
  /** The settings the bases were computed with; other settings make them useless. */
  readonly settings: string;
  readonly fineBase: readonly (number | null)[];
  readonly coarseBase: readonly (number | null)[];
}

export class ViewIndicators {
  readonly book: BarBook;
  readonly #hours: MarketHours;
  readonly #settings: string;
  readonly #regimes: Regimes;
  readonly #rules: Rules;
  readonly #fine: Track<FineIndicators>;
  readonly #coarse: Track<CoarseIndicators>;

  constructor(instrument: string, hours: MarketHours, rules: Rules) {
    this.#hours = hours;
    this.#rules = rules;
    this.#settings = JSON.stringify([STATE_FORMAT, rules.indicators]);
    this.#regimes = new Regimes(instrument, rules);
    this.#fine = new Track(() => new FineIndicators(rules, hours));
    this.#coarse = new Track(() => new CoarseIndicators(rules));
    this.book = new BarBook(rules.retainedBars, this.#listener());
  }

  /** The timeframe that serves as the fine one: M5, or M15 while nothing finer is fed. */
  get fineTimeframe(): Timeframe {
    return this.book.hasFiner ? FINE : COARSE;
  }

  /** Nothing rests on bars that do not tell yet how far the market moves. */
  get quality(): DataQuality {
    const isWarm = Number.isFinite(this.fine.atr.value) && Number.isFinite(this.coarse.atr.value);
    if (!isWarm) return 'TOO_FEW_BARS';
    return this.book.hasFiner ? 'FULL' : 'DEGRADED';
  }

  get fine(): FineIndicators {
    return this.#fine.read(this.book.series(this.fineTimeframe).bars());
  }

  get coarse(): CoarseIndicators {
    return this.#coarse.read(this.book.series(COARSE).bars());
  }

  get lastFine(): Bar | null {
    return this.book.series(this.fineTimeframe).last ?? null;
  }

  get lastCoarse(): Bar | null {
    return this.book.series(COARSE).last ?? null;
  }

  /** The regime at the UTC time `at`. */
  regime(at: number): Regime {
    const coarse = this.coarse;
    return this.#regimes.of(
      sessionAt(at),
      volatilityOf(coarse.atrRatio, this.#rules),
      structureOf(coarse.bollinger.width, this.#rules),
    );
  }

  /** What the signals look at, at the UTC time `at`. */
  features(at: number, stale: boolean, flow: OrderFlowWindows): Features {
    const fine = this.fine;
    const coarse = this.coarse;
    return {
      stale,
      swingsKnown: coarse.swings.ready,
      structureEvent: coarse.swings.event,
      structureAge: coarse.swings.eventAge,
      vwap: fine.vwap.value,
      vwapSlope: fine.vwap.slope,
      vwapRun: fine.vwap.run,
      orderFlow: flow.latest(at),
      deltaZ: flow.deltaZ(at),
      rsi: fine.rsi.ago(0),
      rsiBefore: fine.rsiBefore,
      histogram: [fine.histogram.ago(0), fine.histogram.ago(1), fine.histogram.ago(2)],
      emaFastSlope: coarse.emaFastSlope,
      emaSlowSlope: coarse.emaSlowSlope,
      candle: this.lastFine,
      atrFine: fine.atr.value,
    };
  }

  snapshot(): IndicatorsSnapshot {
    return {
      book: this.book.snapshot(),
      settings: this.#settings,
      fineBase: this.#fine.saveBase(),
      coarseBase: this.#coarse.saveBase(),
    };
  }

  /** Takes over a snapshot. With other settings than it was taken with, the indicators begin at the oldest stored bar. */
  restore(snapshot: IndicatorsSnapshot, bars: Readonly<Record<Timeframe, readonly Bar[]>>): void {
    if (snapshot.settings === this.#settings) {
      this.#fine.loadBase(snapshot.fineBase);
      this.#coarse.loadBase(snapshot.coarseBase);
    }
    this.#fine.rewrite();
    this.#coarse.rewrite();
    this.book.restore(snapshot.book, bars, this.#hours);
  }

  #listener(): BookListener {
    const fine = this.#fine;
    const coarse = this.#coarse;
    const isFine = (timeframe: Timeframe): boolean => timeframe === this.fineTimeframe;
    return {
      appended: (timeframe, bar) => {
        if (isFine(timeframe)) fine.append(bar);
        if (timeframe === COARSE) coarse.append(bar);
      },
      rewritten: (timeframe) => {
        if (isFine(timeframe)) fine.rewrite();
        if (timeframe === COARSE) coarse.rewrite();
      },
      evicted: (timeframe, bar) => {
        if (isFine(timeframe)) fine.settle(bar);
        if (timeframe === COARSE) coarse.settle(bar);
      },
      finerChanged: () => fine.reset(),
    };
  }
}
