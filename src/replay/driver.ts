// Drives a target through recorded bars with a paper broker and its bridge beside it. Per bar: what was
// planned is executed at the open, the broker goes through the bar, its closes are told, then the bar is
// pushed. Another paper broker goes through the same bars with the same positions left alone.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { TradeState } from '../../gen/ts/dtms/v1/types.js';
import { Bridge } from '../bridge/bridge.js';
import { type Faults, NO_FAULTS } from '../broker/faults.js';
import type { PaperBroker } from '../broker/paper-broker.js';
import { PaperTerminal } from '../broker/paper-terminal.js';
import { type Execution, PLAIN_EXECUTION, plainInstrument } from '../broker/terms.js';
import { tagOf } from '../domain/action-tag.js';
import { type Instrument, TIMEFRAME_MS, type TradeSpec } from '../domain/types.js';
import type { MarketItem } from '../engine/market-item.js';
import { canonicalLine, LogHash } from './canonical.js';
import type { ReplayBar, ReplayData } from './importer.js';
import { OpenActions } from './open-actions.js';
import { PaperWorld } from './paper-world.js';
import { type Outcome, type Performance, performanceOf } from './results.js';
import { Run } from './run.js';
import type { ReplayTarget } from './target.js';
import type { ReplayTrade } from './trades-file.js';

/** The summed results in R of all trades. */
export interface ResultSums {
  readonly withDtms: number;
  readonly without: number;
}

/** Watches a replay as it goes, and changes nothing in it. */
export interface ReplayObserver {
  /** Every event, in log order. */
  onEvent(event: TradeEvent): void;
  /** After each bar: results so far, what is open valued at its close. `at` is UTC ms. */
  onBar(bar: ReplayBar, at: number, sums: ResultSums): void;
  /** At the end, for each trade whose R is known. */
  onOutcome(ticket: bigint, withDtms: Outcome, without: Outcome): void;
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
  /** Shown the defended broker once everything is settled; its books are not to be changed. */
  readonly onEnd?: (broker: PaperBroker) => void;
}

/** What the defended broker's books show at the end. */
export interface BrokerSummary {
  /** Actions it carried out. */
  readonly executed: number;
  /** Actions that were carried out more than once. */
  readonly executed_twice: number;
  /** Stops that were moved away from the price. */
  readonly stops_loosened: number;
  /** Positions still open. */
  readonly open_positions: number;
  /** Faults by kind, refusals by their code. */
  readonly faults: Readonly<Record<string, number>>;
}

/** What a replay showed; field names are those of the summary file. */
export interface ReplaySummary {
  readonly bars: number;
  readonly skipped_rows: number;
  /** Trades that were opened. */
  readonly trades: number;
  readonly evaluations: number;
  /** By kind, such as "HEALTHY>WARNING_L1". */
  readonly transitions: Readonly<Record<string, number>>;
  /** Planned actions by type. */
  readonly actions: Readonly<Record<string, number>>;
  /** Actions by how they ended; those that did not are under OPEN. */
  readonly action_ends: Readonly<Record<string, number>>;
  readonly final_states: Readonly<Record<string, number>>;
  readonly broker: BrokerSummary;
  readonly result: { readonly with_dtms: Performance; readonly without_dtms: Performance };
  readonly log_sha256: string;
  readonly elapsed_ms: number;
}

const TERMS = { marginMode: 'hedging', fifo: false, hedgeAddsMargin: false } as const;
/** Positions are compared at least this often, in bars; and whenever something may differ. */
const RECONCILE_BARS = 96;
/** At the end what is not settled gets this many minutes of the broker's time. */
const LAST_MINUTES = 120;
const MINUTE = 60_000;

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface RunOutcome {
  readonly run: Run;
  readonly withDtms: Outcome;
  readonly without: Outcome;
  /** Neither can change any more. */
  readonly isOver: boolean;
}

class Replay {
  readonly #target: ReplayTarget;
  readonly #options: ReplayOptions;
  readonly #barMs: number;
  readonly #defended: PaperWorld;
  readonly #untouched: PaperWorld;
  readonly #terminal: PaperTerminal;
  readonly #instrument: Instrument;
  readonly #runs = new Map<bigint, Run>();
  /** Those whose results may still change, and the sums of the others. */
  readonly #live = new Set<Run>();
  #over: ResultSums = { withDtms: 0, without: 0 };
  /** Those that may still be held too long. */
  #held: Run[] = [];
  #next = 0;
  /** The broker's time, UTC ms. */
  #now = 0;
  readonly #transitions = new Map<string, number>();
  readonly #actions = new OpenActions();
  readonly #hash = new LogHash();
  /** The broker's own deals that a reconciliation has seen, and that the bridge has told. */
  #reconciledDeals = 0;
  #toldDeals = 0;

