// Owns the running sum of results as its drawdown is drawn again of: a stretch for each week or day, of what is closed and of
// what is open at the prices of the moment.
import { type BlockLength, blockAt } from './blocks.js';
import { NO_STRETCH, type Stretch, stepped } from './drawdown.js';

/** The part of a running sum that lies in one block. */
export interface BlockStretch extends Stretch {
  readonly block: number;
}

export class RunningSum {
  readonly #length: BlockLength;
  readonly #done: BlockStretch[] = [];
  #block: number | null = null;
  #stretch = NO_STRETCH;
  #sum = 0;

  constructor(length: BlockLength) {
    this.#length = length;
  }

  /** The sum at a moment, UTC ms; moments come in order. */
  add(at: number, sum: number): void {
    const block = blockAt(at, this.#length);
    if (block !== this.#block) this.#end();
    this.#block = block;
    this.#stretch = stepped(this.#stretch, sum - this.#sum);
    this.#sum = sum;
  }

  /** The stretches in order of time. */
  stretches(): readonly BlockStretch[] {
    this.#end();
    return this.#done;
  }

  #end(): void {
    if (this.#block !== null) this.#done.push({ block: this.#block, ...this.#stretch });
    this.#block = null;
    this.#stretch = NO_STRETCH;
  }
}
