// The built program as its users run it: help, exit codes, output.
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { CliProcess, type Outcome } from '../../support/cli-process.js';
import { ServerProcess } from '../../support/server-process.js';

const folder = mkdtempSync(join(tmpdir(), 'dtms-cli-'));
// Run as root, Postgres has another user, who must reach it.
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs `dtms` with these arguments; `until` ends it with SIGINT once its output says so. */
async function dtms(args: readonly string[], until?: RegExp): Promise<Outcome> {
  const program = new CliProcess(folder, args);
  if (until === undefined) return program.ended();
  await program.says(until);
  return program.interrupt();
}

const barsFile = join(folder, 'bars.csv');
beforeAll(() => {
  const { bars } = syntheticMarket({
    seed: 59,
    timeframe: 'M15',
    bars: 300,
    from: Date.UTC(2025, 0, 6),
    price: 64_000,
    digits: 2,
  });
  const rows = bars.map(({ bar: { time, open, high, low, close, volume } }) =>
    [new Date(time).toISOString(), ...[open, high, low, close].map((price) => price.toFixed(2)), volume].join(
      ',',
    ),
  );
  rows[7] = rows[7]?.replace(/,\d+\.\d+/, ',bad') ?? '';
  writeFileSync(barsFile, ['time,open,high,low,close,volume', ...rows].join('\n'));
});

const PAPER = ['paper', '--account', 'a', '--symbol', 'BTCUSD', '--bars', barsFile];
const REPLAY = ['replay', '--bars', barsFile, '--symbol', 'BTCUSD', '--sample', '10'];

describe('help and usage', () => {
  it.each([
    [['--help'], /serve.*trades.*actions.*accounts.*watch.*paper.*replay.*doctor.*demo/s],
    [['serve', '--help'], /--port/],
    [['trades', '--help'], /register.*get.*list.*close/s],
    [['trades', 'register', '--help'], /--entry-price/],
    [['actions', '--help'], /list.*show.*resolve.*replay/s],
    [['actions', 'list', '--help'], /--status.*IN_DOUBT/s],
    [['actions', 'show', '--help'], /account:ticket|demo:42/],
    [['actions', 'resolve', '--help'], /done.*retry.*give-up/s],
    [['actions', 'replay', '--help'], /DEAD or REJECTED/],
    [['accounts', '--help'], /list.*show.*set-state/s],
    [['accounts', 'show', '--help'], /rails/],
    [['accounts', 'set-state', '--help'], /ACTIVE.*REDUCING.*HALTED/s],
    [['paper', '--help'], /--from-bar.*--faults.*--sample/s],
    [['watch', '--help'], /--from-revision/],
    [['replay', '--help'], /--sample/],
    [['doctor', '--help'], /--json/],
    [['demo', '--help'], /--once/],
  ])('%j says what there is and which exit codes', async (args, text) => {
    const { code, out } = await dtms(args);
    expect(code).toBe(0);
    expect(out).toMatch(text);
    expect(out).toContain('Exit codes: 0 done, 1 failed, 2 wrong usage, 3 server not reachable.');
  });

  it.each([
    [['nonsense'], /unknown command/],
    [['trades', 'get', 'demo', 'x'], /positive whole number/],
    [['trades', 'register', '--account', 'a'], /required option/],
    [['trades', 'list', '--state', 'NOWHERE'], /NOWHERE/],
    [['replay', '--symbol', 'BTCUSD', '--sample', '1'], /--bars/],
    [['replay', '--bars', barsFile, '--symbol', 'BTCUSD'], /--trades FILE or --sample N/],
    [
      ['replay', '--bars', barsFile, '--symbol', 'B', '--sample', '1', '--faults', '0.1', '--server', ':1'],
      /dtms paper/,
    ],
    [['serve', '--port', '70000'], /port/],
    [['actions', 'list', '--status', 'LOST'], /LOST/],
    [['actions', 'show', 'nonsense'], /account:ticket:version:TYPE/],
    [['actions', 'resolve', 'demo:1:2:CLOSE_ALL', 'maybe', '--by', 'a', '--reason', 'b'], /done, retry/],
    [['actions', 'resolve', 'demo:1:2:CLOSE_ALL', 'done', '--by', 'a'], /--reason/],
    [
      ['actions', 'resolve', 'demo:1:2:CLOSE_ALL', 'retry', '--volume', '1', '--by', 'a', '--reason', 'b'],
      /with done only/,
    ],
    [['actions', 'replay', 'demo:1:2:CLOSE_ALL', '--reason', 'b'], /--by/],
    [['accounts', 'set-state', 'demo', 'ASLEEP', '--by', 'a', '--reason', 'b'], /ACTIVE, REDUCING, HALTED/],
    [['accounts', 'show'], /account/],
    [['paper', '--symbol', 'BTCUSD', '--bars', barsFile], /--account/],
    [[...PAPER, '--max', '--speed', '2'], /cannot be used/],
    [[...PAPER, '--netting', '--hedging'], /cannot be used/],
    [[...PAPER, '--faults', '2'], /from 0 to 1/],
    [[...PAPER, '--from-bar', '9999'], /the file has 299 bars/],
  ])('%j is wrong usage', async (args, text) => {
    const { code, err } = await dtms(args);
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });

  it('ends with 3 where no server listens', async () => {
    const { code, err } = await dtms(['trades', 'list', '--server', '127.0.0.1:1']);
    expect(code).toBe(3);
    expect(err).toContain('nobody answers at 127.0.0.1:1');
    expect(err).toMatch(/--server \(or DTMS_SERVER\) right\? \(connect ECONNREFUSED 127.0.0.1:1\)\n$/);
    expect((await dtms([...PAPER, '--server', '127.0.0.1:1'])).code).toBe(3);
  });
});

