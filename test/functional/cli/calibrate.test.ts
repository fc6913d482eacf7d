// `dtms calibrate`: the built program refuses what a hold-out does not support, with an exit code of its own, and leaves its
// evidence either way, and a policy where it supports it; a hold-out is never opened for what the past does not recommend.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPolicyFile } from '../../../src/cli/policy-files.js';
import { packageRoot } from '../../../src/package-files.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';

const folder = mkdtempSync(join(tmpdir(), 'dtms-calibrate-'));
const program = join(packageRoot(), 'dist', 'src', 'cli.js');
const STUDY = `
name: Made up
sets:
  - { name: made up, symbol: BTCUSD, bars: bars.csv, costs: { commission: 5 } }
trades:
  { count: 200, seeds: [1], entry: random, stopAtr: 4, targetAtr: 6, holdBars: 50, overlap: allowed }
sweeps:
  - name: loss stop
    rules: [{ kind: loss_stop, atR: { each: [0.3, 0.5] } }]
draws: 200
`;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const calibrate = async (out: string, ...more: string[]): Promise<Ended> => {
  const argv = [program, 'calibrate', join(folder, 'study.yaml'), '--out', join(folder, out), ...more];
  try {
    const ended = await promisify(execFile)(process.execPath, argv, {
      cwd: folder,
      env: { PATH: process.env.PATH },
    });
    return { code: 0, ...ended };
  } catch (error) {
    return error as Ended;
  }
};
const evidence = (out: string) => JSON.parse(readFileSync(join(folder, out, 'calibration.json'), 'utf8'))[0];

beforeAll(() => {
  const from = Date.UTC(2025, 0, 6);
  const { bars } = syntheticMarket({ seed: 3, timeframe: 'M15', bars: 6000, from, price: 64_000, digits: 2 });
  const rows = bars.map(({ bar }) =>
    [new Date(bar.time).toISOString(), bar.open, bar.high, bar.low, bar.close, bar.volume].join(','),
  );
  writeFileSync(join(folder, 'bars.csv'), ['time,open,high,low,close,volume', ...rows].join('\n'));
  writeFileSync(join(folder, 'study.yaml'), STUDY);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('dtms calibrate', () => {
  it('recommends no gain in a market of chance, ends with 4, and says why', async () => {
    const { code, stdout, stderr } = await calibrate('gain', '--goal', 'gain');
    expect(code).toBe(4);
    expect(stdout).toMatch(/^BTCUSD: nothing is recommended: /);
    expect(stderr).toContain('no policy is recommended for BTCUSD');
    const { is_supported, data, tries, hold_out, chosen } = evidence('gain');
    expect(is_supported).toBe(false);
    // The benchmarks but the placebo, and the sweep.
    expect(tries).toBe(6);
    expect(data[0].files[0]).toMatchObject({
      name: 'bars.csv',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(hold_out === null).toBe(stdout.includes('stays closed'));
    expect(hold_out === null || chosen !== null).toBe(true);
  });

  it('opens the hold-out for what limits, and counts the opening once', async () => {
    const policy = join(folder, 'limit', 'policy-BTCUSD.json');
    // What an earlier calibration recommended.
    mkdirSync(join(folder, 'limit'));
    writeFileSync(policy, '{"name": "old"}');
    const first = await calibrate('limit', '--goal', 'limit', '--json');
    expect(first.code === 0 || first.code === 4).toBe(true);
    expect(existsSync(policy)).toBe(first.code === 0);
    expect(evidence('limit').is_supported).toBe(first.code === 0);
    if (first.code === 0) {
      expect(readPolicyFile(policy)).toMatchObject({ scope: { symbols: ['BTCUSD'] }, observe: false });
      expect(JSON.parse(readFileSync(policy, 'utf8')).evidence).toEqual(evidence('limit'));
    }
    const before = evidence('limit');
    expect(before.hold_out).toMatchObject({
      openings: existsSync(join(folder, 'gain')) ? expect.any(Number) : 1,
    });
    const openings = () => readFileSync(join(folder, 'hold-outs.jsonl'), 'utf8').trim().split('\n').length;
    const opened = openings();
    const again = await calibrate('limit', '--goal', 'limit', '--json');
    expect(again.stdout).toBe(first.stdout);
    expect(openings()).toBe(opened);
    // The hold-out is the latest quarter, and no trade of the folds is entered in it.
    const from = Date.parse(before.hold_out.from);
    for (const fold of before.folds) expect(Date.parse(fold.to)).toBeLessThan(from);
    const [{ from: first_bar, until }] = before.data;
    const share = (Date.parse(until) - from) / (Date.parse(until) - Date.parse(first_bar));
    expect(share).toBeGreaterThan(0.24);
    expect(share).toBeLessThan(0.28);
  });

  it('wants a goal, and a hold-out that can be one', async () => {
    expect((await calibrate('none')).code).toBe(2);
    expect((await calibrate('none', '--goal', 'gain', '--hold-out', '0.9')).code).toBe(2);
  });
});
