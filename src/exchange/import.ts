// Owns taking an export into an installation, in one transaction: what is not there is added, what is there the same is left
// alone, and where anything differs nothing is done.
import type pg from 'pg';
import type { Logger } from '../observability/logger.js';
import { AS_TEXT, type SchemaTable, tablesOf } from '../store/backup/tables.js';
import type { Database } from '../store/database.js';
import { nameErased } from '../store/erasure.js';
import { LEAD_LOCK } from '../store/leadership.js';
import { migrate, ourMigrations } from '../store/migrate.js';
import { connect, disconnect, query } from '../store/pool.js';
import { serviceRoleOf } from '../store/privileges.js';
import { ExchangeError } from './errors.js';
import { type ExportHead, type ExportLine, readExport } from './file.js';
import { EXPORTED, rowOf } from './lines.js';

export interface Imported {
  /** Rows that were not there, by their kinds. */
  readonly added: Readonly<Record<string, number>>;
  /** Rows that were there, the same. */
  readonly same: number;
  /** The log's epoch afterwards. */
  readonly epoch: string;
}

/** @param partitionRevisions - revisions in a partition of the log. @throws ExchangeError; StoreUnavailableError */
export async function importFrom(
  path: string,
  database: Pick<Database, 'url' | 'ownerUrl'>,
  partitionRevisions: number,
  logger: Logger,
): Promise<Imported> {
  const head = await checked(path);
  const options = { url: database.ownerUrl, statementTimeoutMs: 0 };
  await migrate(options, logger, serviceRoleOf(database));
  const client = await connect(options, 'import', () => undefined);
  try {
    const { rows } = await query(client, `SELECT pg_try_advisory_lock(${LEAD_LOCK}) AS held`);
    if (rows[0]?.held !== true)
      throw new ExchangeError('IN_USE', 'a server leads on this database: stop it, and its standbys, first');
    await query(client, 'BEGIN');
    await query(client, AS_TEXT);
    const taking = new Taking(client, await tablesOf(client));
    const isNew = await prepareLog(client, head, partitionRevisions);
    for await (const each of readExport(path)) if ('kind' in each) await taking.take(each as ExportLine);
    return await taking.finish(isNew ? head : null);
  } finally {
    // Rolls back, where it was not committed.
    await disconnect(client);
  }
}

/** Reads all of it before anything is written. */
async function checked(path: string): Promise<ExportHead> {
  let head: ExportHead | undefined;
  for await (const each of readExport(path)) if (!('kind' in each)) head = each as ExportHead;
  if (head === undefined) throw new ExchangeError('NOT_AN_EXPORT', `${path} is empty`);
  const ours = await ourMigrations();
  if (ours.join() !== head.migrations.join())
    throw new ExchangeError(
      'OTHER_VERSION',
      `DTMS ${head.program} wrote ${path} of another schema: update that installation, or this one, and export again`,
    );
  return head;
}

/** Makes room for the log, where there is none yet. Returns whether it did. */
async function prepareLog(on: pg.Client, head: ExportHead, size: number): Promise<boolean> {
  const { rows } = await query(on, 'SELECT revision, compacted FROM log_head FOR UPDATE');
  const { revision, compacted } = rows[0];
  if (revision === '0' && head.revision !== '0') {
    for (let first = Number(head.compacted) + 1; first <= Number(head.revision); first += size)
      await query(on, 'SELECT dtms_add_partition($1, $2)', [first, first + size]);
    return true;
  }
  if (BigInt(revision) >= BigInt(head.revision) && compacted === head.compacted) return false;
  throw new ExchangeError(
    'CONFLICT',
    `the log has revisions after ${compacted} up to ${revision}, and the export those after ${head.compacted} up to ${head.revision}: a log is imported where there is none`,
  );
}

const ROWS_AT_ONCE = 500;

/** The rows of an import on their way. */
class Taking {
  readonly #on: pg.Client;
  readonly #tables: readonly SchemaTable[];
  readonly #added: Record<string, number> = {};
  #same = 0;
  #kind = '';
  #lines: ExportLine[] = [];

