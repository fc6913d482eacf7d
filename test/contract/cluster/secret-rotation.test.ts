// The cluster's secret is rotated under two servers that pass calls on to a third: no call is lost, what was decided is in the
// audit, and after the overlap the secret before opens nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Direction, DtmsClient, ServerRole } from '../../../src/client/index.js';
import { ClusterKey } from '../../../src/cluster/cluster-key.js';
import { Link } from '../../../src/cluster/link.js';
import { until } from '../../support/eventually.js';
import { execute } from '../../support/postgres.js';
import { TestServers } from '../../support/servers.js';

const OVERLAP_MS = 8_000;

let servers: TestServers;
const clients: DtmsClient[] = [];
beforeAll(async () => {
  servers = await TestServers.start(3, { limits: { mode: 'off' }, cluster: { secretOverlapMs: OVERLAP_MS } });
});
afterAll(async () => {
  for (const client of clients) client.close();
  await servers?.end();
});

function clientAt(index: number): DtmsClient {
  const address = servers.at(index).grpcAddress;
  const client = new DtmsClient({ address, defaults: { retryMs: 0 }, breaker: 'off' });
  clients.push(client);
  return client;
}

/** Whether a connection to the leader that begins with this secret is let in. */
async function opens(secret: Buffer, serial: number): Promise<boolean> {
  const { servers: known } = await clientAt(0).listServers({});
  const { logEpoch } = await clientAt(0).getStatus({});
  const address = known.find(({ role }) => role === ServerRole.LEADER)?.peerAddress ?? '';
  const link = new Link(address, new ClusterKey(secret, logEpoch, serial));
  try {
    for (let look = 0; look < 50; look += 1) {
      if (link.ready) return true;
      await sleep(20);
    }
    return false;
  } finally {
    link.close();
  }
}

test('a rotation loses no call, and ends what the secret before is good for', async () => {
  const { rows } = await execute(servers.database.url, 'SELECT secret FROM cluster');
  const old: Buffer = rows[0].secret;
  const over = new AbortController();
  const failures: unknown[] = [];
  let written = 0;
  const writing = [1, 2].map(async (index) => {
    const client = clientAt(index);
    for (let ticket = BigInt(index * 1_000_000); !over.signal.aborted; ticket += 1n) {
      const trade = {
        account: 'demo',
        ticket,
        symbol: 'EURUSD',
        direction: Direction.BUY,
        entryPrice: 1.1,
        volume: 1,
      };
      await client.registerTrade({ trade: { ...trade, stopLoss: 1 } }).then(
        () => {
          written += 1;
        },
        (error: unknown) => failures.push(error),
      );
      await sleep(20);
    }
  });
  await until('calls are passed on', () => written > 20);
  expect(await opens(old, 1)).toBe(true);

  const [one, again] = [
    await clientAt(1).rotateClusterSecret({ by: 'ann' }),
    await clientAt(2).rotateClusterSecret({ by: 'bob' }),
  ];
  expect(one).toEqual({ serial: 2, overlapMs: BigInt(OVERLAP_MS), wasRotating: false });
  expect(again).toMatchObject({ serial: 2, wasRotating: true });
  expect(await opens(old, 1)).toBe(true);
  await until('the secret before opens nothing', async () => !(await opens(old, 1)));
  const before = written;
  await until('calls are passed on with the new one', () => written > before + 20);
  over.abort();
  await Promise.all(writing);
  expect(failures).toEqual([]);

  const { rows: now } = await execute(servers.database.url, 'SELECT secret FROM cluster');
  expect(now[0].secret).not.toEqual(old);
  expect(await opens(now[0].secret, 2)).toBe(true);
  const { events } = await clientAt(0).listAuditEvents({
    method: '/dtms.v1.SystemService/RotateClusterSecret',
  });
  expect(events.map(({ detail }) => detail)).toEqual([{ by: 'ann', replaces: '1' }]);
});
