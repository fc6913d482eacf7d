// Owns whether a spread column counts points or is a price distance.
import { type Asked, SPREAD_UNITS, type SpreadUnit } from './asked.js';
import { ImportError } from './table.js';

/** What is known of a spread column. */
export interface SpreadColumn {
  readonly file: string;
  readonly spreads: readonly number[];
  /** Prices beside them. */
  readonly prices: readonly number[];
  /** Decimal places of the prices: a point is one of the last. */
  readonly digits: number;
  /** The unit the column's name has. */
  readonly named: SpreadUnit | null;
  /** MT5 exports count points. */
  readonly isTerminal: boolean;
}

/** A spread between these shares of the price is one that markets have. */
const NARROWEST = 1e-6;
const WIDEST = 0.02;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/**
 * The unit and what shows it. Whole numbers that could be either are points in a terminal's export only.
 * @throws ImportError where both could be meant, or neither.
 */
export function spreadUnitOf(column: SpreadColumn, asked: Asked): { unit: SpreadUnit; proof: string } {
  const { file, prices, digits, named, isTerminal } = column;
  if (asked.spreadUnit !== undefined) return { unit: asked.spreadUnit, proof: 'asked for' };
  if (named !== null) return { unit: named, proof: "by the column's name" };
  const wide = column.spreads.filter((spread) => spread > 0);
  if (wide.length === 0) return { unit: 'points', proof: 'all 0' };
  const share = median(wide) / median(prices);
  const shares = { points: share / 10 ** digits, price: share };
  const [only, other] = SPREAD_UNITS.filter((unit) => shares[unit] >= NARROWEST && shares[unit] <= WIDEST);
  const isWhole = wide.every(Number.isInteger);
  if (isWhole && isTerminal) return { unit: 'points', proof: 'as terminals export it' };
  // Parts of a point may also be pips.
  if (only !== undefined && other === undefined && (isWhole || only === 'price')) {
    return {
      unit: only,
      proof: `as ${only === 'points' ? 'a price' : 'points'} it would be out of all proportion`,
    };
  }
  const example = `a spread of ${median(wide)} beside a price of ${median(prices)}`;
  throw new ImportError(`${file}: ${example}: give --spread-unit points or --spread-unit price`);
}