describe('replay', () => {
  it('writes the summary, and events whose hash is the summary’s', async () => {
    const events = join(folder, 'events.jsonl');
    const summaryFile = join(folder, 'summary.json');
    const { code, out, err } = await dtms([...REPLAY, '--json', '--out', events, '--summary', summaryFile]);
    expect(code).toBe(0);
    expect(err).toContain('bars.csv:9: open: "bad" is not a number');
    const summary = JSON.parse(readFileSync(summaryFile, 'utf8'));
    expect(JSON.parse(out)).toEqual(summary);
    expect(Object.keys(summary)).toEqual([
      'bars',
      'skipped_rows',
      'trades',
      'evaluations',
      'transitions',
      'actions',
      'action_ends',
      'final_states',
      'broker',
      'result',
      'log_sha256',
      'elapsed_ms',
    ]);
    expect(summary).toMatchObject({ bars: 299, skipped_rows: 1, trades: 10 });
    const text = readFileSync(events);
    expect(createHash('sha256').update(text).digest('hex')).toBe(summary.log_sha256);
    for (const line of text.toString().trimEnd().split('\n'))
      expect(JSON.parse(line)).toHaveProperty('ticket');
  });

  it('stops at a bad row with --strict', async () => {
    const { code, err } = await dtms([...REPLAY, '--strict']);
    expect(code).toBe(1);
    expect(err).toBe(`dtms: ${barsFile}:9: open: "bad" is not a number\n`);
  });

  it('opens the trades of a file', async () => {
    const trades = join(folder, 'trades.csv');
    const header = 'ticket,symbol,direction,entry_time,entry_price,volume,stop_loss,take_profit';
    writeFileSync(
      trades,
      `${header}\n7,BTCUSD,BUY,2025-01-06 05:00:00,64000,1,,\n8,BTCUSD,UP,2025-01-06,1,1,,\n`,
    );
    const args = ['replay', '--bars', barsFile, '--symbol', 'BTCUSD', '--trades', trades, '--json'];
    const { out, err } = await dtms(args);
    expect(err).toContain('trades.csv:3: direction: "UP" is not BUY or SELL');
    expect(JSON.parse(out)).toMatchObject({ trades: 1, skipped_rows: 2 });
  });
});

