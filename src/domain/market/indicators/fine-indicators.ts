// Owns what is computed from fine bars.

import type { Rules } from '../../rules.js';
import type { Bar } from '../data.js';
import type { MarketHours } from '../market-hours.js';
import { tradingDay } from '../sessions.js';
import { Atr } from './atr.js';
import { Macd } from './macd.js';
import { Recent } from './recent.js';
import { Rsi } from './rsi.js';
import type { Stateful, StateTape } from './state-tape.js';
import { SessionVwap } from './vwap.js';

/** Fine bars over which the RSI must fall or rise. */
const RSI_BARS = 3;
/** Values two steps of the MACD histogram are taken from. */
const HISTOGRAM_BARS = 3;

export class FineIndicators implements Stateful {
  readonly atr: Atr;
  readonly macd: Macd;
  readonly vwap: SessionVwap;
  /** RSI values, the newest at 0. */
  readonly rsi = new Recent(RSI_BARS + 1);
  /** MACD histogram values, the newest at 0. */
  readonly histogram = new Recent(HISTOGRAM_BARS);
  readonly #hours: MarketHours;
  readonly #rsi: Rsi;
  #bars = 0;

  constructor(rules: Rules, hours: MarketHours) {
    const { rsiPeriod, atrPeriod, macd, vwapSlopeBars } = rules.indicators;
    this.#hours = hours;
    this.#rsi = new Rsi(rsiPeriod);
    this.atr = new Atr(atrPeriod);
    this.macd = new Macd(macd.fast, macd.slow, macd.signal);
    this.vwap = new SessionVwap(vwapSlopeBars);
  }

  /** Bars taken since the view began. */
  get bars(): number {
    return this.#bars;
  }

  /** The RSI `RSI_BARS` bars ago; NaN when not known. */
  get rsiBefore(): number {
    return this.rsi.ago(RSI_BARS);
  }

  update(bar: Bar): void {
    this.#bars += 1;
    this.#rsi.update(bar.close);
    this.rsi.push(this.#rsi.value);
    this.atr.update(bar);
    this.macd.update(bar.close);
    this.histogram.push(this.macd.histogram);
    this.vwap.update(bar, tradingDay(this.#hours, bar.time));
  }

  save(tape: StateTape): void {
    tape.write(this.#bars);
    this.#rsi.save(tape);
    this.rsi.save(tape);
    this.atr.save(tape);
    this.macd.save(tape);
    this.histogram.save(tape);
    this.vwap.save(tape);
  }

  load(tape: StateTape): void {
    this.#bars = tape.read();
    this.#rsi.load(tape);
    this.rsi.load(tape);
    this.atr.load(tape);
    this.macd.load(tape);
    this.histogram.load(tape);
    this.vwap.load(tape);
  }
}
