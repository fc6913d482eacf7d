// Whose prices decide: feeds belong to somebody, over real sockets, keys and a real Postgres. Numbers T1.. are those of the attacks
// that were tried on the service before feeds had owners.
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../gen/ts/dtms/v1/access.js';
import { AccountKind, MarginMode } from '../../gen/ts/dtms/v1/account_service.js';
import { FeedKind, MarketDataFault, NewsImpact } from '../../gen/ts/dtms/v1/market_data_service.js';
import { DtmsClient, ErrorReason, Timeframe } from '../../src/client/index.js';
import { accountCalls } from '../support/account-calls.js';
import { startService, type TestService } from '../support/app.js';
import { DatabaseKeys } from '../support/keys.js';
import { walk } from '../support/market-data.js';

const FROM = new Date(Date.UTC(2025, 5, 2));
const NAMED = [Scope.READ, Scope.REGISTER, Scope.MARKET, Scope.BRIDGE] as const;

let service: TestService;
let keys: DatabaseKeys;
const clients: DtmsClient[] = [];
beforeAll(async () => {
  service = await startService({
    access: { mode: 'open' },
    limits: { mode: 'off' },
    rules: {
      feeds: {
        maximumPerKey: 12,
        maximumMarketsPerFeed: 10,
        maximumNews: 50,
        maximumInstrumentsPerAccount: 20,
      },
    },
  });
  keys = new DatabaseKeys(service.databaseUrl);
});
afterAll(async () => {
  for (const client of clients) client.close();
  await keys.close();
  await service.end();
});

const { account, beat, register, failure } = accountCalls(() => service);

/** A client with a key that is limited to these accounts and feeds; none means all. */
async function clientOf(accounts: readonly string[], feeds: readonly string[] = []): Promise<DtmsClient> {
  const name = `key-${clients.length}`;
  const { text } = await keys.make([...NAMED], accounts, name, null, feeds);
  const client = new DtmsClient({ address: service.address, apiKey: text });
  clients.push(client);
  return client;
}

const bars = (symbol = 'BTCUSD', count = 3, seed = 1) => walk(symbol, 'M15', FROM, count, seed);
const reasonOf = async (call: Promise<unknown>) => (await failure(call)).report.reason;
const list = async (client: DtmsClient) => (await client.listFeeds({})).feeds.map(({ name }) => name);

describe('T1: a key that is limited to accounts', () => {
  it('cannot write the feed that others trade on', async () => {
    // Before, its crash closed 10 healthy trades of another account.
    const [mine, theirs] = [account(), account()];
    await service.client.pushMarketData({ items: bars('XAUUSD') });
    await register(theirs, 1n, { symbol: 'XAUUSD' });
    const client = await clientOf([mine]);
    expect(await reasonOf(client.pushMarketData({ items: bars('XAUUSD', 60, 2) }))).toBe(
      ErrorReason.FEED_DENIED,
    );
    expect((await service.client.getMarketView({ symbol: 'XAUUSD' })).view?.coarseBars).toBe(3n);
  });

  it('cannot write a feed first that trades of others already follow', async () => {
    const [mine, theirs] = [account(), account()];
    const feed = `awaited-${theirs}`;
    await register(theirs, 1n, { feed });
    const client = await clientOf([mine]);
    expect(await reasonOf(client.pushMarketData({ feed, items: bars() }))).toBe(ErrorReason.FEED_DENIED);
    const { feeds } = await service.client.listFeeds({ pageSize: 1000 });
    expect(feeds.find(({ name }) => name === feed)).toMatchObject({ accounts: [], madeBy: '', markets: 0n });
  });

  it('makes feeds that are its accounts’ alone, which nobody else follows, writes or sees', async () => {
    const [mine, theirs] = [account(), account()];
    const feed = `of-${mine}`;
    const [owner, other] = [await clientOf([mine]), await clientOf([theirs])];
    await owner.pushMarketData({ feed, items: bars() });
    await register(mine, 1n, { feed });
    const refused = await failure(register(theirs, 1n, { feed }));
    expect(refused.report.reason).toBe(ErrorReason.FEED_NOT_FOLLOWED);
    expect(refused.code).toBe(status.FAILED_PRECONDITION);
    expect(await reasonOf(other.pushMarketData({ feed, items: bars() }))).toBe(ErrorReason.FEED_DENIED);
    expect(await reasonOf(other.resetFeed({ feed }))).toBe(ErrorReason.FEED_DENIED);
    expect([await list(owner), await list(other)].map((feeds) => feeds.includes(feed))).toEqual([
      true,
      false,
    ]);
    await owner.pushMarketData({ feed, items: bars('BTCUSD', 5) });
  });

  it('is refused in a batch of registrations by item', async () => {
    const [mine, theirs] = [account(), account()];
    const feed = `batch-${mine}`;
    await (await clientOf([mine])).pushMarketData({ feed, items: bars() });
    const trade = {
      ticket: 1n,
      symbol: 'BTCUSD',
      direction: 1,
      entryPrice: 100,
      volume: 1,
      stopLoss: 90,
      feed,
    };
    const { results } = await service.client.batchRegisterTrades({
      trades: [
        { ...trade, account: mine },
        { ...trade, account: theirs },
      ],
    });
    expect(results.map(({ error }) => error?.reason)).toEqual([undefined, ErrorReason.FEED_NOT_FOLLOWED]);
  });
});

