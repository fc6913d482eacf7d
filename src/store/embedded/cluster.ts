// Owns one embedded cluster on disk: made once, with a password nobody has to know, and started with the
// settings DTMS needs.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomBytes, randomInt } from 'node:crypto';
import { chownSync, closeSync, existsSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

import pg from 'pg';

import { over } from '../../observability/background.js';
import { EmbeddedDatabaseError, sqlState } from '../errors.js';
import type { SystemAccount } from './account.js';
import type { Binaries } from './binaries.js';
import { clusterFolder } from './place.js';
import { isAlive } from './process-identity.js';

export interface Cluster {
  /** Holds the cluster's folder, its log and the note of its owner. */
  readonly base: string;
  /** Postgres' data folder. */
  readonly folder: string;
  readonly binaries: Binaries;
  readonly account: SystemAccount | undefined;
}

const ROLE = 'dtms';
const SERVICE_ROLE = 'dtms_service';
const DATABASE = 'dtms';
const SECRET = 'dtms.secret';
const DRAFT = 'postgres.init-';
const LOG_LIMIT_BYTES = 10 * 1024 * 1024;

const logFile = (base: string): string => join(base, 'postgres.log');

/** The last lines of Postgres' own log, for a message that says why it is gone. */
export function logTail(base: string, lines = 12): string {
  if (!existsSync(logFile(base))) return '(no log)';
  return readFileSync(logFile(base), 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

export const readSecret = (cluster: string): string => readFileSync(join(cluster, SECRET), 'utf8').trim();

/** Everything may be passed on, so only what the programs need. */
const environment = (): NodeJS.ProcessEnv | undefined =>
  process.platform === 'win32' ? undefined : { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

async function run(
  program: string,
  args: string[],
  cwd: string,
  account: SystemAccount | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  const child = spawn(program, args, {
    cwd,
    signal,
    env: environment(),
    // A Ctrl-C in the terminal is for DTMS, which ends it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...account,
  });
  const output: string[] = [];
  child.stdout?.on('data', (chunk) => output.push(String(chunk)));
  child.stderr?.on('data', (chunk) => output.push(String(chunk)));
  const kill = () => child.kill();
  process.once('exit', kill);
  const code = await new Promise<number | null>((resolve, reject) => {
    // Told to end it is still there, and closes when it is not.
    child.once('error', (error) => child.pid === undefined && reject(error));
    child.once('close', resolve);
  });
  process.removeListener('exit', kill);
  signal?.throwIfAborted();
  if (code !== 0)
    throw new EmbeddedDatabaseError(
      `The embedded database cannot be made in ${cwd}: ${faultOf(output.join(''))}`,
    );
}

const FULL = 'No space left on device';

/** The way out of a full disk, where the programs' output says that it is; else the line that says what is wrong. */
function faultOf(output: string): string {
  const lines = output.trimEnd().split('\n');
  return fullDisk(output) ?? lines.find((line) => /FATAL|PANIC|error:/.test(line)) ?? lines.at(-1) ?? '';
}

/** What to do when Postgres said that its disk is full; undefined when it did not. */
export function fullDisk(output: string): string | undefined {
  return output.includes(FULL) ? 'the disk is full: make room and start again' : undefined;
}

/** Made in a draft folder and renamed, so that a cluster is there whole or not at all. */
export async function initialise(
  { base, folder, binaries, account }: Cluster,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const name of readdirSync(base))
    if (name.startsWith(DRAFT) && !isAlive(Number.parseInt(name.slice(DRAFT.length), 10)))
      await rm(join(base, name), { recursive: true, force: true });
  if (existsSync(folder)) return;
  const draft = join(base, `${DRAFT}${process.pid}-${randomBytes(4).toString('hex')}`);
  const secret = join(draft, SECRET);
  await mkdir(draft, { mode: 0o700 });
  try {
    await writeFile(secret, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
    if (account !== undefined) for (const path of [draft, secret]) chownSync(path, account.uid, account.gid);
    const data = join(draft, 'data');
    const options = [
      '--encoding=UTF8',
      '--locale=C',
      '--data-checksums',
      '--auth=scram-sha-256',
      '--no-instructions',
    ];
    await run(
      binaries.initdb,
      [`--pgdata=${data}`, `--username=${ROLE}`, `--pwfile=${secret}`, ...options],
      draft,
      account,
      signal,
    );
    await rename(secret, join(data, SECRET));
    await rename(data, clusterFolder(base)).catch((error) => {
      // Another server was faster; its cluster is the one.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}

/**
 * A port nobody listens on, below those the systems give to outgoing connections: there a client that
 * tries to reconnect can end up connected to itself.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    if (await isFree(port)) return port;
  }
}

/** Nothing here trades durability for speed; tests override some of it to be refused. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // A socket's path has a length limit that a data folder may exceed.
  unix_socket_directories: '',
  max_connections: '50',
  shared_buffers: '128MB',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
};

/** Starts Postgres in a session of its own: a Ctrl-C in the terminal is for DTMS, which stops it last. */
export function spawnPostgres(
  { base, folder, binaries, account }: Cluster,
  port: number,
  settings: Readonly<Record<string, string>>,
): ChildProcess {
  const path = logFile(base);
  const full = existsSync(path) && statSync(path).size > LOG_LIMIT_BYTES;
  const log = openSync(path, full ? 'w' : 'a', 0o600);
  try {
    const options = Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const child = spawn(binaries.postgres, ['-D', folder, '-p', String(port), ...options], {
      cwd: folder,
      env: environment(),
      detached: true,
      stdio: ['ignore', log, log],
      ...account,
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

export const clusterUrl = (port: number, secret: string, database = DATABASE): string =>
  `postgres://${ROLE}:${secret}@127.0.0.1:${port}/${database}?sslmode=disable`;

/** Follows from the owner's, which does not follow from it. */
const servicePassword = (secret: string): string =>
  createHmac('sha256', secret).update(SERVICE_ROLE).digest('hex');

export const serviceUrl = (port: number, secret: string): string => {
  const url = new URL(clusterUrl(port, secret));
  url.username = SERVICE_ROLE;
  url.password = servicePassword(secret);
  return url.href;
};

/** True of the errors a Postgres gives that starts or stops, or has just gone. */
const isPassing = (error: unknown): boolean =>
  sqlState(error)?.startsWith('57') ?? typeof Reflect.get(Object(error), 'syscall') === 'string';

/**
 * Proves that who listens is the Postgres of this cluster, by the secret and by its folder, and makes
 * sure it has our database and the service's role.
 *
 * @returns false while it starts or stops.
 * @throws Error when it is another one.
 */
export async function verify(folder: string, port: number): Promise<boolean> {
  const secret = readSecret(folder);
  const client = new pg.Client({
    connectionString: clusterUrl(port, secret, 'postgres'),
    connectionTimeoutMillis: 5000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query(
      `SELECT current_setting('data_directory') AS folder,
              EXISTS (SELECT FROM pg_database WHERE datname = '${DATABASE}') AS present,
              EXISTS (SELECT FROM pg_roles WHERE rolname = '${SERVICE_ROLE}') AS served`,
    );
    if (rows[0].folder !== folder)
      throw new EmbeddedDatabaseError(`port ${port} belongs to the database in ${rows[0].folder}`);
    if (rows[0].present !== true) await orThere(client.query(`CREATE DATABASE ${DATABASE}`));
    if (rows[0].served !== true)
      await orThere(client.query(`CREATE ROLE ${SERVICE_ROLE} LOGIN PASSWORD '${servicePassword(secret)}'`));
    return true;
  } catch (error) {
    if (isPassing(error)) return false;
    throw error;
  } finally {
    await over(client.end());
  }
}

/** A database, a role, or a row of the catalogue with their name is there. */
const THERE: ReadonlySet<string | undefined> = new Set(['42P04', '42710', '23505']);

/** Waits for something to be made; another server may have been faster. */
async function orThere(making: Promise<unknown>): Promise<void> {
  try {
    await making;
  } catch (error) {
    if (!THERE.has(sqlState(error))) throw error;
  }
}
