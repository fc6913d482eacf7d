// Owns restoring a backup: into a database that has nothing, in one transaction, as another history of the log. A file
// that turns out to be damaged leaves the database as it was.
import type pg from 'pg';
import type { Logger } from '../../observability/logger.js';
import type { Database } from '../database.js';
import { UnsuitableDatabaseError } from '../errors.js';
import { LEAD_LOCK } from '../leadership.js';
import { appliedMigrations, migrate, ourMigrations } from '../migrate.js';
import { connect, disconnect, query } from '../pool.js';
import { serviceRoleOf } from '../privileges.js';
import { SCHEMA_MAJOR } from '../schema-version.js';
import { BackupError } from './errors.js';
import {
  type BackupContent,
  type BackupHead,
  type BackupRow,
  checkBackup,
  readBackup,
  type TableRows,
} from './file.js';
import { AS_TEXT, type SchemaTable, SINGLETONS, tablesOf } from './tables.js';

export interface Restoration {
  readonly content: BackupContent;
  /** Of the log from now on. */
  readonly epoch: string;
}

/** Restores a backup. @throws BackupError; UnsuitableDatabaseError; StoreUnavailableError */
export async function restoreBackup(
  path: string,
  database: Pick<Database, 'url' | 'ownerUrl'>,
  logger: Logger,
): Promise<Restoration> {
  // Before anything is written, although that would be undone.
  await checkBackup(path, checkVersion);
  const options = { url: database.ownerUrl, statementTimeoutMs: 0 };
  const client = await connect(options, 'restore', () => undefined);
  try {
    const { rows } = await query(client, `SELECT pg_try_advisory_lock(${LEAD_LOCK}) AS held`);
    if (rows[0]?.held !== true)
      throw new BackupError('IN_USE', 'a server leads on this database: stop it, and its standbys, first');
    const loading = new Loading(client, (most) => migrate(options, logger, null, most));
    const content = await readBackup(
      path,
      (head) => loading.begin(head),
      (table) => loading.load(table),
    );
    const epoch = await loading.finish(content);
    // What an older program had is brought to this one's schema, with its rows.
    await migrate(options, logger, serviceRoleOf(database));
    return { content, epoch };
  } finally {
    // Ends the transaction, where it is still open, and gives the lock back.
    await disconnect(client);
  }
}

/** The transaction of a restore. */
class Loading {
  readonly #client: pg.Client;
  readonly #migrate: (most: number) => Promise<void>;
  #tables: readonly SchemaTable[] = [];
  #links: readonly { table: string; name: string; definition: string }[] = [];

  constructor(client: pg.Client, migrateTo: (most: number) => Promise<void>) {
    this.#client = client;
    this.#migrate = migrateTo;
  }

