// Owns an action as its trade's record keeps it. Prices are in quote currency, volumes in lots.
import type { FlagDecision } from '../flags/flag.js';
import type { ActionType } from './action-specs.js';
import type { State } from './state.js';

/** An action is open until it is settled. */
export const OPEN_STATUSES = ['PENDING', 'HELD', 'LEASED', 'EXECUTING', 'IN_DOUBT'] as const;
export type OpenStatus = (typeof OPEN_STATUSES)[number];

/** Where an action is in its life; see ActionStatus of the proto. */
export const ACTION_STATUSES = [...OPEN_STATUSES, 'DONE', 'REJECTED', 'EXPIRED', 'DEAD'] as const;
export type ActionStatus = (typeof ACTION_STATUSES)[number];

const OPEN: ReadonlySet<string> = new Set(OPEN_STATUSES);

/** Whether a status, by its name, is one of an open action. */
export function isOpenStatus(status: string): status is OpenStatus {
  return OPEN.has(status);
}

/** Why an action waits for a person: too much happens at once, or its order is beyond a cap of the account. */
export const HOLD_REASONS = ['MASS_EFFECT', 'ORDER_VOLUME', 'ORDER_NOTIONAL', 'ORDER_RATE'] as const;
export type HoldReason = (typeof HOLD_REASONS)[number];

/** What a broker's answer means. */
export const ACTION_OUTCOMES = [
  'DONE',
  'NO_CHANGE',
  'RETRYABLE',
  'REJECTED',
  'MARKET_CLOSED',
  'UNKNOWN',
] as const;
export type ActionOutcome = (typeof ACTION_OUTCOMES)[number];

/** What the broker answered to an action's order. */
export interface ActionResult {
  /** The MT5 return code; 0 where there is none. */
  readonly code: number;
  readonly message: string;
  readonly outcome: ActionOutcome;
  readonly price: number | null;
  /** The volume filled; null means all that was asked for. */
  readonly volume: number | null;
  /** The stop in force after it; null means the one asked for. */
  readonly stopLoss: number | null;
  /** The position the order opened; null for none. */
  readonly openedTicket: bigint | null;
  readonly dealTicket: bigint | null;
}

/** A bridge's hold on an action. */
export interface ActionLease {
  /** The trade's version at which it was given: higher with every lease of the trade's actions. */
  readonly token: number;
  readonly bridge: string;
  /** Database time. */
  readonly endsAt: number;
}

/** A decision for the broker, from its plan to its end. */
export interface Action {
  readonly actionId: string;
  readonly type: ActionType;
  /** Market time. */
  readonly plannedAt: number;
  readonly stopLoss: number | null;
  readonly volume: number | null;
  readonly reduceOnly: boolean;
  readonly note: string;
  /** The trade's state when it was planned, after the transition that did. */
  readonly plannedIn: State;
  readonly status: ActionStatus;
  /** How often the broker was, or may have been, touched for it. */
  readonly attempts: number;
  /** Not leased before this (database time); null means at once. */
  readonly notBefore: number | null;
  /** The present lease, or the one under which it was begun. */
  readonly lease: ActionLease | null;
  /** Database time. */
  readonly begunAt: number | null;
  /** Tells a repeat of the call that began it from another one; empty when it cannot be told. */
  readonly begunBy: string;
  /** In doubt: when an alarm sounds (database time). */
  readonly settleBy: number | null;
  readonly result: ActionResult | null;
  /** Why it ended or waits, where the result does not say. */
  readonly reason: string;
  /** What holds it while it is HELD; null for nothing. */
  readonly hold: HoldReason | null;
  /** Who ordered it, or let it go on after it was held: a person, or a rail of the account; empty where DTMS decided. */
  readonly orderedBy: string;
  /** The kind of protective rule that decided it; empty where none did. */
  readonly rule: string;
  /** In lots: what a partial close is to leave open, whoever else closes; null where it closes none, or an older program planned it. */
  readonly leaves: number | null;
  /** Since when it waits for a bridge to begin it (database time), whatever time its market had; null where an older program planned it. */
  readonly waitsSince: number | null;
}

export type SuppressionReason =
  | 'NO_CHANGE'
  | 'WOULD_LOOSEN'
  | 'NOT_LEGAL'
  | 'BELOW_MINIMUM_STEP'
  | 'TOO_SOON'
  | 'COALESCED'
  | 'SPREAD'
  | 'STALE_DATA'
  | 'NEWS'
  | 'BELOW_MINIMUM_VOLUME'
  | 'ACCOUNT_RULES'
  | 'OBSERVE'
  | 'NOT_AVAILABLE'
  | 'NOTHING_TO_DO'
  | 'TRADING_STATE'
  | 'OWNED'
  | 'TERMS_UNKNOWN'
  | 'SWITCHED_OFF'
  | 'POLICY'
  | 'EXPOSURE';

export interface SuppressedAction {
  readonly type: ActionType;
  readonly reason: SuppressionReason;
  readonly note: string;
  /** The flag that suppressed it; absent where none did. */
  readonly flag?: FlagDecision;
}

/** True while nobody can have touched the broker for it. */
export function isUntouched({ status }: Action): boolean {
  return status === 'PENDING' || status === 'HELD' || status === 'LEASED';
}

/** An action that ended without the broker's doing. */
export function expired(action: Action, reason: string): Action {
  return { ...action, status: 'EXPIRED', lease: null, notBefore: null, settleBy: null, hold: null, reason };
}
