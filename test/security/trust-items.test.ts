// One odd item in a batch, tried wherever the protos judge lists item by item: it alone is refused, with its field,
// and the others are taken. Before, an ask of 0 refused 4,999 good items with it, and one odd position stopped
// the reconciliation of its account.

import { randomUUID } from 'node:crypto';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Instrument,
  MarketDataFault,
  MarketDataItem,
  MarketDataServiceClient,
  type StreamMarketDataResponse,
} from '../../gen/ts/dtms/v1/market_data_service.js';
import { BatchRegisterTradesResponse } from '../../gen/ts/dtms/v1/trade_service.js';
import { TradeSpec } from '../../gen/ts/dtms/v1/types.js';
import { Direction, type DtmsClient, Timeframe } from '../../src/client/index.js';
import { accountCalls, at } from '../support/account-calls.js';
import { startService, type TestService } from '../support/app.js';
import { CONTRACT } from '../support/grpc.js';
import { framed } from '../support/raw-reader.js';
import { METHODS } from '../support/rest.js';
import { WireClient } from '../support/security/wire-client.js';

let service: TestService;
let client: DtmsClient;
beforeAll(async () => {
  service = await startService();
  client = service.client;
});
afterAll(() => service?.end());

const { account, beat, position, failure, tradeOf } = accountCalls(() => service);

const TIME = Date.UTC(2026, 10, 27, 10);
const quote = (second: number, change: object = {}) =>
  MarketDataItem.fromPartial({
    data: {
      $case: 'quote',
      value: { symbol: 'GBPUSD', time: new Date(TIME + second * 1000), bid: 1.25, ask: 1.2502, ...change },
    },
  });
const bar = (change: object) =>
  MarketDataItem.fromPartial({
    data: {
      $case: 'bar',
      value: {
        ...{ symbol: 'GBPUSD', timeframe: Timeframe.M5, openTime: new Date(TIME - 600_000) },
        ...{ open: 1.25, high: 1.26, low: 1.24, close: 1.25, volume: 1, ...change },
      },
    },
  });

/** Items that break a rule of their own fields, and the field that is told. */
const ODD: readonly (readonly [string, MarketDataItem, string])[] = [
  ['an ask of 0', quote(1, { ask: 0 }), 'quote.ask'],
  ['a bid that is no number', quote(1, { bid: Number.NaN }), 'quote.bid'],
  ['an endless ask', quote(1, { ask: Number.POSITIVE_INFINITY }), 'quote.ask'],
  ['a negative bid', quote(1, { bid: -1.25 }), 'quote.bid'],
  ['a quote without a time', quote(1, { time: undefined }), 'quote.time'],
  ['a symbol with a line feed', quote(1, { symbol: 'GBP\nUSD' }), 'quote.symbol'],
  ['a crossed quote', quote(1, { ask: 1.2 }), 'quote.ask'],
  ['a timeframe nobody knows', bar({ timeframe: 99 }), 'bar.timeframe'],
  ['no timeframe', bar({ timeframe: 0 }), 'bar.timeframe'],
  ['a volume below 0', bar({ volume: -1 }), 'bar.volume'],
  ['a high of 1e308', bar({ high: 1e308 }), 'bar.high'],
  ['nothing at all', MarketDataItem.fromPartial({}), 'data'],
];

const instrument = (name: string, symbol: string, change: Partial<Instrument> = {}) => ({
  ...{ account: name, symbol, digits: 5, tickSize: 0.00001, volumeMin: 0.01, volumeStep: 0.01 },
  ...{ volumeMax: 100, stopsLevel: 0, freezeLevel: 0, contractSize: 100_000, ...change },
});
const news = (eventId: string, change: object = {}) => ({
  ...{ eventId, currency: 'USD', time: new Date(), impact: 3, title: 'CPI', ...change },
});
const spec = (name: string, ticket: bigint, change: object = {}) => ({
  ...{ account: name, ticket, symbol: 'BTCUSD', direction: Direction.BUY, entryPrice: 100, volume: 1 },
  ...{ stopLoss: 90, openedAt: at(-3600), ...change },
});

