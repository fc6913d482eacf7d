// What callers date, tried on a server with live feeds: nothing dated ahead of the database's clock moves a
// view, a timer, a rail or a trade. Before, each of these was believed up to 48 hours ahead, or for ever.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MarketDataFault, MarketDataItem } from '../../gen/ts/dtms/v1/market_data_service.js';
import { AlarmKind } from '../../gen/ts/dtms/v1/system_service.js';
import { Monitoring } from '../../gen/ts/dtms/v1/types.js';
import {
  CloseReason,
  Direction,
  type DtmsClient,
  Timeframe,
  TradeState,
  TradingState,
} from '../../src/client/index.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import { Engine } from '../../src/engine/engine.js';
import { FeedClock } from '../../src/engine/feed-clock.js';
import { startService, type TestService } from '../support/app.js';
import { until } from '../support/eventually.js';
import { EAGER_RULES, LiveAccount, liveCourse, OPENED } from '../support/live-account.js';
import { barItem, flatBar, quoteItem } from '../support/scripted-view.js';
import { specOf, T0, tradeOf } from '../support/trades.js';

const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const M5 = 5 * MINUTE;
const FAR = new Date(Date.UTC(9999, 0, 1));

const refusal = (field: string) => ({
  code: status.INVALID_ARGUMENT,
  report: { violations: [{ field, description: expect.stringContaining('ahead') }] },
});

function bar(symbol: string, openTime: number, open: number, close: number): MarketDataItem {
  const [high, low] = [Math.max(open, close), Math.min(open, close)];
  const value = { symbol, timeframe: Timeframe.M5, openTime: new Date(openTime), open, high, low, close };
  return MarketDataItem.fromPartial({ data: { $case: 'bar', value: { ...value, volume: 10 } } });
}

function quote(symbol: string, time: number, bid: number): MarketDataItem {
  return MarketDataItem.fromPartial({
    data: { $case: 'quote', value: { symbol, time: new Date(time), bid, ask: bid + 0.01 } },
  });
}

