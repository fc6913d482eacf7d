// ListStateHistory over real sockets and a real Postgres, with trades that the market moves.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TradeState } from '../../../../gen/ts/dtms/v1/types.js';
import { Direction, ErrorReason } from '../../../../src/client/index.js';
import { accountCalls } from '../../../support/account-calls.js';
import { startService, type TestService } from '../../../support/app.js';
import { walk } from '../../../support/market-data.js';
import { execute } from '../../../support/postgres.js';

const FROM = new Date(Date.UTC(2025, 5, 2));
const BARS = 300;
/** Registered before the last so many bars. */
const WATCHED = 60;
const opened = new Date(FROM.getTime() + (BARS - WATCHED) * 900_000);

let service: TestService;
beforeAll(async () => {
  service = await startService();
  const bars = walk('BTCUSD', 'M15', FROM, BARS);
  await service.client.pushMarketData({ items: bars.slice(0, BARS - WATCHED) });
  const price = bars[BARS - WATCHED]?.data.value.open ?? 0;
  for (const [index, direction] of [Direction.BUY, Direction.SELL, Direction.BUY, Direction.SELL].entries()) {
    const side = direction === Direction.BUY ? 1 : -1;
    await register(index < 2 ? 'first' : 'second', BigInt(index + 1), {
      direction,
      entryPrice: price,
      stopLoss: price - side * price * 0.05,
      openedAt: opened,
    });
  }
  for (let index = BARS - WATCHED; index < BARS; index += 10) {
    await service.client.pushMarketData({ items: bars.slice(index, index + 10) });
  }
  await service.client.closeTrade({ account: 'first', ticket: 1n });
});
afterAll(async () => {
  await service.end();
});

const { register, failure } = accountCalls(() => service);

const OPEN = [
  TradeState.HEALTHY,
  TradeState.WARNING_L1,
  TradeState.WARNING_L2,
  TradeState.HEDGED,
  TradeState.RECOVERING,
];

test('each event says what state its trade came from', async () => {
  const { rows } = await execute(
    service.databaseUrl,
    `SELECT previous_state AS told, state,
       coalesce(lag(state) OVER (PARTITION BY account, ticket ORDER BY revision), '') AS real FROM events`,
  );
  expect(rows.map(({ told }) => told)).toEqual(rows.map(({ real }) => real));
  expect(rows.filter(({ real, state }) => real !== '' && real !== state).length).toBeGreaterThan(4);
});

test('ends with what is now, begins before all trades, and has every state', async () => {
  const [{ points }, { tradesByState }] = await Promise.all([
    service.client.listStateHistory({}),
    service.client.getStatus({}),
  ]);
  expect(points).toHaveLength(241);
  expect(points.at(-1)?.tradesByState).toEqual(tradesByState);
  expect(points[0]?.tradesByState).toEqual(OPEN.map((state) => ({ state, trades: 0n })));
});

test('is of the account that is asked for', async () => {
  const total = async (account: string): Promise<bigint> => {
    const { points } = await service.client.listStateHistory({ account });
    return (points.at(-1)?.tradesByState ?? []).reduce((sum, { trades }) => sum + trades, 0n);
  };
  const { activeTrades } = await service.client.getStatus({});
  expect((await total('first')) + (await total('second'))).toBe(activeTrades);
  expect((await failure(total('nobody'))).report?.reason).toBe(ErrorReason.ACCOUNT_NOT_FOUND);
});

test('of more than 1,000 points, or that ends before it begins, is refused', async () => {
  const startTime = new Date(Date.now() - 3_600_000);
  const many = await failure(service.client.listStateHistory({ startTime, stepSeconds: 1 }));
  expect(many.report?.reason).toBe(ErrorReason.INVALID_FIELD);
  expect(many.message).toContain('step_seconds');
  const endTime = new Date(startTime.getTime() - 1);
  const backwards = await failure(service.client.listStateHistory({ startTime, endTime }));
  expect(backwards.message).toContain('start_time');
});

test('of a time with 1,000 points is given', async () => {
  // An end that the server has not come to yet would be moved to its present.
  const endTime = new Date(Date.now() - 5000);
  const startTime = new Date(endTime.getTime() - 999_000);
  const { points } = await service.client.listStateHistory({ startTime, endTime, stepSeconds: 1 });
  expect(points).toHaveLength(1000);
  expect(points[0]?.time).toEqual(startTime);
});
