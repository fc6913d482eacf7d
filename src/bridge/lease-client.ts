// Owns what a bridge asks of DTMS: it leases actions, says when it begins one, reports what the broker answered,
// and tells what is at the broker. DTMS is a server over gRPC, or an engine in this process; a bridge cannot tell.

import type { OrderResult } from '../broker/terminal.js';
import type { BalanceOperation } from '../domain/account/balance-operations.js';
import type { BrokerSnapshot } from '../domain/broker/snapshot.js';
import type { Direction } from '../domain/market/direction.js';
import type { ActionType } from '../domain/trade/action-specs.js';
import type { CloseReason } from '../domain/trade/state.js';

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
  /** As the broker spells it. */
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
  /** In lots, what PARTIAL_CLOSE leaves open, whoever else closes; absent where nobody said. */
  readonly leaves?: number | undefined;
  /** The symbol's least volume and its step, in lots; absent from a server that does not tell them. */
  readonly volumeMin?: number;
  readonly volumeStep?: number;
}

export interface AccountReport {
  readonly connected: boolean;
  readonly tradeAllowed: boolean;
  readonly equity: number;
  readonly balance: number;
  /** In which they are, such as USD; absent or empty where the terminal does not tell. */
  readonly currency?: string;
  /** The account the terminal is logged in to, where it is another one. */
  readonly login?: string;
  /** Balance operations in them, times in UTC ms; null when the terminal does not show them. */
  readonly operations: readonly BalanceOperation[] | null;
  /** The broker's clock against UTC, in minutes. */
  readonly utcOffsetMinutes: number;
}

export interface ReconcileAnswer {
  /** Positions DTMS has and the snapshot has not: look for each, then send another snapshot. */
  readonly probe: readonly bigint[];
  /** How many differences were found and recorded. */
  readonly drifts: number;
  /** Positions and deals that were refused: the snapshot counts as incomplete. */
  readonly rejected: readonly { readonly field: string; readonly description: string }[];
}

/** What is to be told of an answer that refused some of a snapshot; null when all of it was taken. */
export function refusalOf(answer: ReconcileAnswer | null): Error | null {
  const [first, ...more] = answer?.rejected ?? [];
  if (first === undefined) return null;
  const rest = more.length > 0 ? ` (and ${more.length} more)` : '';
  return new Error(`a part of the snapshot was refused: ${first.field}: ${first.description}${rest}`);
}

export interface LeaseClient {
  /** Leases at most `limit` actions now; none when nothing is to do. */
  lease(limit: number): Promise<readonly LeasedAction[]>;
  /**
   * Says that the broker is about to be touched. False: the lease is lost and nothing was begun, leave it alone. Throws where
   * that is not known.
   */
  begin(action: LeasedAction): Promise<boolean>;
  /** Reports the broker's answer. False: the lease was lost; what was reported is kept as evidence. */
  report(action: LeasedAction, result: OrderResult): Promise<boolean>;
  heartbeat(report: AccountReport): Promise<void>;
  reconcile(snapshot: BrokerSnapshot): Promise<ReconcileAnswer>;
  /** The broker closed a position for a reason of its own (stop, target). */
  closed(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void>;
}
