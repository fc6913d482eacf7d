// Connections to Postgres, all with the same limits: none may hang, none may die unnoticed.
import pg from 'pg';

import type { Logger } from '../observability/logger.js';
import { StoreUnavailableError, storeError } from './errors.js';

export interface ConnectionOptions {
  /** postgres://... */
  readonly url: string;
  readonly statementTimeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 5000;
const GOODBYE_MS = 1000;
/** The server gives up first, so that a time-out is an answer and not a guess. */
const CLIENT_GRACE_MS = 5000;

function clientConfig({ url, statementTimeoutMs }: ConnectionOptions, role: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: `dtms-${role}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs === 0 ? 0 : statementTimeoutMs + CLIENT_GRACE_MS,
    idle_in_transaction_session_timeout: 60_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** Connections that were asked to end, whose end is no news. */
const leaving = new WeakSet<pg.Client>();

/**
 * Our reads and writes all go by an index, a page or a key at a time. Without this a plan made while a
 * table was small, or not analysed since a bulk load, reads and sorts all of it for every page.
 */
const BY_INDEX =
  'SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; ' +
  // Before Postgres 18 a plan that must use what is off looks so dear that it would be compiled.
  'SET jit = off';
const BY_VALUES = 'SET plan_cache_mode = force_custom_plan';
/** The statements of commits are planned once: the right plan does not depend on the batch. */
const PLANNED_ONCE =
  'SET plan_cache_mode = force_generic_plan; SET enable_hashjoin = off; SET enable_mergejoin = off';

/** Makes a connection plan as the writer's should. */
export async function planForWriting(client: pg.Client): Promise<void> {
  await query(client, `${BY_INDEX}; ${PLANNED_ONCE}`);
}

/** A pool for reading. */
export function createPool(options: ConnectionOptions, size: number, logger: Logger): pg.Pool {
  const pool = new pg.Pool({
    ...clientConfig(options, 'pool'),
    max: size,
    maxLifetimeSeconds: 1800,
    idleTimeoutMillis: 60_000,
    onConnect: async (client) => {
      await client.query(`${BY_INDEX}; ${BY_VALUES}`);
    },
  });
  // An idle connection that breaks has no query to fail: without this the process would exit.
  pool.on('error', (error) => logger.warn({ error }, 'an idle database connection broke'));
  return pool;
}

/**
 * One connection with a purpose of its own. `onLost` is called at most once, when it breaks or ends
 * without having been asked to.
 *
 * @throws StoreUnavailableError when it cannot be made.
 */
export async function connect(
  options: ConnectionOptions,
  role: string,
  onLost: (error: StoreUnavailableError) => void,
): Promise<pg.Client> {
  const client = new pg.Client(clientConfig(options, role));
  let lost = false;
  const lose = (cause?: Error): void => {
    if (lost || leaving.has(client)) return;
    lost = true;
    const reason = `The ${role} connection ended${cause === undefined ? '' : `: ${cause.message}`}`;
    onLost(new StoreUnavailableError(reason, 'unknown', { cause }));
  };
  let connected = false;
  client.on('error', (error) => connected && lose(error));
  client.on('end', () => connected && lose());
  try {
    await client.connect();
  } catch (error) {
    throw storeError(error);
  }
  connected = true;
  return client;
}

/** Ends a connection that may be broken, without waiting long for a server that does not answer. */
export async function disconnect(client: pg.Client): Promise<void> {
  leaving.add(client);
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GOODBYE_MS);
  });
  await Promise.race([client.end().catch(() => undefined), patience]);
  clearTimeout(timer);
}

/** One query, its failure sorted (see storeError). */
export async function query(
  on: pg.Pool | pg.ClientBase,
  text: string | pg.QueryConfig,
  values?: unknown[],
): Promise<pg.QueryResult> {
  try {
    return await on.query(text, values);
  } catch (error) {
    throw storeError(error);
  }
}
