// Owns what a paper account is made of: its rules, its symbols' terms and how its orders are executed.

import type { Instrument } from '../domain/market/data.js';
import { quoteCurrency, resolveInstrument } from '../domain/market/symbols.js';
import { usualSize } from '../domain/money/contract.js';
import { DEFAULT_RULES } from '../domain/rules.js';
import type { MarginMode } from './terminal.js';

export interface PaperAccount {
  readonly marginMode: MarginMode;
  /** Hedging accounts only: no opposite positions, and the oldest of a symbol closes first. */
  readonly fifo: boolean;
  /** Of its money, such as USD. null: it counts in the symbols' own prices and rounds nothing, as replays do. */
  readonly currency: string | null;
  readonly balance: number;
  /** Price times contract size over margin, such as 100. */
  readonly leverage: number;
  /** The broker closes the worst position while equity / margin is below this; null never. */
  readonly stopOutLevel: number | null;
  readonly maximumPositions: number | null;
  readonly requestsPerMinute: number | null;
  /** At the end of a trading day a position is held on, or re-opened under another ticket. */
  readonly swap: 'held' | 'reopened';
  /** Tickets of orders and deals count from here. */
  readonly firstTicket: bigint;
}

export interface SymbolTerms {
  readonly instrument: Instrument;
  /** ask - bid where the data has none, as a price distance. */
  readonly spread: number;
  /** Money per lot and day, negative when it costs. */
  readonly swapBuy: number;
  readonly swapSell: number;
  /** 'quoted': recorded prices show when the market was open; absent means the market's usual hours. */
  readonly hours?: 'quoted';
}

/** The contract terms of instruments nobody described, for prices of so many digits. */
export function plainInstrument(account: string, symbol: string, digits: number): Instrument {
  const tickSize = Number((10 ** -digits).toFixed(digits));
  return { ...DEFAULT_RULES.instrument, account, symbol, digits, tickSize };
}

/** The same of a symbol that is traded in real lots: the contract is the usual one, where there is one. */
export function lotInstrument(account: string, symbol: string, digits: number): Instrument {
  const instrument = resolveInstrument(symbol);
  return {
    ...plainInstrument(account, symbol, digits),
    contractSize: usualSize(instrument) ?? DEFAULT_RULES.instrument.contractSize,
    profitCurrency: quoteCurrency(instrument) ?? 'USD',
  };
}

/** The currency of an account that trades one symbol: dollars, where its own price converts to them, else its results'. */
export function accountCurrency({ symbol, profitCurrency = 'USD' }: Instrument): string {
  return resolveInstrument(symbol) === `USD${profitCurrency}` ? 'USD' : profitCurrency;
}

export interface Execution {
  readonly seed: number;
  /** The most ticks a market or stop order fills worse than its price; drawn evenly from 0. */
  readonly slippageTicks: number;
  /** Probability that only a part of an order is filled. */
  readonly partialFill: number;
  /** Probability of a requote. */
  readonly requote: number;
}

/** A rich hedging account without limits; tickets far above any trade's. */
export const DEFAULT_ACCOUNT: PaperAccount = {
  marginMode: 'hedging',
  fifo: false,
  currency: null,
  balance: 1_000_000,
  leverage: 100,
  stopOutLevel: 0.5,
  maximumPositions: null,
  requestsPerMinute: null,
  swap: 'held',
  firstTicket: 9_000_000_000_000_000_001n,
};

/** Everything is filled whole at the price shown. */
export const PLAIN_EXECUTION: Execution = { seed: 1, slippageTicks: 0, partialFill: 0, requote: 0 };
