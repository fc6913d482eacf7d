// `dtms config`, and a server that reads its configuration again: by a command, by SIGHUP, and when its file changes.
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DtmsClient } from '../../../src/client/index.js';
import { CliProcess } from '../../support/cli-process.js';
import { eventually } from '../../support/eventually.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dtms-config-cli-'));
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const dtms = (args: readonly string[], variables: Record<string, string> = {}) =>
  new CliProcess(folder, ['config', ...args], variables).ended();

const write = (name: string, content: unknown) => writeFileSync(join(folder, name), JSON.stringify(content));

test('show says where each value comes from and hides secrets; check and diff name paths', async () => {
  write('own.json', { limits: { maxStreams: 900 } });
  const url = { DTMS_DATABASE_URL: 'postgres://u:hunter2@h/d', DTMS_ENV: 'staging', DTMS_CONFIG: 'own.json' };
  const shown = await dtms(['show', '--sources', '--json'], url);
  const lines = shown.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toContainEqual({ path: 'limits.maxStreams', value: 900, source: 'file', from: 'own.json' });
  expect(lines).toContainEqual({
    path: 'database.url',
    value: '[redacted]',
    source: 'variable',
    from: 'DTMS_DATABASE_URL',
  });
  expect(shown.out).not.toContain('hunter2');

  write('bad.json', { limits: { maxStream: 9, mode: 'loud' }, rules: { states: { l1Scor: 1 } } });
  const checked = await dtms(['check', 'bad.json']);
  expect(checked.code).toBe(1);
  expect(checked.err).toContain('limits.maxStream: is not a setting; did you mean limits.maxStreams?');
  expect(checked.err).toContain('rules.states.l1Scor: is not a setting; did you mean rules.states.l1Score?');
  expect(checked.err).toMatch(/limits\.mode: must be one of .*"auto","on","off"/);
  expect((await dtms(['check', 'own.json'])).out).toBe('own.json: no problems\n');

  const different = (await dtms(['diff', 'staging', 'own.json', '--json'])).out.trim().split('\n');
  expect(different.map((line) => JSON.parse(line))).toContainEqual({
    path: 'limits.maxStreams',
    before: 5000,
    after: 900,
    live: true,
  });
});

test('a server reads its file again: when told, by SIGHUP, and when it changes', async () => {
  const settings = (maxCallMs: number, more: object = {}) => ({ limits: { maxCallMs }, ...more });
  write('live.json', settings(30_000));
  const server = new CliProcess(folder, ['serve', '--port', '0', '--config', 'live.json'], {
    DTMS_DATABASE_URL: database.url,
    // Neither of the other two ways is the file's.
    DTMS_RELOAD_WATCH_MS: '0',
  });
  const [, address = ''] = await server.says(/^gRPC +(\S+)/m);
  const client = new DtmsClient({ address });
  try {
    await eventually(async () => expect((await client.getStatus({})).role).toBe(2));
    const inForce = async () => {
      const { config, revision, needsRestart } = await client.getConfig({});
      return {
        maxCallMs: config?.limits.maxCallMs,
        revision,
        needsRestart,
        l2: config?.rules.states.l2Score,
      };
    };
    write('live.json', settings(20_000, { grpc: { drainMs: 9 }, rules: { states: { l2Score: -5 } } }));
    const reloaded = await new CliProcess(folder, ['config', 'reload', '--server', address]).ended();
    expect(reloaded.out).toBe('revision 2: limits.maxCallMs\n');
    expect(reloaded.err).toContain('waits for a restart: grpc.drainMs, rules.states.l2Score');
    expect(await inForce()).toEqual({
      maxCallMs: 20_000,
      revision: 2n,
      needsRestart: ['grpc.drainMs', 'rules.states.l2Score'],
      l2: -4,
    });

    write('live.json', settings(0));
    const refused = await new CliProcess(folder, ['config', 'reload', '--server', address]).ended();
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('limits.maxCallMs: must be a whole number from 1');
    expect((await inForce()).maxCallMs).toBe(20_000);

    write('live.json', settings(10_000));
    server.tell('SIGHUP');
    await eventually(async () =>
      expect(await inForce()).toMatchObject({ maxCallMs: 10_000, l2: -4, needsRestart: [] }),
    );
    const { events } = await client.listAuditEvents({ method: 'SIGHUP' });
    expect(events.map(({ actor }) => actor)).toEqual(['server']);
  } finally {
    client.close();
    await server.interrupt();
  }
});

test('a file that is replaced is read, and so is the plan of notices', async () => {
  const plan = (name: string) => ({
    channels: [{ name: 'ops', kind: 'webhook', url: 'http://127.0.0.1:1/' }],
    rules: [{ name, kinds: ['TRADE_CLOSED'], channels: ['ops'] }],
  });
  write('plan.json', plan('first'));
  write('watched.json', { limits: { maxCallMs: 1000 }, notices: { plan: 'plan.json' } });
  const server = new CliProcess(folder, ['serve', '--port', '0', '--config', 'watched.json'], {
    DTMS_DATABASE_URL: database.url,
    DTMS_RELOAD_WATCH_MS: '50',
    DTMS_NOTICES_OPS_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
  });
  const [, address = ''] = await server.says(/^gRPC +(\S+)/m);
  const client = new DtmsClient({ address });
  try {
    write('next.json', { limits: { maxCallMs: 2000 }, notices: { plan: 'plan.json' } });
    renameSync(join(folder, 'next.json'), join(folder, 'watched.json'));
    await eventually(async () => expect((await client.getConfig({})).config?.limits.maxCallMs).toBe(2000));
    write('plan.json', plan('second'));
    await eventually(async () =>
      expect((await client.getConfig({})).config?.noticePlan.rules).toMatchObject([{ name: 'second' }]),
    );
  } finally {
    client.close();
    await server.interrupt();
  }
});
