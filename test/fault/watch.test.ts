// 50 writers and 20 watchers that are cut and resumed at random: the promises of the log and of
// WatchTrades, checked against the log as it is afterwards. DTMS_SOAK_SECONDS makes it longer.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/broker/seeded-random.js';
import { Direction, type TradeEvent, TradeState } from '../../src/client/index.js';
import { startService, type TestService } from '../support/app.js';
import { WatchJournal } from '../support/watch-journal.js';

const SECONDS = Number(process.env.DTMS_SOAK_SECONDS ?? 8);
/** A run with too little traffic proves nothing: a slow machine takes longer to make it. */
const LEAST_EVENTS = SECONDS * 100;
const MOST_SECONDS = SECONDS * 5;
const WRITERS = 50;
const WATCHERS = 20;
const SYMBOLS = ['BTCUSD', 'EURUSD', 'XAUUSD'];

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

it('holds its promises while watchers are cut and resumed under load', {
  timeout: (MOST_SECONDS + 60) * 1000,
}, async () => {
  const { client } = service;
  const startedAt = Date.now();
  const status = await client.getStatus({});
  const start = { revision: status.headRevision, epoch: status.logEpoch };
  const written = new Set<bigint>();
  let failures = 0;
  const running = () => {
    const seconds = (Date.now() - startedAt) / 1000;
    return seconds < SECONDS || (written.size <= LEAST_EVENTS && seconds < MOST_SECONDS);
  };

  async function writer(id: number): Promise<void> {
    const random = seededRandom(id);
    let ticket = BigInt(id) * 1_000_000n;
    const open: { account: string; ticket: bigint }[] = [];
    while (running()) {
      try {
        const choice = random();
        const [key] = open;
        if (key === undefined || choice < 0.5) {
          ticket += 1n;
          const made = { account: `account-${id % 5}`, ticket };
          const symbol = SYMBOLS[Math.floor(random() * SYMBOLS.length)];
          const trade = { ...made, symbol, direction: Direction.BUY, entryPrice: 100, volume: 1 + random() };
          written.add((await client.registerTrade({ trade })).revision);
          open.push(made);
        } else if (choice < 0.85) {
          written.add((await client.updateTrade({ ...key, stopLoss: 1 + random() * 50 })).revision);
        } else {
          written.add((await client.closeTrade(key)).revision);
          open.shift();
        }
      } catch {
        failures += 1;
      }
      await sleep(random() * 20);
    }
  }

  async function watcher(journal: WatchJournal, id: number): Promise<void> {
    const random = seededRandom(1000 + id);
    while (running()) {
      await journal.run(client, AbortSignal.timeout(Math.ceil(20 + random() * 1500)));
    }
  }

  const filters = [
    {},
    { account: 'account-1' },
    { symbols: ['XAUUSD'] },
    { states: [TradeState.CLOSED] },
    { account: 'account-2', symbols: ['BTCUSD', 'EURUSD'] },
  ];
  const journals = Array.from(
    { length: WATCHERS },
    (_, id) => new WatchJournal(filters[id % filters.length] ?? {}, start),
  );
  await Promise.all([
    ...Array.from({ length: WRITERS }, (_, id) => writer(id + 1)),
    ...journals.map((journal, id) => watcher(journal, id)),
  ]);

  const { headRevision: head } = await client.getStatus({});
  // One last stream each, until its position has passed the head.
  await Promise.all(
    journals.map(async (journal) => {
      const finish = new AbortController();
      const running = journal.run(client, AbortSignal.any([finish.signal, AbortSignal.timeout(30_000)]));
      while (journal.position < head && !finish.signal.aborted) await sleep(20);
      finish.abort();
      await running;
    }),
  );

  const log: TradeEvent[] = [];
  let pageToken = '';
  do {
    const page = await client.listTradeEvents({ pageSize: 1000, pageToken });
    log.push(...page.events);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');

  expect(failures).toBe(0);
  expect(log.map(({ revision }) => revision)).toEqual(log.map((_, index) => BigInt(index + 1)));
  const versions = new Map<string, bigint>();
  for (const { account, ticket, tradeVersion } of log) {
    const key = `${account}:${ticket}`;
    expect(tradeVersion).toBe((versions.get(key) ?? 0n) + 1n);
    versions.set(key, tradeVersion);
  }
  const revisions = new Set(log.map(({ revision }) => revision));
  expect([...written].filter((revision) => !revisions.has(revision))).toEqual([]);
  for (const journal of journals) {
    journal.compare(log, start.revision);
    expect(journal.faults).toEqual([]);
  }
  expect(log.length).toBeGreaterThan(LEAST_EVENTS);
  expect(journals.reduce((sum, { streams }) => sum + streams, 0)).toBeGreaterThan(WATCHERS * 2);
});
