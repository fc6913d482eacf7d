// Owns driving a target through recorded bars with a paper broker and its bridge beside it. Per bar: what
// was planned is executed at the open, the broker goes through the bar, its closes are told, then the bar is
// pushed. Another paper broker goes through the same bars with the same positions left alone.

import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { type BridgedAccount, bridgedAccount } from '../bridge/bridged-account.js';
import type { LeaseClient } from '../bridge/lease-client.js';
import { refusalOf } from '../bridge/lease-client.js';
import type { Faults } from '../broker/faults.js';
import type { PaperBroker } from '../broker/paper-broker.js';
import { paperBrokerOf } from '../broker/setup.js';
import { type Execution, plainInstrument, type SymbolTerms } from '../broker/terms.js';
import { tagOf } from '../domain/broker/order-tag.js';
import { type Instrument, type Quote, TIMEFRAME_MS } from '../domain/market/data.js';
import type { TradeSpec } from '../domain/trade/trade.js';
import { Comparison, type ResultSums } from './comparison.js';
import { differenceOf } from './difference.js';
import type { ReplayBar, ReplayData } from './importer.js';
import { marketItems } from './market-items.js';
import { performanceOf, type TradeOutcome } from './results.js';
import { brokerSummary, counted, LogFigures, type ReplaySummary } from './summary.js';
import type { ReplayTarget } from './target.js';
import type { ReplayTrade } from './trades-file.js';

/** Watches a replay as it goes, and changes nothing in it. */
export interface ReplayObserver {
  /** Every event, in log order. */
  onEvent(event: TradeEvent): void;
  /** After each bar: results so far, what is open valued at its close. `at` is UTC ms. */
  onBar(bar: ReplayBar, at: number, sums: ResultSums): void;
  /** At the end, for each trade whose R is known. */
  onOutcome(ticket: bigint, withDtms: TradeOutcome, without: TradeOutcome): void;
}

export interface ReplayOptions {
  readonly symbol: string;
  readonly data: ReplayData;
  readonly trades: readonly ReplayTrade[];
  /** Rows of the input that were not taken. */
  readonly skippedRows: number;
  /** What goes wrong between the bridge and the broker; nothing when absent. */
  readonly faults?: Faults;
  /** How the broker fills; at once, whole and at the price shown when absent. */
  readonly execution?: Execution;
  /** Every event's canonical line, in log order. */
  readonly onLine?: (line: string) => void;
  /** Bars done so far; may wait, which paces the replay. */
  readonly onBar?: (done: number) => Promise<void> | void;
  readonly observer?: ReplayObserver;
  /** Contract terms that are not the usual ones for the data. */
  readonly instrument?: Partial<Omit<Instrument, 'account' | 'symbol'>>;
  /** Money per lot over a night, below 0 where it costs; none when absent. */
  readonly swap?: Pick<SymbolTerms, 'swapBuy' | 'swapSell'>;
  /** Shown the defended broker once everything is settled; its books are not to be changed. */
  readonly onEnd?: (broker: PaperBroker) => void;
}

const TERMS = { marginMode: 'hedging', fifo: false, hedgeAddsMargin: false } as const;
/** The money never runs out: what is compared is the trades, not the account's size. */
const RICH = { marginMode: TERMS.marginMode, fifo: TERMS.fifo, balance: 1e9, stopOutLevel: null } as const;
/** Positions are compared at least this often, in bars; and whenever something may differ. */
const RECONCILE_BARS = 96;
/** At the end what is not settled gets this many minutes of the broker's time. */
const LAST_MINUTES = 120;
const MINUTE = 60_000;
const SECOND = 1000;

class Replay {
  readonly #target: ReplayTarget;
  readonly #options: ReplayOptions;
  /** The broker's time, UTC ms. */
  readonly #clock: { now: number };
  readonly #account: BridgedAccount<LeaseClient>;
  readonly #comparison: Comparison;
  readonly #figures = new LogFigures();
  /** The next trade to be entered. */
  #next = 0;
  /** The broker's own deals that a reconciliation has seen, and that the bridge has told. */
  #reconciledDeals = 0;
  #toldDeals = 0;

  private constructor(
    target: ReplayTarget,
    options: ReplayOptions,
    instrument: Instrument,
    leases: LeaseClient,
    clock: { now: number },
  ) {
    const { symbol, faults, execution, swap } = options;
    const setup = { instrument, account: RICH, hours: 'quoted', execution, ...swap } as const;
    this.#target = target;
    this.#options = options;
    this.#clock = clock;
    this.#account = bridgedAccount({ ...setup, faults }, () => leases);
    this.#comparison = new Comparison(this.#account.broker, paperBrokerOf(setup), symbol);
  }

  static async begin(target: ReplayTarget, options: ReplayOptions): Promise<Replay> {
    const { symbol, data, instrument: given } = options;
    const instrument = { ...plainInstrument(target.account, symbol, data.digits), ...given };
    const clock = { now: 0 };
    const leases = await target.begin(instrument, TERMS, () => clock.now);
    return new Replay(target, options, instrument, leases, clock);
  }

