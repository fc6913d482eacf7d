// Owns the old routes' JSON about trades: trade_info, action_history and what a registration answers. Each
// field is documented in docs/guides/migration.md.
import {
  type Action,
  ActionStatus,
  ActionType,
  Direction,
  Monitoring,
  Signal,
  type Trade,
  TradeState,
} from '../../../gen/ts/dtms/v1/types.js';
import { clockTime, dateTime, isoTime, lowerName, numberValue, ticketValue } from './values.js';

/** An action of a trade with whose it is. */
export interface TradeAction {
  readonly account: string;
  readonly ticket: bigint;
  readonly symbol: string;
  readonly action: Action;
}

/** An action came to an end, or nobody knows whether it did. */
export const SETTLED: readonly ActionStatus[] = [
  ActionStatus.DONE,
  ActionStatus.REJECTED,
  ActionStatus.EXPIRED,
  ActionStatus.DEAD,
  ActionStatus.IN_DOUBT,
];

/** One entry of action_history. */
export function actionEntry({ account, ticket, symbol, action }: TradeAction) {
  const { result } = action;
  return {
    action_type: lowerName(ActionType[action.type]),
    ticket: ticketValue(ticket),
    symbol,
    success: action.status === ActionStatus.DONE,
    timestamp: dateTime(action.plannedAt),
    details: {
      account,
      action_id: action.actionId,
      status: ActionStatus[action.status] ?? 'UNSPECIFIED',
      note: action.note,
      reason: action.reason === '' ? (result?.message ?? '') : action.reason,
      code: result?.code ?? null,
      stop_loss: numberValue(result?.stopLoss ?? action.stopLoss),
      volume: numberValue(result?.volume ?? action.volume),
      price: numberValue(result?.price),
    },
  };
}

/** DTMS watches the trade: it is neither closed nor paused. */
function isProtected({ state, monitoring }: Trade): boolean {
  return state !== TradeState.CLOSED && monitoring !== Monitoring.PAUSED;
}

/** trade_info of GET /dtms/trade/{ticket}. */
export function tradeInfo(trade: Trade, actions: readonly TradeAction[]) {
  return {
    ticket: ticketValue(trade.ticket),
    symbol: trade.symbol,
    state: stateName(trade),
    current_score: numberValue(trade.evaluation?.score),
    state_entry_time: clockTime(trade.stateEnteredAt),
    warnings: Object.fromEntries(
      trade.warnings.map(({ signal, count }) => [lowerName(Signal[signal]), count]),
    ),
    actions_taken: actions.map(actionEntry),
    performance: { score_history: Number(trade.evaluations), warning_count: trade.warnings.length },
    type: Direction[trade.direction] ?? null,
    volume: trade.volume,
    open_price: trade.entryPrice,
    current_price: numberValue(trade.currentPrice),
    // In money: the service does not know it. In units of the initial risk it does.
    profit: null,
    sl: numberValue(trade.stopLoss),
    tp: numberValue(trade.takeProfit),
    protection_active: isProtected(trade),
    account: trade.account,
    state_entered_at: isoTime(trade.stateEnteredAt),
    open_result_r: numberValue(trade.openResultR),
  };
}

/** trade_info of POST /dtms/trade/enable. */
export function registeredInfo(trade: Trade) {
  return {
    ticket: ticketValue(trade.ticket),
    symbol: trade.symbol,
    direction: Direction[trade.direction] ?? null,
    entry_price: trade.entryPrice,
    volume: trade.volume,
    stop_loss: numberValue(trade.stopLoss),
    take_profit: numberValue(trade.takeProfit),
    state: stateName(trade),
    account: trade.account,
  };
}

export const stateName = ({ state }: Trade): string => TradeState[state] ?? 'UNKNOWN';

/** Whether the stop is at the entry or beyond it, on the trade's side. */
export function atBreakeven({ stopLoss, entryPrice, direction }: Trade): boolean {
  if (stopLoss === undefined) return false;
  return direction === Direction.BUY ? stopLoss >= entryPrice : stopLoss <= entryPrice;
}
