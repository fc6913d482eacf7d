// The service over real sockets and a real Postgres, as its clients use it.
import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  CloseReason,
  Direction,
  type DtmsCallError,
  ErrorReason,
  Monitoring,
  type Trade,
  TradeState,
} from '../../src/client/index.js';
import { startService, type TestService } from '../support/app.js';
import { walk } from '../support/market-data.js';

const START = new Date('2025-03-03T00:00:00Z');
const BAR_MS = 900_000;

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
});

let nextTicket = 1n;
function spec(fields: object = {}) {
  nextTicket += 1n;
  return {
    account: 'demo',
    ticket: nextTicket,
    symbol: 'BTCUSDc',
    direction: Direction.BUY,
    entryPrice: 1000,
    volume: 1,
    stopLoss: 960,
    openedAt: START,
    ...fields,
  };
}

const failure = async (call: Promise<unknown>): Promise<DtmsCallError> =>
  call.then(
    () => expect.fail('the call should have failed'),
    (error: DtmsCallError) => error,
  );

const eventsOf = async (ticket: bigint) =>
  (await service.client.listTradeEvents({ filter: { tickets: [ticket] } })).events;

describe('registration', () => {
  it('makes one trade and one event of 100 identical calls at once, and answers OK to all', async () => {
    const trade = spec();
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => service.client.registerTrade({ trade })),
    );
    expect(answers.filter(({ alreadyRegistered }) => !alreadyRegistered)).toHaveLength(1);
    expect(new Set(answers.map(({ revision }) => revision)).size).toBe(1);
    expect(await eventsOf(trade.ticket)).toHaveLength(1);
  });

  it('takes a moved stop, target and volume for the same position, and answers the trade as it is', async () => {
    const trade = spec({ stopLoss: 900 });
    await service.client.registerTrade({ trade });
    await service.client.updateTrade({ account: trade.account, ticket: trade.ticket, stopLoss: 950 });
    // The stop has even passed the entry: that says nothing against a position that is known.
    const again = await service.client.registerTrade({ trade: { ...trade, volume: 0.5, stopLoss: 1010 } });
    expect(again).toMatchObject({
      alreadyRegistered: true,
      closed: false,
      trade: { stopLoss: 950, volume: 1 },
    });
  });

  it('refuses another position under the same ticket and names the fields', async () => {
    const trade = spec();
    await service.client.registerTrade({ trade });
    const error = await failure(
      service.client.registerTrade({ trade: { ...trade, volume: 2, entryPrice: 1001 } }),
    );
    expect(error.code).toBe(status.ALREADY_EXISTS);
    expect(error.report.reason).toBe(ErrorReason.TRADE_DIFFERS);
    expect(error.report.metadata.fields).toBe('entry_price');
  });

  it('takes 100 registrations at once beside 1,000 active trades without an error', async () => {
    const trades = Array.from({ length: 1000 }, () => spec());
    const { results } = await service.client.batchRegisterTrades({ trades });
    expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () => service.client.registerTrade({ trade: spec() })),
    );
    expect(answers.every(({ alreadyRegistered }) => !alreadyRegistered)).toBe(true);
  });

  it.each([
    ['direction', { direction: Direction.UNSPECIFIED }, 'trade.direction'],
    ['symbol', { symbol: 'BTC\u0007USD' }, 'trade.symbol'],
    ['negative volume', { volume: -1 }, 'trade.volume'],
    ['NaN price', { entryPrice: Number.NaN }, 'trade.entry_price'],
    ['infinite price', { entryPrice: Number.POSITIVE_INFINITY }, 'trade.entry_price'],
    ['ticket 0', { ticket: 0n }, 'trade.ticket'],
    ['a label with NUL', { label: 'a\u0000b' }, 'trade.label'],
    ['a label with a line end', { label: 'a\r\nb' }, 'trade.label'],
    ['stop above the entry of a BUY', { stopLoss: 1001 }, 'trade.stop_loss'],
    ['target below the entry of a BUY', { takeProfit: 999 }, 'trade.take_profit'],
  ])('refuses a mistake in %s and names the field', async (_name, fields, field) => {
    const error = await failure(service.client.registerTrade({ trade: spec(fields) }));
    expect(error.code).toBe(status.INVALID_ARGUMENT);
    expect(error.report.violations.map((violation) => violation.field)).toContain(field);
    expect(error.report.correlationId).not.toBe('');
  });

  it('takes a stop that has moved past the entry when the initial one is named', async () => {
    const { trade } = await service.client.registerTrade({
      trade: spec({ stopLoss: 1005, initialStopLoss: 980 }),
    });
    expect(trade?.riskDistance).toBe(20);
    expect(trade?.stopLoss).toBe(1005);
  });

  it('answers each of a batch on its own', async () => {
    const known = spec();
    await service.client.registerTrade({ trade: known });
    const { results } = await service.client.batchRegisterTrades({
      trades: [spec(), known, { ...known, entryPrice: 9 }, spec({ stopLoss: 1100 })],
    });
    expect(results.map(({ error, alreadyRegistered }) => error?.reason ?? alreadyRegistered)).toEqual([
      false,
      true,
      ErrorReason.TRADE_DIFFERS,
      ErrorReason.STOP_ON_WRONG_SIDE,
    ]);
    const [first] = results;
    const [event] = await eventsOf(first?.ticket ?? 0n);
    expect(event?.revision).toBe(first?.revision);
  });
});

