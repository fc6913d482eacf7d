// Owns the recent events of the log in memory, once for all watches, within a number and a size.
import type { EncodedEvent } from './frames.js';

/** Events tail + 1 to head, without a gap. */
export class Ring {
  readonly #slots: (EncodedEvent | undefined)[];
  readonly #maxBytes: number;
  #tail = 0;
  #head = 0;
  #bytes = 0;

  /** @param maxEvents at least 1. The newest event is kept even when it alone exceeds maxBytes. */
  constructor(maxEvents: number, maxBytes: number) {
    this.#slots = new Array<EncodedEvent | undefined>(maxEvents).fill(undefined);
    this.#maxBytes = maxBytes;
  }

  /** The earliest revision to continue after. */
  get tail(): number {
    return this.#tail;
  }

  /** The newest revision. */
  get head(): number {
    return this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Forgets everything; the next event is the one after `head`. */
  reset(head: number): void {
    this.#slots.fill(undefined);
    this.#tail = head;
    this.#head = head;
    this.#bytes = 0;
  }

  /** Throws RangeError unless it is the event right after the head. */
  append(event: EncodedEvent): void {
    if (event.revision !== this.#head + 1) {
      throw new RangeError(`revision ${event.revision} does not follow ${this.#head}`);
    }
    while (
      this.#head > this.#tail &&
      (this.#head - this.#tail >= this.#slots.length || this.#bytes + event.bytes.length > this.#maxBytes)
    ) {
      this.#drop();
    }
    this.#slots[event.revision % this.#slots.length] = event;
    this.#head = event.revision;
    this.#bytes += event.bytes.length;
  }

  /** The event of a revision; undefined outside tail + 1 to head. */
  get(revision: number): EncodedEvent | undefined {
    if (revision <= this.#tail || revision > this.#head) return undefined;
    return this.#slots[revision % this.#slots.length];
  }

  #drop(): void {
    this.#tail += 1;
    const slot = this.#tail % this.#slots.length;
    this.#bytes -= this.#slots[slot]?.bytes.length ?? 0;
    this.#slots[slot] = undefined;
  }
}
