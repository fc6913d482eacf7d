// What is known of instruments, over real sockets and a real Postgres: any symbol a broker uses, and what it means.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FeedKind, HoursSource } from '../../../gen/ts/dtms/v1/market_data_service.js';
import { SuppressionReason } from '../../../gen/ts/dtms/v1/types.js';
import { Timeframe } from '../../../src/client/index.js';
import { accountCalls } from '../../support/account-calls.js';
import { startService, type TestService } from '../../support/app.js';
import { scriptedBars } from '../../support/bar-script.js';
import { walk } from '../../support/market-data.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

const { account, beat, register, position, reconcile, tradeOf, failure } = accountCalls(() => service);

/** Contract terms as brokers tell them, without the account and the symbol. */
const TERMS = {
  digits: 2,
  tickSize: 0.01,
  volumeMin: 0.01,
  volumeStep: 0.01,
  volumeMax: 100,
  contractSize: 1,
};

/** Before, most were refused by a pattern: "must match ^[A-Za-z0-9][A-Za-z0-9_.#+-]{0,31}$". */
const ODD = [
  ...['#AAPL', '.US30Cash', '@ES', 'EURUSD.£', 'GBPUSD!', 'EUR/USD', '[DJI30]', 'US 500', 'AT&T', '_SP500'],
  ...['XAUUSD+', 'BRK.B', 'Ödax', '日経225', 'A'.repeat(64), '%2F', 'a:b', '"quoted"', "it's", '\\'],
];

describe('a symbol', () => {
  it.each(ODD)('may be %s', async (symbol) => {
    const name = account();
    await register(name, 1n, { symbol });
    expect((await tradeOf(name, 1n))?.symbol).toBe(symbol);
    const feed = `feed-of-${name}`;
    await service.client.pushMarketData({
      feed,
      items: walk(symbol, 'M15', new Date(Date.UTC(2025, 5, 2)), 2),
    });
    expect((await service.client.getMarketView({ feed, symbol })).view?.symbol).toBe(symbol);
    const path = `/v1/dtms/marketdata/${encodeURIComponent(symbol)}?feed=${feed}`;
    expect((await fetch(`http://${service.http}${path}`)).status).toBe(200);
  });

  it.each(['', '\t', 'EUR\nUSD', 'EURUSD\u0000', '\u009b31mEURUSD', 'A'.repeat(65)])(
    'may not be %j',
    async (symbol) => {
      const refused = await failure(register(account(), 1n, { symbol }));
      expect(refused.message).toContain('trade.symbol');
    },
  );

  it('that is odd does not stop the reconciliation of its account', async () => {
    const name = account();
    await beat(name);
    const positions = ['EURUSD', '#AAPL', 'XAUUSD'].map((symbol, index) =>
      position(BigInt(index + 1), { symbol }),
    );
    const { registered } = await reconcile(name, 1, positions);
    expect(registered).toEqual([1n, 2n, 3n]);
  });
});

describe('the terms of a symbol', () => {
  /** A trade in a market that rises and falls, with prices of so many decimals; what was planned and what was not. */
  async function defended(symbol: string, priceOf: (price: number) => number) {
    const name = account();
    const { client } = service;
    const legs = [
      { bars: 600, to: 103, swing: 1.5 },
      { bars: 51, to: 96.3 },
    ];
    const items = scriptedBars(Date.UTC(2025, 5, 2), 100, legs).map(({ time, ...bar }) => {
      const prices = {
        open: priceOf(bar.open),
        high: priceOf(bar.high),
        low: priceOf(bar.low),
        close: priceOf(bar.close),
      };
      const value = {
        symbol,
        timeframe: Timeframe.M5,
        openTime: new Date(time),
        ...prices,
        volume: 100,
        forming: false,
      };
      return { data: { $case: 'bar' as const, value } };
    });
    const entry = items[598]?.data.value;
    if (entry === undefined) throw new Error('there are too few bars');
    // Of another year: on a live feed nothing comes of it.
    await client.upsertFeed({ feed: name, kind: FeedKind.RECORDED });
    await client.pushMarketData({ feed: name, items: items.slice(0, 599) });
    const stopLoss = entry.close * 0.9;
    const opened = { entryPrice: entry.close, stopLoss, openedAt: entry.openTime, feed: name };
    await register(name, 1n, { symbol, ...opened });
    await client.pushMarketData({ feed: name, items: items.slice(599) });
    const { actions } = await client.listActions({ account: name });
    const { events } = await client.listTradeEvents({ filter: { account: name } });
    const suppressed = events.flatMap(({ change }) =>
      change?.$case === 'stateChanged' ? change.value.suppressed : [],
    );
    return {
      stops: actions.flatMap(({ action }) => action?.stopLoss ?? []),
      reasons: new Set(suppressed.map(({ reason }) => SuppressionReason[reason])),
    };
  }

  it.each([
    ['XAUUSD', 26.5, 2],
    ['SHIBUSDT', 1.234e-7, 8],
  ])('are read off the prices where nobody told them: %s', async (symbol, scale, decimals) => {
    // Before, stops lay on ticks of 0.00001, whatever the prices.
    const { stops } = await defended(symbol, (price) => Number((price * scale).toFixed(decimals)));
    expect(stops.length).toBeGreaterThan(0);
    for (const stop of stops) expect(stop).toBe(Number(stop.toFixed(decimals)));
  });

  it('are said to be unknown where prices do not show them, and no stop is made up', async () => {
    const { stops, reasons } = await defended('XAUUSD', (price) => price / 3);
    expect(stops).toEqual([]);
    expect([...reasons]).toContain('TERMS_UNKNOWN');
  });
});

