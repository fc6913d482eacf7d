// Owns the one error type of the program: the table of reasons and their canonical codes, and a
// small constructor for each error a caller can meet. What goes on the wire is made in status.ts.
import { status } from '@grpc/grpc-js';
import { ErrorReason, errorReasonToJSON } from '../../gen/ts/dtms/v1/error_reason.js';
import { isDiskFull } from '../store/errors.js';

/** A reason an error can have. */
export type Reason = Exclude<ErrorReason, ErrorReason.UNSPECIFIED>;

/** The canonical code of every reason, as proto/dtms/v1/error_reason.proto documents it. */
const CODES: Readonly<Record<Reason, status>> = {
  [ErrorReason.INVALID_FIELD]: status.INVALID_ARGUMENT,
  [ErrorReason.STOP_ON_WRONG_SIDE]: status.INVALID_ARGUMENT,
  [ErrorReason.TRADE_NOT_FOUND]: status.NOT_FOUND,
  [ErrorReason.TRADE_DIFFERS]: status.ALREADY_EXISTS,
  [ErrorReason.TRADE_CLOSED]: status.FAILED_PRECONDITION,
  [ErrorReason.REQUEST_ID_REUSED]: status.INVALID_ARGUMENT,
  [ErrorReason.REVISION_COMPACTED]: status.OUT_OF_RANGE,
  [ErrorReason.REVISION_IN_FUTURE]: status.OUT_OF_RANGE,
  [ErrorReason.LOG_EPOCH_CHANGED]: status.FAILED_PRECONDITION,
  [ErrorReason.SHUTTING_DOWN]: status.UNAVAILABLE,
  [ErrorReason.NOT_LEADING]: status.UNAVAILABLE,
  [ErrorReason.LEADER_UNREACHABLE]: status.UNAVAILABLE,
  [ErrorReason.NO_SUCCESSOR]: status.FAILED_PRECONDITION,
  [ErrorReason.STORE_UNAVAILABLE]: status.UNAVAILABLE,
  [ErrorReason.OVERLOADED]: status.RESOURCE_EXHAUSTED,
  [ErrorReason.NO_MARKET_DATA]: status.NOT_FOUND,
  [ErrorReason.INVALID_PAGE_TOKEN]: status.INVALID_ARGUMENT,
  [ErrorReason.INTERNAL]: status.INTERNAL,
  [ErrorReason.DEADLINE_EXCEEDED]: status.DEADLINE_EXCEEDED,
  [ErrorReason.UNIMPLEMENTED]: status.UNIMPLEMENTED,
  [ErrorReason.ACTION_NOT_FOUND]: status.NOT_FOUND,
  [ErrorReason.LEASE_LOST]: status.ABORTED,
  [ErrorReason.TRADING_STATE]: status.ABORTED,
  [ErrorReason.ACTION_OVERTAKEN]: status.ABORTED,
  [ErrorReason.ACTION_HELD]: status.ABORTED,
  [ErrorReason.ACTION_STATUS]: status.FAILED_PRECONDITION,
  [ErrorReason.ACCOUNT_IS_REAL]: status.FAILED_PRECONDITION,
  [ErrorReason.BRIDGE_NOT_READY]: status.FAILED_PRECONDITION,
  [ErrorReason.SNAPSHOT_TOO_OLD]: status.FAILED_PRECONDITION,
  [ErrorReason.ACCOUNT_NOT_FOUND]: status.NOT_FOUND,
  [ErrorReason.UNKNOWN_MANAGER]: status.PERMISSION_DENIED,
  [ErrorReason.FIELD_OWNED]: status.FAILED_PRECONDITION,
  [ErrorReason.MODIFICATION_UNDER_WAY]: status.ABORTED,
  [ErrorReason.MODIFICATION_LOST]: status.ABORTED,
  [ErrorReason.WOULD_LOOSEN]: status.FAILED_PRECONDITION,
  [ErrorReason.UNAUTHENTICATED]: status.UNAUTHENTICATED,
  [ErrorReason.PERMISSION_DENIED]: status.PERMISSION_DENIED,
  [ErrorReason.RATE_LIMITED]: status.RESOURCE_EXHAUSTED,
  [ErrorReason.TOO_MANY_STREAMS]: status.RESOURCE_EXHAUSTED,
  [ErrorReason.KEY_NOT_FOUND]: status.NOT_FOUND,
  [ErrorReason.KEY_ENDED]: status.FAILED_PRECONDITION,
  [ErrorReason.KEY_NAME_TAKEN]: status.ALREADY_EXISTS,
  [ErrorReason.CONSOLE_TOKEN_NEEDED]: status.UNAUTHENTICATED,
  [ErrorReason.AMBIGUOUS_TICKET]: status.ALREADY_EXISTS,
  [ErrorReason.FEED_NOT_FOUND]: status.NOT_FOUND,
  [ErrorReason.FEED_DENIED]: status.PERMISSION_DENIED,
  [ErrorReason.FEED_NOT_FOLLOWED]: status.FAILED_PRECONDITION,
  [ErrorReason.FEED_IN_USE]: status.FAILED_PRECONDITION,
  [ErrorReason.LIMIT_REACHED]: status.RESOURCE_EXHAUSTED,
  [ErrorReason.POSITION_NOT_SHOWN]: status.FAILED_PRECONDITION,
  [ErrorReason.CONFIG_REFUSED]: status.FAILED_PRECONDITION,
  [ErrorReason.DEAD_LETTER_NOT_FOUND]: status.NOT_FOUND,
  [ErrorReason.POLICY_NOT_FOUND]: status.NOT_FOUND,
  [ErrorReason.ROLLOUT_NOT_FOUND]: status.NOT_FOUND,
};

