// Owns what a price move of a position is worth in its account's money: by the contract's size and fed rates, else by the
// tick value the broker told. Where that cannot be known it says why, and there is no amount: never 0, never another currency.

import { type Direction, favourable } from '../market/direction.js';
import type { LotContract } from './contract.js';
import { type Conversion, conversionOf, converted, type FedRates } from './conversion.js';
import { placesOf } from './currency.js';
import { asNumber, decimal, divided, type ExactDecimal, minus, negated, times } from './decimal.js';

/** Why there is no amount. */
export const MONEY_OBSTACLES = [
  'ACCOUNT_CURRENCY',
  'CONTRACT',
  'PROFIT_CURRENCY',
  'RATE',
  'PRICE',
  'STOP',
  'RECORD',
] as const;
export type MoneyObstacle = (typeof MONEY_OBSTACLES)[number];

/** How to reckon a position in the account's money. */
export interface Worth {
  readonly contract: LotContract;
  /** The account's; null where nobody told it. */
  readonly currency: string | null;
  readonly conversion: Conversion | null;
  /** Why there is no amount; null where there is one. */
  readonly obstacle: MoneyObstacle | null;
}

/** @param currency - the account's; null where nobody told it. */
export function worthOf(contract: LotContract, currency: string | null, rates: FedRates): Worth {
  if (currency === null) return { contract, currency, conversion: null, obstacle: 'ACCOUNT_CURRENCY' };
  const { size, currency: from, tick } = contract;
  const conversion = from === null || size === null ? null : conversionOf(from, currency, rates);
  const why = size === null ? 'CONTRACT' : from === null ? 'PROFIT_CURRENCY' : 'RATE';
  return { contract, currency, conversion, obstacle: conversion === null && tick === null ? why : null };
}

/** What lots of a direction bring when they are closed at a price, as lots times price; lots below 0 are opened. */
export function lotFlow(direction: Direction, lots: number, price: number): ExactDecimal {
  const flow = times(decimal(lots), decimal(price));
  return favourable(direction) > 0 ? flow : negated(flow);
}

/** What a position of so many lots went through between two prices, as lots times price; above 0 for its good. */
export function lotMove(
  direction: Direction,
  volume: number,
  { from, to }: { readonly from: number; readonly to: number },
): ExactDecimal {
  return minus(lotFlow(direction, volume, to), lotFlow(direction, volume, from));
}

/**
 * What a lot loses in the account's money where its price goes one against it, as a double: for sums of thousands that are
 * shown, not for what is booked. null where Worth says why.
 */
export function lossRate({ contract, currency, conversion }: Worth): number | null {
  const { size, tick } = contract;
  if (currency === null) return null;
  if (conversion !== null && size !== null)
    return -asNumber(converted(negated(decimal(size)), conversion, RATE_PLACES));
  return tick === null ? null : tick.value / tick.size;
}

const RATE_PLACES = 12;

/** A move in the account's money, as a broker books it: rounded once, to the currency's places. null where Worth says why. */
export function amountOf(move: ExactDecimal, { contract, currency, conversion }: Worth): ExactDecimal | null {
  const { size, tick } = contract;
  if (currency === null) return null;
  const places = placesOf(currency);
  if (conversion !== null && size !== null) return converted(times(move, decimal(size)), conversion, places);
  return tick === null ? null : divided(times(move, decimal(tick.value)), decimal(tick.size), places);
}
