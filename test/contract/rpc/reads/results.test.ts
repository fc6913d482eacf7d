// Results in money over real sockets and a real Postgres: of a trade that was closed in parts, of its account, by day; and of
// accounts whose money nobody can reckon.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountKind, DealEntry, MarginMode } from '../../../../gen/ts/dtms/v1/account_service.js';
import { ContractSource, MoneyObstacle, ResultGrouping } from '../../../../gen/ts/dtms/v1/results.js';
import { CloseReason, Direction, ErrorReason, TradeState } from '../../../../src/client/index.js';
import { accountCalls } from '../../../support/account-calls.js';
import { startService, type TestService } from '../../../support/app.js';

let service: TestService;
const { failure } = accountCalls(() => service);

const quote = (symbol: string, bid: number, ask: number) => ({
  data: { $case: 'quote' as const, value: { symbol, time: new Date(), bid, ask } },
});

async function opened(account: string, ticket: bigint, symbol: string, entryPrice: number, stop?: number) {
  const trade = { account, ticket, symbol, direction: Direction.BUY, entryPrice, volume: 1, stopLoss: stop };
  await service.client.registerTrade({ trade });
}

/** Of a part whose amount is not known. */
const NONE = { booked: false };

const resultOf = async (account: string, ticket: bigint, states: TradeState[] = []) => {
  const filter = { account, tickets: [ticket], states };
  const { results } = await service.client.listTradeResults({ filter });
  return results[0];
};

beforeAll(async () => {
  service = await startService();
  const { client } = service;
  for (const currency of ['USD', 'EUR', '']) {
    await client.upsertAccount({ account: `in-${currency}`, marginMode: MarginMode.HEDGING, currency });
  }
  await client.pushMarketData({ items: [quote('XAUUSD', 2410, 2410.5), quote('EURUSD', 1.08, 1.0802)] });
  await opened('in-USD', 1n, 'XAUUSD', 2400, 2390);
});
afterAll(() => service.end());

describe('a trade', () => {
  it('shows what is open and what its stop would cost, by the contract that is usual', async () => {
    expect(await resultOf('in-USD', 1n)).toMatchObject({
      currency: 'USD',
      contractSource: ContractSource.KNOWN,
      contractSize: 100,
      profitCurrency: 'USD',
      open: { r: 1, amount: '1000.00', obstacle: MoneyObstacle.UNSPECIFIED },
      realised: { r: 0, amount: '0.00' },
      risk: { r: 1, amount: '1000.00' },
      // A BUY ends at the bid, not at the ask of 2410.5.
      exitPrice: 2410,
    });
  });

  it('is converted by a fed rate, whose age it tells', async () => {
    await opened('in-EUR', 2n, 'XAUUSD', 2400, 2390);
    const result = await resultOf('in-EUR', 2n);
    // A gain in dollars buys euros at the ask; a loss is paid for at the bid.
    expect(result).toMatchObject({
      rate: '1/EURUSD',
      open: { amount: '925.75' },
      risk: { amount: '925.93' },
    });
    expect(result?.ratedAt).toBeInstanceOf(Date);
  });

  it('whose close was told has its result recorded once, whatever prices do', async () => {
    await opened('in-USD', 3n, 'XAUUSD', 2400);
    const close = { account: 'in-USD', ticket: 3n, reason: CloseReason.TAKE_PROFIT, closePrice: 2405.55 };
    await service.client.closeTrade(close);
    await service.client.closeTrade(close);
    await service.client.pushMarketData({ items: [quote('XAUUSD', 2411, 2411.5)] });
    const result = await resultOf('in-USD', 3n, [TradeState.CLOSED]);
    expect(result).toMatchObject({ realised: { amount: '555.00' }, open: undefined, risk: undefined });
    expect(result?.exitPrice, 'of what is not open').toBeUndefined();
  });

  it('says why there is no amount, and shows none', async () => {
    await opened('in-', 4n, 'XAUUSD', 2400, 2390);
    await opened('in-USD', 5n, 'JP225', 39_000);
    await opened('in-USD', 6n, 'GBPJPY', 190);
    await opened('in-USD', 7n, 'XAUUSD', 2400);
    await service.client.pushMarketData({
      items: [quote('GBPJPY', 191, 191.02), quote('JP225', 39_100, 39_110)],
    });
    const open = async (account: string, ticket: bigint) => (await resultOf(account, ticket))?.open;
    expect(await open('in-', 4n)).toEqual({ ...NONE, r: 1.1, obstacle: MoneyObstacle.ACCOUNT_CURRENCY });
    expect(await open('in-USD', 5n)).toEqual({ ...NONE, obstacle: MoneyObstacle.CONTRACT });
    expect(await open('in-USD', 6n)).toEqual({ ...NONE, obstacle: MoneyObstacle.RATE });
    expect((await resultOf('in-USD', 7n))?.risk).toEqual({ ...NONE, obstacle: MoneyObstacle.STOP });
  });
});

