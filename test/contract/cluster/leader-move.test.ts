// The lead is handed over in order, from and to any server, while callers write: they wait, and nothing is refused or lost.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Direction, type DtmsCallError, DtmsClient, ErrorReason } from '../../../src/client/index.js';
import { eventually } from '../../support/eventually.js';
import { execute } from '../../support/postgres.js';
import { TestServers } from '../../support/servers.js';

let servers: TestServers;
let clients: DtmsClient[];
let ids: string[];

beforeAll(async () => {
  servers = await TestServers.start(3, { limits: { mode: 'off' } });
  clients = servers.apps.map(
    ({ grpcAddress }) => new DtmsClient({ address: grpcAddress, breaker: 'off', defaults: { retryMs: 0 } }),
  );
  ids = await Promise.all(clients.map(async (client) => (await client.getStatus({})).serverId));
});
afterAll(async () => {
  for (const client of clients) client.close();
  await servers.end();
});

const clientAt = (index: number): DtmsClient => clients[index] ?? expect.fail(`no client ${index}`);

async function leader(): Promise<string> {
  return (await clientAt(0).getStatus({})).leaderServerId;
}

function tradeOf(ticket: bigint) {
  const openedAt = new Date(Date.UTC(2026, 10, 27));
  return {
    account: 'moved',
    ticket,
    symbol: 'EURUSD',
    direction: Direction.BUY,
    entryPrice: 1,
    volume: 1,
    openedAt,
  };
}

test('through any server, to the one that is named, while all of them are written through', async () => {
  const written: bigint[] = [];
  const failures: unknown[] = [];
  let going = true;
  let ticket = 0n;
  const writers = clients.map(async (client) => {
    while (going) {
      ticket += 1n;
      await client.registerTrade({ trade: tradeOf(ticket) }).then(
        ({ revision }) => written.push(revision),
        (error: unknown) => failures.push(error),
      );
    }
  });
  for (const [asked, to] of [
    [1, 1],
    [0, 2],
    [2, 0],
  ] as const) {
    const before = written.length;
    await eventually(() => expect(written.length).toBeGreaterThan(before + 3));
    const moved = await clientAt(asked).moveLeader(
      { serverId: ids[to] ?? '', by: 'ann' },
      { deadlineMs: 20_000 },
    );
    expect(moved.leaderServerId).toBe(ids[to]);
    await eventually(async () => expect(await leader()).toBe(ids[to]));
  }
  const before = written.length;
  await eventually(() => expect(written.length).toBeGreaterThan(before + 3));
  going = false;
  await Promise.all(writers);
  expect(failures).toEqual([]);
  const { rows } = await execute(
    servers.database.url,
    'SELECT revision::text FROM events ORDER BY events.revision',
  );
  expect(rows.map(({ revision }) => BigInt(revision))).toEqual([...written].sort((a, b) => Number(a - b)));
});

test('is on record, with who decided', async () => {
  const { events } = await clientAt(0).listAuditEvents({ method: '/dtms.v1.SystemService/MoveLeader' });
  expect(events.map(({ detail }) => detail)).toEqual([
    { from: ids[0], to: ids[1], by: 'ann' },
    { from: ids[1], to: ids[2], by: 'ann' },
    { from: ids[2], to: ids[0], by: 'ann' },
  ]);
});

test('to the one that leads changes nothing, and to one that is not there is refused', async () => {
  expect(await clientAt(1).moveLeader({ serverId: ids[0] ?? '', by: 'ann' })).toEqual({
    leaderServerId: ids[0],
    tookMs: 0n,
  });
  const refused = await clientAt(1)
    .moveLeader({ serverId: 'gone-1', by: 'ann' })
    .catch((error: unknown) => error);
  expect((refused as DtmsCallError).report).toMatchObject({
    reason: ErrorReason.NO_SUCCESSOR,
    metadata: { server_id: 'gone-1' },
  });
  expect(await leader()).toBe(ids[0]);
});
