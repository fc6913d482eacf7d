// `dtms feeds` against a real server: what is wrong comes first, and what is not given of a feed stays.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FeedKind } from '../../../gen/ts/dtms/v1/market_data_service.js';
import { startService, type TestService } from '../../support/app.js';
import { dtmsHere } from '../../support/cli-call.js';
import { walk } from '../../support/market-data.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.end());

const feeds = (...args: string[]) => dtmsHere(['feeds', ...args, '--server', service.address]);
const listed = async () => {
  const { out } = await feeds('list', '--json');
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
};
const TODAY = new Date(Math.floor(Date.now() / 900_000) * 900_000);

describe('dtms feeds', () => {
  test('declares a feed, and changes only what is given', async () => {
    expect((await feeds('declare', 'lse', '--account', 'a1,a2')).code).toBe(0);
    await feeds('declare', 'lse', '--confirmed-by', 'lse-2');
    await feeds('declare', 'lse', '--kind', 'recorded');
    expect(await listed()).toEqual([
      expect.objectContaining({
        name: 'lse',
        kind: 'FEED_KIND_RECORDED',
        accounts: ['a1', 'a2'],
        confirmedBy: 'lse-2',
      }),
    ]);
    const { out } = await feeds('declare', 'lse', '--everybody', '--unconfirmed');
    expect(out).toMatch(/for +│? *everybody/);
    const [feed] = (await service.client.listFeeds({})).feeds;
    expect(feed).toMatchObject({ kind: FeedKind.RECORDED, accounts: [], confirmedBy: '' });
  });

  test('refuses options that contradict each other', async () => {
    expect((await feeds('declare', 'x', '--account', 'a', '--everybody')).code).toBe(2);
    expect((await feeds('declare', 'x', '--confirmed-by', 'y', '--unconfirmed')).code).toBe(2);
    expect((await feeds('declare', 'x', '--kind', 'alive')).code).toBe(2);
  });

  test('lists first what is ahead, what its trades wait for, and what was refused', async () => {
    const { client } = service;
    const ahead = walk('BTCUSD', 'M15', new Date(TODAY.getTime() + 3 * 3_600_000), 1);
    await client.pushMarketData({ feed: 'zz-ahead', items: ahead });
    // Nobody has declared it, or told it anything.
    const trade = { account: 'demo', ticket: 1n, symbol: 'BTCUSD', direction: 1, feed: 'yy-empty' };
    await client.registerTrade({ trade: { ...trade, entryPrice: 100, volume: 1, stopLoss: 90 } });
    const { out } = await feeds('list');
    const lines = out.split('\n').filter((line) => /zz-ahead|yy-empty|lse/.test(line));
    expect(lines).toEqual([
      expect.stringMatching(/yy-empty.*no data: 1 trade waits/),
      expect.stringMatching(/zz-ahead.*anonymous.*1 ahead.*dated \d+ (h|min) ahead/),
      expect.stringContaining('lse'),
    ]);
    expect(await listed()).toContainEqual(
      expect.objectContaining({ name: 'zz-ahead', refused: { AHEAD: '1' } }),
    );
  });

  test('forgets data and ends feeds', async () => {
    const { client } = service;
    await client.upsertFeed({ feed: 'tape', kind: FeedKind.RECORDED });
    await client.pushMarketData({ feed: 'tape', items: walk('BTCUSD', 'M15', new Date(0), 3) });
    expect((await feeds('reset', 'tape', '--symbol', 'BTCUSD')).out).toContain(
      'forgot the data of 1 symbol of tape',
    );
    expect((await feeds('delete', 'tape')).out).toContain('deleted tape');
    expect((await feeds('delete', 'tape')).code).not.toBe(0);
  });
});
