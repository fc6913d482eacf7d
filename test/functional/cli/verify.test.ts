// `dtms verify` against servers that are well, and that are not; and what it leaves behind.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scope } from '../../../gen/ts/dtms/v1/access.js';
import { TradeState } from '../../../gen/ts/dtms/v1/types.js';
import { DtmsClient } from '../../../src/client/index.js';
import { startService, type TestService } from '../../support/app.js';
import { CliProcess } from '../../support/cli-process.js';
import { eventually } from '../../support/eventually.js';

let service: TestService;
let folder: string;
let admin: string;
let client: DtmsClient;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dtms-verify-'));
  service = await startService();
  const { consoleToken } = service;
  const scopes = [Scope.ADMIN, Scope.READ, Scope.REGISTER, Scope.MANAGE, Scope.MARKET];
  const made = await service.client.createApiKey({ name: 'verify', scopes, consoleToken });
  admin = made.secret;
  client = new DtmsClient({ address: service.address, apiKey: admin });
  // The first key ends that calls need none, within a second.
  await eventually(() => expect(service.client.getStatus({}, { retryMs: 0 })).rejects.toThrow());
});
afterAll(async () => {
  client.close();
  await service.end();
  rmSync(folder, { recursive: true, force: true });
});

async function verify(args: readonly string[], key = admin) {
  const http = args.includes('--http') ? [] : ['--http', `http://${service.http}`];
  const all = ['verify', service.address, ...http, '--output', 'json', ...args];
  const { code, out, err } = await new CliProcess(folder, all, { DTMS_API_KEY: key }).ended();
  const { ok, checks } = out === '' ? { ok: false, checks: [] } : JSON.parse(out);
  const verdicts = Object.fromEntries(checks.map((check: { name: string }) => [check.name, check]));
  return { code, err, ok, checks, verdicts, out };
}

test('a server that is well passes every check, and nothing is left open', async () => {
  const first = await verify(['--save', 'before.json']);
  expect(first.code, first.out + first.err).toBe(0);
  expect(first.ok).toBe(true);
  const names = Object.keys(first.verdicts);
  for (const name of ['health', 'keys', 'trades', 'clock', 'rest.status', 'metrics', 'canary.watch', 'log'])
    expect(names).toContain(name);
  expect(first.checks.filter(({ verdict }: { verdict: string }) => verdict !== 'ok')).toEqual([]);

  const filter = { account: 'dtms-verify', states: [TradeState.CLOSED] };
  const { trades } = await client.listTrades({ filter });
  expect(trades.map(({ state, feed }) => [state, feed.startsWith('dtms-verify-')])).toEqual([
    [TradeState.CLOSED, true],
  ]);
  const { feeds } = await client.listFeeds({});
  expect(feeds.filter(({ name }) => name.startsWith('dtms-verify'))).toEqual([]);

  // As before, and much faster before.
  const saved = JSON.parse(readFileSync(join(folder, 'before.json'), 'utf8'));
  const asBefore = await verify(['--baseline', 'before.json', '--ratio', '1000']);
  expect(asBefore.code, asBefore.out + asBefore.err).toBe(0);
  const times = Object.fromEntries(Object.keys(saved.times).map((name) => [name, 0]));
  writeFileSync(join(folder, 'faster.json'), JSON.stringify({ ...saved, times }));
  const slower = await verify(['--baseline', 'faster.json']);
  const isSlow = Object.values(slower.verdicts).some(
    (check) => Number(Reflect.get(Object(check), 'ms')) > 25,
  );
  expect(slower.code, slower.out).toBe(isSlow ? 1 : 0);
  // What is too slow is measured again before it fails.
  const verified = (await client.listTrades({ filter })).trades.length - 2;
  if (isSlow) expect(verified).toBe(3);
});

test('a key that may see less skips what it may not see, and one that may not act fails', async () => {
  const scopes = [Scope.ADMIN, Scope.READ, Scope.REGISTER, Scope.MANAGE, Scope.MARKET];
  const own = { accounts: ['dtms-verify'], feeds: ['dtms-verify-*'] };
  const { secret } = await client.createApiKey({ name: 'limited', scopes, ...own });
  const limited = await verify([], secret);
  expect(limited.code, limited.out + limited.err).toBe(0);
  expect(limited.verdicts.servers.verdict).toBe('skip');
  expect(limited.verdicts['canary.evaluate'].verdict).toBe('ok');

  const mayNot = { reader: [Scope.READ], other: [Scope.READ, Scope.REGISTER] };
  for (const [name, some] of Object.entries(mayNot)) {
    const accounts = name === 'other' ? ['live-1'] : [];
    const { secret: less } = await client.createApiKey({ name, scopes: some, accounts });
    const read = await verify([], less);
    expect(read.code).toBe(1);
    // Why is told of the first step it may not take, and what would follow is not waited for.
    const { verdict, detail } = read.verdicts['canary.register'];
    expect([verdict, detail]).toEqual([
      'fail',
      expect.stringMatching(/^this needs the scope|^the key is not for/),
    ]);
    expect(read.err).toContain('1 of');
    expect(read.verdicts['canary.watch']).toBeUndefined();
  }
});

test('no server there is another exit code; one without HTTP fails by name', async () => {
  const gone = await new CliProcess(folder, ['verify', '127.0.0.1:1']).ended();
  expect(gone.code).toBe(3);
  const broken = await verify(['--http', 'http://127.0.0.1:1']);
  expect(broken.code).toBe(1);
  expect(broken.verdicts['rest.ready']).toMatchObject({ verdict: 'fail', ms: null });
  expect(broken.verdicts['canary.close'].verdict).toBe('ok');
});
