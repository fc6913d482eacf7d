// Feature flags on three servers over one Postgres: what a person sets at any of them holds on all, decides the very next
// decision of whom it is for and of nobody else, is on record, ends by the database's clock and outlives who leads.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlagState } from '../../../gen/ts/dtms/v1/feature_flag.js';
import { AlarmKind } from '../../../gen/ts/dtms/v1/system_service.js';
import { SuppressionReason } from '../../../gen/ts/dtms/v1/types.js';
import { DtmsClient } from '../../../src/client/index.js';
import { actionCalls } from '../../support/action-calls.js';
import { until } from '../../support/eventually.js';
import { TestServers } from '../../support/servers.js';

const FILE = join(mkdtempSync(join(tmpdir(), 'dtms-flags-')), 'flags.json');
let servers: TestServers;
let clients: DtmsClient[];
beforeAll(async () => {
  writeFileSync(FILE, JSON.stringify({ flags: {} }));
  servers = await TestServers.start(3, { limits: { mode: 'off' }, flags: { file: FILE } });
  clients = servers.apps.map(({ grpcAddress }) => new DtmsClient({ address: grpcAddress }));
});
afterAll(async () => {
  for (const client of clients) client.close();
  await servers.end();
});

const at = (index: number): DtmsClient => {
  const client = clients[index];
  if (client === undefined) throw new RangeError(`there is no server ${index}`);
  return client;
};
const calls = actionCalls(() => ({ client: at(0) }));
const by = { by: 'ann', reason: 'a test' };

async function stateAt(client: DtmsClient, flag: string, account: string): Promise<string> {
  const { flags } = await client.listFeatureFlags({ account });
  return FlagState[flags.find((each) => each.flag === flag)?.state ?? 0] ?? '';
}

async function everywhere(flag: string, account: string, state: 'ON' | 'OFF'): Promise<void> {
  for (const client of clients)
    await until(
      `${flag} of ${account} is ${state}`,
      async () => (await stateAt(client, flag, account)) === state,
    );
}

const suppressedOf = async (account: string) =>
  (await calls.eventsOf(account)).flatMap(({ change }) =>
    change?.$case === 'stateChanged' ? change.value.suppressed : [],
  );

test('enforce off for one account, told to a follower: its next decision plans nothing, others act', async () => {
  const [observed, acting] = [calls.account(), calls.account()];
  await at(2).setFeatureFlag({ flag: 'enforce', state: FlagState.OFF, account: observed, ...by });
  await everywhere('enforce', observed, 'OFF');
  await everywhere('enforce', acting, 'ON');

  await calls.opened(observed, 1);
  await expect(calls.fall(observed)).rejects.toThrow('nothing was planned');
  const decision = { flag: 'enforce', variant: 'off', reason: 'TARGETING_MATCH', note: 'set by ann: a test' };
  const suppressed = await suppressedOf(observed);
  expect(
    suppressed.filter(({ reason }) => reason === SuppressionReason.OBSERVE).map(({ flag }) => flag),
  ).toContainEqual(decision);

  await calls.opened(acting, 1);
  await calls.fall(acting);
  await calls.beat(acting);
  expect(await calls.lease(acting)).toHaveLength(1);

  const { alarms } = await at(1).listAlarms({});
  const observing = alarms.filter(({ kind }) => kind === AlarmKind.OBSERVING);
  expect(observing.map(({ account }) => account)).toEqual([observed]);
  expect((await at(0).getRisk({ account: observed })).risk?.modeReason).toContain('flag enforce is off');
  const { events } = await at(0).listAuditEvents({ account: observed });
  expect(events.map(({ actor, detail }) => [actor, detail])).toContainEqual([
    expect.any(String),
    expect.objectContaining({ flag: 'enforce', state: 'off', ...by }),
  ]);
});

test('an action that waits is given to no bridge while its type is off, and is once that ends by itself', async () => {
  const account = await calls.troubled(1);
  const [{ action } = { action: undefined }] = await calls.listed(account);
  const flag = 'action.TIGHTEN_SL';
  expect(action?.actionId).toContain('TIGHTEN_SL');
  await at(1).setFeatureFlag({ flag, state: FlagState.OFF, account, durationSeconds: 2, ...by });
  expect(await calls.lease(account)).toEqual([]);
  const alarm = (await at(0).listAlarms({})).alarms.find(({ kind }) => kind === AlarmKind.SWITCHED_OFF);
  expect(alarm?.text).toContain('flag action.TIGHTEN_SL is off');
  await everywhere(flag, account, 'ON');
  expect(await calls.lease(account)).toHaveLength(1);
});

