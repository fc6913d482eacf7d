// The program as its users run it: help, exit codes, output. What needs no process of its own is called in this one; what
// a shell starts, and how it ends, is seen in some of each.
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { dtmsHere } from '../../support/cli-call.js';
import { CliProcess, type Outcome } from '../../support/cli-process.js';
import { ServerProcess } from '../../support/server-process.js';

const folder = mkdtempSync(join(tmpdir(), 'dtms-cli-'));
// Run as root, Postgres has another user, who must reach it.
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts `dtms` with these arguments; `until` ends it with SIGINT once its output says so. */
async function started(args: readonly string[], until?: RegExp): Promise<Outcome> {
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
    [['--help'], /Run a server:.*serve.*See what happens:.*watch.*Trades.*trades.*Operate servers:.*flags/s],
    [['serve', '--help'], /--port/],
    [['trades', '--help'], /register.*get.*list.*close/s],
    [['trades', 'register', '--help'], /--entry-price/],
    [['actions', '--help'], /list.*show.*resolve.*replay/s],
    [['actions', 'list', '--help'], /--status.*IN_DOUBT/s],
    [['actions', 'show', '--help'], /account:ticket|demo:42/],
    [['actions', 'resolve', '--help'], /done.*retry.*give-up/s],
    [['actions', 'replay', '--help'], /DEAD or REJECTED/],
    [['close', '--help'], /--symbol.*--direction.*--magic.*--all.*--yes/s],
    [['accounts', '--help'], /list.*show.*set-state/s],
    [['accounts', 'show', '--help'], /rails/],
    [['accounts', 'set-caps', '--help'], /--volume.*--notional.*--per-minute/s],
    [['accounts', 'set-rails', '--help'], /--daily-loss.*--on-trip.*--by.*--reason/s],
    [['accounts', 'set-kind', '--help'], /REAL.*PAPER/s],
    [['accounts', 'set-state', '--help'], /ACTIVE.*REDUCING.*HALTED/s],
    [['paper', '--help'], /--from-bar.*--faults.*--sample/s],
    [['watch', '--help'], /--from-revision/],
    [['replay', '--help'], /--sample/],
    [['completion', '--help'], /bash.*zsh.*fish.*powershell/s],
    [['doctor', '--help'], /--json/],
    [['demo', '--help'], /--once/],
  ])('%j says what there is and which exit codes', async (args, text) => {
    const { code, out } = await dtmsHere(args);
    expect(code).toBe(0);
    expect(out).toMatch(text);
    expect(out).toContain('Exit codes: 0 done, 1 failed, 2 wrong usage, 3 server not reachable.');
  });

  it('says so of shadow, which has codes of its own', async () => {
    const codes = '0 the same decisions, 1 other decisions or a failure, 2 wrong usage.';
    expect((await dtmsHere(['shadow', '--help'])).out).toContain(`Exit codes: ${codes}`);
    expect((await dtmsHere(['shadow', '--seconds', 'x'])).code).toBe(2);
  });

  it.each([
    [['nonsense'], /unknown command/],
    [['trades', 'get', 'demo', 'x'], /positive whole number/],
    [
      ['trades', 'register', '--account', 'a'],
      /required options --ticket <ticket>, --symbol <symbol>, --direction <direction>, --entry-price <price>, --volume <lots> are missing/,
    ],
    [['trades', 'list', '--state', 'NOWHERE'], /NOWHERE/],
    [['replay', '--symbol', 'BTCUSD', '--sample', '1'], /--bars/],
    [['replay', '--bars', barsFile, '--symbol', 'BTCUSD'], /--trades FILE or --sample N/],
    [
      ['replay', '--bars', barsFile, '--symbol', 'B', '--sample', '1', '--faults', '0.1', '--server', ':1'],
      /dtms paper/,
    ],
    [['serve', '--port', '70000'], /port/],
    [['demo', '--once'], /--once goes with --fast/],
    [['demo', '--bars', '300'], /--bars goes with --fast/],
    [['actions', 'list', '--status', 'LOST'], /LOST/],
    [['actions', 'show', 'nonsense'], /account:ticket:version:TYPE/],
    [['actions', 'resolve', 'demo:1:2:CLOSE_ALL', 'maybe', '--by', 'a', '--reason', 'b'], /done, retry/],
    [['actions', 'resolve', 'demo:1:2:CLOSE_ALL', 'done', '--by', 'a'], /--reason/],
    [
      ['actions', 'resolve', 'demo:1:2:CLOSE_ALL', 'retry', '--volume', '1', '--by', 'a', '--reason', 'b'],
      /only be given with done/,
    ],
    [['actions', 'replay', 'demo:1:2:CLOSE_ALL', '--reason', 'b'], /--by/],
    [['accounts', 'set-state', 'demo', 'ASLEEP', '--by', 'a', '--reason', 'b'], /ACTIVE, REDUCING, HALTED/],
    [['accounts', 'show'], /account/],
    [
      ['close', 'demo', '--all', '--by', 'a', '--reason', 'b'],
      /closes every trade of account demo: add --yes/,
    ],
    [['close', 'demo', '1', '2', '--by', 'a', '--reason', 'b'], /closes every trade with tickets 1, 2/],
    [['close', 'demo', '1', '--reason', 'b'], /--by/],
    [['close', 'demo', '--yes', '--by', 'a', '--reason', 'b'], /name tickets/],
    [
      ['accounts', 'set-rails', 'a', '--daily-loss', '3%', '--by', 'a', '--reason', 'b'],
      /--daily-loss.*from 0 to 1/,
    ],
    [['paper', '--symbol', 'BTCUSD', '--bars', barsFile], /--account/],
    [[...PAPER, '--max', '--speed', '2'], /cannot be used/],
    [[...PAPER, '--netting', '--hedging'], /cannot be used/],
    [[...PAPER, '--faults', '2'], /from 0 to 1/],
    [[...PAPER, '--from-bar', '9999'], /the file has 299 bars/],
  ])('%j is wrong usage', async (args, text) => {
    const { code, err } = await dtmsHere(args);
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });

  it('is the same when a shell starts it', async () => {
    for (const args of [['--help'], ['trades', 'list', '--state', 'NOWHERE'], ['completion', 'bash']]) {
      expect(await started(args), args.join(' ')).toEqual(await dtmsHere(args));
    }
  });

  it('ends with 3 where no server listens', async () => {
    const { code, err } = await started(['trades', 'list', '--server', '127.0.0.1:1']);
    expect(code).toBe(3);
    expect(err).toContain('no server at 127.0.0.1:1');
    expect(err).toMatch(/--server \(or DTMS_SERVER\) right\? \(connect ECONNREFUSED 127.0.0.1:1\)\n$/);
    expect((await dtmsHere([...PAPER, '--server', '127.0.0.1:1'])).code).toBe(3);
  });
});