describe('a market', () => {
  it('of a coin nobody listed is open on a Saturday', async () => {
    const saturday = new Date('2026-11-28T00:00:00Z');
    const later = new Date('2026-11-28T12:00:00Z');
    const stale = async (symbol: string) => {
      const feed = `saturday-${symbol}`;
      // On its own clock: on the wall's it is another day soon.
      await service.client.upsertFeed({ feed, kind: FeedKind.RECORDED });
      await service.client.pushMarketData({ feed, items: walk(symbol, 'M15', saturday, 3) });
      const quote = { symbol, time: later, bid: 100, ask: 100.1 };
      await service.client.pushMarketData({ feed, items: [{ data: { $case: 'quote', value: quote } }] });
      return (await service.client.getMarketView({ feed, symbol })).view?.stale;
    };
    // Before, only coins of a list in the code were.
    expect(await Promise.all(['ADAUSDT', 'KASUSDT', 'HYPEUSDT'].map(stale))).toEqual([true, true, true]);
    expect(await stale('EURUSD')).toBe(false);
  });

  it('has the instrument that its other names stand for', async () => {
    const instrumentOf = async (symbol: string) => {
      const name = account();
      await register(name, 1n, { symbol });
      return (await tradeOf(name, 1n))?.instrument;
    };
    const symbols = ['GOLD', 'US30', 'DJ30.cash', 'USOIL', 'EUR/USD', 'GOLDMAN'];
    expect(await Promise.all(symbols.map(instrumentOf))).toEqual([
      ...['XAUUSD', 'US30', 'US30', 'USOIL', 'EURUSD', 'GOLDMAN'],
    ]);
  });
});

describe('trading hours', () => {
  /** A Saturday, noon. */
  const SATURDAY = Date.UTC(2025, 5, 7, 12);
  const WEEKDAYS = {
    zone: 'Europe/Athens',
    sessions: [0, 1, 2, 3, 4].map((day) => ({
      opensMinute: day * 1440 + 60,
      closesMinute: day * 1440 + 1435,
    })),
  };

  /** What is shown of a market whose bars ended hours before its quotes, on a recorded feed. */
  async function shown(symbol: string, feed: string) {
    const { client } = service;
    await client.upsertFeed({ feed, kind: FeedKind.RECORDED });
    const items = scriptedBars(SATURDAY - 3 * 3_600_000, 100, [{ bars: 3, to: 101 }]).map((bar) => {
      const value = { ...bar, symbol, timeframe: Timeframe.M5, openTime: new Date(bar.time), forming: false };
      return { data: { $case: 'bar' as const, value } };
    });
    const quote = { symbol, time: new Date(SATURDAY), bid: 101, ask: 101.1 };
    await client.pushMarketData({ feed, items: [...items, { data: { $case: 'quote', value: quote } }] });
    const { view } = await client.getMarketView({ feed, symbol });
    return { stale: view?.stale, source: view?.hoursSource };
  }

  const tell = (name: string, symbol: string, tradingHours: object) =>
    service.client.upsertInstruments({
      instruments: [{ ...TERMS, account: name, symbol, tradingHours }],
    });

  it('of a symbol nobody knows are assumed, until data at a weekend shows otherwise; told ones decide', async () => {
    expect(await shown('KAS.X', 'hours-1')).toEqual({ stale: true, source: HoursSource.ASSUMED });
    expect(await shown('EURUSD', 'hours-2')).toEqual({ stale: false, source: HoursSource.LISTED });
    await tell(account(), 'KAS.X', WEEKDAYS);
    expect(await shown('KAS.X', 'hours-1')).toEqual({ stale: false, source: HoursSource.TOLD });
    service = await service.restart();
    expect(await shown('KAS.X', 'hours-1')).toEqual({ stale: false, source: HoursSource.TOLD });
  });

  it('that two accounts tell differently show no market', async () => {
    await tell(account(), 'HYPE.X', WEEKDAYS);
    await tell(account(), 'HYPE.X', {
      utcOffsetMinutes: 120,
      sessions: [{ opensMinute: 0, closesMinute: 60 }],
    });
    expect((await shown('HYPE.X', 'hours-3')).source).toBe(HoursSource.ASSUMED);
  });

  it.each<[string, object]>([
    ['zone', { ...WEEKDAYS, zone: 'Europe/Atlantis' }],
    ['sessions', { zone: 'UTC', sessions: [] }],
    ['sessions[0].closes', { zone: 'UTC', sessions: [{ opensMinute: 60, closesMinute: 30 }] }],
  ])('that make no sense are refused by their field: %s', async (field, tradingHours) => {
    const refused = await failure(tell(account(), 'ODD.X', tradingHours));
    expect(refused.message).toContain(`trading_hours.${field}`);
  });
});

it('terms that a trade does not fit are taken, on record, with an alarm until it is gone', async () => {
  // Before, a trade that was registered too small had the right terms refused for good.
  const name = account();
  await register(name, 1n, { symbol: 'XAUUSD', volume: 0.05 });
  const unfit = async () =>
    (await service.client.listAlarms({ account: name })).alarms.filter(({ text }) =>
      text.includes('below the least lot'),
    );
  const tell = (volumeMin: number) =>
    service.client.upsertInstruments({
      instruments: [{ ...TERMS, account: name, symbol: 'XAUUSD', volumeMin }],
    });
  await tell(0.05);
  expect(await unfit()).toEqual([]);
  expect((await tell(0.1)).changed).toBe(1);
  await expect.poll(unfit).toMatchObject([{ account: name, count: 1n }]);
  const { events } = await service.client.listAuditEvents({ account: name, pageSize: 1000 });
  expect(events.filter(({ method }) => method.endsWith('/UpsertInstruments'))).toHaveLength(2);
  await service.client.closeTrade({ account: name, ticket: 1n });
  await expect.poll(unfit).toEqual([]);
});
