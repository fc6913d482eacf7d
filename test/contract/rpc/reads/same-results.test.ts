// Whatever was closed in parts, told by a client or by deals, corrected, taken back, or is in another currency since: all that
// tells results tells the same ones. Sums are sums of the trades', groups add up to the whole, and files have what calls have.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MarginMode } from '../../../../gen/ts/dtms/v1/account_service.js';
import {
  type AccountResult,
  DailyResult,
  ResultGroup,
  ResultGrouping,
  type ResultSum,
  TradeResult,
} from '../../../../gen/ts/dtms/v1/results.js';
import { CloseReason, Direction } from '../../../../src/client/index.js';
import { accountCalls, at } from '../../../support/account-calls.js';
import { startService, type TestService } from '../../../support/app.js';
import { ChangingBroker } from '../../../support/changing-broker.js';
import { dtmsHere } from '../../../support/cli-call.js';
import { runs } from '../../../support/properties.js';

let service: TestService;
const { account, register, position, reconcile } = accountCalls(() => service);

beforeAll(async () => {
  service = await startService();
  await push('BTCUSD', 101, 102);
});
afterAll(() => service.end());

const push = (symbol: string, bid: number, ask: number) =>
  service.client.pushMarketData({
    items: [{ data: { $case: 'quote' as const, value: { symbol, time: new Date(), bid, ask } } }],
  });

/** What no deal tells of: computed, by an own rate where there is one. */
const COMPUTED = [
  { ticket: 3n, symbol: 'XAUUSD', entryPrice: 2400, stopLoss: 2390 },
  { ticket: 4n, symbol: 'USDJPY', entryPrice: 150, stopLoss: 151, direction: Direction.SELL },
  { ticket: 5n, symbol: 'SOMETHING', entryPrice: 10, stopLoss: 9 },
] as const;
const PRICES = { XAUUSD: 2400, USDJPY: 150, SOMETHING: 10, EURUSD: 1.08 } as const;

const step = fc.record({
  kind: fc.constantFrom('close', 'correct', 'resize', 'take back', 'currency', 'computed', 'end', 'price'),
  ticket: fc.constantFrom(1n, 2n),
  other: fc.constantFrom(...COMPUTED),
  pick: fc.nat({ max: 3 }),
  share: fc.integer({ min: 1, max: 4 }),
  money: fc.integer({ min: -99_999, max: 99_999 }),
});
type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;

async function show(broker: ChangingBroker, volumes: ReadonlyMap<bigint, number>): Promise<void> {
  broker.seconds += 8;
  const own = broker.tickets.filter((ticket) => broker.open(ticket) > 0);
  const others = COMPUTED.filter(({ ticket }) => volumes.get(ticket) !== 0);
  await reconcile(
    broker.name,
    broker.seconds,
    [
      ...own.map((ticket) => position(ticket, { volume: broker.open(ticket) / 100 })),
      ...others.map(({ ticket, ...of }) => position(ticket, { ...of, volume: volumes.get(ticket) ?? 1 })),
    ],
    { deals: broker.tell() },
  );
}

async function take(broker: ChangingBroker, volumes: Map<bigint, number>, each: Step): Promise<void> {
  const { kind, ticket, other, pick, share, money } = each;
  if (kind === 'close') broker.close(ticket, share, money);
  if (kind === 'correct') broker.correct(ticket, pick, money);
  if (kind === 'resize') broker.resize(ticket, pick, share, money);
  if (kind === 'take back') broker.takeBack(ticket, pick);
  if (kind === 'computed') {
    const left = Math.max(0.01, Math.round((volumes.get(other.ticket) ?? 1) * share * 25) / 100);
    if (volumes.get(other.ticket) !== 0) volumes.set(other.ticket, left);
  }
  if (kind === 'end') {
    volumes.set(other.ticket, 0);
    const closePrice = other.entryPrice * (1 + money / 10_000_000);
    const told = { account: broker.name, ticket: other.ticket, reason: CloseReason.TAKE_PROFIT, closePrice };
    await service.client.closeTrade({ ...told, occurredAt: at(broker.seconds) });
  }
  if (kind === 'price')
    for (const [symbol, price] of Object.entries(PRICES)) await push(symbol, price * 1.001, price * 1.0012);
  if (kind === 'currency') {
    broker.currency = broker.currency === 'USD' ? 'EUR' : 'USD';
    const { name: of, currency } = broker;
    await service.client.upsertAccount({ account: of, currency, marginMode: MarginMode.HEDGING });
  }
}

const AMOUNTS = ['amount', 'profit', 'commission', 'swap'] as const;
const COUNTS = ['closes', 'booked', 'unknown'] as const;
type Part = Pick<ResultSum, (typeof AMOUNTS)[number]>;
const cents = (text: string | undefined): number => Math.round(Number(text ?? 0) * 100);
const amountsIn = (parts: readonly (Part | undefined)[]) =>
  AMOUNTS.map((name) => parts.reduce((sum, part) => sum + cents(part?.[name]), 0));
const countsIn = (sums: readonly (ResultSum | undefined)[]) =>
  COUNTS.map((name) => sums.reduce((sum, each) => sum + (each?.[name] ?? 0), 0));