describe('a key', () => {
  it('writes only the feeds it names', async () => {
    const client = await clientOf([], ['lse.*', 'exact']);
    await client.pushMarketData({ feed: 'lse.m1', items: bars() });
    await client.pushMarketData({ feed: 'exact', items: bars() });
    for (const feed of ['default', 'exact2', 'ls'])
      expect(await reasonOf(client.pushMarketData({ feed, items: bars() }))).toBe(ErrorReason.FEED_DENIED);
  });

  it('makes only so many feeds', async () => {
    const mine = account();
    const client = await clientOf([mine]);
    const push = (number: number) => client.pushMarketData({ feed: `${mine}-${number}`, items: bars() });
    for (let number = 1; number <= 12; number += 1) await push(number);
    const refused = await failure(push(13));
    expect(refused.code).toBe(status.RESOURCE_EXHAUSTED);
    expect(refused.report.reason).toBe(ErrorReason.LIMIT_REACHED);
    await push(5);
  });
});

describe('a market key without admin', () => {
  it('makes a feed, and says again what is so, but changes none', async () => {
    const client = await clientOf([]);
    const feed = `made-${account()}`;
    const kind = FeedKind.RECORDED;
    await client.upsertFeed({ feed, kind });
    await client.upsertFeed({ feed, kind });
    const denied = ErrorReason.FEED_DENIED;
    expect(await reasonOf(client.upsertFeed({ feed, kind: FeedKind.LIVE }))).toBe(denied);
    expect(await reasonOf(client.upsertFeed({ feed, kind, accounts: ['other'] }))).toBe(denied);
    expect(await reasonOf(client.upsertFeed({ feed, kind, confirmedBy: 'default' }))).toBe(denied);
    await service.client.upsertFeed({ feed, kind: FeedKind.LIVE });
  });

  it('turns nobody’s trades over to a recording', async () => {
    const client = await clientOf([]);
    const [name, feed] = [account(), `waited-${account()}`];
    await register(name, 1n, { feed });
    const refused = reasonOf(client.upsertFeed({ feed, kind: FeedKind.RECORDED }));
    expect(await refused).toBe(ErrorReason.FEED_DENIED);
    await client.upsertFeed({ feed, kind: FeedKind.LIVE });
  });

  // Before: heartbeats of the accounts that were meant for them were refused until an administrator came.
  it('makes no recording of a feed that an account names and does not use yet', async () => {
    const client = await clientOf([]);
    const [name, feed] = [account(), `meant-${account()}`];
    const marginMode = MarginMode.HEDGING;
    await service.client.upsertAccount({ account: name, marginMode, feeds: ['other', feed] });
    const kind = FeedKind.RECORDED;
    expect(await reasonOf(client.upsertFeed({ feed, kind }))).toBe(ErrorReason.FEED_DENIED);
    await client.upsertFeed({ feed, kind: FeedKind.LIVE });
  });

  it('makes no recording of the feed of all that name none', async () => {
    const fresh = await startService();
    try {
      const makers = new DatabaseKeys(fresh.databaseUrl);
      const { text } = await makers.make([...NAMED], [], 'maker');
      await makers.close();
      const client = new DtmsClient({ address: fresh.address, apiKey: text });
      clients.push(client);
      const kind = FeedKind.RECORDED;
      expect(await reasonOf(client.upsertFeed({ feed: 'default', kind }))).toBe(ErrorReason.FEED_DENIED);
      await client.upsertFeed({ feed: 'default', kind: FeedKind.LIVE });
    } finally {
      await fresh.end();
    }
  });
});

