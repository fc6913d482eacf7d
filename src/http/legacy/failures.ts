// Owns what the old routes answer when something is wrong: `success`, `summary` and `error` as the old
// server wrote them, `detail` where its framework did, and the new service's code and reason beside them.
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { reasonName } from '../../errors/errors.js';
import { CallFailure, type FailureReport } from './caller.js';

/** A failure in the old shape. */
export interface FailureBody {
  readonly success: false;
  readonly summary: string;
  readonly error: string;
  readonly detail: string;
  /** The canonical code, such as UNAVAILABLE. */
  readonly code: string;
  /** The reason of docs/errors.md; absent where there is none. */
  readonly reason?: string;
  /** The request's fields at fault. */
  readonly fields?: readonly string[];
  /** The accounts that have the ticket. */
  readonly accounts?: readonly string[];
}

const NOT_READY = 'DTMS is not ready';

/** A field as old callers name it: they send no trade around it. */
function oldName(field: string): string {
  const name = field.replace(/^trade\./, '');
  return name === 'entry_price' ? 'entry' : name;
}

export function failureBody({ status, code, reason, message, fields, metadata }: FailureReport): FailureBody {
  return {
    success: false,
    summary: `DTMS refused: ${message}`,
    error: message,
    detail: status === 503 ? NOT_READY : message,
    code,
    ...(reason === undefined ? {} : { reason: reasonName(reason) }),
    ...(fields.length === 0 ? {} : { fields: fields.map(oldName) }),
    ...(metadata.accounts === undefined ? {} : { accounts: metadata.accounts.split(',') }),
  };
}

/** The path has no ticket; the status is the one the old server's framework answered with. */
export function noTicket(): CallFailure {
  return new CallFailure({
    status: 422,
    code: 'INVALID_ARGUMENT',
    reason: ErrorReason.INVALID_FIELD,
    message: 'ticket must be a whole number above 0',
    metadata: {},
    fields: ['ticket'],
  });
}

/** A registration found its trade closed: nothing protects the position. */
export function tradeOver(account: string, ticket: bigint): CallFailure {
  return new CallFailure({
    status: 409,
    code: 'FAILED_PRECONDITION',
    reason: ErrorReason.TRADE_CLOSED,
    message: `ticket ${ticket} is closed: nothing protects its position (${account})`,
    metadata: { account, ticket: String(ticket) },
    fields: [],
  });
}

/** The server does not lead, and knows no server that does. */
export function notReady(): CallFailure {
  const reason = ErrorReason.LEADER_UNREACHABLE;
  return new CallFailure({
    status: 503,
    code: 'UNAVAILABLE',
    reason,
    message: NOT_READY,
    metadata: {},
    fields: [],
  });
}
