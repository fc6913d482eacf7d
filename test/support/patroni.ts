// A Postgres that fails over by itself: two nodes under Patroni, with etcd, and HAProxy in front of two servers of ours.
// All of it is the real thing, on loopback, in a folder of its own; where a program is absent nothing is started.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { postgresAccount } from '../../src/store/embedded/account.js';
import { freePort } from '../../src/store/embedded/cluster.js';
import { until } from './eventually.js';
import { fault } from './fault-count.js';
import { execute } from './postgres.js';

const found = (program: string): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/bin']
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));

/** The newest Postgres of the system that has all of its programs. */
export const POSTGRES_PROGRAMS = ['/usr/lib/postgresql', '/usr/pgsql']
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder).map((version) => join(folder, version, 'bin')))
  .filter((folder) => existsSync(join(folder, 'pg_basebackup')))
  .sort()
  .at(-1);

/** What is missing; empty where all of it is here. */
export const MISSING = [
  ...['patroni', 'etcd', 'haproxy'].filter((program) => found(program) === undefined),
  ...(POSTGRES_PROGRAMS === undefined ? ['postgresql'] : []),
];

const PASSWORD = 'only-on-loopback';
/** How long a node may take to lead or to follow, ms. */
const JOIN_MS = 120_000;

/** Whether a commit waits for the standby, or may be lost with the primary. */
export type Replication = 'synchronous' | 'asynchronous';

export interface PatroniNode {
  readonly name: string;
  /** Of its Postgres. */
  readonly port: number;
  /** Of Patroni's own interface. */
  readonly api: number;
  readonly folder: string;
}

/** Not in the data: pg_rewind copies all that is there, and a socket cannot be. */
const socketsOf = ({ folder }: Pick<PatroniNode, 'folder'>): string => `${folder}.sockets`;

export class PatroniCluster {
  readonly nodes: readonly PatroniNode[];
  readonly #folder: string;
  readonly #replication: Replication;
  readonly #etcd: readonly [number, number];
  readonly #running = new Map<string, ChildProcess>();
  readonly #hushed: number[] = [];
  readonly #account = postgresAccount(undefined);

  private constructor(
    folder: string,
    nodes: readonly PatroniNode[],
    etcd: readonly [number, number],
    replication: Replication,
  ) {
    this.#folder = folder;
    this.#replication = replication;
    this.nodes = nodes;
    this.#etcd = etcd;
  }

