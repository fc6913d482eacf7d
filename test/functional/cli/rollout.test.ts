// `dtms rollout` as an operator uses it, behind a real HAProxy: started in one terminal, paused, promoted and rolled back in others,
// and reported. Skips where there is no haproxy.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HaproxyTraffic } from '../../../src/rollout/haproxy.js';
import { freePort } from '../../../src/store/embedded/cluster.js';
import { CliProcess } from '../../support/cli-process.js';
import { until } from '../../support/eventually.js';
import { execute } from '../../support/postgres.js';
import { NO_HAPROXY, proxyConfig } from '../../support/rollout-stage.js';
import { TestServers } from '../../support/servers.js';

describe.skipIf(NO_HAPROXY !== '')(`dtms rollout${NO_HAPROXY}`, () => {
  let servers: TestServers;
  let folder: string;
  let proxy: ChildProcess;
  let traffic: HaproxyTraffic;
  const plan = (backend: string) => ({
    kind: 'haproxy' as const,
    socket: join(folder, 'admin.sock'),
    backend,
  });
  const dtms = (...args: string[]) =>
    new CliProcess(folder, ['rollout', ...args], { DTMS_DATABASE_URL: servers.database.url });
  const green = async () => (await traffic.servers()).find(({ name }) => name === 'green1')?.weight;

  beforeAll(async () => {
    servers = await TestServers.start(2);
    folder = mkdtempSync(join(tmpdir(), 'dtms-rollout-'));
    traffic = new HaproxyTraffic(plan('dtms'));
    const addresses = { blue1: servers.at(0).grpcAddress, green1: servers.at(1).grpcAddress };
    writeFileSync(
      join(folder, 'haproxy.cfg'),
      proxyConfig(await freePort(), join(folder, 'admin.sock'), addresses),
    );
    proxy = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' });
    await until('the proxy finds both well', async () =>
      (await traffic.servers().catch(() => [{ isUp: false }])).every(({ isUp }) => isUp),
    );
    const http = (index: number) => ({ http: `http://${servers.at(index).httpAddress}` });
    const whole = {
      traffic: plan('dtms'),
      servers: { blue1: http(0), green1: http(1) },
      sampleMs: 200,
      giveUpMs: 60_000,
      steps: [50, 100].map((percent) => ({ kind: 'calls', percent, forMs: 3_600_000 })),
      rules: [{ kind: 'unready', forMs: 60_000 }],
    };
    writeFileSync(join(folder, 'plan.json'), JSON.stringify(whole));
    writeFileSync(
      join(folder, 'wrong.json'),
      JSON.stringify({ ...whole, steps: [{ kind: 'calls' }], sampleMs: 0 }),
    );
  });
  afterAll(async () => {
    proxy.kill();
    await servers.end();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a plan that is wrong and a green that is nowhere are told, and nothing begins', async () => {
    const [wrong, nowhere, none] = await Promise.all([
      dtms('start', '--green', 'green1', '--plan', 'wrong.json').ended(),
      dtms('start', '--green', '10.9.9.9:1', '--plan', 'plan.json').ended(),
      dtms('pause').ended(),
    ]);
    expect(wrong).toMatchObject({ code: 1, err: expect.stringMatching(/sampleMs[\s\S]*steps\[0\]/) });
    expect(nowhere).toMatchObject({
      code: 2,
      err: expect.stringContaining('not behind the proxy: 10.9.9.9:1'),
    });
    expect(none).toMatchObject({ code: 1, err: expect.stringContaining('no rollout is active') });
  });

  test('started, paused, promoted, rolled back by a person, and reported', async () => {
    const tool = dtms('start', '--green', 'green1', '--plan', 'plan.json');
    await until('green has half', async () => (await green()) === 1);
    const watch = dtms('status', '--watch');
    const second = await dtms('start', '--green', 'green1', '--plan', 'plan.json').ended();
    expect(second).toMatchObject({ code: 2, err: expect.stringContaining('a rollout is active') });

    expect(await dtms('pause', '--reason', 'a look').ended()).toMatchObject({
      code: 0,
      out: 'paused: a look\n',
    });
    expect(JSON.parse((await dtms('status', '--json').ended()).out)).toMatchObject({
      status: 'PAUSED',
      percent: 50,
    });
    expect((await dtms('promote').ended()).code).toBe(0);
    await until('blue has nothing', async () => (await traffic.servers())[0]?.weight === 0);

    // A tool that lost its session goes on with another one, and a proxy that lost what it was told gets it again.
    await execute(
      servers.database.url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'dtms-rollout'`,
    );
    await traffic.setWeights(new Map([['blue1', 7]]));
    await until('blue has nothing again', async () => (await traffic.servers())[0]?.weight === 0);

    // It ends when the one that carries the rollout out has led all back.
    const back = await dtms('rollback', '--reason', 'it looks odd').ended();
    expect(back).toMatchObject({ code: 0, out: expect.stringContaining('ROLLED_BACK') });
    expect(await tool.ended()).toMatchObject({ code: 1, err: expect.stringContaining('it looks odd') });
    expect(await green()).toBe(0);
    expect((await watch.ended()).out).toMatch(
      /begun with green green1[\s\S]*to be rolled back: it looks odd[\s\S]*ROLLED_BACK/,
    );

    const { out } = await dtms('report').ended();
    for (const text of [
      'ROLLED_BACK',
      'it looks odd',
      'paused: a look',
      'ended by an operator',
      'checks of blue passed',
    ])
      expect(out).toContain(text);
    const report = JSON.parse((await dtms('report', '1', '--json').ended()).out);
    expect(report.rollbackMs).toBeGreaterThan(0);
    expect(report.samples.length).toBeGreaterThan(1);
    expect(report.samples[0].looks.map(({ reading }: { reading: unknown }) => reading !== null)).toEqual([
      true,
      true,
    ]);
  });
});
