// Owns the commands that empty pages offer; the guide and the program's help tell the same ones.

/** A market with trades of its own: recorded bars, a paper broker and its bridge. */
export const PAPER_COMMAND =
  'dtms paper --account paper --feed paper --symbol BTCUSD --bars sample/btcusd-m15.csv --from-bar 500 --sample 60 --speed 6000';
