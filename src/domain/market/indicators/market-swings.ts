// Owns the market's structure: its last swings, its trend, and breaks of structure and of character.
import type { Bar, StructureEvent } from '../data.js';
import { Fractals } from './fractals.js';
import type { Stateful, StateTape } from './state-tape.js';

const UP = 1;
const DOWN = -1;
const UNKNOWN = 0;

/**
 * Break of structure (BOS): a close beyond the last known swing in the trend's direction. Change of
 * character (CHOCH): the first close beyond the swing that protects the trend, which is the last known
 * swing on its other side; it turns the trend. While the trend is unknown the first break of either
 * swing sets it, as a BOS. "Beyond" is by `margin` of the level. A level that a close has passed is
 * taken and makes no second event.
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
    }
    const low = this.#fractals.low;
    if (!Number.isNaN(low)) {
      this.#low = low;
      this.#lowTaken = 0;
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
    if (this.#highTaken === 0 && this.#above(close, this.#high)) {
      this.#highTaken = 1;
      this.#note(this.#trend === DOWN ? 'CHOCH' : 'BOS', UP, this.#high, at);
    } else if (this.#lowTaken === 0 && this.#below(close, this.#low)) {
      this.#lowTaken = 1;
      this.#note(this.#trend === UP ? 'CHOCH' : 'BOS', DOWN, this.#low, at);
    }
  }

  #note(kind: StructureEvent['kind'], trend: typeof UP | typeof DOWN, level: number, at: number): void {
    this.#trend = trend;
    this.#event = { kind, direction: trend === UP ? 'UP' : 'DOWN', at, level };
    this.#eventBar = this.#bars;
  }
}
