// Owns the trades as the watch tells them: a snapshot, and every event applied to its trade.
import { applyEvent, tradeFrom } from './apply-event.js';
import type { TradeEventJson, TradeJson } from './json.js';
import { Listeners, type Unsubscribe } from './listeners.js';
import type { Live } from './live.js';
import { keyOf } from './trade-key.js';

/** Closed trades stay for so many more, then the oldest are forgotten. */
const CLOSED_KEPT = 200;

export class Fleet {
  readonly #trades = new Map<string, TradeJson>();
  readonly #closed: string[] = [];
  readonly #changes = new Listeners<string>();
  readonly #resets = new Listeners();
  #complete = false;

  constructor(live: Live) {
    live.onSnapshot((trades) => this.#replace(trades));
    live.onEvents((events) => {
      for (const event of events) this.#apply(event);
    });
  }

  /** Whether the trades are all known: false until the first snapshot. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Every trade that is known, also closed ones. */
  all(): IterableIterator<TradeJson> {
    return this.#trades.values();
  }

  get(account: string, ticket: string): TradeJson | undefined {
    return this.#trades.get(keyOf(account, ticket));
  }

  /** By its key. */
  at(key: string): TradeJson | undefined {
    return this.#trades.get(key);
  }

  /** A trade changed; its key is told. */
  onChange(listener: (key: string) => void): Unsubscribe {
    return this.#changes.add(listener);
  }

  /** All trades are new. */
  onReset(listener: () => void): Unsubscribe {
    return this.#resets.add(listener);
  }

  #replace(trades: readonly TradeJson[]): void {
    this.#trades.clear();
    this.#closed.length = 0;
    for (const trade of trades) this.#trades.set(keyOf(trade.account, trade.ticket), trade);
    this.#complete = true;
    this.#resets.tell();
  }

  #apply(event: TradeEventJson): void {
    const key = keyOf(event.account, event.ticket);
    const before = this.#trades.get(key) ?? tradeFrom(event);
    // A closed trade that is not known was closed before the snapshot.
    if (before === undefined) return;
    const after = applyEvent(before, event);
    if (after === before) return;
    this.#trades.set(key, after);
    if (after.state === 'TRADE_STATE_CLOSED' && before.state !== after.state) this.#retire(key);
    this.#changes.tell(key);
  }

  #retire(key: string): void {
    this.#closed.push(key);
    while (this.#closed.length > CLOSED_KEPT) this.#trades.delete(this.#closed.shift() ?? '');
  }
}
