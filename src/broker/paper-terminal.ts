// Owns the paper broker as a terminal shows it: answers get lost, connections break, queries fail. What
// happens at the broker is the broker's; this owns only what the caller learns of it.

import { RETURN_CODES, type ReturnCode } from '../domain/actions/result-codes.js';
import type { BrokerDeal, BrokerPosition } from '../domain/broker/snapshot.js';
import { asNumber, decimal, negated, plus } from '../domain/money/decimal.js';
import type { OpenPosition } from './account-book.js';
import type { Deal } from './deal-history.js';
import { drawn, type Faults, NO_FAULTS, type OrderFault, type QueryFault } from './faults.js';
import type { PaperBroker } from './paper-broker.js';
import { seededRandom } from './seeded-random.js';
import { offsetMinutes, type TradeServerClock, toServer, UTC_CLOCK } from './server-clock.js';
import {
  type DealsAnswer,
  type OrderRequest,
  type OrderResult,
  type PositionsAnswer,
  type Terminal,
  type TerminalAccount,
  untraded,
} from './terminal.js';

const DAY = 86_400_000;
const WEEK = 7 * DAY;

/**
 * What becomes of an order: a refusal with an MT5 return code, or `lost`: it is carried out, and its answer
 * does not arrive in time.
 */
export type ScriptedAnswer = ReturnCode | 'lost';

/** What goes wrong there, and its trade server's clock; nothing, and UTC, by default. */
export interface PaperTerminalOptions {
  readonly faults?: Faults;
  readonly clock?: TradeServerClock;
  /** The newest orders that are remembered; all of them by default. */
  readonly ordersKept?: number;
}

/** The paper broker as a terminal shows it, with the faults it is told to have. */
export class PaperTerminal implements Terminal {
  readonly #broker: PaperBroker;
  readonly #faults: Faults;
  readonly #clock: TradeServerClock;
  readonly #random: () => number;
  readonly #orderFaults: readonly (readonly [string, number])[];
  readonly #queryFaults: readonly (readonly [QueryFault, number])[];
  readonly #happened = new Map<string, number>();
  /** The newest request of this connection and its answer: the trade server knows it when it comes again. */
  #answered: { readonly id: number; readonly result: OrderResult } | null = null;
  #script: readonly ScriptedAnswer[] = [];
  readonly #orders: OrderRequest[] = [];
  /** Of requests so far. */
  #count = 0;
  readonly #ordersKept: number;
  #downUntil = 0;

  constructor(broker: PaperBroker, options: PaperTerminalOptions = {}) {
    const { faults = NO_FAULTS, clock = UTC_CLOCK, ordersKept = Number.POSITIVE_INFINITY } = options;
    this.#ordersKept = ordersKept;
    this.#broker = broker;
    this.#faults = faults;
    this.#clock = clock;
    this.#random = seededRandom(faults.seed);
    this.#orderFaults = [...Object.entries(faults.orders), ...Object.entries(faults.rejections)];
    this.#queryFaults = Object.entries(faults.queries) as [QueryFault, number][];
  }

  /** How often each fault happened; refusals under their code. */
  get happened(): ReadonlyMap<string, number> {
    return this.#happened;
  }

  /** Every order that was sent and is remembered, refused ones too. */
  get orders(): readonly OrderRequest[] {
    return this.#orders;
  }

  /** What becomes of the next orders, one each, after those scripted before. */
  script(...answers: readonly ScriptedAnswer[]): void {
    this.#script = [...this.#script, ...answers];
  }

  /** How many answers are scripted that no order has had yet. */
  get scripted(): number {
    return this.#script.length;
  }

  get isConnected(): boolean {
    return this.#broker.now >= this.#downUntil;
  }

  /** Ends the connection; it is back within the faults' outage. */
  disconnect(): void {
    this.#answered = null;
    this.#downUntil = this.#broker.now + 1 + Math.floor(this.#random() * this.#faults.outageMs);
  }