const allOf = (sums: readonly (ResultSum | undefined)[]) => [amountsIn(sums), countsIn(sums)];

/** What an account's calls tell, by currency where each sum has its own. */
async function readAll(name: string) {
  const { client } = service;
  const filter = { account: name, states: [1, 2, 3, 4, 5, 6] };
  const { results: trades } = await client.listTradeResults({ filter });
  const { result } = await client.getAccountResult({ account: name });
  const { results: days } = await client.listDailyResults({ account: name });
  const { DAY, WEEK, MONTH, SYMBOL, POLICY, ACCOUNT } = ResultGrouping;
  const by = [[], [DAY], [WEEK], [MONTH], [SYMBOL], [POLICY], [ACCOUNT], [SYMBOL, POLICY, DAY]];
  const groups: ResultGroup[][] = [];
  for (const each of by) groups.push((await client.sumResults({ account: name, by: each })).groups);
  return { trades, result: result as AccountResult, days, groups };
}

type All = Awaited<ReturnType<typeof readAll>>;

function judgeSums({ trades, result, days, groups }: All, broker: ChangingBroker): void {
  const total = groups[0] ?? [];
  const currencies = [...new Set([...total, ...days].map(({ currency }) => currency))];
  for (const currency of currencies) {
    const of = (all: readonly { currency: string; result?: ResultSum | undefined }[]) =>
      allOf(all.filter((each) => each.currency === currency).map((each) => each.result));
    for (const group of [days, ...groups]) expect(of(group), currency).toEqual(of(total));
  }
  const own = total.filter(({ currency }) => currency === broker.currency).map((each) => each.result);
  const realised = trades.map((each) => each.realised);
  expect(amountsIn(realised), 'trades').toEqual(amountsIn(own));
  // Nothing is older than this month but in its first minutes.
  const month = groups[3]?.filter(({ currency }) => currency === broker.currency) ?? [];
  const newest = month.filter(({ date }) => date === month.at(-1)?.date);
  if (month.length === newest.length)
    expect(amountsIn([result.month]), 'month').toEqual(amountsIn(newest.map((each) => each.result)));
  for (const period of ['open', 'day', 'week', 'month'] as const) {
    const symbols = result.symbols.map((each) => each[period]);
    expect(allOf(symbols), period).toEqual(allOf([result[period]]));
  }
  for (const part of ['open', 'risk'] as const) {
    const parts = trades.flatMap((each) => each[part] ?? []);
    expect(amountsIn(parts), part).toEqual(amountsIn([result[part]]));
    expect(result[part]?.trades, part).toBe(parts.length);
    expect(result[part]?.unknown, part).toBe(parts.filter(({ amount }) => amount === undefined).length);
  }
  for (const { realised: part } of trades)
    expect(cents(part?.profit) - cents(part?.commission) + cents(part?.swap)).toBe(cents(part?.amount));
}

async function dtms(...args: string[]): Promise<string> {
  const { code, out, err } = await dtmsHere(['results', ...args, '--server', service.address]);
  expect(code, err).toBe(0);
  return out;
}

/** What files have of it. */
async function judgeFiles({ trades, days, groups }: All, name: string): Promise<void> {
  const json = async (...args: string[]): Promise<unknown[]> => {
    const out = await dtms(...args, '--output', 'json');
    return out
      .split('\n')
      .filter((line) => line !== '')
      .map((line): unknown => JSON.parse(line));
  };
  const closed = trades.filter(({ state }) => state === 6);
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
  expect(await json('trades', '--account', name, '--closed')).toEqual(plain(closed.map(TradeResult.toJSON)));
  expect(await json('days', name)).toEqual(plain(days.map(DailyResult.toJSON)));
  expect(await json('sums', '--account', name)).toEqual(plain((groups[0] ?? []).map(ResultGroup.toJSON)));
  const [head = '', ...lines] = (await dtms('days', name, '--output', 'csv')).trim().split('\n');
  expect(head).toBe('date,symbol,currency,amount,profit,commission,swap,trades,unknown,closes,booked');
  const cells = days.map(({ date, symbol, currency, result: sum }) => [
    ...[date, symbol, currency],
    ...AMOUNTS.map((each) => sum?.[each] ?? ''),
    ...(['trades', 'unknown', 'closes', 'booked'] as const).map((each) => String(sum?.[each])),
  ]);
  expect(lines).toEqual(cells.map((each) => each.join(',')));
}

it('are the same wherever they are told', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 9 }), async (steps) => {
      const broker = new ChangingBroker(account(), [1n, 2n]);
      await service.client.upsertAccount({
        ...{ account: broker.name, currency: 'USD', marginMode: MarginMode.HEDGING },
      });
      for (const ticket of broker.tickets) await register(broker.name, ticket);
      for (const { ticket, ...of } of COMPUTED) await register(broker.name, ticket, of);
      const volumes = new Map<bigint, number>();
      await show(broker, volumes);
      for (const each of steps) {
        await take(broker, volumes, each);
        await show(broker, volumes);
      }
      for (let shown = 0; shown < 3; shown += 1) await show(broker, volumes);
      const all = await readAll(broker.name);
      judgeSums(all, broker);
      await judgeFiles(all, broker.name);
    }),
    { numRuns: runs(8) },
  );
});
