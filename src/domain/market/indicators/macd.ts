// Owns the moving average convergence divergence.
import { Ema } from './ema.js';
import type { Stateful, StateTape } from './state-tape.js';

/**
 * MACD of closes, seeded as TA-Lib does: both averages give their first value with the slow one's
 * `slow`-th close, so the fast one skips the first slow - fast closes.
 */
export class Macd implements Stateful {
  readonly #fast: Ema;
  readonly #slow: Ema;
  readonly #signal: Ema;
  readonly #skip: number;
  #skipped = 0;

  constructor(fast: number, slow: number, signal: number) {
    this.#fast = new Ema(fast);
    this.#slow = new Ema(slow);
    this.#signal = new Ema(signal);
    this.#skip = slow - fast;
  }

  /** Fast minus slow average, in price; NaN until the slow one is known. */
  get macd(): number {
    return this.#fast.value - this.#slow.value;
  }

  get signal(): number {
    return this.#signal.value;
  }

  get histogram(): number {
    return this.macd - this.#signal.value;
  }

  update(close: number): void {
    this.#slow.update(close);
    if (this.#skipped < this.#skip) this.#skipped += 1;
    else this.#fast.update(close);
    const macd = this.macd;
    if (!Number.isNaN(macd)) this.#signal.update(macd);
  }

  save(tape: StateTape): void {
    this.#fast.save(tape);
    this.#slow.save(tape);
    this.#signal.save(tape);
    tape.write(this.#skipped);
  }

  load(tape: StateTape): void {
    this.#fast.load(tape);
    this.#slow.load(tape);
    this.#signal.load(tape);
    this.#skipped = tape.read();
  }
}
