// `dtms trades update, pause, resume`, `dtms status` and `dtms log-level` against a real server.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LogLevel } from '../../../gen/ts/dtms/v1/system_service.js';
import { Direction, Monitoring } from '../../../src/client/index.js';
import { startService, type TestService } from '../../support/app.js';
import { dtmsHere } from '../../support/cli-call.js';

let service: TestService;
beforeAll(async () => {
  service = await startService();
  const trade = { account: 'demo', ticket: 7n, symbol: 'BTCUSD', direction: Direction.BUY, entryPrice: 100 };
  await service.client.registerTrade({ trade: { ...trade, volume: 1, stopLoss: 90, takeProfit: 120 } });
});
afterAll(() => service.end());

const dtms = (...args: string[]) => dtmsHere([...args, '--server', service.address]);
const trade = async () => (await service.client.getTrade({ account: 'demo', ticket: 7n })).trade;

describe('dtms trades', () => {
  test('update tells what is given, and nothing else changes', async () => {
    const { code, out } = await dtms(
      'trades',
      'update',
      'demo',
      '7',
      '--stop-loss',
      '95',
      '--take-profit-removed',
    );
    expect(out).toMatch(/stop, target +│? *95, none/);
    expect(code).toBe(0);
    expect(await trade()).toMatchObject({ stopLoss: 95, takeProfit: undefined, volume: 1 });
  });

  test('update of nothing, or of two things at once, is refused', async () => {
    expect((await dtms('trades', 'update', 'demo', '7')).code).toBe(2);
    const both = await dtms('trades', 'update', 'demo', '7', '--stop-loss', '96', '--stop-loss-removed');
    expect(both.code).toBe(1);
    expect(await trade()).toMatchObject({ stopLoss: 95 });
  });

  test('pause and resume need a reason, and are as often as one likes', async () => {
    expect((await dtms('trades', 'pause', 'demo', '7')).code).toBe(2);
    const paused = await dtms('trades', 'pause', 'demo', '7', '--reason', 'looking', '--json');
    expect(JSON.parse(paused.out)).toMatchObject({ trade: { ticket: '7', monitoring: 'MONITORING_PAUSED' } });
    expect((await dtms('trades', 'resume', 'demo', '7', '--reason', 'looked')).code).toBe(0);
    expect((await dtms('trades', 'resume', 'demo', '7', '--reason', 'again')).code).toBe(0);
    expect((await trade())?.monitoring).not.toBe(Monitoring.PAUSED);
    expect((await dtms('trades', 'pause', 'demo', '8', '--reason', 'x')).code).toBe(1);
  });
});

test('status says what the server is and watches', async () => {
  const { code, out } = await dtms('status');
  expect(code).toBe(0);
  expect(out).toMatch(/role +│? *LEADER/);
  expect(out).toMatch(/active trades +│? *1, 0 HEALTHY/);
  expect(out).toMatch(/waiting for data +│? *1: nothing watches them/);
  expect(JSON.parse((await dtms('status', '--json')).out)).toMatchObject({
    activeTrades: '1',
    waitingForData: '1',
  });
});

test('log-level is set for a time, and what it was before is told', async () => {
  const before = (await service.client.setLogLevel({ level: LogLevel.INFO })).level;
  expect((await dtms('log-level', 'loud')).code).toBe(2);
  const { code, out } = await dtms('log-level', 'debug', '--for', '60');
  expect(code).toBe(0);
  expect(out).toMatch(/^DEBUG until \d{4}-.*; before: INFO/);
  await service.client.setLogLevel({ level: before });
});
