// Owns the errors that bridges and operators meet when something must not be done with an account or its actions.
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { DtmsError, type Reason } from './errors.js';

/** Why a lease that holds is refused, and what became of its action. */
interface Refusal {
  /** By its name, such as NOT_LEGAL. */
  readonly obstacle: string;
  /** The same for a person. */
  readonly reason: string;
  readonly status: string;
}

/** A leased action that must not reach the broker now. */
export function mustNotBegin(actionId: string, refusal: Refusal): DtmsError {
  const { obstacle, reason, status } = refusal;
  const message = `action ${actionId} must not be begun and is ${status} now: ${reason}`;
  const metadata = { action_id: actionId, cause: obstacle, obstacle: reason, status };
  return new DtmsError(reasonOf(refusal), message, { metadata });
}

/** Nothing is ordered in an account that a person halted, not by another person either. */
export function haltedClose(account: string, limit: string): DtmsError {
  const obstacle = `the account is HALTED: ${limit}`;
  const message = `nothing is closed in account ${account}: ${obstacle}; set it REDUCING or ACTIVE first`;
  return new DtmsError(ErrorReason.TRADING_STATE, message, { metadata: { account, obstacle } });
}

/** A bridge that is there says whose money it is: nobody else does. */
export function accountIsReal(account: string, bridgeId: string): DtmsError {
  const message = `account ${account} is not made a paper one: bridge ${bridgeId} reports it as real`;
  return new DtmsError(ErrorReason.ACCOUNT_IS_REAL, message, { metadata: { account, bridge_id: bridgeId } });
}

function reasonOf({ obstacle, status }: Refusal): Reason {
  if (status === 'HELD') return ErrorReason.ACTION_HELD;
  return obstacle === 'TRADING_STATE' ? ErrorReason.TRADING_STATE : ErrorReason.ACTION_OVERTAKEN;
}
