// Owns what can go wrong with the store, sorted by what the caller can do about it.

/** Nothing was written, or it is not known whether it was: see `outcome`. */
export type Outcome = 'not_written' | 'unknown';

/** The database cannot be reached, or could not take the statement now. The cause is for the log. */
export class StoreUnavailableError extends Error {
  /** Of a commit: whether it may have been written. A read has always 'not_written'. */
  readonly outcome: Outcome;

  constructor(message: string, outcome: Outcome, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnavailableError';
    this.outcome = outcome;
  }
}

const DISK_FULL = '53100';

/** Whether the database refused for want of space on its disk. */
export function isDiskFull(error: unknown): boolean {
  if (sqlState(error) === DISK_FULL) return true;
  return error instanceof Error && error.cause !== undefined && isDiskFull(error.cause);
}

/** Another server leads, or the log moved without us: nothing was written. */
export class FencedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FencedError';
  }
}

/** The database must not be used as it is. `reasons` says what would be lost, and how to mend it. */
export class UnsuitableDatabaseError extends Error {
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[]) {
    super(`The database cannot be used:\n${reasons.map((reason) => `  ${reason}`).join('\n')}`);
    this.name = 'UnsuitableDatabaseError';
    this.reasons = reasons;
  }
}

/** The embedded Postgres cannot run: the message says what is in the way. */
export class EmbeddedDatabaseError extends Error {
  override readonly name = 'EmbeddedDatabaseError';
}

/** A statement that reads was given up after the time it may take: less has to be asked for. */
export class QueryTooLongError extends Error {
  readonly limitMs: number;

  constructor(limitMs: number, options?: ErrorOptions) {
    super(`A query took longer than ${limitMs} ms`, options);
    this.name = 'QueryTooLongError';
    this.limitMs = limitMs;
  }
}

/**
 * SQLSTATE classes and codes that say "not now" rather than "never": connection trouble, a server that
 * stops or starts, one that became read-only, no resources (a full disk), a conflict, a time-out.
 */
const UNAVAILABLE_CLASSES = new Set(['08', '40', '53', '57', '58']);
const UNAVAILABLE_CODES = new Set(['25006', '25P03', '55P03']);
/** Credentials, or a database that is not there: as good as unreachable, and maybe not for long. */
const UNREACHABLE_CODES = new Set(['28000', '28P01', '3D000']);

/** Whether waiting helps: not where the database answers that it does not know us, or that there is none of its name. */
export function mayPass(error: unknown): error is StoreUnavailableError {
  return error instanceof StoreUnavailableError && !UNREACHABLE_CODES.has(sqlState(error.cause) ?? '');
}

const field = (error: object, name: string): unknown => Reflect.get(error, name);

/** The SQLSTATE of an error the server sent; undefined for any other. */
export function sqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || field(error, 'severity') === undefined) return undefined;
  const code = field(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

function isUnavailable(error: object): boolean {
  const state = sqlState(error);
  if (state !== undefined) {
    return (
      UNAVAILABLE_CLASSES.has(state.slice(0, 2)) ||
      UNAVAILABLE_CODES.has(state) ||
      UNREACHABLE_CODES.has(state)
    );
  }
  // Of the operating system (ECONNRESET), or of node-postgres, which has no codes for its own.
  if (typeof field(error, 'syscall') === 'string' || error instanceof AggregateError) return true;
  const message = error instanceof Error ? error.message : '';
  return /connection|timeout|not queryable|was closed|Cannot use a pool after/i.test(message);
}

/**
 * A failed statement as one of the errors above when the database is to blame, else as it is.
 *
 * Only an ERROR is an answer that nothing was written. FATAL and PANIC end the connection, which can
 * also happen after the commit, and a lost connection says nothing at all.
 */
export function storeError(error: unknown): unknown {
  if (error instanceof StoreUnavailableError || error instanceof FencedError) return error;
  if (typeof error !== 'object' || error === null || !isUnavailable(error)) return error;
  const outcome =
    sqlState(error) !== undefined && field(error, 'severity') === 'ERROR' ? 'not_written' : 'unknown';
  const reason = error instanceof AggregateError ? error.errors.map(String).join('; ') : String(error);
  return new StoreUnavailableError(`The database is not available: ${reason}`, outcome, { cause: error });
}
