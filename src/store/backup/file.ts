// Owns the file of a backup: compressed lines of JSON. The first says of what it is, then come tables with their rows,
// and the last has the number and the checksum of the rows of each table and of all lines before. It gets its name when it
// is whole.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { StringDecoder } from 'node:string_decoder';
import { createGunzip, createGzip } from 'node:zlib';
import Type from 'typebox';
import { Compile } from 'typebox/schema';
import { toldElsewhere } from '../../observability/background.js';
import { BackupError } from './errors.js';

/** The format this program writes; it reads none above. */
const FORMAT = 1;

/** What a backup is of. */
export interface BackupHead {
  /** Of the program that made it. */
  readonly program: string;
  /** Database time. */
  readonly takenAt: string;
  readonly schema: { readonly major: number; readonly migrations: readonly string[] };
  readonly log: { readonly epoch: string; readonly revision: string; readonly compacted: string };
  /** First revision and the one after the last, of each partition of the log. */
  readonly partitions: readonly (readonly [string, string])[];
  /** Days the journal has partitions of, such as 2026-11-30. */
  readonly journalDays: readonly string[];
}

/** A row: each column as Postgres writes it. */
export type BackupRow = readonly (string | null)[];

/** A table of a backup, with its rows to be read before the next table. */
export interface TableRows {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: AsyncIterable<BackupRow>;
}

export interface TableSum {
  readonly rows: number;
  /** SHA-256 of the rows. */
  readonly sha256: string;
}

/** What a backup holds. */
export interface BackupContent extends BackupHead {
  readonly tables: Readonly<Record<string, TableSum>>;
}

const TEXTS = Type.Array(Type.String());
const HEAD = Compile(
  Type.Object({
    program: Type.String(),
    takenAt: Type.String(),
    schema: Type.Object({ major: Type.Number(), migrations: TEXTS }),
    log: Type.Object({ epoch: Type.String(), revision: Type.String(), compacted: Type.String() }),
    partitions: Type.Array(Type.Tuple([Type.String(), Type.String()])),
    journalDays: TEXTS,
  }),
);

const newHash = () => createHash('sha256');

