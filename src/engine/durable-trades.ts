// Owns the trades of the log's state that are not settled, in the order of their registration, and the look-up of those
// that are.
import DataLoader from 'dataloader';
import type { Trade } from '../domain/trade/trade.js';
import { isSettled } from '../domain/trade/version.js';
import { PackedStoredTrade } from '../store/packed-stored-trade.js';
import type { ChangedTrade, ListOrder, StoredTrade, TradeFilter, TradeKey } from '../store/types.js';
import { tradeKey } from './results.js';

/** A trade as it is in the log. */
export interface DurableTrade {
  readonly trade: Trade;
  readonly registeredRevision: number;
  readonly revision: number;
}

/** Settled trades whose registration is remembered: many more than commands can be under way. */
const MOST_REGISTERED = 100_000;

export class DurableTrades {
  /** Those that nobody asked for since they were restored may be packed. */
  #trades = new Map<string, DurableTrade>();
  #newest = 0;
  /** Whether one came after others that were registered later: it had been settled. */
  #isUnordered = false;
  /** When settled trades that were looked up had been registered: a command may bring them back. The newest of them. */
  readonly #registered = new Map<string, number>();

  get size(): number {
    return this.#trades.size;
  }

  get(name: string): DurableTrade | undefined {
    const durable = this.#trades.get(name);
    return durable === undefined ? undefined : asData(durable);
  }

  /** By their names. */
  entries(): Iterable<readonly [string, DurableTrade]> {
    return this.#trades.entries();
  }

  set(name: string, durable: DurableTrade): void {
    const { registeredRevision } = durable;
    if (registeredRevision < this.#newest && !this.#trades.has(name)) this.#isUnordered = true;
    this.#newest = Math.max(this.#newest, registeredRevision);
    this.#trades.set(name, durable);
  }

  delete(name: string): void {
    this.#trades.delete(name);
  }

  /** Takes when a settled trade was registered, which somebody looked up. */
  noteRegistered({ trade: { spec }, registeredRevision }: StoredTrade): void {
    const name = tradeKey(spec.account, spec.ticket);
    this.#registered.delete(name);
    this.#registered.set(name, registeredRevision);
    if (this.#registered.size <= MOST_REGISTERED) return;
    for (const oldest of this.#registered.keys()) {
      this.#registered.delete(oldest);
      return;
    }
  }

  /** What a transaction makes of each trade it changed, once it is written; null where it is settled. */
  after({ base, trades }: WrittenTrades): (readonly [ChangedTrade, DurableTrade | null])[] {
    return trades.map((changed) => {
      const { trade, eventIndex, registeredIndex } = changed;
      if (isSettled(trade)) return [changed, null];
      const revision = base + eventIndex + 1;
      const name = tradeKey(trade.spec.account, trade.spec.ticket);
      const before = this.#trades.get(name)?.registeredRevision ?? this.#registered.get(name);
      const registeredRevision = registeredIndex === null ? (before ?? revision) : base + registeredIndex + 1;
      return [changed, { trade, revision, registeredRevision }];
    });
  }

  /** Takes what was written. */
  take(written: WrittenTrades): void {
    for (const [{ trade }, durable] of this.after(written)) {
      const name = tradeKey(trade.spec.account, trade.spec.ticket);
      if (durable === null) this.delete(name);
      else this.set(name, durable);
    }
  }

  /**
   * Active trades that match, in the order of registration or the reverse: those registered beyond a revision,
   * after it or before it, at most `limit`.
   */
  *list(
    filter: TradeFilter,
    beyond: number,
    limit: number,
    order: ListOrder = 'OLDEST_FIRST',
  ): Iterable<DurableTrade> {
    this.#order();
    const isOldestFirst = order === 'OLDEST_FIRST';
    const matches = tradeMatcher(filter);
    let left = limit;
    for (const durable of isOldestFirst ? this.#trades.values() : [...this.#trades.values()].reverse()) {
      if (left === 0) return;
      const { registeredRevision } = durable;
      const isBeyond = isOldestFirst ? registeredRevision > beyond : registeredRevision < beyond;
      // Only now: it may be packed.
      if (!isBeyond || durable.trade.state === 'CLOSED' || !matches(durable.trade)) continue;
      left -= 1;
      yield asData(durable);
    }
  }

  /** Those of an account, the ones that are closed and have open work too. */
  *ofAccount(account: string): Iterable<DurableTrade> {
    for (const [name, durable] of this.#trades) {
      // Names hold colons too; only what may be of it is unpacked.
      if (name.startsWith(`${account}:`) && durable.trade.spec.account === account) yield asData(durable);
    }
  }

  #order(): void {
    if (!this.#isUnordered) return;
    this.#trades = new Map(
      [...this.#trades].sort(([, one], [, other]) => one.registeredRevision - other.registeredRevision),
    );
    this.#isUnordered = false;
  }
}

/** As plain data: commands tell the journal what they found. */
function asData(durable: DurableTrade): DurableTrade {
  if (!(durable instanceof PackedStoredTrade)) return durable;
  const { trade, registeredRevision, revision } = durable;
  return { trade, registeredRevision, revision };
}

/** The trades that a transaction changed, and the log's head before it. */
interface WrittenTrades {
  readonly base: number;
  readonly trades: readonly ChangedTrade[];
}

/** What finds trades in the store. */
interface TradeStore {
  findTrades(keys: readonly TradeKey[]): Promise<StoredTrade[]>;
}

/** Trades of the store by key; calls that arrive together share one query. */
export function storedTrades(store: TradeStore): DataLoader<TradeKey, StoredTrade | null> {
  return new DataLoader((keys) => findInOrder(store, keys), { cache: false, maxBatchSize: 1000 });
}

async function findInOrder(store: TradeStore, keys: readonly TradeKey[]): Promise<(StoredTrade | null)[]> {
  const found = new Map(
    (await store.findTrades(keys)).map((stored) => {
      const { account, ticket } = stored.trade.spec;
      return [tradeKey(account, ticket), stored];
    }),
  );
  return keys.map(({ account, ticket }) => found.get(tradeKey(account, ticket)) ?? null);
}

function tradeMatcher({ account, symbols, states, tickets }: TradeFilter): (trade: Trade) => boolean {
  const [anySymbol, anyState, anyTicket] = [new Set(symbols), new Set(states), new Set(tickets)];
  return ({ spec, state }) =>
    (account === null || spec.account === account) &&
    (anySymbol.size === 0 || anySymbol.has(spec.symbol)) &&
    (anyState.size === 0 || anyState.has(state)) &&
    (anyTicket.size === 0 || anyTicket.has(spec.ticket));
}
