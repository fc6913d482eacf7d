// Owns the one error a client call fails with, and the questions programs ask of it.
import { type ServiceError, status } from '@grpc/grpc-js';
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { type ErrorReport, fromServiceError } from '../errors/status.js';

/** A failed call: the canonical code, and what the service said about it where it answered at all. */
export class DtmsCallError extends Error {
  override readonly name = 'DtmsCallError';
  /** The full method name, such as /dtms.v1.TradeService/GetTrade. */
  readonly method: string;
  readonly report: ErrorReport;
  /** Why the newest attempt of this call before it failed for a moment: that one may have had its effect all the same. */
  unanswered: DtmsCallError | undefined;

  constructor(method: string, report: ErrorReport, cause: unknown) {
    super(report.message === '' ? `${method}: ${status[report.code]}` : report.message, { cause });
    this.method = method;
    this.report = report;
  }

  /** The canonical gRPC code. */
  get code(): status {
    return this.report.code;
  }
}

/** Turns what grpc-js throws into a DtmsCallError; other errors pass. */
export function callError(method: string, error: unknown): Error {
  if (isServiceError(error)) return new DtmsCallError(method, fromServiceError(error), error);
  return error instanceof Error ? error : new Error(String(error));
}

/** A registration found its trade closed: nothing protects the position, and that is no success. */
export function tradeOver(method: string, account: string, ticket: bigint): DtmsCallError {
  const report = {
    code: status.FAILED_PRECONDITION,
    reason: ErrorReason.TRADE_CLOSED as const,
    message: `trade ${ticket} of account ${account} is closed: nothing protects its position`,
    metadata: { account, ticket: String(ticket) },
    violations: [],
    retryAfterMs: undefined,
    correlationId: undefined,
  };
  return new DtmsCallError(method, report, undefined);
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && typeof error.code === 'number';
}

/** True when a call failed for this reason. */
export function hasReason(error: unknown, reason: ErrorReason): error is DtmsCallError {
  return error instanceof DtmsCallError && error.report.reason === reason;
}

/** True when no server was reached or the one that was is not able to serve. */
export function isUnavailable(error: unknown): error is DtmsCallError {
  return error instanceof DtmsCallError && error.code === status.UNAVAILABLE;
}

/** True when a change may have been made although its call failed: an attempt of it had no answer that settles it. */
export function mayBeMade(error: unknown): boolean {
  if (!(error instanceof DtmsCallError)) return true;
  return error.unanswered !== undefined || isTransient(error);
}

/** A change's answer. A refusal after an attempt without an answer does not say that nothing was changed: it throws that attempt's error. */
export async function knownAnswer<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw error instanceof DtmsCallError ? (error.unanswered ?? error) : error;
  }
}

/** True when a watch's place in the log is not kept any more: take the state anew. */
export function isCompacted(error: unknown): error is DtmsCallError {
  return hasReason(error, ErrorReason.REVISION_COMPACTED);
}

/** True when a watch's place belongs to another history of the log: take the state anew. */
export function isEpochChanged(error: unknown): error is DtmsCallError {
  return hasReason(error, ErrorReason.LOG_EPOCH_CHANGED);
}

/** True when the same call may succeed a moment later; its outcome may be unknown. */
export function isTransient(error: unknown): error is DtmsCallError {
  if (!(error instanceof DtmsCallError)) return false;
  const { code, reason, retryAfterMs } = error.report;
  if (retryAfterMs !== undefined) return true;
  if (code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED) return true;
  // A connection that breaks in the middle of a call is told as INTERNAL or UNKNOWN by the transport;
  // the service itself always gives a reason.
  return reason === undefined && (code === status.INTERNAL || code === status.UNKNOWN);
}
