// Owns what the state of the log comes to in short: a digest of each trade, view, account, feed, instrument and news event,
// of the feature flags, of the policies, and of each kind, the same on every server that has the same state.
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { type Instrument, type NewsEvent, TIMEFRAMES } from '../domain/market/data.js';
import type { MarketView } from '../domain/views/market-view.js';
import { encodeAccount } from '../store/bodies/account.js';
import { encodePolicies } from '../store/bodies/policies.js';
import { encodeTrade } from '../store/bodies/trade.js';
import type { DurableTrade, DurableTrades } from './durable-trades.js';
import type { Engine } from './engine.js';

export const STATE_KINDS = [
  'trades',
  'views',
  'accounts',
  'feeds',
  'instruments',
  'news',
  'flags',
  'policies',
] as const;
export type StateKind = (typeof STATE_KINDS)[number];

/** Makes the text of one thing. */
export type Content = () => string;
/** What there is of each kind at one moment: by its name, what makes its text. */
export type StateContents = Readonly<Record<StateKind, ReadonlyMap<string, Content>>>;
/** By its name, the digest of each. */
export type StateDigests = Readonly<Record<StateKind, ReadonlyMap<string, string>>>;

/** Of what is looked at. */
export interface DigestedState {
  readonly engine: Pick<Engine, 'watched' | 'accounts' | 'feeds' | 'reference' | 'flags' | 'policies'>;
  readonly trades: Pick<DurableTrades, 'entries'>;
}

/** News that was due longer ago is left out: the store forgets it sooner or later, in ms. */
const NEWS_MS = 24 * 3_600_000;
/** Digests made in one turn of the event loop. */
const IN_A_TURN = 200;

/**
 * Takes down the state as it is now, which may go on at once: what does not change by itself is only pointed at.
 *
 * @param now - the database's clock, UTC ms; the same for states that are compared.
 */
export function contentsOf({ engine, trades }: DigestedState, now: number): StateContents {
  const contents = ofEachKind(() => new Map<string, Content>());
  for (const [name, durable] of trades.entries()) contents.trades.set(name, tradeContent(durable));
  for (const { feed, view } of engine.watched())
    contents.views.set(nameOfView(feed, view.instrument), viewContent(view));
  for (const account of engine.accounts.all())
    contents.accounts.set(account.account, () => encodeAccount(account));
  for (const feed of engine.feeds.all()) contents.feeds.set(feed.name, jsonContent(feed));
  for (const terms of engine.reference.allTerms())
    contents.instruments.set(nameOfTerms(terms), jsonContent(terms));
  for (const event of engine.reference.allNews())
    if (isDueSince(event, now)) contents.news.set(event.eventId, jsonContent(event));
  contents.flags.set(ALL_FLAGS, jsonContent(engine.flags.book));
  contents.policies.set(ALL_POLICIES, () => encodePolicies(engine.policies.book));
  return contents;
}

/** All flags are one thing. */
export const ALL_FLAGS = 'flags';
/** And all policies. */
export const ALL_POLICIES = 'policies';
export const nameOfTrade = ({ trade: { spec } }: Pick<DurableTrade, 'trade'>): string =>
  `${spec.account}:${spec.ticket}`;
export const nameOfView = (feed: string, instrument: string): string => `${feed} ${instrument}`;
export const nameOfTerms = ({ account, symbol }: Pick<Instrument, 'account' | 'symbol'>): string =>
  `${account} ${symbol}`;

export function tradeContent(durable: DurableTrade): Content {
  return () => `${durable.registeredRevision} ${durable.revision} ${encodeTrade(durable.trade)}`;
}

/** Taken down now: a view changes by itself. */
export function viewContent(view: MarketView): Content {
  const snapshot = view.snapshot();
  const bars = TIMEFRAMES.map((timeframe) => view.bars(timeframe).slice());
  return () => JSON.stringify([view.symbol, snapshot, bars]);
}

export function jsonContent(value: object): Content {
  return () => JSON.stringify(value);
}

/** Whether news counts at this time of the database, UTC ms. */
export function isDueSince({ time }: NewsEvent, now: number): boolean {
  return time >= now - NEWS_MS;
}

/** The digest of each; other work of the process gets its turn in between. */
export async function digestsOf(contents: StateContents): Promise<StateDigests> {
  const digests = ofEachKind(() => new Map<string, string>());
  let made = 0;
  for (const kind of STATE_KINDS) {
    for (const [name, text] of contents[kind]) {
      digests[kind].set(name, digestOf(canonical(text())));
      made += 1;
      if (made % IN_A_TURN === 0) await turn();
    }
  }
  return digests;
}

/** One of these for each kind. */
export function ofEachKind<T>(make: (kind: StateKind) => T): Record<StateKind, T> {
  return {
    trades: make('trades'),
    views: make('views'),
    accounts: make('accounts'),
    feeds: make('feeds'),
    instruments: make('instruments'),
    news: make('news'),
    flags: make('flags'),
    policies: make('policies'),
  };
}

/** One digest for all of a kind, whatever their order. */
export function digestOfKind(digests: ReadonlyMap<string, string>): string {
  return digestOf(
    [...digests]
      .map(([name, digest]) => `${name} ${digest}`)
      .sort()
      .join('\n'),
  );
}

/** The names of what is in one alone, or not the same in both. */
export function differing(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): string[] {
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].filter((name) => one.get(name) !== other.get(name)).sort();
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** A text with JSON at its end, whose objects have their properties in the order of their names. */
function canonical(text: string): string {
  const begin = text.search(/[[{]/);
  return text.slice(0, begin) + JSON.stringify(JSON.parse(text.slice(begin)), inOrder);
}

function inOrder(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
