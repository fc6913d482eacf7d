// Receivers down, the server killed in between, twice, and then all up again: every notice arrives, none is lost, and those of
// a trade arrive in their order.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DtmsClient } from '../../../src/client/index.js';
import { eventually } from '../../support/eventually.js';
import { isSigned, NoticeReceiver } from '../../support/notice-receiver.js';
import { SECRET, SOON, tradeSpec, variablesOf } from '../../support/notice-service.js';
import { migratedDatabase } from '../../support/postgres.js';
import { ServerProcess } from '../../support/server-process.js';

const ACCOUNTS = ['one', 'two'] as const;

test('kill -9 while the receivers are down loses nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dtms-notices-'));
  const database = await migratedDatabase();
  const receivers = [await NoticeReceiver.down(), await NoticeReceiver.down()];
  const plan = join(folder, 'notices.json');
  writeFileSync(plan, JSON.stringify(planOf(receivers)));
  const server = await ServerProcess.create({
    DTMS_DATABASE_URL: database.url,
    DTMS_NOTICES_PLAN: plan,
    DTMS_NOTICES_A_SECRET: SECRET,
    DTMS_NOTICES_B_SECRET: SECRET,
    ...variablesOf({ ...SOON, leaseMs: 500 }),
  });
  const client = new DtmsClient({ address: server.address });
  try {
    await server.start();
    await registered(client, 1n);
    await eventually(async () => {
      const { deliveries } = await client.listDeliveries({});
      expect(deliveries.filter(({ tries }) => tries > 0).length).toBeGreaterThan(2);
    });
    await server.kill();
    await server.start();
    await registered(client, 2n);
    await closed(client, 1n);
    await server.kill();
    for (const receiver of receivers) await receiver.start();
    await server.start();
    await closed(client, 2n);
    for (const receiver of receivers) await eventually(() => arrived(receiver));
  } finally {
    client.close();
    await server.remove();
    for (const receiver of receivers) await receiver.stop();
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  }
});

const planOf = (receivers: readonly NoticeReceiver[]) => ({
  channels: receivers.map(({ url }, index) => ({ name: 'ab'[index], kind: 'webhook', url })),
  rules: [{ name: 'all', kinds: ['TRADE_REGISTERED', 'TRADE_CLOSED', 'NO_BRIDGE'], channels: ['a', 'b'] }],
});

async function registered(client: DtmsClient, ticket: bigint): Promise<void> {
  for (const account of ACCOUNTS) await client.registerTrade({ trade: tradeSpec(account, ticket) });
}

async function closed(client: DtmsClient, ticket: bigint): Promise<void> {
  for (const account of ACCOUNTS) await client.closeTrade({ account, ticket, reason: 3 });
}

/** By what a receiver got: all of it, each signed, and of each trade in its order. */
function arrived(receiver: NoticeReceiver): void {
  expect(receiver.received.every((each) => isSigned(SECRET, each))).toBe(true);
  const told = receiver.bodies.flatMap(
    ({ data }) => Reflect.get(Object(data), 'notices') as Record<string, string>[],
  );
  for (const account of ACCOUNTS) {
    const own = told.filter((notice) => notice.account === account);
    for (const ticket of ['1', '2'])
      expect(firsts(own.filter((notice) => notice.ticket === ticket).map(({ kind = '' }) => kind))).toEqual([
        'TRADE_REGISTERED',
        'TRADE_CLOSED',
      ]);
    const lasting = own.filter(({ kind }) => kind === 'NO_BRIDGE').map(({ phase = '' }) => phase);
    expect(firsts(lasting)).toEqual(['BEGUN', 'RESOLVED']);
  }
}

/** Each as it came first: what comes more than once is allowed to. */
const firsts = (kinds: readonly string[]): string[] => [...new Set(kinds)];
