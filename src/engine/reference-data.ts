// Owns what planning needs beside the trade and its market: contract terms, account rules and scheduled
// news, as they were told.

import type { AccountRules } from '../domain/account/account-rules.js';
import type { Moment, ReferenceFacts } from '../domain/actions/context.js';
import type { BrokerPosition } from '../domain/broker/snapshot.js';
import type { FlagDecision, FlagName } from '../domain/flags/flag.js';
import type { Instrument, NewsEvent } from '../domain/market/data.js';
import { type HoursSource, type MarketHours, marketHoursOf } from '../domain/market/market-hours.js';
import { currencies, instrumentKind, resolveInstrument } from '../domain/market/symbols.js';
import type { Rules } from '../domain/rules.js';
import type { Trade } from '../domain/trade/trade.js';
import { limitReached } from '../errors/feeds.js';
import type { InstrumentKey } from '../store/types.js';
import type { Accounts } from './accounts.js';
import { exposureObstacle, type Positions } from './exposure.js';
import type { Feeds } from './feeds.js';
import { ALL_ON, type Flags } from './flags.js';

interface KnownTerms {
  readonly terms: Instrument;
  readonly isTold: boolean;
}

/** What is to be known in addition. */
interface ReferenceItems {
  readonly instruments: readonly InstrumentKey[];
  readonly news: readonly Pick<NewsEvent, 'eventId'>[];
}

/** Which feed's data reach a trade. */
interface FollowedFeeds {
  readonly feeds: Pick<Feeds, 'clockOf'>;
  feedOf(trade: Pick<Trade, 'spec'>): string;
}

export class ReferenceData implements ReferenceFacts {
  readonly #rules: Rules;
  readonly #accounts: Accounts;
  readonly #flags: Pick<Flags, 'off'>;
  readonly #terms = new Map<string, Instrument>();
  /** What was asked for last. */
  #last: KnownTerms | null = null;
  /** How many of each account. */
  readonly #termsOf = new Map<string, number>();
  /** The accounts whose terms tell when a symbol's market is open. */
  readonly #hoursTold = new Map<string, Set<string>>();
  readonly #news = new Map<string, NewsEvent>();
  /** High-impact events per currency, by time. */
  readonly #highImpact = new Map<string, NewsEvent[]>();
  readonly #positions: Positions | null;
  #now: number | null = null;
  readonly #followed: FollowedFeeds | null;

  constructor(
    rules: Rules,
    accounts: Accounts,
    flags: Pick<Flags, 'off'> = ALL_ON,
    positions: Positions | null = null,
    followed: FollowedFeeds | null = null,
  ) {
    this.#followed = followed;
    this.#positions = positions;
    this.#rules = rules;
    this.#accounts = accounts;
    this.#flags = flags;
  }

