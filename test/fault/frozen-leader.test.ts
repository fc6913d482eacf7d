// A leader that is frozen is replaced, and once it runs again it knows nothing any more: neither its reads nor its
// writes are answered as if it led.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type App, startApp } from '../../src/app.js';
import { Direction, DtmsCallError, DtmsClient, ErrorReason } from '../../src/client/index.js';
import { loadConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/observability/logger.js';
import { Store } from '../../src/store/store.js';
import { SILENT, testConfig } from '../contract/store/fixtures.js';
import { until } from '../support/eventually.js';
import { PATIENCE_MS } from '../support/patience.js';
import { migratedDatabase, type TestDatabase } from '../support/postgres.js';
import { ServerProcess } from '../support/server-process.js';
import { batchOf, makeTrade } from '../support/stored.js';

const FREEZES = Number(process.env.DTMS_FREEZES ?? 1);

let database: TestDatabase;
let server: ServerProcess;
beforeAll(async () => {
  database = await migratedDatabase();
  server = await ServerProcess.create({ DTMS_DATABASE_URL: database.url, DTMS_CLUSTER_LEADERLESS_MS: '200' });
  await server.start();
});
afterAll(async () => {
  await server.remove();
  await database.drop();
});

it('is replaced, and answers nothing as a leader after that', {
  timeout: FREEZES * 3 * PATIENCE_MS,
}, async () => {
  const client = new DtmsClient({ address: server.address, breaker: 'off' });
  const trade = { account: 'frozen', symbol: 'EURUSD', direction: Direction.BUY, entryPrice: 1, volume: 1 };
  const store = await Store.open(database.url, testConfig(), SILENT);
  for (let freeze = 1; freeze <= FREEZES; freeze += 1) {
    await client.registerTrade({ trade: { ...trade, ticket: BigInt(freeze) } }, { retryMs: 30_000 });
    const waiting = store.lead({ onLost: () => undefined });
    server.freeze();
    const next = await waiting;
    await next.writer.commit(batchOf([makeTrade(1000 + freeze)]));
    // What reaches it while it is frozen is the first that it sees.
    const late = [
      client.getTrade({ account: 'frozen', ticket: BigInt(freeze) }, { retryMs: 0 }),
      client.registerTrade({ trade: { ...trade, ticket: 500n } }, { retryMs: 0 }),
    ];
    const answers = Promise.allSettled(late);
    await sleep(100);
    server.thaw();
    for (const answer of await answers) {
      expect(answer.status).toBe('rejected');
      if (answer.status !== 'rejected') continue;
      expect(answer.reason).toBeInstanceOf(DtmsCallError);
      // The next leader is no server that could be passed on to.
      expect([ErrorReason.STORE_UNAVAILABLE, ErrorReason.LEADER_UNREACHABLE]).toContain(
        answer.reason.report.reason,
      );
    }
    await next.release();
  }
  client.close();
  await store.close();
  expect(server.ended, server.output).toBeNull();
});

it('is left by clients that know another server, their watches too, while it is frozen', async () => {
  const overrides = { grpc: { port: 0 }, http: { enabled: false }, database: { url: database.url } };
  const trade = { account: 'left', symbol: 'EURUSD', direction: Direction.BUY, entryPrice: 1, volume: 1 };
  const alone = new DtmsClient({ address: server.address, breaker: 'off' });
  await alone.registerTrade({ trade: { ...trade, ticket: 1n } }, { retryMs: 30_000 });
  alone.close();
  const other: App = await startApp(loadConfig({ env: {}, overrides }), createLogger('silent'));
  const client = new DtmsClient({ address: `${server.address},${other.grpcAddress}`, breaker: 'off' });
  const ended = new AbortController();
  try {
    const seen: bigint[] = [];
    let begun = false;
    const watching = (async () => {
      for await (const message of client.watchTrades({ sendInitialState: true, signal: ended.signal }))
        if (message.$case === 'events') seen.push(...message.value.events.map(({ ticket }) => ticket));
        else if (message.$case === 'snapshotEnd') begun = true;
    })();
    // What comes before it is no event of the watch.
    await until('the watch has begun', () => begun);
    await client.registerTrade({ trade: { ...trade, ticket: 2n } });
    await until('the watch sees it', () => seen.includes(2n));
    server.freeze();
    // Longer than the test may take: who waits for the frozen server has waited in vain.
    const patient = { retryMs: 30_000, deadlineMs: 30_000 };
    await client.registerTrade({ trade: { ...trade, ticket: 3n } }, patient);
    await until('the watch goes on', () => seen.includes(3n));
    ended.abort();
    await watching;
  } finally {
    server.thaw();
    ended.abort();
    client.close();
    await other.stop();
  }
});
