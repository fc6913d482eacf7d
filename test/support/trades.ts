// Trades, terms and reference data as tests need them: round numbers, everything overridable.

import type { AccountRules } from '../../src/domain/account/account-rules.js';
import type { ReferenceFacts } from '../../src/domain/actions/context.js';
import type { BrokerPosition } from '../../src/domain/broker/snapshot.js';
import type { Instrument, NewsEvent } from '../../src/domain/market/data.js';
import { DEFAULT_RULES, type Rules } from '../../src/domain/rules.js';
import type { TradeChange, TradeEvent } from '../../src/domain/trade/event.js';
import type { Trade, TradeSpec } from '../../src/domain/trade/trade.js';
import { openTrade } from '../../src/domain/trade/version.js';

export const MINUTE = 60_000;
/** A Monday noon, on the grid of every timeframe. */
export const T0 = Date.UTC(2025, 5, 2, 12);

/** A BUY of 1 lot at 100 with its stop at 90: R is 10. */
export function specOf(spec: Partial<TradeSpec> = {}): TradeSpec {
  return {
    account: 'demo',
    ticket: 1n,
    symbol: 'BTCUSD',
    direction: 'BUY',
    entryPrice: 100,
    volume: 1,
    stopLoss: spec.direction === 'SELL' ? 110 : 90,
    takeProfit: null,
    initialStopLoss: null,
    openedAt: T0,
    feed: 'default',
    positionTicket: 0n,
    magicNumber: 0n,
    label: '',
    ...spec,
  };
}

/** A monitored trade in the given state. */
export function tradeOf(trade: Partial<Trade> = {}, spec: Partial<TradeSpec> = {}): Trade {
  return {
    ...openTrade(specOf(spec), 'BTCUSD', T0),
    monitoredSince: T0,
    countedFrom: 0,
    warnedFrom: T0,
    ...trade,
  };
}

/** Prices in hundredths, volumes in hundredths of a lot. */
export const TERMS: Instrument = {
  account: 'demo',
  symbol: 'BTCUSD',
  digits: 2,
  tickSize: 0.01,
  volumeMin: 0.01,
  volumeStep: 0.01,
  volumeMax: 100,
  stopsLevel: 0,
  freezeLevel: 0,
  contractSize: 1,
  commissionPerLot: 0,
};

/** A hedging account that may do anything. */
const FREE_ACCOUNT: AccountRules = {
  marginMode: 'hedging',
  fifo: false,
  hedgeAddsMargin: false,
  mode: 'enforce',
  tradingState: 'ACTIVE',
  limit: '',
};

export function referenceOf(
  given: {
    terms?: Partial<Instrument>;
    account?: Partial<AccountRules>;
    news?: NewsEvent;
    shown?: Partial<BrokerPosition>;
    mustBeShown?: boolean;
    exposed?: string;
    now?: number;
  } = {},
): ReferenceFacts {
  return {
    now: given.now ?? null,
    terms: () => ({ ...TERMS, ...given.terms }),
    isTold: () => true,
    account: () => ({ ...FREE_ACCOUNT, ...given.account }),
    shown: (account, ticket) => shownAs(account, ticket, given.shown),
    isTrade: () => false,
    mustBeShown: () => given.mustBeShown ?? false,
    showsPositions: () => given.mustBeShown ?? false,
    switchedOff: () => null,
    clockOf: (_feed, { now }) => now,
    hoursOf: () => null,
    newsNear: () => given.news ?? null,
    nextNews: () => given.news ?? null,
    exposureObstacle: () => given.exposed ?? null,
  };
}

/** A BUY as a snapshot shows it. */
function shownAs(
  account: string,
  ticket: bigint,
  shown: Partial<BrokerPosition> | undefined,
): BrokerPosition | undefined {
  if (shown === undefined) return undefined;
  const { symbol, direction, entryPrice, volume, stopLoss, takeProfit, magicNumber } = specOf({ account });
  const position = { symbol, direction, entryPrice, volume, stopLoss, takeProfit, magicNumber };
  return { ...position, identifier: ticket, ticket, comment: '', openedAt: T0, ...shown };
}

export function rulesWith(actions: Partial<Rules['actions']>): Rules {
  return { ...DEFAULT_RULES, actions: { ...DEFAULT_RULES.actions, ...actions } };
}

export type StateChange = Extract<TradeChange, { kind: 'stateChanged' }>;

/** The transition of an event; throws when it is another kind of change. */
export function transitionOf(event: TradeEvent | null | undefined): StateChange {
  if (event?.change.kind !== 'stateChanged') throw new Error(`no transition: ${event?.change.kind}`);
  return event.change;
}

export const transitions = (events: readonly TradeEvent[]): string[] =>
  events.flatMap(({ change }) => (change.kind === 'stateChanged' ? [`${change.from}>${change.to}`] : []));
