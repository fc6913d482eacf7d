// Owns checkpoints: all an engine and its clocks have in memory, taken in one turn and kept as parts of plain data, and an
// engine made of them that decides as the first would have. Trades, accounts and positions never change, so taking one
// costs no more than to name them; they are encoded later, a part at a time.
import { setImmediate as turn } from 'node:timers/promises';
import type { FlagBook } from '../domain/flags/flag-book.js';
import type { Bar, Timeframe } from '../domain/market/data.js';
import type { Feed } from '../domain/market/feed.js';
import type { PolicyBook } from '../domain/policy/policy-book.js';
import type { Rules } from '../domain/rules.js';
import type { Trade } from '../domain/trade/trade.js';
import { MarketView } from '../domain/views/market-view.js';
import { decodePart, encodePart, UnreadableJournalError } from '../store/bodies/journal.js';
import { decodeView, encodeView } from '../store/bodies/market.js';
import { PACKED_TRADE } from '../store/bodies/packed-trade.js';
import { PackedStoredTrade } from '../store/packed-stored-trade.js';
import type { AccountsMemory } from './accounts.js';
import type { BreakerMemory } from './circuit-breaker.js';
import type { FeedClock } from './feed-clock.js';
import type { HeldTrade } from './market.js';
import type { OrderRate } from './order-rate.js';
import type { ReferenceData } from './reference-data.js';
import type { TradeOrders } from './trade-index.js';
import type { Turns } from './turns.js';

/** The first part. */
interface CheckpointHead {
  readonly kind: 'head';
  /** By which it was decided. */
  readonly rules: Rules;
  /** Absent in those of older programs: none was set. */
  readonly flags?: FlagBook;
  /** The same: there were none. */
  readonly policies?: PolicyBook;
  readonly feeds: readonly Feed[];
  readonly breaker: BreakerMemory;
  readonly orderRate: OrderRate['memory'];
  readonly reference: ReferenceData['memory'];
  readonly clock: FeedClock['memory'];
  readonly orders: TradeOrders;
}

interface ViewsPart {
  readonly kind: 'views';
  readonly views: readonly ViewMemory[];
}

interface ViewMemory {
  readonly feed: string;
  readonly symbol: string;
  readonly instrument: string;
  readonly snapshot: string;
  readonly bars: Readonly<Record<Timeframe, readonly Bar[]>>;
}

/** As programs before wrote them. */
interface TradesPart {
  readonly kind: 'trades';
  /** In the order of registration. */
  readonly trades: readonly Trade[];
}

interface PackedTradesPart {
  readonly kind: 'packedTrades';
  /** Bodies in the order of registration, one after the other, and where each of them ends. */
  readonly bodies: Uint8Array;
  readonly ends: readonly number[];
}

/** Trades of a checkpoint that is not encoded yet. */
interface HeldTradesPart {
  readonly kind: 'heldTrades';
  readonly trades: readonly HeldTrade[];
}

/** After the trades, which are noted as they are restored. */
interface AccountsPart {
  readonly kind: 'accounts';
  readonly accounts: Omit<AccountsMemory, 'positions'>;
}

interface PositionsPart {
  readonly kind: 'positions';
  readonly positions: AccountsMemory['positions'];
}

export type CheckpointPart = CheckpointHead | ViewsPart | HeldTradesPart | AccountsPart | PositionsPart;
type StoredPart = Exclude<CheckpointPart, HeldTradesPart> | TradesPart | PackedTradesPart;

/** Of a part: some 5 ms to encode. */
const TRADES_IN_PART = 1000;
const VIEWS_IN_PART = 4;
const ACCOUNTS_IN_PART = 50;

