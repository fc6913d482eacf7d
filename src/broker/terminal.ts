// What a bridge asks of a broker's terminal, in the shape of MT5's: requests, queries and their answers.
// Times in here are the trade server's wall clock written as if it were UTC; the account says its offset.
import type { OrderResult } from '../bridge/desk.js';
import type { BrokerDeal, BrokerPosition } from '../domain/broker.js';
import type { Direction } from '../domain/types.js';
import { opposite } from './prices.js';

/** The longest comment an order may carry, in characters. */
export const MAXIMUM_COMMENT = 31;

/** An order at market. */
export interface DealRequest {
  readonly kind: 'deal';
  readonly symbol: string;
  /** What is done: to close a BUY is to SELL. */
  readonly direction: Direction;
  /** In lots. */
  readonly volume: number;
  /**
   * Ticket of the position to close or reduce. Without one a hedging account opens another position,
   * and a netting account nets.
   */
  readonly position: bigint | null;
  /** The price it was decided at; null takes any. */
  readonly price: number | null;
  /** How far the fill may be from `price` before the broker quotes again, as a price distance. */
  readonly deviation: number;
  /**
   * Levels of the position it opens. On a netting account they replace those of the position it adds to or
   * turns round: null removes them. What it reduces keeps its levels.
   */
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
  readonly magicNumber: bigint;
  readonly comment: string;
}

/** What closes a position, or as much of it as `volume` says, at any price. */
export function closingDeal(
  position: Pick<BrokerPosition, 'ticket' | 'symbol' | 'direction' | 'volume'>,
  {
    volume = position.volume,
    magicNumber = 0n,
    comment = '',
  }: Partial<Pick<DealRequest, 'volume' | 'magicNumber' | 'comment'>> = {},
): DealRequest {
  return {
    kind: 'deal',
    symbol: position.symbol,
    // Always with the position's ticket: without it, it would open another.
    position: position.ticket,
    direction: opposite(position.direction),
    volume,
    price: null,
    deviation: 0,
    stopLoss: null,
    takeProfit: null,
    magicNumber,
    comment,
  };
}

/** Sets both levels of a position; null removes one. */
export interface StopsRequest {
  readonly kind: 'stops';
  readonly symbol: string;
  readonly position: bigint;
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
  readonly magicNumber: bigint;
  readonly comment: string;
}

export type OrderRequest = DealRequest | StopsRequest;

export interface PositionsAnswer {
  /** Server time of the query, ms. */
  readonly time: number;
  /** False when the query failed as a whole or in part. */
  readonly complete: boolean;
  readonly positions: readonly BrokerPosition[];
}

export interface DealsAnswer {
  readonly time: number;
  readonly complete: boolean;
  readonly deals: readonly BrokerDeal[];
}

export type MarginMode = 'hedging' | 'netting';

export interface TerminalAccount {
  /** Server time now, ms. */
  readonly time: number;
  readonly connected: boolean;
  readonly tradeAllowed: boolean;
  readonly marginMode: MarginMode;
  /** In account currency. */
  readonly balance: number;
  readonly equity: number;
  /** Server time minus UTC now, in minutes. */
  readonly utcOffsetMinutes: number;
}

/** A terminal answers; it does not throw. A request without an answer ends in code 10012 or 10031. */
export interface Terminal {
  order(request: OrderRequest): Promise<OrderResult>;
  positions(): Promise<PositionsAnswer>;
  /** Deals at or after `since`, server time in ms. */
  deals(since: number): Promise<DealsAnswer>;
  account(): Promise<TerminalAccount>;
}
