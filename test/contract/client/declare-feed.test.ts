// Recordings say that they are, with whatever key a program has: over real sockets.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scope } from '../../../gen/ts/dtms/v1/access.js';
import { FeedKind } from '../../../gen/ts/dtms/v1/market_data_service.js';
import { declareRecording } from '../../../src/bridge/declare-feed.js';
import { DtmsClient, ErrorReason } from '../../../src/client/index.js';
import { startService, type TestService } from '../../support/app.js';
import { DatabaseKeys } from '../../support/keys.js';
import { walk } from '../../support/market-data.js';

let service: TestService;
let keys: DatabaseKeys;
const clients: DtmsClient[] = [];
beforeAll(async () => {
  service = await startService({ access: { mode: 'open' } });
  keys = new DatabaseKeys(service.databaseUrl);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await keys.close();
  await service.end();
});

/** A client with the scopes that `dtms paper` needs. */
async function program(accounts: readonly string[] = []): Promise<DtmsClient> {
  const { text } = await keys.make([Scope.READ, Scope.REGISTER, Scope.MARKET, Scope.BRIDGE], accounts);
  const client = new DtmsClient({ address: service.address, apiKey: text });
  clients.push(client);
  return client;
}

const feedNamed = async (feed: string) =>
  (await service.client.listFeeds({ pageSize: 1000 })).feeds.find(({ name }) => name === feed);

test('a recording is open to everybody, or where its key is limited to one account, to that one', async () => {
  await declareRecording(await program(), 'tape', 'a');
  expect(await feedNamed('tape')).toMatchObject({ kind: FeedKind.RECORDED, accounts: [] });
  await declareRecording(await program(['a']), 'own', 'a');
  expect(await feedNamed('own')).toMatchObject({ kind: FeedKind.RECORDED, accounts: ['a'] });
});

test('is declared once, and again without effect', async () => {
  const client = await program(['b']);
  await declareRecording(client, 'twice', 'b');
  await declareRecording(client, 'twice', 'b');
  expect(await feedNamed('twice')).toMatchObject({ kind: FeedKind.RECORDED, accounts: ['b'] });
});

test('a feed that is there stays as it is', async () => {
  await service.client.upsertFeed({ feed: 'live', kind: FeedKind.LIVE, accounts: ['c', 'd'] });
  await declareRecording(await program(), 'live', 'c');
  expect(await feedNamed('live')).toMatchObject({ kind: FeedKind.LIVE, accounts: ['c', 'd'] });
});

test('a feed that trades wait for is made', async () => {
  const trade = { account: 'w', ticket: 1n, symbol: 'BTCUSD', direction: 1, feed: 'awaited' };
  await service.client.registerTrade({ trade: { ...trade, entryPrice: 100, volume: 1, stopLoss: 90 } });
  await declareRecording(service.client, 'awaited', 'w');
  expect(await feedNamed('awaited')).toMatchObject({ kind: FeedKind.RECORDED, activeTrades: 1n });
});

test('a feed of others is not taken', async () => {
  await (await program(['e'])).pushMarketData({
    feed: 'theirs',
    items: walk('BTCUSD', 'M15', new Date(0), 1),
  });
  await expect(declareRecording(await program(['f']), 'theirs', 'f')).rejects.toMatchObject({
    report: { reason: ErrorReason.FEED_DENIED },
  });
});
