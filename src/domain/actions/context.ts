// Owns what is known beside the trade when something happens to it.
import type { AccountRules } from '../account/account-rules.js';
import type { BrokerPosition } from '../broker/snapshot.js';
import type { FlagDecision, FlagName } from '../flags/flag.js';
import type { Instrument, NewsEvent } from '../market/data.js';
import type { MarketHours } from '../market/market-hours.js';
import type { Rules } from '../rules.js';
import type { Trade } from '../trade/trade.js';
import type { MarketFacts } from '../views/market-facts.js';

/** What planning needs beside the trade and its market. */
export interface ReferenceFacts {
  /** Contract terms; defaults where none were told. */
  terms(account: string, symbol: string): Instrument;
  /** Whether somebody told them. */
  isTold(account: string, symbol: string): boolean;
  /** The database's time, UTC ms; null where nobody told it. */
  readonly now: number | null;
  /** As it is by the database's clock. */
  account(account: string): AccountRules;
  /** A position as the account's snapshots in this term showed it last; undefined where none did. */
  shown(account: string, ticket: bigint): BrokerPosition | undefined;
  /** Whether a position is a trade's own. */
  isTrade(account: string, ticket: bigint): boolean;
  /** Whether the account is a real one, of which nothing is believed that its bridge has not shown. */
  mustBeShown(account: string): boolean;
  /** Whether the account's bridge tells positions at all. */
  showsPositions(account: string): boolean;
  /** The flag's decision where it is off for an account and a symbol; null where it is on. */
  switchedOff(flag: FlagName, account: string, symbol: string): FlagDecision | null;
  /** By which a trade's market data are fresh or old: the database's time on a live feed, market time on a recorded one. */
  clockOf(trade: Pick<Trade, 'spec'>, moment: Moment): number;
  /** When the market is open, where terms tell; null where the symbol's name does. */
  hoursOf(account: string, symbol: string): MarketHours | null;
  /** Why a trade must not have so many lots more: the exposure of its account; null where it may. */
  exposureObstacle(trade: Trade, lots: number): string | null;
  /** A high-impact event of one of the symbol's currencies whose blackout holds at `at`, or null. */
  newsNear(account: string, symbol: string, at: number): NewsEvent | null;
  /** The next one of them at or after `at`, or null. */
  nextNews(account: string, symbol: string, at: number): NewsEvent | null;
}

export interface TradeContext {
  /** null before any market data. */
  readonly facts: MarketFacts | null;
  readonly rules: Rules;
  readonly reference: ReferenceFacts;
}

/** A moment on both clocks, UTC ms: the market's dates events, the database's ends leases. */
export interface Moment {
  readonly at: number;
  readonly now: number;
}
