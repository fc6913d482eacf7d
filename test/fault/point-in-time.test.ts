// A base backup by pg_basebackup, and a restore to a point in time from it: each is another history than the log it was
// taken of, and says so before its first event; what it was taken of goes on as it was. Needs Postgres' own programs (on
// Debian the package postgresql), which the embedded ones lack.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresAccount } from '../../src/store/embedded/account.js';
import { type Cluster, freePort, initialise, readSecret, verify } from '../../src/store/embedded/cluster.js';
import { clusterFolder } from '../../src/store/embedded/place.js';
import { Store } from '../../src/store/store.js';
import { SILENT, testConfig } from '../contract/store/fixtures.js';
import { eventually } from '../support/eventually.js';
import { POSTGRES_PROGRAMS } from '../support/patroni.js';
import { execute } from '../support/postgres.js';
import { PostgresNode } from '../support/postgres-pair.js';
import { batchOf, makeTrade } from '../support/stored.js';

interface History {
  readonly epoch: string;
  /** Whether open actions are in doubt until a snapshot. */
  readonly restored: boolean;
  readonly tickets: readonly bigint[];
}

/** Leads on the database and registers trades; what it is the log of, and which trades are in it. */
async function write(url: string, ...tickets: number[]): Promise<History> {
  const store = await Store.open(url, testConfig(), SILENT);
  try {
    const term = await store.lead({ onLost: () => undefined });
    const { head, restoredLog } = await term.restore();
    for (const ticket of tickets) await term.writer.commit(batchOf([makeTrade(ticket)]));
    await term.release();
    const events = await store.readEvents(0, 1000);
    return { epoch: head.epoch, restored: restoredLog !== null, tickets: events.map(({ ticket }) => ticket) };
  } finally {
    await store.close();
  }
}

describe.skipIf(POSTGRES_PROGRAMS === undefined)('with pg_basebackup', () => {
  const account = postgresAccount(undefined);
  const nodes: PostgresNode[] = [];
  let scratch: string;
  let original: PostgresNode;
  let backup: string;
  let epoch: string;

  const place = (name: string): Cluster => {
    const base = join(scratch, name);
    mkdirSync(base, { mode: 0o755 });
    own(base);
    const bin = POSTGRES_PROGRAMS ?? '';
    const binaries = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
    return { base, folder: clusterFolder(base), binaries, account };
  };
  const own = (path: string) => {
    if (account !== undefined) chownSync(path, account.uid, account.gid);
  };

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'dtms-point-'));
    chmodSync(scratch, 0o755);
    const archive = join(scratch, 'archive');
    mkdirSync(archive);
    own(archive);
    const settings = { archive_mode: 'on', archive_command: `cp %p ${archive}/%f`, wal_level: 'replica' };
    original = new PostgresNode(place('original'), await freePort(), settings);
    nodes.push(original);
    await initialise(original.cluster, undefined);
    await original.start();
    await eventually(async () => expect(await verify(original.cluster.folder, original.port)).toBe(true));
    ({ epoch } = await write(original.url, 1, 2));
    backup = join(scratch, 'backup');
    mkdirSync(backup, { mode: 0o700 });
    own(backup);
    const { port, username } = new URL(original.url);
    execFileSync(
      join(POSTGRES_PROGRAMS ?? '', 'pg_basebackup'),
      ['-D', backup, '-h', '127.0.0.1', '-p', port, '-U', username, '-X', 'stream', '-c', 'fast'],
      { env: { PGPASSWORD: readSecret(original.cluster.folder) }, ...account },
    );
    await write(original.url, 3);
    await execute(original.url, `SELECT pg_create_restore_point('here')`);
    await write(original.url, 4);
    await execute(original.url, 'SELECT pg_switch_wal()');
    await eventually(() => expect(readdirSync(archive).length).toBeGreaterThan(1));
  });

  afterAll(async () => {
    for (const node of nodes) await node.stop('SIGQUIT');
    rmSync(scratch, { recursive: true, force: true });
  });

  /** The backup on a folder of its own, running. */
  async function restored(name: string, prepare: (folder: string) => void): Promise<PostgresNode> {
    const node = new PostgresNode(place(name), await freePort());
    nodes.push(node);
    cpSync(backup, node.cluster.folder, { recursive: true, preserveTimestamps: true });
    if (account !== undefined)
      execFileSync('chown', ['-R', `${account.uid}:${account.gid}`, node.cluster.folder]);
    prepare(node.cluster.folder);
    await node.start();
    await eventually(async () => {
      const { rows } = await execute(node.url, 'SELECT pg_is_in_recovery() AS recovering');
      expect(rows[0].recovering).toBe(false);
    });
    return node;
  }

  it('a backup that is started has another epoch, and is in doubt', async () => {
    const copy = await restored('copy', () => undefined);
    const history = await write(copy.url, 30);
    expect(history.epoch).not.toBe(epoch);
    expect(history).toMatchObject({ restored: true, tickets: [1n, 2n, 30n] });
    expect((await write(copy.url)).epoch).toBe(history.epoch);
  });

  it('a restore to a point in time has another epoch, and what was there then', async () => {
    const archive = join(scratch, 'archive');
    const point = await restored('point', (folder) => {
      const signal = join(folder, 'recovery.signal');
      writeFileSync(signal, '');
      own(signal);
      const target = `recovery_target_name = 'here'\nrecovery_target_action = 'promote'\n`;
      appendFileSync(
        join(folder, 'postgresql.auto.conf'),
        `restore_command = 'cp ${archive}/%f %p'\n${target}`,
      );
    });
    const history = await write(point.url, 40);
    expect(history.epoch).not.toBe(epoch);
    expect(history).toMatchObject({ restored: true, tickets: [1n, 2n, 3n, 40n] });
  });

  it('what was backed up goes on as it was', async () => {
    const history = await write(original.url, 5);
    expect(history).toEqual({ epoch, restored: false, tickets: [1n, 2n, 3n, 4n, 5n] });
  });
});