describe('an account', () => {
  it('sums what is open and what its day, week and month realised, and counts what is in no sum', async () => {
    const { result } = await service.client.getAccountResult({ account: 'in-USD' });
    expect(result).toMatchObject({
      currency: 'USD',
      open: { amount: '2200.00', trades: 4, unknown: 2 },
      risk: { amount: '1000.00', unknown: 3 },
      day: { amount: '555.00', trades: 1, unknown: 0 },
      week: { amount: '555.00' },
      month: { amount: '555.00' },
    });
    const gold = result?.symbols.find(({ symbol }) => symbol === 'XAUUSD');
    expect(gold).toMatchObject({ open: { amount: '2200.00', trades: 2 }, day: { amount: '555.00' } });
    expect(result?.symbols.map(({ symbol }) => symbol)).toEqual(['GBPJPY', 'JP225', 'XAUUSD']);
  });

  it('without a currency has no amount in any sum', async () => {
    const { result } = await service.client.getAccountResult({ account: 'in-' });
    expect(result?.open).toEqual({ trades: 1, unknown: 1, closes: 0, booked: 0 });
    expect(result?.day?.amount).toBeUndefined();
  });

  it('is summed by account, symbol, policy and period, each close once in each, and currencies apart', async () => {
    const { client } = service;
    await opened('in-EUR', 8n, 'XAUUSD', 2400);
    await client.closeTrade({
      account: 'in-EUR',
      ticket: 8n,
      reason: CloseReason.REQUESTED,
      closePrice: 2399,
    });
    const { ACCOUNT, SYMBOL, POLICY, DAY, WEEK, MONTH } = ResultGrouping;
    const sums = async (account: string, ...by: ResultGrouping[]) =>
      (await client.sumResults({ account, by })).groups.map(({ result, ...group }) => ({
        group: [group.date.slice(0, 2), group.account, group.policy, group.symbol].join(' '),
        sum: `${result?.amount} ${group.currency} of ${result?.trades}`,
      }));
    const euros = { sum: '-92.59 EUR of 1' };
    const dollars = { sum: '555.00 USD of 1' };
    expect(await sums('')).toEqual([
      { group: '   ', ...euros },
      { group: '   ', ...dollars },
    ]);
    for (const period of [DAY, WEEK, MONTH]) {
      expect(await sums('in-USD', POLICY, period)).toEqual([{ group: '20  dtms ', ...dollars }]);
    }
    expect(await sums('', ACCOUNT, SYMBOL)).toEqual([
      { group: ' in-EUR  XAUUSD', ...euros },
      { group: ' in-USD  XAUUSD', ...dollars },
    ]);
    const twice = await failure(client.sumResults({ by: [DAY, WEEK] }));
    expect(twice.report?.violations).toMatchObject([{ field: 'by' }]);
  });

  it('has in no sum what a close cost of which nobody knows what it earned', async () => {
    const { client } = service;
    const account = 'unpriced';
    await client.upsertAccount({ account, marginMode: MarginMode.HEDGING, currency: 'USD' });
    const lot = { digits: 2, tickSize: 0.01, volumeMin: 0.01, volumeStep: 0.01, volumeMax: 100 };
    const terms = { account, symbol: 'XAUUSD', ...lot, contractSize: 100, commissionPerLot: 7 };
    await client.upsertInstruments({ instruments: [terms] });
    for (const [ticket, closePrice] of [
      [31n, undefined],
      [32n, 2401],
    ] as const) {
      await opened(account, ticket, 'XAUUSD', 2400);
      await client.closeTrade({ account, ticket, reason: CloseReason.REQUESTED, closePrice });
    }
    const known = { amount: '-600.00', profit: '100.00', commission: '700.00', swap: '0.00' };
    const sum = { ...known, trades: 2, closes: 2, unknown: 1 };
    expect((await client.getAccountResult({ account })).result?.day).toMatchObject(sum);
    expect((await client.sumResults({ account, by: [] })).groups).toMatchObject([{ result: sum }]);
    expect((await client.listDailyResults({ account })).results).toMatchObject([{ result: sum }]);
  });

  it('lists its days, and refuses more than a year of them', async () => {
    const { results } = await service.client.listDailyResults({ account: 'in-USD' });
    expect(results).toMatchObject([
      { symbol: 'XAUUSD', currency: 'USD', result: { amount: '555.00', trades: 1 } },
    ]);
    const years = { account: 'in-USD', startTime: new Date(Date.UTC(2020, 0)) };
    const error = await failure(service.client.listDailyResults(years));
    expect(error.report?.reason).toBe(ErrorReason.INVALID_FIELD);
  });
});

