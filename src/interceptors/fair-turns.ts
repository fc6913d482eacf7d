// Owns turns of the event loop: at most one is given out per turn, to one caller after the other, so that what
// takes long is done between other callers' work and not all at once.

interface Waiting {
  readonly bytes: number;
  readonly go: () => void;
}

export class FairTurns {
  /** In the order in which callers get their next turn. */
  readonly #queues = new Map<string, Waiting[]>();
  readonly #bytes = new Map<string, number>();
  #scheduled = false;

  /** How many bytes of a caller wait. */
  waiting(caller: string): number {
    return this.#bytes.get(caller) ?? 0;
  }

  /** Resolves when it is the caller's turn. */
  take(caller: string, bytes: number): Promise<void> {
    return new Promise((go) => {
      const queue = this.#queues.get(caller);
      if (queue === undefined) this.#queues.set(caller, [{ bytes, go }]);
      else queue.push({ bytes, go });
      this.#bytes.set(caller, this.waiting(caller) + bytes);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#scheduled || this.#queues.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#next();
      this.#schedule();
    });
  }

  #next(): void {
    for (const [caller, queue] of this.#queues) {
      const first = queue.shift();
      // To the end: whoever asks for much waits behind whoever asks for little.
      this.#queues.delete(caller);
      if (queue.length > 0) this.#queues.set(caller, queue);
      const left = this.waiting(caller) - (first?.bytes ?? 0);
      if (left > 0) this.#bytes.set(caller, left);
      else this.#bytes.delete(caller);
      first?.go();
      return;
    }
  }
}