test.each([
  ['a flag nobody knows', { flag: 'enfroce' }, 'flag'],
  ['a symbol of a flag that is the same for all', { flag: 'enforce', symbol: 'XAUUSD' }, 'symbol'],
  ['an account of a signal', { flag: 'signal.MOMENTUM', account: 'demo' }, 'account'],
  ['a share of one account', { flag: 'enforce', account: 'demo', percent: 5 }, 'percent'],
])('%s is refused, and nothing is set', async (_what, told, field) => {
  const before = (await at(0).listFeatureFlags({})).revision;
  const attempt = at(1).setFeatureFlag({ state: FlagState.OFF, ...told, ...by });
  await expect(attempt).rejects.toMatchObject({
    report: { violations: [expect.objectContaining({ field })] },
  });
  expect((await at(0).listFeatureFlags({})).revision).toBe(before);
});

test('REST off is 404 at every server but for what switches it on again, and so are the old routes', async () => {
  const statusOf = async (index: number, path: string) =>
    (await fetch(`http://${servers.at(index).httpAddress}${path}`)).status;
  const everyServer = (path: string, status: number) =>
    Promise.all(
      [0, 1, 2].map((index) =>
        until(`${path} is ${status}`, async () => (await statusOf(index, path)) === status),
      ),
    );
  await everyServer('/v1/dtms/status', 200);
  await everyServer('/dtms/health', 200);
  await at(0).setFeatureFlag({ flag: 'rest', state: FlagState.OFF, ...by });
  await everyServer('/v1/dtms/status', 404);
  expect([await statusOf(1, '/v1/dtms/flags'), await statusOf(1, '/livez')]).toEqual([200, 200]);
  expect((await at(1).getStatus({})).leaderServerId).not.toBe('');
  await at(0).setFeatureFlag({ flag: 'legacy-routes', state: FlagState.OFF, ...by });
  await everyServer('/dtms/health', 404);
  await fetch(`http://${servers.at(1).httpAddress}/v1/dtms/flags/rest:clear`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(by),
  });
  await everyServer('/v1/dtms/status', 200);
});

test('the file that the leader reads again is in force everywhere, one that is wrong is not, and a person counts before it', async () => {
  const [kept, account] = [calls.account(), calls.account()];
  await at(1).setFeatureFlag({ flag: 'enforce', state: FlagState.ON, account: kept, ...by });
  const observing = { state: 'ENABLED', variants: { on: true, off: false }, defaultVariant: 'off' };
  writeFileSync(FILE, JSON.stringify({ flags: { enforce: observing } }));
  const { changed } = await at(0).reloadConfig({});
  expect(changed).toEqual(['flags.enforce']);
  await everywhere('enforce', account, 'OFF');
  await everywhere('enforce', kept, 'ON');
  writeFileSync(FILE, JSON.stringify({ flags: { enforce: { ...observing, defaultVariant: 'maybe' } } }));
  await expect(at(0).reloadConfig({})).rejects.toMatchObject({
    report: { metadata: { problems: expect.stringContaining('flags.enforce.defaultVariant') } },
  });
  expect(await stateAt(at(0), 'enforce', account)).toBe('OFF');
  writeFileSync(FILE, JSON.stringify({ flags: {} }));
  await at(0).reloadConfig({});
  await everywhere('enforce', account, 'ON');
});

test('what was set outlives the server that led, and is taken back at the next', async () => {
  const account = calls.account();
  await at(0).setFeatureFlag({ flag: 'enforce', state: FlagState.OFF, account, ...by });
  const before = await at(0).listFeatureFlags({ account });
  await servers.stop(servers.at(0));
  clients.splice(0, 1)[0]?.close();
  await until('another leads', async () => {
    const { leaderServerId } = await at(0).getStatus({});
    return leaderServerId !== '';
  });
  expect((await at(1).listFeatureFlags({ account })).flags).toEqual(before.flags);
  const { cleared } = await at(1).clearFeatureFlag({ flag: 'enforce', account, ...by });
  expect(cleared).toBe(1);
  await everywhere('enforce', account, 'ON');
});
