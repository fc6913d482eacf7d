// The return codes of MT5 trade requests that DTMS meets, and their texts.

export const RETURN_CODES = {
  REQUOTE: 10004,
  DONE: 10009,
  DONE_PARTIAL: 10010,
  TIMEOUT: 10012,
  INVALID: 10013,
  INVALID_VOLUME: 10014,
  INVALID_PRICE: 10015,
  INVALID_STOPS: 10016,
  MARKET_CLOSED: 10018,
  NO_MONEY: 10019,
  PRICE_OFF: 10021,
  TOO_MANY_REQUESTS: 10024,
  NO_CHANGES: 10025,
  LOCKED: 10028,
  FROZEN: 10029,
  CONNECTION: 10031,
  POSITION_CLOSED: 10036,
  INVALID_CLOSE_VOLUME: 10038,
  LIMIT_POSITIONS: 10040,
  FIFO_CLOSE: 10045,
  HEDGE_PROHIBITED: 10046,
} as const;
export type ReturnCode = (typeof RETURN_CODES)[keyof typeof RETURN_CODES];

const TEXTS: Readonly<Record<ReturnCode, string>> = {
  10004: 'requote',
  10009: 'done',
  10010: 'only a part was filled',
  10012: 'no answer in time',
  10013: 'invalid request',
  10014: 'invalid volume',
  10015: 'invalid price',
  10016: 'invalid stops',
  10018: 'the market is closed',
  10019: 'not enough money',
  10021: 'no price',
  10024: 'too many requests',
  10025: 'no changes',
  10028: 'a request for the position is being processed',
  10029: 'the position is frozen this close to its stop or target',
  10031: 'no connection to the trade server',
  10036: 'the position is closed',
  10038: 'the volume to close is above the position',
  10040: 'too many positions',
  10045: 'positions close first in, first out',
  10046: 'hedging is prohibited',
};

/** The text of a return code. */
export function codeText(code: ReturnCode): string {
  return TEXTS[code];
}
