// Owns what the user says of files that do not say it themselves.
import type { Decimal } from './number-text.js';
import type { DateOrder } from './time-text.js';
import type { WallZone } from './time-zone.js';

export const SPREAD_UNITS = ['points', 'price'] as const;
export type SpreadUnit = (typeof SPREAD_UNITS)[number];

export interface Asked {
  /** What is traded, as far as it is known: tells a base volume from a quote volume. */
  readonly symbol?: string;
  readonly timeZone?: WallZone;
  readonly decimal?: Decimal;
  readonly dateOrder?: DateOrder;
  readonly spreadUnit?: SpreadUnit;
}
