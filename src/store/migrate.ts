// Owns bringing the schema to the program's version. Safe when several servers start at once: one migrates
// under an advisory lock, the others wait for it and find nothing to do.
import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import type pg from 'pg';

import type { Logger } from '../observability/logger.js';
import { StoreUnavailableError, sqlState, storeError, UnsuitableDatabaseError } from './errors.js';
import { connect, type DatabaseOptions, disconnect, query } from './pool.js';
import { grantService } from './privileges.js';
import { checkSchema } from './schema-version.js';

const FOLDER = fileURLToPath(new URL('./migrations/', import.meta.url));
const TABLE = 'dtms_migrations';
/** Any number that only DTMS uses; locks of the migration and of the leader differ. */
const LOCK = '5274716210412001';

/** Whoever waits for a table's lock makes everyone behind it wait: never for longer than this. */
const LOCK_WAIT_MS = 1000;
/** Between two attempts, for the writers that waited behind the one before. */
const PAUSE_MS = 1000;
const ATTEMPTS = 300;
/** How long the database may take to say whether another server migrates. */
const ANSWER_MS = 5000;
const LOCK_POLL_MS = 250;
/** A lock that was not to be had in time, and a deadlock, which somebody else may win. */
const LOCKED_OUT = new Set(['55P03', '40P01']);

export async function appliedMigrations(client: pg.ClientBase): Promise<Set<string>> {
  const { rows } = await query(client, `SELECT to_regclass('${TABLE}') IS NOT NULL AS present`);
  if (rows[0]?.present !== true) return new Set();
  const applied = await query(client, `SELECT name FROM ${TABLE}`);
  return new Set(applied.rows.map((row) => String(row.name)));
}

/** The migrations of this program, in their order. */
export async function ourMigrations(): Promise<string[]> {
  const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql'));
  return files.map((name) => name.slice(0, -4)).sort();
}

async function migrateLocked(client: pg.Client, logger: Logger, most: number): Promise<void> {
  const ours = (await ourMigrations()).slice(0, most);
  await checkSchema(client);
  const applied = await appliedMigrations(client);
  const foreign = [...applied].filter((name) => !ours.includes(name));
  if (foreign.length > 0) logger.info({ migrations: foreign }, 'a newer program has added to the schema');
  if (ours.every((name) => applied.has(name))) return;
  if (foreign.length > 0) {
    throw new UnsuitableDatabaseError([
      `its schema was made by another line of programs (${foreign.join(', ')}): run the version of DTMS that made it`,
    ]);
  }
  // Loaded only when there is something to do: it costs more than the whole of a usual start.
  const { runner } = await import('node-pg-migrate');
  const witness = new Witness(client);
  const done = await witness.telling(() =>
    runner({
      dbClient: witness.client,
      dir: FOLDER,
      migrationsTable: TABLE,
      direction: 'up',
      count: ours.length - applied.size,
      singleTransaction: true,
      noLock: true,
      logger: {
        info: (message: string) => logger.debug(message),
        warn: (message: string) => logger.warn(message),
        error: (message: string) => logger.error(message),
      },
    }),
  );
  logger.info({ migrations: done.map(({ name }) => name) }, 'database schema migrated');
}

/** Remembers what a statement failed with: who runs the migrations says it in words of its own, without the code. */
class Witness {
  readonly client: pg.Client;
  #cause: unknown;

  constructor(client: pg.Client) {
    const query = async (...statement: Parameters<pg.Client['query']>) => {
      try {
        return await client.query(...statement);
      } catch (error) {
        this.#cause = error;
        throw error;
      }
    };
    this.client = Object.create(client, { query: { value: query } });
  }

  async telling<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.#cause === undefined || sqlState(error) !== undefined ? error : this.#cause;
    }
  }
}

function isLockedOut(error: unknown): boolean {
  return LOCKED_OUT.has(sqlState(error instanceof StoreUnavailableError ? error.cause : error) ?? '');
}

/** Waits while another server migrates: asked again and again, since a wait in the database could be one for ever. */
async function lockMigrations(client: pg.Client): Promise<void> {
  const ask = { text: `SELECT pg_try_advisory_lock(${LOCK}) AS held`, query_timeout: ANSWER_MS };
  while ((await query(client, ask)).rows[0]?.held !== true) await sleep(LOCK_POLL_MS);
}

/** Migrates although somebody uses the tables: a lock that cannot be had soon is given up and asked for again. */
async function migratePatiently(client: pg.Client, logger: Logger, most: number): Promise<void> {
  await query(client, `SET lock_timeout = ${LOCK_WAIT_MS}`);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await migrateLocked(client, logger, most);
      break;
    } catch (error) {
      if (attempt === ATTEMPTS || !isLockedOut(error)) throw error;
      logger.warn({ error, attempt }, 'the schema is in use; migrating it is tried again');
      await sleep(PAUSE_MS);
    }
  }
  await query(client, 'RESET lock_timeout');
}

/**
 * Applies the migrations that are missing, as the schema's owner.
 *
 * @param serviceRole - who works with the schema, where that is not its owner.
 * @param most - so many of the migrations, the first ones; for a schema as an older program had it.
 * @throws UnsuitableDatabaseError when the schema is of a later major version; StoreUnavailableError when the
 * database goes away meanwhile, or has no room.
 */
export async function migrate(
  options: DatabaseOptions,
  logger: Logger,
  serviceRole: string | null,
  most = Number.POSITIVE_INFINITY,
): Promise<void> {
  // Building an index or waiting for another server's migration may take longer than any statement should.
  const client = await connect({ ...options, statementTimeoutMs: 0 }, 'migrate', () => undefined);
  try {
    await lockMigrations(client);
    await migratePatiently(client, logger, most);
    if (serviceRole !== null && most === Number.POSITIVE_INFINITY) await grantService(client, serviceRole);
  } catch (error) {
    // What the migrations themselves fail with is as Postgres, or the connection, says it.
    throw storeError(error);
  } finally {
    await disconnect(client);
  }
}
