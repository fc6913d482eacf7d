// Judges answers: a code that the input may get, nothing of our insides in it, and a correlation id.
import { status } from '@grpc/grpc-js';
import { SystemServiceService } from '../../../gen/ts/dtms/v1/system_service.js';
import { execute } from '../postgres.js';
import { type Row, report } from './rows.js';
import type { Target } from './target.js';
import type { Answer } from './wire-client.js';

/** What a well-behaved server may answer to a request it understood in part or not at all. */
export const TYPED: ReadonlySet<number> = new Set([
  status.OK,
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.ALREADY_EXISTS,
  status.PERMISSION_DENIED,
  status.FAILED_PRECONDITION,
  status.ABORTED,
  status.OUT_OF_RANGE,
]);

/** What must be in no answer, by what it would show. */
const INSIDES: readonly (readonly [string, RegExp])[] = [
  ['a stack', /\n\s*at |\bat [\w.<>]+ \(|:\d+:\d+\)/],
  ['a file', /node_modules|node:internal|file:\/\/|\bdist\/|\bsrc\/|\.(?:js|ts|mjs|sql)\b/],
  ['a path', /(?:^|[\s"'(=])\/(?:home|root|usr|tmp|var|work|opt|etc)\b/],
  ['SQL', /\bSELECT\b.+\bFROM\b|\bINSERT INTO\b|\bDELETE FROM\b|\bUPDATE \w+ SET\b/i],
  [
    'a database error',
    /\b(?:relation|column|constraint|sequence) "|syntax error at|violates|SQLSTATE|\bpg_/i,
  ],
  [
    'an exception',
    /\b(?:Type|Range|Reference|Syntax)Error\b|Cannot read prop|is not a function|call stack|\bE(?:CONN|PIPE|NOENT|ACCES|ADDR|TIMEDOUT|HOST)/,
  ],
];

/** Names of tables and indexes that are no plain words. */
export async function tableNames(target: Target): Promise<readonly string[]> {
  const { rows } = await execute(
    target.database.url,
    `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname LIKE '%\\_%'`,
  );
  return rows.map(({ relname }) => String(relname));
}

/** What of our insides an answer shows; undefined when nothing. */
export function leakIn(answer: Answer, tables: readonly string[]): string | undefined {
  const texts = [answer.message, answer.details.toString('latin1')];
  for (const headers of answer.headers) {
    for (const [name, value] of Object.entries(headers)) {
      if (!name.startsWith('grpc-')) texts.push(String(value));
    }
  }
  return leakInTexts(texts, tables);
}

/** The same of any texts. */
export function leakInTexts(texts: readonly string[], tables: readonly string[]): string | undefined {
  for (const text of texts) {
    for (const [what, pattern] of INSIDES) {
      if (pattern.test(text)) return `${what} in ${JSON.stringify(text.slice(0, 300))}`;
    }
    const table = tables.find((name) => text.includes(name));
    if (table !== undefined) return `the table ${table} in ${JSON.stringify(text.slice(0, 300))}`;
  }
  return undefined;
}

export interface Expected {
  /** Codes that are right; TYPED unless told. */
  readonly codes?: ReadonlySet<number>;
  /** The correlation id that must come back; undefined when any will do, null when none need come. */
  readonly correlationId?: string | null;
  /** True for calls that are left before their end. */
  readonly mayBeLeft?: boolean;
  /** The path of a method that was called without a key: one of them wants the console's token then. */
  readonly keyless?: string;
}

/** Counts a row's answers and keeps the first that are wrong. */
export class Judge {
  readonly #name: string;
  readonly #target: Target;
  readonly #tables: readonly string[];
  readonly codes = new Map<string, number>();
  readonly findings: string[] = [];
  tried = 0;
  wrong = 0;
  leaks = 0;

  private constructor(name: string, target: Target, tables: readonly string[]) {
    this.#name = name;
    this.#target = target;
    this.#tables = tables;
  }

  /** @param name of the row in the report */
  static async of(name: string, target: Target): Promise<Judge> {
    return new Judge(name, target, await tableNames(target));
  }

  /** `describe` tells how to make the input again; it is only asked when something is wrong. */
  judge(answer: Answer, expected: Expected, describe: () => string): void {
    this.tried += 1;
    const name = answer.code === undefined ? answer.ending : (status[answer.code] ?? String(answer.code));
    this.codes.set(name, (this.codes.get(name) ?? 0) + 1);
    const fault = faultOf(answer, expected);
    if (fault !== undefined) {
      this.wrong += 1;
      this.#keep(`${fault}: ${answer.message.slice(0, 200)}`, describe);
    }
    const leak = leakIn(answer, this.#tables);
    if (leak !== undefined) {
      this.leaks += 1;
      this.#keep(`shows ${leak}`, describe);
    }
  }

  /** Counts what is not an answer. */
  count(right: number, wrong: number, finding?: string): void {
    this.tried += right + wrong;
    this.wrong += wrong;
    if (wrong > 0 && finding !== undefined) this.#keep(finding, () => '');
  }

  /** Writes the row of the report and returns what must be empty. */
  close(notes?: string): readonly string[] {
    const crashes = this.#target.alive ? 0 : 1;
    const row: Row = { name: this.#name, tried: this.tried, crashes, wrong: this.wrong, leaks: this.leaks };
    report(notes === undefined ? row : { ...row, notes });
    return crashes === 0
      ? this.findings
      : [`the server ended: ${this.#target.logText().slice(-2000)}`, ...this.findings];
  }

  /** How often each code came, the most frequent first. */
  distribution(): string {
    return [...this.codes]
      .sort(([, one], [, other]) => other - one)
      .map(([name, times]) => `${name} ${times}`)
      .join(', ');
  }

  #keep(finding: string, describe: () => string): void {
    if (this.findings.length < 20) this.findings.push(`${finding} (${describe()})`);
  }
}

/** What CreateApiKey, and nothing else, answers to who has neither a key nor the console's token. */
function wantsToken({ code, details }: Answer, path: string | undefined): boolean {
  return (
    path === SystemServiceService.createApiKey.path &&
    code === status.UNAUTHENTICATED &&
    details.includes('CONSOLE_TOKEN_NEEDED')
  );
}

function faultOf(answer: Answer, expected: Expected): string | undefined {
  const { codes = TYPED, correlationId, mayBeLeft, keyless } = expected;
  if (answer.code === undefined) {
    return answer.ending === 'left' && mayBeLeft === true ? undefined : `no status: ${answer.ending}`;
  }
  if (!codes.has(answer.code) && !wantsToken(answer, keyless))
    return `code ${status[answer.code] ?? answer.code}`;
  if (correlationId === null) return undefined;
  if (answer.correlationId === undefined) return 'no correlation id';
  if (correlationId !== undefined && answer.correlationId !== correlationId) {
    return `correlation id ${answer.correlationId}`;
  }
  return undefined;
}
