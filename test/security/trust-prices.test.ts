// Prices and times that no market made, tried on trades: one tick a quarter of a percent off moves nothing (T23), a
// bar three hours ahead of its feed blinds nothing, and each is told. With the gate off the old failure is shown.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MarketDataFault, MarketDataItem } from '../../gen/ts/dtms/v1/market_data_service.js';
import { Direction as DirectionMessage, Timeframe, TradeState } from '../../src/client/index.js';
import { type Bar, TIMEFRAME_MS } from '../../src/domain/market/data.js';
import type { Direction } from '../../src/domain/market/direction.js';
import type { Rules } from '../../src/domain/rules.js';
import type { State } from '../../src/domain/trade/state.js';
import { Engine } from '../../src/engine/engine.js';
import { itemToProto } from '../../src/replay/market-items.js';
import { startService, type TestService } from '../support/app.js';
import { scriptedBars } from '../support/bar-script.js';
import { EAGER } from '../support/falling-market.js';
import { barItem, quoteItem, take } from '../support/scripted-view.js';
import { specOf } from '../support/trades.js';

const START = Date.UTC(2025, 5, 2);
const M5 = TIMEFRAME_MS.M5;
const RISEN = 298;
const FALL = scriptedBars(START, 100, [
  { bars: 300, to: 103, swing: 1.5, period: 36 },
  { bars: 40, to: 95 },
]);
const flip = (price: number) => Math.round((200 - price) * 100) / 100;
const RISE = FALL.map(({ time, open, high, low, close, volume }): Bar => {
  return { time, open: flip(open), high: flip(low), low: flip(high), close: flip(close), volume };
});
/** Every fast check is due after 30 s, whatever the regime: the odd tick comes at one. */
const STEADY: Rules = {
  ...EAGER,
  schedule: {
    ...EAGER.schedule,
    fastHighVolatilityMs: EAGER.schedule.fastMs,
    fastRangeMs: EAGER.schedule.fastMs,
    fastHedgedMs: EAGER.schedule.fastMs,
  },
};
const OPEN: Rules = { ...STEADY, plausibility: { heldBeyondAtrs: 0, maximumJumpMs: 0 } };

/** A trade that its market has just brought into a state, and the market's last bar. */
function troubled(direction: Direction, state: State, rules: Rules) {
  const market = direction === 'BUY' ? FALL : RISE;
  for (let from = RISEN; from < RISEN + 10; from += 1) {
    const engine = new Engine(rules);
    for (const bar of market.slice(0, from)) take(engine, 'default', barItem(bar, 'M5'));
    const { open = 0, time = 0 } = market[from] ?? {};
    const stopLoss = direction === 'BUY' ? 80 : 120;
    engine.register(specOf({ direction, entryPrice: open, stopLoss, openedAt: time }), time);
    const current = () => engine.get('demo', 1n)?.state;
    for (const bar of market.slice(from)) {
      take(engine, 'default', barItem(bar, 'M5'));
      if (current() !== state) continue;
      // Ticks as they come, the last one just before a check is due.
      for (let second = 1; second < 30; second += 4)
        take(engine, 'default', quoteItem(bar.time + M5 + second * 1000, bar.close));
      return { engine, current, last: bar };
    }
  }
  throw new Error(`the market never made it ${state}`);
}

/** A tick against the trade, a quarter of a percent off, when a check is due. */
function oddTick(direction: Direction, { time, close }: Bar, later = 0) {
  const price = close * (direction === 'BUY' ? 1 - 0.0025 : 1 + 0.0025);
  return quoteItem(time + M5 + 31_000 + later, Math.round(price * 100) / 100);
}

