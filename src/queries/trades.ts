// Owns reading of trades and of their events.

import { readingOf, type ShownTrade } from '../domain/trade/reading.js';
import type { DurableTrade } from '../engine/durable-trades.js';
import type { Explanation } from '../engine/results.js';
import { shownTrade } from '../engine/shown-trade.js';
import { tradeNotFound } from '../errors/errors.js';
import type { PastTrade } from '../journal/past.js';
import type { ListOrder, LogEvent, TradeFilter, TradeKey } from '../store/types.js';
import { type ListPage, NEWEST, pageOf } from './page.js';
import type { LogState, Sources } from './sources.js';

/** Throws TRADE_NOT_FOUND. */
export async function findTrade(state: LogState, key: TradeKey): Promise<DurableTrade> {
  const found = await state.find(key);
  if (found === undefined) throw tradeNotFound(key.account, key.ticket);
  return found;
}

/** What was found of some tickets of an account, each once, in the order asked. */
export interface FoundTrades {
  readonly found: readonly DurableTrade[];
  readonly unknownTickets: readonly bigint[];
}

export async function findTrades(
  state: LogState,
  account: string,
  tickets: readonly bigint[],
): Promise<FoundTrades> {
  const unique = [...new Set(tickets)];
  const found = await state.findAll(unique.map((ticket) => ({ account, ticket })));
  const known = new Map(found.map((durable) => [durable.trade.spec.ticket, durable]));
  return {
    found: unique.flatMap((ticket) => known.get(ticket) ?? []),
    unknownTickets: unique.filter((ticket) => !known.has(ticket)),
  };
}

/** Throws TRADE_NOT_FOUND. */
export async function getTrade(sources: Sources, key: TradeKey): Promise<ShownTrade> {
  const state = sources.state();
  const { trade, revision } = await findTrade(state, key);
  return shownTrade(state, trade, revision);
}

export async function getTrades(
  sources: Sources,
  account: string,
  tickets: readonly bigint[],
): Promise<{ readonly trades: readonly ShownTrade[]; readonly unknownTickets: readonly bigint[] }> {
  const state = sources.state();
  const { found, unknownTickets } = await findTrades(state, account, tickets);
  return { trades: found.map(({ trade, revision }) => shownTrade(state, trade, revision)), unknownTickets };
}

/**
 * Trades in the order of registration, or the reverse.
 *
 * @param after - the revision of the last one that was seen; 0 begins
 */
export async function listTrades(
  sources: Sources,
  filter: TradeFilter,
  order: ListOrder,
  after: number,
  size: number,
): Promise<ListPage<ShownTrade, number>> {
  const state = sources.state();
  const beyond = order === 'NEWEST_FIRST' ? after || NEWEST : after;
  const rows = await matching(state, sources.store, filter, order, beyond, size + 1);
  const { items, next } = pageOf(rows, size, ({ registeredRevision }) => registeredRevision);
  return { items: items.map(({ trade, revision }) => shownTrade(state, trade, revision)), next };
}

/** Active trades from memory, closed ones from the store. */
async function matching(
  state: LogState,
  store: Sources['store'],
  filter: TradeFilter,
  order: ListOrder,
  beyond: number,
  limit: number,
): Promise<DurableTrade[]> {
  const active = [...state.list(filter, beyond, limit, order)];
  if (!filter.states.includes('CLOSED')) return active;
  const closed = await store.listTrades({ ...filter, states: ['CLOSED'] }, beyond, limit, order);
  // A trade that closed while the store was asked is in both; the store's is the newer.
  const merged = new Map([...active, ...closed].map((durable) => [durable.registeredRevision, durable]));
  const way = order === 'OLDEST_FIRST' ? 1 : -1;
  return [...merged.values()]
    .sort((a, b) => way * (a.registeredRevision - b.registeredRevision))
    .slice(0, limit);
}

/** Events after a revision, in the order of the log: any server reads them, up to the newest there is. */
export async function listTradeEvents(
  sources: Pick<Sources, 'store'>,
  filter: TradeFilter,
  after: number,
  size: number,
): Promise<ListPage<LogEvent, number>> {
  const { store } = sources;
  return pageOf(await store.listEvents(filter, after, size + 1), size, ({ revision }) => revision);
}

/** A trade, and what an evaluation would say and do now. Throws TRADE_NOT_FOUND. */
export async function explainTrade(
  sources: Sources,
  key: TradeKey,
): Promise<{ readonly shown: ShownTrade; readonly explanation: Explanation }> {
  const state = sources.leading();
  const { trade, revision } = await findTrade(state, key);
  const shown = shownTrade(state, trade, revision);
  const active = state.engine.get(key.account, key.ticket);
  // A closed trade is in the engine while its actions are open.
  const explanation =
    active === undefined || active.state === 'CLOSED'
      ? { evaluation: null, event: null, obstacle: 'the trade is closed' }
      : state.engine.explain(key, state.databaseNow());
  return { shown, explanation };
}

/** A trade as it was at a revision; throws what PastRevisions.tradeAt does. */
export async function getPastTrade(
  { past }: Pick<Sources, 'past'>,
  key: TradeKey,
  revision: number,
  signal: AbortSignal,
): Promise<ShownTrade> {
  return shownPast(await past.tradeAt(key, revision, signal));
}

/** The same, and what an evaluation would have said and done then. */
export async function explainPastTrade(
  sources: Pick<Sources, 'past'>,
  key: TradeKey,
  revision: number,
  signal: AbortSignal,
): Promise<{ readonly shown: ShownTrade; readonly explanation: Explanation }> {
  const { past, explanation } = await sources.past.explainAt(key, revision, signal);
  return { shown: shownPast(past), explanation };
}

/** What is not known of its market any more is shown as not known. */
function shownPast({ trade, revision, rehearsal }: PastTrade): ShownTrade {
  if (rehearsal !== null) return shownTrade(rehearsal, trade, revision);
  return { trade, revision, reading: readingOf(trade, undefined, 0) };
}

/** The matching trades that are not closed, and the revision they are of. */
export function snapshotTrades(
  sources: Sources,
  filter: TradeFilter,
): { readonly revision: number; readonly trades: Iterable<ShownTrade> } {
  const state = sources.state();
  // Gathered at once, shown as they are read: a slow reader costs one reference per trade.
  const matching = [...state.list(filter, 0, Number.POSITIVE_INFINITY)];
  return { revision: state.head, trades: lazily(matching, state) };
}

function* lazily(trades: readonly DurableTrade[], state: LogState): Iterable<ShownTrade> {
  for (const { trade, revision } of trades) yield shownTrade(state, trade, revision);
}
