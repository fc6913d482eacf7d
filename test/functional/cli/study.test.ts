// `dtms study`: the built program tells what is wrong with a file, goes on after a kill where it was, and writes a page and
// tables that agree.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/package-files.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';

const folder = mkdtempSync(join(tmpdir(), 'dtms-study-'));
const out = join(folder, 'made', 'study');
const program = join(packageRoot(), 'dist', 'src', 'cli.js');
const options = { cwd: folder, env: { PATH: process.env.PATH } };
/** A text that would be markup, were it put in as it is. */
const NAME = 'Made up <img src=x> & "quoted"';
const STUDY = {
  name: NAME,
  sets: [{ name: 'made up', symbol: 'BTCUSD', bars: 'bars.csv', costs: { commission: 5 } }],
  trades: {
    count: 20,
    seeds: [1, 2],
    entry: 'even',
    stopAtr: 4,
    targetAtr: 6,
    holdBars: 50,
    overlap: 'allowed',
  },
  variants: [{ name: 'targets, half', rules: [{ kind: 'targets', targets: [{ atR: 0.5, share: 0.5 }] }] }],
  draws: 200,
};

const study = (file: string, ...more: string[]) =>
  promisify(execFile)(process.execPath, [program, 'study', file, '--out', out, ...more], options);
const table = (name: string): Readonly<Record<string, string>>[] =>
  parse(readFileSync(join(out, name), 'utf8'), { columns: true });

let stdout = '';
let stderr = '';

/** Starts a study, and kills it when it has said that so many parts are done. */
async function killedAfter(parts: number): Promise<void> {
  const child: ChildProcess = spawn(
    process.execPath,
    [program, 'study', join(folder, 'study.json'), '--out', out, '--processes', '1'],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'exit');
  if (child.stderr !== null) {
    for await (const line of createInterface({ input: child.stderr })) {
      if (line.startsWith(`${parts} of`)) child.kill('SIGKILL');
    }
  }
  await ended;
}

