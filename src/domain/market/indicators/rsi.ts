// Owns Wilder's relative strength index.
import type { Stateful, StateTape } from './state-tape.js';
import { WilderAverage } from './wilder.js';

/** RSI (Wilder 1978) of closes, 0 to 100; 50 where nothing moved at all. */
export class Rsi implements Stateful {
  readonly #gain: WilderAverage;
  readonly #loss: WilderAverage;
  #close = Number.NaN;

  constructor(period: number) {
    this.#gain = new WilderAverage(period);
    this.#loss = new WilderAverage(period);
  }

  /** NaN for the first `period` closes. */
  get value(): number {
    const gain = this.#gain.value;
    const both = gain + this.#loss.value;
    return both === 0 ? 50 : (100 * gain) / both;
  }

  update(close: number): void {
    const change = close - this.#close;
    this.#close = close;
    if (Number.isNaN(change)) return;
    this.#gain.update(Math.max(change, 0));
    this.#loss.update(Math.max(-change, 0));
  }

  save(tape: StateTape): void {
    this.#gain.save(tape);
    this.#loss.save(tape);
    tape.write(this.#close);
  }

  load(tape: StateTape): void {
    this.#gain.load(tape);
    this.#loss.load(tape);
    this.#close = tape.read();
  }
}
