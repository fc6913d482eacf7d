// `dtms replays` against a real server: what replays left is listed and taken out, and nothing else is.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FeedKind } from '../../../gen/ts/dtms/v1/market_data_service.js';
import { TradeState } from '../../../gen/ts/dtms/v1/types.js';
import { TIMEFRAME_MS } from '../../../src/domain/market/data.js';
import { replay } from '../../../src/replay/driver.js';
import { sampleTrades } from '../../../src/replay/sampler.js';
import { ServerTarget } from '../../../src/replay/server-target.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { startService, type TestService } from '../../support/app.js';
import { dtmsHere } from '../../support/cli-call.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.end());

const replays = (...args: string[]) => dtmsHere(['replays', ...args, '--server', service.address]);
const data = syntheticMarket({
  ...{ seed: 7, timeframe: 'M15', bars: 160, from: Date.UTC(2025, 0, 6), price: 64_000, digits: 2 },
});

/** @returns the run's account, whose trades are all over */
async function replayed(): Promise<string> {
  const target = new ServerTarget(service.client, 'replay');
  const trades = sampleTrades(data, 'BTCUSDm', TIMEFRAME_MS.M15, 4);
  await replay(target, { symbol: 'BTCUSDm', data, trades, skippedRows: 0 });
  const { trades: left } = await service.client.listTrades({ filter: { account: target.account } });
  for (const { account, ticket } of left) await service.client.closeTrade({ account, ticket });
  return target.account;
}

/** A replay that was stopped: its trade is active. */
async function stopped(account: string): Promise<void> {
  const { client } = service;
  await client.upsertFeed({ feed: account, kind: FeedKind.RECORDED, accounts: [account] });
  const trade = { account, ticket: 1n, symbol: 'BTCUSD', direction: 1, feed: account };
  await client.registerTrade({ trade: { ...trade, entryPrice: 100, volume: 1, stopLoss: 90 } });
}

const feedNames = async () => (await service.client.listFeeds({})).feeds.map(({ name }) => name);

test('removes what a replay left, and keeps its history and other recordings', async () => {
  const account = await replayed();
  await service.client.upsertFeed({
    feed: 'replay-tape',
    kind: FeedKind.RECORDED,
    accounts: ['replay-tape'],
  });
  const { out: listed } = await replays('list', '--json');
  expect(
    listed
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  ).toEqual([expect.objectContaining({ replay: account, symbols: 1, activeTrades: 0 })]);
  const { code, out } = await replays('remove', account);
  expect([code, out]).toEqual([0, `removed the market data of 1 symbol of ${account}\n`]);
  expect(await feedNames()).toEqual(['replay-tape']);
  expect((await service.client.listMarketViews({ feed: account })).markets).toEqual([]);
  // They are gone already.
  const again = await service.client.deleteInstruments({ account, symbols: ['BTCUSDm'] });
  expect(again.deleted).toBe(0);
  const filter = { account, states: [TradeState.CLOSED] };
  expect((await service.client.listTrades({ filter })).trades).toHaveLength(4);
});

test('refuses what is no replay, and one with active trades until they are let go of', async () => {
  const account = 'replay-00000000000a';
  await stopped(account);
  const unknown = await replays('remove', 'replay-tape');
  expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('there is no replay replay-tape')]);
  expect((await replays('remove')).code).toBe(2);
  expect((await replays('remove', account, '--all')).code).toBe(2);
  const active = await replays('remove', account);
  expect([active.code, active.err]).toEqual([1, expect.stringContaining('has 1 active trade')]);
  expect((await replays('remove', '--all')).out).toBe('there is nothing to remove\n');
  const { out } = await replays('remove', '--all', '--close');
  expect(out).toBe(`removed the market data of 0 symbols of ${account}, and let go of 1 trade\n`);
  expect(await feedNames()).not.toContain(account);
});