describe('market data', () => {
  it.each(ODD)('%s among good items is refused alone', async (name, item, field) => {
    const feed = name.replaceAll(' ', '-');
    const pushed = await client.pushMarketData({ feed, items: [quote(0), item, quote(2, { bid: 1.2501 })] });
    expect(pushed).toMatchObject({ accepted: 2, duplicates: 0 });
    expect(pushed.rejected).toEqual([
      { index: 1, field, description: expect.any(String), fault: MarketDataFault.INVALID },
    ]);
    const { view } = await client.getMarketView({ feed, symbol: 'GBPUSD' });
    expect(view?.quote).toMatchObject({ bid: 1.2501, time: new Date(TIME + 2000) });
    const metrics = await (await fetch(`http://${service.http}/metrics`)).text();
    expect(metrics).toContain(`dtms_market_items_refused_total{feed="${feed}",fault="invalid"} 1`);
  });

  it('of which nothing can be used is refused as a whole', async () => {
    const items = [quote(0, { ask: 0 }), quote(1, { bid: 0 })];
    const refused = await failure(client.pushMarketData({ feed: 'nothing', items }));
    expect(refused.report?.violations.map(({ field }) => field)).toEqual([
      'items[0].quote.ask',
      'items[1].quote.bid',
    ]);
  });

  it('that was no item when it was JSON is refused alone', async () => {
    const good = (second: number) => ({
      quote: { symbol: 'GBPUSD', time: new Date(TIME + second * 1000).toISOString(), bid: 1.25, ask: 1.26 },
    });
    const text = { ...good(1).quote, bid: '1,25' };
    const items = [
      ...[good(0), { quote: text }, { quote: { ...good(1).quote, colour: 'red' } }, { tick: {} }, 5, null],
      ...[{ ...bar({}), bar: { timeframe: 'H1' } }, { quote: { ...good(1).quote, time: 'noon' } }],
      ...[{ ...good(1), bar: {} }, { quote: { ...good(1).quote, ask: 'NaN' } }, good(3)],
    ];
    const answer = await fetch(`http://${service.http}/v1/dtms/marketdata`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ feed: 'json', items }),
    });
    const body: { rejected: { index: number; field: string }[] } = JSON.parse(await answer.text());
    expect(body).toMatchObject({ accepted: 2 });
    expect(body.rejected.map(({ index, field }) => [index, field])).toEqual([
      ...[
        [1, 'quote.bid'],
        [2, 'quote.colour'],
        [3, 'tick'],
        [4, ''],
        [5, ''],
      ],
      ...[
        [6, 'data'],
        [7, 'quote.time'],
        [8, ''],
        [9, 'quote.ask'],
      ],
    ]);
  });

  it('of a stream that cannot be used is told, and the stream goes on', async () => {
    const raw = new MarketDataServiceClient(service.address, credentials.createInsecure());
    const stream = raw.streamMarketData();
    const answers = stream[Symbol.asyncIterator]() as AsyncIterator<StreamMarketDataResponse>;
    const next = async () => (await answers.next()).value as StreamMarketDataResponse;
    expect((await next()).result).toBeUndefined();
    stream.write({ sequence: 1n, feed: 'streamed', items: [quote(0, { ask: 0 })] });
    const refused = await next();
    expect(refused.result).toMatchObject({ accepted: 0, rejected: [{ index: 0, field: 'quote.ask' }] });
    stream.write({ sequence: 2n, feed: 'streamed', items: [quote(1)] });
    expect(await next()).toMatchObject({ sequence: 2n, result: { accepted: 1, rejected: [] } });
    stream.end();
    raw.close();
  });
});

describe('what planning refers to', () => {
  it('odd terms among good ones are refused alone, those that contradict themselves too', async () => {
    const name = account();
    const answer = await client.upsertInstruments({
      instruments: [
        instrument(name, 'EURUSD'),
        instrument(name, 'GBPUSD', { tickSize: Number.NaN }),
        instrument(name, 'USDJPY', { volumeMin: 200 }),
        instrument(name, 'USDCHF'),
      ],
    });
    expect(answer.changed).toBe(2);
    expect(answer.rejected.map(({ index, field, fault }) => [index, field, fault])).toEqual([
      [1, 'tick_size', MarketDataFault.INVALID],
      [2, 'volume_min', MarketDataFault.INVALID],
    ]);
    const alone = { instruments: [instrument(name, 'USDJPY', { volumeMin: 200 })] };
    const refused = await failure(client.upsertInstruments(alone));
    expect(refused.report?.violations[0]?.field).toBe('instruments[0].volume_min');
  });

  it('odd news among good ones are refused alone', async () => {
    const answer = await client.upsertNewsEvents({
      events: [news('one'), news('two', { currency: 'dollars' }), news('three', { impact: 9 }), news('four')],
    });
    expect(answer.changed).toBe(2);
    expect(answer.rejected.map(({ index, field }) => [index, field])).toEqual([
      [1, 'currency'],
      [2, 'impact'],
    ]);
  });
});

describe('trades', () => {
  it('that are odd among good ones are refused alone, with the account and ticket they name', async () => {
    const name = account();
    const { results } = await client.batchRegisterTrades({
      trades: [
        spec(name, 1n),
        spec(name, 2n, { volume: -1 }),
        spec(name, 3n, { direction: 7 }),
        spec(name, 4n),
      ],
    });
    expect(results.map(({ account: of, ticket, error }) => [of, ticket, error?.fields ?? null])).toEqual([
      [name, 1n, null],
      [name, 2n, ['trade.volume']],
      [name, 3n, ['trade.direction']],
      [name, 4n, null],
    ]);
    expect(await tradeOf(name, 4n)).toBeDefined();
    expect((await failure(tradeOf(name, 2n))).message).toContain('has no trade');
  });
});

