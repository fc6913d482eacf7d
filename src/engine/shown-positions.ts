// Owns what snapshots in this term showed open at each account's broker, and since when and when last they showed each position.
import { volumeSum } from '../domain/actions/quantise.js';
import type { BrokerDeal, BrokerPosition } from '../domain/broker/snapshot.js';
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

/** What is looked at of a snapshot. */
type Shown = Pick<BrokerIndex, 'snapshot' | 'positions' | 'deals'>;

/** Some brokers date deals in whole seconds. */
const SECOND_MS = 1000;
const NONE: ReadonlySet<bigint> = new Set();

const secondOf = (time: number): number => Math.floor(time / SECOND_MS) * SECOND_MS;

/** Below 0 where it is sold; 0 where there is none. */
function lotsOf(position: Pick<BrokerPosition, 'direction' | 'volume'> | undefined): number {
  if (position === undefined) return 0;
  return position.direction === 'BUY' ? position.volume : -position.volume;
}

export class ShownPositions {
  /** Broker time of the last complete snapshot, by account. */
  readonly #seen = new Map<string, number>();
  /** By account and identifier. */
  readonly #positions = new Map<string, ReadonlyMap<bigint, ShownPosition>>();
  /** By account, of the positions that are missed: broker time of the last complete snapshot that showed each. */
  readonly #lost = new Map<string, ReadonlyMap<bigint, number>>();

  /** By account, the deals of the second of the last complete snapshot, and later, that its positions have; absent where it told none. */
  readonly #newest = new Map<string, ReadonlySet<bigint>>();

  /**
   * Whether a deal followed the last complete snapshot although it is dated before: it is dated by the second in which that was
   * taken, and the positions in it do not have it. Of a volume that is known from later, `asOf`, that says nothing.
   */
  isOfSameSecond(name: string, { deal, time }: Pick<BrokerDeal, 'deal' | 'time'>, asOf: number): boolean {
    const told = this.#newest.get(name);
    const takenAt = this.#seen.get(name);
    if (takenAt === undefined || told === undefined || takenAt < asOf || time % SECOND_MS !== 0) return false;
    return time <= takenAt && takenAt < time + SECOND_MS && !told.has(deal);
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
  take(name: string, { snapshot, positions, deals }: Shown, now: number, missed: readonly bigint[]): void {
    const { complete, takenAt } = snapshot;
    if (complete) {
      this.#note(name, { snapshot, positions, deals });
      this.#lose(name, missed);
      this.#seen.set(name, takenAt);
    }
    const before = this.#positions.get(name) ?? new Map<bigint, ShownPosition>();
    const shown = new Map<bigint, ShownPosition>(complete ? [] : before);
    for (const [identifier, position] of positions)
      shown.set(identifier, { ...position, shownSince: before.get(identifier)?.shownSince ?? now });
    this.#positions.set(name, shown);
  }

  /** Before the snapshot takes the place of the one before. */
  #note(name: string, { snapshot: { takenAt, dealsSince }, positions, deals }: Shown): void {
    const second = secondOf(takenAt);
    const had: bigint[] = [];
    for (const [identifier, all] of deals) {
      const newest = all.filter(({ time }) => time >= second);
      if (newest.length === 0) continue;
      const later = this.#laterThan(name, identifier, all, positions.get(identifier));
      for (const { deal } of newest) if (!later.has(deal)) had.push(deal);
    }
    if (dealsSince <= second) this.#newest.set(name, new Set(had));
    else this.#newest.delete(name);
  }

  /** Deals are read after positions: those of them that a position does not have yet, as it was shown before and is now. */
  #laterThan(
    name: string,
    identifier: bigint,
    deals: readonly BrokerDeal[],
    shown: BrokerPosition | undefined,
  ): ReadonlySet<bigint> {
    const before = this.of(name, identifier);
    const asOf = this.#seen.get(name) ?? Number.NEGATIVE_INFINITY;
    // Without one to compare with, only a list that begins with its opening is known to be all of it.
    if (before === undefined && deals[0]?.entry !== 'IN') return NONE;
    const isLater = (deal: BrokerDeal): boolean =>
      before === undefined || deal.time > asOf || this.isOfSameSecond(name, deal, asOf);
    // Each once, whoever told one twice.
    const since = [...new Map(deals.filter(isLater).map((deal) => [deal.deal, deal])).values()];
    let lots = lotsOf(before);
    let had = lots === lotsOf(shown) ? 0 : -1;
    for (const [index, { direction, volume }] of since.entries()) {
      lots = volumeSum(lots, direction === 'BUY' ? volume : -volume);
      if (lots === lotsOf(shown)) had = index + 1;
    }
    return had < 0 ? NONE : new Set(since.slice(had).map(({ deal }) => deal));
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