describe('what the broker booked', () => {
  const money = { profit: 99.5, commission: -7, swap: -1.25, fee: -0.5 };
  const deal = (number: bigint, position: bigint, volume: number, price: number, more: object = {}) => ({
    ...{ deal: number, positionIdentifier: position, symbol: 'XAUUSD', entry: DealEntry.OUT },
    ...{ direction: Direction.SELL, volume, price, time: new Date(), money, ...more },
  });
  const snapshot = (...deals: ReturnType<typeof deal>[]) =>
    service.client.reconcilePositions({
      ...{ account: 'booked', bridgeId: 'b', takenAt: new Date(), complete: true, positions: [] },
      ...{ deals, dealsSince: new Date(Date.now() - 3_600_000) },
    });

  beforeAll(async () => {
    const { client } = service;
    await client.upsertAccount({ account: 'booked', currency: 'USD', marginMode: MarginMode.HEDGING });
    await client.reportAccount({
      ...{ account: 'booked', bridgeId: 'b', connected: true, tradeAllowed: true, equity: 1, balance: 1 },
      kind: AccountKind.PAPER,
    });
    await opened('booked', 20n, 'XAUUSD', 2400);
    const close = { account: 'booked', ticket: 20n, reason: CloseReason.STOP_LOSS, closePrice: 2401 };
    await client.closeTrade(close);
  });
  const closed = () => resultOf('booked', 20n, [TradeState.CLOSED]);
  const day = async () => (await service.client.getAccountResult({ account: 'booked' })).result?.day;

  it('is computed until it is told, and says so', async () => {
    expect((await closed())?.realised).toMatchObject({ r: undefined, amount: '100.00', booked: false });
    expect(await day()).toMatchObject({ amount: '100.00', closes: 1, booked: 0 });
  });

  it('takes the place of what was computed, of the very lots, once', async () => {
    // Of another price, of other lots, and one that opened them.
    await snapshot(
      deal(1n, 20n, 1, 2402),
      deal(2n, 20n, 0.5, 2401),
      deal(3n, 20n, 1, 2401, { entry: DealEntry.IN }),
    );
    expect((await closed())?.realised).toMatchObject({ amount: '100.00', booked: false });
    await snapshot(deal(4n, 20n, 1, 2401));
    const told = { amount: '90.75', profit: '99.50', commission: '7.50', swap: '-1.25', booked: true };
    expect((await closed())?.realised).toMatchObject(told);
    expect(await day()).toMatchObject({ amount: '90.75', closes: 1, booked: 1 });
    await snapshot(deal(4n, 20n, 1, 2401), deal(5n, 20n, 1, 2401, { money: { ...money, profit: 1 } }));
    expect((await closed())?.realised).toMatchObject(told);
    const { groups } = await service.client.sumResults({ account: 'booked', by: [] });
    expect(groups).toMatchObject([{ result: { amount: '90.75', closes: 1, booked: 1 } }]);
  });

  it('counts a deal that is told twice once, and believes neither of two that differ', async () => {
    await opened('booked', 21n, 'XAUUSD', 2400);
    await service.client.closeTrade({
      ...{ account: 'booked', ticket: 21n, reason: CloseReason.STOP_LOSS, closePrice: 2401 },
    });
    const realised = async () => (await resultOf('booked', 21n, [TradeState.CLOSED]))?.realised;
    const half = deal(7n, 21n, 0.5, 2401);
    await snapshot(half, half);
    expect(await realised()).toMatchObject({ amount: '100.00', booked: false });
    const other = { ...half, money: { ...money, profit: 1 } };
    expect((await failure(snapshot(half, other))).report?.violations).toMatchObject([
      { field: 'deals[1].deal' },
    ]);
    await snapshot(half, half, deal(8n, 21n, 0.5, 2401));
    expect(await realised()).toMatchObject({ amount: '181.50', booked: true });
  });

  it('refuses what is no number', async () => {
    const odd = { ...money, swap: Number.NaN };
    const { rejected } = await snapshot(deal(6n, 20n, 1, 2401, { money: odd }));
    expect(rejected).toMatchObject([{ field: 'deals[0].money.swap' }]);
  });
});

