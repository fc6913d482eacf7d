// Owns what is computed from coarse bars.
import type { Rules } from '../../rules.js';
import { type Bar, TIMEFRAME_MS } from '../data.js';
import { Atr } from './atr.js';
import { Bollinger } from './bollinger.js';
import { Ema } from './ema.js';
import { MarketSwings } from './market-swings.js';
import { Recent } from './recent.js';
import type { Stateful, StateTape } from './state-tape.js';

export class CoarseIndicators implements Stateful {
  readonly atr: Atr;
  readonly bollinger: Bollinger;
  readonly swings: MarketSwings;
  /** Values of the averages, the newest at 0, as far back as their slopes reach. */
  readonly emaFast: Recent;
  readonly emaSlow: Recent;
  readonly #emaFast: Ema;
  readonly #emaSlow: Ema;
  readonly #atrs: Recent;
  readonly #slopeBars: number;
  #bars = 0;

  constructor(rules: Rules) {
    const { atrPeriod, atrAverage, bollinger, breakMargin, emaFast, emaSlow, emaSlopeBars } =
      rules.indicators;
    this.#slopeBars = emaSlopeBars;
    this.atr = new Atr(atrPeriod);
    this.bollinger = new Bollinger(bollinger.period, bollinger.deviations);
    this.swings = new MarketSwings(breakMargin);
    this.emaFast = new Recent(emaSlopeBars + 1);
    this.emaSlow = new Recent(emaSlopeBars + 1);
    this.#emaFast = new Ema(emaFast);
    this.#emaSlow = new Ema(emaSlow);
    this.#atrs = new Recent(atrAverage);
  }

  /** Bars taken since the view began. */
  get bars(): number {
    return this.#bars;
  }

  /** ATR over its recent mean; NaN until both are known. */
  get atrRatio(): number {
    const mean = this.#atrs.mean();
    // A market that did not move at all is neither calmer nor wilder than before.
    return mean === 0 ? 1 : this.atr.value / mean;
  }

  /** Change of the fast average over the slope's bars; NaN when not known. */
  get emaFastSlope(): number {
    return this.emaFast.ago(0) - this.emaFast.ago(this.#slopeBars);
  }

  get emaSlowSlope(): number {
    return this.emaSlow.ago(0) - this.emaSlow.ago(this.#slopeBars);
  }

  update(bar: Bar): void {
    this.#bars += 1;
    this.atr.update(bar);
    this.#atrs.push(this.atr.value);
    this.bollinger.update(bar.close);
    this.swings.update(bar, bar.time + TIMEFRAME_MS.M15);
    this.#emaFast.update(bar.close);
    this.emaFast.push(this.#emaFast.value);
    this.#emaSlow.update(bar.close);
    this.emaSlow.push(this.#emaSlow.value);
  }

  save(tape: StateTape): void {
    tape.write(this.#bars);
    this.atr.save(tape);
    this.#atrs.save(tape);
    this.bollinger.save(tape);
    this.swings.save(tape);
    this.#emaFast.save(tape);
    this.emaFast.save(tape);
    this.#emaSlow.save(tape);
    this.emaSlow.save(tape);
  }

  load(tape: StateTape): void {
    this.#bars = tape.read();
    this.atr.load(tape);
    this.#atrs.load(tape);
    this.bollinger.load(tape);
    this.swings.load(tape);
    this.#emaFast.load(tape);
    this.emaFast.load(tape);
    this.#emaSlow.load(tape);
    this.emaSlow.load(tape);
  }
}