describe('news and contract terms', () => {
  const event = (n: number) => ({
    eventId: `n${n}`,
    currency: 'USD',
    time: FROM,
    impact: NewsImpact.HIGH,
    title: 'CPI',
  });
  const terms = (name: string, symbol: string, more: object = {}) => ({
    ...{
      account: name,
      symbol,
      digits: 2,
      tickSize: 0.01,
      volumeMin: 0.01,
      volumeStep: 0.01,
      volumeMax: 100,
    },
    ...{ contractSize: 100, ...more },
  });

  it('T5: news are only so many, and can be forgotten', async () => {
    // Before, 24,000 of them made a restart fail eight times in a row.
    const { client } = service;
    const events = Array.from({ length: 50 }, (_, n) => event(n));
    expect((await client.upsertNewsEvents({ events })).changed).toBe(50);
    const refused = await failure(client.upsertNewsEvents({ events: [event(0), event(50)] }));
    expect(refused.code).toBe(status.RESOURCE_EXHAUSTED);
    expect((await client.upsertNewsEvents({ events: [event(0)] })).changed).toBe(0);
    expect((await client.deleteNewsEvents({ eventIds: ['n3', 'n4', 'none'] })).deleted).toBe(2);
    expect((await client.upsertNewsEvents({ events: [event(50), event(51)] })).changed).toBe(2);
    expect((await client.deleteNewsEvents({ endTime: new Date(FROM.getTime() + 1) })).deleted).toBe(50);
  });

  it('news concern every account, so a key that is limited to some tells none', async () => {
    const client = await clientOf([account()]);
    const denied = ErrorReason.PERMISSION_DENIED;
    expect(await reasonOf(client.upsertNewsEvents({ events: [event(1)] }))).toBe(denied);
    expect(await reasonOf(client.deleteNewsEvents({ endTime: FROM }))).toBe(denied);
  });

  it.each([
    ['volume_min', { volumeMin: 1e9 }],
    ['volume_min', { volumeMin: 101 }],
    ['volume_step', { volumeStep: 101 }],
    ['stops_level', { stopsLevel: 10_001 }],
    ['freeze_level', { freezeLevel: 1e14 }],
  ])('T18: terms that take a trade’s defence away are refused: %s %o', async (field, more) => {
    // Before, a volumeMin of 1e9 removed hedges and partial closes without a trace.
    const name = account();
    await register(name, 1n, { symbol: 'XAUUSD', volume: 1 });
    const refused = await failure(
      service.client.upsertInstruments({ instruments: [terms(name, 'XAUUSD', more)] }),
    );
    expect(refused.report.reason).toBe(ErrorReason.INVALID_FIELD);
    expect(refused.message).toContain(field);
  });

  it('T18: a change of terms is on record', async () => {
    const name = account();
    await service.client.upsertInstruments({ instruments: [terms(name, 'XAUUSD', { volumeMin: 0.1 })] });
    expect(
      (await service.client.deleteInstruments({ account: name, symbols: ['XAUUSD', 'none'] })).deleted,
    ).toBe(1);
    const { events } = await service.client.listAuditEvents({ pageSize: 1000 });
    const told = events.map(({ method, detail }) => `${method} ${JSON.stringify(detail)}`);
    expect(told.filter((text) => /Instruments.*XAUUSD/.test(text) && text.includes(name)).length).toBe(1);
    expect(told.some((text) => /DeleteInstruments.*XAUUSD/.test(text))).toBe(true);
  });

  it('contract terms of an account are only so many', async () => {
    const name = account();
    const tell = (from: number, count: number) =>
      service.client.upsertInstruments({
        instruments: Array.from({ length: count }, (_, n) => terms(name, `S${from + n}`)),
      });
    await tell(0, 20);
    expect(await reasonOf(tell(15, 10))).toBe(ErrorReason.LIMIT_REACHED);
    await tell(10, 10);
  });

  it('that are forgotten stay so over a restart', async () => {
    const name = account();
    await service.client.upsertInstruments({ instruments: [terms(name, 'A'), terms(name, 'B')] });
    await service.client.deleteInstruments({ account: name, symbols: ['A'] });
    service = await service.restart();
    const { changed } = await service.client.upsertInstruments({
      instruments: [terms(name, 'A'), terms(name, 'B')],
    });
    expect(changed).toBe(1);
  });
});

describe('T6: a feed', () => {
  it('has only so many symbols', async () => {
    // Before, 100,000 symbols through one stream ended the server at every start.
    const items = Array.from({ length: 40 }, (_, index) => bars(`S${index}`, 1)).flat();
    const { accepted, rejected } = await service.client.pushMarketData({ feed: 'many', items });
    expect([accepted, rejected.length]).toEqual([10, 30]);
    expect(rejected[0]).toMatchObject({ index: 10, field: 'bar.symbol' });
    expect(await reasonOf(service.client.pushMarketData({ feed: 'many', items: bars('S99') }))).toBe(
      ErrorReason.LIMIT_REACHED,
    );
    await service.client.resetFeed({ feed: 'many', symbol: 'S3' });
    expect((await service.client.pushMarketData({ feed: 'many', items: bars('S99') })).accepted).toBe(3);
  });
});

