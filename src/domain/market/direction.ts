// Owns the two directions of a trade, and the sign that turns a price into what favours one.

export const DIRECTIONS = ['BUY', 'SELL'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** +1 when a rising price favours the direction, -1 when a falling one does. */
export function favourable(direction: Direction): 1 | -1 {
  return direction === 'BUY' ? 1 : -1;
}

export function opposite(direction: Direction): Direction {
  return direction === 'BUY' ? 'SELL' : 'BUY';
}
