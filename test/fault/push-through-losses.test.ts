// The database's connections are cut while market data is pushed, in one slice and in many: the process
// lives, callers get typed errors, and the next term takes data again. Nothing waits for some of the
// promises that such a loss rejects, and a rejection that nobody waits for ends a Node process.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DtmsCallError, DtmsClient } from '../../src/client/index.js';
import { until } from '../support/eventually.js';
import { walk } from '../support/market-data.js';
import { execute, migratedDatabase, type TestDatabase } from '../support/postgres.js';
import { ServerProcess } from '../support/server-process.js';

const LOSSES = Number(process.env.DTMS_LOSSES ?? 4);
const PUSHERS = 4;
/** Pushes that must have been answered between two losses, or the loss proves nothing. */
const LEAST = 8;

let database: TestDatabase;
let server: ServerProcess;
beforeAll(async () => {
  database = await migratedDatabase();
  server = await ServerProcess.create({ DTMS_DATABASE_URL: database.url });
  await server.start();
});
afterAll(async () => {
  await server.remove();
  await database.drop();
});

const cut = () =>
  execute(
    database.url,
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );

it('lives through losses of its connections while data is pushed', { timeout: LOSSES * 30_000 }, async () => {
  const client = new DtmsClient({ address: server.address, breaker: 'off' });
  let taken = 0;
  let running = true;
  const untyped: unknown[] = [];

  async function pusher(id: number): Promise<void> {
    // The even ones push more than the engine takes in one slice.
    const count = id % 2 === 0 ? 2000 : 5;
    let from = Date.UTC(1990, 0, 1);
    while (running) {
      const items = walk(`SYM${id}`, 'M5', new Date(from), count, id);
      from += count * 300_000;
      try {
        await client.pushMarketData({ items }, { retryMs: 0, deadlineMs: 5000 });
        taken += 1;
      } catch (error) {
        if (!(error instanceof DtmsCallError)) untyped.push(error);
        await sleep(20);
      }
    }
  }

  const pushers = Array.from({ length: PUSHERS }, (_, id) => pusher(id));
  const traffic = () => {
    const before = taken;
    return until('pushes are taken', () => {
      expect(server.ended, server.output).toBeNull();
      return taken >= before + LEAST;
    });
  };
  for (let loss = 0; loss < LOSSES; loss += 1) {
    await traffic();
    await cut();
  }
  await traffic();
  running = false;
  await Promise.all(pushers);
  client.close();

  expect(server.ended, server.output).toBeNull();
  expect(untyped).toEqual([]);
  expect(server.output).not.toContain('nobody waited for');
});
