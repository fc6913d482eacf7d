// Owns what the effect of DTMS on a trade is: its result, and that of the same trade left alone. Times are UTC ms, prices in
// quote currency, results in R to six places.
import type { Direction } from '../market/direction.js';

export const EFFECT_STATUSES = ['FOLLOWED', 'TOLD', 'APART'] as const;
/** The trade left alone is followed to its end; the effect is told; or the trade is apart, because it cannot be told. */
export type EffectStatus = (typeof EFFECT_STATUSES)[number];

export const APART_REASONS = [
  'R_UNKNOWN',
  'RESULT_UNKNOWN',
  'CHANGED_BY_OTHERS',
  'HISTORY_GONE',
  'PRICES_MISSING',
  'PLAN_NOT_FOLLOWED',
  'POLICY_GONE',
] as const;
/** Why an effect cannot be told. */
export type ApartReason = (typeof APART_REASONS)[number];

export const ALONE_ENDS = ['TOGETHER', 'STOP_LOSS', 'TAKE_PROFIT', 'HORIZON'] as const;
/** How the trade left alone ended: together with the real one, at its own stop or target, or valued at the horizon. */
export type AloneEnd = (typeof ALONE_ENDS)[number];

export interface TradeEffect {
  readonly account: string;
  readonly ticket: bigint;
  /** The version of the trade's registration: netting may give a ticket to another trade. */
  readonly begunVersion: number;
  readonly symbol: string;
  readonly policy: string;
  readonly feed: string;
  readonly instrument: string;
  readonly openedAt: number;
  /** When nothing of the real trade was open any more. */
  readonly closedAt: number;
  readonly status: EffectStatus;
  readonly apart: ApartReason | null;
  /** Whether DTMS did anything at the broker. */
  readonly touched: boolean;
  /** null where it is not known. */
  readonly withR: number | null;
  readonly withoutR: number | null;
  readonly aloneEnd: AloneEnd | null;
  readonly aloneEndedAt: number | null;
  /** How the trade left alone is followed; null where it is not. */
  readonly pursuit: Pursuit | null;
  /** What policies that only observed would have made of it, by name. */
  readonly observed: readonly ObservedEffect[];
}

export const OBSERVED_ENDS = [...ALONE_ENDS, 'RULE'] as const;
/** As AloneEnd, or closed by a rule of the policy. */
export type ObservedEnd = (typeof OBSERVED_ENDS)[number];

/** What one version of a policy would have made of a trade that it only observed. */
export interface ObservedEffect {
  readonly policy: string;
  readonly version: number;
  readonly status: EffectStatus;
  readonly apart: ApartReason | null;
  /** null until it is told. */
  readonly r: number | null;
  readonly end: ObservedEnd | null;
  readonly endedAt: number | null;
  /** How it is followed; null where it is not. */
  readonly course: ObservedCourse | null;
}

/** A trade as its rules would have had it so far, and all by which it is followed on. */
export interface ObservedCourse {
  readonly start: ObservedStart;
  /** Prices before this were seen. */
  readonly seenUntil: number;
  readonly unseenMs: number;
  readonly stopLoss: number | null;
  /** Lots that are open. */
  readonly volume: number;
  /** What closed lots earned: lots times price distance. */
  readonly earned: number;
  /** M15 bars that have closed since the entry, and the most favourable exit price since. */
  readonly barsHeld: number;
  readonly best: number;
  /** The newest exit price; null before any. */
  readonly price: number | null;
  /** R its rules go by, as a price distance; null while it is not known. */
  readonly ruleRisk: number | null;
  /** What was decided at the last close and is done at the next open. */
  readonly decided: {
    readonly close: boolean;
    readonly reduceBy: number | null;
    readonly stop: number | null;
  } | null;
}

/** What does not change of it. */
export interface ObservedStart {
  readonly direction: Direction;
  readonly entryPrice: number;
  readonly volume: number;
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
  readonly openedAt: number;
  /** R as a price distance, by which its result is told. */
  readonly risk: number;
  /** What opening and closing one lot costs, as a price distance. */
  readonly commission: number;
  /** ask - bid. */
  readonly spread: number;
  readonly terms: {
    readonly tickSize: number;
    readonly stopsLevel: number;
    readonly freezeLevel: number;
    readonly volumeMin: number;
    readonly volumeStep: number;
    readonly minimumStepR: number;
  };
  /** Where the real one ended by nothing DTMS did, so that this one did too; null else. */
  readonly together: { readonly at: number; readonly price: number } | null;
  /** It is valued here where nothing ended it before. */
  readonly until: number;
}

/** All by which a trade left alone is followed. */
export interface Pursuit {
  readonly alone: LeftAlone;
  readonly entryPrice: number;
  /** R as a price distance. */
  readonly risk: number;
  /** What opening and closing one lot costs, as a price distance. */
  readonly commission: number;
  readonly followed: Followed;
}

/** A position with the stop and target it was opened with. */
export interface LeftAlone {
  readonly direction: Direction;
  readonly stopLoss: number | null;
  readonly takeProfit: number | null;
  /** When the real position ended: until then this one was open too. */
  readonly from: number;
  /** It is valued here where nothing ended it before. */
  readonly until: number;
  /** ask - bid, by which a SELL is ended; bars are bids. */
  readonly spread: number;
}

/** How far a position left alone was followed. */
export interface Followed {
  /** Prices before this were seen, or will not be. */
  readonly seenUntil: number;
  /** Open market time without any price, ms. */
  readonly unseenMs: number;
  /** The newest exit price; null before any. */
  readonly price: number | null;
  readonly end: {
    readonly at: number;
    readonly price: number;
    readonly reason: Exclude<AloneEnd, 'TOGETHER'>;
  } | null;
}

/** What effects say together. Sums are in R and exact to six places: those of parts add up to the whole's. */
export interface EffectSummary {
  /** Trades whose effect is told; the figures are theirs. */
  readonly trades: number;
  /** Of them, those at whose broker DTMS did something. */
  readonly touched: number;
  readonly helped: number;
  readonly hurt: number;
  readonly withR: number;
  readonly withoutR: number;
  readonly difference: number;
  /** The mean difference a trade; null where there is too little to say. */
  readonly mean: { readonly value: number; readonly low: number; readonly high: number } | null;
  /** Trades that are still followed. */
  readonly followed: number;
  /** Trades of which it cannot be told, by why. */
  readonly apart: Readonly<Record<ApartReason, number>>;
}
