// Effects of a whole server: a replay through it, whose two paper brokers say what each trade earned with DTMS and without.
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  AloneEnd,
  ApartReason,
  type EffectFigures,
  EffectStatus,
  type TradeEffect,
} from '../../../gen/ts/dtms/v1/effect.js';
import { TIMEFRAME_MS } from '../../../src/domain/market/data.js';
import { withFixedSpread } from '../../../src/replay/costs.js';
import { replay } from '../../../src/replay/driver.js';
import type { TradeOutcome } from '../../../src/replay/results.js';
import { sampleTrades } from '../../../src/replay/sampler.js';
import { ServerTarget } from '../../../src/replay/server-target.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { startService, type TestService } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';

const BARS = 420;
const TRADES = 40;
const outcomes = new Map<bigint, { readonly withDtms: TradeOutcome; readonly without: TradeOutcome }>();
let service: TestService;
let account: string;

beforeAll(async () => {
  service = await startService();
  const market = syntheticMarket({
    ...{ seed: 59, timeframe: 'M15', bars: BARS, from: Date.UTC(2025, 0, 6), price: 64_000, digits: 2 },
  });
  // Without a spread: which one is usual is known of a market to 2% only.
  const data = withFixedSpread(market, 0);
  const rules = { seed: 5, stopAtr: 4, targetAtr: 6, heldBars: BARS };
  const trades = sampleTrades(data, 'BTCUSD', TIMEFRAME_MS.M15, TRADES, rules);
  const target = new ServerTarget(service.client, 'effect');
  account = target.account;
  await replay(target, {
    ...{ symbol: 'BTCUSD', data, trades, skippedRows: 0 },
    observer: {
      onEvent: () => undefined,
      onBar: () => undefined,
      onOutcome: (ticket, withDtms, without) => outcomes.set(ticket, { withDtms, without }),
    },
  });
}, 240_000);
afterAll(() => service.end());

/** Once the server has read the whole log and followed to the last bar. */
function effects(): Promise<readonly TradeEffect[]> {
  return eventually(async () => {
    const closed = await service.client.listTrades({
      filter: { account, states: [6] },
      pageSize: 1000,
    });
    const own = closed.trades.filter(({ ticket }) => outcomes.has(ticket));
    const { effects: found } = await service.client.listTradeEffects({ filter: { account }, pageSize: 1000 });
    expect(found.length).toBeGreaterThanOrEqual(own.length - 2);
    const waiting = found.filter(({ status, seenUntil }) => {
      const behind = (seenUntil?.getTime() ?? 0) < Date.UTC(2025, 0, 6) + (BARS - 1) * TIMEFRAME_MS.M15;
      return status === EffectStatus.FOLLOWED && behind;
    });
    expect(waiting).toEqual([]);
    return found;
  });
}

test('a trade earned what the brokers booked, with DTMS and left alone', async () => {
  const told = (await effects()).filter(({ status }) => status === EffectStatus.TOLD);
  expect(told.filter(({ touched }) => touched).length).toBeGreaterThan(8);
  expect(told.filter(({ aloneEnd }) => aloneEnd !== AloneEnd.TOGETHER).length).toBeGreaterThan(3);
  for (const { ticket, touched, withR, withoutR, differenceR } of told) {
    expect.soft(withR, `with, ${ticket}`).toBeCloseTo(outcomes.get(ticket)?.withDtms.r ?? Number.NaN, 5);
    expect.soft(withoutR, `without, ${ticket}`).toBeCloseTo(outcomes.get(ticket)?.without.r ?? Number.NaN, 5);
    if (!touched) expect(differenceR).toBe(0);
  }
});

test('a trade that is followed is open, left alone', async () => {
  const followed = (await effects()).filter(({ status }) => status === EffectStatus.FOLLOWED);
  const end = Date.UTC(2025, 0, 6) + BARS * TIMEFRAME_MS.M15;
  for (const { ticket, withoutR } of followed) {
    expect(withoutR).toBeUndefined();
    // Of the last quarter of an hour nothing is told yet.
    expect(outcomes.get(ticket)?.without.endedAt).toBeGreaterThanOrEqual(end);
  }
});

const millionths = (r = 0): number => Math.round(r * 1e6);
const sums = (figures: readonly (EffectFigures | undefined)[]) =>
  figures.reduce(
    (sum, each) => ({
      trades: sum.trades + (each?.trades ?? 0),
      withR: sum.withR + millionths(each?.withR),
      withoutR: sum.withoutR + millionths(each?.withoutR),
    }),
    { trades: 0, withR: 0, withoutR: 0 },
  );

test('what all earned is what the accounts, the symbols and the policies earned', async () => {
  const listed = await effects();
  const { total, accounts, symbols, policies } = await service.client.getEffect({});
  expect(total?.trades).toBe(listed.filter(({ status }) => status === EffectStatus.TOLD).length);
  for (const named of [accounts, symbols, policies])
    expect(sums(named.map(({ figures }) => figures))).toEqual(sums([total]));
  expect(policies.map(({ name }) => name)).toEqual(['dtms']);
  // A few days are too few blocks to say anything.
  expect(total).toMatchObject({ tooFew: true, meanDifferenceR: undefined });
});

test('a filter admits what it names, and REST says the same', async () => {
  const { total } = await service.client.getEffect({ filter: { account, symbols: ['EURUSD'] } });
  expect(total?.trades).toBe(0);
  const answer = await fetch(`http://${service.http}/v1/dtms/effect?filter.account=${account}`);
  expect(await answer.json()).toMatchObject({ total: { tooFew: true }, leastTrades: 30 });
});

test('pages go through all of them, each once', async () => {
  const whole = await effects();
  const paged: TradeEffect[] = [];
  let pageToken = '';
  do {
    const page = await service.client.listTradeEffects({ filter: { account }, pageSize: 7, pageToken });
    paged.push(...page.effects);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(paged).toEqual(whole);
});

test('what is lost is made again by another server, and is the same', async () => {
  const before = await effects();
  const database = new pg.Client({ connectionString: service.databaseUrl });
  await database.connect();
  await database.query("DELETE FROM trade_effects; DELETE FROM notice_cursors WHERE reader = 'effects'");
  await database.end();
  service = await service.restart();
  expect(await effects()).toEqual(before);
});

// Before: the market of a recording ended long ago by the database's clock, and nothing of it was waited for.
test('no trade of a recording is set apart because its market is of another year', async () => {
  const found = await effects();
  expect(found.length).toBeGreaterThan(10);
  expect(found.filter(({ apart }) => apart === ApartReason.PRICES_MISSING)).toEqual([]);
});
