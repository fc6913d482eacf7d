// Owns the caps of an account's orders: how large one may be, and how many may go out within a minute. Size binds what
// opens a position; nothing that closes one is ever too large, as it is never larger than what is open.
import type { HoldReason } from '../trade/action.js';

/** Volumes in lots, money in the symbol's quote currency; null is no cap. */
export interface OrderCaps {
  readonly volume: number | null;
  /** Volume times price times contract size. */
  readonly notional: number | null;
  readonly perMinute: number | null;
}

export const NO_CAPS: OrderCaps = { volume: null, notional: null, perMinute: null };

/** What the size of an order is known by. */
export interface OrderSize {
  readonly volume: number;
  /** null when nobody told the contract's size, or no price is known. */
  readonly notional: number | null;
}

/** Why an action must wait for a person. */
export interface Hold {
  readonly by: HoldReason;
  readonly reason: string;
}

/** The cap an order is beyond by its size; null when it is within them. What cannot be reckoned is beyond. */
export function sizeCap(caps: OrderCaps, { volume, notional }: OrderSize): Hold | null {
  if (caps.volume !== null && volume > caps.volume) {
    return { by: 'ORDER_VOLUME', reason: `${volume} lots are above the account's cap of ${caps.volume}` };
  }
  if (caps.notional === null) return null;
  const by = 'ORDER_NOTIONAL';
  if (notional === null) {
    return {
      by,
      reason: `the account caps notional at ${caps.notional}, and nobody told the contract's size`,
    };
  }
  if (notional <= caps.notional) return null;
  return { by, reason: `a notional of ${notional} is above the account's cap of ${caps.notional}` };
}