describe('on a live feed', () => {
  let service: TestService;
  let client: DtmsClient;
  beforeAll(async () => {
    service = await startService({ rules: EAGER_RULES });
    client = service.client;
  });
  afterAll(() => service?.end());

  /** The bars that closed until now, ascending, all at one price; `missing` of the newest are left out. */
  const flatBars = (symbol: string, count: number, missing = 0) => {
    const newest = Math.floor(Date.now() / M5) * M5 - (missing + 1) * M5;
    return Array.from({ length: count }, (_, index) =>
      bar(symbol, newest - (count - 1 - index) * M5, 100, 100 + (index % 2) * 0.05),
    );
  };

  it('a market of hours ago plans nothing, is leased to nobody, and is shown and told to be stale', async () => {
    const [account, bridgeId, feed] = ['past', 'bridge', 'past'];
    const fall = liveCourse(Date.now() - 8 * HOUR).map(({ timeframe, bar: { time, ...prices } }) =>
      MarketDataItem.fromPartial({
        data: {
          $case: 'bar',
          value: { ...prices, symbol: 'BTCUSD', timeframe: Timeframe[timeframe], openTime: new Date(time) },
        },
      }),
    );
    const spec = { symbol: 'BTCUSD', direction: Direction.BUY, volume: 1, entryPrice: 103, stopLoss: 80 };
    const openedAt = new Date(Date.now() - 11 * HOUR);
    // The feed is a live one: some of it has been fresh.
    await client.pushMarketData({ feed, items: flatBars('ETHUSD', 2) });
    await client.registerTrade({ trade: { ...spec, account, feed, ticket: 1n, openedAt } });
    await client.pushMarketData({ feed, items: fall.slice(0, OPENED) });
    for (const item of fall.slice(OPENED)) await client.pushMarketData({ feed, items: [item] });
    await client.reportAccount({ account, bridgeId, connected: true, tradeAllowed: true, equity: 1000 });
    const { actions } = await client.drainLeases({ account, bridgeId, maxLeases: 10 });
    expect(actions).toEqual([]);
    expect((await client.listActions({ account })).actions).toEqual([]);
    const { trade } = await client.getTrade({ account, ticket: 1n });
    expect(trade).toMatchObject({ openActions: [], hedge: undefined, monitoring: Monitoring.STALE_DATA });
    // Also one that nothing has begun to watch.
    await client.registerTrade({ trade: { ...spec, account, feed, ticket: 2n } });
    const { trade: young } = await client.getTrade({ account, ticket: 2n });
    expect(young?.monitoring).toBe(Monitoring.STALE_DATA);
    const { alarms } = await client.listAlarms({});
    const stale = alarms.find((alarm) => alarm.kind === AlarmKind.DATA_STALE && alarm.feed === feed);
    expect(stale?.text).toContain('orders nothing now');
  });

  it('an item ahead is quarantined by itself, with its fault, and told as skew (T3)', async () => {
    const feed = 'ahead';
    // The bar of this moment may not end meanwhile.
    await until('a bar that has begun', () => Date.now() % M5 < M5 - 20 * SECOND);
    const now = Date.now();
    await client.pushMarketData({ feed, items: flatBars('BTCUSD', 30) });
    const before = (await client.getMarketView({ feed, symbol: 'BTCUSD' })).view;
    expect(before).toMatchObject({ stale: false, skewMs: undefined });
    const { accepted, rejected } = await client.pushMarketData({
      feed,
      items: [
        quote('BTCUSD', now - SECOND, 100),
        bar('BTCUSD', Math.floor(now / M5) * M5 + 47 * HOUR, 100, 100),
        // Opened in time and cannot have closed.
        bar('BTCUSD', Math.floor(now / M5) * M5, 100, 100),
        quote('BTCUSD', now + 76 * MINUTE, 100),
        quote('BTCUSD', now, 100),
      ],
    });
    expect(accepted).toBe(2);
    expect(rejected.map(({ index, fault, field }) => [index, fault, field])).toEqual([
      [1, MarketDataFault.AHEAD, 'bar.open_time'],
      [2, MarketDataFault.AHEAD, 'bar.open_time'],
      [3, MarketDataFault.AHEAD, 'quote.time'],
    ]);
    const { view } = await client.getMarketView({ feed, symbol: 'BTCUSD' });
    expect(view?.asOf?.getTime()).toBe(now);
    expect(Number(view?.skewMs)).toBeGreaterThan(75 * MINUTE);
    const { markets } = await client.listMarketViews({ feed });
    expect(markets[0]?.skewMs).toBeGreaterThan(0n);
    const metrics = await (await fetch(`http://${service.http}/metrics`)).text();
    expect(metrics).toContain('dtms_market_items_refused_total{feed="ahead",fault="ahead"} 3');
    expect(metrics).toMatch(/dtms_feed_skew_seconds\{feed="ahead"\} 4[56]\d\d/);
  });

  it('a bar of tomorrow does not blind a fall (T3)', async () => {
    const feed = 'blind';
    const items = flatBars('XAUUSD', 60, 40);
    await client.pushMarketData({ feed, items });
    const start = Math.floor(Date.now() / M5) * M5 - 40 * M5;
    const trade = { account: 'blind', ticket: 1n, symbol: 'XAUUSD', direction: Direction.BUY, feed };
    await client.registerTrade({
      trade: { ...trade, volume: 1, entryPrice: 100, stopLoss: 80, openedAt: new Date(start) },
    });
    await client.pushMarketData({ feed, items: [bar('XAUUSD', start + 47 * HOUR, 100, 100)] });
    for (let k = 0; k < 40; k += 1) {
      const open = 100 - 0.175 * k;
      await client.pushMarketData({ feed, items: [bar('XAUUSD', start + k * M5, open, open - 0.175)] });
    }
    const { trade: after } = await client.getTrade({ account: 'blind', ticket: 1n });
    expect(after?.state).not.toBe(TradeState.HEALTHY);
    expect(after?.evaluations).toBeGreaterThan(0n);
  });

  it('data that is days old is never shown fresh', async () => {
    const feed = 'old';
    const old = flatBars('EURUSD', 30, 3 * 288);
    await client.pushMarketData({ feed, items: old });
    const { view } = await client.getMarketView({ feed, symbol: 'EURUSD' });
    expect((view?.feedTime?.getTime() ?? 0) - (view?.asOf?.getTime() ?? 0)).toBeGreaterThan(71 * HOUR);
    const crypto = flatBars('BTCUSD', 30, 3 * 288);
    await client.pushMarketData({ feed, items: crypto });
    expect((await client.getMarketView({ feed, symbol: 'BTCUSD' })).view?.stale).toBe(true);
  });

  it('a heartbeat dated ahead is heard, and lifts no rail (T8)', async () => {
    const [account, bridgeId] = ['rails', 'bridge'];
    const beat = { account, bridgeId, connected: true, tradeAllowed: true, balance: 10_000 };
    await client.reportAccount({ ...beat, equity: 10_000 });
    const tripped = await client.reportAccount({ ...beat, equity: 9700 });
    expect(tripped.tradingState).toBe(TradingState.REDUCING);
    const reportedAt = new Date(Date.now() + 47 * HOUR);
    const { tradingState, ready } = await client.reportAccount({ ...beat, equity: 9700, reportedAt });
    expect({ tradingState, ready }).toEqual({ tradingState: TradingState.REDUCING, ready: true });
    const { risk } = await client.getRisk({ account });
    expect(risk?.tradingState).toBe(TradingState.REDUCING);
  });

  it('an offset that changes forgives no loss of the day that is under way', async () => {
    const [account, bridgeId] = ['offset', 'bridge'];
    const beat = { account, bridgeId, connected: true, tradeAllowed: true, balance: 10_000 };
    const states: (TradingState | undefined)[] = [];
    for (const [equity, utcOffsetMinutes] of [
      [10_000, 0],
      [9_950, 720],
      [9_900, -720],
      [9_850, 1080],
      [9_800, -1080],
      [9_790, 60],
    ] as const)
      states.push((await client.reportAccount({ ...beat, equity, utcOffsetMinutes })).tradingState);
    expect(states.at(-1)).toBe(TradingState.REDUCING);
    const { risk } = await client.getRisk({ account });
    expect(risk?.rails[0]).toMatchObject({ value: expect.closeTo(0.021, 9), trippedAt: expect.any(Date) });
  });

  it('a trade opened in 2099 is refused, alone among others (T12)', async () => {
    const trade = { account: 'open', symbol: 'BTCUSD', direction: Direction.BUY, volume: 1, entryPrice: 100 };
    const openedAt = new Date(Date.UTC(2099, 0, 1));
    await expect(client.registerTrade({ trade: { ...trade, ticket: 1n, openedAt } })).rejects.toMatchObject(
      refusal('trade.opened_at'),
    );
    const { results } = await client.batchRegisterTrades({
      trades: [
        { ...trade, ticket: 2n, openedAt },
        { ...trade, ticket: 3n },
      ],
    });
    expect(results.map(({ ticket, error }) => [ticket, error === undefined])).toEqual([
      [2n, false],
      [3n, true],
    ]);
  });

  it('closes and updates of the year 9999 are refused, and streak no rail (T10, T7)', async () => {
    const account = 'far';
    const trade = { account, symbol: 'BTCUSD', direction: Direction.BUY, volume: 1, entryPrice: 100 };
    for (const ticket of [1n, 2n, 3n]) {
      await client.registerTrade({ trade: { ...trade, ticket } });
      await expect(
        client.closeTrade({ account, ticket, reason: CloseReason.STOP_LOSS, occurredAt: FAR }),
      ).rejects.toMatchObject(refusal('occurred_at'));
      await expect(
        client.updateTrade({ account, ticket, volume: 500, occurredAt: FAR }),
      ).rejects.toMatchObject(refusal('occurred_at'));
      const { trade: after } = await client.getTrade({ account, ticket });
      expect(after).toMatchObject({ state: TradeState.HEALTHY, volume: 1 });
    }
  });

  it('a snapshot dated ahead is refused, and the honest one after it is taken (T11)', async () => {
    const [account, bridgeId] = ['snap', 'bridge'];
    const beat = { account, bridgeId, connected: true, tradeAllowed: true, balance: 1000, equity: 1000 };
    await client.reportAccount(beat);
    const snapshot = { account, bridgeId, complete: true, positions: [] };
    const takenAt = new Date(Date.now() + 47 * HOUR);
    await expect(client.reconcilePositions({ ...snapshot, takenAt })).rejects.toMatchObject(
      refusal('taken_at'),
    );
    await expect(client.reconcilePositions({ ...snapshot, takenAt: new Date() })).resolves.toBeDefined();
  });

  it('an older snapshot undoes no report that nobody dated, however old the data of its feed, also after a restart', async () => {
    const [account, bridgeId, feed] = ['reported', 'bridge', 'hours'];
    await client.pushMarketData({ feed, items: flatBars('BTCUSD', 30, 48) });
    service = await service.restart();
    client = service.client;
    const spec = { symbol: 'BTCUSD', direction: Direction.BUY, volume: 1, entryPrice: 100, stopLoss: 90 };
    const openedAt = new Date(Date.now() - 6 * HOUR);
    await client.registerTrade({ trade: { ...spec, account, feed, ticket: 1n, openedAt } });
    await client.reportAccount({ account, bridgeId, connected: true, equity: 1000, balance: 1000 });
    const snapshot = (takenAt: Date) =>
      client.reconcilePositions({
        ...{ account, bridgeId, complete: true, takenAt },
        positions: [{ ...spec, identifier: 1n, openedAt }],
      });
    const takenAt = new Date(Date.now() - 200);
    await client.updateTrade({ account, ticket: 1n, volume: 0.5, stopLoss: 95 });
    expect((await snapshot(takenAt)).drifts).toEqual([]);
    const { trade } = await client.getTrade({ account, ticket: 1n });
    expect(trade).toMatchObject({ volume: 0.5, stopLoss: 95 });
    // The next one is newer, and right.
    await until('the clock has moved on', async () => (await snapshot(new Date())).drifts.length > 0);
    const { trade: shown } = await client.getTrade({ account, ticket: 1n });
    expect(shown).toMatchObject({ volume: 1, stopLoss: 90 });
  });

  it('work that is asked for three days ahead is given as of now (T9)', async () => {
    const live = new LiveAccount(client, 'leases', 1);
    await live.plan(TradeState.WARNING_L2);
    const beat = { connected: true, tradeAllowed: true, balance: 1000, equity: 1000 };
    await client.reportAccount({ account: 'leases', bridgeId: 'bridge', ...beat });
    const occurredAt = new Date(Date.now() + 72 * HOUR);
    const request = { account: 'leases', bridgeId: 'bridge', maxLeases: 10, occurredAt };
    expect((await client.drainLeases(request)).actions.length).toBeGreaterThan(0);
    const { events } = await client.listTradeEvents({ filter: { account: 'leases' }, pageSize: 1000 });
    for (const event of events) expect(event.occurredAt?.getTime()).toBeLessThan(Date.now() + 6 * SECOND);
  });
});

