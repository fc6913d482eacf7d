// Owns the bridge between DTMS and a broker's terminal: it leases actions, makes one order of each, reports
// what came of it, and tells what is at the broker. It decides nothing.

import {
  type MarginMode,
  type OrderRequest,
  type OrderResult,
  type Terminal,
  type TerminalAccount,
  unsent,
  untraded,
} from '../broker/terminal.js';
import { mayBeMade } from '../client/errors.js';
import { outcomeOf, RETURN_CODES } from '../domain/actions/result-codes.js';
import type { BrokerDeal, BrokerPosition } from '../domain/broker/snapshot.js';
import { dealsOf, movesOf } from '../domain/trade/action-specs.js';
import type { CloseReason } from '../domain/trade/state.js';
import type { AccountReport, LeaseClient, LeasedAction, ReconcileAnswer } from './lease-client.js';
import { type LoopOptions, runLoop } from './loop.js';
import { orderOf } from './order-of.js';
import { SnapshotReader, type SnapshotReaderOptions } from './snapshot-reader.js';

/** How a bridge works; what is not said is as usual. */
export interface BridgeOptions extends SnapshotReaderOptions, LoopOptions {
  /** Actions leased at once. */
  readonly batch: number;
  /** Leases of one drain, at most. */
  readonly rounds: number;
  /** The account the terminal is logged in to: actions of any other are left alone. */
  readonly account?: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const DEFAULT_BRIDGE_OPTIONS: BridgeOptions = {
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

/** One account at one terminal. Each step is a method, for programs with a loop of their own; `run` is the loop. */
export class Bridge {
  readonly #leases: LeaseClient;
  readonly #terminal: Terminal;
  readonly #options: BridgeOptions;
  readonly #reader: SnapshotReader;
  /** Results that DTMS could not be told yet. */
  #unreported: readonly Report[] = [];
  /** When the last complete snapshot DTMS took was taken (UTC ms). */
  #reconciledAt: number | null = null;
  #looksAgain = false;

  constructor(leases: LeaseClient, terminal: Terminal, options: Partial<BridgeOptions> = {}) {
    this.#leases = leases;
    this.#terminal = terminal;
    this.#options = { ...DEFAULT_BRIDGE_OPTIONS, ...options };
    this.#reader = new SnapshotReader(terminal, this.#options);
  }

  /** Whether positions should be reconciled at once: only a snapshot can tell now what an order came to, or what DTMS refused. */
  get looksAgain(): boolean {
    return this.#looksAgain;
  }

  /** Tells DTMS how the account is. */
  async heartbeat(): Promise<AccountReport> {
    const account = await this.#terminal.account();
    const { connected, tradeAllowed, equity, balance, currency = '', login = '', utcOffsetMinutes } = account;
    const offset = utcOffsetMinutes * MINUTE;
    const operations = account.operations?.map((told) => ({ ...told, time: told.time - offset })) ?? null;
    const money = currency === '' ? { equity, balance } : { equity, balance, currency };
    const named = login === '' ? {} : { login };
    const report = { connected, tradeAllowed, ...money, ...named, operations, utcOffsetMinutes };
    await this.#leases.heartbeat(report);
    return report;
  }

  /**
   * Looks at the newest deals and tells the broker's own closes among them, then leases, executes and
   * reports until there is nothing left to do, in the order the actions were leased.
   * Stops early when the broker cannot be seen: what is leased and not begun goes back by itself.
   * @returns how many results were reported.
   * @throws what the lease client throws. A result that could not be told is told again by the next drain; one that is
   * refused as it stands is not, and `looksAgain` asks for a snapshot.
   */
  async drain(): Promise<number> {
    let reported = await this.#reportAgain();
    for (let round = 0; round < this.#options.rounds; round++) {
      const account = await this.#connected();
      if (account === null || !(await this.#reader.look(account))) return reported;
      await this.#tellCloses();
      const actions = await this.#leases.lease(this.#options.batch);
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
   * @returns DTMS's last answer.
   */
  async reconcile(): Promise<ReconcileAnswer | null> {
    const first = await this.#sendSnapshot();
    if (first !== null) this.#looksAgain = false;
    if (first === null || first.probe.length === 0) return first;
    const second = await this.#sendSnapshot();
    return second === null ? first : { ...second, drifts: first.drifts + second.drifts };
  }

  /** Works until the signal aborts: polls for work, beats, reconciles on start, on reconnect and regularly. */
  run(signal: AbortSignal): Promise<void> {
    return runLoop(this, this.#options, signal);
  }

  /** The account, where the terminal shows it: null without a connection, and while it is logged in to another one. */
  async #connected(): Promise<TerminalAccount | null> {
    const account = await this.#terminal.account();
    return account.connected && (account.login ?? '') === '' ? account : null;
  }

  async #sendSnapshot(): Promise<ReconcileAnswer | null> {
    const account = await this.#connected();
    if (account === null) return null;
    const snapshot = await this.#reader.snapshot(this.#reconciledAt, account);
    await this.#tellCloses();
    const answer = await this.#leases.reconcile(snapshot);
    if (snapshot.complete && answer.rejected.length === 0) this.#reconciledAt = snapshot.takenAt;
    return answer;
  }

  async #carryOut(action: LeasedAction, marginMode: MarginMode): Promise<'reported' | 'lost' | 'blind'> {
    const { account = action.account, onError } = this.#options;
    if (action.account !== account) {
      onError?.(new Error(`${action.actionId} is of account ${action.account}: it is left alone`));
      return 'lost';
    }
    const found = this.#reader.resultOf(action.tag);
    if ((await this.#reader.positions()) === null) return 'blind';
    try {
      if (!(await this.#leases.begin(action))) return 'lost';
    } catch (error) {
      if (!mayBeMade(error)) throw error;
      // If it was recorded, this takes the doubt away: nothing was sent, so it may be tried again.
      await this.#report({ action, result: unsent('BeginAction was not answered') });
      return 'reported';
    }
    // Asked again: others may have closed or added while DTMS was.
    const positions = await this.#reader.positions();
    const result = await this.#resultOf(action, found, positions, marginMode);
    await this.#report({ action, result: await this.#withPrice(action, result) });
    return 'reported';
  }

  /** Of a position that somebody else closed, at which price: DTMS ends the trade with what this says. */
  async #withPrice(action: LeasedAction, result: OrderResult): Promise<OrderResult> {
    if (result.code !== RETURN_CODES.POSITION_CLOSED || dealsOf(action.type) !== 'close') return result;
    const gone = movesOf(action.type) === 'hedge' ? action.hedgeTicket : action.ticket;
    try {
      const account = await this.#terminal.account();
      // The broker's own close first: it says why, too.
      if (account.connected && (await this.#reader.look(account))) await this.#tellCloses();
    } catch {
      // That it is gone is reported all the same, and what was not told is told by the next drain.
    }
    const price = gone === null ? null : (this.#reader.lastClose(gone)?.price ?? null);
    return price === null ? result : { ...result, price };
  }

  /** What an earlier attempt came to, or what comes of an order on these positions; where nobody knows them none is sent. */
  async #resultOf(
    action: LeasedAction,
    found: OrderResult | null,
    positions: readonly BrokerPosition[] | null,
    marginMode: MarginMode,
  ): Promise<OrderResult> {
    if (found !== null) {
      const opened = positions?.find(({ identifier }) => identifier === found.openedTicket);
      return { ...found, stopLoss: opened?.stopLoss ?? null };
    }
    if (positions === null) return unsent('the terminal does not show its positions');
    const decision = orderOf(action, { marginMode, positions });
    return decision.kind === 'answer' ? decision.result : this.#send(decision.request);
  }

  /** Sends an order; a terminal that breaks has perhaps sent it. */
  async #send(request: OrderRequest): Promise<OrderResult> {
    try {
      return await this.#terminal.order(request);
    } catch (error) {
      const message = `the terminal failed: ${error instanceof Error ? error.message : String(error)}`;
      return { ...untraded(RETURN_CODES.TIMEOUT), message };
    }
  }

  async #report(report: Report): Promise<void> {
    this.#unreported = [...this.#unreported, report];
    await this.#tell(report);
  }

  async #tell(report: Report): Promise<void> {
    await this.#toldOnce(
      () => this.#leases.report(report.action, report.result),
      () => {
        this.#unreported = this.#unreported.filter((kept) => kept !== report);
        // Once it is reported: a snapshot before that would settle nothing.
        if (asksLook(report)) this.#looksAgain = true;
      },
    );
  }

  async #reportAgain(): Promise<number> {
    const reports = this.#unreported;
    for (const report of reports) await this.#tell(report);
    return reports.length;
  }

  async #tellCloses(): Promise<void> {
    for (const deal of this.#reader.untold) {
      const { positionIdentifier, reason, price, time } = deal;
      await this.#toldOnce(
        () => this.#leases.closed(positionIdentifier, CLOSE_REASONS[reason], price, time),
        () => this.#reader.told(deal),
      );
    }
  }

  /** Tells, and is done with it also where it is refused as it stands: told again, it would be refused again. */
  async #toldOnce(tell: () => Promise<unknown>, done: () => void): Promise<void> {
    try {
      await tell();
    } catch (error) {
      if (mayBeMade(error)) throw error;
      // A snapshot tells what there is to tell.
      this.#looksAgain = true;
      done();
      throw error;
    }
    done();
  }
}

/** Whether only what is at the broker shows what came of an order, or shows it to be another than it was. */
function asksLook({ action, result }: Report): boolean {
  // DTMS closes a hedge, and defends what was added, only once a snapshot has shown it.
  if (dealsOf(action.type) === 'open') return true;
  const outcome = result.outcome ?? outcomeOf(result, action.type);
  if (outcome === 'UNKNOWN' || result.code === RETURN_CODES.POSITION_CLOSED) return true;
  if (dealsOf(action.type) === 'none') return false;
  // Somebody closed or added meanwhile, and DTMS reckons with what it knew.
  return (
    outcome === 'NO_CHANGE' || (outcome === 'DONE' && (result.volume ?? action.volume) !== action.volume)
  );
}
