// A replay through a running server: commands and market data by gRPC, events by a watch of the run's own
// account. It outlives restarts of the server: everything is repeated until it is answered, and a repeat
// has one effect.
import { randomBytes } from 'node:crypto';
import { MarginMode } from '../../gen/ts/dtms/v1/account_service.js';
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import type { MarketDataItem } from '../../gen/ts/dtms/v1/market_data_service.js';
import { CloseReason as CloseReasonMessage, Timeframe } from '../../gen/ts/dtms/v1/types.js';
import type { Desk } from '../bridge/desk.js';
import { ServerDesk } from '../bridge/server-desk.js';
import type { DtmsClient } from '../client/client.js';
import type { CloseReason, Instrument, TradeSpec } from '../domain/types.js';
import type { MarketItem } from '../engine/market-item.js';
import { specToProto } from '../wire/trade.js';
import { REPLAY_NAME } from './canonical.js';
import type { AccountTerms, ReplayTarget } from './target.js';

/** The server may be away for this long before the replay gives up. */
const PATIENCE_MS = 120_000;
const CALL = { retryMs: PATIENCE_MS, deadlineMs: 20_000 };
const PAGE = 1000;

/** The events of the watch, in order, and how far it is. */
class Received {
  #events: TradeEvent[] = [];
  #total = 0;
  #revision = 0n;
  #failure: Error | null = null;
  #wake: () => void = () => {};

  get total(): number {
    return this.#total;
  }

  /** Everything of the account up to this revision was received. */
  get revision(): bigint {
    return this.#revision;
  }

  add(events: readonly TradeEvent[]): void {
    this.#events.push(...events);
    this.#total += events.length;
    const last = events.at(-1);
    if (last !== undefined) this.reached(last.revision);
  }

  reached(revision: bigint): void {
    if (revision > this.#revision) this.#revision = revision;
    this.#wake();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#wake();
  }

  take(): TradeEvent[] {
    const taken = this.#events;
    this.#events = [];
    return taken;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

export class ServerTarget implements ReplayTarget {
  readonly account: string;
  readonly feed: string;
  readonly #client: DtmsClient;
  readonly #received = new Received();
  readonly #stop = new AbortController();
  /** The newest revision that an answer of this run named. */
  #written = 0n;

  /** The client stays the caller's. `name` begins the names of the run's account and feed. */
  constructor(client: DtmsClient, name: string) {
    this.#client = client;
    this.account = `${name}-${randomBytes(6).toString('hex')}`;
    this.feed = this.account;
  }

  async begin(instrument: Instrument, terms: AccountTerms, clock: () => number): Promise<Desk> {
    const { logEpoch, headRevision } = await this.#client.getStatus({}, CALL);
    this.#received.reached(headRevision);
    void this.#follow(logEpoch, headRevision);
    await this.#client.upsertInstruments({ instruments: [instrument] }, CALL);
    const marginMode = terms.marginMode === 'netting' ? MarginMode.NETTING : MarginMode.HEDGING;
    await this.#client.upsertAccount({ ...terms, account: this.account, marginMode }, CALL);
    return new ServerDesk(this.#client, {
      account: this.account,
      bridgeId: REPLAY_NAME,
      clock,
      call: CALL,
      onRevision: (revision) => this.#wrote({ revision }),
    });
  }

  async register(spec: TradeSpec): Promise<void> {
    const trade = specToProto(spec, spec.openedAt ?? 0);
    this.#wrote(await this.#client.registerTrade({ trade }, CALL));
  }

  async close(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void> {
    this.#wrote(
      await this.#client.closeTrade(
        {
          account: this.account,
          ticket,
          reason: CloseReasonMessage[reason],
          closePrice: price,
          occurredAt: new Date(at),
        },
        CALL,
      ),
    );
  }

  async push(items: readonly MarketItem[]): Promise<readonly TradeEvent[]> {
    await this.#received.until(() => this.#received.revision >= this.#written);
    if (items.length === 0) return this.#received.take();
    const before = this.#received.total;
    const request = { feed: this.feed, items: items.map(itemToProto) };
    const { rejected, duplicates, events, revision } = await this.#client.pushMarketData(request, CALL);
    const [fault] = rejected;
    if (fault !== undefined) throw new Error(`market data was refused: ${fault.field}: ${fault.description}`);
    // A duplicate means that an earlier attempt took effect without its answer reaching us, so how many
    // events it caused is not known: then the watch has to pass the answer's revision.
    await this.#received.until(
      duplicates > 0
        ? () => this.#received.revision >= revision
        : () => this.#received.total >= before + events,
    );
    return this.#received.take();
  }

  async evaluations(tickets: readonly bigint[]): Promise<number> {
    let sum = 0n;
    for (let from = 0; from < tickets.length; from += PAGE) {
      const page = tickets.slice(from, from + PAGE);
      const { trades } = await this.#client.batchGetTrades({ account: this.account, tickets: page }, CALL);
      for (const trade of trades) sum += trade.evaluations;
    }
    return Number(sum);
  }

  async end(): Promise<void> {
    this.#stop.abort();
  }

  async #follow(logEpoch: string, revision: bigint): Promise<void> {
    try {
      const messages = this.#client.watchTrades({
        filter: { account: this.account },
        resumeAfter: { logEpoch, revision },
        signal: this.#stop.signal,
        retryMs: PATIENCE_MS,
      });
      for await (const message of messages) {
        if (message.$case === 'events') this.#received.add(message.value.events);
        else if (message.$case === 'bookmark') this.#received.reached(message.value.revision);
      }
    } catch (error) {
      this.#received.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #wrote({ revision }: { readonly revision: bigint }): void {
    if (revision > this.#written) this.#written = revision;
  }
}

function itemToProto(item: MarketItem): MarketDataItem {
  switch (item.kind) {
    case 'bar': {
      const { symbol, forming } = item;
      const { time, open, high, low, close, volume } = item.bar;
      const timeframe = Timeframe[item.timeframe];
      const openTime = new Date(time);
      return {
        data: {
          $case: 'bar',
          value: { symbol, timeframe, openTime, open, high, low, close, volume, forming },
        },
      };
    }
    case 'quote': {
      const { time, bid, ask } = item.quote;
      return { data: { $case: 'quote', value: { symbol: item.symbol, time: new Date(time), bid, ask } } };
    }
    case 'orderFlow': {
      const { time, buyVolume, sellVolume } = item.flow;
      return {
        data: {
          $case: 'orderFlow',
          value: { symbol: item.symbol, time: new Date(time), buyVolume, sellVolume },
        },
      };
    }
  }
}
