// A commit that waits for a synchronous standby is seen by nobody, not even in the moment in which the primary dies: then the
// backends give up waiting, and whoever asks just then would see, and show, what the promoted standby never had.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '../../src/store/migrate.js';
import { readEvents, readHead } from '../../src/store/reads.js';
import { readStateHead } from '../../src/store/state-head.js';
import { Store } from '../../src/store/store.js';
import { SILENT, testConfig } from '../contract/store/fixtures.js';
import { until } from '../support/eventually.js';
import { execute } from '../support/postgres.js';
import { emptyCluster, type PostgresNode, startNode } from '../support/postgres-pair.js';
import { batchOf, makeTrade } from '../support/stored.js';

let scratch: string;
let node: PostgresNode;

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'dtms-unreplicated-'));
  chmodSync(scratch, 0o755);
  node = await startNode(await emptyCluster(scratch, 'one'));
});
afterEach(async () => {
  await node.stop('SIGQUIT');
  rmSync(scratch, { recursive: true, force: true });
});

interface Reader {
  readonly client: pg.Client;
  readonly pid: number;
}

async function openReader(): Promise<Reader> {
  const client = new pg.Client({ connectionString: node.url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  return { client, pid: rows[0].pid };
}

/** What each way to read the log answers: the revision it knows, or an error. */
const READS: Record<string, (on: pg.Client) => Promise<unknown>> = {
  head: async (on) => (await readHead(on)).revision,
  events: async (on) => (await readEvents(on, 0, 10)).map(({ revision }) => revision),
  state: async (on) => (await readStateHead(on)).revision,
  // The control: a statement without the condition sees it.
  unguarded: async (on) => Number((await on.query('SELECT revision FROM log_head')).rows[0].revision),
};

test('what a dying primary lets go of is read by nobody', async () => {
  await migrate({ url: node.url, statementTimeoutMs: 0 }, SILENT, null);
  const store = await Store.open(node.url, testConfig(), SILENT);
  const term = await store.lead({ onLost: () => undefined });
  await execute(node.url, `ALTER SYSTEM SET synchronous_standby_names = 'nobody'`);
  await execute(node.url, 'SELECT pg_reload_conf()');
  const waits = `SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
  // The writer's backend hears of the setting sooner or later: then its commit waits for ever.
  let answered = 0;
  let waiting: Promise<unknown> | undefined;
  await until('a commit waits for a standby', async () => {
    waiting ??= term.writer.commit(batchOf([makeTrade(answered + 1)])).then(
      () => {
        answered += 1;
        waiting = undefined;
      },
      (error: unknown) => error,
    );
    return (await execute(node.url, waits)).rowCount === 1;
  });
  const [{ pid: writer }] = (await execute(node.url, waits)).rows;

  const readers = await Promise.all(Object.values(READS).map(openReader));
  // They have the question before the postmaster dies, and answer it after the commit was let go.
  for (const { pid } of readers) process.kill(pid, 'SIGSTOP');
  const answers = Object.values(READS).map((read, index) =>
    read((readers[index] as Reader).client).catch((error: unknown) => error),
  );
  await node.stop('SIGKILL');
  await until('the commit was let go', () => !isAlive(writer));
  for (const { pid } of readers) process.kill(pid, 'SIGCONT');

  const [head, events, state, unguarded] = await Promise.all(answers);
  expect(unguarded).toBe(answered + 1);
  expect([head, events, state]).toEqual([expect.any(Error), expect.any(Error), expect.any(Error)]);
  expect(await waiting).toBeInstanceOf(Error);
  await Promise.all(readers.map(({ client }) => client.end().catch(() => undefined)));
  await store.close();
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