describe('with a server', () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await ServerProcess.create();
    await server.start();
  });
  afterAll(() => server.remove());
  const at = (...args: string[]) => dtms([...args, '--server', server.address]);
  const TRADE = [
    '--account',
    'demo',
    '--symbol',
    'XAUUSDc',
    '--direction',
    'BUY',
    '--volume',
    '0.5',
    '--stop-loss',
    '2640',
  ];

  it('is found by DTMS_SERVER, which --server overrides', async () => {
    const list = (address: string, ...more: string[]) =>
      new CliProcess(folder, ['actions', 'list', ...more], { DTMS_SERVER: address }).ended();
    expect(await list(server.address)).toEqual({ code: 0, out: 'none\n', err: '' });
    expect((await list('127.0.0.1:1')).err).toContain('nobody answers at 127.0.0.1:1');
    expect(await list('127.0.0.1:1', '--server', server.address)).toMatchObject({ code: 0 });
  });

  it('registers, shows, lists and closes trades', async () => {
    const register = (price: string) =>
      at('trades', 'register', '--ticket', '42', '--entry-price', price, ...TRADE, '--json');
    const first = await register('2650');
    expect(JSON.parse(first.out)).toMatchObject({
      alreadyRegistered: false,
      trade: { ticket: '42', instrument: 'XAUUSD', monitoring: 'MONITORING_WAITING_FOR_DATA' },
    });
    expect(JSON.parse((await register('2650')).out)).toMatchObject({ alreadyRegistered: true });
    const other = await register('2651');
    expect(other.code).toBe(1);
    expect(other.err).toContain('entry_price');

    expect((await at('trades', 'get', 'demo', '42')).out).toMatch(/^┌.*\n│ trade .*WAITING_FOR_DATA/s);
    const missing = await at('trades', 'get', 'demo', '43');
    expect(missing).toMatchObject({ code: 1, out: '' });
    expect((await at('trades', 'list', '--account', 'demo')).out).toContain('XAUUSDc');
    const closed = await at(
      'trades',
      'close',
      'demo',
      '42',
      '--reason',
      'STOP_LOSS',
      '--price',
      '2640',
      '--json',
    );
    expect(JSON.parse(closed.out)).toMatchObject({
      trade: { state: 'TRADE_STATE_CLOSED', closePrice: 2640 },
    });
    const list = await at('trades', 'list', '--account', 'demo', '--state', 'CLOSED', '--json');
    expect(
      list.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).ticket),
    ).toEqual(['42']);
  });

  it('refuses what the rules of a trade forbid and names the field', async () => {
    const args = ['--account', 'demo', '--ticket', '44', '--symbol', 'XAUUSD', '--direction', 'SELL'];
    const prices = ['--entry-price', '2650', '--volume', '1', '--stop-loss', '2640'];
    const { code, err } = await at('trades', 'register', ...args, ...prices);
    expect(code).toBe(1);
    expect(err).toContain('trade.stop_loss: must be above entry_price');
  });

  it('watches from a revision, one event a line, and ends with Ctrl-C', async () => {
    await at('trades', 'register', '--ticket', '45', '--entry-price', '2650', ...TRADE);
    const args = ['watch', '--account', 'demo', '--from-revision', '0', '--json', '--server', server.address];
    const { code, out } = await dtms(args, /"ticket":"45"/);
    expect(code).toBe(0);
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({
      account: 'demo',
      ticket: '45',
      symbol: 'XAUUSDc',
      tradeVersion: '1',
    });
  });

  it('replays through it with the same hash as in process', async () => {
    const here = JSON.parse((await dtms([...REPLAY, '--json'])).out);
    const there = JSON.parse((await at(...REPLAY, '--json')).out);
    expect(there.log_sha256).toBe(here.log_sha256);
    expect(there.evaluations).toBe(here.evaluations);
  });
});

describe('doctor and demo', () => {
  it('doctor finds nothing wrong on a fresh folder', async () => {
    const config = join(folder, 'doctor.json');
    writeFileSync(
      config,
      JSON.stringify({ grpc: { port: 0 }, http: { port: 0 }, database: { dataDir: join(folder, 'doctor') } }),
    );
    const { code, out } = await dtms(['doctor', '--json', '--config', config]);
    expect(JSON.parse(out)).toMatchObject({ ok: true });
    expect(code).toBe(0);
  });

  it('doctor fails where the database cannot be reached', async () => {
    const config = join(folder, 'away.json');
    const url = 'postgres://nobody:secret@127.0.0.1:1/none';
    writeFileSync(config, JSON.stringify({ grpc: { port: 0 }, http: { port: 0 }, database: { url } }));
    const { code, out } = await dtms(['doctor', '--json', '--config', config]);
    expect(code).toBe(1);
    expect(out).not.toContain('secret');
    const failed = JSON.parse(out).findings.filter(({ verdict }: { verdict: string }) => verdict === 'fail');
    expect(failed.map(({ check }: { check: string }) => check)).toEqual(['database']);
  });

  it('demo ends by itself without a terminal, with states moved and a summary', async () => {
    const { code, out } = await dtms(['demo', '--bars', '300', '--data-dir', join(folder, 'demo')]);
    expect(code).toBe(0);
    expect(out).toMatch(/BTCUSD \d+ HEALTHY>WARNING_L1 by SCORE/);
    expect(out).toMatch(/BTCUSD \d+ TIGHTEN_SL [\d.]+ {2}PENDING > LEASED > EXECUTING > DONE {2}10009/);
    expect(out.match(/log sha256/g)).toHaveLength(2);
  });

  it('demo --keep serves on with its dashboard', async () => {
    const folderOfDemo = join(folder, 'kept');
    const program = new CliProcess(folder, ['demo', '--keep', '--bars', '100', '--data-dir', folderOfDemo]);
    const [, page = ''] = await program.says(/The dashboard: (http:\S+)/);
    const answer = await fetch(page);
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(await program.interrupt()).toMatchObject({ code: 0 });
  });
});
