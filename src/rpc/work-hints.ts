// Owns telling the bridges' streams that there may be work, and that the server stops.
export class WorkHints {
  readonly #waiting = new Set<() => void>();
  #ended = false;

  /** True once the server stops: streams end. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Something was written: wakes everybody. */
  hint(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Resolves at the next hint, or after that many milliseconds, or when the signal aborts. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#ended || signal.aborted) return;
    let wake: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const timer = setTimeout(wake, milliseconds);
    signal.addEventListener('abort', wake, { once: true });
    this.#waiting.add(wake);
    await woken;
    clearTimeout(timer);
    signal.removeEventListener('abort', wake);
    this.#waiting.delete(wake);
  }

  /** Ends every stream. */
  end(): void {
    this.#ended = true;
    this.hint();
  }
}
