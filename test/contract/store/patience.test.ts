// How long the database is waited for: a process that was busy does not take its own delay for silence, and
// a commit of many rows gives other work its turn.
import { afterEach, beforeEach, expect, test } from 'vitest';

import {
  answered,
  connect,
  createPool,
  disconnect,
  distrust,
  lookUp,
  query,
} from '../../../src/store/pool.js';
import { PostgresProxy } from '../../support/postgres-proxy.js';
import { batchOf, makeTrade, moved } from '../../support/stored.js';
import { SILENT, StoreFixture } from './fixtures.js';

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await StoreFixture.create();
});
afterEach(() => fixture.close());

function busy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('an answer that arrived while the process was busy counts', async () => {
  const client = await connect(
    { url: fixture.database.url, statementTimeoutMs: 0 },
    'patience',
    () => undefined,
  );
  try {
    await query(client, 'SELECT 1');
    const waited = answered(query(client, 'SELECT 1'), 100);
    busy(500);
    expect((await waited).rowCount).toBe(1);
    // What it is instead of: the driver's own time-out looks at the clock before it looks at the socket.
    const impatient = client.query({ text: 'SELECT 1', query_timeout: 100 } as { text: string });
    busy(500);
    await expect(impatient).rejects.toThrow('timeout');
  } finally {
    await disconnect(client);
  }
});

test('silence ends as unknown', async () => {
  const never = new Promise<never>(() => undefined);
  await expect(answered(never, 20)).rejects.toMatchObject({
    name: 'StoreUnavailableError',
    outcome: 'unknown',
  });
});

test('a refusal is passed on as it is', async () => {
  await expect(answered(Promise.reject(new Error('no')), 1000)).rejects.toThrow('no');
});

test('pooled connections are replaced once one of them is lost, or they are not trusted any more', async () => {
  const proxy = await PostgresProxy.open(fixture.database.url);
  const pool = createPool({ url: proxy.url, statementTimeoutMs: 0 }, 3, SILENT);
  const backend = async (): Promise<number> =>
    (await lookUp(pool, 'SELECT pg_backend_pid() AS pid')).rows[0].pid;
  /** One for each connection: all are busy until the last one is. */
  const backends = () => Promise.all([backend(), backend(), backend()]);
  try {
    const first = new Set(await backends());
    expect(first.size).toBe(3);
    expect(first).toContain(await backend());
    proxy.silence();
    distrust(pool);
    const second = new Set(await backends());
    expect([...second].filter((pid) => first.has(pid))).toEqual([]);
    proxy.harming = ({ text }) => (text === 'SELECT 1' ? 'lost' : null);
    await expect(lookUp(pool, 'SELECT 1')).rejects.toMatchObject({ outcome: 'unknown' });
    expect((await backends()).filter((pid) => second.has(pid))).toEqual([]);
  } finally {
    await pool.end();
    await proxy.close();
  }
});

test('a commit of thousands of rows, which is encoded in pieces, keeps every row', async () => {
  const { term, store } = await fixture.lead();
  const trades = Array.from({ length: 5000 }, (_, i) => makeTrade(i + 1));
  expect(await term.writer.commit(batchOf(trades))).toMatchObject({ base: 0, head: 5000 });
  const closed = trades.map((trade) => moved(trade, 'CLOSED'));
  expect(await term.writer.commit(batchOf(closed))).toMatchObject({ base: 5000, head: 10_000 });
  const keys = trades.map(({ spec: { account, ticket } }) => ({ account, ticket }));
  const found = await store.findTrades(keys);
  expect(found.map(({ trade }) => trade)).toEqual(closed);
});

test('a lead that is given up while a commit is encoded writes nothing of it', async () => {
  const { term, store } = await fixture.lead();
  const commit = term.writer.commit(batchOf(Array.from({ length: 5000 }, (_, i) => makeTrade(i + 1))));
  const released = term.release();
  await expect(commit).rejects.toMatchObject({ name: 'FencedError' });
  await released;
  expect(await store.head()).toMatchObject({ revision: 0 });
});
