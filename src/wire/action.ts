// Actions between the domain and the wire.
import type { LeasedAction } from '../../gen/ts/dtms/v1/action_service.js';
import * as pb from '../../gen/ts/dtms/v1/types.js';
import { tagOf } from '../domain/action-tag.js';
import { outcomeOf } from '../domain/result-codes.js';
import type { Action, ActionOutcome, ActionResult, ActionType, Trade } from '../domain/types.js';
import { orAbsent, orNull, toDate } from './time.js';

export function actionToProto(action: Action): pb.Action {
  const { lease, result } = action;
  return {
    actionId: action.actionId,
    type: pb.ActionType[action.type],
    plannedAt: toDate(action.plannedAt),
    stopLoss: orAbsent(action.stopLoss),
    volume: orAbsent(action.volume),
    reduceOnly: action.reduceOnly,
    note: action.note,
    status: pb.ActionStatus[action.status],
    attempts: action.attempts,
    notBefore: toDate(action.notBefore),
    lease:
      lease === null
        ? undefined
        : { token: BigInt(lease.token), bridgeId: lease.bridge, endsAt: toDate(lease.endsAt) },
    begunAt: toDate(action.begunAt),
    settleBy: toDate(action.settleBy),
    result: result === null ? undefined : resultToProto(result),
    reason: action.reason,
  };
}

function resultToProto(result: ActionResult): pb.ActionResult {
  return {
    code: result.code,
    message: result.message,
    outcome: pb.ActionOutcome[result.outcome],
    price: orAbsent(result.price),
    volume: orAbsent(result.volume),
    stopLoss: orAbsent(result.stopLoss),
    openedTicket: result.openedTicket ?? 0n,
    dealTicket: result.dealTicket ?? 0n,
  };
}

/** An outcome that is not given is read from the code, for an action of this type. */
export function resultFromProto(result: pb.ActionResult, type: ActionType): ActionResult {
  const told = pb.ActionOutcome[result.outcome];
  return {
    code: result.code,
    message: result.message,
    outcome:
      result.outcome === pb.ActionOutcome.UNSPECIFIED
        ? outcomeOf(result.code, type)
        : (told as ActionOutcome),
    price: orNull(result.price),
    volume: orNull(result.volume),
    stopLoss: orNull(result.stopLoss),
    openedTicket: result.openedTicket === 0n ? null : result.openedTicket,
    dealTicket: result.dealTicket === 0n ? null : result.dealTicket,
  };
}

/** A leased action with all a bridge needs to make one order of it. */
export function leasedToProto(trade: Trade, action: Action): LeasedAction {
  const { spec } = trade;
  return {
    action: actionToProto(action),
    account: spec.account,
    ticket: spec.ticket,
    positionTicket: trade.positionTicket === 0n ? spec.ticket : trade.positionTicket,
    symbol: spec.symbol,
    direction: pb.Direction[spec.direction],
    takeProfit: orAbsent(trade.takeProfit),
    hedgeTicket: trade.hedge?.ticket ?? 0n,
    magicNumber: spec.magicNumber,
    tag: tagOf(action.actionId),
  };
}
