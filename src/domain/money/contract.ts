// Owns what a lot is: how many units it has and in which currency its results are. As the account's broker told it, else as
// it is usual for the symbol; what brokers differ in is not known until it is told.

import type { Instrument } from '../market/data.js';
import {
  DEFAULT_SYMBOLS,
  instrumentKind,
  quoteCurrency,
  resolveInstrument,
  type SymbolRules,
} from '../market/symbols.js';

/** Where a contract's size is known from. */
export const CONTRACT_SOURCES = ['GIVEN', 'KNOWN', 'UNKNOWN'] as const;
export type ContractSource = (typeof CONTRACT_SOURCES)[number];

export interface LotContract {
  readonly source: ContractSource;
  /** Units per lot; null where it is UNKNOWN. */
  readonly size: number | null;
  /** In which results are, before they are converted; null where it is not known. */
  readonly currency: string | null;
  /** What a tick of one lot is worth in the account's currency, as the broker told it last; null where it did not. */
  readonly tick: { readonly size: number; readonly value: number } | null;
}

/** The usual size of a lot, where brokers agree on it; FX is by kind. */
const SIZES: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ...{ XAUUSD: 100, XAUEUR: 100, XAGUSD: 5000, XAGEUR: 5000, XPTUSD: 100, XPDUSD: 100 },
    ...{ BTCUSD: 1, BTCUSDT: 1, BTCEUR: 1, ETHUSD: 1, ETHUSDT: 1, ETHEUR: 1 },
    ...{ US30: 1, US100: 1, US500: 1, DE40: 1, FR40: 1, EU50: 1, UK100: 1 },
  }),
);
const FX_SIZE = 100_000;

/** The usual units of a lot; null where brokers differ, or nobody knows the instrument. */
export function usualSize(instrument: string, symbols: SymbolRules = DEFAULT_SYMBOLS): number | null {
  return SIZES.get(instrument) ?? (instrumentKind(instrument, symbols) === 'FX' ? FX_SIZE : null);
}

/**
 * The contract of an instrument in an account.
 *
 * @param told - the terms the account's broker told of its symbol; null where it told none.
 */
export function contractOf(named: string, told: Instrument | null, symbols = DEFAULT_SYMBOLS): LotContract {
  const instrument = told?.alias === undefined ? named : resolveInstrument(told.alias, symbols);
  const size = told?.contractSize ?? usualSize(instrument, symbols);
  return {
    source: told !== null ? 'GIVEN' : size === null ? 'UNKNOWN' : 'KNOWN',
    size,
    currency: told?.profitCurrency ?? quoteCurrency(instrument, symbols),
    tick: told?.tickValue === undefined ? null : { size: told.tickSize, value: told.tickValue },
  };
}
