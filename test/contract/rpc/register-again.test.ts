// A batch of registrations in which trades stand more than once: each answer has the revision at which its trade is.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Direction } from '../../../src/client/index.js';
import { startService, type TestService } from '../../support/app.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

const tradeOf = (account: string, ticket: number, entryPrice: number) => ({
  ...{ account, ticket: BigInt(ticket), symbol: 'BTCUSD', direction: Direction.BUY },
  ...{ entryPrice, volume: 1, stopLoss: 50 },
});

let accounts = 0;
const batches = fc.array(
  fc.array(fc.record({ ticket: fc.integer({ min: 1, max: 4 }), differs: fc.boolean() }), {
    minLength: 1,
    maxLength: 6,
  }),
  { minLength: 1, maxLength: 3 },
);

it('a trade that stands twice has one revision, the one under which it is in the log', async () => {
  let repeats = 0;
  await fc.assert(
    fc.asyncProperty(batches, async (course) => {
      accounts += 1;
      const account = `again${accounts}`;
      for (const batch of course) {
        const trades = batch.map(({ ticket, differs }) => tradeOf(account, ticket, differs ? 120 : 100));
        const { results } = await service.client.batchRegisterTrades({ trades });
        const { events } = await service.client.listTradeEvents({ filter: { account }, pageSize: 1000 });
        const logged = new Map(events.map(({ ticket, revision }) => [ticket, revision]));
        for (const { ticket, revision, error, alreadyRegistered } of results) {
          repeats += alreadyRegistered ? 1 : 0;
          expect(revision).toBe(error === undefined ? logged.get(ticket) : 0n);
        }
      }
    }),
    { numRuns: 25 },
  );
  expect(repeats).toBeGreaterThan(10);
});
