// What DTMS did lately, and to one trade: action_history and actions_taken.
import { ListActionsRequest } from '../../../gen/ts/dtms/v1/action_service.js';
import { GetStatusRequest } from '../../../gen/ts/dtms/v1/system_service.js';
import { ListTradeEventsRequest } from '../../../gen/ts/dtms/v1/trade_service.js';
import type { Trade } from '../../../gen/ts/dtms/v1/types.js';
import type { Caller } from './caller.js';
import { GET_STATUS, LIST_ACTIONS, LIST_TRADE_EVENTS } from './procedures.js';
import { actionEntry, isSettled, type TradeAction } from './trade-answers.js';

/** Events looked at for the newest actions; what a page of the log holds at most. */
const LOOKED_AT = 1000;
/** The old server kept so many and told so many of them. */
const KEPT = 50;
const TOLD = 10;
const PER_TRADE = 100;

/**
 * GET /dtms/actions: the newest actions that came to an end, oldest first, among the log's last 1,000 events.
 *
 * @throws CallFailure
 */
export async function actionHistory(caller: Caller, account: string | undefined) {
  const { headRevision } = await caller.call(GET_STATUS, () => GetStatusRequest.fromPartial({}));
  const start = headRevision - BigInt(LOOKED_AT);
  const request = ListTradeEventsRequest.fromPartial({
    filter: { account: account ?? '' },
    afterRevision: start > 0n ? start : 0n,
    pageSize: LOOKED_AT,
  });
  const { events } = await caller.call(LIST_TRADE_EVENTS, () => request);
  const settled = events.flatMap((event): TradeAction[] => {
    const action = event.change?.$case === 'actionChanged' ? event.change.value.action : undefined;
    if (action === undefined || !isSettled(action)) return [];
    return [
      { account: event.account, ticket: event.ticket, symbol: event.symbol, action, at: event.occurredAt },
    ];
  });
  const kept = settled.slice(-KEPT);
  const told = kept.slice(-TOLD);
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

/** The first 100 actions of a trade that came to an end. Throws CallFailure. */
export async function actionsOf(caller: Caller, trade: Trade): Promise<readonly TradeAction[]> {
  const { account, ticket, symbol } = trade;
  const request = ListActionsRequest.fromPartial({ account, ticket, pageSize: PER_TRADE });
  const { actions } = await caller.call(LIST_ACTIONS, () => request);
  return actions.flatMap(({ action }) =>
    action === undefined || !isSettled(action)
      ? []
      : [{ account, ticket, symbol, action, at: action.plannedAt }],
  );
}
