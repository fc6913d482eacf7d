// Owns the result of one trade: what is open at the prices of now, what was realised, what its stop would cost. In R, of the
// risk the trade began with, and in its account's money, where every position and every close is rounded as its broker books it.

import { opposite } from '../market/direction.js';
import type { Trade } from '../trade/trade.js';
import { placesOf } from './currency.js';
import {
  asNumber,
  decimal,
  type ExactDecimal,
  minus,
  negated,
  plus,
  rounded,
  times,
  total,
  ZERO,
} from './decimal.js';
import { heldLots, type RealisedResult } from './realised.js';
import { amountOf, lotMove, type MoneyObstacle, type Worth } from './worth.js';

/** A sum of money; its parts are null where none of it is known. */
export interface Amounts {
  /** What prices earned. */
  readonly profit: ExactDecimal;
  /** What it cost, above 0. */
  readonly commission: ExactDecimal;
  /** What holding earned, mostly below 0. */
  readonly swap: ExactDecimal;
}

export interface ResultPart {
  /** In units of the trade's first risk; null where that, or a price, is not known. */
  readonly r: number | null;
  /** null where nothing of it is known. */
  readonly amounts: Amounts | null;
  /** Why an amount is not there, or does not hold all; null where it does. */
  readonly obstacle: MoneyObstacle | null;
  /** All of it is what the broker booked. */
  readonly booked?: boolean;
}

/** What the open positions of a trade could be closed at, and what holding them has earned, as price distances of a lot. */
export interface OpenPrices {
  /** null where there is no data. */
  readonly exit: number | null;
  readonly hedgeExit: number | null;
  readonly swap: number;
  readonly hedgeSwap: number;
}

export const NOTHING: Amounts = { profit: ZERO, commission: ZERO, swap: ZERO };

export function sumOf(parts: Iterable<Amounts>): Amounts {
  let sum = NOTHING;
  for (const { profit, commission, swap } of parts) {
    sum = {
      profit: plus(sum.profit, profit),
      commission: plus(sum.commission, commission),
      swap: plus(sum.swap, swap),
    };
  }
  return sum;
}

/** What is left of it: profit and swap, less commission. */
export function netOf({ profit, commission, swap }: Amounts): ExactDecimal {
  return minus(plus(profit, swap), commission);
}

/** The result of what is open; null where nothing is. */
export function openPart(trade: Trade, worth: Worth, prices: OpenPrices): ResultPart | null {
  const { spec, hedge } = trade;
  const volume = heldLots(trade);
  const { direction, entryPrice } = spec;
  const positions = [
    ...(volume > 0 ? [{ direction, volume, entryPrice, exit: prices.exit, swap: prices.swap }] : []),
    ...(hedge === null
      ? []
      : [{ direction: opposite(direction), ...hedge, exit: prices.hedgeExit, swap: prices.hedgeSwap }]),
  ];
  if (positions.length === 0) return null;
  const moves: ExactDecimal[] = [];
  const amounts: Amounts[] = [];
  for (const { direction: side, volume: lots, entryPrice: from, exit, swap } of positions) {
    if (exit === null) return { r: null, amounts: null, obstacle: worth.obstacle ?? 'PRICE' };
    const move = lotMove(side, lots, { from, to: exit });
    moves.push(move);
    const profit = amountOf(move, worth);
    const held = amountOf(times(decimal(lots), decimal(swap)), worth);
    if (profit !== null && held !== null) amounts.push({ profit, commission: ZERO, swap: held });
  }
  const { obstacle } = worth;
  return { r: inR(total(moves), trade), amounts: obstacle === null ? sumOf(amounts) : null, obstacle };
}

/** What was realised of a trade, by the results that were recorded of it. */
export function realisedPart(trade: Trade, results: readonly RealisedResult[], worth: Worth): ResultPart {
  const { currency } = worth;
  const isOlder = results.length === 0 && (trade.closedVolume > 0 || heldLots(trade) === 0);
  if (currency === null || isOlder) {
    const obstacle = currency === null ? 'ACCOUNT_CURRENCY' : 'RECORD';
    return { r: isOlder ? null : rOf(trade, results), amounts: null, obstacle };
  }
  const known = results.flatMap((result) => amountsOf(result, currency) ?? []);
  const lost = results.find((result) => amountsOf(result, currency) === null);
  const isNone = known.length === 0 && lost !== undefined;
  return {
    r: rOf(trade, results),
    amounts: isNone ? null : sumOf(known),
    obstacle: lost === undefined ? null : (lost.obstacle ?? 'ACCOUNT_CURRENCY'),
    booked: results.length > 0 && results.every(({ deals }) => deals !== undefined),
  };
}

/** A result in this currency; null where it is in another one, or not known. */
export function amountsOf(
  { currency, profit, commission, swap }: Pick<RealisedResult, 'currency' | 'profit' | 'commission' | 'swap'>,
  asked: string,
): Amounts | null {
  if (currency !== asked || profit === null) return null;
  return { profit: decimal(profit), commission: decimal(commission ?? '0'), swap: decimal(swap ?? '0') };
}

/** What is lost where the trade's own position ends at its stop; 0 where the stop is beyond the entry. Without one it is not known. */
export function riskPart(trade: Trade, worth: Worth): ResultPart | null {
  const volume = heldLots(trade);
  if (volume === 0) return null;
  const { stopLoss, spec } = trade;
  if (stopLoss === null) return { r: null, amounts: null, obstacle: 'STOP' };
  const move = lotMove(spec.direction, volume, { from: spec.entryPrice, to: stopLoss });
  const loss = move.units < 0n ? move : ZERO;
  const amount = amountOf(loss, worth);
  const amounts = amount === null ? null : { ...NOTHING, profit: negated(amount) };
  return { r: inR(negated(loss), trade), amounts, obstacle: worth.obstacle };
}

function rOf(trade: Trade, results: readonly RealisedResult[]): number | null {
  const moves: ExactDecimal[] = [];
  for (const { direction, volume, entryPrice, exitPrice } of results) {
    if (exitPrice === null) return null;
    moves.push(lotMove(direction, volume, { from: entryPrice, to: exitPrice }));
  }
  return inR(total(moves), trade);
}

/** In units of what the trade risked when it began: R times its first volume. */
function inR(move: ExactDecimal, { risk, spec }: Trade): number | null {
  return risk === null ? null : asNumber(move) / (risk * spec.volume);
}

/** With the places of its currency, as it is written. */
export function inPlaces(amount: ExactDecimal, currency: string): ExactDecimal {
  return rounded(amount, placesOf(currency));
}
