// Effects where a market has more fine bars than are read at a time, as one that is played fast or whose server was away has.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AloneEnd, EffectStatus } from '../../../gen/ts/dtms/v1/effect.js';
import { FeedKind } from '../../../gen/ts/dtms/v1/market_data_service.js';
import { CloseReason, Direction, Timeframe } from '../../../gen/ts/dtms/v1/types.js';
import { startService, type TestService } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';

const MINUTE = 60_000;
const FROM = Date.UTC(2025, 0, 6);
const OPENED = FROM + 6 * 24 * 60 * MINUTE;
const ID = { account: 'fine', ticket: 1n };
const HALF = { rule: { $case: 'lossStop', value: { atR: 0.5 } } } as const;
let service: TestService;

beforeAll(async () => {
  service = await startService();
  const { client } = service;
  await client.upsertFeed({ feed: 'fine', kind: FeedKind.RECORDED });
  const watched = { name: 'watched', observe: true, plan: { off: true }, rules: [HALF] };
  const enforced = { name: 'enforced', priority: 1, plan: { off: true } };
  for (const policy of [watched, enforced]) await client.upsertPolicy({ policy, reason: 'a test' });
});
afterAll(() => service.end());

/** Bars of one minute, each from the low of its own to 100. */
async function push(from: number, lows: readonly number[]): Promise<void> {
  for (let at = 0; at < lows.length; at += 5000) {
    const items = lows.slice(at, at + 5000).map((low, index) => ({
      data: {
        $case: 'bar' as const,
        value: {
          ...{ symbol: 'BTCUSD', timeframe: Timeframe.M1, volume: 1 },
          ...{ openTime: new Date(from + (at + index) * MINUTE), open: 100, high: 100.2, low, close: 100 },
        },
      },
    }));
    const { rejected } = await service.client.pushMarketData({ feed: 'fine', items });
    expect(rejected).toEqual([]);
  }
}
const flat = (count: number): readonly number[] => Array.from({ length: count }, () => 99.8);

// Before: of M1 the oldest 5,000 bars of the week before the entry were read, and the quarter of an hour in which the
// real trade ended was not looked into.
test('a policy that observes is followed minute by minute, however many minutes there were before', async () => {
  await push(FROM, flat((OPENED - FROM) / MINUTE));
  const spec = {
    ...ID,
    symbol: 'BTCUSD',
    feed: 'fine',
    direction: Direction.BUY,
    entryPrice: 100,
    volume: 1,
  };
  await service.client.registerTrade({
    trade: { ...spec, stopLoss: 99.2, takeProfit: 101, openedAt: new Date(OPENED) },
  });
  // Half an R is lost in the eleventh minute, and the real trade is closed after the twelfth: within the same bar of M5.
  await push(OPENED, [...flat(10), 99.55, ...flat(1)]);
  await service.client.closeTrade({ ...ID, reason: CloseReason.BROKER_GONE, closePrice: 100 });
  await push(OPENED + 12 * MINUTE, flat(48));
  const effect = await eventually(async () => {
    const { effects } = await service.client.listTradeEffects({ filter: { account: 'fine' } });
    expect(effects[0]?.observed[0]?.status).toBe(EffectStatus.TOLD);
    return effects[0];
  });
  expect(effect).toMatchObject({ withR: 0, withoutR: 0 });
  expect(effect?.observed).toMatchObject([{ policy: { name: 'watched' }, end: AloneEnd.STOP_LOSS, r: -0.5 }]);
});
