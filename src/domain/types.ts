// The domain's nouns as plain immutable data. Times are UTC milliseconds since 1970, prices are in
// quote currency, volumes in lots, R is a price distance. null means "not known" or "none", never 0.

export const DIRECTIONS = ['BUY', 'SELL'] as const;
export type Direction = (typeof DIRECTIONS)[number];

export const STATES = ['HEALTHY', 'WARNING_L1', 'WARNING_L2', 'HEDGED', 'RECOVERING', 'CLOSED'] as const;
export type State = (typeof STATES)[number];

export const SIGNALS = [
  'STRUCTURE',
  'VWAP_VOLUME',
  'MOMENTUM',
  'EMA_ALIGNMENT',
  'DELTA_PRESSURE',
  'CANDLE_CONVICTION',
] as const;
export type Signal = (typeof SIGNALS)[number];

export type Timeframe = 'M1' | 'M5' | 'M15';
export const TIMEFRAME_MS: Record<Timeframe, number> = { M1: 60_000, M5: 300_000, M15: 900_000 };

export type Session = 'ASIAN' | 'LONDON' | 'NEW_YORK' | 'OVERLAP' | 'OFF_HOURS';
export type Volatility = 'LOW' | 'NORMAL' | 'HIGH';
export type MarketStructure = 'RANGE' | 'TREND';
export type Confluence = 'FOR' | 'AGAINST' | 'MIXED';

export type ActionType =
  | 'TIGHTEN_SL'
  | 'TRAIL_SL'
  | 'MOVE_SL_BREAKEVEN'
  | 'PARTIAL_CLOSE'
  | 'OPEN_HEDGE'
  | 'CLOSE_HEDGE'
  | 'CLOSE_ALL'
  | 'RE_ADD';

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
  | 'OWNED';

/** Where an action is in its life; see ActionStatus of the proto. */
export type ActionStatus =
  | 'PENDING'
  | 'LEASED'
  | 'EXECUTING'
  | 'DONE'
  | 'REJECTED'
  | 'EXPIRED'
  | 'DEAD'
  | 'IN_DOUBT';

/** What a broker's answer means. */
export type ActionOutcome = 'DONE' | 'NO_CHANGE' | 'RETRYABLE' | 'REJECTED' | 'MARKET_CLOSED' | 'UNKNOWN';

export type TradeOrigin = 'REGISTERED' | 'EXTERNAL' | 'RE_ADD';

export const TRADE_FIELDS = ['STOP_LOSS', 'TAKE_PROFIT', 'VOLUME'] as const;
export type TradeField = (typeof TRADE_FIELDS)[number];

export type TradingState = 'ACTIVE' | 'REDUCING' | 'HALTED';

export type Drift =
  | 'POSITION_DIFFERS'
  | 'POSITION_MISSING'
  | 'POSITION_FOUND'
  | 'HEDGE_MISSING'
  | 'HEDGE_DIFFERS'
  | 'HEDGE_FOUND'
  | 'CLOSED_BUT_OPEN';

export type OwnershipStep = 'GRANTED' | 'COMMITTED' | 'RELEASED' | 'LOST';

export type TransitionCause =
  | 'SCORE'
  | 'FLAT_TIMER'
  | 'RECOVERY_TIMER'
  | 'VWAP_VOLUME_FLIP'
  | 'BREAK_OF_STRUCTURE'
  | 'CHANGE_OF_CHARACTER'
  | 'HEDGE_GONE'
  | 'BROKER_CLOSED'
  | 'REQUESTED';

export type CloseReason = 'REQUESTED' | 'STOP_LOSS' | 'TAKE_PROFIT' | 'BROKER_GONE' | 'DEFENSIVE' | 'EXPIRED';
export type MonitoringTrigger = 'PROFIT' | 'AGE' | 'LOSS';

/** A closed (or forming) bar; `time` is its open time. Volume 0 means there is none. */
export interface Bar {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export interface Quote {
  readonly time: number;
  readonly bid: number;
  readonly ask: number;
}

/** Volumes bought and sold at market in a window that ended at `time`. */
export interface OrderFlow {
  readonly time: number;
  readonly buyVolume: number;
  readonly sellVolume: number;
}

/** Contract terms of a symbol in an account. Distances are prices, not points. */
export interface Instrument {
  readonly account: string;
  readonly symbol: string;
  readonly digits: number;
  readonly tickSize: number;
  readonly volumeMin: number;
  readonly volumeStep: number;
  readonly volumeMax: number;
  readonly stopsLevel: number;
  readonly freezeLevel: number;
  readonly contractSize: number;
  /** Commission of opening and closing one lot, as a price distance. */
  readonly commissionPerLot: number;
}

export interface NewsEvent {
  readonly eventId: string;
  readonly currency: string;
  readonly time: number;
  readonly impact: 'LOW' | 'MEDIUM' | 'HIGH';
  readonly title: string;
}

/** One signal's part of a score. `available: false` contributes nothing and is never shown as 0. */
export interface SignalContribution {
  readonly signal: Signal;
  readonly available: boolean;
  readonly raw: number;
  readonly capped: number;
  readonly multiplier: number;
  readonly contribution: number;
  /** What it saw, or what is missing, for a person. */
  readonly reason: string;
}

/** How the market treats one direction of one symbol at one moment. */
export interface Evaluation {
  readonly at: number;
  /** null when no signal is available. */
  readonly score: number | null;
  readonly confluence: Confluence;
  /** In the order of SIGNALS. */
  readonly signals: readonly SignalContribution[];
  /** VWAP flip and volume flip, both against the direction. */
  readonly vwapVolumeFlipAgainst: boolean;
}

/** The latest structure event of the coarse bars; `at` is the close time of the bar that made it. */
export interface StructureEvent {
  readonly kind: 'BOS' | 'CHOCH';
  /** The direction of the break: UP favours BUY. */
  readonly direction: 'UP' | 'DOWN';
  readonly at: number;
  /** The level that was broken. */
  readonly level: number;
}

export interface Hedge {
  readonly ticket: bigint;
  readonly volume: number;
  readonly entryPrice: number;
  readonly stopLoss: number | null;
}

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

/**
 * A decision for the broker, from its plan to its end. Its id is deterministic:
 * `account:ticket:version:TYPE` with the version of the event that planned it.
 */
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
}