describe('a symbol without data', () => {
  it('is WAITING_FOR_DATA in every view of it, and is watched once data comes under another suffix', async () => {
    // Recorded: its bars of 2025 have no age by today's clock, whichever market is open today.
    const feed = 'replay-late';
    const trade = spec({ feed, symbol: 'XAUUSDm' });
    const registered = await service.client.registerTrade({ trade });
    const { account, ticket } = trade;
    const shown = async (): Promise<(Trade | undefined)[]> => {
      const { trade: one } = await service.client.getTrade({ account, ticket });
      const { trades: many } = await service.client.batchGetTrades({ account, tickets: [ticket] });
      const { trades: listed } = await service.client.listTrades({ filter: { tickets: [ticket] } });
      const explained = await service.client.evaluateTrade({ account, ticket });
      return [one, many[0], listed[0], explained.trade];
    };
    for (const seen of [registered.trade, ...(await shown())]) {
      expect(seen?.monitoring).toBe(Monitoring.WAITING_FOR_DATA);
    }
    const { waitingForData } = await service.client.getStatus({});
    expect(waitingForData).toBeGreaterThan(0n);

    await service.client.pushMarketData({ feed, items: walk('XAUUSD.pro', 'M15', START, 40) });
    for (const seen of await shown()) expect(seen?.monitoring).toBe(Monitoring.ACTIVE);
  });
});

describe('market data', () => {
  it('counts duplicates, refuses bad items one by one, and keeps the rest', async () => {
    const feed = 'mixed-feed';
    const items = walk('EURUSD', 'M15', START, 3);
    const upsideDown = { data: { $case: 'bar' as const, value: { ...items[0]?.data.value, high: 1 } } };
    const secondSpelling = walk('EURUSDm', 'M15', START, 1);
    const future = walk('EURUSD', 'M15', new Date('2100-01-01T00:00:00Z'), 1);
    const answer = await service.client.pushMarketData({
      feed,
      items: [...items, ...items, upsideDown, ...secondSpelling, ...future],
    });
    expect(answer.accepted).toBe(3);
    expect(answer.duplicates).toBe(3);
    expect(answer.rejected.map(({ index, field }) => [index, field])).toEqual([
      [6, 'bar.high'],
      [7, 'bar.symbol'],
      [8, 'bar.open_time'],
    ]);
  });

  it('shows the view of a symbol, and says so when there is none', async () => {
    const feed = 'view-feed';
    await service.client.pushMarketData({ feed, items: walk('BTCUSD', 'M15', START, 60) });
    const { view } = await service.client.getMarketView({ feed, symbol: 'BTCUSDc' });
    expect(view?.coarseBars).toBe(60n);
    expect(view?.rsi).toBeGreaterThan(0);
    expect(view?.ema200).toBeUndefined();
    const error = await failure(service.client.getMarketView({ feed, symbol: 'ETHUSD' }));
    expect(error.report.reason).toBe(ErrorReason.NO_MARKET_DATA);
  });

  it('acknowledges a stream in order after granting a window', async () => {
    const feed = 'stream-feed';
    const items = walk('GBPUSD', 'M15', START, 200);
    const call = service.client.raw.marketData.streamMarketData();
    items.forEach((item, index) => {
      call.write({ sequence: BigInt(index + 1), feed, items: [item] });
    });
    call.end();
    const sequences: bigint[] = [];
    for await (const { sequence, result } of call) if (result !== undefined) sequences.push(sequence);
    expect(sequences).toEqual(Array.from({ length: 200 }, (_, index) => BigInt(index + 1)));
    const { view } = await service.client.getMarketView({ feed, symbol: 'GBPUSD' });
    expect(view?.coarseBars).toBe(200n);
  });
});

