// Owns what DTMS did lately, and to one trade: action_history and actions_taken.
import { ListActionsRequest, type ListedAction } from '../../../gen/ts/dtms/v1/action_service.js';
import { ListTradesRequest } from '../../../gen/ts/dtms/v1/trade_service.js';
import { type Trade, TradeState } from '../../../gen/ts/dtms/v1/types.js';
import type { LegacyCaller } from './caller.js';
import { LIST_ACTIONS, LIST_TRADES } from './procedures.js';
import { actionEntry, SETTLED, type TradeAction } from './trade-answers.js';

/** The old server kept so many and told so many of them. */
const KEPT = 50;
const TOLD = 10;
const PER_TRADE = 100;
/** More trades than this with the tickets of the actions told are not looked through for their symbols. */
const LOOKED_AT = 1000;
/** Asked for no state, a list has no closed trades. */
const EVERY_STATE: readonly TradeState[] = [
  TradeState.HEALTHY,
  TradeState.WARNING_L1,
  TradeState.WARNING_L2,
  TradeState.HEDGED,
  TradeState.RECOVERING,
  TradeState.CLOSED,
];

/**
 * GET /dtms/actions: the actions planned last among those that came to an end, oldest first.
 *
 * @throws CallFailure
 */
export async function actionHistory(caller: LegacyCaller, account: string | undefined) {
  const kept = await newestSettled(caller, { account: account ?? '', pageSize: KEPT });
  const told = await withSymbols(caller, account, kept.slice(-TOLD));
  return {
    success: true,
    summary:
      kept.length === 0
        ? 'DTMS has done nothing lately'
        : `The last ${told.length} of ${kept.length} DTMS actions`,
    action_history: told.map(actionEntry),
    total_actions: kept.length,
    error: null,
  };
}

/** The last 100 actions of a trade that came to an end, oldest first. Throws CallFailure. */
export async function actionsOf(caller: LegacyCaller, trade: Trade): Promise<readonly TradeAction[]> {
  const { account, ticket, symbol } = trade;
  const settled = await newestSettled(caller, { account, ticket, pageSize: PER_TRADE });
  return settled.flatMap((listed) => tradeAction(listed, symbol));
}

/** Oldest first. */
async function newestSettled(
  caller: LegacyCaller,
  { account, ticket, pageSize }: Pick<ListActionsRequest, 'account' | 'pageSize'> & { ticket?: bigint },
): Promise<readonly ListedAction[]> {
  const request = ListActionsRequest.fromPartial({
    ...{ account, ticket, pageSize, statuses: [...SETTLED], newestFirst: true },
  });
  const { actions } = await caller.call(LIST_ACTIONS, () => request);
  return actions.toReversed();
}

/** An action does not say its trade's symbol: the trades do, all of them in one list. */
async function withSymbols(
  caller: LegacyCaller,
  account: string | undefined,
  actions: readonly ListedAction[],
): Promise<readonly TradeAction[]> {
  if (actions.length === 0) return [];
  const tickets = [...new Set(actions.map(({ ticket }) => ticket))];
  const request = ListTradesRequest.fromPartial({
    filter: { account: account ?? '', tickets, states: [...EVERY_STATE] },
    pageSize: LOOKED_AT,
  });
  const { trades } = await caller.call(LIST_TRADES, () => request);
  const symbols = new Map(trades.map((trade) => [keyOf(trade), trade.symbol]));
  return actions.flatMap((listed) => tradeAction(listed, symbols.get(keyOf(listed)) ?? ''));
}

const keyOf = ({ account, ticket }: Pick<Trade, 'account' | 'ticket'>): string => `${account}:${ticket}`;

function tradeAction({ account, ticket, action }: ListedAction, symbol: string): readonly TradeAction[] {
  return action === undefined ? [] : [{ account, ticket, symbol, action }];
}
