// What a broker's return code means. The codes are MetaTrader 5's (TRADE_RETCODE_*), which every bridge
// translates its broker's answers to.
import type { ActionOutcome, ActionType } from './types.js';

const OUTCOMES: ReadonlyMap<number, ActionOutcome> = new Map([
  [10004, 'RETRYABLE'], // requote
  [10006, 'REJECTED'], // request rejected
  [10007, 'REJECTED'], // cancelled by the trader
  [10008, 'DONE'], // order placed
  [10009, 'DONE'], // request completed
  [10010, 'DONE'], // only part of it completed
  [10011, 'UNKNOWN'], // processing error
  [10012, 'UNKNOWN'], // cancelled by time-out
  [10013, 'REJECTED'], // invalid request
  [10014, 'REJECTED'], // invalid volume
  [10015, 'RETRYABLE'], // invalid price
  [10016, 'REJECTED'], // invalid stops
  [10017, 'REJECTED'], // trading is disabled
  [10018, 'MARKET_CLOSED'],
  [10019, 'REJECTED'], // not enough money
  [10020, 'RETRYABLE'], // the price changed
  [10021, 'RETRYABLE'], // no quotes
  [10022, 'REJECTED'], // invalid expiration
  [10023, 'UNKNOWN'], // the order's state changed
  [10024, 'RETRYABLE'], // too many requests
  [10025, 'NO_CHANGE'],
  [10026, 'RETRYABLE'], // automated trading is disabled by the server
  [10027, 'RETRYABLE'], // automated trading is disabled in the terminal
  [10028, 'RETRYABLE'], // the request is locked
  [10029, 'RETRYABLE'], // the order or position is frozen
  [10030, 'REJECTED'], // invalid filling type
  [10031, 'UNKNOWN'], // no connection
  [10032, 'REJECTED'], // only for real accounts
  [10033, 'REJECTED'], // too many pending orders
  [10034, 'REJECTED'], // too much volume
  [10035, 'REJECTED'], // invalid order type
  [10036, 'REJECTED'], // the position is closed already
  [10038, 'REJECTED'], // more than the position's volume
  [10039, 'RETRYABLE'], // a close order exists already
  [10040, 'REJECTED'], // too many positions
  [10041, 'REJECTED'], // activation rejected
  [10042, 'REJECTED'], // only long positions
  [10043, 'REJECTED'], // only short positions
  [10044, 'REJECTED'], // only closing
  [10045, 'REJECTED'], // only first in, first out
  [10046, 'REJECTED'], // hedging is prohibited
]);

const POSITION_CLOSED = 10036;
const CLOSES: ReadonlySet<ActionType> = new Set(['CLOSE_ALL', 'CLOSE_HEDGE']);

/**
 * What a code means for an action of a type. A code nobody knows may mean anything, so UNKNOWN. Closing
 * what is closed already has nothing to change.
 */
export function outcomeOf(code: number, type: ActionType): ActionOutcome {
  if (code === POSITION_CLOSED && CLOSES.has(type)) return 'NO_CHANGE';
  return OUTCOMES.get(code) ?? 'UNKNOWN';
}
