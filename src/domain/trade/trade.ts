// Owns a trade's record: plain immutable data. Times are UTC milliseconds since 1970, prices are in quote
// currency, volumes in lots, R is a price distance. null means "not known" or "none", never 0.
import type { Direction } from '../market/direction.js';
import type { Evaluation, Signal } from '../signals/signal.js';
import type { Action } from './action.js';
import type { ActionType } from './action-specs.js';
import type { FieldOwner } from './owner.js';
import type { PolicyRef } from './policy-ref.js';
import type { CloseReason, State } from './state.js';

export const TRADE_ORIGINS = ['REGISTERED', 'EXTERNAL', 'RE_ADD'] as const;
export type TradeOrigin = (typeof TRADE_ORIGINS)[number];

/** What a client says of a trade when it registers it. */
export interface TradeSpec {
  readonly account: string;
  readonly ticket: bigint;
  readonly symbol: string;
  readonly direction: Direction;
  readonly entryPrice: number;
  readonly volume: number;
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
  /** The stop the position was opened with where it has moved since; null means stopLoss is it. */
  readonly initialStopLoss: number | null;
  readonly openedAt: number | null;
  readonly feed: string;
  readonly positionTicket: bigint;
  readonly magicNumber: bigint;
  readonly label: string;
}

export interface Hedge {
  readonly ticket: bigint;
  readonly volume: number;
  readonly entryPrice: number;
  readonly stopLoss: number | null;
  /** The lots it was opened with, as far as is known; absent where it has them all. */
  readonly most?: number;
}

/** Evaluation and warnings as they stood when the trade was paused or closed. */
export interface FrozenEvaluation {
  readonly evaluation: Evaluation | null;
  readonly warnings: Readonly<Partial<Record<Signal, number>>>;
}

/**
 * A trade's complete engine state. Immutable: a change makes a new object with version + 1.
 *
 * What depends only on the market (score, warnings, number of evaluations) is not in here: it belongs
 * to the symbol's market view, and the trade keeps only from when on it counts. So an evaluation that
 * changes nothing writes nothing.
 */
export interface Trade {
  /** What was registered; openedAt is filled in, and the entry price follows the broker's, which nets averages. */
  readonly spec: TradeSpec;
  /** The symbol without the broker's suffix. */
  readonly instrument: string;
  readonly openedAt: number;
  readonly state: State;
  readonly stateEnteredAt: number;
  /** R as a price distance; null until known. */
  readonly risk: number | null;
  readonly riskEstimated: boolean;
  readonly volume: number;
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
  readonly positionTicket: bigint;
  /** Volume closed by defensive partial closes, as the broker reported it. */
  readonly closedVolume: number;
  readonly hedge: Hedge | null;
  readonly monitoredSince: number | null;
  readonly pausedAt: number | null;
  readonly flatTimerEndsAt: number | null;
  readonly recoveryTimerEndsAt: number | null;
  /** Structure events at or before this are old news for this trade. */
  readonly structureSeenAt: number;
  /** When a stop was last planned or changed; guards the minimum interval. */
  readonly stopChangedAt: number | null;
  /** When the volume or the hedge last changed at the broker; an older snapshot says nothing about them. */
  readonly volumeChangedAt: number | null;
  /** Actions that are not settled: PENDING, LEASED, EXECUTING or IN_DOUBT, in the order planned. */
  readonly actions: readonly Action[];
  /** Actions that ended REJECTED or DEAD, newest last, so that they can be replayed; a few at most. */
  readonly deadLetters: readonly Action[];
  /** Protective stops refused by the broker in a row. */
  readonly stopRejections: number;
  readonly origin: TradeOrigin;
  /** The trade whose volume this one adds again; null for none. */
  readonly parentTicket: bigint | null;
  readonly owners: readonly FieldOwner[];
  /** Database time of the first snapshot without the position, or without the hedge; null while they are there. */
  readonly missingSince: number | null;
  readonly hedgeMissingSince: number | null;
  /** Evaluations counted before `countedFrom`. */
  readonly evaluationsBefore: number;
  /** The view's evaluation count when counting began or began again; null while it does not count. */
  readonly countedFrom: number | null;
  /** Warnings before this do not concern the trade; null while it is not evaluated. */
  readonly warnedFrom: number | null;
  readonly frozen: FrozenEvaluation | null;
  readonly closeReason: CloseReason | null;
  readonly closedAt: number | null;
  readonly closePrice: number | null;
  /** By which all is decided about it; null: the documented plan. */
  readonly policy: PolicyRef | null;
  /** What its protective rules last wished for and was not planned, and why: it is recorded once. Empty for nothing. */
  readonly unmetWishes: string;
  /** What its state is for and was not planned, because the data that led to it were too old: fresh data plan it. */
  readonly owed: readonly ActionType[];
  readonly version: number;
}

/** What of a trade says where it stands and what is to be done about it, without the rest. */
export interface TradeSketch
  extends Pick<
    Trade,
    | 'instrument'
    | 'state'
    | 'risk'
    | 'positionTicket'
    | 'hedge'
    | 'monitoredSince'
    | 'pausedAt'
    | 'flatTimerEndsAt'
    | 'recoveryTimerEndsAt'
    | 'structureSeenAt'
    | 'actions'
    | 'deadLetters'
    | 'owners'
    | 'policy'
    | 'owed'
  > {
  readonly spec: Pick<TradeSpec, 'account' | 'ticket' | 'direction' | 'feed'>;
}
