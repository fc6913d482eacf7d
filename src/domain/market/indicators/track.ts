// Owns keeping indicators right when old bars change: a base that cannot change any more, and a replay.
import type { Bar } from '../data.js';
import { copyState, type Stateful, StateTape } from './state-tape.js';

export interface BarIndicators extends Stateful {
  update(bar: Bar): void;
}

/**
 * Indicators over a series whose newest bars may still be corrected. `base` stands just before the
 * oldest of those bars; a correction only marks the track, and the next reading replays the bars once.
 */
export class Track<T extends BarIndicators> {
  readonly #live: T;
  readonly #base: T;
  readonly #create: () => T;
  #outdated = false;

  constructor(create: () => T) {
    this.#create = create;
    this.#live = create();
    this.#base = create();
  }

  /** The indicators after the last of `bars`, which are the series' correctable bars. */
  read(bars: readonly Bar[]): T {
    if (this.#outdated) {
      copyState(this.#base, this.#live);
      for (const bar of bars) this.#live.update(bar);
      this.#outdated = false;
    }
    return this.#live;
  }

  append(bar: Bar): void {
    if (!this.#outdated) this.#live.update(bar);
  }

  /** An old bar changed. */
  rewrite(): void {
    this.#outdated = true;
  }

  /** The oldest correctable bar became final. */
  settle(bar: Bar): void {
    this.#base.update(bar);
  }

  /** Forgets everything: another series follows. */
  reset(): void {
    copyState(this.#create(), this.#base);
    this.#outdated = true;
  }

  saveBase(): (number | null)[] {
    const tape = new StateTape();
    this.#base.save(tape);
    return tape.values();
  }

  loadBase(values: readonly (number | null)[]): void {
    this.#base.load(new StateTape(values));
    this.#outdated = true;
  }
}
