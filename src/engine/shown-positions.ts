// Owns what snapshots in this term showed open at each account's broker, and since when and when last they showed each position.
import type { BrokerDeal, BrokerPosition, BrokerSnapshot } from '../domain/broker/snapshot.js';
import type { BrokerIndex } from '../domain/broker/snapshot-index.js';

/** A position as a snapshot showed it. */
export interface ShownPosition extends BrokerPosition {
  /** Database time of the first snapshot in a row that did; what an older program remembered has none. */
  readonly shownSince?: number;
}

/** All of it, as plain data; what it holds does not change any more. */
export interface ShownMemory {
  /** Accounts with the broker time of their last complete snapshot; an older program remembered only the accounts. */
  readonly seen: readonly (string | readonly [string, number])[];
  readonly positions: readonly (readonly [string, ReadonlyMap<bigint, ShownPosition>])[];
  /** Absent of what an older program remembered. */
  readonly lost?: readonly (readonly [string, ReadonlyMap<bigint, number>])[];
  readonly newest?: readonly (readonly [string, readonly bigint[]])[];
}

/** Some brokers date deals in whole seconds. */
const SECOND_MS = 1000;

export class ShownPositions {
  /** Broker time of the last complete snapshot, by account. */
  readonly #seen = new Map<string, number>();
  /** By account and identifier. */
  readonly #positions = new Map<string, ReadonlyMap<bigint, ShownPosition>>();
  /** By account, of the positions that are missed: broker time of the last complete snapshot that showed each. */
  readonly #lost = new Map<string, ReadonlyMap<bigint, number>>();

  /** By account, the deals of the second of the last complete snapshot, and later, that it told; absent where it told none. */
  readonly #newest = new Map<string, ReadonlySet<bigint>>();

  /**
   * Whether a deal may have followed the last complete snapshot although it is dated before: it is dated by the second in which
   * that was taken, and was not in it.
   */
  isOfSameSecond(name: string, { deal, time }: BrokerDeal): boolean {
    const told = this.#newest.get(name);
    const takenAt = this.#seen.get(name) ?? Number.POSITIVE_INFINITY;
    return time % SECOND_MS === 0 && time + SECOND_MS > takenAt && told !== undefined && !told.has(deal);
  }

  /** Whether a complete snapshot of the account came. */
  isSeen(name: string): boolean {
    return this.#seen.has(name);
  }

  /** Broker time of the account's last complete snapshot; undefined where none came. */
  takenAt(name: string): number | undefined {
    return this.#seen.get(name);
  }

  /** A position as it was shown last. */
  of(name: string, identifier: bigint): ShownPosition | undefined {
    return this.#positions.get(name)?.get(identifier);
  }

  /** Every position shown, and not missing from a complete snapshot since. */
  identifiersOf(name: string): bigint[] {
    return [...(this.#positions.get(name)?.keys() ?? [])];
  }

  /** Broker time of the last complete snapshot that showed a position; undefined where none did. */
  at(name: string, identifier: bigint): number | undefined {
    if (this.of(name, identifier) !== undefined) return this.#seen.get(name);
    return this.#lost.get(name)?.get(identifier);
  }

  /**
   * Takes what a snapshot shows that arrived at database time `now`; of an incomplete one nothing is gone.
   *
   * @param missed - the positions of trades that it does not show: when they were shown is kept until they are shown again.
   */
  take(name: string, { snapshot, positions }: BrokerIndex, now: number, missed: readonly bigint[]): void {
    const { complete, takenAt } = snapshot;
    if (complete) {
      this.#lose(name, missed);
      this.#seen.set(name, takenAt);
      this.#note(name, snapshot);
    }
    const before = this.#positions.get(name) ?? new Map<bigint, ShownPosition>();
    const shown = new Map<bigint, ShownPosition>(complete ? [] : before);
    for (const [identifier, position] of positions)
      shown.set(identifier, { ...position, shownSince: before.get(identifier)?.shownSince ?? now });
    this.#positions.set(name, shown);
  }

  #note(name: string, { takenAt, deals, dealsSince }: BrokerSnapshot): void {
    const second = Math.floor(takenAt / SECOND_MS) * SECOND_MS;
    const newest = deals.filter(({ time }) => time >= second).map(({ deal }) => deal);
    if (dealsSince <= second) this.#newest.set(name, new Set(newest));
    else this.#newest.delete(name);
  }

  #lose(name: string, missed: readonly bigint[]): void {
    const lost = missed.flatMap((identifier) => {
      const at = this.at(name, identifier);
      return at === undefined ? [] : [[identifier, at] as const];
    });
    if (lost.length > 0) this.#lost.set(name, new Map(lost));
    else this.#lost.delete(name);
  }

  get memory(): ShownMemory {
    return {
      seen: [...this.#seen],
      positions: [...this.#positions],
      lost: [...this.#lost],
      newest: Array.from(this.#newest, ([name, told]) => [name, [...told]] as const),
    };
  }

  /** Takes what another remembered, in place of what this one does but for the positions of other accounts. */
  recall({ seen, positions, lost = [], newest = [] }: ShownMemory): void {
    for (const each of [this.#seen, this.#lost, this.#newest]) each.clear();
    for (const each of seen) {
      const [name, takenAt] = typeof each === 'string' ? [each, Number.NEGATIVE_INFINITY] : each;
      this.#seen.set(name, takenAt);
    }
    for (const [name, shown] of positions) this.#positions.set(name, shown);
    for (const [name, missed] of lost) this.#lost.set(name, missed);
    for (const [name, told] of newest) this.#newest.set(name, new Set(told));
  }
}
