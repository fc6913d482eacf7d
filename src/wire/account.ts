// Accounts and what a broker shows of them between the domain and the wire.
import * as pb from '../../gen/ts/dtms/v1/account_service.js';
import { Drift } from '../../gen/ts/dtms/v1/event.js';
import { Direction as DirectionMessage } from '../../gen/ts/dtms/v1/types.js';
import {
  type Account,
  type AccountTerms,
  bridgeObstacle,
  brokerTime,
  type Heartbeat,
  termsOf,
  tradingStateOf,
} from '../domain/account.js';
import type { BrokerDeal, BrokerPosition, BrokerSnapshot } from '../domain/broker.js';
import { holding, RAILS, railLimit, railValue } from '../domain/rails.js';
import type { Rules } from '../domain/rules.js';
import type { ActionStatus, Direction, TradingState } from '../domain/types.js';
import type { ReconcileReport } from '../engine/reconcile.js';
import { fromDate, orNull, toDate } from './time.js';

export function termsFromProto(request: pb.UpsertAccountRequest): AccountTerms {
  const { fifo, hedgeAddsMargin, marginMode } = request;
  return { marginMode: marginMode === pb.MarginMode.NETTING ? 'netting' : 'hedging', fifo, hedgeAddsMargin };
}

/** `now` is the database's time: a heartbeat without a date is of now. */
export function heartbeatFromProto(request: pb.ReportAccountRequest, now: number): Heartbeat {
  const { bridgeId, terminalAccount, connected, tradeAllowed, equity, balance, utcOffsetMinutes } = request;
  return {
    bridgeId,
    terminalAccount,
    connected,
    tradeAllowed,
    equity,
    balance,
    utcOffsetMinutes,
    reportedAt: fromDate(request.reportedAt) ?? now,
  };
}

/** Without deals_since nothing is known of the deals there were; the field rules require taken_at. */
export function snapshotFromProto(request: pb.ReconcilePositionsRequest): BrokerSnapshot {
  const takenAt = fromDate(request.takenAt) ?? 0;
  return {
    takenAt,
    complete: request.complete,
    positions: request.positions.map((position) => positionFromProto(position, takenAt)),
    deals: request.deals.map(dealFromProto),
    dealsSince: fromDate(request.dealsSince) ?? Number.POSITIVE_INFINITY,
  };
}

function positionFromProto(position: pb.BrokerPosition, takenAt: number): BrokerPosition {
  const { identifier, ticket, symbol, direction, volume, entryPrice, magicNumber, comment } = position;
  return {
    identifier,
    ticket: ticket === 0n ? identifier : ticket,
    symbol,
    direction: DirectionMessage[direction] as Direction,
    volume,
    entryPrice,
    stopLoss: orNull(position.stopLoss),
    takeProfit: orNull(position.takeProfit),
    magicNumber,
    comment,
    openedAt: fromDate(position.openedAt) ?? takenAt,
  };
}

function dealFromProto(deal: pb.BrokerDeal): BrokerDeal {
  const { positionIdentifier, symbol, volume, price, magicNumber, comment } = deal;
  const reason = deal.reason === pb.DealReason.UNSPECIFIED ? pb.DealReason.CLIENT : deal.reason;
  return {
    deal: deal.deal,
    positionIdentifier,
    symbol,
    entry: pb.DealEntry[deal.entry] as BrokerDeal['entry'],
    direction: DirectionMessage[deal.direction] as Direction,
    volume,
    price,
    magicNumber,
    comment,
    reason: pb.DealReason[reason] as BrokerDeal['reason'],
    time: fromDate(deal.time) ?? 0,
  };
}

export function reportToProto(report: ReconcileReport, revision: number): pb.ReconcilePositionsResponse {
  return {
    probe: [...report.probe],
    drifts: report.drifts.map(({ ticket, drift, note }) => ({ ticket, drift: Drift[drift], note })),
    registered: [...report.registered],
    closed: [...report.closed],
    settledActionIds: [...report.settledActionIds],
    revision: BigInt(revision),
  };
}

/** What of an account's trades its risk shows. */
export interface OpenWork {
  readonly activeTrades: number;
  readonly openActions: Readonly<Partial<Record<ActionStatus, number>>>;
  /** Lots times price distance times contract size, summed. */
  readonly openRisk: number;
}

/** The account at database time `now`. */
export function riskToProto(account: Account, work: OpenWork, now: number, rules: Rules): pb.AccountRisk {
  const { marginMode, fifo, hedgeAddsMargin } = termsOf(account, rules);
  const { personState, money } = account;
  const at = brokerTime(account, now);
  return {
    account: account.account,
    marginMode: marginMode === 'netting' ? pb.MarginMode.NETTING : pb.MarginMode.HEDGING,
    fifo,
    hedgeAddsMargin,
    tradingState: tradingStateToProto(tradingStateOf(account, at, rules).state),
    personState: tradingStateToProto(personState?.state ?? 'ACTIVE'),
    person: personState?.by ?? '',
    personReason: personState?.reason ?? '',
    equity: money?.equity,
    balance: money?.balance,
    reportedAt: toDate(money?.at ?? null),
    rails: railsToProto(account, at, rules),
    bridges: bridgesToProto(account, now, rules),
    activeTrades: work.activeTrades,
    openActions: Object.fromEntries(Object.entries(work.openActions)),
    openRisk: work.openRisk,
    reconciledAt: toDate(account.reconciledAt),
    // Reported together with the money.
    utcOffsetMinutes: money === null ? undefined : account.utcOffsetMinutes,
  };
}

function railsToProto(account: Account, at: number, rules: Rules): pb.RailState[] {
  const held = holding(account.rails, at);
  return RAILS.map((rail) => {
    const tripped = held.find((known) => known.rail === rail);
    return {
      rail: pb.Rail[rail],
      value: railValue(account, rail, account.money?.equity ?? null),
      limit: railLimit(rail, rules.rails),
      trippedAt: toDate(tripped?.trippedAt ?? null),
      holdsUntil: toDate(tripped?.holdsUntil ?? null),
    };
  });
}

function bridgesToProto(account: Account, now: number, rules: Rules): pb.BridgeState[] {
  return Object.entries(account.bridges).map(([bridgeId, { seenAt }]) => {
    const obstacle = bridgeObstacle(account, bridgeId, now, rules);
    return { bridgeId, seenAt: toDate(seenAt), ready: obstacle === '', obstacle };
  });
}

export function tradingStateFromProto(state: pb.TradingState): TradingState {
  return pb.TradingState[state] as TradingState;
}

export function tradingStateToProto(state: TradingState): pb.TradingState {
  return pb.TradingState[state];
}
