// Owns which keys count between servers now: while a secret is rotated two do, so that a server that heard of it later than
// another is not shut out.
import type { ClusterSecrets } from '../store/servers.js';
import { ClusterKey } from './cluster-key.js';

/** Servers read once a second: by then each takes connections with the new secret, so now they begin with it. */
const SETTLED_MS = 5_000;

export class KeyRing {
  readonly #secrets: ClusterSecrets;
  readonly #readAt: number;
  readonly #now: () => number;
  readonly #overlapMs: number;
  #logEpoch = '';
  #keys: { readonly current: ClusterKey; readonly previous: ClusterKey | null };

  /**
   * @param overlapMs - for so long after a rotation the secret before counts
   * @param now - ms that only rise
   */
  constructor(secrets: ClusterSecrets, overlapMs: number, now: () => number = () => performance.now()) {
    this.#secrets = secrets;
    this.#overlapMs = overlapMs;
    this.#now = now;
    this.#readAt = now();
    this.#keys = this.#made();
  }

  get serial(): number {
    return this.#secrets.serial;
  }

  /** The keys of another history of the log, where it is another. */
  of(logEpoch: string): this {
    if (logEpoch !== this.#logEpoch) {
      this.#logEpoch = logEpoch;
      this.#keys = this.#made();
    }
    return this;
  }

  /** With which connections to other servers begin. */
  get connecting(): ClusterKey {
    const { current, previous } = this.#keys;
    return previous !== null && this.#rotatedMs < Math.min(SETTLED_MS, this.#overlapMs / 2)
      ? previous
      : current;
  }

  /** With which connections of other servers may begin, and go on. */
  get accepted(): readonly ClusterKey[] {
    const { current, previous } = this.#keys;
    return previous !== null && this.#rotatedMs < this.#overlapMs ? [current, previous] : [current];
  }

  /** How long connections with the secret before may still go on, in ms. */
  get overlapLeftMs(): number {
    return Math.max(0, this.#overlapMs - this.#rotatedMs);
  }

  get #rotatedMs(): number {
    return this.#secrets.rotatedMs + this.#now() - this.#readAt;
  }

  #made() {
    const { current, previous, serial } = this.#secrets;
    return {
      current: new ClusterKey(current, this.#logEpoch, serial),
      previous: previous === null ? null : new ClusterKey(previous, this.#logEpoch, serial - 1),
    };
  }
}
