// Owns actions between the domain and the wire.

import type { LeasedAction } from '../../gen/ts/dtms/v1/action_service.js';
import * as pb from '../../gen/ts/dtms/v1/types.js';
import type { LeasedWork } from '../domain/actions/leased-work.js';
import { outcomeOf, outcomeTold } from '../domain/actions/result-codes.js';
import { tagOf } from '../domain/broker/order-tag.js';
import type { Action, ActionOutcome, ActionResult } from '../domain/trade/action.js';
import type { ActionType } from '../domain/trade/action-specs.js';
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
    hold: action.hold === null ? pb.HoldReason.UNSPECIFIED : pb.HoldReason[action.hold],
    orderedBy: action.orderedBy,
    rule: action.rule,
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

/** An outcome that is not given is read from the code, for an action of this type; a DONE that the code does not bear out is UNKNOWN. */
export function resultFromProto(result: pb.ActionResult, type: ActionType): ActionResult {
  const answer = {
    code: result.code,
    message: result.message,
    price: orNull(result.price),
    volume: orNull(result.volume),
    stopLoss: orNull(result.stopLoss),
    openedTicket: result.openedTicket === 0n ? null : result.openedTicket,
    dealTicket: result.dealTicket === 0n ? null : result.dealTicket,
  };
  const told = pb.ActionOutcome[result.outcome] as ActionOutcome;
  const isTold = result.outcome !== pb.ActionOutcome.UNSPECIFIED;
  return { ...answer, outcome: isTold ? outcomeTold(told, answer, type) : outcomeOf(answer, type) };
}

/** A leased action with all a bridge needs to make one order of it. */
export function leasedToProto({ trade, action, symbol, volumes }: LeasedWork): LeasedAction {
  const { spec } = trade;
  return {
    action: actionToProto(action),
    account: spec.account,
    ticket: spec.ticket,
    positionTicket: trade.positionTicket === 0n ? spec.ticket : trade.positionTicket,
    symbol,
    direction: pb.Direction[spec.direction],
    takeProfit: orAbsent(trade.takeProfit),
    hedgeTicket: trade.hedge?.ticket ?? 0n,
    magicNumber: spec.magicNumber,
    tag: tagOf(action.actionId),
    leaves: orAbsent(action.leaves),
    volumeMin: volumes.volumeMin,
    volumeStep: volumes.volumeStep,
  };
}
