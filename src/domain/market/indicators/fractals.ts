// Owns swing points: strict fractals with two bars on each side.
import type { Bar } from '../data.js';
import { Recent } from './recent.js';
import type { Stateful, StateTape } from './state-tape.js';

/** Bars to each side of a swing. It is known this many bars after it was made. */
export const FRACTAL_SIDE = 2;

function peak(values: Recent, sign: 1 | -1): boolean {
  const middle = sign * values.ago(FRACTAL_SIDE);
  for (let back = 0; back < values.size; back += 1) {
    if (back !== FRACTAL_SIDE && !(middle > sign * values.ago(back))) return false;
  }
  return true;
}

/** Says with each bar whether the bar two before it has turned out to be a swing (Williams' fractal, strict). */
export class Fractals implements Stateful {
  readonly #highs = new Recent(2 * FRACTAL_SIDE + 1);
  readonly #lows = new Recent(2 * FRACTAL_SIDE + 1);

  /** The swing high that the latest bar confirmed; NaN when it confirmed none. */
  get high(): number {
    return peak(this.#highs, 1) ? this.#highs.ago(FRACTAL_SIDE) : Number.NaN;
  }

  /** The swing low that the latest bar confirmed; NaN when it confirmed none. */
  get low(): number {
    return peak(this.#lows, -1) ? this.#lows.ago(FRACTAL_SIDE) : Number.NaN;
  }

  update(bar: Bar): void {
    this.#highs.push(bar.high);
    this.#lows.push(bar.low);
  }

  save(tape: StateTape): void {
    this.#highs.save(tape);
    this.#lows.save(tape);
  }

  load(tape: StateTape): void {
    this.#highs.load(tape);
    this.#lows.load(tape);
  }
}
