// Owns an account of `dtms demo`: a paper broker with its bridge, and the trades of an owner who opens one when another has
// closed. Each trade is a position at the broker first and registered then.
import { CloseReason, Direction, type Trade } from '../../../gen/ts/dtms/v1/types.js';
import { Bridge } from '../../bridge/bridge.js';
import { refusalOf } from '../../bridge/lease-client.js';
import { declareAccount } from '../../bridge/server-lease-client.js';
import { PaperBroker } from '../../broker/paper-broker.js';
import { PaperTerminal, type ScriptedAnswer } from '../../broker/paper-terminal.js';
import { closingDeal, openingDeal } from '../../broker/terminal.js';
import { DEFAULT_ACCOUNT, lotInstrument, PLAIN_EXECUTION } from '../../broker/terms.js';
import type { DtmsClient } from '../../client/client.js';
import { floorToStep } from '../../domain/actions/quantise.js';
import type { Instrument, Quote } from '../../domain/market/data.js';
import { favourable } from '../../domain/market/direction.js';
import { WEEK_MINUTES } from '../../domain/market/week-hours.js';
import { AdoptedTrades } from '../paper/adopted-trades.js';
import { PaperLeaseClient } from '../paper/lease-client.js';
import type { PaperOutput } from '../paper/output.js';
import { PaperTime } from '../paper/time.js';
import type { DemoSymbol, LivingMarket } from './market.js';

/** One of the owner's trades: there is always one of it, or soon again. */
export interface DemoSlot {
  readonly symbol: string;
  readonly direction: 'BUY' | 'SELL';
  readonly label: string;
  /** Distances of stop and target, in ATR(14) of M15 bars. */
  readonly stopAtr: number;
  readonly targetAtr: number;
  /** The longest it is held, in ms of the market. */
  readonly heldMs: number;
}

export interface DemoAccountTerms {
  readonly name: string;
  /** In USD, when it is opened. */
  readonly balance: number;
  readonly slots: readonly DemoSlot[];
}

interface HeldSlot extends DemoSlot {
  /** null while there is no trade of it; then `dueAt` is when there will be, else when it is closed, market time. */
  ticket: bigint | null;
  dueAt: number;
}

export interface DemoAccountParts {
  readonly client: DtmsClient;
  readonly feed: string;
  readonly market: LivingMarket;
  readonly symbols: readonly DemoSymbol[];
  readonly random: () => number;
}

const BRIDGE_ID = 'demo-bridge';
const CALL = { retryMs: 60_000, deadlineMs: 20_000 };
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** What is lost at the stop, of the balance. */
const RISK = 0.001;
/** Tickets count the minutes of the market from here on, so that those of an earlier run are not given again. */
const TICKETS_FROM = Date.UTC(2024, 0, 1);
/** Tickets that such a minute has at most. */
const TICKETS_PER_MINUTE = 100n;
const BEAT_MS = 5_000;
const RECONCILE_MS = 10_000;
/** What the broker did longer ago is forgotten: more than any snapshot asks for. */
const KEPT_MS = 48 * HOUR;
const ORDERS_KEPT = 100;
/** The longest any position is held, market time. */
const LONGEST_MS = 36 * HOUR;
/** Until a trade has a successor, market time. */
const PAUSE_MS = 15 * MINUTE;

const QUIET: PaperOutput = { say: () => undefined, show: () => undefined, end: () => undefined };

export class DemoAccount {
  readonly name: string;
  readonly #parts: DemoAccountParts;
  readonly #slots: readonly HeldSlot[];
  readonly #broker: PaperBroker;
  readonly #terminal: PaperTerminal;
  readonly #leases: PaperLeaseClient;
  readonly #bridge: Bridge;
  readonly #time: PaperTime;
  readonly #instruments: ReadonlyMap<string, Instrument>;
  #beatAt = Number.NEGATIVE_INFINITY;
  #reconciled = { at: Number.NEGATIVE_INFINITY, closes: 0 };