describe('one tick a quarter of a percent off (T23)', () => {
  const cases = [
    ['BUY', 'WARNING_L1', 'WARNING_L2'],
    ['BUY', 'WARNING_L2', 'HEDGED'],
    ['SELL', 'WARNING_L1', 'WARNING_L2'],
    ['SELL', 'WARNING_L2', 'HEDGED'],
  ] as const;

  it.each(cases)('leaves a %s that is %s as it is, and its plans too', (direction, state) => {
    const { engine, current, last } = troubled(direction, state, STEADY);
    const before = engine.get('demo', 1n);
    // The turn of the market was held as well, for one bar.
    const { held, confirmed, dropped } = engine.faults.heldOf('default').counts;
    expect([held, confirmed, dropped]).toEqual([1, 1, 0]);
    expect(take(engine, 'default', oddTick(direction, last))).toMatchObject({ status: 'held' });
    expect(current()).toBe(state);
    // The next one is where the market is: the odd one is gone, and told.
    const calm = take(engine, 'default', quoteItem(last.time + M5 + 32_000, last.close));
    expect(calm).toMatchObject({ status: 'accepted', settled: { confirmed: [] } });
    expect(engine.get('demo', 1n)).toEqual(before);
    expect(engine.faults.heldOf('default')).toMatchObject({
      counts: { held: 2, confirmed: 1, dropped: 1 },
      lastDropped: { text: expect.stringContaining('quote of BTCUSD') },
    });
  });

  it.each(cases)('of a %s that is %s, confirmed by a second, makes it %s', (direction, state, worse) => {
    const { engine, current, last } = troubled(direction, state, STEADY);
    take(engine, 'default', oddTick(direction, last));
    take(engine, 'default', oddTick(direction, last, 1000));
    expect(current()).toBe(worse);
  });

  it.each(cases)('control: without the gate it makes a %s that is %s %s', (direction, state, worse) => {
    const { engine, current, last } = troubled(direction, state, OPEN);
    expect(take(engine, 'default', oddTick(direction, last))).toMatchObject({ status: 'accepted' });
    expect(current()).toBe(worse);
  });

  it('is believed at once where a second source says the same, and when it comes to say so', () => {
    for (const order of ['before', 'after'] as const) {
      const { engine, current, last } = troubled('BUY', 'WARNING_L1', STEADY);
      engine.feeds.put({ ...engine.feeds.of('default'), confirmedBy: 'second' });
      const tick = oddTick('BUY', last);
      if (order === 'before') take(engine, 'second', tick);
      const outcome = take(engine, 'default', tick);
      expect(outcome.status).toBe(order === 'before' ? 'accepted' : 'held');
      if (order === 'after') take(engine, 'second', tick);
      expect(current()).toBe('WARNING_L2');
    }
  });

  it('is not confirmed by a second source that says otherwise, or said so long ago', () => {
    for (const [bid, earlier] of [
      [1, 0],
      [0.9975, 600_000],
    ] as const) {
      const { engine, current, last } = troubled('BUY', 'WARNING_L1', STEADY);
      engine.feeds.put({ ...engine.feeds.of('default'), confirmedBy: 'second' });
      take(engine, 'second', quoteItem(last.time + M5 + 31_000 - earlier, last.close * bid));
      expect(take(engine, 'default', oddTick('BUY', last)).status).toBe('held');
      expect(current()).toBe('WARNING_L1');
    }
  });

  it('nor do ten of them, each followed by the market', () => {
    const { engine, current, last } = troubled('BUY', 'WARNING_L1', STEADY);
    for (let k = 0; k < 10; k += 1) {
      take(engine, 'default', oddTick('BUY', last, k * 2000));
      take(engine, 'default', quoteItem(last.time + M5 + 32_000 + k * 2000, last.close));
    }
    expect(current()).toBe('WARNING_L1');
    expect(engine.faults.heldOf('default').counts).toEqual({ held: 11, confirmed: 1, dropped: 10 });
  });
});

