// Owns the protos' messages as JSON has them, derived from the generated types: a field that is renamed
// there does not compile here.
import type { AccountRisk } from '../../../../gen/ts/dtms/v1/account_service.js';
import type { ListActionsResponse, ListedAction } from '../../../../gen/ts/dtms/v1/action_service.js';
import type { TradeEvent } from '../../../../gen/ts/dtms/v1/event.js';
import type { FeatureFlag } from '../../../../gen/ts/dtms/v1/feature_flag.js';
import type { Bar, Feed, MarketSummary } from '../../../../gen/ts/dtms/v1/market_data_service.js';
import type { Delivery } from '../../../../gen/ts/dtms/v1/notice_service.js';
import type {
  Alarm,
  ApiKey,
  AuditEvent,
  GetStatusResponse,
  PerformanceSample,
  Server,
} from '../../../../gen/ts/dtms/v1/system_service.js';
import type {
  ListStateHistoryResponse,
  WatchTradesResponse,
} from '../../../../gen/ts/dtms/v1/trade_service.js';
import type { Action, Evaluation, Trade } from '../../../../gen/ts/dtms/v1/types.js';

interface Case {
  readonly $case: string;
}

/** The cases of a oneof as fields of their own, of which one is there. */
type CasesOf<U extends Case> = {
  readonly [C in U['$case']]?: Json<Extract<U, { $case: C; value: unknown }>['value']>;
};

type OneofKeys<T> = { [K in keyof T]-?: NonNullable<T[K]> extends Case ? K : never }[keyof T];

type Merged<U> = (U extends unknown ? (each: U) => void : never) extends (all: infer All) => void
  ? All
  : never;

type FieldsOf<T> = { readonly [K in keyof T as K extends OneofKeys<T> ? never : K]: Json<T[K]> };

type OneofsOf<T> = [OneofKeys<T>] extends [never]
  ? unknown
  : Merged<{ [K in OneofKeys<T>]: CasesOf<Extract<T[K], Case>> }[OneofKeys<T>]>;

/**
 * A message by the JSON rules of protos: 64-bit integers and times are strings, enums are their full names
 * ("TRADE_STATE_HEDGED"), a oneof is its case's own field.
 */
export type Json<T> = T extends undefined
  ? undefined
  : T extends bigint | Date | string
    ? string
    : T extends boolean
      ? boolean
      : T extends number
        ? // A number is assignable to an enum, but not every number's text is one of its members'.
          `${number}` extends `${T}`
          ? number
          : string
        : T extends readonly (infer Item)[]
          ? readonly Json<Item>[]
          : FieldsOf<T> & OneofsOf<T>;

export type AccountJson = Json<AccountRisk>;
export type ActionJson = Json<Action>;
export type BarJson = Json<Bar>;
export type AlarmJson = Json<Alarm>;
export type ApiKeyJson = Json<ApiKey>;
export type AuditEventJson = Json<AuditEvent>;
export type ActionsJson = Json<ListActionsResponse>;
export type EvaluationJson = Json<Evaluation>;
export type DeliveryJson = Json<Delivery>;
export type FlagJson = Json<FeatureFlag>;
export type FeedJson = Json<Feed>;
export type ListedActionJson = Json<ListedAction>;
export type MarketSummaryJson = Json<MarketSummary>;
export type PerformanceSampleJson = Json<PerformanceSample>;
export type ServerJson = Json<Server>;
export type StateHistoryJson = Json<ListStateHistoryResponse>;
export type StatusJson = Json<GetStatusResponse>;
export type TradeEventJson = Json<TradeEvent>;
export type TradeJson = Json<Trade>;
export type WatchJson = Json<WatchTradesResponse>;
