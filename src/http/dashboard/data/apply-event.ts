// Owns what an event makes of a trade: pure, and the same as the server's answer but for its owners and what
// comes from its market (evaluation, warnings, price): who shows those asks for them.

import type { PositionNow } from '../../../../gen/ts/dtms/v1/event.js';
import type { ActionJson, Json, TradeEventJson, TradeJson } from './json.js';

/** Statuses in which an action is not settled yet. */
const OPEN = new Set([
  'ACTION_STATUS_PENDING',
  'ACTION_STATUS_LEASED',
  'ACTION_STATUS_EXECUTING',
  'ACTION_STATUS_IN_DOUBT',
]);

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
  };
}

/** The trade after an event; the same object when it had seen it already. */
export function applyEvent(trade: TradeJson, event: TradeEventJson): TradeJson {
  if (BigInt(event.tradeVersion) <= BigInt(trade.tradeVersion)) return trade;
  const withdrawn = new Set(withdrawnBy(event));
  const openActions = trade.openActions.filter(({ actionId }) => !withdrawn.has(actionId));
  return {
    ...trade,
    openActions,
    ...changeOf({ ...trade, openActions }, event),
    state: event.state,
    tradeVersion: event.tradeVersion,
    revision: event.revision,
  };
}

function withdrawnBy(event: TradeEventJson): readonly string[] {
  const { stateChanged, updated, actionChanged, reconciled, actionPlanned } = event;
  const change = stateChanged ?? updated ?? actionChanged ?? reconciled ?? actionPlanned;
  return change?.withdrawnActionIds ?? [];
}

function changeOf(trade: TradeJson, event: TradeEventJson): Partial<TradeJson> {
  const { occurredAt, registered, monitoringStarted, riskEstimated, updated, paused, resumed } = event;
  if (event.stateChanged !== undefined) return transition(trade, event);
  if (event.actionChanged !== undefined) return actionStep(trade, event.actionChanged);
  if (event.reconciled !== undefined) return reconciliation(event);
  if (event.actionPlanned !== undefined)
    return { openActions: [...trade.openActions, ...event.actionPlanned.planned] };
  if (updated !== undefined) return positionOf(updated.position);
  if (monitoringStarted !== undefined) return { monitoring: 'MONITORING_ACTIVE', monitoredSince: occurredAt };
  if (riskEstimated !== undefined) return { riskDistance: riskEstimated.riskDistance, riskEstimated: true };
  if (paused !== undefined) return { monitoring: 'MONITORING_PAUSED' };
  if (resumed !== undefined)
    return { monitoring: trade.monitoredSince === undefined ? 'MONITORING_STANDBY' : 'MONITORING_ACTIVE' };
  // A position the broker told of first is now its program's.
  return registered?.adopted === true && registered.spec !== undefined
    ? { label: registered.spec.label, magicNumber: registered.spec.magicNumber, origin: registered.origin }
    : {};
}

function transition(trade: TradeJson, { stateChanged, occurredAt }: TradeEventJson): Partial<TradeJson> {
  if (stateChanged === undefined) return {};
  const { from, to, evaluation, planned } = stateChanged;
  const closed = to === 'TRADE_STATE_CLOSED';
  return {
    stateEnteredAt: from === to ? trade.stateEnteredAt : occurredAt,
    flatTimerEndsAt: stateChanged.flatTimerEndsAt,
    recoveryTimerEndsAt: stateChanged.recoveryTimerEndsAt,
    evaluation: evaluation ?? trade.evaluation,
    openActions: [...trade.openActions, ...planned],
    ...(closed && {
      monitoring: 'MONITORING_ENDED',
      closeReason: stateChanged.closeReason,
      closedAt: occurredAt,
      closePrice: stateChanged.closePrice,
    }),
  };
}

function actionStep(
  trade: TradeJson,
  change: NonNullable<TradeEventJson['actionChanged']>,
): Partial<TradeJson> {
  const { action, evidence, position } = change;
  const openActions =
    action === undefined || evidence ? trade.openActions : withAction(trade.openActions, action);
  // A close that DTMS decided is recorded before the broker says at what price.
  const closed = change.changedFields.includes('close_price') && { closePrice: action?.result?.price };
  return { openActions, ...positionOf(position), ...closed };
}

function withAction(actions: readonly ActionJson[], action: ActionJson): readonly ActionJson[] {
  if (!OPEN.has(action.status)) return actions.filter(({ actionId }) => actionId !== action.actionId);
  const known = actions.some(({ actionId }) => actionId === action.actionId);
  if (!known) return [...actions, action];
  return actions.map((each) => (each.actionId === action.actionId ? action : each));
}

function reconciliation({ reconciled, occurredAt }: TradeEventJson): Partial<TradeJson> {
  const position = positionOf(reconciled?.position);
  if (reconciled?.drift === 'DRIFT_POSITION_MISSING') return { ...position, missingSince: occurredAt };
  if (reconciled?.drift === 'DRIFT_POSITION_FOUND') return { ...position, missingSince: undefined };
  return position;
}

function positionOf(position: Json<PositionNow> | undefined): Partial<TradeJson> {
  if (position === undefined) return {};
  const { volume, stopLoss, takeProfit, hedge, positionTicket } = position;
  return { volume, stopLoss, takeProfit, hedge, positionTicket };
}
