// A client of two servers on one database: it finds the one that leads, also after the lead moved and both live on.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type App, startApp } from '../../../src/app.js';
import { addressesOf } from '../../../src/client/addresses.js';
import { type DtmsCallError, DtmsClient, type ErrorReason, ServerRole } from '../../../src/client/index.js';
import { loadConfig } from '../../../src/config/config.js';
import { createLogger } from '../../../src/observability/logger.js';
import { eventually } from '../../support/eventually.js';
import { createDatabase, execute, type TestDatabase } from '../../support/postgres.js';

let database: TestDatabase;
let servers: readonly App[];

beforeAll(async () => {
  database = await createDatabase();
  const config = loadConfig({
    env: {},
    overrides: { grpc: { port: 0 }, http: { enabled: false }, database: { url: database.url } },
  });
  const first = await startApp(config, createLogger('silent'));
  await first.leading;
  servers = [first, await startApp(config, createLogger('silent'))];
});
afterAll(async () => {
  for (const server of servers) await server.stop();
  await database.drop();
});

const alone = (app: App) => new DtmsClient({ address: app.grpcAddress, breaker: 'off' });

/** Why a server refuses a call now; null when it serves it. */
async function refusal(app: App): Promise<ErrorReason | null | undefined> {
  const client = alone(app);
  try {
    await client.listTrades({}, { retryMs: 0 });
    return null;
  } catch (error) {
    return (error as DtmsCallError).report.reason;
  } finally {
    client.close();
  }
}

/** Ends the leader's session until another server leads; both processes live on. */
async function moveLead(): Promise<void> {
  const [leader] = await leaders();
  for (let attempt = 0; attempt < 100 && (await leaders())[0] === leader; attempt += 1) {
    await execute(
      database.url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'dtms-leader %' AND datname = current_database()",
    );
    await eventually(async () => expect(await leaders()).toHaveLength(1));
  }
}

async function leaders(): Promise<App[]> {
  const roles = await Promise.all(
    servers.map(async (app) => {
      const client = alone(app);
      try {
        return (await client.getStatus({})).role;
      } finally {
        client.close();
      }
    }),
  );
  return servers.filter((_, index) => roles[index] === ServerRole.LEADER);
}

describe('two servers', () => {
  test('both serve, before the lead moved and after', async () => {
    await eventually(async () => expect(await Promise.all(servers.map(refusal))).toEqual([null, null]));
    await moveLead();
    await eventually(async () => expect(await Promise.all(servers.map(refusal))).toEqual([null, null]));
  });

  test.each([
    ['the leader last', () => servers.map(({ grpcAddress }) => grpcAddress).join(',')],
    [
      'the leader first',
      () =>
        servers
          .map(({ grpcAddress }) => grpcAddress)
          .reverse()
          .join(', '),
    ],
    ['as a grpc-js target', () => `ipv4:${servers.map(({ grpcAddress }) => grpcAddress).join(',')}`],
  ])('every call of a client of both is served while the lead moves: %s', async (_name, address) => {
    const client = new DtmsClient({ address: address() });
    const ended = new AbortController();
    const counts = { ok: 0 };
    const failures: unknown[] = [];
    const calling = (async () => {
      while (!ended.signal.aborted) {
        await client.listTrades({}).then(
          () => {
            counts.ok += 1;
          },
          (error) => failures.push(error),
        );
        await sleep(5);
      }
    })();
    await eventually(() => expect(counts.ok).toBeGreaterThan(10));
    await moveLead();
    const before = counts.ok;
    await eventually(() => expect(counts.ok).toBeGreaterThan(before + 20));
    ended.abort();
    await calling;
    client.close();
    expect(failures).toEqual([]);
  });

  test('a watch goes on at the server that leads', async () => {
    const client = new DtmsClient({ address: servers.map(({ grpcAddress }) => grpcAddress).join(',') });
    const ended = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { $case } of client.watchTrades({ sendInitialState: true, signal: ended.signal }))
        seen.push($case);
    })();
    await eventually(() => expect(seen).toContain('snapshotEnd'));
    await moveLead();
    const before = seen.length;
    await eventually(() => expect(seen.length).toBeGreaterThan(before + 1));
    ended.abort();
    await watching;
    client.close();
  });
});

test('addresses', () => {
  expect(addressesOf('a:1')).toEqual(['a:1']);
  expect(addressesOf(' a:1, b:2,')).toEqual(['a:1', 'b:2']);
  expect(addressesOf('ipv4:1.2.3.4:1,1.2.3.5:2')).toEqual(['ipv4:1.2.3.4:1', 'ipv4:1.2.3.5:2']);
  expect(addressesOf('dns:///dtms.example.com:50051')).toEqual(['dns:///dtms.example.com:50051']);
});
