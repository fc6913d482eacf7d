// Owns making a backup: everything in the database as of one moment, over one connection, while servers work on.
import type pg from 'pg';
import { packageVersion } from '../../package-files.js';
import { appliedMigrations } from '../migrate.js';
import { connect, disconnect, query } from '../pool.js';
import { schemaMajor } from '../schema-version.js';
import { BackupError } from './errors.js';
import { type BackupContent, type BackupHead, type TableRows, writeBackup } from './file.js';
import { AS_TEXT, rowsOf, type SchemaTable, tablesOf } from './tables.js';

/**
 * Writes all that the database holds into a file.
 *
 * @param url - as the schema's owner, or as a role that may read all of it.
 * @param pathOf - names the file.
 * @throws BackupError NOTHING, EXISTS; StoreUnavailableError
 */
export async function backUp(
  url: string,
  pathOf: (head: BackupHead) => string,
): Promise<{ readonly path: string; readonly content: BackupContent }> {
  // A large table takes longer than any statement of a server should.
  const client = await connect({ url, statementTimeoutMs: 0 }, 'backup', () => undefined);
  try {
    return await atOneMoment(client, async (tables) => {
      const head = await headOf(client);
      const path = pathOf(head);
      return { path, content: await writeBackup(path, head, contentsOf(client, tables)) };
    });
  } finally {
    await disconnect(client);
  }
}

/** Runs with the tables, of which nothing changes meanwhile: partitions are locked before the moment is taken. */
export async function atOneMoment<T>(
  client: pg.Client,
  work: (tables: readonly SchemaTable[]) => Promise<T>,
): Promise<T> {
  const { rows } = await query(client, `SELECT to_regclass('log_head') IS NOT NULL AS present`);
  if (rows[0]?.present !== true)
    throw new BackupError('NOTHING', 'there is nothing to back up: the database has no tables of DTMS');
  const tables = await tablesOf(client);
  const partitioned = tables.filter(({ isPartitioned }) => isPartitioned).map(({ quoted }) => quoted);
  await query(client, 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await query(client, AS_TEXT);
  await query(client, `LOCK TABLE ${partitioned.join(', ')} IN ACCESS SHARE MODE`);
  const result = await work(tables);
  await query(client, 'COMMIT');
  return result;
}

async function* contentsOf(client: pg.Client, tables: readonly SchemaTable[]): AsyncGenerator<TableRows> {
  for (const table of tables) {
    const columns = table.columns.map(({ name }) => name);
    yield { table: table.name, columns, rows: rowsOf(client, table) };
  }
}

const HEAD = `SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "takenAt",
  epoch, revision::text AS revision, compacted::text AS compacted FROM log_head`;
const PARTITIONS = `SELECT x[1] AS first, x[2] AS past
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid,
    regexp_match(pg_get_expr(c.relpartbound, c.oid), 'FROM \\(''(\\d+)''\\) TO \\(''(\\d+)''\\)') AS x
  WHERE i.inhparent = 'events'::regclass ORDER BY x[1]::bigint`;
const DAYS = `SELECT to_char(to_date(right(c.relname, 8), 'YYYYMMDD'), 'YYYY-MM-DD') AS day
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = to_regclass('journal') AND c.relname ~ '^journal_[0-9]{8}$' ORDER BY day`;

async function headOf(client: pg.Client): Promise<BackupHead> {
  const { takenAt, ...log } = (await query(client, HEAD)).rows[0];
  const migrations = [...(await appliedMigrations(client))].sort();
  const partitions = (await query(client, PARTITIONS)).rows;
  const days = (await query(client, DAYS)).rows;
  return {
    program: packageVersion(),
    takenAt,
    schema: { major: await schemaMajor(client), migrations },
    log,
    partitions: partitions.map(({ first, past }) => [first, past]),
    journalDays: days.map(({ day }) => day),
  };
}
