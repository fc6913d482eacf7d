// Files of a made-up market: the same from the same seed, never over what is there, and good for the commands that need some;
// and what `dtms results` tells of a paper account that traded one of them.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startService, type TestService } from '../../support/app.js';
import { CliProcess } from '../../support/cli-process.js';

const folder = mkdtempSync(join(tmpdir(), 'dtms-sample-'));
let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.end();
  rmSync(folder, { recursive: true });
});

const run = (...args: string[]) => new CliProcess(folder, args).ended();
const at = () => ['--server', service.address];

test('are the same from the same seed, and written once', async () => {
  const first = await run('sample-data', '--bars', '700', '--trades', '5');
  expect(first).toMatchObject({ code: 0, err: '' });
  expect(readdirSync(join(folder, 'sample')).sort()).toEqual(
    first.out
      .trim()
      .split('\n')
      .map((path) => path.slice(7))
      .sort(),
  );
  const text = (where: string) => readFileSync(join(folder, where, 'btcusd-m15.csv'), 'utf8');
  expect(text('sample').split('\n')).toHaveLength(702);
  await run('sample-data', '--bars', '700', '--folder', 'again');
  expect(text('again')).toBe(text('sample'));
  expect(await run('sample-data', '--bars', '700', '--trades', '5')).toEqual(first);
  const second = await run('sample-data');
  expect(second.code).toBe(2);
  expect(second.err).toContain('is there already');
  expect(text('again')).toBe(text('sample'));
});

// Before: moods drifted for hours, so that every replay of the files looked as if defending paid.
test.each(['btcusd', 'eurusd', 'xauusd'])('cannot be predicted from what was: %s', (symbol) => {
  const rows = readFileSync(join(folder, 'sample', `${symbol}-m15.csv`), 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  const closes = rows.map((row) => Number(row.split(',')[4]));
  const changes = closes.slice(1).map((close, bar) => Math.log(close / (closes[bar] ?? close)));
  const squares = changes.reduce((sum, change) => sum + change ** 2, 0);
  const together = changes.slice(1).reduce((sum, change, bar) => sum + change * (changes[bar] ?? 0), 0);
  expect(Math.abs(together / squares)).toBeLessThan(0.15);
});

test('are read by a replay with their trades', async () => {
  const files = ['--bars', 'sample/btcusd-m15.csv', '--trades', 'sample/trades.csv'];
  const { code, out } = await run('replay', ...files, '--symbol', 'BTCUSD');
  expect(code).toBe(0);
  expect(out).toMatch(/\b5\b/);
});

test('are traded in real lots, and the results of it are told in money', async () => {
  const market = ['--symbol', 'XAUUSD', '--bars', 'sample/xauusd-m15.csv', '--from-bar', '550'];
  const paper = ['paper', '--account', 'gold', '--feed', 'paper-gold', '--max', '--sample', '12'];
  expect((await run(...paper, ...market, ...at())).code).toBe(0);
  const days = await run('results', 'days', 'gold', '--output', 'csv', ...at());
  expect(days.out).toMatch(
    /^date,symbol,currency,amount,profit,commission,swap,trades,unknown,closes,booked\n20\d\d-\d\d-\d\d,XAUUSD,USD,-?\d+\.\d\d,/,
  );
  const { result } = await service.client.getAccountResult({ account: 'gold' });
  const { balance = 0, equity = 0, open, month } = result ?? {};
  expect(Math.round((equity - balance) * 100)).toBe(Math.round(Number(open?.amount) * 100));
  // All that was closed began with a million.
  expect(Math.round((balance - 1_000_000) * 100)).toBe(Math.round(Number(month?.amount) * 100));
  expect(Math.abs(balance - 1_000_000)).toBeGreaterThan(100);
  const account = await run('results', 'account', 'gold', ...at());
  expect(account.out).toContain('gold: USD');
  const closed = await run('results', 'trades', '--account', 'gold', '--closed', '--json', ...at());
  expect(JSON.parse(closed.out.split('\n')[0] ?? '')).toMatchObject({ currency: 'USD', contractSize: 100 });
}, 240_000);
