// Owns Wilder's average true range.
import type { Bar } from '../data.js';
import type { Stateful, StateTape } from './state-tape.js';
import { WilderAverage } from './wilder.js';

/** ATR (Wilder 1978) in price. The first bar has no true range: it has no close before it (as TA-Lib). */
export class Atr implements Stateful {
  readonly #average: WilderAverage;
  #close = Number.NaN;

  constructor(period: number) {
    this.#average = new WilderAverage(period);
  }

  /** NaN for the first `period` bars. */
  get value(): number {
    return this.#average.value;
  }

  update(bar: Bar): void {
    const close = this.#close;
    this.#close = bar.close;
    if (Number.isNaN(close)) return;
    this.#average.update(Math.max(bar.high, close) - Math.min(bar.low, close));
  }

  save(tape: StateTape): void {
    this.#average.save(tape);
    tape.write(this.#close);
  }

  load(tape: StateTape): void {
    this.#average.load(tape);
    this.#close = tape.read();
  }
}
