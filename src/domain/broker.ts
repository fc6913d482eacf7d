// What a broker shows of an account: its open positions and its deals. Prices are in quote currency,
// volumes in lots, times UTC ms on the broker's clock.
import type { Direction } from './types.js';

export interface BrokerPosition {
  /** The stable identifier (POSITION_IDENTIFIER), and the ticket, which may change. */
  readonly identifier: bigint;
  readonly ticket: bigint;
  readonly symbol: string;
  readonly direction: Direction;
  readonly volume: number;
  readonly entryPrice: number;
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
  readonly magicNumber: bigint;
  readonly comment: string;
  /** UTC ms. */
  readonly openedAt: number;
}

export interface BrokerDeal {
  readonly deal: bigint;
  readonly positionIdentifier: bigint;
  readonly symbol: string;
  /** IN opened or added volume, OUT took it away, INOUT turned a netting position round. */
  readonly entry: 'IN' | 'OUT' | 'INOUT';
  readonly direction: Direction;
  readonly volume: number;
  readonly price: number;
  readonly magicNumber: bigint;
  /** The comment of the order behind it. */
  readonly comment: string;
  /** Why the broker made it. */
  readonly reason: 'CLIENT' | 'STOP_LOSS' | 'TAKE_PROFIT' | 'STOP_OUT';
  /** UTC ms. */
  readonly time: number;
}

/** Everything open at the broker, and the deals since a moment. */
export interface BrokerSnapshot {
  /** Broker time of the query in UTC ms. */
  readonly takenAt: number;
  /** False when any part of the query failed: then nothing is concluded from what is absent. */
  readonly complete: boolean;
  readonly positions: readonly BrokerPosition[];
  /** Every deal at or after `dealsSince` (UTC ms); Infinity when none are told. */
  readonly deals: readonly BrokerDeal[];
  readonly dealsSince: number;
}
