// `dtms replay --report`: the built program writes a page and tables that agree with its summary.
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/package-files.js';
import type { ReplaySummary } from '../../../src/replay/summary.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import type { PageData } from '../../../src/report/page-data.js';
import { assets, type ReadRun } from '../../unit/report/assets.js';

const BARS = 600;
const TRADES = 25;
const folder = mkdtempSync(join(tmpdir(), 'dtms-report-'));
const report = join(folder, 'made', 'report');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let summary: ReplaySummary;
let html: string;
let data: PageData;
let run: ReadRun;

const table = (name: string): Readonly<Record<string, string>>[] =>
  parse(readFileSync(join(report, name), 'utf8'), { columns: true });

beforeAll(async () => {
  const { bars } = syntheticMarket({
    seed: 59,
    timeframe: 'M15',
    bars: BARS,
    from: Date.UTC(2025, 0, 6),
    price: 64_000,
    digits: 2,
  });
  const rows = bars.map(({ bar }) =>
    [new Date(bar.time).toISOString(), bar.open, bar.high, bar.low, bar.close, bar.volume].join(','),
  );
  const barsFile = join(folder, 'bars.csv');
  writeFileSync(barsFile, ['time,open,high,low,close,volume', ...rows].join('\n'));
  const program = join(packageRoot(), 'dist', 'src', 'cli.js');
  const what = ['replay', '--bars', barsFile, '--symbol', 'BTCUSD', '--sample', String(TRADES)];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [program, ...what, '--report', report, '--json'],
    { cwd: folder, env: { PATH: process.env.PATH } },
  );
  summary = JSON.parse(stdout);
  html = readFileSync(join(report, 'report.html'), 'utf8');
  const json = /<script id="data" type="application\/json">(.*?)<\/script>/s.exec(html)?.[1] ?? '';
  data = JSON.parse(json);
  run = (await assets()).readRun(json);
});

describe('dtms replay --report', () => {
  it('writes the page and its tables into a folder it makes', () => {
    expect(readdirSync(report).sort()).toEqual([
      'actions.csv',
      'equity.csv',
      'evaluations.csv',
      'report.html',
      'trades.csv',
      'transitions.csv',
    ]);
  });

  it('carries the summary that was printed', () => {
    expect(data.summary).toEqual(summary);
    expect(summary.trades).toBe(TRADES);
  });

  it('says what its results rest on: how files were read, what was degraded, what trading cost', () => {
    expect(data.run.remarks).toEqual([
      expect.stringMatching(/bars\.csv: \d+ of \d+ rows, M15/),
      expect.stringMatching(/^degraded: with M15 bars alone/),
      expect.stringMatching(/^costs: spread none/),
      expect.stringMatching(/^trading is free/),
      expect.stringMatching(/^accounts: one for each sampled trade/),
    ]);
    expect(html).toContain('<ul id="remarks"></ul>');
  });

  it('counts the transitions and final states that the summary counts', () => {
    const transitions = new Map<string, number>();
    for (const { from, to } of table('transitions.csv')) {
      transitions.set(`${from}>${to}`, (transitions.get(`${from}>${to}`) ?? 0) + 1);
    }
    expect(Object.fromEntries(transitions)).toEqual(summary.transitions);
    const states = Object.entries(summary.final_states).flatMap(([state, count]) => Array(count).fill(state));
    const own = table('trades.csv').filter(({ parent_ticket }) => parent_ticket === '');
    expect(own.map(({ final_state }) => final_state).sort()).toEqual(states.sort());
  });

  it('ends its running results where the mean results say', () => {
    const last = table('equity.csv').at(-1);
    const { with_dtms, without_dtms } = summary.result;
    expect(table('equity.csv')).toHaveLength(BARS);
    expect(Number(last?.with_dtms_r)).toBeCloseTo((with_dtms.mean_r ?? 0) * TRADES, 3);
    expect(Number(last?.without_dtms_r)).toBeCloseTo((without_dtms.mean_r ?? 0) * TRADES, 3);
    expect(run.equity.withDtms.at(-1)).toBeCloseTo(Number(last?.with_dtms_r), 2);
  });

  it('has every trade in the page as in its table', () => {
    const rows = table('trades.csv');
    expect(run.trades.map(({ ticket, state }) => [ticket, state])).toEqual(
      rows.map(({ ticket, final_state }) => [ticket, final_state]),
    );
    for (const [index, trade] of run.trades.entries()) {
      if (trade.withDtms !== null) expect(trade.withDtms[0]).toBeCloseTo(Number(rows[index]?.with_dtms_r), 3);
    }
  });

  it('knows a score for each bar of both directions once the indicators have warmed up', () => {
    const rows = table('evaluations.csv');
    for (const direction of ['BUY', 'SELL']) {
      const known = rows.filter((row) => row.direction === direction && row.score !== '');
      expect(known.length).toBeGreaterThan(BARS * 0.9);
    }
    expect(data.thresholds).toMatchObject({ l1Score: -2, l2Score: -4, hedgeScore: -6, recoverScore: 1 });
  });
});
