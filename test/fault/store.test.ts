// What the first system got wrong with its store: saving to a missing table hung for ever, and a failure
// while saving lost what was saved before.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Direction, type DtmsCallError, ErrorReason } from '../../src/client/index.js';
import { startService, type TestService } from '../support/app.js';
import { execute } from '../support/postgres.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

const spec = (ticket: bigint) => ({
  account: 'store',
  ticket,
  symbol: 'BTCUSD',
  direction: Direction.BUY,
  entryPrice: 100,
  volume: 1,
});

it('saving to a missing table fails with a typed error, keeps what was saved, and works again after', async () => {
  const { client, databaseUrl } = service;
  await client.registerTrade({ trade: spec(1n) });
  await execute(databaseUrl, 'ALTER TABLE trades RENAME TO trades_away');
  const error = await client.registerTrade({ trade: spec(2n) }, { retryMs: 0, deadlineMs: 5000 }).then(
    () => expect.fail('nothing can be saved'),
    (failure: DtmsCallError) => failure,
  );
  expect([status.UNAVAILABLE, status.INTERNAL]).toContain(error.code);
  expect([ErrorReason.STORE_UNAVAILABLE, ErrorReason.INTERNAL]).toContain(error.report.reason);
  expect(error.message).not.toMatch(/trades|\brelation|SELECT|INSERT/i);
  await execute(databaseUrl, 'ALTER TABLE trades_away RENAME TO trades');

  const again = await client.registerTrade({ trade: spec(2n) }, { retryMs: 20_000 });
  expect(again).toMatchObject({ alreadyRegistered: false, revision: 2n });
  const { trade } = await client.getTrade({ account: 'store', ticket: 1n });
  expect(trade?.tradeVersion).toBe(1n);
});

it('a connection that is cut under load is answered with typed errors, and nothing acknowledged is lost', async () => {
  const { client, databaseUrl } = service;
  const acknowledged: bigint[] = [];
  let unavailable = 0;
  const work = Array.from({ length: 200 }, async (_, index) => {
    const ticket = 1000n + BigInt(index);
    try {
      await client.registerTrade({ trade: spec(ticket) }, { retryMs: 20_000 });
      acknowledged.push(ticket);
    } catch {
      unavailable += 1;
    }
  });
  await execute(
    databaseUrl,
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
  );
  await Promise.all(work);
  expect(unavailable).toBe(0);
  const { trades } = await client.batchGetTrades(
    { account: 'store', tickets: acknowledged },
    { retryMs: 20_000 },
  );
  expect(trades).toHaveLength(200);
  const { events } = await client.listTradeEvents({ pageSize: 1000 });
  expect(events.map(({ revision }) => revision)).toEqual(events.map((_, index) => BigInt(index + 1)));
});
