// Owns what an account's open positions hold together: by currency, and by symbols whose prices move together. In the
// account's money by the newest prices; what cannot be converted is in no sum, and counted.
import type { ExposureRules } from '../market/exposure-rules.js';
import { fixed } from '../number-text.js';
import { type BarClose, correlationOf } from './correlation.js';
import { asNumber, decimal, type ExactDecimal, negated, plus, times, ZERO } from './decimal.js';
import { amountOf, type MoneyObstacle, type Worth } from './worth.js';

/** What is open of one symbol in an account; of an instrument there may be several. */
export interface HeldSymbol {
  /** Without the broker's suffix. */
  readonly instrument: string;
  /** What a lot is of, such as EUR of EURUSD; null where it is no currency, metal or coin. */
  readonly base: string | null;
  /** Above 0 long, below 0 short: hedges are taken off. */
  readonly lots: ExactDecimal;
  readonly positions: number;
  /** null where there is no data. */
  readonly price: number | null;
  readonly worth: Worth;
  /** Of coarse bars, oldest first. */
  readonly closes: readonly BarClose[];
}

/** A sum in the account's money, and what is not in it. */
export interface HeldSum {
  /** null where nothing of it is known. */
  readonly value: ExactDecimal | null;
  /** How many positions it is of, and how many of them are not in it. */
  readonly positions: number;
  readonly unknown: number;
  /** Of the account's equity; null where one of them is not known, or something is not in the value. */
  readonly share: number | null;
}

export interface CurrencyExposure extends HeldSum {
  readonly currency: string;
}

/** How another symbol that is held moves with this one. */
export interface Correlated {
  readonly instrument: string;
  /** Of changes of the logarithm from bar to bar; null where they are too few. */
  readonly correlation: number | null;
  /** Bars that both have. */
  readonly bars: number;
}

export interface SymbolExposure extends HeldSum {
  readonly instrument: string;
  readonly obstacle: MoneyObstacle | null;
  /** Those that move with it, or of which that is not known; not those it is not compared with. */
  readonly others: readonly Correlated[];
  /** Its value and the others', each times its correlation. */
  readonly together: HeldSum;
}

export interface AccountExposure {
  readonly currency: string | null;
  readonly equity: number | null;
  /** The largest first. */
  readonly currencies: readonly CurrencyExposure[];
  readonly symbols: readonly SymbolExposure[];
}

/** More symbols than this are not compared with each other: their positions count as not known, and nobody lists every pair. */
const MOST_COMPARED = 100;

/** @param equity - in the account's currency; null where nobody told it */
export function exposureOf(
  held: readonly HeldSymbol[],
  currency: string | null,
  equity: number | null,
  rules: ExposureRules,
): AccountExposure {
  const valued = held.map((one): Valued => ({ ...one, value: valuedAt(one) }));
  return {
    currency,
    equity,
    currencies: currenciesOf(valued, equity).sort(byShare),
    symbols: symbolsOf(byInstrument(valued), equity, rules).sort((a, b) => byShare(a.together, b.together)),
  };
}

interface Valued extends HeldSymbol {
  readonly value: ExactDecimal | null;
}

function valuedAt({ lots, price, worth }: HeldSymbol): ExactDecimal | null {
  return price === null ? null : amountOf(times(lots, decimal(price)), worth);
}

/** Symbols of one instrument as one. */
function byInstrument(held: readonly Valued[]): readonly Valued[] {
  const found = new Map<string, Valued>();
  for (const one of held) {
    const known = found.get(one.instrument);
    found.set(one.instrument, known === undefined ? one : together(known, one));
  }
  return [...found.values()];
}

function together(one: Valued, other: Valued): Valued {
  const isKnown = one.value !== null && other.value !== null;
  return {
    ...(one.value === null ? one : other),
    positions: one.positions + other.positions,
    value: isKnown ? plus(one.value, other.value) : null,
    closes: one.closes.length < other.closes.length ? other.closes : one.closes,
  };
}

