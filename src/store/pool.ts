// Owns connections to Postgres, all with the same limits: none may hang, none may die unnoticed.
import pg from 'pg';

import { hostsOf } from '../config/database-url.js';
import { over, toldElsewhere } from '../observability/background.js';
import type { Logger } from '../observability/logger.js';
import { StoreUnavailableError, storeError } from './errors.js';
import { atPrimary, primaryUrl, requirePrimary } from './primary.js';

export interface DatabaseOptions {
  /** postgres://... */
  readonly url: string;
  readonly statementTimeoutMs: number;
}

const CONNECT_TIMEOUT_MS = 5000;
const GOODBYE_MS = 1000;
/** The server gives up first, so that a time-out is an answer and not a guess. */
const CLIENT_GRACE_MS = 5000;
/** What is looked up by its key takes milliseconds: a connection that is silent for longer is dead. */
const LOOK_UP_MS = 4000;

function clientConfig({ url, statementTimeoutMs }: DatabaseOptions, role: string): pg.ClientConfig {
  return {
    connectionString: primaryUrl(url),
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

/** When a pooled connection was made, by performance.now(). */
const madeAt = new WeakMap<pg.ClientBase, number>();
/** Of a pool: those made before are not used any more. */
const trustedFrom = new WeakMap<pg.Pool, number>();

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
export function createPool(options: DatabaseOptions, size: number, logger: Logger): pg.Pool {
  const pool = new pg.Pool({
    ...clientConfig(options, 'pool'),
    // Each goes to the host that is the primary when it is made.
    Client: class extends pg.Client {
      constructor(config?: pg.ClientConfig) {
        super({ ...config, connectionString: primaryUrl(options.url) });
        madeAt.set(this, performance.now());
        // One that breaks between two statements of whoever holds it fails the next one. Nobody else listens then, and
        // an error nobody listens to ends the process.
        this.on('error', (error) => logger.debug({ error }, 'a database connection broke'));
      }
    },
    max: size,
    // Where several hosts may be the primary, none is kept long that is one no more and does not know it.
    maxLifetimeSeconds: hostsOf(options.url).choice === 'only' ? 1800 : 60,
    // One that fell silent while nobody used it would cost the next who does a statement's time-out.
    idleTimeoutMillis: 10_000,
    onConnect: async (client) => {
      await requirePrimary(options.url, client);
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
export function connect(
  options: DatabaseOptions,
  role: string,
  onLost: (error: StoreUnavailableError) => void,
): Promise<pg.Client> {
  return atPrimary(options.url, (url) => connectTo({ ...options, url }, role, onLost), disconnect);
}

async function connectTo(
  options: DatabaseOptions,
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
  await Promise.race([over(client.end()), patience]);
  clearTimeout(timer);
}

/**
 * What a query answers. A process that was busy for longer than it would wait reads what has arrived before
 * it judges: timers come before sockets in a turn of the event loop.
 *
 * @throws StoreUnavailableError with the outcome unknown after `patienceMs` without an answer.
 */
export async function answered<T>(result: Promise<T>, patienceMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const giveUp = (): void =>
      reject(
        new StoreUnavailableError(`No answer of the database in ${Math.round(patienceMs)} ms`, 'unknown'),
      );
    timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), patienceMs);
  });
  // Whichever comes second has nobody who waits for it.
  toldElsewhere(result);
  toldElsewhere(silence);
  try {
    return await Promise.race([result, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** Takes a pool's connections of now for dead: each is replaced before anybody uses it again. */
export function distrust(pool: pg.Pool): void {
  trustedFrom.set(pool, performance.now());
}

/**
 * A connection of the pool, to be released.
 *
 * @throws StoreUnavailableError when there is none in time.
 */
export async function checkOut(pool: pg.Pool): Promise<pg.PoolClient> {
  // Ends: each turn takes one of the connections of before out of the pool, and new ones are trusted.
  for (;;) {
    const client = await pool.connect().catch((error) => {
      throw storeError(error);
    });
    if ((madeAt.get(client) ?? 0) >= (trustedFrom.get(pool) ?? 0)) return client;
    client.release(true);
  }
}

/** One query, its failure sorted (see storeError). */
export async function query(
  on: pg.Pool | pg.ClientBase,
  text: string | pg.QueryConfig,
  values?: unknown[],
): Promise<pg.QueryResult> {
  if (on instanceof pg.Pool) return pooled(on, (client) => query(client, text, values));
  try {
    return await on.query(text, values);
  } catch (error) {
    throw storeError(error);
  }
}

/**
 * A query that takes milliseconds, of which silence is known sooner than by a statement's time-out.
 *
 * @throws StoreUnavailableError after 4 s without an answer.
 */
export function lookUp(on: pg.Pool | pg.ClientBase, text: string | pg.QueryConfig): Promise<pg.QueryResult> {
  const ask = (client: pg.ClientBase) => answered(query(client, text), LOOK_UP_MS);
  return on instanceof pg.Pool ? pooled(on, ask) : ask(on);
}

async function pooled(
  pool: pg.Pool,
  ask: (client: pg.ClientBase) => Promise<pg.QueryResult>,
): Promise<pg.QueryResult> {
  const client = await checkOut(pool);
  let failed = true;
  try {
    const result = await ask(client);
    failed = false;
    return result;
  } catch (error) {
    // What became of this connection may have become of all.
    if (error instanceof StoreUnavailableError && error.outcome === 'unknown') distrust(pool);
    throw error;
  } finally {
    client.release(failed);
  }
}
