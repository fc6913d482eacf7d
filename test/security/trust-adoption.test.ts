// Whose prices decide about positions that nobody registered: over real sockets, keys and a real Postgres.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import { AccountKind, MarginMode } from '../../gen/ts/dtms/v1/account_service.js';
import { FeedKind } from '../../gen/ts/dtms/v1/market_data_service.js';
import { AlarmKind } from '../../gen/ts/dtms/v1/system_service.js';
import { Monitoring } from '../../gen/ts/dtms/v1/types.js';
import { DtmsClient, ErrorReason, TradeState } from '../../src/client/index.js';
import { accountCalls } from '../support/account-calls.js';
import { startService, type TestService } from '../support/app.js';
import { DatabaseKeys } from '../support/keys.js';
import { walk } from '../support/market-data.js';

let service: TestService;
let keys: DatabaseKeys;
let mine: DtmsClient;
beforeEach(async () => {
  service = await startService({ access: { mode: 'open' }, limits: { mode: 'off' } });
  keys = new DatabaseKeys(service.databaseUrl);
  const { text } = await keys.make([Scope.READ, Scope.MARKET], ['mine'], 'mine');
  mine = new DtmsClient({ address: service.address, apiKey: text });
});
afterEach(async () => {
  mine.close();
  await keys.close();
  await service.end();
});

const { beat, failure, position, reconcile, register, snapshot, tradeOf } = accountCalls(() => service);
const reasonOf = async (call: Promise<unknown>) => (await failure(call)).report.reason;
const M5 = 300_000;
const bars = (minutesAgo: number, count: number) =>
  walk('BTCUSD', 'M5', new Date(Math.floor(Date.now() / M5) * M5 - minutesAgo * 60_000), count);
/** The price of an account's position, where its feed's data reach it. */
const priceOf = async (account: string) => (await tradeOf(account, 1n))?.currentPrice;
const cutOff = async (account: string) =>
  (await service.client.listAlarms({ account })).alarms.filter(
    ({ kind, text }) => kind === AlarmKind.DATA_STALE && text.includes('may not follow'),
  );

// Before: a key of one account closed the positions that the snapshots of another had it adopt.
it('a key that wrote the feed of all first decides about no position of others, until an operator says it may', async () => {
  await mine.pushMarketData({ items: bars(400, 30) });
  await reconcile('mine', 0, [position(1n, { entryPrice: 1000, stopLoss: 900 })]);
  const { registered } = await reconcile('theirs', 0, [position(1n, { entryPrice: 1000, stopLoss: 900 })]);
  expect(registered).toEqual([1n]);
  expect(await reasonOf(register('theirs', 2n))).toBe(ErrorReason.FEED_NOT_FOLLOWED);
  await mine.pushMarketData({ items: bars(250, 40) });
  expect(await priceOf('mine')).toBeGreaterThan(0);
  const waiting = {
    state: TradeState.HEALTHY,
    monitoring: Monitoring.WAITING_FOR_DATA,
    currentPrice: undefined,
  };
  expect(await tradeOf('theirs', 1n)).toMatchObject(waiting);
  await expect
    .poll(() => cutOff('theirs'))
    .toMatchObject([{ account: 'theirs', feed: 'default', count: 1n }]);
  // So it stays over a restart.
  service = await service.restart();
  expect(await tradeOf('theirs', 1n)).toMatchObject(waiting);
  await service.client.upsertFeed({ feed: 'default', kind: FeedKind.LIVE });
  await expect.poll(() => cutOff('theirs')).toEqual([]);
  await service.client.pushMarketData({ items: bars(40, 3) });
  expect(await priceOf('theirs')).toBeGreaterThan(0);
});

it('the feed that other accounts are to follow is not taken by a first writer', async () => {
  await beat('theirs');
  expect(await reasonOf(mine.pushMarketData({ items: bars(400, 3) }))).toBe(ErrorReason.FEED_DENIED);
  await service.client.upsertAccount({
    account: 'named',
    marginMode: MarginMode.HEDGING,
    feeds: ['its', 'second'],
  });
  for (const feed of ['its', 'second'])
    expect(await reasonOf(mine.pushMarketData({ feed, items: bars(400, 3) }))).toBe(ErrorReason.FEED_DENIED);
  await mine.pushMarketData({ feed: 'own', items: bars(400, 3) });
  const theirs = { account: 'theirs', marginMode: MarginMode.HEDGING, feeds: ['own'] };
  expect(await reasonOf(service.client.upsertAccount(theirs))).toBe(ErrorReason.FEED_NOT_FOLLOWED);
});

// Before: each heartbeat of the account was refused from then on, and what the recording said of tomorrow closed its trade.
it('a recording decides about no position of a real account, whose bridge is heard', async () => {
  await service.client.upsertFeed({ feed: 'tape', kind: FeedKind.RECORDED });
  await service.client.upsertAccount({ account: 'real', marginMode: MarginMode.HEDGING, feeds: ['tape'] });
  const real = { kind: AccountKind.REAL };
  await beat('real', real);
  expect((await snapshot('real', 0, [position(1n, { entryPrice: 1000, stopLoss: 900 })])).registered).toEqual(
    [1n],
  );
  await beat('real', real);
  await service.client.pushMarketData({ feed: 'tape', items: bars(400, 30) });
  const ahead = bars(-9 * 60, 60);
  await service.client.pushMarketData({ feed: 'tape', items: ahead });
  await beat('real', real);
  expect(await tradeOf('real', 1n)).toMatchObject({ state: TradeState.HEALTHY, currentPrice: undefined });
  await expect.poll(() => cutOff('real')).toMatchObject([{ feed: 'tape', count: 1n }]);
  // What it follows may be corrected, and its program may tell of the trade then.
  await service.client.upsertAccount({ account: 'real', marginMode: MarginMode.HEDGING, feeds: [] });
  await register('real', 1n, { feed: 'default', entryPrice: 1000, stopLoss: 900 });
  await service.client.pushMarketData({ items: bars(40, 3) });
  expect(await priceOf('real')).toBeGreaterThan(0);
  await expect.poll(() => cutOff('real')).toEqual([]);
});
