// A leases for tests of a bridge: it hands out the actions it is given, keeps their life as a server would
// in the small, and writes down everything it is told. It settles doubts by the snapshots alone.

import type {
  AccountReport,
  LeaseClient,
  LeasedAction,
  ReconcileAnswer,
} from '../../src/bridge/lease-client.js';
import type { OrderResult } from '../../src/broker/terminal.js';
import { outcomeOf } from '../../src/domain/actions/result-codes.js';
import type { BrokerSnapshot } from '../../src/domain/broker/snapshot.js';
import type { ActionType } from '../../src/domain/trade/action-specs.js';
import type { CloseReason } from '../../src/domain/trade/state.js';
import { SYMBOL } from './paper.js';

export type ScriptedStatus = 'PENDING' | 'LEASED' | 'EXECUTING' | 'IN_DOUBT' | 'DONE' | 'REJECTED';

export interface ScriptedEntry {
  readonly action: LeasedAction;
  status: ScriptedStatus;
  begunAt: number;
  result: OrderResult | null;
}

const STOPS: ReadonlySet<ActionType> = new Set(['TIGHTEN_SL', 'TRAIL_SL', 'MOVE_SL_BREAKEVEN']);
/** Above any delay of a late order. */
const QUIET_MS = 10_000;

/** An action on the BUY position 42 of the test symbol. */
export function action(type: ActionType, fields: Partial<LeasedAction> = {}): LeasedAction {
  const tag = `t:${fields.ticket ?? 42n}:${type}`;
  return {
    actionId: tag,
    token: 0n,
    leaseEndsAt: 0,
    type,
    account: 'demo',
    ticket: 42n,
    positionTicket: fields.ticket ?? 42n,
    symbol: SYMBOL,
    direction: 'BUY',
    stopLoss: null,
    takeProfit: null,
    volume: null,
    hedgeTicket: null,
    magicNumber: 7n,
    tag,
    ...fields,
  };
}

export class ScriptedLeaseClient implements LeaseClient {
  readonly entries: ScriptedEntry[] = [];
  readonly beats: AccountReport[] = [];
  readonly snapshots: BrokerSnapshot[] = [];
  readonly closes: {
    readonly ticket: bigint;
    readonly reason: CloseReason;
    readonly price: number;
    readonly at: number;
  }[] = [];
  /** Every call in order, for comparisons of whole courses. */
  readonly journal: string[] = [];
  /** What to answer to the next snapshots. */
  readonly probes: (readonly bigint[])[] = [];
  /** What is refused of the snapshots to come. */
  readonly rejected: ReconcileAnswer['rejected'][] = [];
  /** Errors to throw from the next calls of a method. */
  readonly failures: Partial<Record<keyof LeaseClient, Error[]>> = {};
  readonly #now: () => number;
  #token = 0n;

  constructor(now: () => number = () => 0) {
    this.#now = now;
  }

  plan(...actions: readonly LeasedAction[]): void {
    for (const planned of actions) {
      this.entries.push({ action: planned, status: 'PENDING', begunAt: 0, result: null });
    }
  }

  entry(tag: string): ScriptedEntry {
    const found = this.entries.find((entry) => entry.action.tag === tag);
    if (found === undefined) throw new Error(`no action ${tag}`);
    return found;
  }

  get open(): readonly ScriptedEntry[] {
    return this.entries.filter(({ status }) => status !== 'DONE' && status !== 'REJECTED');
  }

  /** What was leased and not begun goes back. */
  expireLeases(): void {
    for (const entry of this.entries) if (entry.status === 'LEASED') entry.status = 'PENDING';
  }

  async lease(limit: number): Promise<readonly LeasedAction[]> {
    this.#call('lease', limit);
    const pending = this.entries.filter(({ status }) => status === 'PENDING').slice(0, limit);
    return pending.map((entry) => {
      entry.status = 'LEASED';
      this.#token += 1n;
      return { ...entry.action, token: this.#token };
    });
  }

  async begin({ tag }: LeasedAction): Promise<boolean> {
    this.#call('begin', tag);
    const entry = this.entry(tag);
    if (entry.status !== 'LEASED') return false;
    entry.status = 'EXECUTING';
    entry.begunAt = this.#now();
    return true;
  }

  async report({ tag, type }: LeasedAction, result: OrderResult): Promise<boolean> {
    this.#call('report', [tag, result]);
    const entry = this.entry(tag);
    if (entry.status !== 'EXECUTING') return false;
    entry.result = result;
    entry.status = AFTER[result.outcome ?? outcomeOf(result, type)];
    return true;
  }

  async heartbeat(report: AccountReport): Promise<void> {
    this.#call('heartbeat', report);
    this.beats.push(report);
  }

  async reconcile(snapshot: BrokerSnapshot): Promise<ReconcileAnswer> {
    this.#call('reconcile', snapshot);
    this.snapshots.push(snapshot);
    if (snapshot.complete) for (const entry of this.entries) this.#settle(entry, snapshot);
    return { probe: this.probes.shift() ?? [], drifts: 0, rejected: this.rejected.shift() ?? [] };
  }

  async closed(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void> {
    this.#call('closed', [ticket, reason, price, at]);
    this.closes.push({ ticket, reason, price, at });
  }

  #settle(entry: ScriptedEntry, { takenAt, deals, positions }: BrokerSnapshot): void {
    if (entry.status !== 'IN_DOUBT') return;
    const { tag, type, ticket, stopLoss } = entry.action;
    const deal = deals.find(({ comment }) => comment === tag);
    const position = positions.find(({ identifier }) => identifier === ticket);
    if (deal !== undefined || (STOPS.has(type) && position?.stopLoss === stopLoss)) {
      entry.status = 'DONE';
      const opened = deal?.entry === 'IN' ? deal.positionIdentifier : null;
      if (entry.result !== null) entry.result = { ...entry.result, openedTicket: opened };
    } else if (takenAt >= entry.begunAt + QUIET_MS) {
      entry.status = 'PENDING';
    }
  }

  #call(method: keyof LeaseClient, content: unknown): void {
    this.journal.push(
      `${method} ${JSON.stringify(content, (_, value) => (typeof value === 'bigint' ? `${value}` : value))}`,
    );
    const failure = this.failures[method]?.shift();
    if (failure !== undefined) throw failure;
  }
}

const AFTER: Readonly<Record<ReturnType<typeof outcomeOf>, ScriptedStatus>> = {
  DONE: 'DONE',
  NO_CHANGE: 'DONE',
  RETRYABLE: 'PENDING',
  MARKET_CLOSED: 'PENDING',
  REJECTED: 'REJECTED',
  UNKNOWN: 'IN_DOUBT',
};
