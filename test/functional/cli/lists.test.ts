// Lists of the program: what they leave out is said, --all leaves nothing out, and --output says how they are printed.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startService, type TestService } from '../../support/app.js';
import { dtmsHere } from '../../support/cli-call.js';
import { CliProcess } from '../../support/cli-process.js';

const TRADES = 1_005;
let service: TestService;

beforeAll(async () => {
  service = await startService();
  const trades = Array.from({ length: TRADES }, (_, index) => ({
    account: 'demo',
    ticket: index + 1,
    symbol: 'XAUUSD',
    direction: 1,
    entryPrice: 2650,
    volume: 1,
    stopLoss: 2640,
  }));
  await service.client.batchRegisterTrades({ trades: trades.slice(0, 1_000) });
  await service.client.batchRegisterTrades({ trades: trades.slice(1_000) });
});
afterAll(() => service.end());

const list = (...args: string[]) =>
  dtmsHere(['trades', 'list', '--json', '--server', service.address, ...args]);
const count = (out: string) => out.split('\n').filter((line) => line !== '').length;

test('a list that ends at its limit says so', async () => {
  const usual = await list();
  expect(count(usual.out)).toBe(1_000);
  expect(usual.err).toContain('only the first 1000 are listed');
  const few = await list('--limit', '7');
  expect(count(few.out)).toBe(7);
  expect(few.err).toContain('only the first 7 are listed');
});

test('a list is CSV or JSON where that is asked for', async () => {
  const csv = await list('--limit', '1', '--output', 'csv');
  const [head, row] = csv.out.split('\n');
  expect(head).toBe('account,ticket,symbol,side,volume,state,watched,score,R,stop,hedge,open actions');
  expect(row).toBe('demo,1,XAUUSD,BUY,1,HEALTHY,WAITING_FOR_DATA,,,2640,,');
  expect(JSON.parse((await list('--limit', '1')).out)).toMatchObject({ account: 'demo', ticket: '1' });
});

test('all of it is listed, and nothing is said of more', async () => {
  for (const args of [['--all'], ['--limit', '2000'], ['--limit', String(TRADES)]]) {
    const { out, err } = await list(...args);
    expect(count(out), args.join(' ')).toBe(TRADES);
    expect(err, args.join(' ')).toBe('');
  }
  // The end of the process does not cut it short.
  const args = ['trades', 'list', '--json', '--server', service.address, '--all'];
  expect(count((await new CliProcess(process.cwd(), args).ended()).out)).toBe(TRADES);
});
