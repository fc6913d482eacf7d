// Owns the errors that refusals of modifications are told with: each names the owner and the reason.
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { type OwnershipRefusal, refusalText } from '../domain/ownership/ownership.js';
import { DtmsError, invalidField, type Reason, stopOnWrongSide, tradeClosed } from './errors.js';

/** When to ask again where nothing says when a modification ends, in ms. */
const RETRY_MS = 1000;

/** The reason programs are told of a refusal. */
export function reasonOf({ kind }: OwnershipRefusal): Reason {
  return kind === 'INVALID' ? ErrorReason.INVALID_FIELD : ErrorReason[kind];
}

export function unknownManager(manager: string): DtmsError {
  return refusalError({ kind: 'UNKNOWN_MANAGER', manager }, { manager });
}

/** The error of a refusal for a trade at database time `now`. */
export function modificationRefused(
  refusal: OwnershipRefusal,
  { account, ticket }: { readonly account: string; readonly ticket: bigint },
  now: number,
): DtmsError {
  switch (refusal.kind) {
    case 'TRADE_CLOSED':
      return tradeClosed(account, ticket);
    case 'INVALID':
      return invalidField(refusal.requestField, refusal.note);
    case 'STOP_ON_WRONG_SIDE':
      return stopOnWrongSide([{ field: 'value', description: `is beyond the price ${refusal.price}` }]);
    case 'UNKNOWN_MANAGER':
      return unknownManager(refusal.manager);
    case 'FIELD_OWNED': {
      const { field, owner, state } = refusal;
      return refusalError(refusal, { field, owner, state });
    }
    case 'MODIFICATION_UNDER_WAY': {
      const { field, owner, endsAt } = refusal;
      const wait = endsAt === null ? RETRY_MS : Math.max(endsAt - now, 1);
      return refusalError(refusal, { field, owner }, wait);
    }
    case 'MODIFICATION_LOST':
      return refusalError(refusal, { ticket: String(ticket), token: String(refusal.token) });
    case 'WOULD_LOOSEN': {
      const { stopLoss, value } = refusal;
      return refusalError(refusal, { stop_loss: String(stopLoss), value: String(value) });
    }
  }
}

function refusalError(
  refusal: OwnershipRefusal,
  metadata: Readonly<Record<string, string>>,
  retryAfterMs?: number,
): DtmsError {
  return new DtmsError(reasonOf(refusal), refusalText(refusal), { metadata, retryAfterMs });
}
