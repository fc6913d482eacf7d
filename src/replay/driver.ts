// Drives a target through recorded bars with the plain broker beside it. Per bar: orders planned on the
// bar before fill at the open, stops and targets within the bar are reported, then the bar is pushed.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { ActionType, TradeState } from '../../gen/ts/dtms/v1/types.js';
import { type CloseReason, type Instrument, TIMEFRAME_MS, type TradeSpec } from '../domain/types.js';
import type { MarketItem } from '../engine/market-item.js';
import { canonicalLine, LogHash } from './canonical.js';
import type { ReplayBar, ReplayData } from './importer.js';
import { type Exit, pricesAtClose, pricesAtOpen } from './plain-broker.js';
import { type Performance, performanceOf } from './results.js';
import { type Book, Run } from './run.js';
import type { ReplayTarget } from './target.js';
import type { ReplayTrade } from './trades-file.js';

/** Whether the plain broker runs the hedge legs' own stops, or holds a leg until it is told to close it. */
export type HedgeStops = 'run' | 'hold';

export interface ReplayOptions {
  readonly symbol: string;
  readonly data: ReplayData;
  readonly trades: readonly ReplayTrade[];
  /** Rows of the input that were not taken. */
  readonly skippedRows: number;
  readonly hedgeStops: HedgeStops;
  /** Every event's canonical line, in log order. */
  readonly onLine?: (line: string) => void;
  /** Bars done so far; may wait, which paces the replay. */
  readonly onBar?: (done: number) => Promise<void> | void;
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
  readonly final_states: Readonly<Record<string, number>>;
  readonly result: { readonly with_dtms: Performance; readonly without_dtms: Performance };
  readonly log_sha256: string;
  readonly elapsed_ms: number;
}

/** The broker numbers hedge legs above this, far from any trade's ticket. */
const HEDGE_TICKETS = 9_000_000_000_000_000_000n;

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Contract terms that fit the data's prices; everything else as the rules' defaults have it. */
function instrumentOf(account: string, symbol: string, digits: number): Instrument {
  return {
    account,
    symbol,
    digits,
    tickSize: Number((10 ** -digits).toFixed(digits)),
    volumeMin: 0.01,
    volumeStep: 0.01,
    volumeMax: 1000,
    stopsLevel: 0,
    freezeLevel: 0,
    contractSize: 1,
    commissionPerLot: 0,
  };
}

class Replay {
  readonly #target: ReplayTarget;
  readonly #options: ReplayOptions;
  readonly #barMs: number;
  readonly #runs = new Map<bigint, Run>();
  #open: Run[] = [];
  #next = 0;
  #hedgeTicket = HEDGE_TICKETS;
  readonly #transitions = new Map<string, number>();
  readonly #actions = new Map<string, number>();
  readonly #hash = new LogHash();

  constructor(target: ReplayTarget, options: ReplayOptions) {
    this.#target = target;
    this.#options = options;
    this.#barMs = TIMEFRAME_MS[options.data.timeframe];
  }