describe('changes', () => {
  it('reports, pauses, resumes and closes a trade, one version and event each', async () => {
    const trade = spec();
    const key = { account: trade.account, ticket: trade.ticket };
    await service.client.registerTrade({ trade });
    const updated = await service.client.updateTrade({ ...key, stopLoss: 970, volume: 0.5 });
    expect(updated.trade).toMatchObject({ stopLoss: 970, volume: 0.5, tradeVersion: 2n });
    const same = await service.client.updateTrade({ ...key, stopLoss: 970 });
    expect(same.revision).toBe(updated.revision);
    const paused = await service.client.pauseTrade({ ...key, reason: 'lunch' });
    expect(paused.trade?.monitoring).toBe(Monitoring.PAUSED);
    await service.client.resumeTrade({ ...key, reason: 'back' });
    const closed = await service.client.closeTrade({
      ...key,
      reason: CloseReason.TAKE_PROFIT,
      closePrice: 1100,
    });
    expect(closed.trade).toMatchObject({
      state: TradeState.CLOSED,
      monitoring: Monitoring.ENDED,
      closePrice: 1100,
      tradeVersion: 5n,
    });
    const events = await eventsOf(trade.ticket);
    expect(events.map(({ tradeVersion }) => tradeVersion)).toEqual([1n, 2n, 3n, 4n, 5n]);
    expect(events.map(({ change }) => change?.$case)).toEqual([
      'registered',
      'updated',
      'paused',
      'resumed',
      'stateChanged',
    ]);
  });

  it('keeps a closed trade readable, registered and unchangeable', async () => {
    const trade = spec();
    const key = { account: trade.account, ticket: trade.ticket };
    await service.client.registerTrade({ trade });
    const { revision } = await service.client.closeTrade(key);
    expect((await service.client.closeTrade(key)).revision).toBe(revision);
    expect((await service.client.getTrade(key)).trade?.state).toBe(TradeState.CLOSED);
    const again = await service.client.registerTrade({ trade });
    expect(again).toMatchObject({ alreadyRegistered: true, closed: true, revision });
    const unprotected = await failure(service.client.protect(trade));
    expect(unprotected.report.reason).toBe(ErrorReason.TRADE_CLOSED);
    const changed = await failure(service.client.registerTrade({ trade: { ...trade, entryPrice: 7 } }));
    expect(changed.report.reason).toBe(ErrorReason.TRADE_DIFFERS);
    const update = await failure(service.client.updateTrade({ ...key, volume: 2 }));
    expect(update.report.reason).toBe(ErrorReason.TRADE_CLOSED);
    const active = await service.client.listTrades({ filter: { tickets: [trade.ticket] } });
    expect(active.trades).toEqual([]);
    const all = await service.client.listTrades({
      filter: { tickets: [trade.ticket], states: [TradeState.CLOSED] },
    });
    expect(all.trades).toHaveLength(1);
  });

  it('refuses what no trade has', async () => {
    const key = { account: 'demo', ticket: 999_999_999n };
    const errors = await Promise.all(
      [
        service.client.getTrade(key),
        service.client.updateTrade({ ...key, volume: 1 }),
        service.client.closeTrade(key),
        service.client.pauseTrade(key),
        service.client.evaluateTrade(key),
      ].map(failure),
    );
    for (const error of errors) expect(error.report.reason).toBe(ErrorReason.TRADE_NOT_FOUND);
  });

  it('answers a repeated request_id with the first answer, also in parallel, and refuses its reuse', async () => {
    const trade = spec();
    const key = { account: trade.account, ticket: trade.ticket };
    await service.client.registerTrade({ trade });
    const requestId = randomUUID();
    const update = { ...key, requestId, stopLoss: 975 };
    const parallel = await Promise.all(Array.from({ length: 10 }, () => service.client.updateTrade(update)));
    await service.client.updateTrade({ ...key, stopLoss: 980 });
    const repeated = await service.client.updateTrade(update);
    for (const answer of parallel) expect(answer).toEqual(repeated);
    expect(repeated.trade?.stopLoss).toBe(975);
    expect((await service.client.getTrade(key)).trade?.stopLoss).toBe(980);
    const reuse = await failure(service.client.updateTrade({ ...update, stopLoss: 976 }));
    expect(reuse.report.reason).toBe(ErrorReason.REQUEST_ID_REUSED);
    expect(await eventsOf(trade.ticket)).toHaveLength(3);
  });
});