describe('replay', () => {
  it('goes by the settings it is given', async () => {
    const config = join(folder, 'observe.json');
    writeFileSync(config, JSON.stringify({ rules: { actions: { mode: 'observe' } } }));
    const carriedOut = async (...more: readonly string[]) =>
      JSON.parse((await dtmsHere([...REPLAY, '--json', ...more])).out).action_ends;
    expect(await carriedOut()).not.toEqual({});
    expect(await carriedOut('--config', config)).toEqual({});
  });

  it('writes the summary, and events whose hash is the summary’s', async () => {
    // Folders that are not there are made.
    const events = join(folder, 'made', 'events.jsonl');
    const summaryFile = join(folder, 'made', 'too', 'summary.json');
    const { code, out, err } = await started([
      ...REPLAY,
      '--json',
      '--out',
      events,
      '--summary',
      summaryFile,
    ]);
    expect(code).toBe(0);
    expect(err).toContain('bars.csv:9: open: "bad" is not a number');
    const summary = JSON.parse(readFileSync(summaryFile, 'utf8'));
    expect(JSON.parse(out)).toEqual(summary);
    expect(Object.keys(summary)).toEqual([
      'bars',
      'skipped_rows',
      'trades',
      'evaluations',
      'signals',
      'transitions',
      'actions',
      'action_ends',
      'final_states',
      'broker',
      'result',
      'log_sha256',
      'elapsed_ms',
      'degraded',
      'accounts',
      'costs',
      'inputs',
    ]);
    expect(summary).toMatchObject({ bars: 299, skipped_rows: 1, trades: 10 });
    expect(summary.inputs).toMatchObject([
      {
        file: barsFile,
        delimiter: 'comma',
        rows: 300,
        taken: 299,
        skipped: { 'open: "…" is not a number': 1 },
      },
    ]);
    const text = readFileSync(events);
    expect(createHash('sha256').update(text).digest('hex')).toBe(summary.log_sha256);
    for (const line of text.toString().trimEnd().split('\n'))
      expect(JSON.parse(line)).toHaveProperty('ticket');
  });

  it('says first how the file was read, and that M15 alone is degraded', async () => {
    const { err } = await dtmsHere([...REPLAY, '--slippage', '2']);
    expect(err.split('\n').slice(0, 9)).toEqual([
      `${barsFile}: 299 of 300 rows, M15, 2025-01-06T00:00:00.000Z to 2025-01-09T02:45:00.000Z`,
      '  comma between time, open, high, low, close, volume',
      '  times: UTC, by the offset each has; in minutes',
      '  numbers: decimal point (shown by the numbers), 2 decimals',
      '  spread: the file has none',
      '  skipped: 1 × open: "…" is not a number',
      expect.stringMatching(/^degraded: with M15 bars alone/),
      'costs: spread none, slippage up to 2 ticks, commission 0, swap 0 for a BUY and 0 for a SELL',
      'accounts: one for each sampled trade (--portfolio: one for all)',
    ]);
    expect((await dtmsHere(REPLAY)).err).toContain('trading is free');
  });

  it.each([
    [['--time-zone', 'Mars/Olympus'], /"Mars\/Olympus" is no time zone.*Europe\/Berlin.*EST-fixed.*broker/],
    [['--time-zone', 'EST'], /EST means several clocks: write EST-fixed, or America\/New_York/],
    [['--decimal', 'dot'], /point or comma/],
    [['--date-order', 'dym'], /ymd, dmy, mdy/],
    [['--spread-unit', 'pips'], /points, price/],
  ])('%j is wrong usage', async (args, text) => {
    const { code, err } = await dtmsHere([...REPLAY, ...args]);
    expect(code).toBe(2);
    expect(err).toMatch(text);
  });

  it.each([
    [
      'no trade',
      '9,BTCUSD,UP,2025-01-06,1,1,,',
      /no trade can be replayed: line 2: direction: "UP" is not BUY or SELL/,
    ],
    ['no rows', '', /no trade can be replayed: it has no rows/],
    [
      'none in the data',
      '9,BTCUSD,BUY,2024-01-06,1,1,,',
      /no trade was entered within the data, 2025-01-06.*2024-01-06/,
    ],
  ])('fails where there is nothing to replay: %s', async (name, row, text) => {
    const file = join(folder, `${name}.csv`);
    writeFileSync(
      file,
      `ticket,symbol,direction,entry_time,entry_price,volume,stop_loss,take_profit\n${row}`,
    );
    const { code, err } = await dtmsHere([
      'replay',
      '--bars',
      barsFile,
      '--symbol',
      'BTCUSD',
      '--trades',
      file,
    ]);
    expect(code).toBe(1);
    expect(err).toMatch(text);
  });

  it('stops at a bad row with --strict', async () => {
    const { code, err } = await dtmsHere([...REPLAY, '--strict']);
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
    const { out, err } = await dtmsHere(args);
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
  const at = (...args: string[]) => dtmsHere([...args, '--server', server.address]);
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
    expect((await list('127.0.0.1:1')).err).toContain('no server at 127.0.0.1:1');
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
    const { code, out } = await started(args, /"ticket":"45"/);
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
    const portfolio = [...REPLAY, '--portfolio', '--commission', '30', '--slippage', '20', '--json'];
    const here = JSON.parse((await dtmsHere(portfolio)).out);
    const there = JSON.parse((await started([...portfolio, '--server', server.address])).out);
    expect(there.log_sha256).toBe(here.log_sha256);
    expect(there.evaluations).toBe(here.evaluations);
  });
});