  async run(): Promise<ReplaySummary> {
    const startedAt = performance.now();
    const { data, symbol } = this.#options;
    await this.#target.begin(instrumentOf(this.#target.account, symbol, data.digits));
    for (const [index, bar] of data.bars.entries()) {
      const closesAt = bar.bar.time + this.#barMs;
      await this.#register(bar.bar.time, index);
      await this.#reportHedges(bar);
      await this.#fillOrders(bar);
      for (const run of this.#open) {
        const exit = exitOf(run, bar, index, closesAt, this.#options.hedgeStops);
        if (exit !== null && run.isWatched) await this.#close(run, exit.reason, exit.price, closesAt);
      }
      await this.#register(closesAt - 1, index + 1);
      this.#take(await this.#target.push(this.#items(bar, closesAt)));
      this.#open = this.#open.filter((run) => run.isOpen);
      await this.#options.onBar?.(index + 1);
    }
    return this.#summary(startedAt);
  }

  /** Registers the trades entered up to `through`; bars from `firstBar` on lie wholly after their entry. */
  async #register(through: number, firstBar: number): Promise<void> {
    const { trades } = this.#options;
    for (let trade = trades[this.#next]; trade !== undefined; trade = trades[this.#next]) {
      if (trade.entryTime > through) return;
      this.#next += 1;
      const run = new Run(trade, firstBar);
      this.#runs.set(trade.ticket, run);
      this.#open.push(run);
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

  /**
   * A hedge leg that was stopped within the bar before is reported now, not before that bar was pushed:
   * DTMS hears the market at once, and of a leg with the next reconciliation.
   */
  async #reportHedges(bar: ReplayBar): Promise<void> {
    for (const run of this.#open) {
      const report = run.hedgeReport;
      run.hedgeReport = null;
      if (report !== null && run.isWatched) await this.#target.update(run.trade.ticket, report, bar.bar.time);
    }
  }

  /** The broker fills what was planned on the bar before, at this bar's open. */
  async #fillOrders(bar: ReplayBar): Promise<void> {
    const hedgeTicket = () => {
      this.#hedgeTicket += 1n;
      return this.#hedgeTicket;
    };
    for (const run of this.#open) {
      if (run.orders.length === 0) continue;
      const update = run.defended.position.fill(run.orders, pricesAtOpen(bar), hedgeTicket);
      run.orders = [];
      run.defended.noteEnd(bar.bar.time);
      if (!run.isWatched) continue;
      if (run.defended.position.volume > 0) {
        await this.#target.update(run.trade.ticket, update, bar.bar.time);
      } else {
        const { bid, ask } = pricesAtOpen(bar);
        await this.#close(run, 'DEFENSIVE', run.trade.direction === 'BUY' ? bid : ask, bar.bar.time);
      }
    }
  }

  async #close(run: Run, reason: CloseReason, price: number, at: number): Promise<void> {
    run.letGo();
    await this.#target.close(run.trade.ticket, reason, price, at);
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
      this.#runs.get(event.ticket)?.take(event);
      if (event.change?.$case !== 'stateChanged') continue;
      const { from, to, planned } = event.change.value;
      count(this.#transitions, `${TradeState[from]}>${TradeState[to]}`);
      for (const { type } of planned) count(this.#actions, ActionType[type]);
    }
  }

  async #summary(startedAt: number): Promise<ReplaySummary> {
    const { data, skippedRows } = this.#options;
    const runs = [...this.#runs.values()];
    const states = new Map<string, number>();
    for (const run of runs) count(states, run.state);
    const final = data.bars.at(-1);
    const measure = (bookOf: (run: Run) => Book) =>
      performanceOf(
        runs.flatMap((run) => {
          if (run.risk === null || final === undefined) return [];
          return [bookOf(run).outcome(run.risk, pricesAtClose(final), final.bar.time + this.#barMs)];
        }),
      );
    return {
      bars: data.bars.length,
      skipped_rows: skippedRows,
      trades: runs.length,
      evaluations: await this.#target.evaluations(runs.map((run) => run.trade.ticket)),
      transitions: sorted(this.#transitions),
      actions: sorted(this.#actions),
      final_states: sorted(states),
      result: { with_dtms: measure((run) => run.defended), without_dtms: measure((run) => run.untouched) },
      log_sha256: this.#hash.digest(),
      elapsed_ms: Math.round(performance.now() - startedAt),
    };
  }
}

/** Stops, targets and the longest holding time within a bar; what ended the defended position, if anything. */
function exitOf(
  run: Run,
  bar: ReplayBar,
  index: number,
  closesAt: number,
  hedgeStops: HedgeStops,
): Exit | null {
  const { heldBars, direction } = run.trade;
  const held = heldBars !== null && index - run.firstBar + 1 >= heldBars;
  const last = pricesAtClose(bar);
  const expiry: Exit | null = held
    ? { reason: 'EXPIRED', price: direction === 'BUY' ? last.bid : last.ask }
    : null;
  closeAt(run.untouched, run.untouched.position.exitWithin(bar) ?? expiry, closesAt);

  if (hedgeStops === 'run') run.hedgeReport = run.defended.position.stopHedge(bar);
  const exit = closeAt(run.defended, run.defended.position.exitWithin(bar) ?? expiry, closesAt);
  run.defended.noteEnd(closesAt);
  return exit;
}

/** Closes a book's position where it has to; null when it stays open or was closed before. */
function closeAt(book: Book, exit: Exit | null, at: number): Exit | null {
  if (exit === null || book.position.volume === 0) return null;
  book.position.close(exit.price);
  book.noteEnd(at);
  return exit;
}

/** Replays recorded data through a target and ends the target. Trades must be in order of entry. */
export async function replay(target: ReplayTarget, options: ReplayOptions): Promise<ReplaySummary> {
  try {
    return await new Replay(target, options).run();
  } finally {
    await target.end();
  }
}
