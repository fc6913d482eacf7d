// The bridge between DTMS's desk and a broker's terminal: it takes leased work, makes one order of each
// action, reports what came of it, and tells what is at the broker. It decides nothing.

import type { MarginMode, OrderRequest, Terminal } from '../broker/terminal.js';
import { RETURN_CODES } from '../domain/result-codes.js';
import type { CloseReason } from '../domain/types.js';
import type { AccountReport, BrokerDeal, Desk, LeasedAction, OrderResult, ReconcileAnswer } from './desk.js';
import { type LiveOptions, runLive } from './live.js';
import { Lookout, type LookoutOptions } from './lookout.js';
import { orderOf } from './order-of.js';

export interface BridgeOptions extends LookoutOptions, LiveOptions {
  /** Actions leased at once. */
  readonly batch: number;
  /** Leases of one drain, at most. */
  readonly rounds: number;
}

const HOUR = 3_600_000;

export const DEFAULT_BRIDGE_OPTIONS: BridgeOptions = {
  batch: 32,
  rounds: 100,
  queryAttempts: 3,
  lookBackMs: 7 * 24 * HOUR,
  overlapMs: 2 * HOUR,
  pollMs: 250,
  heartbeatMs: 5_000,
  reconcileMs: 30_000,
  slowestPollMs: 5_000,
};

interface Report {
  readonly action: LeasedAction;
  readonly result: OrderResult;
}

const CLOSE_REASONS: Readonly<Record<BrokerDeal['reason'], CloseReason>> = {
  CLIENT: 'BROKER_GONE',
  STOP_LOSS: 'STOP_LOSS',
  TAKE_PROFIT: 'TAKE_PROFIT',
  STOP_OUT: 'BROKER_GONE',
};

export class Bridge {
  readonly #desk: Desk;
  readonly #terminal: Terminal;
  readonly #options: BridgeOptions;
  readonly #lookout: Lookout;
  /** Results the desk could not be told yet. */
  #unreported: readonly Report[] = [];
  /** When the last complete snapshot the desk took was taken (UTC ms). */
  #reconciledAt: number | null = null;

  constructor(desk: Desk, terminal: Terminal, options: Partial<BridgeOptions> = {}) {
    this.#desk = desk;
    this.#terminal = terminal;
    this.#options = { ...DEFAULT_BRIDGE_OPTIONS, ...options };
    this.#lookout = new Lookout(terminal, this.#options);
  }

  /** Tells the desk how the account is. */
  async heartbeat(): Promise<AccountReport> {
    const { connected, tradeAllowed, equity, balance, utcOffsetMinutes } = await this.#terminal.account();
    const report = { connected, tradeAllowed, equity, balance, utcOffsetMinutes };
    await this.#desk.heartbeat(report);
    return report;
  }

  /**
   * Looks at the newest deals and tells the broker's own closes among them, then leases, executes and
   * reports until there is nothing left to do, in the order the actions were leased.
   * Stops early when the broker cannot be seen: what is leased and not begun goes back by itself.
   * @returns how many results were reported.
   * @throws what the desk throws; a result it could not take is reported again by the next drain.
   */
  async drain(): Promise<number> {
    let reported = await this.#reportAgain();
    for (let round = 0; round < this.#options.rounds; round++) {
      const account = await this.#terminal.account();
      if (!account.connected || !(await this.#lookout.look(account))) return reported;
      await this.#tellCloses();
      const actions = await this.#desk.lease(this.#options.batch);
      if (actions.length === 0) return reported;
      for (const action of actions) {
        const outcome = await this.#carryOut(action, account.marginMode);
        if (outcome === 'blind') return reported;
        if (outcome === 'reported') reported += 1;
      }
    }
    return reported;
  }

  /**
   * Sends what is at the broker, looks once more for what DTMS misses there, and tells the broker's own
   * closes at once. Not connected, it sends nothing and answers null.
   * @returns the desk's last answer.
   */
  async reconcile(): Promise<ReconcileAnswer | null> {
    const first = await this.#sendSnapshot();
    if (first === null || first.probe.length === 0) return first;
    const second = await this.#sendSnapshot();
    return second === null ? first : { probe: second.probe, drifts: first.drifts + second.drifts };
  }

  /** Works until the signal aborts: polls for work, beats, reconciles on start, on reconnect and regularly. */
  run(signal: AbortSignal): Promise<void> {
    return runLive(this, this.#options, signal);
  }

  async #sendSnapshot(): Promise<ReconcileAnswer | null> {
    const account = await this.#terminal.account();
    if (!account.connected) return null;
    const snapshot = await this.#lookout.snapshot(this.#reconciledAt, account);
    await this.#tellCloses();
    const answer = await this.#desk.reconcile(snapshot);
    if (snapshot.complete) this.#reconciledAt = snapshot.takenAt;
    return answer;
  }

  async #carryOut(action: LeasedAction, marginMode: MarginMode): Promise<'reported' | 'lost' | 'blind'> {
    const found = this.#lookout.resultOf(action.tag);
    const positions = await this.#lookout.positions();
    if (positions === null) return 'blind';
    if (!(await this.#desk.begin(action))) return 'lost';
    if (found !== null) {
      const opened = positions.find(({ identifier }) => identifier === found.openedTicket);
      await this.#report({ action, result: { ...found, stopLoss: opened?.stopLoss ?? null } });
      return 'reported';
    }
    const decision = orderOf(action, { marginMode, positions });
    const result = decision.kind === 'answer' ? decision.result : await this.#send(decision.request);
    await this.#report({ action, result });
    return 'reported';
  }

  /** Sends an order; a terminal that breaks has perhaps sent it. */
  async #send(request: OrderRequest): Promise<OrderResult> {
    try {
      return await this.#terminal.order(request);
    } catch (error) {
      const message = `the terminal failed: ${error instanceof Error ? error.message : String(error)}`;
      const nothing = { price: null, volume: null, stopLoss: null, openedTicket: null, dealTicket: null };
      return { code: RETURN_CODES.TIMEOUT, message, ...nothing };
    }
  }

  async #report(report: Report): Promise<void> {
    this.#unreported = [...this.#unreported, report];
    await this.#desk.report(report.action, report.result);
    this.#unreported = this.#unreported.filter((kept) => kept !== report);
  }

  async #reportAgain(): Promise<number> {
    const reports = this.#unreported;
    for (const report of reports) {
      await this.#desk.report(report.action, report.result);
      this.#unreported = this.#unreported.filter((kept) => kept !== report);
    }
    return reports.length;
  }

  async #tellCloses(): Promise<void> {
    for (const deal of this.#lookout.untold) {
      await this.#desk.closed(deal.positionIdentifier, CLOSE_REASONS[deal.reason], deal.price, deal.time);
      this.#lookout.told(deal);
    }
  }
}
