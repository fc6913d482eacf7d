// Owns the session VWAP, its slope and the run of closes on one side of it.
import type { Bar } from '../data.js';
import { Recent } from './recent.js';
import type { Stateful, StateTape } from './state-tape.js';

/**
 * VWAP = sum((high + low + close) / 3 x volume) / sum(volume) since the session began. A new session
 * starts everything anew: a slope or a run across its anchor would compare two different things.
 */
export class SessionVwap implements Stateful {
  readonly #recent: Recent;
  #session = Number.NaN;
  #turnover = 0;
  #volume = 0;
  #run = 0;

  constructor(slopeBars: number) {
    this.#recent = new Recent(slopeBars + 1);
  }

  /** NaN while the session has no volume. */
  get value(): number {
    return this.#recent.ago(0);
  }

  /** Relative change over the slope's bars; NaN where one end of it is not known. */
  get slope(): number {
    const before = this.#recent.ago(this.#recent.size - 1);
    return (this.value - before) / before;
  }

  /** Consecutive closes above (positive) or below (negative) the VWAP. */
  get run(): number {
    return this.#run;
  }

  /** `session` is any number that differs between sessions. */
  update(bar: Bar, session: number): void {
    if (session !== this.#session) {
      this.#session = session;
      this.#turnover = 0;
      this.#volume = 0;
      this.#run = 0;
      this.#recent.clear();
    }
    this.#turnover += ((bar.high + bar.low + bar.close) / 3) * bar.volume;
    this.#volume += bar.volume;
    const vwap = this.#volume > 0 ? this.#turnover / this.#volume : Number.NaN;
    this.#recent.push(vwap);
    if (bar.close > vwap) this.#run = this.#run > 0 ? this.#run + 1 : 1;
    else if (bar.close < vwap) this.#run = this.#run < 0 ? this.#run - 1 : -1;
    else this.#run = 0;
  }

  save(tape: StateTape): void {
    this.#recent.save(tape);
    tape.write(this.#session);
    tape.write(this.#turnover);
    tape.write(this.#volume);
    tape.write(this.#run);
  }

  load(tape: StateTape): void {
    this.#recent.load(tape);
    this.#session = tape.read();
    this.#turnover = tape.read();
    this.#volume = tape.read();
    this.#run = tape.read();
  }
}
