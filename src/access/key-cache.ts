// Owns what is known of API keys: a bounded memory of look-ups that is never older than its limits, so
// that a change of a key is noticed in time on every server.
import { inBackground } from '../observability/background.js';
import type { StoredKey } from '../store/types.js';
import { bounded } from './bounded.js';

/** A key as it was found; null when there is none with this id. */
export interface KnownKey {
  readonly key: StoredKey | null;
  /** The text of the key, once its hash was found to be right: the next calls with it need no hash. */
  proven?: string;
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

/** Ids of one look-up. */
const MOST_AT_ONCE = 500;

interface Asker {
  readonly answer: Promise<KnownKey>;
  readonly resolve: (known: KnownKey) => void;
  readonly reject: (error: unknown) => void;
}

const CACHE_LIMITS: CacheLimits = { entries: 10_000, knownMs: 4000, unknownMs: 1000 };

export class KeyCache {
  readonly #find: (keyIds: readonly string[]) => Promise<readonly StoredKey[]>;
  readonly #limits: CacheLimits;
  readonly #clock: () => number;
  readonly #known = new Map<string, KnownKey>();
  /** Apart from the known ones, so that guessed ids push out no real key. */
  readonly #unknown = new Map<string, KnownKey>();
  /** Ids that wait for the next look-up, or for its answer. */
  readonly #askers = new Map<string, Asker>();
  readonly #waiting = new Set<string>();
  #looking = false;

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

  /**
   * At once when it is remembered. Else there is one look-up at a time for all who ask: a flood of guessed
   * ids takes one connection of the database, not all of them.
   */
  get(keyId: string): KnownKey | Promise<KnownKey> {
    return this.recall(keyId) ?? (this.#askers.get(keyId) ?? this.#ask(keyId)).answer;
  }

  /** What is remembered; undefined when it is too old, or nothing is. Nothing is looked up. */
  recall(keyId: string): KnownKey | undefined {
    const remembered = this.#known.get(keyId) ?? this.#unknown.get(keyId);
    if (remembered === undefined) return undefined;
    const lifeMs = remembered.key === null ? this.#limits.unknownMs : this.#limits.knownMs;
    return this.#clock() - remembered.askedAt < lifeMs ? remembered : undefined;
  }

  /** Whether there was a key of this id when it was last looked up. */
  knew(keyId: string): boolean {
    return this.#known.has(keyId);
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

  #ask(keyId: string): Asker {
    const asker = makeAsker();
    this.#askers.set(keyId, asker);
    this.#waiting.add(keyId);
    if (!this.#looking) {
      this.#looking = true;
      // Calls of the same turn of the event loop are looked up together.
      queueMicrotask(() => inBackground(this.#lookUp()));
    }
    return asker;
  }

  /** Answers everybody who waits; never throws. */
  async #lookUp(): Promise<void> {
    while (this.#waiting.size > 0) {
      const keyIds = [...this.#waiting].slice(0, MOST_AT_ONCE);
      for (const keyId of keyIds) this.#waiting.delete(keyId);
      const answer = await this.refresh(keyIds).catch((error: unknown) => ({ error }));
      for (const [index, keyId] of keyIds.entries()) {
        const asker = this.#askers.get(keyId);
        this.#askers.delete(keyId);
        if ('error' in answer) asker?.reject(answer.error);
        else if (answer[index] !== undefined) asker?.resolve(answer[index]);
      }
    }
    this.#looking = false;
  }

  #remember(keyId: string, known: KnownKey): void {
    const [here, there] = known.key === null ? [this.#unknown, this.#known] : [this.#known, this.#unknown];
    there.delete(keyId);
    bounded(here, keyId, known, this.#limits.entries);
  }
}

function makeAsker(): Asker {
  let resolve: Asker['resolve'] = () => undefined;
  let reject: Asker['reject'] = () => undefined;
  const answer = new Promise<KnownKey>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { answer, resolve, reject };
}
