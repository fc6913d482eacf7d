// Owns the server's time, told from the Date header of its answers, so that this machine's date does not
// matter. The header has whole seconds: the newest of several says most.

/** So many of the latest answers count; older ones may be from before a clock was set. */
const SAMPLES = 30;

export class ServerClock {
  readonly #offsets: number[] = [];
  #offset = 0;

  /** @param date - the header of an answer that came now */
  saw(date: string | null): void {
    const time = date === null ? Number.NaN : Date.parse(date);
    if (Number.isNaN(time)) return;
    this.#offsets.push(time - steadyNow());
    if (this.#offsets.length > SAMPLES) this.#offsets.shift();
    // A header is late by up to a second, never early.
    this.#offset = Math.max(...this.#offsets);
  }

  /** UTC milliseconds; this machine's own before the first answer. */
  now(): number {
    return this.#offsets.length === 0 ? Date.now() : steadyNow() + this.#offset;
  }
}

/** Milliseconds that only go forward. */
export function steadyNow(): number {
  return performance.now();
}