beforeAll(async () => {
  const from = Date.UTC(2025, 0, 6);
  const { bars } = syntheticMarket({ seed: 59, timeframe: 'M15', bars: 500, from, price: 64_000, digits: 2 });
  const rows = bars.map(({ bar }) =>
    [new Date(bar.time).toISOString(), bar.open, bar.high, bar.low, bar.close, bar.volume].join(','),
  );
  writeFileSync(join(folder, 'bars.csv'), ['time,open,high,low,close,volume', ...rows].join('\n'));
  writeFileSync(join(folder, 'study.json'), JSON.stringify(STUDY));
  await killedAfter(2);
  ({ stdout, stderr } = await study(join(folder, 'study.json')));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('dtms study', () => {
  it('goes on after a kill with the parts that are not done', () => {
    const [first = '', ...rest] = stderr.split('\n');
    expect(first).toMatch(/^[2-7] of 7 parts are done/);
    expect(rest.some((line) => line.startsWith('7 of 7'))).toBe(true);
  });

  it('prints a decision for each market', () => {
    expect(stdout).toMatch(/^BTCUSD: (not enough data|do not defend|defend so)/);
    expect(stdout.trim().split('\n')).toHaveLength(1);
  });

  it('writes a page that runs nothing, shows every variant and takes no text as markup', () => {
    const html = readFileSync(join(out, 'study.html'), 'utf8');
    expect(html).not.toMatch(/<script|<img/);
    expect(html).toContain('Made up &lt;img src=x&gt; &amp; &quot;quoted&quot;');
    for (const name of ['dtms', 'placebo', 'chandelier 2 ATR', 'stop at -0.5 R', 'targets, half']) {
      expect(html).toContain(`<th scope="row">${name}</th>`);
    }
    expect(html).toContain('The rule.');
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('writes tables whose trades are what the figures are of', () => {
    expect(readdirSync(out).sort()).toEqual(
      [
        'calibration.csv',
        'groups.csv',
        'parts',
        'score.csv',
        'study.html',
        'study.json',
        'trades.csv',
        'variants.csv',
      ].sort(),
    );
    const trades = table('trades.csv');
    expect(trades).toHaveLength(40);
    for (const row of table('variants.csv')) {
      const results = trades.map((trade) => Number(trade[row.variant ?? '']));
      const alone = trades.map((trade) => Number(trade['left alone']));
      const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
      expect(Number(row.mean_r)).toBeCloseTo(mean(results), 5);
      expect(Number(row.gain_r)).toBeCloseTo(mean(results) - mean(alone), 5);
      expect(Number(row.gain_r_low)).toBeLessThanOrEqual(Number(row.gain_r_high));
    }
  });

  it('computes nothing again when nothing has changed, and says the same', async () => {
    const again = await study(join(folder, 'study.json'));
    expect(again.stderr).toMatch(/^7 of 7 parts are done/);
    expect(again.stdout).toBe(stdout);
  });

  it('takes trades of a file, once, and says which it leaves out', async () => {
    const bar = (index: number) =>
      readFileSync(join(folder, 'bars.csv'), 'utf8').split('\n')[index]?.split(',') ?? [];
    const row = (ticket: number, index: number, stop: number | string) =>
      [ticket, 'BTCUSD', 'BUY', bar(index)[0], bar(index)[1], 0.5, stop, ''].join(',');
    const rows = [row(1, 50, 60_000), row(2, 200, 60_000), row(3, 210, '')];
    const head = 'ticket,symbol,direction,entry_time,entry_price,volume,stop_loss,take_profit';
    writeFileSync(join(folder, 'trades.csv'), [head, ...rows].join('\n'));
    const own = { ...STUDY, sets: [{ ...STUDY.sets[0], trades: 'trades.csv' }] };
    const file = join(folder, 'own.json');
    writeFileSync(file, JSON.stringify(own));
    const { stdout: said } = await study(file, '--json');
    const { markets, sets } = JSON.parse(said);
    expect(markets[0].trades).toBe(2);
    expect(markets[0].decision.kind).toBe('not enough data');
    expect(sets[0].facts.remarks).toContain('left out: 1 × trades have no stop');
  });

  it('tells every problem of a file, and of one that is not there', async () => {
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, JSON.stringify({ ...STUDY, sets: [], draws: 1 }));
    await expect(study(bad)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cannot be studied:\n {2}sets: [\s\S]*\n {2}draws: /),
    });
    await expect(study(join(folder, 'none.json'))).rejects.toMatchObject({ code: 1 });
    const lost = { ...STUDY, sets: [{ ...STUDY.sets[0], bars: 'gone.csv', trades: 'lost.csv' }] };
    writeFileSync(bad, JSON.stringify(lost));
    await expect(study(bad)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/sets\[0\]\.bars: .*gone\.csv\n {2}sets\[0\]\.trades: .*lost\.csv/),
    });
  });

  // Before: the first of them, once the parts of all sets before it were computed.
  it('tells every set that cannot be read before it computes anything', async () => {
    writeFileSync(
      join(folder, 'yen.csv'),
      'time|open|high|low|close\n2025-01-06 00:00|163.412|163.5|163.4|163.45\n',
    );
    writeFileSync(join(folder, 'empty.csv'), '');
    const [first] = STUDY.sets;
    const others = ['yen', 'empty'].map((name) => ({ ...first, name, bars: `${name}.csv` }));
    const file = join(folder, 'unread.json');
    writeFileSync(file, JSON.stringify({ ...STUDY, sets: [first, ...others] }));
    const parts = readdirSync(join(out, 'parts'));
    await expect(study(file)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^dtms: these sets cannot be studied:\n {2}yen: .*yen\.csv.*\n {2}empty: .*empty\.csv/,
      ),
    });
    expect(readdirSync(join(out, 'parts'))).toEqual(parts);
  });

  it('says which set has too few bars', async () => {
    const few = readFileSync(join(folder, 'bars.csv'), 'utf8').split('\n').slice(0, 12).join('\n');
    writeFileSync(join(folder, 'few.csv'), few);
    const short = join(folder, 'short.json');
    writeFileSync(short, JSON.stringify({ ...STUDY, sets: [{ ...STUDY.sets[0], bars: 'few.csv' }] }));
    await expect(study(short)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/made up: no trade can be sampled: 11 bars/),
    });
  });
});