  constructor(on: pg.Client, tables: readonly SchemaTable[]) {
    this.#on = on;
    this.#tables = tables;
  }

  async take(line: ExportLine): Promise<void> {
    if (line.kind !== this.#kind || this.#lines.length === ROWS_AT_ONCE) await this.#flush();
    this.#kind = line.kind;
    this.#lines.push(line);
  }

  /** @param head - of the log, where it was imported. */
  async finish(head: ExportHead | null): Promise<Imported> {
    await this.#flush();
    const on = this.#on;
    if (head !== null) await query(on, NEW_LOG, [head.revision, head.compacted]);
    if (Object.keys(this.#added).length > 0) {
      // Whoever follows the log reads all of it again.
      await query(on, 'UPDATE log_head SET recording_epoch = -1');
      await query(
        on,
        `INSERT INTO audit_events (actor, actor_id, method, account, ticket, detail) VALUES ('dtms import', '', 'Import', '', 0, $1)`,
        [JSON.stringify({ added: this.#added })],
      );
      if (head !== null) await nameErased(on);
    }
    const { rows } = await query(on, 'SELECT epoch FROM log_head');
    await query(on, 'COMMIT');
    return { added: this.#added, same: this.#same, epoch: rows[0].epoch };
  }

  async #flush(): Promise<void> {
    const [kind, lines] = [this.#kind, this.#lines];
    this.#lines = [];
    if (lines.length === 0) return;
    const table = EXPORTED.includes(kind) ? this.#tables.find(({ name }) => name === kind) : undefined;
    if (table === undefined) throw new ExchangeError('OTHER_VERSION', `this program does not know ${kind}`);
    const names = table.columns.map(({ name }) => name);
    const rows = lines.map((line) => rowOf(kind, names, line));
    const values = names.map((_, column) => rows.map((row) => row[column]));
    const { rowCount } = await query(this.#on, insertion(table), values);
    const added = rowCount ?? 0;
    if (added > 0) this.#added[kind] = (this.#added[kind] ?? 0) + added;
    this.#same += rows.length - added;
    if (added === rows.length) return;
    const differing = (await query(this.#on, difference(table), values)).rows[0]?.row;
    if (differing !== undefined)
      throw new ExchangeError('CONFLICT', `${kind} has another ${differing}: nothing was imported`);
  }
}

const NEW_LOG = `UPDATE log_head SET revision = $1, compacted = $2, epoch = gen_random_uuid()::text,
  restored_at = clock_timestamp(),
  logged_until = coalesce((SELECT recorded_at FROM events ORDER BY revision DESC LIMIT 1), clock_timestamp())`;

const given = ({ columns }: SchemaTable): string => {
  const arrays = columns.map((_, index) => `$${index + 1}::text[]`).join(', ');
  return `unnest(${arrays}) AS x(${columns.map(({ name }) => name).join(', ')})`;
};

function insertion(table: SchemaTable): string {
  const values = table.columns.map(({ name, type }) => `x.${name}::${type}`).join(', ');
  const names = table.columns.map(({ name }) => name).join(', ');
  return `INSERT INTO ${table.quoted} (${names}) SELECT ${values} FROM ${given(table)} ON CONFLICT DO NOTHING`;
}

/** The key of the first row that is stored otherwise. */
function difference(table: SchemaTable): string {
  const key = table.key ?? [];
  const typeOf = (name: string) => table.columns.find((column) => column.name === name)?.type;
  const found = key.map((name) => `t.${name} = x.${name}::${typeOf(name)}`).join(' AND ');
  const same = table.columns
    .map(({ name }) => `t.${name}::text IS NOT DISTINCT FROM x.${name}`)
    .join(' AND ');
  return `SELECT concat_ws(' ', ${key.map((name) => `x.${name}`).join(', ')}) AS row FROM ${given(table)}
    WHERE NOT EXISTS (SELECT FROM ${table.quoted} t WHERE ${found} AND ${same}) LIMIT 1`;
}
