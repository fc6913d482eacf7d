// Brings the schema to the program's version. Safe when several servers start at once: one migrates
// under an advisory lock, the others wait for it and find nothing to do.
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import type pg from 'pg';

import type { Logger } from '../observability/logger.js';
import { UnsuitableDatabaseError } from './errors.js';
import { type ConnectionOptions, connect, disconnect, query } from './pool.js';

const FOLDER = fileURLToPath(new URL('./migrations/', import.meta.url));
const TABLE = 'dtms_migrations';
/** Any number that only DTMS uses; locks of the migration and of the leader differ. */
const LOCK = '5274716210412001';

async function appliedMigrations(client: pg.Client): Promise<Set<string>> {
  const { rows } = await query(client, `SELECT to_regclass('${TABLE}') IS NOT NULL AS present`);
  if (rows[0]?.present !== true) return new Set();
  const applied = await query(client, `SELECT name FROM ${TABLE}`);
  return new Set(applied.rows.map((row) => String(row.name)));
}

async function migrateLocked(client: pg.Client, logger: Logger): Promise<void> {
  const ours = (await readdir(FOLDER))
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.slice(0, -4));
  const applied = await appliedMigrations(client);
  const foreign = [...applied].filter((name) => !ours.includes(name));
  if (foreign.length > 0) {
    throw new UnsuitableDatabaseError([
      `its schema is newer than this program (${foreign.join(', ')}): run a newer version of DTMS`,
    ]);
  }
  if (ours.every((name) => applied.has(name))) return;
  // Loaded only when there is something to do: it costs more than the whole of a usual start.
  const { runner } = await import('node-pg-migrate');
  const done = await runner({
    dbClient: client,
    dir: FOLDER,
    migrationsTable: TABLE,
    direction: 'up',
    count: Number.POSITIVE_INFINITY,
    singleTransaction: true,
    noLock: true,
    logger: {
      info: (message: string) => logger.debug(message),
      warn: (message: string) => logger.warn(message),
      error: (message: string) => logger.error(message),
    },
  });
  logger.info({ migrations: done.map(({ name }) => name) }, 'database schema migrated');
}

/**
 * Applies the migrations that are missing.
 *
 * @throws UnsuitableDatabaseError when the database was made by a newer program.
 */
export async function migrate(options: ConnectionOptions, logger: Logger): Promise<void> {
  // Building an index or waiting for another server's migration may take longer than any statement should.
  const client = await connect({ ...options, statementTimeoutMs: 0 }, 'migrate', () => undefined);
  try {
    await query(client, `SELECT pg_advisory_lock(${LOCK})`);
    await migrateLocked(client, logger);
  } finally {
    await disconnect(client);
  }
}
