// Owns a broker for tests: a paper account, a bridge that works only when it is told to, and the market both
// DTMS and the broker see.

import { type BridgedAccount, bridgedAccount } from '../bridge/bridged-account.js';
import { declareRecording } from '../bridge/declare-feed.js';
import { refusalOf } from '../bridge/lease-client.js';
import { declareAccount, ServerLeaseClient } from '../bridge/server-lease-client.js';
import type { OpenPosition } from '../broker/account-book.js';
import type { ScriptedAnswer } from '../broker/paper-terminal.js';
import { type OrderRequest, openingDeal } from '../broker/terminal.js';
import { accountCurrency, lotInstrument } from '../broker/terms.js';
import type { DtmsClient } from '../client/client.js';
import { Direction, Timeframe, type Trade } from '../client/index.js';
import { DEFAULT_FEED, type Instrument } from '../domain/market/data.js';
import type { TestClock } from './clock.js';
import { barsOf, type Leg } from './market.js';

/** How a broker's account is set up; nothing is needed. */
export interface TestBrokerOptions {
  /** Default `demo`. */
  readonly account?: string;
  /** Default `hedging`. */
  readonly marginMode?: 'hedging' | 'netting';
  /** The symbol it trades. Default BTCUSD. */
  readonly symbol?: string;
  /** What differs from: 2 digits, ticks of 0.01, volumes of 0.01 to 1,000 lots of the symbol's usual size, no commission. */
  readonly instrument?: Partial<Omit<Instrument, 'account' | 'symbol'>>;
  /** ask - bid, as a price distance. Default 0. */
  readonly spread?: number;
  /** The first bid. Default 100. */
  readonly price?: number;
}

/** A position to be opened at market. */
export interface TestOrder {
  readonly direction: 'BUY' | 'SELL';
  /** In lots. */
  readonly volume: number;
  readonly stopLoss?: number;
  readonly takeProfit?: number;
}

const FIVE_MINUTES = 300_000;
const BRIDGE_ID = 'test-bridge';
/** Items of one call, at most. */
const PAGE = 500;

/**
 * A broker's account that DTMS knows. Prices come from `quote` and `play`; the bridge works in `work`, and
 * only there, so that a test sees every step.
 */
export class TestBroker {
  readonly account: string;
  readonly symbol: string;
  readonly #client: DtmsClient;
  readonly #clock: TestClock;
  readonly #paper: BridgedAccount<ServerLeaseClient>;
  readonly #instrument: Instrument;
  readonly #spread: number;
  #bid: number;

  private constructor(client: DtmsClient, clock: TestClock, options: TestBrokerOptions) {
    const { account = 'demo', symbol = 'BTCUSD', spread = 0, price = 100 } = options;
    this.account = account;
    this.symbol = symbol;
    this.#client = client;
    this.#clock = clock;
    this.#spread = spread;
    this.#bid = price;
    this.#instrument = { ...lotInstrument(account, symbol, 2), ...options.instrument, account, symbol };
    const { marginMode = 'hedging' } = options;
    this.#paper = bridgedAccount(
      {
        instrument: this.#instrument,
        spread,
        account: { marginMode, currency: this.#currency, firstTicket: 1n },
      },
      () =>
        new ServerLeaseClient(client, {
          account,
          bridgeId: BRIDGE_ID,
          kind: 'PAPER',
          clock: () => clock.now(),
        }),
    );
  }

