// The largest answers about policies and trades reach their client: all changes are counted, and as many shown as have room.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Direction } from '../../../src/client/index.js';
import { startService, type TestService } from '../../support/app.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.end());

const ACCOUNT = 'a'.repeat(64);
const TRADES = 14_000;
/** How long so much may take where much else is done, by the server's own limit. */
const PATIENT = { deadlineMs: 30_000 };
const name = (first: string) => first + 'p'.repeat(63);

test('of a preview and an assignment of an account with very many trades', async () => {
  const { client } = service;
  const trade = (ticket: number) => ({
    ...{
      account: ACCOUNT,
      ticket: BigInt(ticket),
      symbol: `${'X'.repeat(60)}.abc`,
      direction: Direction.BUY,
    },
    ...{ entryPrice: 100, volume: 1, stopLoss: 90, label: 'l'.repeat(64) },
  });
  for (let first = 1; first <= TRADES; first += 1000) {
    const trades = Array.from({ length: 1000 }, (_, index) => trade(first + index));
    await client.batchRegisterTrades({ trades });
  }
  for (const first of ['a', 'b']) {
    const policy = { name: name(first), scope: { symbols: ['none'] } };
    await client.upsertPolicy({ policy, reason: 'test' });
  }
  const everyone = { scope: { symbols: ['x*'] } };
  await client.upsertPolicy({ policy: { name: name('a'), ...everyone }, reason: 'test' });
  await client.assignPolicy({ account: ACCOUNT, name: name('a'), reason: 'test' }, PATIENT);
  await client.upsertPolicy({ policy: { name: name('b'), ...everyone }, reason: 'test' });
  const previewed = await client.previewPolicy({ account: ACCOUNT, name: name('b') }, PATIENT);
  expect(previewed.changed).toBe(BigInt(TRADES));
  expect(previewed.changes.length).toBeGreaterThan(5000);
  expect(previewed.changes.length).toBeLessThan(TRADES);
  const assigned = await client.assignPolicy({ account: ACCOUNT, name: name('b'), reason: 'test' }, PATIENT);
  expect([assigned.changed, assigned.changes.length]).toEqual([previewed.changed, previewed.changes.length]);
  const again = await client.previewPolicy({ account: ACCOUNT, name: name('b') }, PATIENT);
  expect([again.changed, again.changes]).toEqual([0n, []]);
  const tickets = Array.from({ length: 1000 }, (_, index) => BigInt(index + 1));
  expect((await client.batchGetTrades({ account: ACCOUNT, tickets })).trades).toHaveLength(1000);
});
