// Owns the feature flags of what a server does before anything reaches the engine: as the log has them, as far as this server
// knows, and without the database as it knew them last. At the start they are as its own file has them.
import type { FlagDecision, FlagName } from '../domain/flags/flag.js';
import { Flags } from './flags.js';
import type { OwnFlags } from './term.js';

export class EdgeFlags {
  readonly #known = new Flags();
  readonly #current: () => Pick<Flags, 'book'> | undefined;

  /** @param current - those of the state this server has of the log; undefined where it has none. */
  constructor({ definitions, build }: OwnFlags, current: () => Pick<Flags, 'book'> | undefined) {
    this.#known.define(definitions, build);
    this.#current = current;
  }

  /** The decision by which a flag is off for a method; null where it is on. */
  off(flag: FlagName, method: string): FlagDecision | null {
    const book = this.#current()?.book;
    // Before a leader of this program has told its own, the log has none.
    if (book !== undefined && book.revision > 0 && book !== this.#known.book) this.#known.restore(book);
    return this.#known.methodOff(flag, method);
  }
}
