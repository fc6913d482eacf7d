// What is read of markets, over real sockets and a real Postgres: the list, bars, and evaluations, which
// a restart does not take away.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Direction, ErrorReason, Timeframe } from '../../../../src/client/index.js';
import { accountCalls } from '../../../support/account-calls.js';
import { startService, type TestService } from '../../../support/app.js';
import { walk } from '../../../support/market-data.js';

const M15_MS = 900_000;
const FROM = new Date(Date.UTC(2025, 5, 2));
const BARS = 300;
/** A recorded feed by its name: its time is that of its data, of whichever year. */
const OTHER = 'replay-other';
const openTimeOf = (bars: number) => new Date(FROM.getTime() + bars * M15_MS);

let service: TestService;
beforeAll(async () => {
  service = await startService();
  const { client } = service;
  await client.pushMarketData({ items: walk('BTCUSDm', 'M15', FROM, BARS) });
  await client.pushMarketData({ items: walk('XAUUSD', 'M15', FROM, 3, 2) });
  await client.pushMarketData({ feed: OTHER, items: walk('BTCUSD', 'M15', FROM, 3, 3) });
});
afterAll(async () => {
  await service.end();
});

const { register, failure } = accountCalls(() => service);

describe('the list of markets', () => {
  it('has every symbol in the order of feed and instrument, with its scores and trades', async () => {
    await register('mine', 1n, { symbol: 'BTCUSDm', openedAt: openTimeOf(1) });
    await register('mine', 2n, {
      symbol: 'BTCUSDm',
      direction: Direction.SELL,
      stopLoss: 110,
      openedAt: openTimeOf(1),
    });
    await service.client.closeTrade({ account: 'mine', ticket: 2n });
    const { markets, nextPageToken } = await service.client.listMarketViews({});
    expect(markets.map(({ feed, instrument }) => `${feed}/${instrument}`)).toEqual([
      'default/BTCUSD',
      'default/XAUUSD',
      `${OTHER}/BTCUSD`,
    ]);
    expect(nextPageToken).toBe('');
    expect(markets.map(({ activeTrades }) => activeTrades)).toEqual([1n, 0n, 0n]);
    const { view } = await service.client.getMarketView({ symbol: 'BTCUSDm' });
    expect(markets[0]).toMatchObject({
      asOf: openTimeOf(BARS),
      stale: view?.stale,
      lastPrice: view?.lastCoarseBar?.close,
      evaluatedAt: openTimeOf(BARS),
      buyScore: view?.buy?.score,
      sellScore: view?.sell?.score,
      quote: undefined,
    });
    expect(markets[0]?.buyScore).toBeTypeOf('number');
  });

  it('tells what time it is for a feed, which goes on without data', async () => {
    const ages = async () => {
      const { markets } = await service.client.listMarketViews({ feed: OTHER });
      return markets.map(({ asOf, feedTime }) => Number(feedTime) - Number(asOf));
    };
    const [before = Number.NaN] = await ages();
    // The data is of last year, and arrived a moment ago.
    expect(before).toBeGreaterThanOrEqual(0);
    expect(before).toBeLessThan(30 * 60_000);
    await expect.poll(async () => (await ages())[0]).toBeGreaterThan(before + 200);
    const { view } = await service.client.getMarketView({ feed: OTHER, symbol: 'BTCUSD' });
    expect(Number(view?.feedTime) - Number(view?.asOf)).toBeGreaterThan(before);
    const pushedAt = performance.now();
    await service.client.pushMarketData({ feed: OTHER, items: walk('BTCUSD', 'M15', openTimeOf(3), 1, 3) });
    const [after = Number.NaN] = await ages();
    // Dates have whole milliseconds.
    expect(after).toBeLessThanOrEqual(performance.now() - pushedAt + 2);
  });

  it('comes in pages and of one feed', async () => {
    const names: string[] = [];
    let pageToken = '';
    do {
      const page = await service.client.listMarketViews({ pageSize: 1, pageToken });
      expect(page.markets).toHaveLength(1);
      names.push(...page.markets.map(({ feed, instrument }) => `${feed}/${instrument}`));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(names).toEqual(['default/BTCUSD', 'default/XAUUSD', `${OTHER}/BTCUSD`]);
    const { nextPageToken } = await service.client.listMarketViews({ pageSize: 1 });
    const other = await failure(service.client.listMarketViews({ feed: OTHER, pageToken: nextPageToken }));
    expect(other.report?.reason).toBe(ErrorReason.INVALID_PAGE_TOKEN);
    expect((await service.client.listMarketViews({ feed: OTHER })).markets).toHaveLength(1);
    expect((await service.client.listMarketViews({ feed: 'none' })).markets).toEqual([]);
  });
});

describe('bars', () => {
  const asked = { symbol: 'BTCUSD', timeframe: Timeframe.M15 };

  it('are the newest closed ones, oldest first', async () => {
    const { bars, formingBar } = await service.client.listBars({ ...asked, limit: 5 });
    expect(bars).toEqual(
      walk('BTCUSDm', 'M15', FROM, BARS)
        .slice(-5)
        .map(({ data }) => data.value),
    );
    expect(formingBar).toBeUndefined();
    expect((await service.client.listBars(asked)).bars).toHaveLength(200);
    expect((await service.client.listBars({ ...asked, limit: 1000 })).bars).toHaveLength(BARS);
    expect((await service.client.listBars({ ...asked, timeframe: Timeframe.M1 })).bars).toEqual([]);
  });

  it('are of the time that is asked for', async () => {
    const { bars } = await service.client.listBars({
      ...asked,
      startTime: openTimeOf(2),
      endTime: openTimeOf(5),
    });
    expect(bars.map(({ openTime }) => openTime)).toEqual([openTimeOf(2), openTimeOf(3), openTimeOf(4)]);
    const last = await service.client.listBars({ ...asked, endTime: openTimeOf(5), limit: 1 });
    expect(last.bars.map(({ openTime }) => openTime)).toEqual([openTimeOf(4)]);
  });

  it('have the forming one of their length beside them', async () => {
    const [first] = walk('XAUUSD', 'M15', openTimeOf(3), 1);
    const forming = { ...(first?.data.value ?? {}), forming: true };
    await service.client.pushMarketData({ items: [{ data: { $case: 'bar', value: forming } }] });
    const { bars, formingBar } = await service.client.listBars({ ...asked, symbol: 'XAUUSD' });
    expect(bars).toHaveLength(3);
    expect(formingBar).toEqual(forming);
    const m1 = await service.client.listBars({ symbol: 'XAUUSD', timeframe: Timeframe.M1 });
    expect(m1.formingBar).toBeUndefined();
    const before = await service.client.listBars({ ...asked, symbol: 'XAUUSD', endTime: openTimeOf(3) });
    expect(before.formingBar).toBeUndefined();
  });

  it('of a symbol without data are not found', async () => {
    const error = await failure(service.client.listBars({ ...asked, symbol: 'EURUSD' }));
    expect([error.code, error.report?.reason]).toEqual([status.NOT_FOUND, ErrorReason.NO_MARKET_DATA]);
    expect((await failure(service.client.listBars({ symbol: 'BTCUSD' }))).report?.reason).toBe(
      ErrorReason.INVALID_FIELD,
    );
  });
});

describe('evaluations', () => {
  const all = async (more: object = {}): Promise<(Date | undefined)[]> => {
    const times: (Date | undefined)[] = [];
    let pageToken = '';
    do {
      const page = await service.client.listEvaluations({
        symbol: 'BTCUSD',
        pageSize: 70,
        pageToken,
        ...more,
      });
      times.push(...page.evaluations.map(({ evaluatedAt }) => evaluatedAt));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return times;
  };
  const deep = Array.from({ length: BARS }, (_, index) => openTimeOf(BARS - index));

  it('are one for each closed coarse bar, newest first, in pages', async () => {
    expect(await all()).toEqual(deep);
  });

  it('are of the time that is asked for', async () => {
    expect(await all({ startTime: openTimeOf(10), endTime: openTimeOf(20) })).toEqual(
      deep.slice(BARS - 19, BARS - 9),
    );
    const { nextPageToken } = await service.client.listEvaluations({ symbol: 'BTCUSD', pageSize: 1 });
    const error = await failure(
      service.client.listEvaluations({
        symbol: 'BTCUSD',
        startTime: openTimeOf(1),
        pageToken: nextPageToken,
      }),
    );
    expect(error.report?.reason).toBe(ErrorReason.INVALID_PAGE_TOKEN);
  });

  it('are what the market showed, both directions, and are there after a restart', async () => {
    const { view } = await service.client.getMarketView({ symbol: 'BTCUSD' });
    const { evaluations } = await service.client.listEvaluations({ symbol: 'BTCUSD', pageSize: 1 });
    expect(evaluations).toEqual([{ evaluatedAt: openTimeOf(BARS), buy: view?.buy, sell: view?.sell }]);
    expect(evaluations[0]?.buy?.signals).toHaveLength(6);
    service = await service.restart();
    expect(await all()).toEqual(deep);
    await service.client.pushMarketData({
      items: walk('BTCUSDm', 'M15', FROM, BARS + 1).slice(-1),
    });
    expect(await all({ startTime: openTimeOf(BARS) })).toEqual([openTimeOf(BARS + 1), openTimeOf(BARS)]);
  });

  it('of a symbol without data are not found', async () => {
    const error = await failure(service.client.listEvaluations({ symbol: 'EURUSD' }));
    expect([error.code, error.report?.reason]).toEqual([status.NOT_FOUND, ErrorReason.NO_MARKET_DATA]);
  });
});
