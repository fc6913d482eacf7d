// Owns which tables a backup holds, and how their rows are read as text: all tables of the schema, as the catalogue has
// them, but those whose rows are true for seconds or belong to one installation.
import type pg from 'pg';
import { query } from '../pool.js';
import type { BackupRow } from './file.js';

/**
 * Made by migrations, or anew by the first server: the servers' secret and the worker of notices are not carried to another
 * installation. Unlogged tables are left out as well.
 */
const LEFT_OUT = ['dtms_migrations', 'dtms_schema', 'cluster', 'notice_worker'];
/** Of these there is one row from the beginning on. */
export const SINGLETONS: readonly string[] = ['log_head', 'audit_head'];

export interface SchemaColumn {
  readonly name: string;
  /** As it is written in a cast. */
  readonly type: string;
  /** Whether the database numbers the rows by it. */
  readonly numbered: boolean;
}

export interface SchemaTable {
  readonly name: string;
  /** Quoted where it must be. */
  readonly quoted: string;
  readonly isPartitioned: boolean;
  readonly columns: readonly SchemaColumn[];
  /** Columns of the primary key; null where there is none. */
  readonly key: readonly string[] | null;
}

const TABLES = `
  SELECT c.relname AS name, quote_ident(c.relname) AS quoted, c.relkind = 'p' AS "isPartitioned",
    (SELECT json_agg(json_build_object('name', quote_ident(a.attname), 'type', format_type(a.atttypid, a.atttypmod),
              'numbered', a.attidentity <> '') ORDER BY a.attnum)
     FROM pg_attribute a
     WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
    (SELECT json_agg(quote_ident(a.attname) ORDER BY array_position(i.indkey::int2[], a.attnum))
     FROM pg_index i JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
     WHERE i.indrelid = c.oid AND i.indisprimary) AS key
  FROM pg_class c
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.relpersistence = 'p' AND c.relname <> ALL ($1)
  ORDER BY c.relname`;

/** The tables of a backup, by their names. */
export async function tablesOf(on: pg.ClientBase): Promise<SchemaTable[]> {
  return (await query(on, TABLES, [LEFT_OUT])).rows;
}

/** How values are written and read, whatever the database's own settings are. */
export const AS_TEXT = `SET LOCAL datestyle = 'ISO'; SET LOCAL timezone = 'UTC'; SET LOCAL intervalstyle = 'postgres';
  SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'`;

const FETCH: pg.QueryConfig & { readonly rowMode: 'array' } = {
  text: 'FETCH 500 FROM backup',
  rowMode: 'array',
};

/** The rows of a table in the order of its key, each value as text. @param on - inside a transaction */
export async function* rowsOf(
  on: pg.ClientBase,
  { quoted, columns, key }: SchemaTable,
): AsyncGenerator<BackupRow> {
  const texts = columns.map(({ name }) => `${name}::text`).join(', ');
  const order = (key ?? columns.map(({ name }) => `${name}::text`)).map((name) => `t.${name}`).join(', ');
  await query(on, `DECLARE backup NO SCROLL CURSOR FOR SELECT ${texts} FROM ${quoted} t ORDER BY ${order}`);
  for (;;) {
    const { rows } = await query(on, FETCH);
    if (rows.length === 0) break;
    yield* rows;
  }
  await query(on, 'CLOSE backup');
}
