// Owns what a broker's return code is called and means. The codes are MetaTrader 5's (TRADE_RETCODE_*),
// which every bridge translates its broker's answers to. The one table of them.

import type { ActionOutcome, ActionResult } from '../trade/action.js';
import { type ActionType, dealsOf } from '../trade/action-specs.js';

/** By MT5's names, without the prefix they share. */
export const RETURN_CODES = {
  REQUOTE: 10004,
  REJECT: 10006,
  CANCEL: 10007,
  PLACED: 10008,
  DONE: 10009,
  DONE_PARTIAL: 10010,
  ERROR: 10011,
  TIMEOUT: 10012,
  INVALID: 10013,
  INVALID_VOLUME: 10014,
  INVALID_PRICE: 10015,
  INVALID_STOPS: 10016,
  TRADE_DISABLED: 10017,
  MARKET_CLOSED: 10018,
  NO_MONEY: 10019,
  PRICE_CHANGED: 10020,
  PRICE_OFF: 10021,
  INVALID_EXPIRATION: 10022,
  ORDER_CHANGED: 10023,
  TOO_MANY_REQUESTS: 10024,
  NO_CHANGES: 10025,
  SERVER_DISABLES_AT: 10026,
  CLIENT_DISABLES_AT: 10027,
  LOCKED: 10028,
  FROZEN: 10029,
  INVALID_FILL: 10030,
  CONNECTION: 10031,
  ONLY_REAL: 10032,
  LIMIT_ORDERS: 10033,
  LIMIT_VOLUME: 10034,
  INVALID_ORDER: 10035,
  POSITION_CLOSED: 10036,
  INVALID_CLOSE_VOLUME: 10038,
  CLOSE_ORDER_EXIST: 10039,
  LIMIT_POSITIONS: 10040,
  REJECT_CANCEL: 10041,
  LONG_ONLY: 10042,
  SHORT_ONLY: 10043,
  CLOSE_ONLY: 10044,
  FIFO_CLOSE: 10045,
  HEDGE_PROHIBITED: 10046,
} as const;
/** One of RETURN_CODES. */
export type ReturnCode = (typeof RETURN_CODES)[keyof typeof RETURN_CODES];

const MEANINGS: Readonly<Record<ReturnCode, readonly [ActionOutcome, string]>> = {
  10004: ['RETRYABLE', 'requote'],
  10006: ['REJECTED', 'the request was rejected'],
  10007: ['REJECTED', 'cancelled by the trader'],
  10008: ['UNKNOWN', 'the order was placed; a deal shows whether it was filled'],
  10009: ['DONE', 'done'],
  10010: ['DONE', 'only a part was filled'],
  10011: ['UNKNOWN', 'the request could not be processed'],
  10012: ['UNKNOWN', 'no answer in time'],
  10013: ['REJECTED', 'invalid request'],
  10014: ['REJECTED', 'invalid volume'],
  10015: ['RETRYABLE', 'invalid price'],
  10016: ['REJECTED', 'invalid stops'],
  10017: ['REJECTED', 'trading is disabled'],
  10018: ['MARKET_CLOSED', 'the market is closed'],
  10019: ['REJECTED', 'not enough money'],
  10020: ['RETRYABLE', 'the price changed'],
  10021: ['RETRYABLE', 'no price'],
  10022: ['REJECTED', 'invalid expiration'],
  10023: ['UNKNOWN', "the order's state changed"],
  10024: ['RETRYABLE', 'too many requests'],
  10025: ['NO_CHANGE', 'no changes'],
  10026: ['RETRYABLE', 'automated trading is disabled by the server'],
  10027: ['RETRYABLE', 'automated trading is disabled in the terminal'],
  10028: ['RETRYABLE', 'a request for the position is being processed'],
  10029: ['RETRYABLE', 'the position is frozen this close to its stop or target'],
  10030: ['REJECTED', 'invalid filling type'],
  10031: ['UNKNOWN', 'no connection to the trade server'],
  10032: ['REJECTED', 'only for real accounts'],
  10033: ['REJECTED', 'too many pending orders'],
  10034: ['REJECTED', 'too much volume'],
  10035: ['REJECTED', 'invalid order type'],
  10036: ['REJECTED', 'the position is closed'],
  // Somebody closed a part as the order was sent: the next one is of what is left.
  10038: ['RETRYABLE', 'the volume to close is above the position'],
  10039: ['RETRYABLE', 'an order to close it exists already'],
  10040: ['REJECTED', 'too many positions'],
  10041: ['REJECTED', 'the activation was rejected and the order cancelled'],
  10042: ['REJECTED', 'only long positions are allowed'],
  10043: ['REJECTED', 'only short positions are allowed'],
  10044: ['REJECTED', 'only closing is allowed'],
  10045: ['REJECTED', 'positions close first in, first out'],
  10046: ['REJECTED', 'hedging is prohibited'],
};

const OUTCOMES: ReadonlyMap<number, ActionOutcome> = new Map(
  Object.values(RETURN_CODES).map((code) => [code, MEANINGS[code][0]]),
);

/** What of a broker's answer decides: its code, and the volume filled, in lots; null where it is not told. */
type Answer = Pick<ActionResult, 'code' | 'volume'>;

/** The text of a return code. */
export function codeText(code: ReturnCode): string {
  return MEANINGS[code][1];
}

/**
 * What an answer means for an action of a type. A code nobody knows may mean anything, so UNKNOWN; so does a part of an
 * order whose volume (lots) is not told: deals show it. Closing what is closed already has nothing to change.
 */
export function outcomeOf({ code, volume }: Answer, type: ActionType): ActionOutcome {
  if (code === RETURN_CODES.DONE_PARTIAL && volume === null && dealsOf(type) !== 'none') return 'UNKNOWN';
  if (code === RETURN_CODES.POSITION_CLOSED && dealsOf(type) === 'close') return 'NO_CHANGE';
  return OUTCOMES.get(code) ?? 'UNKNOWN';
}

/** What of a broker's answer shows that something was dealt. */
type Evidence = Answer & Pick<ActionResult, 'openedTicket' | 'dealTicket'>;

/**
 * What an answer means whose reporter says so itself. DONE beside a code that leaves the end open, with no deal,
 * position or volume that shows one, is UNKNOWN: the broker did not say it. Of a part only the volume shows how much.
 */
export function outcomeTold(told: ActionOutcome, answer: Evidence, type: ActionType): ActionOutcome {
  const { code, volume, openedTicket, dealTicket } = answer;
  const isPart = code === RETURN_CODES.DONE_PARTIAL;
  const shown = volume !== null || (!isPart && (openedTicket !== null || dealTicket !== null));
  const isOpen = OUTCOMES.has(code) && outcomeOf(answer, type) === 'UNKNOWN';
  return told === 'DONE' && isOpen && !shown ? 'UNKNOWN' : told;
}