  /** A broker whose account and symbol the server is told of. */
  static async open(client: DtmsClient, clock: TestClock, options: TestBrokerOptions): Promise<TestBroker> {
    const broker = new TestBroker(client, clock, options);
    const { marginMode } = options;
    await declareAccount(client, broker.#instrument, { marginMode, currency: broker.#currency });
    await declareRecording(client, DEFAULT_FEED, broker.account);
    await broker.quote(broker.#bid);
    return broker;
  }

  get #currency(): string {
    return accountCurrency(this.#instrument);
  }

  /** The newest bid. */
  get bid(): number {
    return this.#bid;
  }

  /** What is open at the broker. */
  get positions(): readonly OpenPosition[] {
    return this.#paper.broker.positions();
  }

  /** Every order the bridge sent, refused ones too. */
  get orders(): readonly OrderRequest[] {
    return this.#paper.terminal.orders;
  }

  /** What becomes of the next orders of the bridge, one each. */
  script(...answers: readonly ScriptedAnswer[]): void {
    this.#paper.terminal.script(...answers);
  }

  /** A price, now, for the broker and DTMS. */
  async quote(bid: number): Promise<void> {
    const at = this.#clock.now();
    this.#bid = bid;
    const prices = { bid, ask: bid + this.#spread };
    this.#paper.broker.quote(this.symbol, prices, at);
    const value = { symbol: this.symbol, time: new Date(at), ...prices };
    await this.#client.pushMarketData({ items: [{ data: { $case: 'quote', value } }] });
  }

  /**
   * Plays a market from the newest price, one M5 bar after the other, and moves the clock with it.
   * `stop` is asked after every bar; true ends the play there.
   */
  async play(legs: readonly Leg[], stop?: () => Promise<boolean> | boolean): Promise<void> {
    const start = Math.ceil(this.#clock.now() / FIVE_MINUTES) * FIVE_MINUTES;
    const bars = barsOf(legs, start, this.#bid, this.#instrument.digits);
    const size = stop === undefined ? PAGE : 1;
    for (let from = 0; from < bars.length; from += size) {
      const page = bars.slice(from, from + size);
      const items = page.map(({ time, ...prices }) => ({
        data: {
          $case: 'bar' as const,
          value: { symbol: this.symbol, timeframe: Timeframe.M5, openTime: new Date(time), ...prices },
        },
      }));
      await this.#client.pushMarketData({ items });
      for (const bar of page) {
        const closesAt = bar.time + FIVE_MINUTES;
        this.#paper.broker.bar(this.symbol, { bar, ask: null }, closesAt);
        this.#clock.advanceTo(closesAt);
        this.#bid = bar.close;
      }
      await this.quote(this.#bid);
      if ((await stop?.()) === true) return;
    }
  }

  /**
   * Opens a position at the broker, its stop and target rounded to the symbol's digits, and registers it.
   * Throws an Error when the broker refuses.
   */
  async open(order: TestOrder): Promise<Trade> {
    const { direction, volume } = order;
    const [stopLoss, takeProfit] = [this.#rounded(order.stopLoss), this.#rounded(order.takeProfit)];
    this.#paper.broker.advance(this.#clock.now());
    const deal = openingDeal({ symbol: this.symbol, direction, volume }, { stopLoss, takeProfit });
    const result = this.#paper.broker.execute(deal);
    const { openedTicket: ticket, price } = result;
    if (ticket === null || price === null) throw new Error(`the broker refused: ${result.message}`);
    const { trade } = await this.#client.registerTrade({
      trade: {
        account: this.account,
        ticket,
        symbol: this.symbol,
        direction: Direction[direction],
        entryPrice: price,
        volume,
        stopLoss,
        takeProfit,
        openedAt: new Date(this.#clock.now()),
      },
    });
    if (trade === undefined) throw new Error('the answer has no trade');
    return trade;
  }

  /**
   * The bridge's turn: it beats, tells what is at the broker, and carries out what DTMS asks for.
   * Answers how many actions it reported.
   */
  async work(): Promise<number> {
    this.#paper.broker.advance(this.#clock.now());
    await this.#paper.bridge.heartbeat();
    const refusal = refusalOf(await this.#paper.bridge.reconcile());
    if (refusal !== null) throw refusal;
    return this.#paper.bridge.drain();
  }

  #rounded(price: number | undefined): number | undefined {
    return price === undefined ? undefined : Number(price.toFixed(this.#instrument.digits));
  }
}
