// Owns the positions at the broker that are no trade's, so that nobody is told they are defended: what snapshots of this
// term showed, and why each is nobody's.
import type { BrokerPosition, BrokerSnapshot, UnreadablePosition } from '../domain/broker/snapshot.js';

/** Why nobody defends a position. */
export const UNDEFENDED_REASONS = [
  'NOT_REGISTERED',
  'UNEXPLAINED',
  'SURPLUS_HEDGE',
  'TRADE_CLOSED',
  'UNREADABLE',
  'SWITCHED_OFF',
] as const;
export type UndefendedReason = (typeof UNDEFENDED_REASONS)[number];

export interface Undefended extends UnreadablePosition {
  readonly reason: UndefendedReason;
}

export function undefended(position: BrokerPosition, reason: UndefendedReason, note: string): Undefended {
  const { identifier, symbol, direction, volume } = position;
  return { identifier, symbol, direction, volume, reason, note };
}

/** Of one account, as many as a snapshot can show: incomplete ones, each with other positions, would have no end. */
const MOST_KEPT = 10_000;

/** The positions of all accounts that are nobody's. */
export class UndefendedPositions {
  readonly #found = new Map<string, readonly Undefended[]>();

  /** Takes what a snapshot showed; of an incomplete one nothing is gone that it could have named. */
  seen(account: string, snapshot: BrokerSnapshot, found: readonly Undefended[]): void {
    const { complete, positions, unreadable = [] } = snapshot;
    const odd = unreadable.map((position): Undefended => ({ ...position, reason: 'UNREADABLE' }));
    const told = new Set([...positions, ...odd].map(({ identifier }) => identifier));
    const kept = complete
      ? []
      : this.of(account).filter(({ identifier }) => identifier !== 0n && !told.has(identifier));
    // What was shown last is kept first.
    const now = [...found, ...odd, ...kept]
      .slice(0, MOST_KEPT)
      .sort((a, b) => Number(a.identifier - b.identifier));
    if (now.length > 0) this.#found.set(account, now);
    else this.#found.delete(account);
  }

  /** As they were found, by identifier; some may be a trade's since. */
  of(account: string): readonly Undefended[] {
    return this.#found.get(account) ?? [];
  }

  /** The accounts that have any. */
  accounts(): Iterable<string> {
    return this.#found.keys();
  }
}
