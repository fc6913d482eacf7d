// Owns a trade between the domain and the wire.
import * as pb from '../../gen/ts/dtms/v1/types.js';
import type { Direction } from '../domain/market/direction.js';
import { ownersOf } from '../domain/ownership/ownership.js';
import type { SuppressedAction } from '../domain/trade/action.js';
import type { FieldOwner } from '../domain/trade/owner.js';
import { DEFAULT_POLICY } from '../domain/trade/policy-ref.js';
import type { ShownTrade } from '../domain/trade/reading.js';
import { OPEN_STATES, type State } from '../domain/trade/state.js';
import type { Hedge, TradeSpec } from '../domain/trade/trade.js';
import { actionToProto } from './action.js';
import { evaluationToProto, warningsToProto } from './evaluation.js';
import { policyRefToProto } from './policy-ref.js';
import { fromDate, orAbsent, orNull, toDate } from './time.js';

/** As it was told: the feed is empty where none was named. */
export function specFromProto(spec: pb.TradeSpec): TradeSpec {
  return {
    account: spec.account,
    ticket: spec.ticket,
    symbol: spec.symbol,
    direction: pb.Direction[spec.direction] as Direction,
    entryPrice: spec.entryPrice,
    volume: spec.volume,
    stopLoss: orNull(spec.stopLoss),
    takeProfit: orNull(spec.takeProfit),
    initialStopLoss: orNull(spec.initialStopLoss),
    openedAt: fromDate(spec.openedAt),
    feed: spec.feed,
    positionTicket: spec.positionTicket,
    magicNumber: spec.magicNumber,
    label: spec.label,
  };
}

export function specToProto(spec: TradeSpec, openedAt: number): pb.TradeSpec {
  return {
    account: spec.account,
    ticket: spec.ticket,
    symbol: spec.symbol,
    direction: pb.Direction[spec.direction],
    entryPrice: spec.entryPrice,
    volume: spec.volume,
    stopLoss: orAbsent(spec.stopLoss),
    takeProfit: orAbsent(spec.takeProfit),
    initialStopLoss: orAbsent(spec.initialStopLoss),
    openedAt: toDate(openedAt),
    feed: spec.feed,
    positionTicket: spec.positionTicket,
    magicNumber: spec.magicNumber,
    label: spec.label,
  };
}

export function hedgeFromProto(leg: pb.HedgeLeg): Hedge {
  return {
    ticket: leg.ticket,
    volume: leg.volume,
    entryPrice: leg.entryPrice,
    stopLoss: orNull(leg.stopLoss),
  };
}

export function hedgeToProto(hedge: Hedge): pb.HedgeLeg {
  return {
    ticket: hedge.ticket,
    volume: hedge.volume,
    entryPrice: hedge.entryPrice,
    stopLoss: orAbsent(hedge.stopLoss),
  };
}

export function suppressedToProto(action: SuppressedAction): pb.SuppressedAction {
  return {
    type: pb.ActionType[action.type],
    reason: pb.SuppressionReason[action.reason],
    note: action.note,
    flag: action.flag,
  };
}

export function ownerToProto({ field, manager, lease }: FieldOwner): pb.FieldOwner {
  return {
    field: pb.TradeField[field],
    manager,
    token: BigInt(lease?.token ?? 0),
    leaseEndsAt: toDate(lease?.endsAt ?? null),
    committed: lease?.committed ?? false,
  };
}

export function tradeToProto({ trade, reading, revision }: ShownTrade): pb.Trade {
  const { spec } = trade;
  return {
    account: spec.account,
    ticket: spec.ticket,
    symbol: spec.symbol,
    instrument: trade.instrument,
    direction: pb.Direction[spec.direction],
    entryPrice: spec.entryPrice,
    initialVolume: spec.volume,
    volume: trade.volume,
    initialStopLoss: orAbsent(spec.initialStopLoss ?? spec.stopLoss),
    stopLoss: orAbsent(trade.stopLoss),
    takeProfit: orAbsent(trade.takeProfit),
    riskDistance: orAbsent(trade.risk),
    riskEstimated: trade.riskEstimated,
    openedAt: toDate(trade.openedAt),
    feed: spec.feed,
    positionTicket: trade.positionTicket,
    magicNumber: spec.magicNumber,
    label: spec.label,
    state: pb.TradeState[trade.state],
    stateEnteredAt: toDate(trade.stateEnteredAt),
    monitoring: pb.Monitoring[reading.monitoring],
    monitoredSince: toDate(trade.monitoredSince),
    evaluation: reading.evaluation === null ? undefined : evaluationToProto(reading.evaluation),
    evaluations: BigInt(reading.evaluations),
    warnings: warningsToProto(reading.warnings),
    flatTimerEndsAt: toDate(trade.flatTimerEndsAt),
    recoveryTimerEndsAt: toDate(trade.recoveryTimerEndsAt),
    hedge: trade.hedge === null ? undefined : hedgeToProto(trade.hedge),
    openActions: trade.actions.map(actionToProto),
    currentPrice: orAbsent(reading.currentPrice),
    openResultR: orAbsent(reading.openResultR),
    closeReason: trade.closeReason === null ? pb.CloseReason.UNSPECIFIED : pb.CloseReason[trade.closeReason],
    closedAt: toDate(trade.closedAt),
    closePrice: orAbsent(trade.closePrice),
    tradeVersion: BigInt(trade.version),
    revision: BigInt(revision),
    closedVolume: trade.closedVolume,
    origin: pb.TradeOrigin[trade.origin],
    owners: ownersOf(trade).map(ownerToProto),
    missingSince: toDate(trade.missingSince),
    policy: policyRefToProto(trade.policy ?? DEFAULT_POLICY),
  };
}

/** How many trades are in each open state. */
export function stateCountsToProto(countOf: (state: State) => number): pb.StateCount[] {
  return OPEN_STATES.map((state) => ({ state: pb.TradeState[state], trades: BigInt(countOf(state)) }));
}
