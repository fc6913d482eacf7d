// Owns telling whoever wants to know.

/** Takes down what was put up; more than once does no harm. */
export type Unsubscribe = () => void;

export class Listeners<T = void> {
  readonly #all = new Set<(value: T) => void>();

  add(listener: (value: T) => void): Unsubscribe {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  tell(value: T): void {
    for (const listener of [...this.#all]) listener(value);
  }
}