/** One field at fault: its path as protovalidate names it ("items[3].bar.high") and what is wrong. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

/** More violations than this are counted, not listed: trailers must stay within what clients accept. */
export const MAX_VIOLATIONS = 32;

/** What a DtmsError carries besides its reason and message. */
export interface ErrorParts {
  /** Dynamic values, as in the message, for programs. Keys are the proto's field names. */
  readonly metadata?: Readonly<Record<string, string>>;
  readonly violations?: readonly Violation[];
  /** When it makes sense to try again, in milliseconds. */
  readonly retryAfterMs?: number;
  /** For the log only; never on the wire. */
  readonly cause?: unknown;
}

/** An error a caller is told about. Its message is public; its cause is not. */
export class DtmsError extends Error {
  readonly reason: Reason;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly Violation[];
  readonly retryAfterMs: number | undefined;

  constructor(reason: Reason, message: string, parts: ErrorParts = {}) {
    super(message, parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = 'DtmsError';
    this.reason = reason;
    this.metadata = parts.metadata ?? {};
    this.violations = parts.violations ?? [];
    this.retryAfterMs = parts.retryAfterMs;
  }

  /** The canonical gRPC code. */
  get code(): status {
    return CODES[this.reason];
  }
}

/** The canonical gRPC code of a reason. */
export function codeOf(reason: Reason): status {
  return CODES[reason];
}

const PREFIX = 'ERROR_REASON_';

/** The reason as ErrorInfo names it: the proto's value without its prefix, such as TRADE_NOT_FOUND. */
export function reasonName(reason: ErrorReason): string {
  return errorReasonToJSON(reason).slice(PREFIX.length);
}

const BY_NAME = new Map(
  Object.values(ErrorReason)
    .filter((value): value is ErrorReason => typeof value === 'number')
    .filter((value): value is Reason => value !== ErrorReason.UNSPECIFIED)
    .map((reason) => [reasonName(reason), reason]),
);

/** The reason an ErrorInfo names; undefined when it is not one of ours. */
export function reasonNamed(name: string): Reason | undefined {
  return BY_NAME.get(name);
}

/** Fields that break their rules. At least one violation. */
export function invalidFields(violations: readonly Violation[]): DtmsError {
  const first = violations[0];
  const where = first === undefined || first.field === '' ? 'the request' : first.field;
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  return new DtmsError(ErrorReason.INVALID_FIELD, `${where}: ${first?.description ?? 'is invalid'}${more}`, {
    violations,
  });
}

/** One field that breaks its rule; `field` is empty when the request as a whole is at fault. */
export function invalidField(field: string, description: string): DtmsError {
  return invalidFields([{ field, description }]);
}

/** A stop on the profit side of the entry, or a target on the loss side. */
export function stopOnWrongSide(violations: readonly Violation[]): DtmsError {
  const text = violations.map(({ field, description }) => `${field} ${description}`).join('; ');
  return new DtmsError(ErrorReason.STOP_ON_WRONG_SIDE, text, { violations });
}

export function tradeNotFound(account: string, ticket: bigint): DtmsError {
  return new DtmsError(ErrorReason.TRADE_NOT_FOUND, `account ${account} has no trade with ticket ${ticket}`, {
    metadata: { account, ticket: String(ticket) },
  });
}

/** `fields` are the names of the TradeSpec fields that differ from what is registered. */
export function tradeDiffers(account: string, ticket: bigint, fields: readonly string[]): DtmsError {
  const names = fields.join(',');
  return new DtmsError(
    ErrorReason.TRADE_DIFFERS,
    `trade ${ticket} of account ${account} is registered with different values of: ${names}`,
    { metadata: { account, ticket: String(ticket), fields: names } },
  );
}

export function tradeClosed(account: string, ticket: bigint): DtmsError {
  return new DtmsError(ErrorReason.TRADE_CLOSED, `trade ${ticket} of account ${account} is closed`, {
    metadata: { account, ticket: String(ticket) },
  });
}

export function actionNotFound(actionId: string): DtmsError {
  return new DtmsError(ErrorReason.ACTION_NOT_FOUND, `there is no action ${actionId}`, {
    metadata: { action_id: actionId },
  });
}

/** The token is not the lease's, or the lease ended. */
export function leaseLost(actionId: string, token: bigint, actionStatus: string): DtmsError {
  return new DtmsError(
    ErrorReason.LEASE_LOST,
    `lease ${token} of action ${actionId} is lost; the action is ${actionStatus}`,
    { metadata: { action_id: actionId, token: String(token), status: actionStatus } },
  );
}

/** `needed` says which statuses would do. */
export function wrongActionStatus(actionId: string, actionStatus: string, needed: string): DtmsError {
  return new DtmsError(ErrorReason.ACTION_STATUS, `action ${actionId} is ${actionStatus}, not ${needed}`, {
    metadata: { action_id: actionId, status: actionStatus },
  });
}

/** `refused` is what it may not do, such as "lease actions". */
export function bridgeNotReady(
  account: string,
  bridgeId: string,
  refused: string,
  obstacle: string,
): DtmsError {
  return new DtmsError(
    ErrorReason.BRIDGE_NOT_READY,
    `bridge ${bridgeId} may not ${refused} of account ${account}: ${obstacle}`,
    { metadata: { account, bridge_id: bridgeId, obstacle } },
  );
}

export function requestIdReused(requestId: string, method: string): DtmsError {
  return new DtmsError(
    ErrorReason.REQUEST_ID_REUSED,
    `request_id ${requestId} was used with another request (${method})`,
    { metadata: { request_id: requestId, method } },
  );
}

/** `earliest` is the earliest revision a watch can resume after. */
export function revisionCompacted(revision: number, earliest: number): DtmsError {
  return new DtmsError(
    ErrorReason.REVISION_COMPACTED,
    `events after revision ${revision} have been compacted; the earliest revision to resume after is ${earliest}`,
    { metadata: { revision: String(revision), earliest_revision: String(earliest) } },
  );
}

export function revisionInFuture(revision: number | bigint, head: number): DtmsError {
  return new DtmsError(
    ErrorReason.REVISION_IN_FUTURE,
    `revision ${revision} is above the log's head ${head}`,
    { metadata: { revision: String(revision), head_revision: String(head) } },
  );
}

export function logEpochChanged(epoch: string, current: string): DtmsError {
  return new DtmsError(
    ErrorReason.LOG_EPOCH_CHANGED,
    `the log's history is ${current}, not ${epoch}: start again with the initial state`,
    { metadata: { log_epoch: epoch, current_log_epoch: current } },
  );
}

/** The log names the same history, but its event of this revision is another one, or none: it was restored from a copy. */
export function logRewritten(epoch: string, revision: number | bigint): DtmsError {
  return new DtmsError(
    ErrorReason.LOG_EPOCH_CHANGED,
    `revision ${revision} of the log is not the event it was: start again with the initial state`,
    { metadata: { log_epoch: epoch, current_log_epoch: epoch } },
  );
}

export function shuttingDown(): DtmsError {
  return new DtmsError(ErrorReason.SHUTTING_DOWN, 'the server is stopping');
}

/** @param leader - where the server that leads is reached; empty where that is not known. */
export function notLeading(leader = ''): DtmsError {
  const where = leader === '' ? '' : `: ${leader}`;
  const metadata: Record<string, string> = leader === '' ? {} : { leader };
  return new DtmsError(ErrorReason.NOT_LEADING, `another server leads on this database${where}`, {
    metadata,
  });
}

/** The lead was lost while a call was under way: whether what it asked for was done is not known. */
export function leadLost(cause: unknown): DtmsError {
  return new DtmsError(
    ErrorReason.NOT_LEADING,
    'the lead was lost; what was under way may or may not have been done: repeat it',
    { metadata: { outcome: 'unknown' }, cause },
  );
}

/** No server that leads could be reached in time, or the one that led went away before it answered. */
export function leaderUnreachable(outcome: 'not_written' | 'unknown', cause: unknown): DtmsError {
  const text =
    outcome === 'unknown'
      ? 'the server that leads went away, and what was asked may or may not have been done: repeat it'
      : 'no server that leads could be reached in time; nothing was written';
  return new DtmsError(ErrorReason.LEADER_UNREACHABLE, text, { metadata: { outcome }, cause });
}

/** Of the first problems as many as fit into metadata. */
const SHOWN_PROBLEMS = 20;
const SHOWN_LENGTH = 200;

/** @param problems - a line each */
export function configRefused(problems: readonly string[]): DtmsError {
  const shown = problems.slice(0, SHOWN_PROBLEMS).map((problem) => problem.slice(0, SHOWN_LENGTH));
  const text = `the configuration has ${problems.length === 1 ? 'a problem' : `${problems.length} problems`}: ${shown.join('; ')}`;
  return new DtmsError(ErrorReason.CONFIG_REFUSED, text, { metadata: { problems: shown.join('\n') } });
}

/** @param serverId - empty means any other than the one that leads. */
export function noSuccessor(serverId: string): DtmsError {
  const what = serverId === '' ? 'no other server could lead' : `no server ${serverId} could lead`;
  return new DtmsError(ErrorReason.NO_SUCCESSOR, what, { metadata: { server_id: serverId } });
}

/** `outcome` of a write that was under way; when unknown, the caller repeats it with the same request_id. */
export function storeUnavailable(
  cause: unknown,
  outcome: 'not_written' | 'unknown' = 'not_written',
): DtmsError {
  const full = isDiskFull(cause);
  const what = full ? DISK_FULL : AWAY;
  const text =
    outcome === 'unknown'
      ? `${what}, and the write may or may not have been made: repeat it`
      : `${what}; nothing was written`;
  const metadata: Record<string, string> = full ? { outcome, why: 'disk_full' } : { outcome };
  return new DtmsError(ErrorReason.STORE_UNAVAILABLE, text, { metadata, cause });
}

/** The same failure as a call is told that only reads: it was to write nothing. */
export function ofRead(error: DtmsError): DtmsError {
  const { reason, metadata, cause } = error;
  const what = WHAT_READS_ARE_TOLD[reason]?.(metadata);
  if (what === undefined) return error;
  return new DtmsError(reason, what, { metadata: { ...metadata, outcome: 'not_written' }, cause });
}

const WHAT_READS_ARE_TOLD: Partial<Record<Reason, (metadata: DtmsError['metadata']) => string | undefined>> =
  {
    [ErrorReason.STORE_UNAVAILABLE]: ({ why }) =>
      `${why === 'disk_full' ? DISK_FULL : AWAY}: it could not be read; ask again`,
    [ErrorReason.LEADER_UNREACHABLE]: () =>
      'no server that leads answered in time: it could not be read; ask again',
    // Without an outcome nothing was under way: it says who leads.
    [ErrorReason.NOT_LEADING]: ({ outcome }) =>
      outcome === undefined
        ? undefined
        : 'the lead was lost before the answer: it could not be read; ask again',
  };

const DISK_FULL = "the database's disk is full";
const AWAY = 'the database is not available';

/** `what` is too many; `metadata` has the numbers. */
export function overloaded(
  what: string,
  metadata: Readonly<Record<string, string>>,
  retryAfterMs: number,
): DtmsError {
  return new DtmsError(ErrorReason.OVERLOADED, what, { metadata, retryAfterMs });
}

export function noMarketData(feed: string, symbol: string): DtmsError {
  return new DtmsError(ErrorReason.NO_MARKET_DATA, `feed ${feed} has no market data for ${symbol}`, {
    metadata: { feed, symbol },
  });
}

export function invalidPageToken(description: string): DtmsError {
  return new DtmsError(ErrorReason.INVALID_PAGE_TOKEN, `page_token ${description}`, {
    violations: [{ field: 'page_token', description }],
  });
}

/** Something of ours broke. The caller learns only the correlation id. */
export function internal(cause: unknown): DtmsError {
  return new DtmsError(ErrorReason.INTERNAL, 'internal error', { cause });
}

export function deadlineExceeded(): DtmsError {
  return new DtmsError(ErrorReason.DEADLINE_EXCEEDED, "the call's deadline passed before it finished");
}

/** Times are UTC ms. */
export function snapshotTooOld(sequence: bigint, lastSequence: bigint): DtmsError {
  const metadata = { sequence: String(sequence), last_sequence: String(lastSequence) };
  const message = `the bridge's snapshot ${lastSequence} is known, this is its ${sequence}`;
  return new DtmsError(ErrorReason.SNAPSHOT_TOO_OLD, message, { metadata });
}

/** `field` of the request names the position. */
export function positionNotShown(account: string, ticket: bigint, field: string): DtmsError {
  const metadata = { account, ticket: String(ticket), field };
  const message = `${field}: the bridge of account ${account} has not shown position ${ticket} so, or it belongs to another trade`;
  return new DtmsError(ErrorReason.POSITION_NOT_SHOWN, message, { metadata });
}

/** @param hint - what else may be done */
export function accountNotFound(account: string, hint = ''): DtmsError {
  const message = `nothing is known of account ${account}${hint && `: ${hint}`}`;
  return new DtmsError(ErrorReason.ACCOUNT_NOT_FOUND, message, {
    metadata: { account },
  });
}
