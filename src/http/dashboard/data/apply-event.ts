// Owns what an event makes of a trade: pure, and the same as the server's answer but for its owners and what
// comes from its market (evaluation, warnings, price): who shows those asks for them.

import type { PositionNow } from '../../../../gen/ts/dtms/v1/event.js';
import {
  actionSteps,
  openAfter,
  type ToldChange,
  type ToldFacts,
  toldFacts,
} from '../../../domain/trade/event-fold.js';
import type { ActionJson, Json, TradeEventJson, TradeJson } from './json.js';

type PositionJson = Json<PositionNow>;

/** The trade an event of registration begins; undefined for other events. */
export function tradeFrom(event: TradeEventJson): TradeJson | undefined {
  const { registered, account, ticket, symbol, state, occurredAt } = event;
  const spec = registered?.spec;
  if (registered === undefined || spec === undefined) return undefined;
  return {
    account,
    ticket,
    symbol,
    state,
    instrument: registered.instrument,
    direction: spec.direction,
    entryPrice: spec.entryPrice,
    initialVolume: spec.volume,
    volume: spec.volume,
    initialStopLoss: spec.initialStopLoss ?? spec.stopLoss,
    stopLoss: spec.stopLoss,
    takeProfit: spec.takeProfit,
    riskDistance: registered.riskDistance,
    riskEstimated: false,
    openedAt: spec.openedAt,
    feed: spec.feed,
    positionTicket: spec.positionTicket,
    magicNumber: spec.magicNumber,
    label: spec.label,
    stateEnteredAt: occurredAt,
    monitoring: 'MONITORING_STANDBY',
    monitoredSince: undefined,
    evaluation: undefined,
    evaluations: '0',
    warnings: [],
    flatTimerEndsAt: undefined,
    recoveryTimerEndsAt: undefined,
    hedge: undefined,
    openActions: [],
    currentPrice: undefined,
    openResultR: undefined,
    closeReason: 'CLOSE_REASON_UNSPECIFIED',
    closedAt: undefined,
    closePrice: undefined,
    tradeVersion: '0',
    revision: '0',
    closedVolume: 0,
    origin: registered.origin,
    owners: [],
    missingSince: undefined,
    policy: policyIn(event),
  };
}

/** The policy a trade has after an event: the documented plan where none is told. */
function policyIn({ policy }: TradeEventJson): NonNullable<TradeJson['policy']> {
  return policy ?? { name: 'dtms', version: '1' };
}

/** The trade after an event; the same object when it had seen it already. */
export function applyEvent(trade: TradeJson, event: TradeEventJson): TradeJson {
  if (BigInt(event.tradeVersion) <= BigInt(trade.tradeVersion)) return trade;
  // Netting turned the position round: another trade begins under the ticket.
  const next = event.registered?.adopted === false ? tradeFrom(event) : undefined;
  if (next !== undefined) return { ...next, tradeVersion: event.tradeVersion, revision: event.revision };
  const { state, tradeVersion, revision } = event;
  const change = changeIn(event);
  return {
    ...trade,
    openActions: openAfter(trade.openActions, actionSteps(change, statusOf)),
    ...factsAfter(event, toldFacts(change, state.replace('TRADE_STATE_', ''))),
    ...shownAfter(trade, event),
    policy: policyIn(event),
    state,
    tradeVersion,
    revision,
  };
}

function changeIn(event: TradeEventJson): ToldChange<ActionJson, PositionJson, string> {
  const {
    registered,
    riskEstimated,
    stateChanged,
    updated,
    actionChanged,
    actionPlanned,
    reconciled,
    reopened,
  } = event;
  const told = stateChanged ?? updated ?? actionChanged ?? actionPlanned ?? reconciled ?? reopened;
  return told ?? registered ?? riskEstimated ?? {};
}

function statusOf({ status }: ActionJson): string {
  return status.replace('ACTION_STATUS_', '');
}

function factsAfter(
  { occurredAt }: TradeEventJson,
  { risk, position, closed, ...late }: ToldFacts<PositionJson, string>,
): Partial<TradeJson> {
  return {
    ...(risk !== undefined && { riskDistance: risk }),
    ...(position !== undefined && positionOf(position)),
    ...(closed !== undefined && {
      monitoring: 'MONITORING_ENDED',
      closeReason: closed.reason,
      closedAt: occurredAt,
      closePrice: closed.price,
    }),
    ...late,
  };
}

/** What only a page shows: monitoring, timers, the evaluation, what is missed. */
function shownAfter(trade: TradeJson, event: TradeEventJson): Partial<TradeJson> {
  const { occurredAt, registered, monitoringStarted, riskEstimated, stateChanged, reconciled } = event;
  if (stateChanged !== undefined) {
    const { from, to, flatTimerEndsAt, recoveryTimerEndsAt, evaluation = trade.evaluation } = stateChanged;
    const stateEnteredAt = from === to ? trade.stateEnteredAt : occurredAt;
    return { stateEnteredAt, flatTimerEndsAt, recoveryTimerEndsAt, evaluation };
  }
  if (event.updated !== undefined) {
    const { flatTimerEndsAt, recoveryTimerEndsAt } = event.updated;
    return {
      flatTimerEndsAt: flatTimerEndsAt ?? trade.flatTimerEndsAt,
      recoveryTimerEndsAt: recoveryTimerEndsAt ?? trade.recoveryTimerEndsAt,
    };
  }
  if (reconciled?.drift === 'DRIFT_POSITION_MISSING') return { missingSince: occurredAt };
  if (reconciled?.drift === 'DRIFT_POSITION_FOUND') return { missingSince: undefined };
  if (monitoringStarted !== undefined) return { monitoring: 'MONITORING_ACTIVE', monitoredSince: occurredAt };
  if (riskEstimated !== undefined) return { riskEstimated: true };
  if (event.reopened !== undefined) {
    const ended = { closeReason: 'CLOSE_REASON_UNSPECIFIED', closedAt: undefined, closePrice: undefined };
    return { ...ended, missingSince: undefined, stateEnteredAt: occurredAt, monitoring: monitoringOf(trade) };
  }
  if (event.paused !== undefined) return { monitoring: 'MONITORING_PAUSED' };
  if (event.resumed !== undefined) return { monitoring: monitoringOf(trade) };
  // A position the broker told of first is now its program's.
  return registered?.adopted === true && registered.spec !== undefined
    ? { label: registered.spec.label, magicNumber: registered.spec.magicNumber, origin: registered.origin }
    : {};
}

function monitoringOf({ monitoredSince }: TradeJson): string {
  return monitoredSince === undefined ? 'MONITORING_STANDBY' : 'MONITORING_ACTIVE';
}

function positionOf({ entryPrice, ...position }: PositionJson): Partial<TradeJson> {
  const { volume, stopLoss, takeProfit, hedge, positionTicket } = position;
  const told = { volume, stopLoss, takeProfit, hedge, positionTicket };
  return entryPrice === undefined ? told : { ...told, entryPrice };
}