  /** All that was told, in the order it was. */
  get memory(): { readonly instruments: readonly Instrument[]; readonly news: readonly NewsEvent[] } {
    return { instruments: [...this.#terms.values()], news: [...this.#news.values()] };
  }

  /** Returns whether the terms are new or changed. */
  upsertInstrument(terms: Instrument): boolean {
    const key = `${terms.account} ${terms.symbol}`;
    if (sameContent(this.#terms.get(key), terms)) return false;
    if (!this.#terms.has(key)) this.#countTerms(terms.account, 1);
    this.#terms.set(key, terms);
    this.#last = null;
    this.#noteHours(terms);
    return true;
  }

  /** Returns whether the event is new or changed. */
  upsertNews(event: NewsEvent): boolean {
    const known = this.#news.get(event.eventId);
    if (sameContent(known, event)) return false;
    if (known !== undefined) this.#unindex(known);
    this.#news.set(event.eventId, event);
    if (event.impact === 'HIGH') this.#index(event);
    return true;
  }

  /** Forgets terms of an account; returns those there were. */
  deleteInstruments(account: string, symbols: readonly string[]): InstrumentKey[] {
    const known = [...new Set(symbols)].filter((symbol) => this.#terms.delete(`${account} ${symbol}`));
    this.#last = null;
    for (const symbol of known) this.#noteHours({ account, symbol });
    this.#countTerms(account, -known.length);
    return known.map((symbol) => ({ account, symbol }));
  }

  /** Forgets events by their ids, and those due before a moment; returns the ids of those there were. */
  deleteNews(eventIds: readonly string[], before: number | null): string[] {
    const old = [...this.#news.values()].filter(({ time }) => time < (before ?? Number.NEGATIVE_INFINITY));
    const ids = new Set([...eventIds, ...old.map(({ eventId }) => eventId)]);
    return [...ids].filter((eventId) => {
      const known = this.#news.get(eventId);
      if (known !== undefined) this.#unindex(known);
      return this.#news.delete(eventId);
    });
  }

  get now(): number | null {
    return this.#now;
  }

  /** It is this time in the database: what is planned from now on is planned then. */
  tell(now: number): void {
    this.#now = now;
  }

  clockOf(trade: Pick<Trade, 'spec'>, moment: Moment): number {
    return this.#followed === null
      ? moment.now
      : this.#followed.feeds.clockOf(this.#followed.feedOf(trade), moment);
  }

  /** The terms that were told. */
  allTerms(): Iterable<Instrument> {
    return this.#terms.values();
  }

  allNews(): Iterable<NewsEvent> {
    return this.#news.values();
  }

  /** Throws LIMIT_REACHED when there would be more than may be. */
  checkRoom({ instruments = [], news = [] }: Partial<ReferenceItems>): void {
    const { maximumInstruments, maximumInstrumentsPerAccount, maximumNews } = this.#rules.feeds;
    const added = new Map<string, Set<string>>();
    for (const { account, symbol } of instruments) {
      if (this.#terms.has(`${account} ${symbol}`)) continue;
      added.set(account, (added.get(account) ?? new Set()).add(symbol));
    }
    let total = this.#terms.size;
    for (const [account, { size }] of added) {
      total += size;
      if ((this.#termsOf.get(account) ?? 0) + size > maximumInstrumentsPerAccount)
        throw limitReached(`instruments of account ${account}`, maximumInstrumentsPerAccount);
    }
    if (total > maximumInstruments && added.size > 0) throw limitReached('instruments', maximumInstruments);
    const fresh = new Set(news.map(({ eventId }) => eventId).filter((eventId) => !this.#news.has(eventId)));
    if (fresh.size > 0 && this.#news.size + fresh.size > maximumNews)
      throw limitReached('news events', maximumNews);
  }

  terms(account: string, symbol: string): Instrument {
    return this.#known(account, symbol).terms;
  }

  /** The terms of a symbol as its account's broker told them; null where it did not. */
  told(account: string, symbol: string): Instrument | null {
    return this.#terms.get(`${account} ${symbol}`) ?? null;
  }

  /** What symbols stand for. */
  get symbols(): Rules['symbols'] {
    return this.#rules.symbols;
  }

  isTold(account: string, symbol: string): boolean {
    return this.#known(account, symbol).isTold;
  }

  /** Trades of one account follow each other, and each asks several times. */
  #known(account: string, symbol: string): KnownTerms {
    const last = this.#last;
    if (last !== null && last.terms.symbol === symbol && last.terms.account === account) return last;
    const told = this.#terms.get(`${account} ${symbol}`);
    const terms = told ?? { account, symbol, ...this.#rules.instrument };
    this.#last = { terms, isTold: told !== undefined };
    return this.#last;
  }

  account(account: string): AccountRules {
    return this.#accounts.rulesOf(account);
  }

  switchedOff(flag: FlagName, account: string, symbol: string): FlagDecision | null {
    return this.#flags.off(flag, account, symbol);
  }

  shown(account: string, ticket: bigint): BrokerPosition | undefined {
    return this.#accounts.positionOf(account, ticket);
  }

  isTrade(account: string, ticket: bigint): boolean {
    return this.#positions?.get(account, ticket) !== undefined;
  }

  mustBeShown(account: string): boolean {
    return this.#accounts.get(account)?.kind === 'REAL';
  }

  showsPositions(account: string): boolean {
    return this.#accounts.get(account)?.snapshotAt != null;
  }

  hoursOf(account: string, symbol: string): MarketHours | null {
    const { kind, alias, tradingHours } = this.terms(account, symbol);
    if (tradingHours !== undefined) return tradingHours;
    if (kind === undefined && alias === undefined) return null;
    const { symbols } = this.#rules;
    return marketHoursOf(kind ?? instrumentKind(resolveInstrument(alias ?? symbol, symbols), symbols));
  }

  /**
   * When a market is open that trades of several accounts follow, where everybody who tells tells the same; null
   * where nobody does. It is for showing the market: a trade goes by its own account's terms.
   */
  marketHours(symbol: string): MarketHours | null {
    const told = [...(this.#hoursTold.get(symbol) ?? [])].map((account) => this.hoursOf(account, symbol));
    const [first = null] = told;
    const text = JSON.stringify(first);
    return told.every((hours) => JSON.stringify(hours) === text) ? first : null;
  }

  /** Who says when a market is open. */
  hoursSource(symbol: string): HoursSource {
    if (this.marketHours(symbol) !== null) return 'TOLD';
    const { symbols } = this.#rules;
    return instrumentKind(resolveInstrument(symbol, symbols), symbols) === 'OTHER' ? 'ASSUMED' : 'LISTED';
  }

  exposureObstacle(trade: Trade, lots: number): string | null {
    return this.#positions === null ? null : exposureObstacle(this.#positions, trade, lots, this.#rules);
  }

  newsNear(account: string, symbol: string, at: number): NewsEvent | null {
    const { newsBeforeMs, newsAfterMs } = this.#rules.actions;
    const isNear = ({ time }: NewsEvent) => time - newsBeforeMs <= at;
    return this.#newsOf(account, symbol, at - newsAfterMs).find(isNear) ?? null;
  }

  nextNews(account: string, symbol: string, at: number): NewsEvent | null {
    const [first, ...others] = this.#newsOf(account, symbol, at);
    return others.reduce<NewsEvent | null>(
      (next, event) => (next !== null && next.time <= event.time ? next : event),
      first ?? null,
    );
  }

  /** Of each of a symbol's currencies the first event at or after a time. */
  #newsOf(account: string, symbol: string, from: number): NewsEvent[] {
    const { symbols } = this.#rules;
    const { currencies: told, alias = symbol } = this.terms(account, symbol);
    return (told ?? currencies(resolveInstrument(alias, symbols), symbols)).flatMap((currency) => {
      const events = this.#highImpact.get(currency) ?? [];
      return events[firstAtOrAfter(events, from)] ?? [];
    });
  }

  #index(event: NewsEvent): void {
    const events = this.#highImpact.get(event.currency) ?? [];
    this.#highImpact.set(event.currency, events);
    events.splice(placeOf(events, event), 0, event);
  }

  #unindex(event: NewsEvent): void {
    const events = this.#highImpact.get(event.currency) ?? [];
    const place = placeOf(events, event);
    if (events[place]?.eventId === event.eventId) events.splice(place, 1);
  }

  #noteHours({ account, symbol, tradingHours, kind, alias }: InstrumentKey & Partial<Instrument>): void {
    const accounts = this.#hoursTold.get(symbol) ?? new Set();
    this.#hoursTold.set(symbol, accounts);
    if (tradingHours === undefined && kind === undefined && alias === undefined) accounts.delete(account);
    else accounts.add(account);
    if (accounts.size === 0) this.#hoursTold.delete(symbol);
  }

  #countTerms(account: string, by: number): void {
    this.#termsOf.set(account, (this.#termsOf.get(account) ?? 0) + by);
  }
}

/** Where an event is, or belongs, in a list ordered by time and id. */
function placeOf(events: readonly NewsEvent[], { time, eventId }: NewsEvent): number {
  let place = firstAtOrAfter(events, time);
  for (let other = events[place]; other?.time === time && other.eventId < eventId; other = events[place]) {
    place += 1;
  }
  return place;
}

function sameContent<T extends object>(known: T | undefined, asked: T): boolean {
  return known !== undefined && JSON.stringify(sorted(known)) === JSON.stringify(sorted(asked));
}

const sorted = (content: object): unknown => Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1));

/** Index of the first event at or after `time` in a list ordered by time. */
function firstAtOrAfter(events: readonly NewsEvent[], time: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.time ?? Number.POSITIVE_INFINITY) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
