// `dtms doctor` and `dtms demo`, as their users start them.
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DtmsClient } from '../../../src/client/index.js';
import { dtmsHere } from '../../support/cli-call.js';
import { CliProcess } from '../../support/cli-process.js';
import { eventually } from '../../support/eventually.js';

const folder = mkdtempSync(join(tmpdir(), 'dtms-demo-'));
// Run as root, Postgres has another user, who must reach it.
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const started = (args: readonly string[]) => new CliProcess(folder, args).ended();

describe('doctor and demo', () => {
  it('doctor finds nothing wrong on a fresh folder', async () => {
    const config = join(folder, 'doctor.json');
    writeFileSync(
      config,
      JSON.stringify({ grpc: { port: 0 }, http: { port: 0 }, database: { dataDir: join(folder, 'doctor') } }),
    );
    const { code, out } = await started(['doctor', '--json', '--config', config]);
    expect(JSON.parse(out)).toMatchObject({ ok: true });
    expect(code).toBe(0);
  });

  it('doctor fails where the database cannot be reached', async () => {
    const config = join(folder, 'away.json');
    const url = 'postgres://nobody:secret@127.0.0.1:1/none';
    writeFileSync(config, JSON.stringify({ grpc: { port: 0 }, http: { port: 0 }, database: { url } }));
    const { code, out } = await dtmsHere(['doctor', '--json', '--config', config]);
    expect(code).toBe(1);
    expect(out).not.toContain('secret');
    const failed = JSON.parse(out).findings.filter(({ verdict }: { verdict: string }) => verdict === 'fail');
    expect(failed.map(({ check }: { check: string }) => check)).toEqual(['database']);
  });

  it('demo --fast ends by itself without a terminal, with states moved and a summary', async () => {
    const { code, out } = await started([
      'demo',
      '--fast',
      '--bars',
      '300',
      '--data-dir',
      join(folder, 'demo'),
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(/ demo\S* \d+ BTCUSD HEALTHY>WARNING_L1 by SCORE/);
    expect(out).toMatch(
      / demo\S* \d+ BTCUSD TIGHTEN_SL [\d.]+ {2}PENDING > LEASED > EXECUTING > DONE {2}10009/,
    );
    expect(out.match(/log sha256/g)).toHaveLength(2);
  });

  it('demo says where its dashboard is, and its market goes on where it stopped', async () => {
    const args = ['demo', '--data-dir', join(folder, 'living')];
    const play = async () => {
      const program = new CliProcess(folder, args);
      const [, page = '', address = ''] = await program.says(/dashboard (http:\S+)\nserver +(\S+):/);
      const answer = await fetch(page);
      expect(answer.headers.get('content-type')).toContain('text/html');
      const client = new DtmsClient({ address });
      const asked = { feed: 'demo', symbol: 'XAUUSD' };
      const { view } = await eventually(() => client.getMarketView(asked));
      client.close();
      const second = new CliProcess(folder, args);
      await second.says(/another demo plays in .*: this one begins when that has ended/);
      const ended = await second.interrupt();
      expect(ended.code).toBe(0);
      expect(ended.out, 'it told a market that is not its own').not.toContain('market');
      expect(await program.interrupt()).toMatchObject({ code: 0 });
      return view?.asOf?.getTime() ?? 0;
    };
    const first = await play();
    expect(first).toBeGreaterThan(0);
    expect(await play()).toBeGreaterThanOrEqual(first);
  });

  it('demo keeps out of a database that is not its own: its settings would forget the history in it', async () => {
    const service = join(folder, 'service');
    mkdirSync(join(service, 'postgres'), { recursive: true });
    const { code, err } = await dtmsHere(['demo', '--data-dir', service]);
    const said = `the database in ${service} was not made by dtms demo`;
    expect([code, err]).toEqual([1, expect.stringContaining(said)]);
    expect(readdirSync(service)).toEqual(['postgres']);
  });
});
