// Owns what a bridge asks of a broker's terminal, in the shape of MT5's: requests, queries and their
// answers. Times in here are the trade server's wall clock written as if it were UTC; the account says its
// offset.
import type { BalanceOperation } from '../domain/account/balance-operations.js';
import { codeText, type ReturnCode } from '../domain/actions/result-codes.js';
import type { BrokerDeal, BrokerPosition } from '../domain/broker/snapshot.js';
import { type Direction, opposite } from '../domain/market/direction.js';
import type { ActionOutcome } from '../domain/trade/action.js';

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

/** What opens a position at any price: what defends is not held up by a requote. */
export function openingDeal(
  deal: Pick<DealRequest, 'symbol' | 'direction' | 'volume'>,
  levels: Partial<Pick<DealRequest, 'stopLoss' | 'takeProfit'>>,
  { magicNumber = 0n, comment = '' }: Partial<Pick<DealRequest, 'magicNumber' | 'comment'>> = {},
): DealRequest {
  const { stopLoss = null, takeProfit = null } = levels;
  const { symbol, direction, volume } = deal;
  const base = {
    kind: 'deal',
    symbol,
    direction,
    volume,
    position: null,
    price: null,
    deviation: 0,
  } as const;
  return { ...base, stopLoss, takeProfit, magicNumber, comment };
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

/** One order. */
export type OrderRequest = DealRequest | StopsRequest;

/** What the broker answered to one order. `code` is an MT5 return code. */
export interface OrderResult {
  readonly code: number;
  readonly message: string;
  /** What it means, where the code does not say it. */
  readonly outcome?: ActionOutcome;
  /**
   * The fill price, and the volume in lots that was filled; null where nothing was. No more of the order may be at work: what
   * is left of it is ordered again. Where it may be, the outcome is UNKNOWN.
   */
  readonly price: number | null;
  readonly volume: number | null;
  /** The stop that is in force after it; null when not known or none. */
  readonly stopLoss: number | null;
  /** The position identifier of a position that the order opened. */
  readonly openedTicket: bigint | null;
  readonly dealTicket: bigint | null;
}

/** The answer where nothing was traded; `stopLoss` is the stop in force, `why` is for people. */
export function untraded(code: ReturnCode, stopLoss: number | null = null, why = ''): OrderResult {
  const message = why === '' ? codeText(code) : `${codeText(code)}: ${why}`;
  return { code, message, stopLoss, price: null, volume: null, openedTicket: null, dealTicket: null };
}

/** The answer where nothing reached the broker, for a reason that passes. */
export function unsent(why: string): OrderResult {
  const nothing = { price: null, volume: null, stopLoss: null, openedTicket: null, dealTicket: null };
  return { code: 0, message: `nothing was sent: ${why}`, outcome: 'RETRYABLE', ...nothing };
}

/** What is open now. */
export interface PositionsAnswer {
  /** Server time of the query, ms. */
  readonly time: number;
  /** False when the query failed as a whole or in part. */
  readonly complete: boolean;
  readonly positions: readonly BrokerPosition[];
}

/** What was traded since a moment. */
export interface DealsAnswer {
  readonly time: number;
  readonly complete: boolean;
  readonly deals: readonly BrokerDeal[];
}

/** Whether opposite positions of a symbol stand beside each other, or reduce each other. */
export type MarginMode = 'hedging' | 'netting';

/** The account the terminal is logged in to. */
export interface TerminalAccount {
  /** Server time now, ms. */
  readonly time: number;
  readonly connected: boolean;
  readonly tradeAllowed: boolean;
  readonly marginMode: MarginMode;
  /** In account currency. */
  readonly balance: number;
  readonly equity: number;
  /** Such as USD; absent or empty where the terminal does not tell. */
  readonly currency?: string;
  /** The account it is logged in to, where it is not the one the bridge works for; absent or empty means that it is. */
  readonly login?: string;
  /** Every balance operation in them of the last week at least, their times the server's; null where it cannot be asked. */
  readonly operations: readonly BalanceOperation[] | null;
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