  async order(request: OrderRequest): Promise<OrderResult> {
    this.#count += 1;
    const id = this.#count;
    this.#orders.push(request);
    if (this.#orders.length > this.#ordersKept) this.#orders.shift();
    if (!this.isConnected) return untraded(RETURN_CODES.CONNECTION);
    const [scripted, ...rest] = this.#script;
    this.#script = rest;
    if (scripted !== undefined) {
      return scripted === 'lost' ? this.#faulty('timeoutFilled', id, request) : untraded(scripted);
    }
    const fault = this.#draw(this.#orderFaults);
    if (fault === null) return this.#deliver(id, request);
    const code = Number(fault);
    if (Number.isInteger(code)) return untraded(code as ReturnCode);
    return this.#faulty(fault as OrderFault, id, request);
  }

  async positions(): Promise<PositionsAnswer> {
    const time = this.#serverNow();
    const positions = this.#broker.positions();
    const fault = this.isConnected ? this.#draw(this.#queryFaults) : 'failedQuery';
    const answered = this.#shown(positions, fault).map((position) => this.#positionOf(position));
    return { time, complete: fault === null, positions: answered };
  }

  async deals(since: number): Promise<DealsAnswer> {
    const time = this.#serverNow();
    const fault = this.isConnected ? this.#draw(this.#queryFaults) : 'failedQuery';
    // No zone is further from UTC than a day; then exactly by what the server wrote.
    const near = this.#broker.deals(since - DAY - this.#clock.errorMs);
    const deals = near.map((deal) => this.#dealOf(deal)).filter((deal) => deal.time >= since);
    return { time, complete: fault === null, deals: this.#shown(deals, fault) };
  }

  async account(): Promise<TerminalAccount> {
    const { balance, equity } = this.#broker.account();
    return {
      time: this.#serverNow(),
      connected: this.isConnected,
      tradeAllowed: this.isConnected,
      marginMode: this.#broker.terms.marginMode,
      balance,
      equity,
      currency: this.#broker.terms.currency ?? '',
      operations: this.#broker.operations(this.#shownNow() - WEEK).map((operation) => ({
        ...operation,
        time: toServer(this.#clock, operation.time),
      })),
      utcOffsetMinutes: offsetMinutes(this.#clock, this.#shownNow()),
    };
  }

  #faulty(fault: OrderFault, id: number, request: OrderRequest): OrderResult {
    switch (fault) {
      case 'timeoutFilled':
        this.#deliver(id, request);
        return untraded(RETURN_CODES.TIMEOUT);
      case 'timeoutUnfilled':
        return untraded(RETURN_CODES.TIMEOUT);
      case 'timeoutLate': {
        const late = 1 + Math.floor(this.#random() * this.#faults.latestMs);
        this.#broker.defer(request, this.#broker.now + late);
        return untraded(RETURN_CODES.TIMEOUT);
      }
      case 'duplicate':
        this.#deliver(id, request);
        return this.#deliver(id, request);
      case 'disconnectAfter':
        this.#deliver(id, request);
        this.disconnect();
        return untraded(RETURN_CODES.CONNECTION);
      case 'disconnectBefore':
      case 'restart':
        this.disconnect();
        return untraded(RETURN_CODES.CONNECTION);
    }
  }

  #deliver(id: number, request: OrderRequest): OrderResult {
    if (this.#answered?.id === id) return this.#answered.result;
    const result = this.#broker.execute(request);
    this.#answered = { id, result };
    return result;
  }

  #draw<K extends string>(table: readonly (readonly [K, number])[]): K | null {
    if (table.length === 0) return null;
    const fault = drawn(table, this.#random());
    if (fault !== null) this.#happened.set(fault, (this.#happened.get(fault) ?? 0) + 1);
    return fault;
  }

  /** All of it, none of a failed query, about half of a partial one. */
  #shown<T>(all: readonly T[], fault: QueryFault | null): readonly T[] {
    if (fault === null) return all;
    return fault === 'failedQuery' ? [] : all.filter(() => this.#random() < 0.5);
  }

  #positionOf(position: OpenPosition): BrokerPosition {
    const swap = this.#broker.swapDistance(position);
    return { ...position, swap, openedAt: toServer(this.#clock, position.openedAt) };
  }

  #dealOf({ order, profit, swap, commission, opening, ...deal }: Deal): BrokerDeal {
    const time = toServer(this.#clock, deal.time);
    if (deal.entry !== 'OUT' || this.#broker.terms.currency === null) return { ...deal, time };
    const cost = asNumber(negated(plus(decimal(commission), decimal(opening))));
    return { ...deal, time, money: { profit, swap, commission: cost, fee: 0 } };
  }

  #shownNow(): number {
    return this.#clock.shows === 'time' ? this.#broker.now : this.#broker.quotedAt;
  }

  #serverNow(): number {
    return toServer(this.#clock, this.#shownNow());
  }
}
