// Owns what is known of API keys: a bounded memory of look-ups that is never older than its limits, so
// that a change of a key is noticed in time on every server.
import type { StoredKey } from '../store/types.js';
import { bounded } from './bounded.js';

/** A key as it was found; null when there is none with this id. */
export interface KnownKey {
  readonly key: StoredKey | null;
  /** When it was asked for and when it ends by itself, by the monotonic clock in ms. */
  readonly askedAt: number;
  readonly endsAt: number;
}

export interface CacheLimits {
  /** Keys remembered, and as many ids without a key. */
  readonly entries: number;
  /** How long a key is remembered, in ms. */
  readonly knownMs: number;
  /** How long it is remembered that there is none, in ms. */
  readonly unknownMs: number;
}

export const CACHE_LIMITS: CacheLimits = { entries: 10_000, knownMs: 4000, unknownMs: 1000 };

export class KeyCache {
  readonly #find: (keyIds: readonly string[]) => Promise<readonly StoredKey[]>;
  readonly #limits: CacheLimits;
  readonly #clock: () => number;
  readonly #known = new Map<string, KnownKey>();
  /** Apart from the known ones, so that guessed ids push out no real key. */
  readonly #unknown = new Map<string, KnownKey>();
  readonly #asked = new Map<string, Promise<KnownKey>>();

  /** @param clock - monotonic, in ms. */
  constructor(
    find: (keyIds: readonly string[]) => Promise<readonly StoredKey[]>,
    limits: CacheLimits = CACHE_LIMITS,
    clock: () => number = () => performance.now(),
  ) {
    this.#find = find;
    this.#limits = limits;
    this.#clock = clock;
  }

  /** At once when it is remembered; else calls that ask together share one look-up. */
  get(keyId: string): KnownKey | Promise<KnownKey> {
    const remembered = this.#known.get(keyId) ?? this.#unknown.get(keyId);
    if (remembered !== undefined) {
      const lifeMs = remembered.key === null ? this.#limits.unknownMs : this.#limits.knownMs;
      if (this.#clock() - remembered.askedAt < lifeMs) return remembered;
    }
    const asked = this.#asked.get(keyId);
    if (asked !== undefined) return asked;
    const answer = this.refresh([keyId]).then(([known]) => {
      if (known === undefined) throw new Error('a look-up answered nothing');
      return known;
    });
    this.#asked.set(keyId, answer);
    // Of both outcomes; the caller hears of a failure.
    const done = () => this.#asked.delete(keyId);
    answer.then(done, done);
    return answer;
  }

  /** Looks keys up now and remembers them; in the order of the ids. */
  async refresh(keyIds: readonly string[]): Promise<readonly KnownKey[]> {
    // Before the look-up: what is changed after it began may be missing from its answer.
    const askedAt = this.#clock();
    const found = new Map((await this.#find(keyIds)).map((key) => [key.keyId, key]));
    return keyIds.map((keyId) => {
      const key = found.get(keyId) ?? null;
      const known = { key, askedAt, endsAt: askedAt + (key?.remainingMs ?? 0) };
      this.#remember(keyId, known);
      return known;
    });
  }

  #remember(keyId: string, known: KnownKey): void {
    const [here, there] = known.key === null ? [this.#unknown, this.#known] : [this.#known, this.#unknown];
    there.delete(keyId);
    bounded(here, keyId, known, this.#limits.entries);
  }
}
