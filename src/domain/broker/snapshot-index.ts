// Owns a broker's snapshot, indexed by what positions and deals are found by: identifiers and order
// comments. Never by symbol: a fill of one trade must not be taken for another's.
import { isTag } from './order-tag.js';
import type { BrokerDeal, BrokerPosition, BrokerSnapshot } from './snapshot.js';

export interface BrokerIndex {
  readonly snapshot: BrokerSnapshot;
  readonly positions: ReadonlyMap<bigint, BrokerPosition>;
  /** Open positions and deals by the tag in their comment; others have none. */
  readonly taggedPositions: ReadonlyMap<string, BrokerPosition>;
  readonly taggedDeals: ReadonlyMap<string, readonly BrokerDeal[]>;
  /** Tags that several positions carry, or did when they were opened: of an order that opened one they do not say which. */
  readonly sharedTags: ReadonlySet<string>;
  /** By position, in the order of their time. */
  readonly deals: ReadonlyMap<bigint, readonly BrokerDeal[]>;
}

export function indexSnapshot(snapshot: BrokerSnapshot): BrokerIndex {
  const ordered = [...snapshot.deals].sort((a, b) => a.time - b.time || (a.deal < b.deal ? -1 : 1));
  const tagged = ({ comment }: { readonly comment: string }) => isTag(comment);
  const own = snapshot.positions.filter(tagged);
  return {
    snapshot,
    positions: new Map(snapshot.positions.map((position) => [position.identifier, position])),
    taggedPositions: new Map(own.map((position) => [position.comment, position])),
    sharedTags: sharedIn(own, ordered.filter(tagged)),
    taggedDeals: grouped(ordered.filter(tagged), ({ comment }) => comment),
    deals: grouped(ordered, ({ positionIdentifier }) => positionIdentifier),
  };
}

/** The tags that several positions have: those that are open, and those that a deal opened. */
function sharedIn(positions: readonly BrokerPosition[], deals: readonly BrokerDeal[]): ReadonlySet<string> {
  const opened = deals.filter(({ entry }) => entry === 'IN');
  const all = [
    ...positions.map(({ comment, identifier }) => [comment, identifier] as const),
    ...opened.map(({ comment, positionIdentifier }) => [comment, positionIdentifier] as const),
  ];
  const first = new Map(all.toReversed());
  return new Set(all.filter(([tag, identifier]) => first.get(tag) !== identifier).map(([tag]) => tag));
}

/**
 * What is in a snapshot that arrived at `now` (database time) happened before, and so did its taking, whatever their dates: a
 * bridge may not know its broker's clock, and a trade that was opened or closed in the future would be defended, or looked
 * for, no sooner.
 */
export function withoutFuture(snapshot: BrokerSnapshot, now: number): BrokerSnapshot {
  const { takenAt, positions, deals } = snapshot;
  return {
    ...snapshot,
    takenAt: Math.min(takenAt, now),
    positions: positions.map((position) =>
      position.openedAt > now ? { ...position, openedAt: now } : position,
    ),
    deals: deals.map((deal) => (deal.time > now ? { ...deal, time: now } : deal)),
  };
}

/** The deals that took volume from a position, in the order of their time. */
export function closingDeals({ deals }: BrokerIndex, identifier: bigint): readonly BrokerDeal[] {
  return (deals.get(identifier) ?? []).filter(({ entry }) => entry !== 'IN');
}

/** The sum of the deals' volumes, in lots. */
export function volumeOf(deals: readonly BrokerDeal[]): number {
  return Math.round(deals.reduce((sum, { volume }) => sum + volume, 0) * 1e8) / 1e8;
}

/** The average price of the newest deals that make up a volume; null where none do exactly. */
export function priceOfNewest(deals: readonly BrokerDeal[], volume: number): number | null {
  let [left, value, taken] = [volume, 0, 0];
  for (const deal of [...deals].reverse()) {
    left = Math.round((left - deal.volume) * 1e8) / 1e8;
    value += deal.price * deal.volume;
    taken += 1;
    if (left === 0) return taken === 1 ? deal.price : value / volume;
    if (left < 0) return null;
  }
  return null;
}

function grouped<Key>(
  deals: readonly BrokerDeal[],
  keyOf: (deal: BrokerDeal) => Key,
): ReadonlyMap<Key, readonly BrokerDeal[]> {
  const groups = new Map<Key, BrokerDeal[]>();
  for (const deal of deals) {
    const group = groups.get(keyOf(deal));
    if (group === undefined) groups.set(keyOf(deal), [deal]);
    else group.push(deal);
  }
  return groups;
}