/** Takes a checkpoint of turns that were settled, in this turn of the event loop. */
export function takeCheckpoint({ engine, clock }: Turns): readonly CheckpointPart[] {
  const { positions, ...accounts } = engine.accounts.memory;
  const views = Array.from(
    engine.watched(),
    ({ feed, view }): ViewMemory => ({
      feed,
      symbol: view.symbol,
      instrument: view.instrument,
      snapshot: encodeView(view.snapshot()),
      bars: { M1: [...view.bars('M1')], M5: [...view.bars('M5')], M15: [...view.bars('M15')] },
    }),
  );
  return [
    {
      kind: 'head',
      rules: engine.rules,
      flags: engine.flags.book,
      policies: engine.policies.book,
      feeds: [...engine.feeds.all()],
      breaker: engine.breaker.memory,
      orderRate: engine.orders.memory,
      reference: engine.reference.memory,
      clock: clock.memory,
      orders: engine.tradeOrders,
    },
    ...pieces(views, VIEWS_IN_PART).map((some) => ({ kind: 'views', views: some }) as const),
    ...pieces([...engine.heldTrades()], TRADES_IN_PART).map(
      (some) => ({ kind: 'heldTrades', trades: some }) as const,
    ),
    { kind: 'accounts', accounts },
    ...pieces(positions, ACCOUNTS_IN_PART).map((some) => ({ kind: 'positions', positions: some }) as const),
  ];
}

/** Encodes a checkpoint; other work has its turn in between. */
export async function* encodeCheckpoint(parts: readonly CheckpointPart[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    const stored = asStored(part);
    yield await encodePart(stored, stored.kind === 'packedTrades' ? 'packed' : 'deflated');
    await turn();
  }
}

/** A part as it is encoded. */
export function asStored(part: CheckpointPart): StoredPart {
  if (part.kind !== 'heldTrades') return part;
  const each = part.trades.map((trade) =>
    trade instanceof PackedStoredTrade ? trade.packed : PACKED_TRADE.pack(trade),
  );
  let end = 0;
  const ends = each.map(({ length }) => {
    end += length;
    return end;
  });
  const bodies = new Uint8Array(end);
  for (const [index, body] of each.entries()) bodies.set(body, ends[index - 1] ?? 0);
  return { kind: 'packedTrades', bodies, ends };
}

function tradesOf({ bodies, ends }: PackedTradesPart): Trade[] {
  return ends.map((end, index) => PACKED_TRADE.unpack(bodies.subarray(ends[index - 1] ?? 0, end)));
}

/** The rules a checkpoint's engine decided by. @throws UnreadableJournalError */
export function rulesOfCheckpoint(firstPart: Uint8Array): Rules {
  return headOf(decodePart(firstPart) as StoredPart).rules;
}

/**
 * Gives an engine that knows nothing yet, and its clock, what a checkpoint holds.
 *
 * @param rules - that the engine decides by.
 * @throws UnreadableJournalError
 */
export async function recallCheckpoint(
  { engine, clock }: Turns,
  parts: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  let orders: TradeOrders | null = null;
  let accounts: Omit<AccountsMemory, 'positions'> | null = null;
  const positions: AccountsMemory['positions'][number][] = [];
  for await (const body of parts) {
    const part = decodePart(body) as StoredPart;
    switch (part.kind) {
      case 'head':
        if (part.flags !== undefined) engine.flags.restore(part.flags);
        if (part.policies !== undefined) engine.policies.restore(part.policies);
        for (const feed of part.feeds) engine.feeds.restore(feed);
        for (const terms of part.reference.instruments) engine.upsertInstrument(terms);
        for (const event of part.reference.news) engine.upsertNews(event);
        engine.breaker.recall(part.breaker);
        engine.orders.recall(part.orderRate);
        clock.recall(part.clock);
        orders = part.orders;
        break;
      case 'views':
        for (const { feed, symbol, instrument, snapshot, bars } of part.views)
          engine.restoreView(
            feed,
            MarketView.restore(symbol, instrument, engine.rules, decodeView(snapshot), bars),
          );
        break;
      case 'trades':
        for (const trade of part.trades) engine.restoreTrade(trade);
        break;
      case 'packedTrades':
        for (const trade of tradesOf(part)) engine.restoreTrade(trade);
        break;
      case 'accounts':
        accounts = part.accounts;
        break;
      case 'positions':
        positions.push(...part.positions);
        break;
    }
  }
  if (orders === null || accounts === null) throw new UnreadableJournalError('a checkpoint is not whole');
  engine.accounts.recall({ ...accounts, positions });
  engine.reorder(orders);
  engine.drain();
}

function headOf(part: StoredPart): CheckpointHead {
  if (part.kind !== 'head') throw new UnreadableJournalError('a checkpoint begins with its head');
  return part;
}

function pieces<T>(all: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
