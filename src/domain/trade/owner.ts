// Owns who may change which field of a trade, as its record keeps it.

export const TRADE_FIELDS = ['STOP_LOSS', 'TAKE_PROFIT', 'VOLUME'] as const;
export type TradeField = (typeof TRADE_FIELDS)[number];

export type OwnershipStep = 'GRANTED' | 'COMMITTED' | 'RELEASED' | 'LOST';

/** A modification of one field that is under way. */
export interface ModificationLease {
  /** The trade's version at which it was given. */
  readonly token: number;
  /** Database time. */
  readonly endsAt: number;
  /** What is about to be set, once committed; null before, and for a target that is removed. */
  readonly value: number | null;
  readonly committed: boolean;
  /** A person passed over priority and the rule that a stop never loosens. */
  readonly overridden: boolean;
}

/** Who owns one field of a trade. */
export interface FieldOwner {
  readonly field: TradeField;
  readonly manager: string;
  readonly lease: ModificationLease | null;
}
