// Owns the positions at an account's broker that are no trade's, so that nobody is told they are defended: what snapshots
// showed, and why each is nobody's.
import type { BrokerPosition, BrokerSnapshot, UnreadablePosition } from '../broker/snapshot.js';

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

/**
 * What is nobody's after a snapshot, by identifier; of an incomplete one nothing is gone that it could have named.
 *
 * @param known - what was before
 * @param found - what of the snapshot no trade owns
 */
export function undefendedAfter(
  known: readonly Undefended[],
  { complete, positions, unreadable = [] }: BrokerSnapshot,
  found: readonly Undefended[],
): readonly Undefended[] {
  const odd = unreadable.map((position): Undefended => ({ ...position, reason: 'UNREADABLE' }));
  const told = new Set([...positions, ...odd].map(({ identifier }) => identifier));
  const kept = complete ? [] : known.filter(({ identifier }) => identifier !== 0n && !told.has(identifier));
  // What was shown last is kept first.
  return [...found, ...odd, ...kept].slice(0, MOST_KEPT).sort((a, b) => Number(a.identifier - b.identifier));
}
