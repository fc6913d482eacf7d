// Owns a replay through a running server: commands and market data by gRPC, events by a watch of the run's
// own account. It outlives restarts of the server: everything is repeated until it is answered, and a repeat
// has one effect.

import { randomBytes } from 'node:crypto';
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { FeedKind, MarketDataFault } from '../../gen/ts/dtms/v1/market_data_service.js';
import { CloseReason as CloseReasonMessage } from '../../gen/ts/dtms/v1/types.js';
import type { LeaseClient } from '../bridge/lease-client.js';
import { declareAccount, ServerLeaseClient } from '../bridge/server-lease-client.js';
import { lotInstrument } from '../broker/terms.js';
import type { DtmsClient } from '../client/client.js';
import type { AccountTerms } from '../domain/account/account.js';
import type { Instrument } from '../domain/market/data.js';
import type { MarketItem } from '../domain/market/market-item.js';
import type { CloseReason } from '../domain/trade/state.js';
import type { TradeSpec } from '../domain/trade/trade.js';
import { specToProto } from '../wire/trade.js';
import { REPLAY_NAME } from './canonical.js';
import { itemToProto } from './market-items.js';
import type { ReplayTarget } from './target.js';

/** The server may be away for this long before the replay gives up. */
const PATIENCE_MS = 120_000;
const CALL = { retryMs: PATIENCE_MS, deadlineMs: 20_000 };
const PAGE = 1000;

/** The account and feed of a run of `dtms replay --server`. */
export const REPLAY_RUN = /^replay-[0-9a-f]{12}$/;

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

/** Results of a replay are in R, of one unit a lot; whoever reads its account is told what a lot of the symbol is. */
function inLots(instrument: Instrument): Instrument {
  const { contractSize, profitCurrency } = lotInstrument('', instrument.symbol, instrument.digits);
  return { ...instrument, contractSize, profitCurrency };
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

  async begin(instrument: Instrument, terms: AccountTerms, clock: () => number): Promise<LeaseClient> {
    const { logEpoch, headRevision } = await this.#client.getStatus({}, CALL);
    this.#received.reached(headRevision);
    void this.#follow(logEpoch, headRevision);
    await declareAccount(this.#client, inLots(instrument), terms, CALL);
    const feed = { feed: this.feed, kind: FeedKind.RECORDED, accounts: [this.account] };
    await this.#client.upsertFeed(feed, CALL);
    return new ServerLeaseClient(this.#client, {
      account: this.account,
      bridgeId: REPLAY_NAME,
      kind: 'PAPER',
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
    // What nothing confirmed is not believed here either: the others go on.
    const fault = rejected.find((item) => item.fault !== MarketDataFault.UNCONFIRMED);
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

  /** A server tells of evaluations only where they moved a trade. */
  availability(): null {
    return null;
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