  async begin(head: BackupHead): Promise<void> {
    const on = this.#client;
    await checkNothingElse(on, head);
    await this.#migrate(head.schema.migrations.length);
    this.#tables = await tablesOf(on);
    await checkEmpty(on, this.#tables);
    await query(on, 'BEGIN');
    await query(on, AS_TEXT);
    this.#links = (await query(on, LINKS)).rows;
    for (const { table, name } of this.#links)
      await query(on, `ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
    // The rows of the chain of audits come as they are.
    await query(on, 'ALTER TABLE audit_events DISABLE TRIGGER USER');
    for (const name of SINGLETONS) await query(on, `DELETE FROM ${name}`);
    await makePartitions(on, head);
  }

  async load({ table, columns, rows }: TableRows): Promise<void> {
    const found = this.#tables.find(({ name }) => name === table);
    const types = columns.map((column) => found?.columns.find(({ name }) => name === column)?.type);
    if (found === undefined || types.includes(undefined))
      throw new BackupError('DAMAGED', `the backup has a table ${table} that its schema does not have`);
    const texts = columns.map((_, index) => `$${index + 1}::text[]`).join(', ');
    const names = columns.map((_, index) => `c${index}`);
    const values = names.map((name, index) => `${name}::${types[index]}`).join(', ');
    const insert = `INSERT INTO ${found.quoted} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE
      SELECT ${values} FROM unnest(${texts}) AS x(${names.join(', ')})`;
    for await (const batch of batchesOf(rows))
      await query(
        this.#client,
        insert,
        columns.map((_, index) => batch.map((row) => row[index])),
      );
  }

  /** Commits, when all was there. Returns the log's new epoch. */
  async finish({ takenAt, log, program }: BackupContent): Promise<string> {
    const on = this.#client;
    await query(on, 'ALTER TABLE audit_events ENABLE TRIGGER USER');
    for (const { table, name, definition } of this.#links)
      await query(on, `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`);
    for (const { quoted, columns } of this.#tables)
      for (const { name } of columns.filter(({ numbered }) => numbered))
        await query(
          on,
          `SELECT setval(pg_get_serial_sequence('${quoted}', '${name}'), coalesce(max(${name}), 1), max(${name}) IS NOT NULL)
           FROM ${quoted}`,
        );
    const { rows } = await query(on, ANOTHER_HISTORY);
    const epoch = String(rows[0]?.epoch);
    const detail = { takenAt, program, revision: log.revision, epochBefore: log.epoch, epoch };
    await query(
      on,
      `INSERT INTO audit_events (actor, actor_id, method, account, ticket, detail) VALUES ('dtms restore', '', 'Restore', '', 0, $1)`,
      [JSON.stringify(detail)],
    );
    await query(on, 'COMMIT');
    await query(on, 'ANALYZE');
    return epoch;
  }
}

/** As `Succession.settle` begins one; whoever leads first finds the place that the log has from then on. */
const ANOTHER_HISTORY = `UPDATE log_head SET epoch = gen_random_uuid()::text, identity = '', place = NULL,
    restored_at = clock_timestamp(),
    logged_until = coalesce((SELECT recorded_at FROM events ORDER BY revision DESC LIMIT 1), clock_timestamp())
  RETURNING epoch`;

/** What refers from one table to another. */
const LINKS = `SELECT conrelid::regclass::text AS table, quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition
  FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace AND conparentid = 0
  ORDER BY conname`;

async function checkVersion({ schema, program }: BackupHead): Promise<void> {
  const ours = await ourMigrations();
  const isOurs = schema.migrations.every((name, index) => name === ours[index]);
  if (schema.major <= SCHEMA_MAJOR && isOurs) return;
  throw new BackupError(
    'NEWER',
    `DTMS ${program} made this backup: restore it with that version, or a newer one`,
  );
}

/** The schema that is there already, where there is one, must be that of the backup. */
async function checkNothingElse(on: pg.Client, { schema }: BackupHead): Promise<void> {
  const applied = await appliedMigrations(on);
  if (applied.size === 0 || applied.size === schema.migrations.length) return;
  throw new UnsuitableDatabaseError([
    'its tables are of another version of DTMS than the backup: restore into a database without tables',
  ]);
}

async function checkEmpty(on: pg.Client, tables: readonly SchemaTable[]): Promise<void> {
  const filled: string[] = [];
  for (const { name, quoted } of tables) {
    if (SINGLETONS.includes(name)) continue;
    const { rows } = await query(on, `SELECT EXISTS (SELECT FROM ${quoted}) AS filled`);
    if (rows[0]?.filled === true) filled.push(name);
  }
  if (filled.length === 0) return;
  throw new BackupError(
    'NOT_EMPTY',
    `the database is not empty (${filled.join(', ')}): restore into another one, or another --data-dir`,
  );
}

async function makePartitions(on: pg.Client, { partitions, journalDays }: BackupHead): Promise<void> {
  const there = await query(
    on,
    `SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'events'::regclass`,
  );
  for (const { name } of there.rows) await query(on, `DROP TABLE ${name}`);
  for (const [first, past] of partitions.map((bounds) => bounds.map(BigInt)))
    await query(
      on,
      `CREATE TABLE events_${first} PARTITION OF events FOR VALUES FROM (${first}) TO (${past})`,
    );
  for (const day of journalDays) await query(on, 'SELECT dtms_add_journal_day($1)', [day]);
}

const ROWS_AT_ONCE = 500;
/** Rows of checkpoints are large. */
const CHARACTERS_AT_ONCE = 4_000_000;

async function* batchesOf(rows: AsyncIterable<BackupRow>): AsyncGenerator<BackupRow[]> {
  let [batch, characters]: [BackupRow[], number] = [[], 0];
  for await (const row of rows) {
    batch.push(row);
    for (const value of row) characters += value?.length ?? 0;
    if (batch.length < ROWS_AT_ONCE && characters < CHARACTERS_AT_ONCE) continue;
    yield batch;
    [batch, characters] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}
