// Owns finding a trade by the ticket alone, which is all the old callers have.
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { GetTradeRequest, ListTradesRequest } from '../../../gen/ts/dtms/v1/trade_service.js';
import { type Trade, TradeState } from '../../../gen/ts/dtms/v1/types.js';
import { CallFailure, type LegacyCaller } from './caller.js';
import { GET_TRADE, LIST_TRADES } from './procedures.js';

/** Which trade: a ticket, and the account where the caller names one. */
export interface TradeReference {
  readonly ticket: bigint;
  readonly account: string | undefined;
  /** Where to look when the caller's key is limited to accounts and it names none. */
  readonly defaultAccount: string;
}

/** More accounts with the same ticket than this are not named in the refusal. */
const MAX_NAMED = 10;

/**
 * The trade, of the account that is named or else of the only account that has the ticket; active trades
 * come before closed ones. undefined when there is none.
 *
 * @throws CallFailure, also with ALREADY_EXISTS when several accounts have the ticket.
 */
export async function findTrade(
  caller: LegacyCaller,
  { ticket, account, defaultAccount }: TradeReference,
): Promise<Trade | undefined> {
  if (account !== undefined) return getTrade(caller, account, ticket);
  try {
    return (await only(caller, ticket, [])) ?? (await only(caller, ticket, [TradeState.CLOSED]));
  } catch (error) {
    if (!(error instanceof CallFailure) || error.report.metadata.field !== 'filter.account') throw error;
    return getTrade(caller, defaultAccount, ticket);
  }
}

/** A trade of an account; undefined when there is none. Throws CallFailure. */
export async function getTrade(
  caller: LegacyCaller,
  account: string,
  ticket: bigint,
): Promise<Trade | undefined> {
  try {
    const request = GetTradeRequest.fromPartial({ account, ticket });
    return (await caller.call(GET_TRADE, () => request)).trade;
  } catch (error) {
    if (error instanceof CallFailure && error.report.reason === ErrorReason.TRADE_NOT_FOUND) return undefined;
    throw error;
  }
}

async function only(
  caller: LegacyCaller,
  ticket: bigint,
  states: readonly TradeState[],
): Promise<Trade | undefined> {
  const request = ListTradesRequest.fromPartial({
    filter: { tickets: [ticket], states: [...states] },
    pageSize: MAX_NAMED,
  });
  const { trades } = await caller.call(LIST_TRADES, () => request);
  if (trades.length > 1) throw ambiguous(ticket, trades);
  return trades[0];
}

function ambiguous(ticket: bigint, trades: readonly Trade[]): CallFailure {
  const accounts = trades.map(({ account }) => account).join(',');
  return new CallFailure({
    status: 409,
    code: 'ALREADY_EXISTS',
    reason: ErrorReason.AMBIGUOUS_TICKET,
    message: `several accounts have a trade with ticket ${ticket}: ${accounts}; name one with ?account=`,
    metadata: { ticket: String(ticket), accounts },
    fields: [],
  });
}
