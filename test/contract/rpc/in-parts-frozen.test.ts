// A process that is frozen between two parts of a snapshot does not know for a moment whether it still leads. It does, so the
// snapshot goes on: nothing of the account waits for a part that never comes.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountCalls } from '../../support/account-calls.js';
import { startService, type TestService } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';

/** Longer than a leader trusts its last confirmation, and shorter than the database waits for it. */
const FROZEN_MS = 2900;
const tickets = Array.from({ length: 3000 }, (_, index) => BigInt(index + 1));

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.end());
const calls = accountCalls(() => service);

test('a snapshot goes on after its server was frozen between two parts', async () => {
  const account = calls.account();
  await calls.beat(account);
  const shown = tickets.map((ticket) => calls.position(ticket));
  const reconciling = calls.snapshot(account, 0, shown, { sequence: 1n });
  await eventually(async () => {
    const { trades } = await service.client.listTrades({ filter: { account }, pageSize: 1 });
    expect(trades).toHaveLength(1);
  });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FROZEN_MS);
  expect((await reconciling).registered).toHaveLength(tickets.length);
  await calls.beat(account);
  expect((await calls.snapshot(account, 1, shown, { sequence: 2n })).registered).toEqual([]);
});
