// What a bridge does at DTMS's desk: it takes leased work, says when it begins, reports what the broker
// answered, and tells what is at the broker. A server over gRPC is one desk, an engine in this process
// another; a bridge cannot tell them apart.
import type { BrokerSnapshot } from '../domain/broker.js';
import type { ActionType, CloseReason, Direction } from '../domain/types.js';

export type { BrokerDeal, BrokerPosition, BrokerSnapshot } from '../domain/broker.js';

/** An action that is this bridge's until its lease ends. One action is one order. */
export interface LeasedAction {
  readonly actionId: string;
  /** Names the lease; higher with every lease of the trade's actions. */
  readonly token: bigint;
  /** Database time, UTC ms. */
  readonly leaseEndsAt: number;
  readonly type: ActionType;
  readonly account: string;
  /** The trade's stable position identifier, and its current position ticket. */
  readonly ticket: bigint;
  readonly positionTicket: bigint;
  readonly symbol: string;
  /** The trade's direction; a hedge is opened the other way. */
  readonly direction: Direction;
  /** The stop's price of actions that set one. */
  readonly stopLoss: number | null;
  /** The target the position has now: a modification must send it along. */
  readonly takeProfit: number | null;
  /** In lots, of actions that trade. */
  readonly volume: number | null;
  /** The leg CLOSE_HEDGE closes. */
  readonly hedgeTicket: bigint | null;
  readonly magicNumber: bigint;
  /** The order's comment, at most 31 characters: it finds the order at the broker again. */
  readonly tag: string;
}

/** What the broker answered to one order. `code` is an MT5 return code. */
export interface OrderResult {
  readonly code: number;
  readonly message: string;
  /** The fill price, and the volume in lots that was filled; null where nothing was. */
  readonly price: number | null;
  readonly volume: number | null;
  /** The stop that is in force after it; null when not known or none. */
  readonly stopLoss: number | null;
  /** The position identifier of a position that the order opened. */
  readonly openedTicket: bigint | null;
  readonly dealTicket: bigint | null;
}

export interface AccountReport {
  readonly connected: boolean;
  readonly tradeAllowed: boolean;
  readonly equity: number;
  readonly balance: number;
  /** The broker's clock against UTC, in minutes. */
  readonly utcOffsetMinutes: number;
}

export interface ReconcileAnswer {
  /** Positions DTMS has and the snapshot has not: look for each, then send another snapshot. */
  readonly probe: readonly bigint[];
  /** How many differences were found and recorded. */
  readonly drifts: number;
}

export interface Desk {
  /** Leases at most `limit` actions now; none when nothing is to do. */
  lease(limit: number): Promise<readonly LeasedAction[]>;
  /** Says that the broker is about to be touched. False: the lease is lost, leave it alone. */
  begin(action: LeasedAction): Promise<boolean>;
  /** Reports the broker's answer. False: the lease was lost; what was reported is kept as evidence. */
  report(action: LeasedAction, result: OrderResult): Promise<boolean>;
  heartbeat(report: AccountReport): Promise<void>;
  reconcile(snapshot: BrokerSnapshot): Promise<ReconcileAnswer>;
  /** The broker closed a position for a reason of its own (stop, target). */
  closed(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void>;
}