  async run(): Promise<ReplaySummary> {
    const startedAt = performance.now();
    await this.#account.bridge.heartbeat();
    for (const [index, bar] of this.#options.data.bars.entries()) await this.#play(bar, index);
    await this.#settle();
    this.#options.onEnd?.(this.#account.broker);
    return this.#summary(startedAt);
  }

  async #play(bar: ReplayBar, index: number): Promise<void> {
    const { symbol, data } = this.#options;
    const closesAt = bar.bar.time + TIMEFRAME_MS[data.timeframe];
    this.#clock.now = bar.bar.time;
    await this.#register(bar.bar.time, index);
    this.#comparison.open(bar);
    await this.#work(index % RECONCILE_BARS === 0 ? 'regularly' : 'where they may differ');
    await this.#quoteWithin(bar);
    this.#clock.now = closesAt;
    this.#comparison.pass(bar, closesAt);
    for (const { ticket, price } of this.#comparison.expire(index)) {
      await this.#target.close(ticket, 'EXPIRED', price, this.#clock.now);
    }
    if (this.#comparison.ownDeals > this.#toldDeals) await this.#drain();
    await this.#register(closesAt - 1, index + 1);
    this.#take(await this.#target.push(marketItems(bar, symbol, data.timeframe)));
    this.#options.observer?.onBar(bar, closesAt, this.#comparison.sums(closesAt));
    await this.#options.onBar?.(index + 1);
  }

  /** The broker sees every quote within a bar; the engine sees the last one of a second, and the bridge has its turn then. */
  async #quoteWithin({ within, ask }: ReplayBar): Promise<void> {
    const { symbol } = this.#options;
    const quotes = within?.quotes ?? [];
    for (const [index, quote] of quotes.entries()) {
      this.#comparison.quote(quote);
      const next = quotes[index + 1];
      const isLast = next === undefined || secondOf(next) !== secondOf(quote);
      // Without an ask a quote would claim that there is no spread.
      if (!isLast || ask === null) continue;
      this.#clock.now = quote.time;
      this.#take(await this.#target.push([{ kind: 'quote', symbol, quote }]));
      await this.#work('where they may differ');
    }
  }

  /** The bridge's turn: it compares positions, and executes what was planned. */
  async #work(comparing: 'regularly' | 'where they may differ'): Promise<void> {
    const { ownDeals } = this.#comparison;
    if (comparing === 'regularly' || this.#figures.inDoubt > 0 || ownDeals > this.#reconciledDeals) {
      const refusal = refusalOf(await this.#account.bridge.reconcile());
      if (refusal !== null) throw refusal;
      this.#reconciledDeals = ownDeals;
    }
    if (this.#figures.openActions > 0 || ownDeals > this.#toldDeals) await this.#drain();
  }

  async #drain(): Promise<void> {
    this.#toldDeals = this.#comparison.ownDeals;
    await this.#account.bridge.drain();
  }

  /** Gives what is not settled after the last bar some time. */
  async #settle(): Promise<void> {
    for (let minute = 0; minute < LAST_MINUTES; minute += 1) {
      await this.#work('regularly');
      this.#take(await this.#target.push([]));
      if (this.#figures.openActions === 0 && minute > 0) return;
      this.#clock.now += MINUTE;
      this.#account.broker.advance(this.#clock.now);
    }
  }

  /** Registers the trades entered up to `through`; bars from `firstBar` on lie wholly after their entry. */
  async #register(through: number, firstBar: number): Promise<void> {
    const { trades } = this.#options;
    for (let trade = trades[this.#next]; trade !== undefined; trade = trades[this.#next]) {
      if (trade.entryTime > through) return;
      this.#next += 1;
      this.#comparison.enter(trade, firstBar);
      await this.#target.register(this.#spec(trade));
    }
  }

  #spec(trade: ReplayTrade): TradeSpec {
    const { ticket, symbol, direction, entryPrice, volume, stopLoss, takeProfit } = trade;
    return {
      account: this.#target.account,
      feed: this.#target.feed,
      ticket,
      symbol,
      direction,
      entryPrice,
      volume,
      stopLoss,
      takeProfit,
      initialStopLoss: null,
      openedAt: trade.entryTime,
      positionTicket: ticket,
      magicNumber: 0n,
      label: '',
    };
  }

  #take(events: readonly TradeEvent[]): void {
    for (const event of events) {
      const { line, planned } = this.#figures.take(event);
      this.#options.onLine?.(line);
      this.#options.observer?.onEvent(event);
      this.#comparison.take(event);
      for (const { actionId } of planned) this.#comparison.expect(tagOf(actionId), event.ticket);
    }
  }

  async #summary(startedAt: number): Promise<ReplaySummary> {
    const { data, skippedRows, observer } = this.#options;
    const { runs } = this.#comparison;
    const outcomes = this.#comparison.outcomes(this.#clock.now);
    for (const { run, withDtms, without } of outcomes) {
      observer?.onOutcome(run.trade.ticket, withDtms, without);
    }
    const { transitions, actions, action_ends, log_sha256 } = this.#figures.summary();
    return {
      bars: data.bars.length,
      skipped_rows: skippedRows,
      trades: runs.length,
      evaluations: await this.#target.evaluations(runs.map((run) => run.trade.ticket)),
      signals: this.#target.availability(),
      transitions,
      actions,
      action_ends,
      final_states: counted(runs.map(({ state }) => state)),
      broker: brokerSummary(this.#account.broker, this.#account.terminal),
      result: {
        with_dtms: performanceOf(outcomes.map(({ withDtms }) => withDtms)),
        without_dtms: performanceOf(outcomes.map(({ without }) => without)),
        difference: differenceOf(
          outcomes.map(({ run, withDtms, without }) => ({
            enteredAt: run.trade.entryTime,
            withDtms: withDtms.r,
            without: without.r,
          })),
        ),
      },
      log_sha256,
      elapsed_ms: Math.round(performance.now() - startedAt),
    };
  }
}

function secondOf({ time }: Quote): number {
  return Math.floor(time / SECOND);
}

/** Replays recorded data through a target and ends the target. Trades must be in order of entry. */
export async function replay(target: ReplayTarget, options: ReplayOptions): Promise<ReplaySummary> {
  try {
    const begun = await Replay.begin(target, options);
    return await begun.run();
  } finally {
    await target.end();
  }
}