it('a date beyond every calendar refuses its trade alone, and a repeat is answered as before', async () => {
  const name = account();
  const far = Buffer.from('4a0b0880808080808080808001', 'hex');
  const [good, odd] = [spec(name, 1n), spec(name, 2n)].map((one) =>
    TradeSpec.encode(TradeSpec.fromPartial(one)).finish(),
  );
  if (good === undefined || odd === undefined) throw new Error('two trades');
  const field = (number: number, bytes: Uint8Array) =>
    Buffer.concat([Buffer.of((number << 3) | 2, bytes.length), bytes]);
  const id = Buffer.from(randomUUID());
  const bytes = Buffer.concat([field(1, good), field(1, Buffer.concat([odd, far])), field(2, id)]);
  const wire = new WireClient(service.address);
  const path = '/dtms.v1.TradeService/BatchRegisterTrades';
  const call = async () => {
    const answer = await wire.call(path, framed(bytes));
    expect(answer.code).toBe(0);
    return BatchRegisterTradesResponse.decode(answer.body.subarray(5));
  };
  const first = await call();
  expect(first.results.map(({ error }) => error?.fields ?? null)).toEqual([null, ['trade.opened_at']]);
  expect(await call()).toEqual(first);
  wire.close();
});

describe('a snapshot', () => {
  const reconcile = (name: string, positions: readonly object[], more: object = {}) =>
    client.reconcilePositions({
      ...{ account: name, bridgeId: 'mt5-1', takenAt: at(1), complete: true, dealsSince: at(-7200) },
      ...{ positions: [...positions], ...more },
    });
  const ODD_TEXTS = [
    'x\ty',
    'line\nfeed',
    '\u001b[31mred',
    '\u202Eabc',
    'a\u0000b',
    '\u009b',
    '“'.repeat(200),
  ];

  it.each([-5n, -(2n ** 63n), 2n ** 63n - 1n])(
    'takes a position with the magic number %s',
    async (magicNumber) => {
      const name = account();
      await beat(name);
      const answer = await reconcile(name, [position(1n), position(4n, { magicNumber })]);
      expect(answer).toMatchObject({ registered: [1n, 4n], rejected: [] });
    },
  );

  it.each(ODD_TEXTS)('takes a position and a deal with the comment %j', async (comment) => {
    const name = account();
    await beat(name);
    const deal = {
      ...{
        deal: 9n,
        positionIdentifier: 1n,
        symbol: 'BTCUSD',
        entry: 1,
        direction: 1,
        volume: 1,
        price: 100,
      },
      ...{ time: at(-100), comment, magicNumber: -5n },
    };
    const answer = await reconcile(name, [position(1n), position(4n, { comment })], { deals: [deal] });
    expect(answer).toMatchObject({ registered: [1n, 4n], rejected: [] });
  });

  it('with a position that makes no sense takes the others, and concludes nothing from what is absent', async () => {
    const name = account();
    await beat(name);
    await reconcile(name, [position(1n), position(2n), position(3n)]);
    const odd = position(2n, { volume: Number.NaN });
    for (let again = 0; again < 3; again += 1) {
      const answer = await reconcile(name, [position(1n, { volume: 0.5 }), odd]);
      expect(answer.rejected.map(({ field }) => field)).toEqual(['positions[1].volume']);
      // Neither the one that is not told nor the one that is odd is taken for gone.
      expect(answer).toMatchObject({ closed: [], probe: [] });
    }
    expect((await tradeOf(name, 1n))?.volume).toBe(0.5);
  });

  it('with a deal that makes no sense tells which', async () => {
    const name = account();
    await beat(name);
    const answer = await reconcile(name, [position(1n)], {
      deals: [{ deal: 1n, symbol: 'BTCUSD', entry: 9 }],
    });
    expect(answer.rejected[0]?.field).toBe('deals[0].entry');
    expect(answer.registered).toEqual([1n]);
  });
});

it('no list is judged item by item that is not tried here', () => {
  const judged = METHODS.flatMap(({ input }) =>
    input.fields
      .filter((field) => CONTRACT.rules.of(field).itemByItem)
      .map(({ name }) => `${input.name}.${name}`),
  );
  expect(judged.sort()).toEqual([
    'BatchRegisterTradesRequest.trades',
    'PushMarketDataRequest.items',
    'ReconcilePositionsRequest.deals',
    'ReconcilePositionsRequest.positions',
    'StreamMarketDataRequest.items',
    'UpsertInstrumentsRequest.instruments',
    'UpsertNewsEventsRequest.events',
  ]);
});