  constructor(target: ReplayTarget, options: ReplayOptions) {
    const { data, symbol, execution = PLAIN_EXECUTION, faults = NO_FAULTS } = options;
    this.#target = target;
    this.#options = options;
    this.#barMs = TIMEFRAME_MS[data.timeframe];
    this.#instrument = { ...plainInstrument(target.account, symbol, data.digits), ...options.instrument };
    this.#defended = new PaperWorld(this.#instrument, TERMS, execution);
    this.#untouched = new PaperWorld(this.#instrument, TERMS, execution);
    this.#terminal = new PaperTerminal(this.#defended.broker, { faults });
  }

  async run(): Promise<ReplaySummary> {
    const startedAt = performance.now();
    const { data } = this.#options;
    const desk = await this.#target.begin(this.#instrument, TERMS, () => this.#now);
    const bridge = new Bridge(desk, this.#terminal);
    await bridge.heartbeat();
    for (const [index, bar] of data.bars.entries()) {
      const closesAt = bar.bar.time + this.#barMs;
      this.#now = bar.bar.time;
      await this.#register(bar.bar.time, index);
      for (const world of [this.#defended, this.#untouched]) world.open(bar);
      await this.#work(bridge, index % RECONCILE_BARS === 0);
      this.#now = closesAt;
      for (const world of [this.#defended, this.#untouched]) world.pass(bar, closesAt);
      await this.#expire(index);
      if (this.#defended.ownDeals > this.#toldDeals) await this.#drain(bridge);
      await this.#register(closesAt - 1, index + 1);
      this.#take(await this.#target.push(this.#items(bar, closesAt)));
      this.#observe(bar, closesAt);
      await this.#options.onBar?.(index + 1);
    }
    await this.#settle(bridge);
    this.#options.onEnd?.(this.#defended.broker);
    return this.#summary(startedAt);
  }

  /** The bridge's turn: it compares positions where they may differ, and executes what was planned. */
  async #work(bridge: Bridge, regularly: boolean): Promise<void> {
    const { ownDeals } = this.#defended;
    if (regularly || this.#actions.inDoubt > 0 || ownDeals > this.#reconciledDeals) {
      await bridge.reconcile();
      this.#reconciledDeals = ownDeals;
    }
    if (this.#actions.size > 0 || ownDeals > this.#toldDeals) await this.#drain(bridge);
  }

  async #drain(bridge: Bridge): Promise<void> {
    this.#toldDeals = this.#defended.ownDeals;
    await bridge.drain();
  }

  /** Gives what is not settled after the last bar some time. */
  async #settle(bridge: Bridge): Promise<void> {
    for (let minute = 0; minute < LAST_MINUTES; minute += 1) {
      await this.#work(bridge, true);
      this.#take(await this.#target.push([]));
      if (this.#actions.size === 0 && minute > 0) return;
      this.#now += MINUTE;
      this.#defended.broker.advance(this.#now);
    }
  }

  /** Registers the trades entered up to `through`; bars from `firstBar` on lie wholly after their entry. */
  async #register(through: number, firstBar: number): Promise<void> {
    const { trades } = this.#options;
    for (let trade = trades[this.#next]; trade !== undefined; trade = trades[this.#next]) {
      if (trade.entryTime > through) return;
      this.#next += 1;
      const run = new Run(trade, firstBar);
      this.#runs.set(trade.ticket, run);
      this.#live.add(run);
      if (trade.heldBars !== null) this.#held.push(run);
      for (const world of [this.#defended, this.#untouched]) world.enter(trade);
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

  /** Closes what was held for its longest time, at the close of the bar. */
  async #expire(index: number): Promise<void> {
    const expired = this.#held.filter((run) => run.expiresAt(index));
    if (expired.length === 0) return;
    this.#held = this.#held.filter((run) => !run.expiresAt(index));
    for (const { trade } of expired) {
      this.#untouched.expire(trade);
      const price = this.#defended.expire(trade);
      if (price !== null) await this.#target.close(trade.ticket, 'EXPIRED', price, this.#now);
    }
  }

  #items({ bar, ask }: ReplayBar, closesAt: number): MarketItem[] {
    const { symbol, data } = this.#options;
    const items: MarketItem[] = [{ kind: 'bar', symbol, timeframe: data.timeframe, bar, forming: false }];
    if (ask !== null) {
      items.push({ kind: 'quote', symbol, quote: { time: closesAt, bid: bar.close, ask: ask.close } });
    }
    return items;
  }

  #take(events: readonly TradeEvent[]): void {
    for (const event of events) {
      const line = canonicalLine(event);
      this.#hash.add(line);
      this.#options.onLine?.(line);
      this.#options.observer?.onEvent(event);
      this.#runs.get(event.ticket)?.take(event);
      for (const { actionId } of this.#actions.take(event))
        this.#defended.expect(tagOf(actionId), event.ticket);
      if (event.change?.$case !== 'stateChanged') continue;
      const { from, to } = event.change.value;
      count(this.#transitions, `${TradeState[from]}>${TradeState[to]}`);
    }
  }

  #observe(bar: ReplayBar, at: number): void {
    const { observer } = this.#options;
    if (observer === undefined) return;
    let sums = this.#over;
    for (const { run, withDtms, without, isOver } of this.#outcomes(this.#live)) {
      const add = (to: ResultSums): ResultSums => ({
        withDtms: to.withDtms + withDtms.r,
        without: to.without + without.r,
      });
      sums = add(sums);
      if (!isOver) continue;
      this.#over = add(this.#over);
      this.#live.delete(run);
    }
    observer.onBar(bar, at, sums);
  }

  /** Of the trades whose R is known, what they earned with DTMS and without. */
  #outcomes(runs: Iterable<Run>): RunOutcome[] {
    const [defended, untouched] = [this.#defended.standings(), this.#untouched.standings()];
    const outcomes: RunOutcome[] = [];
    for (const run of runs) {
      const [kept, left] = [defended(run.trade.ticket), untouched(run.trade.ticket)];
      const [withDtms, without] = [run.inR(kept.result), run.inR(left.result)];
      if (withDtms === null || without === null) continue;
      outcomes.push({
        run,
        withDtms: { r: withDtms, endedAt: kept.endedAt ?? this.#now },
        without: { r: without, endedAt: left.endedAt ?? this.#now },
        isOver: run.state === 'CLOSED' && kept.endedAt !== null && left.endedAt !== null,
      });
    }
    return outcomes;
  }

  async #summary(startedAt: number): Promise<ReplaySummary> {
    const { data, skippedRows, observer } = this.#options;
    const runs = [...this.#runs.values()];
    const states = new Map<string, number>();
    for (const run of runs) count(states, run.state);
    const outcomes = this.#outcomes(runs);
    for (const { run, withDtms, without } of outcomes) {
      observer?.onOutcome(run.trade.ticket, withDtms, without);
    }
    const ends = new Map(this.#actions.ends);
    if (this.#actions.size > 0) ends.set('OPEN', this.#actions.size);
    return {
      bars: data.bars.length,
      skipped_rows: skippedRows,
      trades: runs.length,
      evaluations: await this.#target.evaluations(runs.map((run) => run.trade.ticket)),
      transitions: sorted(this.#transitions),
      actions: sorted(this.#actions.planned),
      action_ends: sorted(ends),
      final_states: sorted(states),
      broker: this.#brokerSummary(),
      result: {
        with_dtms: performanceOf(outcomes.map(({ withDtms }) => withDtms)),
        without_dtms: performanceOf(outcomes.map(({ without }) => without)),
      },
      log_sha256: this.#hash.digest(),
      elapsed_ms: Math.round(performance.now() - startedAt),
    };
  }

  #brokerSummary(): BrokerSummary {
    const { ledger } = this.#defended.broker;
    return {
      executed: ledger.tags,
      executed_twice: ledger.repeated().length,
      stops_loosened: ledger.loosened().length,
      open_positions: this.#defended.broker.positions().length,
      faults: sorted(this.#terminal.happened),
    };
  }
}

/** Replays recorded data through a target and ends the target. Trades must be in order of entry. */
export async function replay(target: ReplayTarget, options: ReplayOptions): Promise<ReplaySummary> {
  try {
    return await new Replay(target, options).run();
  } finally {
    await target.end();
  }
}
