// A caller's limit over several servers: what only the leader can do it gets as often as the limit says, whichever it calls.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Direction, DtmsClient, ErrorReason, hasReason } from '../../../src/client/index.js';
import { TestServers } from '../../support/servers.js';

const BURST = 40;

let servers: TestServers;
beforeAll(async () => {
  // A window of 40 s: all of this is in one.
  const limits = { mode: 'on', registrationsPerSecond: 1, registrationsBurst: BURST } as const;
  servers = await TestServers.start(2, { limits });
});
afterAll(() => servers?.end());

const tradeOf = (ticket: number) => ({
  ...{ account: 'demo', ticket: BigInt(ticket), symbol: 'EURUSD', direction: Direction.BUY },
  ...{ entryPrice: 1.1, volume: 1, stopLoss: 1 },
});

test('registrations count once for all servers', async () => {
  const clients = servers.apps.map(
    ({ grpcAddress }) => new DtmsClient({ address: grpcAddress, defaults: { retryMs: 0 } }),
  );
  try {
    // Each server has let half of it pass, and by itself would let as much again.
    for (const [index, client] of clients.entries()) {
      const trades = Array.from({ length: BURST / 2 }, (_, each) => tradeOf(index * 1000 + each + 1));
      await client.batchRegisterTrades({ trades });
    }
    for (const client of clients) {
      const refused = await client.registerTrade({ trade: tradeOf(9_000) }).catch((error: unknown) => error);
      expect(hasReason(refused, ErrorReason.RATE_LIMITED)).toBe(true);
    }
  } finally {
    for (const client of clients) client.close();
  }
});