describe('lists', () => {
  it('pages through all trades of an account in the order of registration', async () => {
    const trades = Array.from({ length: 25 }, () => spec({ account: 'paged' }));
    await service.client.batchRegisterTrades({ trades });
    const seen: bigint[] = [];
    let pageToken = '';
    do {
      const page = await service.client.listTrades({ filter: { account: 'paged' }, pageSize: 10, pageToken });
      seen.push(...page.trades.map(({ ticket }) => ticket));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(seen).toEqual(trades.map(({ ticket }) => ticket));
  });

  it('refuses a page token of another query', async () => {
    const { nextPageToken } = await service.client.listTrades({ pageSize: 1 });
    const errors = await Promise.all(
      [
        service.client.listTrades({ filter: { account: 'other' }, pageToken: nextPageToken }),
        service.client.listTradeEvents({ pageToken: nextPageToken }),
        service.client.listTrades({ pageToken: 'nonsense' }),
      ].map(failure),
    );
    for (const error of errors) expect(error.report.reason).toBe(ErrorReason.INVALID_PAGE_TOKEN);
  });
});

describe('restart', () => {
  it('restores every trade with state, score, timers, warnings and counters, and goes on the same', async () => {
    const feed = 'restart-feed';
    const trades = Array.from({ length: 40 }, (_, index) =>
      spec({
        feed,
        account: 'restart',
        direction: index % 2 === 0 ? Direction.BUY : Direction.SELL,
        stopLoss: index % 2 === 0 ? 900 : 1100,
      }),
    );
    const bars = walk('BTCUSDc', 'M15', START, 320, 7);
    await service.client.pushMarketData({ feed, items: bars.slice(0, 210) });
    await service.client.batchRegisterTrades({ trades });
    await service.client.pushMarketData({ feed, items: bars.slice(210, 300) });

    const all = async () => {
      const { trades: listed } = await service.client.listTrades({
        filter: { account: 'restart', states: [1, 2, 3, 4, 5, 6] },
        pageSize: 1000,
      });
      const { view } = await service.client.getMarketView({ feed, symbol: 'BTCUSD' });
      // The feed's clock goes on by itself.
      return { listed, view: { ...view, feedTime: undefined } };
    };
    const before = await all();
    expect(new Set(before.listed.map(({ state }) => state)).size).toBeGreaterThan(1);
    expect(before.listed.some(({ evaluations }) => evaluations > 0n)).toBe(true);
    service = await service.restart();
    expect(await all()).toEqual(before);

    const { accepted } = await service.client.pushMarketData({ feed, items: bars.slice(300) });
    expect(accepted).toBe(20);
    const { view } = await service.client.getMarketView({ feed, symbol: 'BTCUSD' });
    expect(view?.lastCoarseBar?.openTime).toEqual(new Date(START.getTime() + 319 * BAR_MS));
  });
});
