// Owns the market's structure: its last swings, its trend, and breaks of structure and of character.
import type { Bar, StructureEvent } from '../types.js';
import { Fractals } from './fractals.js';
import type { Stateful, StateTape } from './state-tape.js';

const UP = 1;
const DOWN = -1;
const UNKNOWN = 0;

/**
 * Break of structure (BOS): the first close beyond the last known swing, up or down. Change of character
 * (CHOCH): the first close beyond the swing that protects the trend, which is the opposite swing known
 * when the trend last broke structure; it turns the trend, where a BOS against the trend does not. While
 * the trend is unknown the first break sets it. "Beyond" is by `margin` of the level. A level that a
 * close has passed is taken and makes no second event.
 *
 * A bar is compared with swings that were known before it, never with one it is part of.
 */
export class MarketSwings implements Stateful {
  readonly #margin: number;
  readonly #fractals = new Fractals();
  #bars = 0;
  #trend = UNKNOWN;
  #high = Number.NaN;
  #low = Number.NaN;
  /** Whether a close has passed the swing already. */
  #highTaken = 0;
  #lowTaken = 0;
  /** The level whose break is a CHOCH; NaN while the trend has none. */
  #protection = Number.NaN;
  #event: StructureEvent | null = null;
  #eventBar = Number.NaN;

  constructor(margin: number) {
    this.#margin = margin;
  }

  /** The last known swing high; NaN before the first. */
  get high(): number {
    return this.#high;
  }

  /** The last known swing low; NaN before the first. */
  get low(): number {
    return this.#low;
  }

  /** Whether both kinds of swing are known, so that a break can be told. */
  get ready(): boolean {
    return !Number.isNaN(this.#high) && !Number.isNaN(this.#low);
  }

  /** The latest event, however old. */
  get event(): StructureEvent | null {
    return this.#event;
  }

  /** Bars closed since the one that made the event: 0 on that bar itself; NaN without an event. */
  get eventAge(): number {
    return this.#bars - this.#eventBar;
  }

  /** `closedAt` is the bar's close time. */
  update(bar: Bar, closedAt: number): void {
    this.#bars += 1;
    this.#break(bar.close, closedAt);
    this.#fractals.update(bar);
    const high = this.#fractals.high;
    if (!Number.isNaN(high)) {
      this.#high = high;
      this.#highTaken = 0;
      if (this.#trend === DOWN && Number.isNaN(this.#protection)) this.#protection = high;
    }
    const low = this.#fractals.low;
    if (!Number.isNaN(low)) {
      this.#low = low;
      this.#lowTaken = 0;
      if (this.#trend === UP && Number.isNaN(this.#protection)) this.#protection = low;
    }
  }

  save(tape: StateTape): void {
    this.#fractals.save(tape);
    tape.write(this.#bars);
    tape.write(this.#trend);
    tape.write(this.#high);
    tape.write(this.#low);
    tape.write(this.#highTaken);
    tape.write(this.#lowTaken);
    tape.write(this.#protection);
    const event = this.#event;
    tape.write(event === null ? 0 : event.kind === 'BOS' ? 1 : 2);
    tape.write(event?.direction === 'UP' ? UP : DOWN);
    tape.write(event?.at ?? Number.NaN);
    tape.write(event?.level ?? Number.NaN);
    tape.write(this.#eventBar);
  }

  load(tape: StateTape): void {
    this.#fractals.load(tape);
    this.#bars = tape.read();
    this.#trend = tape.read();
    this.#high = tape.read();
    this.#low = tape.read();
    this.#highTaken = tape.read();
    this.#lowTaken = tape.read();
    this.#protection = tape.read();
    const kind = tape.read();
    const direction = tape.read() === UP ? 'UP' : 'DOWN';
    const at = tape.read();
    const level = tape.read();
    this.#event = kind === 0 ? null : { kind: kind === 1 ? 'BOS' : 'CHOCH', direction, at, level };
    this.#eventBar = tape.read();
  }

  #above(close: number, level: number): boolean {
    return close > level + level * this.#margin;
  }

  #below(close: number, level: number): boolean {
    return close < level - level * this.#margin;
  }

  #break(close: number, at: number): void {
    const breaksHigh = this.#highTaken === 0 && this.#above(close, this.#high);
    const breaksLow = this.#lowTaken === 0 && this.#below(close, this.#low);
    if (breaksHigh) this.#highTaken = 1;
    if (breaksLow) this.#lowTaken = 1;
    if (this.#trend === UP && this.#below(close, this.#protection)) {
      this.#note({ kind: 'CHOCH', direction: 'DOWN', at, level: this.#protection }, DOWN);
    } else if (this.#trend === DOWN && this.#above(close, this.#protection)) {
      this.#note({ kind: 'CHOCH', direction: 'UP', at, level: this.#protection }, UP);
    } else if (breaksHigh) {
      this.#note({ kind: 'BOS', direction: 'UP', at, level: this.#high }, this.#trend === DOWN ? DOWN : UP);
    } else if (breaksLow) {
      this.#note({ kind: 'BOS', direction: 'DOWN', at, level: this.#low }, this.#trend === UP ? UP : DOWN);
    }
  }

  #note(event: StructureEvent, trend: typeof UP | typeof DOWN): void {
    this.#event = event;
    this.#eventBar = this.#bars;
    this.#trend = trend;
    const brokeWithTrend = (event.direction === 'UP') === (trend === UP);
    if (brokeWithTrend) this.#protection = trend === UP ? this.#low : this.#high;
  }
}