describe('timers', () => {
  const hedge = { ticket: 9n, volume: 1, entryPrice: 100, stopLoss: null };
  const FLAT = DEFAULT_RULES.states.flatTimerMs;

  /** A trade that was hedged at database time `hedgedAt`, in a market that is days old. */
  function hedged(hedgedAt: number, kind: 'LIVE' | 'RECORDED', firstAt = hedgedAt): Engine {
    const engine = new Engine(DEFAULT_RULES);
    engine.feeds.put({ ...engine.feeds.of('default'), kind });
    for (let k = 0; k < 3; k += 1)
      engine.apply('default', barItem(flatBar(T0 + k * 900_000, 100)), k === 0 ? firstAt : hedgedAt);
    const at = kind === 'LIVE' ? hedgedAt : T0 + 45 * MINUTE;
    engine.restoreTrade(
      tradeOf({ state: 'HEDGED', hedge, flatTimerEndsAt: at + FLAT, structureSeenAt: T0 + HOUR }, specOf()),
    );
    return engine;
  }
  const stateOf = (engine: Engine) => engine.get('demo', 1n)?.state;

  it.each(['fresh', 'old'])(
    'of a live feed whose data were %s end by real time: one quote 76 minutes on closes nothing (T2)',
    (before) => {
      const now = T0 + 72 * HOUR;
      const engine = hedged(now, 'LIVE', before === 'fresh' ? T0 + 15 * MINUTE : now);
      const quoted = T0 + 45 * MINUTE + 76 * MINUTE;
      expect(engine.apply('default', quoteItem(quoted, 100), now + SECOND).status).toBe('held');
      expect(stateOf(engine)).toBe('HEDGED');
      // An unchanged price after 75 real minutes does, where it is of then.
      engine.apply('default', quoteItem(quoted + 2 * MINUTE, 100), now + FLAT);
      expect(stateOf(engine)).toBe(before === 'old' ? 'CLOSED' : 'HEDGED');
      engine.apply('default', quoteItem(now + FLAT, 100), now + FLAT);
      expect(stateOf(engine)).toBe('CLOSED');
    },
  );

  it('of a recorded feed end by the time of its data', () => {
    const engine = hedged(T0 + 72 * HOUR, 'RECORDED');
    engine.apply('default', quoteItem(T0 + 45 * MINUTE + 76 * MINUTE, 100), T0 + 72 * HOUR + SECOND);
    expect(stateOf(engine)).toBe('CLOSED');
  });
});

describe("a live feed's clock", () => {
  it('keeps to the database, whatever this machine does with its date (R9)', () => {
    const [database, machine] = [{ now: T0 }, { now: 0 }];
    const clock = new FeedClock({
      database: () => database.now,
      process: () => machine.now,
      kindOf: (feed) => (feed === 'live' ? 'LIVE' : 'RECORDED'),
    });
    expect(clock.now('live')).toBe(T0);
    clock.saw('live', T0 - 2 * SECOND);
    clock.saw('recorded', T0 - 72 * HOUR);
    machine.now += 24 * HOUR;
    database.now += SECOND;
    expect(clock.now('live')).toBe(T0 + SECOND);
    machine.now -= 48 * HOUR;
    expect(clock.now('live')).toBe(T0 + SECOND);
    expect(clock.now('recorded')).toBe(T0 - 72 * HOUR);
  });
});