/** A pair is long one currency and short the other for as much; what is no pair is a symbol alone. */
function currenciesOf(held: readonly Valued[], equity: number | null): CurrencyExposure[] {
  const legs = new Map<string, HeldLeg[]>();
  const add = (currency: string, leg: HeldLeg) => {
    const known = legs.get(currency);
    if (known === undefined) legs.set(currency, [leg]);
    else known.push(leg);
  };
  for (const { base, value, positions, worth } of held) {
    const quote = worth.contract.currency;
    if (base === null || quote === null) continue;
    add(base, { value, positions });
    add(quote, { value: value === null ? null : negated(value), positions });
  }
  return Array.from(legs, ([currency, of]) => ({ currency, ...sumOf(of, equity) }));
}

function symbolsOf(held: readonly Valued[], equity: number | null, rules: ExposureRules): SymbolExposure[] {
  const compared = held.slice(0, MOST_COMPARED);
  const positionsOf = (some: readonly Valued[]) => some.reduce((sum, { positions }) => sum + positions, 0);
  const all = positionsOf(held);
  const beyond = all - positionsOf(compared);
  return held.map((one, index) => {
    const isCompared = index < MOST_COMPARED;
    const others = isCompared ? movingWith(one, compared, rules) : [];
    const { instrument, value, positions, worth, price } = one;
    const own = { value, positions };
    const legs = others.map(({ other, correlation }) => ({
      value: other.value === null || correlation === null ? null : times(other.value, decimal(correlation)),
      positions: other.positions,
    }));
    const notCompared = { value: null, positions: isCompared ? beyond : all - positions };
    return {
      instrument,
      obstacle: worth.obstacle ?? (price === null ? 'PRICE' : null),
      ...sumOf([own], equity),
      others: others.map(({ other, correlation, bars }) => ({
        instrument: other.instrument,
        correlation,
        bars,
      })),
      together: sumOf([own, ...legs, notCompared], equity),
    };
  });
}

/** Those of these that move with one, or of which that is not known. */
function movingWith(one: Valued, compared: readonly Valued[], rules: ExposureRules) {
  return compared.flatMap((other) => {
    if (other === one) return [];
    const { correlation, bars } = correlationOf(one.closes, other.closes, rules);
    if (correlation !== null && Math.abs(correlation) < rules.correlationLeast) return [];
    return [{ other, correlation, bars }];
  });
}

interface HeldLeg {
  readonly value: ExactDecimal | null;
  readonly positions: number;
}

function sumOf(legs: readonly HeldLeg[], equity: number | null): HeldSum {
  let sum = ZERO;
  let [positions, unknown] = [0, 0];
  for (const { value, positions: count } of legs) {
    positions += count;
    if (value === null) unknown += count;
    else sum = plus(sum, value);
  }
  const isKnown = unknown === 0 && equity !== null && equity > 0;
  return {
    value: unknown === positions && positions > 0 ? null : sum,
    ...{ positions, unknown },
    share: isKnown ? Math.abs(asNumber(sum)) / equity : null,
  };
}

/** What is not known may be the largest. */
function byShare(a: Pick<HeldSum, 'share'>, b: Pick<HeldSum, 'share'>): number {
  return (b.share ?? Number.POSITIVE_INFINITY) - (a.share ?? Number.POSITIVE_INFINITY) || 0;
}

/** What is beyond its limit, or cannot be compared with it. */
export interface OverLimit {
  /** A currency, or an instrument and those that move with it. */
  readonly what: string;
  readonly share: number | null;
  readonly limit: number;
}

/** What of an exposure is beyond the limits; a limit of 0 is none. */
export function overLimits(
  { currencies, symbols }: AccountExposure,
  rules: ExposureRules,
): readonly OverLimit[] {
  const over = (what: string, share: number | null, limit: number): OverLimit[] =>
    limit > 0 && (share === null || share > limit) ? [{ what, share, limit }] : [];
  return [
    ...currencies.flatMap(({ currency, share }) => over(currency, share, rules.currencyLimit)),
    ...symbols.flatMap(({ instrument, others, together }) => {
      const names = others.flatMap((other) => (other.correlation === null ? [] : [other.instrument]));
      return over([instrument, ...names].join(' with '), together.share, rules.correlatedLimit);
    }),
  ];
}

/** For a person. */
export function overText({ what, share, limit }: OverLimit): string {
  return share === null
    ? `the exposure to ${what} cannot be told, and ${limit} x the equity is its limit`
    : `the exposure to ${what} is ${fixed(share, 2)} x the equity, of ${limit} allowed`;
}