  /** Starts both nodes; resolves when the second follows the first. @param folder - an empty one, gone afterwards. */
  static async start(folder: string, replication: Replication): Promise<PatroniCluster> {
    chmodSync(folder, 0o755);
    const nodes: PatroniNode[] = [];
    for (const name of ['one', 'two'])
      nodes.push({ name, port: await freePort(), api: await freePort(), folder: join(folder, name) });
    const cluster = new PatroniCluster(folder, nodes, [await freePort(), await freePort()], replication);
    const [client, peer] = cluster.#etcd.map((port) => `http://127.0.0.1:${port}`);
    cluster.spawn('etcd', 'etcd', [
      ...[
        '--data-dir',
        join(folder, 'etcd'),
        '--listen-client-urls',
        `${client}`,
        '--advertise-client-urls',
        `${client}`,
      ],
      ...['--listen-peer-urls', `${peer}`, '--initial-advertise-peer-urls', `${peer}`],
      ...['--initial-cluster', `default=${peer}`],
    ]);
    await until('etcd answers', () =>
      fetch(`${client}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    for (const node of nodes) await cluster.join(node);
    const follows = replication === 'synchronous' ? '/sync' : '/replica';
    await until('the second node follows', () => cluster.is(follows, nodes[1] as PatroniNode));
    return cluster;
  }

  /** Starts a node and waits until it leads or follows. */
  async join(node: PatroniNode): Promise<void> {
    for (const made of [node.folder, socketsOf(node)]) {
      if (existsSync(made)) continue;
      mkdirSync(made, { mode: 0o700 });
      if (this.#account !== undefined) chownSync(made, this.#account.uid, this.#account.gid);
    }
    const path = join(this.#folder, `${node.name}.yml`);
    writeFileSync(path, this.#settings(node));
    this.spawn(node.name, 'patroni', [path], this.#account ?? {});
    // A node that comes back rewinds what the others do not have, or copies all of it anew.
    const end = performance.now() + JOIN_MS;
    while (!(await this.is('/primary', node)) && !(await this.is('/replica', node))) {
      if (performance.now() > end) throw new Error(`${node.name} neither leads nor follows`);
      await sleep(100);
    }
  }

  /** Whether a node's Patroni says yes: /primary, /replica, /sync. */
  is(what: string, { api }: PatroniNode): Promise<boolean> {
    return fetch(`http://127.0.0.1:${api}${what}`).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  async primary(): Promise<PatroniNode> {
    for (const node of this.nodes) if (await this.is('/primary', node)) return node;
    throw new Error('no node is the primary');
  }

  /** Both hosts in one URL. */
  url(database: string): string {
    const hosts = this.nodes.map(({ port }) => `127.0.0.1:${port}`).join(',');
    return `postgres://postgres:${PASSWORD}@${hosts}/${database}?sslmode=disable&target_session_attrs=read-write`;
  }

  /** Of one node alone. */
  urlOf({ port }: PatroniNode, database: string): string {
    return `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${database}?sslmode=disable`;
  }

  /** Stops what sends a primary's log to its standby, which has nothing from now on. */
  async hush(primary: PatroniNode): Promise<void> {
    const { rows } = await execute(this.urlOf(primary, 'postgres'), 'SELECT pid FROM pg_stat_replication');
    for (const { pid } of rows) {
      process.kill(pid, 'SIGSTOP');
      this.#hushed.push(pid);
    }
  }

  /** SIGKILL to a node's Patroni and to its Postgres. */
  kill(node: PatroniNode): void {
    fault('primaries killed');
    const postmaster = Number(readFileSync(join(node.folder, 'postmaster.pid'), 'utf8').split('\n')[0]);
    this.#running.get(node.name)?.kill('SIGKILL');
    this.#running.delete(node.name);
    process.kill(postmaster, 'SIGKILL');
    for (const pid of this.#hushed.splice(0)) process.kill(pid, 'SIGKILL');
  }

  /** Starts a program of ours, with its output in the folder. */
  spawn(
    name: string,
    program: string,
    args: readonly string[],
    as: { uid?: number; gid?: number } = {},
  ): void {
    const log = openSync(join(this.#folder, `${name}.log`), 'a');
    const env = { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', ALLOW_NONE_AUTHENTICATION: 'yes' };
    const child = spawn(found(program) ?? program, args, {
      stdio: ['ignore', log, log],
      env,
      cwd: '/',
      ...as,
    });
    closeSync(log);
    this.#running.set(name, child);
  }

  async stop(): Promise<void> {
    // Patroni stops its Postgres in order; etcd last, which it asks.
    const names = [...this.#running.keys()].filter((name) => name !== 'etcd');
    for (const name of [...names, 'etcd']) {
      const child = this.#running.get(name);
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill(name === 'haproxy' ? 'SIGKILL' : 'SIGTERM');
      await gone;
    }
  }

  /** JSON is YAML. */
  #settings({ name, port, api, folder }: PatroniNode): string {
    const parameters = { wal_level: 'replica', hot_standby: 'on', max_wal_senders: 5, wal_keep_size: '64MB' };
    const dcs = {
      ...{ ttl: 20, loop_wait: 1, retry_timeout: 3, synchronous_mode: this.#replication === 'synchronous' },
      postgresql: { use_pg_rewind: true, parameters },
    };
    return JSON.stringify({
      scope: 'dtms',
      name,
      restapi: { listen: `127.0.0.1:${api}`, connect_address: `127.0.0.1:${api}` },
      etcd3: { host: `127.0.0.1:${this.#etcd[0]}` },
      bootstrap: { dcs, initdb: [{ encoding: 'UTF8' }, { locale: 'C' }, 'data-checksums'] },
      postgresql: {
        ...{ listen: `127.0.0.1:${port}`, connect_address: `127.0.0.1:${port}`, data_dir: folder },
        bin_dir: POSTGRES_PROGRAMS,
        ...{
          remove_data_directory_on_rewind_failure: true,
          remove_data_directory_on_diverged_timelines: true,
        },
        authentication: {
          superuser: { username: 'postgres', password: PASSWORD },
          replication: { username: 'replicator', password: PASSWORD },
        },
        pg_hba: [
          'host all all 127.0.0.1/32 scram-sha-256',
          'host replication all 127.0.0.1/32 scram-sha-256',
        ],
        parameters: { unix_socket_directories: socketsOf({ folder }) },
        // A copy does not wait for the checkpoint that would come anyway.
        basebackup: [{ checkpoint: 'fast' }],
      },
    });
  }
}