describe('on a server', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startService({ rules: EAGER });
  });
  afterAll(() => service?.end());

  const proto = (bar: Bar) => MarketDataItem.fromPartial(itemToProto(barItem(bar, 'M5')));
  const quoted = (time: number, bid: number) => itemToProto(quoteItem(time, bid));

  async function registered(feed: string, bar: Bar) {
    const trade = { account: feed, ticket: 1n, symbol: 'BTCUSD', direction: DirectionMessage.BUY, feed };
    await service.client.registerTrade({
      trade: { ...trade, entryPrice: bar.open, volume: 1, stopLoss: 80, openedAt: new Date(bar.time) },
    });
  }
  const stateOf = async (account: string) =>
    (await service.client.getTrade({ account, ticket: 1n })).trade?.state;
  const feedOf = async (name: string) =>
    (await service.client.listFeeds({ pageSize: 1000 })).feeds.find((feed) => feed.name === name);

  it('a bar three hours ahead of its feed is held, and correct bars decide', async () => {
    const outcomes = [];
    for (const feed of ['correct', 'jumping']) {
      const opened = FALL[RISEN];
      if (opened === undefined) throw new Error('there are too few bars');
      await service.client.pushMarketData({ feed, items: FALL.slice(0, RISEN).map(proto) });
      await registered(feed, opened);
      if (feed === 'jumping') {
        const jump = { ...opened, time: opened.time + 3 * 3_600_000 };
        const answer = await service.client.pushMarketData({ feed, items: [proto(jump)] });
        expect(answer).toMatchObject({ accepted: 0, rejected: [] });
        expect(answer.held).toEqual([
          {
            index: 0,
            field: 'bar.close',
            description: 'it is dated far ahead of the data before it: it waits to be confirmed',
            fault: MarketDataFault.UNCONFIRMED,
          },
        ]);
      }
      const rest = await service.client.pushMarketData({ feed, items: FALL.slice(RISEN).map(proto) });
      expect(rest).toMatchObject({ accepted: 42, corrections: 0, rejected: [], held: [] });
      expect(rest.dropped).toBe(feed === 'jumping' ? 1 : 0);
      const { events } = await service.client.listTradeEvents({ filter: { account: feed } });
      const history = events.map(({ change }) => change?.$case);
      outcomes.push([await stateOf(feed), history]);
    }
    expect(outcomes[1]).toEqual(outcomes[0]);
    expect(outcomes[0]?.[0]).not.toBe(TradeState.HEALTHY);
  });

  it('what was held is found: in the answer, in ListFeeds and as metrics; and a restart keeps it', async () => {
    const feed = 'found';
    const bars = FALL.slice(0, 60);
    const { time = 0, close = 0 } = bars.at(-1) ?? {};
    await service.client.pushMarketData({ feed, items: bars.map(proto) });
    const odd = quoted(time + M5 + 1000, close * 0.97);
    const first = await service.client.pushMarketData({ feed, items: [odd] });
    expect(first.held[0]).toMatchObject({ index: 0, field: 'quote.bid' });
    expect(first.held[0]?.description).toMatch(/^it is [\d.]+ below [\d.]+: it waits to be confirmed$/);
    service = await service.restart();
    const second = await service.client.pushMarketData({ feed, items: [quoted(time + M5 + 2000, close)] });
    expect(second).toMatchObject({ accepted: 1, dropped: 1, confirmed: 0 });
    const after = await feedOf(feed);
    expect(after).toMatchObject({ dropped: 1n });
    expect(after?.lastDropped).toContain('quote of BTCUSD');
    expect(after?.lastDroppedAt).toBeDefined();
    const metrics = await (await fetch(`http://${service.http}/metrics`)).text();
    expect(metrics).toContain('dtms_market_items_held_total{feed="found",outcome="dropped"} 1');
  });

  it('of one push, what its next items confirm is accepted, and what they do not is rejected', async () => {
    const feed = 'one-push';
    const bars = FALL.slice(0, 60);
    const { time = 0, close = 0 } = bars.at(-1) ?? {};
    const at = (second: number, share: number) => quoted(time + M5 + second * 1000, close * share);
    const items = [...bars.map(proto), at(1, 1), at(2, 0.97), at(3, 1), at(4, 1.03), at(5, 1.03), at(6, 1.1)];
    const answer = await service.client.pushMarketData({ feed, items });
    expect(answer).toMatchObject({ accepted: 64, confirmed: 0, dropped: 0 });
    expect(answer.rejected.map(({ index, fault }) => [index, fault])).toEqual([
      [61, MarketDataFault.UNCONFIRMED],
    ]);
    expect(answer.held.map(({ index }) => index)).toEqual([65]);
    const next = await service.client.pushMarketData({ feed, items: [at(7, 1.1)] });
    expect(next).toMatchObject({ accepted: 1, confirmed: 1, dropped: 0 });
  });

  it('a feed is no second source of its own', async () => {
    const own = { feed: 'own', kind: 1, accounts: [], confirmedBy: 'own' };
    await expect(service.client.upsertFeed(own)).rejects.toThrow('confirmed_by: must be another feed');
  });

  it('a feed whose second source was declared is confirmed by it', async () => {
    const [feed, confirmedBy] = ['watched', 'witness'];
    const bars = FALL.slice(0, 60);
    const { time = 0, close = 0 } = bars.at(-1) ?? {};
    for (const each of [feed, confirmedBy])
      await service.client.pushMarketData({ feed: each, items: bars.map(proto) });
    await service.client.upsertFeed({ feed, kind: 1, accounts: [], confirmedBy });
    const odd = quoted(time + M5 + 1000, close * 0.97);
    expect((await service.client.pushMarketData({ feed, items: [odd] })).held).toHaveLength(1);
    const witness = [1001, 1002].map((ms) => quoted(time + M5 + ms, close * 0.97));
    await service.client.pushMarketData({ feed: confirmedBy, items: witness });
    const { view } = await service.client.getMarketView({ feed, symbol: 'BTCUSD' });
    expect(view?.quote?.bid).toBeCloseTo(close * 0.97, 6);
    expect(view?.lastFineBar?.timeframe).toBe(Timeframe.M5);
  });
});
