// Owns what a broker shows of an account: its open positions and its deals. Prices are in quote currency,
// volumes in lots, times UTC ms on the broker's clock.
import type { Direction } from '../market/direction.js';

/** A position that is open at the broker. */
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
  /** What holding it has earned so far, as a price distance; below 0 it cost. Absent where the terminal does not tell. */
  readonly swap?: number;
}

/** What a deal that closed lots did to the balance, in the account's currency; below 0 where it cost. */
export interface DealMoney {
  readonly profit: number;
  /** Its own, and the share of the deals that opened the lots; so are fees. */
  readonly commission: number;
  readonly swap: number;
  readonly fee: number;
}

/** A trade that the broker made. */
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
  /** Absent where the terminal does not tell, and of deals that closed nothing. */
  readonly money?: DealMoney;
}

/** What could be read of a position that breaks a rule; an identifier of 0 could not. */
export interface UnreadablePosition extends Pick<BrokerPosition, 'identifier' | 'symbol' | 'volume'> {
  readonly direction: Direction | null;
  /** Which rule, for a person. */
  readonly note: string;
}

/** Everything open at the broker, and the deals since a moment. */
export interface BrokerSnapshot {
  /** Broker time of the query in UTC ms. */
  readonly takenAt: number;
  /** False when any part of the query failed: then nothing is concluded from what is absent. */
  readonly complete: boolean;
  readonly positions: readonly BrokerPosition[];
  /** Positions beside these of which no more is known; absent means none. */
  readonly unreadable?: readonly UnreadablePosition[];
  /** Every deal at or after `dealsSince` (UTC ms); Infinity when none are told. */
  readonly deals: readonly BrokerDeal[];
  readonly dealsSince: number;
}
