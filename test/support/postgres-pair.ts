// A primary and a standby that streams from it, both real: the embedded programs on two folders.
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createLogger } from '../../src/observability/logger.js';
import { postgresAccount } from '../../src/store/embedded/account.js';
import { findBinaries } from '../../src/store/embedded/binaries.js';
import {
  type Cluster,
  clusterUrl,
  freePort,
  initialise,
  readSecret,
  spawnPostgres,
  verify,
} from '../../src/store/embedded/cluster.js';
import { clusterFolder, SYSTEM_FOLDER } from '../../src/store/embedded/place.js';
import { eventually } from './eventually.js';
import { execute } from './postgres.js';

/** A Postgres on a folder of its own. */
export class PostgresNode {
  readonly cluster: Cluster;
  readonly port: number;
  readonly #settings: Readonly<Record<string, string>>;
  #child: ReturnType<typeof spawnPostgres> | undefined;

  constructor(cluster: Cluster, port: number, settings: Readonly<Record<string, string>> = {}) {
    this.cluster = cluster;
    this.port = port;
    this.#settings = settings;
  }

  get url(): string {
    return clusterUrl(this.port, readSecret(this.cluster.folder));
  }

  async start(): Promise<void> {
    await eventually(() => {
      // One whose predecessor was killed ends again while what that left behind is there.
      if (this.#child === undefined || this.#child.exitCode !== null)
        this.#child = spawnPostgres(this.cluster, this.port, this.#settings);
      return execute(this.url.replace('/dtms?', '/postgres?'), 'SELECT 1');
    });
  }

  async stop(signal: 'SIGINT' | 'SIGQUIT' | 'SIGKILL' = 'SIGINT'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }
}

export interface PostgresPair {
  readonly primary: PostgresNode;
  readonly standby: PostgresNode;
  /** Both hosts in one URL, the standby first. */
  readonly url: string;
  /** Makes the standby the primary; the other one should be gone. */
  promote(): Promise<void>;
  remove(): Promise<void>;
}

export async function startPair(): Promise<PostgresPair> {
  const scratch = mkdtempSync(join(tmpdir(), 'dtms-pair-'));
  chmodSync(scratch, 0o755);
  const primary = await startNode(await emptyCluster(scratch, 'one'));
  const standby = new PostgresNode(await emptyCluster(scratch, 'two'), await freePort());
  await copy(primary, standby.cluster);
  await standby.start();
  const [front = '', back = ''] = primary.url.split(`127.0.0.1:${primary.port}`);
  return {
    primary,
    standby,
    url: `${front}127.0.0.1:${standby.port},127.0.0.1:${primary.port}${back}&target_session_attrs=read-write`,
    promote: async () => {
      await execute(standby.url, 'SELECT pg_promote()');
    },
    remove: async () => {
      await standby.stop('SIGQUIT');
      await primary.stop('SIGQUIT');
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

/** A folder for a Postgres of the embedded programs. @param scratch - which every account can enter. */
export async function emptyCluster(scratch: string, name: string): Promise<Cluster> {
  const account = postgresAccount(undefined);
  const binaries = await findBinaries(account, SYSTEM_FOLDER, createLogger('silent'));
  const base = join(scratch, name);
  mkdirSync(base, { mode: 0o755 });
  return { base, folder: clusterFolder(base), binaries, account };
}

/** A Postgres with an empty database of ours. */
export async function startNode(
  cluster: Cluster,
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresNode> {
  const node = new PostgresNode(cluster, await freePort(), settings);
  await initialise(cluster, undefined);
  await node.start();
  await eventually(async () => {
    if (!(await verify(cluster.folder, node.port))) throw new Error('not ready');
  });
  return node;
}

/** A base backup by hand: the embedded package has no pg_basebackup. */
async function copy(from: PostgresNode, { folder, account }: Cluster): Promise<void> {
  const session = new pg.Client({ connectionString: from.url });
  await session.connect();
  await session.query("SELECT pg_backup_start('pair', true)");
  execFileSync('cp', ['-a', from.cluster.folder, folder]);
  const { rows } = await session.query('SELECT labelfile FROM pg_backup_stop()');
  await session.end();
  rmSync(join(folder, 'postmaster.pid'), { force: true });
  const own = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    if (account !== undefined) chownSync(path, account.uid, account.gid);
  };
  own('backup_label', String(rows[0].labelfile));
  own('standby.signal', '');
  const { port, password } = new URL(from.url);
  appendFileSync(
    join(folder, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${port} user=dtms password=${password} application_name=two'\n`,
  );
}