/** A modification of one field that is under way. */
export interface ModificationLease {
  /** The trade's version at which it was given. */
  readonly token: number;
  /** Database time. */
  readonly endsAt: number;
  /** What is about to be set, once committed; null before, and for a target that is removed. */
  readonly value: number | null;
  readonly committed: boolean;
  /** A person passed over priority and the rule that a stop never loosens. */
  readonly overridden: boolean;
}

/** Who owns one field of a trade. */
export interface FieldOwner {
  readonly field: TradeField;
  readonly manager: string;
  readonly lease: ModificationLease | null;
}

export interface SuppressedAction {
  readonly type: ActionType;
  readonly reason: SuppressionReason;
  readonly note: string;
}

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
  /** What was registered, unchanged. openedAt is filled in. */
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
  /** Broker time of the first snapshot without the position, or without the hedge; null while they are there. */
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
  readonly version: number;
}

/** One change of one trade: the content of one event and so of one revision of the log. */
export type TradeChange =
  /** `adopted`: it was known from the broker, and now its program registers it. */
  | { readonly kind: 'registered'; readonly adopted: boolean }
  | { readonly kind: 'monitoringStarted'; readonly trigger: MonitoringTrigger; readonly price: number }
  | { readonly kind: 'riskEstimated'; readonly risk: number }
  | {
      readonly kind: 'stateChanged';
      readonly from: State;
      readonly to: State;
      readonly cause: TransitionCause;
      readonly evaluation: Evaluation | null;
      readonly price: number | null;
      readonly planned: readonly Action[];
      readonly suppressed: readonly SuppressedAction[];
      /** Actions it overtook, EXPIRED. */
      readonly withdrawn: readonly Action[];
    }
  | {
      readonly kind: 'updated';
      /** Names of the proto Trade fields that changed, such as "stop_loss". */
      readonly changedFields: readonly string[];
      readonly withdrawn: readonly Action[];
      /** The manager that made the change; empty for none. */
      readonly manager: string;
    }
  | {
      readonly kind: 'actionChanged';
      /** After the change. */
      readonly action: Action;
      readonly from: ActionStatus;
      readonly changedFields: readonly string[];
      /** True: a report that came too late to count is kept. */
      readonly evidence: boolean;
      readonly by: string;
      readonly withdrawn: readonly Action[];
    }
  | {
      readonly kind: 'actionPlanned';
      readonly cause: string;
      readonly planned: readonly Action[];
      readonly suppressed: readonly SuppressedAction[];
      readonly withdrawn: readonly Action[];
    }
  | {
      readonly kind: 'reconciled';
      readonly drift: Drift;
      readonly changedFields: readonly string[];
      readonly note: string;
      readonly withdrawn: readonly Action[];
    }
  | {
      readonly kind: 'ownershipChanged';
      readonly field: TradeField;
      readonly step: OwnershipStep;
      readonly manager: string;
      readonly token: number;
      readonly value: number | null;
      readonly owner: string;
      readonly note: string;
    }
  | { readonly kind: 'paused'; readonly reason: string }
  | { readonly kind: 'resumed'; readonly reason: string };

/** A change together with the trade it led to. `at` is the market time. */
export interface TradeEvent {
  readonly trade: Trade;
  readonly at: number;
  readonly change: TradeChange;
}

/** What the state machine and the planning need to know of a symbol's market. MarketView is one. */
export interface MarketFacts {
  /** The market time of the newest data; null before any. */
  readonly asOf: number | null;
  /** The price a trade of this direction would exit at: BUY on bid, SELL on ask; null without data. */
  exitPrice(direction: Direction): number | null;
  /** Best known ask - bid; null when no spread is known. */
  readonly spread: number | null;
  readonly medianSpread: number | null;
  /** ATR(14) of coarse bars; null until warmed up. */
  readonly atrCoarse: number | null;
  readonly atrFine: number | null;
  /** The last confirmed swings of coarse bars. */
  readonly swingHigh: number | null;
  readonly swingLow: number | null;
  /** The latest structure event, however old. */
  readonly structureEvent: StructureEvent | null;
  /** The latest recorded evaluation of a direction. */
  latest(direction: Direction): Evaluation | null;
  /** How many evaluations were recorded since the view began (both directions at once). */
  readonly evaluationCount: number;
  /** Recorded evaluations at or after `from` and within the decay window in which a signal was negative. */
  warnings(direction: Direction, from: number): Partial<Record<Signal, number>>;
  /** True when the newest closed bar is too old to act on at `now` while the market is open. */
  isStale(now: number): boolean;
}
