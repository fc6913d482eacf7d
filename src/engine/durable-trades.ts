// Owns the trades of the log's state that are not settled, in the order of their registration, and the look-up of those
// that are.
import DataLoader from 'dataloader';
import type { Trade } from '../domain/trade/trade.js';
import type { StoredTrade, TradeFilter, TradeKey } from '../store/types.js';
import { tradeKey } from './results.js';

/** A trade as it is in the log. */
export interface DurableTrade {
  readonly trade: Trade;
  readonly registeredRevision: number;
  readonly revision: number;
}

export class DurableTrades {
  #trades = new Map<string, DurableTrade>();
  #newest = 0;
  /** Whether one came after others that were registered later: it had been settled. */
  #isUnordered = false;

  get size(): number {
    return this.#trades.size;
  }

  get(name: string): DurableTrade | undefined {
    return this.#trades.get(name);
  }

  values(): Iterable<DurableTrade> {
    return this.#trades.values();
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

  /**
   * Active trades that match, in the order of registration: those registered after a revision, at most
   * `limit`.
   */
  *list(filter: TradeFilter, after: number, limit: number): Iterable<DurableTrade> {
    this.#order();
    const matches = tradeMatcher(filter);
    let left = limit;
    for (const durable of this.#trades.values()) {
      if (left === 0) return;
      if (durable.registeredRevision <= after || durable.trade.state === 'CLOSED') continue;
      if (!matches(durable.trade)) continue;
      left -= 1;
      yield durable;
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