it('lots count as open or as realised, never as both, while they are closed', async () => {
  const { client } = service;
  const account = 'racing';
  await client.upsertAccount({ account, marginMode: MarginMode.HEDGING, currency: 'USD' });
  const tickets = Array.from({ length: 30 }, (_, index) => BigInt(100 + index));
  for (const ticket of tickets) await opened(account, ticket, 'XAUUSD', 2400);
  const states = [TradeState.HEALTHY, TradeState.CLOSED];
  let isOver = false;
  const seen: (string | undefined)[][] = [];
  const reading = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      const { results } = await client.listTradeResults({ filter: { account, states } });
      seen.push(...results.map(({ open, realised }) => [open?.amount, realised?.amount]));
    }
  });
  const sums: (readonly [number, number, number])[] = [];
  const summing = Array.from({ length: 4 }, async () => {
    while (!isOver) {
      const { result } = await client.getAccountResult({ account });
      const [of, realised] = [result?.open, result?.month];
      sums.push([of?.trades ?? 0, realised?.trades ?? 0, Number(of?.amount) + Number(realised?.amount)]);
    }
  });
  const close = { account, reason: CloseReason.REQUESTED, closePrice: 2401 };
  await Promise.all(tickets.map((ticket) => client.closeTrade({ ...close, ticket })));
  isOver = true;
  await Promise.all([...reading, ...summing]);
  // Open, a lot earns what it would be closed for; whatever is asked when, each is in one of the two sums.
  const [each] = sums.map(([open, , amount]) => (open === tickets.length ? amount / open : 0));
  for (const [open, realised, amount] of sums)
    expect([open + realised, amount]).toEqual([tickets.length, open * (each ?? 0) + realised * 100]);
  const both = seen.filter(([open, realised]) => open !== undefined && realised !== '0.00');
  expect(both).toEqual([]);
  const neither = seen.filter(([open, realised]) => open === undefined && realised !== '100.00');
  expect(neither).toEqual([]);
});
