// The server and its database are killed under load, again and again. Oracle: a journal of what was
// invoked and acknowledged, and the log afterwards. Acknowledged is a subset of the log, the log is a
// subset of what was invoked, and revisions and versions have no gap. DTMS_KILLS makes it longer.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/broker/seeded-random.js';
import { Direction, DtmsClient, type TradeEvent } from '../../src/client/index.js';
import { until } from '../support/eventually.js';
import { ServerProcess } from '../support/server-process.js';

const KILLS = Number(process.env.DTMS_KILLS ?? 4);
const WRITERS = 16;
/** A kill with too little traffic before it proves nothing: a slow machine takes longer to make it. */
const LEAST = 50;

let server: ServerProcess;
beforeAll(async () => {
  server = await ServerProcess.create();
  await server.start();
});
afterAll(async () => {
  await server.remove();
});

it('loses nothing acknowledged and invents nothing', { timeout: (KILLS * 60 + 60) * 1000 }, async () => {
  const client = new DtmsClient({ address: server.address });
  // The writers' breaker may be open still when they are done: what there is to compare with is read past it.
  const reader = new DtmsClient({ address: server.address, breaker: 'off' });
  const invoked = new Map<bigint, number>();
  const acknowledged = new Map<bigint, bigint>();
  let running = true;

  async function writer(id: number): Promise<void> {
    const random = seededRandom(id);
    let ticket = BigInt(id) * 1_000_000n;
    while (running) {
      ticket += 1n;
      const volume = 0.01 + Math.floor(random() * 1000) / 100;
      const trade = {
        account: 'kill',
        ticket,
        symbol: 'BTCUSD',
        direction: Direction.SELL,
        entryPrice: 100,
        volume,
      };
      invoked.set(ticket, volume);
      try {
        const { revision } = await client.registerTrade({ trade }, { retryMs: 0, deadlineMs: 2000 });
        acknowledged.set(ticket, revision);
      } catch {
        await sleep(50);
      }
    }
  }

  const writers = Array.from({ length: WRITERS }, (_, id) => writer(id + 1));
  const random = seededRandom(42);
  const traffic = async () => {
    const before = acknowledged.size;
    await until('traffic', () => acknowledged.size > before + LEAST);
  };
  for (let kill = 0; kill < KILLS; kill += 1) {
    await traffic();
    await sleep(500 + random() * 1000);
    if (kill % 2 === 1) process.kill(server.postgresPid(), 'SIGKILL');
    else {
      await server.kill();
      await server.start();
    }
  }
  await traffic();
  running = false;
  await Promise.all(writers);

  const log: TradeEvent[] = [];
  let pageToken = '';
  do {
    const page = await reader.listTradeEvents({ pageSize: 1000, pageToken }, { retryMs: 20_000 });
    log.push(...page.events);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  client.close();
  reader.close();

  const logged = new Map(log.map((event) => [event.ticket, event]));
  const lost = [...acknowledged].filter(([ticket, revision]) => logged.get(ticket)?.revision !== revision);
  expect(lost).toEqual([]);
  for (const event of log) {
    expect(event.change?.$case).toBe('registered');
    if (event.change?.$case !== 'registered') continue;
    expect(event.change.value.spec?.volume).toBe(invoked.get(event.ticket));
  }
  expect(log.map(({ revision }) => revision)).toEqual(log.map((_, index) => BigInt(index + 1)));
  expect(logged.size).toBe(log.length);
  expect(acknowledged.size).toBeGreaterThan(KILLS * LEAST);
});
