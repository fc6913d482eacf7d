// Owns the numbers by which words are stored in packed bodies: a word's place here, from 1. Words are only ever added at the
// end; one that is not here is stored as a text.
export const WORDS: readonly string[] = [
  ...['HEALTHY', 'WARNING_L1', 'WARNING_L2', 'HEDGED', 'RECOVERING', 'CLOSED'],
  ...['BUY', 'SELL'],
  ...['TIGHTEN_SL', 'TRAIL_SL', 'MOVE_SL_BREAKEVEN', 'PARTIAL_CLOSE', 'OPEN_HEDGE', 'CLOSE_HEDGE'],
  ...['CLOSE_ALL', 'RE_ADD'],
  ...['PENDING', 'HELD', 'LEASED', 'EXECUTING', 'IN_DOUBT', 'DONE', 'REJECTED', 'EXPIRED', 'DEAD'],
  ...['MASS_EFFECT', 'ORDER_VOLUME', 'ORDER_NOTIONAL', 'ORDER_RATE'],
  ...['NO_CHANGE', 'RETRYABLE', 'MARKET_CLOSED', 'UNKNOWN'],
  ...['REGISTERED', 'EXTERNAL'],
  ...['STOP_LOSS', 'TAKE_PROFIT', 'VOLUME'],
  ...['REQUESTED', 'BROKER_GONE', 'DEFENSIVE'],
  ...['FOR', 'AGAINST', 'MIXED'],
  ...['STRUCTURE', 'VWAP_VOLUME', 'MOMENTUM', 'EMA_ALIGNMENT', 'DELTA_PRESSURE', 'CANDLE_CONVICTION'],
  ...['STATIC', 'DEFAULT', 'TARGETING_MATCH', 'SPLIT', 'DISABLED', 'ERROR'],
];
