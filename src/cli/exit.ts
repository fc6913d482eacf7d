// Owns how the program ends: its exit codes, and which error means which.
import { everydayFault } from './faults.js';

export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  unreachable: 3,
  /** What was asked for is not supported by evidence. */
  unsupported: 4,
} as const;

/** For the end of a command's help. */
export const EXIT_HELP = `

Exit codes: ${EXIT.ok} done, ${EXIT.failure} failed, ${EXIT.usage} wrong usage, ${EXIT.unreachable} server not reachable.`;

/** Ends a command with a message of its own and no stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, exitCode: number = EXIT.failure, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Codes of grpc-js, known here by number so that help does not load the RPC stack. */
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/** The exit code an error ends the program with. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  return isCallError(error, UNAVAILABLE) ? EXIT.unreachable : EXIT.failure;
}

/** Why no server was reached, in short; null when one was: it gives a reason of its own. */
export function unreached(error: unknown): string | null {
  if (!(error instanceof Error && isCallError(error, UNAVAILABLE))) return null;
  if (Reflect.get(Object(Reflect.get(error, 'report')), 'reason') !== undefined) return null;
  return error.message
    .replace(/^(round_robin: )?(No connection established\. Last error: )*(Error: )?/, '')
    .replace(/\.? Resolution note: *$/, '')
    .replace(/ \(\d{4}-\d\d-\d\dT[^)]*\)$/, '');
}

/** Whether a call failed with this code. */
export function isCallError(error: unknown, code: number): boolean {
  return error instanceof Error && error.name === 'DtmsCallError' && Reflect.get(error, 'code') === code;
}

/** What a person is told of an error: known ones in a line, bugs with their stack. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const expected = [
    'CommandError',
    'BackupError',
    'ErasureError',
    'ExchangeError',
    'ImportError',
    'StudyFileError',
    'NewsFileError',
    'PolicyFileError',
    'RolloutPlanError',
    'UnreadableSetsError',
    'StudyPartError',
    'LedgerError',
    'EmptySetError',
    'ConfigError',
    'DtmsCallError',
    'UnsuitableDatabaseError',
    'AccessPolicyError',
    'DtmsError',
    'EmbeddedDatabaseError',
    'TlsFilesError',
    'UnreadableJournalError',
  ];
  if (!expected.includes(error.name)) return everydayFault(error) ?? error.stack ?? error.message;
  // A file that cannot be opened is said as any other.
  const fault = error.name === 'ImportError' && error.cause instanceof Error && everydayFault(error.cause);
  if (typeof fault === 'string') return fault;
  if (isCallError(error, UNAUTHENTICATED)) return `${error.message} (dtms sends the one in DTMS_API_KEY)`;
  const violations: unknown = Reflect.get(Object(Reflect.get(error, 'report')), 'violations');
  if (!Array.isArray(violations) || violations.length === 0) return error.message;
  // Each is said once: a message may be the first of them, or all in a row.
  const told = violations.map(({ field, description }) => `${field}: ${description}`);
  if (error.message === violations.map(({ field, description }) => `${field} ${description}`).join('; '))
    return told.join('\n  ');
  return [error.message, ...told.filter((line) => !error.message.startsWith(line))].join('\n  ');
}