/** Writes a backup. Nothing has its name before it is whole and on disk. @throws BackupError EXISTS */
export async function writeBackup(
  path: string,
  head: BackupHead,
  tables: AsyncIterable<TableRows>,
): Promise<BackupContent> {
  if (existsSync(path))
    throw new BackupError('EXISTS', `${path} is there already: name another file, or delete it`);
  const draft = `${path}.${process.pid}.part`;
  const sums: Record<string, TableSum> = {};
  try {
    // What is in it is nobody else's to read.
    await pipeline(linesOf(head, tables, sums), createGzip(), createWriteStream(draft, { mode: 0o600 }));
    const file = await open(draft, 'r+');
    await file.sync();
    await file.close();
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
  return { ...head, tables: sums };
}

async function* linesOf(
  head: BackupHead,
  tables: AsyncIterable<TableRows>,
  sums: Record<string, TableSum>,
): AsyncGenerator<string> {
  const all = newHash();
  const line = (value: unknown): string => {
    const text = `${JSON.stringify(value)}\n`;
    all.update(text);
    return text;
  };
  yield line({ dtmsBackup: FORMAT, ...head });
  for await (const { table, columns, rows } of tables) {
    yield line({ table, columns });
    const [hash, count] = [newHash(), { rows: 0 }];
    for await (const row of rows) {
      const text = line(row);
      hash.update(text);
      count.rows += 1;
      yield text;
    }
    sums[table] = { rows: count.rows, sha256: hash.digest('hex') };
  }
  yield `${JSON.stringify({ tables: sums, sha256: all.digest('hex') })}\n`;
}

/**
 * Reads a backup, a table after the other. What it holds is known to be whole only when this has returned.
 *
 * @param take - is to read all rows of a table before it resolves.
 * @throws BackupError NOT_A_BACKUP, NEWER, DAMAGED
 */
export async function readBackup(
  path: string,
  begin: (head: BackupHead) => Promise<void>,
  take: (table: TableRows) => Promise<void>,
): Promise<BackupContent> {
  const reading = new BackupReading(path);
  const head = await reading.head();
  await begin(head);
  for (let next = await reading.table(); next !== undefined; next = await reading.table()) await take(next);
  return { ...head, tables: reading.finish() };
}

/** Reads all of a backup and keeps nothing. @throws BackupError; what `begin` throws */
export function checkBackup(
  path: string,
  begin: (head: BackupHead) => Promise<void> = () => Promise.resolve(),
): Promise<BackupContent> {
  return readBackup(path, begin, drained);
}

async function drained({ rows }: TableRows): Promise<void> {
  const reading = rows[Symbol.asyncIterator]();
  while ((await reading.next()).done !== true);
}

/** One reading of a file, line by line. */
class BackupReading {
  readonly #path: string;
  readonly #lines: AsyncIterator<string>;
  readonly #all = newHash();
  readonly #sums: Record<string, TableSum> = {};
  /** The line that ended the rows of a table. */
  #ahead: string | undefined;
  #told: { readonly tables: unknown; readonly sha256: unknown } | undefined;

  constructor(path: string) {
    this.#path = path;
    this.#lines = inflatedLines(path);
  }

  async head(): Promise<BackupHead> {
    const text = await this.#next().catch((error) => {
      throw Reflect.get(Object(error), 'fault') === 'DAMAGED' ? this.#notOurs(error) : error;
    });
    const found = text === undefined ? undefined : parsed(text);
    const format = Number(Reflect.get(Object(found), 'dtmsBackup'));
    if (!(format >= 1)) throw this.#notOurs();
    if (format > FORMAT)
      throw new BackupError(
        'NEWER',
        `${this.#path} has format ${format}, and this program reads up to ${FORMAT}: use a newer version of DTMS`,
      );
    if (!HEAD.Check(found)) throw this.#damaged('its first line is not as it was written');
    this.#all.update(`${text}\n`);
    const { program, takenAt, schema, log, partitions, journalDays } = found;
    return { program, takenAt, schema, log, partitions, journalDays };
  }

  /** The next table; undefined after the last. */
  async table(): Promise<TableRows | undefined> {
    const text = this.#ahead ?? (await this.#next());
    this.#ahead = undefined;
    const found: unknown = text === undefined ? undefined : parsed(text);
    const { table, columns, tables, sha256 } = Object(found);
    if (typeof table === 'string' && Array.isArray(columns)) {
      this.#all.update(`${text}\n`);
      return { table, columns, rows: this.#rows(table, columns.length) };
    }
    if (typeof sha256 !== 'string') throw this.#damaged('it ends early');
    this.#told = { tables, sha256 };
    return undefined;
  }

  async *#rows(table: string, width: number): AsyncGenerator<BackupRow> {
    const hash = newHash();
    let rows = 0;
    for (;;) {
      const text = await this.#next();
      if (text === undefined) throw this.#damaged('it ends early');
      const row = text.startsWith('[') ? parsed(text) : undefined;
      if (!Array.isArray(row)) {
        this.#ahead = text;
        break;
      }
      if (row.length !== width)
        throw this.#damaged(`a row of ${table} has ${row.length} of ${width} columns`);
      this.#all.update(`${text}\n`);
      hash.update(`${text}\n`);
      rows += 1;
      yield row;
    }
    this.#sums[table] = { rows, sha256: hash.digest('hex') };
  }

  /** What was read, when it is what was written. */
  finish(): Readonly<Record<string, TableSum>> {
    const isWhole =
      this.#told?.sha256 === this.#all.digest('hex') &&
      JSON.stringify(this.#told.tables) === JSON.stringify(this.#sums);
    if (!isWhole) throw this.#damaged('its checksum is another');
    return this.#sums;
  }

  async #next(): Promise<string | undefined> {
    try {
      const { done, value } = await this.#lines.next();
      return done === true ? undefined : value;
    } catch (error) {
      // What zlib says of bytes that it did not write; anything else is of the file system.
      if (!String(Reflect.get(Object(error), 'code')).startsWith('Z_')) throw error;
      throw this.#damaged(error instanceof Error ? error.message : String(error));
    }
  }

  #damaged(how: string): BackupError {
    return new BackupError('DAMAGED', `${this.#path} is damaged: ${how}. Use another backup`);
  }

  #notOurs(cause?: unknown): BackupError {
    return new BackupError('NOT_A_BACKUP', `${this.#path} is not a backup that dtms made`, { cause });
  }
}

/** The value of a line; undefined of a line that is none. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

async function* inflatedLines(path: string): AsyncGenerator<string> {
  const inflated = createGunzip();
  // Its failure is told to whoever reads.
  toldElsewhere(pipeline(createReadStream(path), inflated));
  const decoder = new StringDecoder('utf8');
  let pieces: string[] = [];
  for await (const chunk of inflated) {
    const [first = '', ...others] = decoder.write(chunk).split('\n');
    pieces.push(first);
    for (const next of others) {
      yield pieces.join('');
      pieces = [next];
    }
  }
  const rest = pieces.join('');
  if (rest !== '') yield rest;
}