describe('T22: a symbol', () => {
  it('goes by another spelling once an operator, on record, has its feed begin anew', async () => {
    // Before, one item in the instrument's own spelling took the data away, and refused the feed's from then on.
    const push = (symbol: string, count: number) =>
      service.client.pushMarketData({ feed: 'spelt', items: bars(symbol, count) });
    await push('BTCUSD.zz', 3);
    const refused = await push('BTCUSD', 4);
    expect([refused.accepted, refused.rejected.length]).toEqual([0, 4]);
    expect(refused.rejected[0]).toMatchObject({ field: 'bar.symbol', fault: MarketDataFault.UNUSABLE });
    const viewOf = async () => (await service.client.getMarketView({ feed: 'spelt', symbol: 'BTCUSD' })).view;
    expect(await viewOf()).toMatchObject({ symbol: 'BTCUSD.zz', coarseBars: 3n });
    expect((await push('BTCUSD.zz', 6)).accepted).toBe(3);
    await service.client.resetFeed({ feed: 'spelt', symbol: 'BTCUSD' });
    expect((await push('BTCUSD', 4)).accepted).toBe(4);
    expect(await viewOf()).toMatchObject({ symbol: 'BTCUSD', coarseBars: 4n });
    const { events } = await service.client.listAuditEvents({});
    expect(events.filter(({ detail }) => detail?.feed === 'spelt')).toMatchObject([
      { method: '/dtms.v1.MarketDataService/ResetFeed', detail: { symbol: 'BTCUSD', markets: 1 } },
    ]);
  });

  it('keeps the spelling that trades use', async () => {
    await register(account(), 1n, { symbol: 'XAUUSDm', feed: 'used' });
    await service.client.pushMarketData({ feed: 'used', items: bars('XAUUSDm') });
    const { rejected } = await service.client.pushMarketData({ feed: 'used', items: bars('XAUUSD') });
    expect(rejected).toHaveLength(3);
  });
});

describe('a feed', () => {
  it('is reset and ended, which lasts over a restart', async () => {
    const { client } = service;
    await client.pushMarketData({ feed: 'old', items: [...bars('BTCUSD', 30), ...bars('XAUUSD', 30)] });
    expect((await client.resetFeed({ feed: 'old', symbol: 'XAUUSDm' })).markets).toBe(1);
    await client.pushMarketData({ feed: 'old', items: bars('XAUUSD', 2, 9) });
    await client.pushMarketData({ feed: 'gone', items: bars() });
    await client.deleteFeed({ feed: 'gone' });
    service = await service.restart();
    const bar = async (symbol: string) =>
      (await service.client.listBars({ feed: 'old', symbol, timeframe: Timeframe.M15 })).bars.length;
    expect([await bar('BTCUSD'), await bar('XAUUSD')]).toEqual([30, 2]);
    expect(await list(service.client)).toEqual(expect.arrayContaining(['old']));
    expect(await list(service.client)).not.toContain('gone');
    expect(await reasonOf(service.client.deleteFeed({ feed: 'gone' }))).toBe(ErrorReason.FEED_NOT_FOUND);
  });

  it('that trades follow is not ended, nor taken from them', async () => {
    const name = account();
    const feed = `followed-${name}`;
    await service.client.pushMarketData({ feed, items: bars() });
    await register(name, 1n, { feed });
    const inUse = ErrorReason.FEED_IN_USE;
    expect(await reasonOf(service.client.deleteFeed({ feed }))).toBe(inUse);
    const kind = FeedKind.LIVE;
    expect(await reasonOf(service.client.upsertFeed({ feed, kind, accounts: ['other'] }))).toBe(inUse);
    const { feed: after } = await service.client.upsertFeed({ feed, kind, accounts: [name] });
    expect(after).toMatchObject({ name: feed, accounts: [name], markets: 1n, activeTrades: 1n });
  });

  it('that is recorded does not carry an account a live bridge reports', async () => {
    const [real, paper] = [account(), account()];
    const feed = `recorded-${real}`;
    await service.client.upsertFeed({ feed, kind: FeedKind.RECORDED });
    await beat(real);
    await beat(paper, { kind: AccountKind.PAPER });
    expect(await reasonOf(register(real, 1n, { feed }))).toBe(ErrorReason.FEED_NOT_FOLLOWED);
    await register(paper, 1n, { feed });
    expect(await reasonOf(beat(paper))).toBe(ErrorReason.FEED_IN_USE);
  });

  it('is the one its account names', async () => {
    const name = account();
    const feeds = [`first-${name}`, `second-${name}`];
    await service.client.upsertAccount({ account: name, marginMode: MarginMode.HEDGING, feeds });
    const feedOf = async (ticket: bigint) =>
      (await service.client.getTrade({ account: name, ticket })).trade?.feed;
    await register(name, 1n);
    await register(name, 2n, { feed: feeds[1] });
    expect([await feedOf(1n), await feedOf(2n)]).toEqual(feeds);
    expect(await reasonOf(register(name, 3n, { feed: 'default' }))).toBe(ErrorReason.FEED_NOT_FOLLOWED);
  });
});