  private constructor(
    { name, slots }: DemoAccountTerms,
    parts: DemoAccountParts,
    instruments: readonly Instrument[],
    balance: number,
  ) {
    const { market, symbols, client, random } = parts;
    this.name = name;
    this.#parts = parts;
    this.#slots = slots.map((slot) => ({
      ...slot,
      ticket: null,
      dueAt: market.now + Math.floor(random() * 4 * MINUTE),
    }));
    this.#instruments = new Map(instruments.map((instrument) => [instrument.symbol, instrument]));
    const terms = instruments.map((instrument, index) => ({
      instrument,
      spread: symbols[index]?.spread ?? 0,
      ...{ swapBuy: 0, swapSell: 0, hours: 'quoted' as const },
    }));
    const firstTicket = BigInt((market.now - TICKETS_FROM) / MINUTE) * TICKETS_PER_MINUTE + 1n;
    this.#broker = new PaperBroker(
      { ...DEFAULT_ACCOUNT, currency: 'USD', balance, firstTicket },
      terms,
      PLAIN_EXECUTION,
    );
    this.#broker.advance(market.now);
    this.#terminal = new PaperTerminal(this.#broker, { ordersKept: ORDERS_KEPT });
    this.#time = new PaperTime(market.now);
    const clock = () => this.#broker.now;
    const leasing = { account: name, bridgeId: BRIDGE_ID, kind: 'PAPER' as const, clock, call: CALL };
    this.#leases = new PaperLeaseClient(client, leasing, QUIET, this.#time);
    this.#bridge = new Bridge(this.#leases, this.#terminal, { overlapMs: 12 * HOUR, lookBackMs: 12 * HOUR });
  }

  /** Tells the server of the account, and opens it at a broker with the balance and the positions an earlier run left. */
  static async open(terms: DemoAccountTerms, parts: DemoAccountParts): Promise<DemoAccount> {
    const { client, symbols } = parts;
    const { name, balance } = terms;
    const always = { zone: 0, sessions: [{ opens: 0, closes: WEEK_MINUTES }] };
    const instruments = symbols.map(({ symbol, digits }) => ({
      ...lotInstrument(name, symbol, digits),
      tradingHours: always,
    }));
    let known = balance;
    for (const instrument of instruments) {
      const risk = await declareAccount(client, instrument, { marginMode: 'hedging', currency: 'USD' }, CALL);
      known = risk?.balance ?? balance;
    }
    const account = new DemoAccount(terms, parts, instruments, known);
    const { trades } = await client.listTrades({ filter: { account: name }, pageSize: 1_000 }, CALL);
    await account.#adopt(trades);
    return account;
  }

  /** Goes on with the trades of an earlier run, hedges too; what the broker cannot hold has ended. */
  async #adopt(trades: readonly Trade[]): Promise<void> {
    const { client, market } = this.#parts;
    const adopted = new AdoptedTrades(this.#broker, [...this.#instruments.keys()], QUIET);
    const openedAt = (trade: Trade) => trade.openedAt?.getTime() ?? market.now;
    for (const trade of [...trades].sort((a, b) => openedAt(a) - openedAt(b))) {
      const { ticket, currentPrice: closePrice } = trade;
      adopted.trade(trade);
      const position = this.#broker.position(ticket);
      if (position === undefined) {
        const ended = { reason: CloseReason.EXPIRED, closePrice, occurredAt: new Date(market.now) };
        await client.closeTrade({ account: this.name, ticket, ...ended }, CALL);
        continue;
      }
      const { symbol, direction } = position;
      const slot = this.#slots.find(
        (free) =>
          free.ticket === null &&
          free.symbol === symbol &&
          free.direction === direction &&
          free.label === trade.label,
      );
      if (slot === undefined) continue;
      slot.ticket = ticket;
      slot.dueAt = openedAt(trade) + slot.heldMs;
    }
  }

  /** What becomes of its next order at the broker; where one is told already, that stays. */
  script(answer: ScriptedAnswer): void {
    if (this.#terminal.scripted === 0) this.#terminal.script(answer);
  }

  /** Open positions at the broker. */
  get positions(): number {
    return this.#broker.positions().length;
  }

  /** New prices: stops and targets that they touch close positions. */
  quote(quotes: readonly (Quote & { readonly symbol: string })[]): void {
    for (const { symbol, bid, ask, time } of quotes) this.#broker.quote(symbol, { bid, ask }, time);
    this.#time.note(this.#broker.now);
  }

  /** The owner's turn: closes what was held for long enough, opens what is due. */
  async trade(): Promise<void> {
    const { market, random } = this.#parts;
    for (const slot of this.#slots) {
      const position = slot.ticket === null ? undefined : this.#broker.position(slot.ticket);
      if (slot.ticket !== null && position === undefined) {
        slot.ticket = null;
        slot.dueAt = market.now + Math.floor(PAUSE_MS * random());
      }
      if (slot.dueAt > market.now) continue;
      if (position === undefined) await this.#enter(slot);
      else await this.#leave(position.identifier);
    }
    // What DTMS added is closed by its stop, else some day by hand.
    for (const { identifier, openedAt } of this.#broker.positions()) {
      if (openedAt < market.now - LONGEST_MS) await this.#leave(identifier);
    }
  }

  /** The bridge's turn. */
  async work(): Promise<void> {
    const now = performance.now();
    if (now - this.#beatAt >= BEAT_MS) {
      await this.#bridge.heartbeat();
      this.#beatAt = now;
    }
    const { closes } = this.#leases;
    const isOld = now - this.#reconciled.at >= RECONCILE_MS;
    if (isOld || this.#bridge.looksAgain || closes > this.#reconciled.closes) {
      const refusal = refusalOf(await this.#bridge.reconcile());
      if (refusal !== null) throw refusal;
      this.#reconciled = { at: now, closes };
    }
    await this.#bridge.drain();
  }

  /** A bar of M15 has closed: what is long past is forgotten. */
  forget(): void {
    this.#time.keep();
    this.#time.forgetBefore(this.#broker.now - KEPT_MS);
    this.#broker.forgetBefore(this.#broker.now - KEPT_MS);
  }

  async #enter(slot: HeldSlot): Promise<void> {
    const { client, market, feed } = this.#parts;
    const { symbol, direction, label, stopAtr, targetAtr, heldMs } = slot;
    slot.dueAt = market.now + PAUSE_MS;
    const instrument = this.#instruments.get(symbol);
    if (instrument === undefined) return;
    const { bid, ask, atr } = market.prices(symbol);
    const [from, side] = [direction === 'BUY' ? ask : bid, favourable(direction)];
    const rounded = (price: number) => Number(price.toFixed(instrument.digits));
    const levels = {
      stopLoss: rounded(from - side * stopAtr * atr),
      takeProfit: rounded(from + side * targetAtr * atr),
    };
    const atStop = Math.abs(from - levels.stopLoss) * instrument.contractSize;
    const volume = floorToStep((this.#broker.account().balance * RISK) / atStop, instrument.volumeStep);
    if (volume < instrument.volumeMin * 2) return;
    const filled = this.#broker.execute(openingDeal({ symbol, direction, volume }, levels));
    const { openedTicket: ticket, price: entryPrice } = filled;
    if (ticket === null || entryPrice === null) return;
    const opened = { ...levels, symbol, volume, entryPrice, label, ticket, feed, account: this.name };
    await client.registerTrade(
      { trade: { ...opened, direction: Direction[direction], openedAt: new Date(this.#broker.now) } },
      CALL,
    );
    slot.ticket = ticket;
    slot.dueAt = market.now + heldMs;
  }

  /** Closes a position by its owner's hand. */
  async #leave(ticket: bigint): Promise<void> {
    const position = this.#broker.position(ticket);
    if (position === undefined) return;
    const { price } = this.#broker.execute(closingDeal(position));
    if (price !== null) await this.#leases.closed(ticket, 'EXPIRED', price, this.#broker.now);
  }
}
