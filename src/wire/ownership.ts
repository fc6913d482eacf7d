// Owns ownership between the domain and the wire.
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import type { Ownership, Permission } from '../../gen/ts/dtms/v1/ownership_service.js';
import * as pb from '../../gen/ts/dtms/v1/types.js';
import {
  isDefensive,
  type OwnershipRefusal,
  type OwnershipRules,
  ownersOf,
  permissionsOf,
  refusalText,
} from '../domain/ownership/ownership.js';
import type { TradeField } from '../domain/trade/owner.js';
import type { Trade } from '../domain/trade/trade.js';
import { reasonOf } from '../errors/ownership.js';
import { ownerToProto } from './trade.js';

/** The field of a request whose rules were checked: UNSPECIFIED is refused before. */
export function fieldFromProto(field: pb.TradeField): TradeField {
  return pb.TradeField[field] as TradeField;
}

/**
 * How it stands with a trade at database time `now`, and what `manager` may do; an empty one leaves the
 * permissions out.
 */
export function ownershipToProto(
  trade: Trade,
  manager: string,
  now: number,
  rules: OwnershipRules,
): Ownership {
  const permissions = manager === '' ? [] : permissionsOf(manager, trade, now, rules);
  return {
    account: trade.spec.account,
    ticket: trade.spec.ticket,
    state: pb.TradeState[trade.state],
    defensive: isDefensive(trade.state),
    owners: ownersOf(trade, now).map(ownerToProto),
    permissions: permissions.map(({ field, refusal }) => permissionToProto(field, refusal)),
    tradeVersion: BigInt(trade.version),
  };
}

function permissionToProto(field: TradeField, refusal: OwnershipRefusal | null): Permission {
  return {
    field: pb.TradeField[field],
    allowed: refusal === null,
    owner: refusal !== null && 'owner' in refusal ? refusal.owner : '',
    reason: refusal === null ? ErrorReason.UNSPECIFIED : reasonOf(refusal),
    note: refusal === null ? '' : refusalText(refusal),
  };
}
