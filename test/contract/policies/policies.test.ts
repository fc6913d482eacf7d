// Policies on two servers over one Postgres: written at a follower they hold on both, decide for the next trade and for none
// before it, reach a bridge as leased actions, are previewed as they are then assigned, outlive who leads, and are on record.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Policy, PolicyPlan, PolicyScope } from '../../../gen/ts/dtms/v1/policy_service.js';
import { ServerRole } from '../../../gen/ts/dtms/v1/system_service.js';
import { ActionOutcome, ActionType, Direction, SuppressionReason } from '../../../gen/ts/dtms/v1/types.js';
import { PolicyFileError, policyOf, readPolicyFile } from '../../../src/cli/policy-files.js';
import { DtmsClient, ErrorReason } from '../../../src/client/index.js';
import { JournalTable } from '../../../src/store/journal.js';
import { policyFromProto, policyToProto } from '../../../src/wire/policy.js';
import { actionCalls, only } from '../../support/action-calls.js';
import { until } from '../../support/eventually.js';
import { recordGolden } from '../../support/golden-journal.js';
import { tryJournal } from '../../support/journal-law.js';
import { TestServers } from '../../support/servers.js';

const FOLDER = join(import.meta.dirname, '../../../policies');
let servers: TestServers;
let clients: DtmsClient[];
beforeAll(async () => {
  servers = await TestServers.start(2, { limits: { mode: 'off' } });
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
const why = { by: 'ann', reason: 'a test' };
const fileOf = (name: string) => readPolicyFile(join(FOLDER, name));

/** Rules instead of the plan, for the trades of one account. */
const ruled = (account: string, rules: Policy['rules'], more: Partial<Policy> = {}): Policy =>
  Policy.fromPartial({
    name: `of-${account}`,
    scope: { accounts: [account] },
    plan: { off: true },
    rules,
    ...more,
  });
const chandelier = (atrs: number): Policy['rules'][number] => ({
  rule: { $case: 'chandelier', value: { atrs } },
});
const policiesOf = async (account: string) =>
  (await at(0).listTrades({ filter: { account } })).trades.map(
    ({ policy }) => `${policy?.name} ${policy?.version}`,
  );

test('written at a follower, a policy defends the next trade: its rule reaches a bridge, and the log tells which', async () => {
  const account = calls.account();
  const { policy } = await at(1).upsertPolicy({ policy: ruled(account, [chandelier(1)]), ...why });
  expect(policy?.version).toBe(1n);
  for (const client of clients)
    await until('the policy is known', async () =>
      (await client.listPolicies({})).policies.some((each) => each.policy?.name === `of-${account}`),
    );
  await calls.opened(account, 1);
  expect(await policiesOf(account)).toEqual([`of-${account} 1`]);
  await calls.fall(account);
  await calls.beat(account);
  const leased = only(await calls.lease(account));
  expect(leased.action).toMatchObject({ type: ActionType.TRAIL_SL, rule: 'chandelier' });
  expect(leased.action?.note).toContain('chandelier, 1 ATR behind the best price');
  await calls.begin(leased);
  await calls.report(leased, ActionOutcome.DONE);
  const events = await calls.eventsOf(account);
  expect(new Set(events.map((event) => `${event.policy?.name} ${event.policy?.version}`))).toEqual(
    new Set([`of-${account} 1`]),
  );
  const [planned] = events.flatMap(({ change }) => (change?.$case === 'actionPlanned' ? [change.value] : []));
  expect(planned?.cause).toBe(`policy of-${account}, version 1`);
  const { events: audits } = await at(0).listAuditEvents({ actor: '' });
  expect(audits.map(({ detail }) => detail)).toContainEqual(
    expect.objectContaining({
      name: `of-${account}`,
      version: 1,
      ...why,
      policy: expect.stringContaining('chandelier'),
    }),
  );
});

test('a preview tells what the assignment then does, and a changed policy leaves running trades alone', async () => {
  const account = calls.account();
  await calls.opened(account, 2);
  expect(await policiesOf(account)).toEqual(['dtms 1', 'dtms 1']);
  const written = ruled(account, [chandelier(1)]);
  const asWritten = (await at(0).previewPolicy({ account, policy: written })).changes;
  await at(0).upsertPolicy({ policy: written, ...why });
  expect(await policiesOf(account)).toEqual(['dtms 1', 'dtms 1']);
  const previewed = (await at(0).previewPolicy({ account, name: written.name })).changes;
  expect(previewed).toEqual(asWritten);
  const { changes } = await at(0).assignPolicy({ account, name: written.name, tickets: [1n], ...why });
  expect(changes).toEqual(previewed.filter(({ ticket }) => ticket === 1n));
  expect(changes.flatMap(({ planned }) => planned.map(({ rule }) => rule))).toEqual(['chandelier']);
  expect(await policiesOf(account)).toEqual([`of-${account} 1`, 'dtms 1']);
  await at(0).upsertPolicy({ policy: { ...written, priority: 3 }, ...why });
  expect(await policiesOf(account)).toEqual([`of-${account} 1`, 'dtms 1']);
  const listed = (await at(0).listPolicies({})).policies.find(({ policy }) => policy?.name === written.name);
  expect(listed).toMatchObject({ policy: { version: 2n }, uses: [{ version: 1n, trades: 1n }] });
  const back = await at(0).assignPolicy({ account, name: 'dtms', tickets: [1n], ...why });
  expect(back.changes.map(({ withdrawnActionIds }) => withdrawnActionIds.length)).toEqual([1]);
  expect(await policiesOf(account)).toEqual(['dtms 1', 'dtms 1']);
});

test('a policy that observes is told in the log and does nothing', async () => {
  const account = calls.account();
  await at(0).upsertPolicy({ policy: ruled(account, [chandelier(1)], { observe: true }), ...why });
  await calls.opened(account, 1);
  await expect(calls.fall(account)).rejects.toThrow('nothing was planned');
  const suppressed = (await calls.eventsOf(account)).flatMap(({ change }) =>
    change?.$case === 'actionPlanned' ? change.value.suppressed : [],
  );
  expect(new Set(suppressed.map(({ reason }) => reason))).toEqual(new Set([SuppressionReason.OBSERVE]));
});

test.each([
  ['the name of the documented plan', { name: 'dtms' }, 'policy.name'],
  ['shares above the whole', { rules: [targets(0.6, 0.6)] }, 'policy.rules[0].targets'],
  ['a rule of no kind', { rules: [{ rule: undefined }] }, 'policy.rules[0].rule'],
  ['a distance of nothing', { rules: [chandelier(0)] }, 'policy.rules[0].chandelier.atrs'],
  ['a hedge without its close', { plan: { leaveOut: [ActionType.CLOSE_HEDGE] } }, 'policy.plan.leave_out'],
])('%s is refused, and no policy is another', async (_what, more, field) => {
  const before = (await at(0).listPolicies({})).revision;
  const policy = Policy.fromPartial({ name: 'refused', ...more });
  await expect(at(0).upsertPolicy({ policy, ...why })).rejects.toMatchObject({
    report: { violations: [expect.objectContaining({ field })] },
  });
  expect((await at(0).listPolicies({})).revision).toBe(before);
});

function targets(...shares: number[]): Policy['rules'][number] {
  const value = { targets: shares.map((share, index) => ({ atR: index + 1, share })) };
  return { rule: { $case: 'targets', value } };
}

test('what no server could read again, and scores that call a trade back and forth, are refused when written and previewed', async () => {
  const account = calls.account();
  const refused: [Partial<Policy>, string][] = [
    [
      { scope: PolicyScope.fromPartial({ directions: [Direction.UNSPECIFIED] }) },
      'policy.scope.directions[0]',
    ],
    [{ plan: PolicyPlan.fromPartial({ leaveOut: [ActionType.UNSPECIFIED] }) }, 'policy.plan.leave_out[0]'],
    // R would be 0, and every result in R no number.
    [{ riskAtrs: 5e-324 }, 'policy.risk_atrs'],
    [{ plan: PolicyPlan.fromPartial({ l1Score: 50, l1ClearScore: -50 }) }, 'policy.plan'],
    // Against what it leaves to the settings.
    [{ plan: PolicyPlan.fromPartial({ hedgeScore: 100 }) }, 'policy.plan'],
  ];
  for (const [more, field] of refused) {
    const policy = ruled(account, [], more);
    const report = { violations: [expect.objectContaining({ field })] };
    await expect(at(0).upsertPolicy({ policy, ...why })).rejects.toMatchObject({ report });
    await expect(at(1).previewPolicy({ account, policy })).rejects.toMatchObject({ report });
  }
});

test('a name or a version that there is not is told of', async () => {
  for (const attempt of [
    () => at(0).getPolicy({ name: 'nobody' }),
    () => at(1).previewPolicy({ account: 'demo', name: 'nobody' }),
    () => at(1).assignPolicy({ account: 'demo', name: 'nobody', ...why }),
  ])
    await expect(attempt()).rejects.toMatchObject({ report: { metadata: { name: 'nobody' } } });
  await expect(at(0).getPolicy({ name: 'dtms' })).rejects.toMatchObject({
    message: expect.stringMatching(/^dtms is the documented plan, which trades have that no policy is for/),
    report: { reason: ErrorReason.POLICY_NOT_FOUND },
  });
  expect((await at(0).deletePolicy({ name: 'nobody', ...why })).deleted).toBe(false);
  // Whoever mistypes a ticket must not believe that it was done.
  const mistyped = { account: 'demo', tickets: [987_654n], name: 'dtms' };
  for (const attempt of [
    () => at(1).previewPolicy(mistyped),
    () => at(1).assignPolicy({ ...mistyped, ...why }),
  ])
    await expect(attempt()).rejects.toMatchObject({ report: { reason: ErrorReason.TRADE_NOT_FOUND } });
});

test('the files of the repository are policies, come back as they were written, and a slip in a name is refused', async () => {
  const names = readdirSync(FOLDER).filter(
    (name) => name.endsWith('.json') && !name.endsWith('.schema.json'),
  );
  expect(names.length).toBeGreaterThan(2);
  for (const name of names) {
    const written = { ...fileOf(name), scope: { ...fileOf(name).scope, accounts: ['nobody'] } };
    const policy = Policy.fromPartial(written);
    const { policy: told } = await at(0).upsertPolicy({ policy, ...why });
    expect(policyFromProto(told ?? policy)).toEqual(policyFromProto(policy));
    expect(policyToProto({ ...policyFromProto(policy), version: 1 })).toEqual(told);
  }
  const slip = readFileSync(join(FOLDER, 'chandelier.json'), 'utf8').replace('"atrs"', '"atr"');
  expect(() => policyOf(slip, 'slip.json')).toThrow(PolicyFileError);
  // Readers differ in which of two they take: what is meant to defend might be the other one.
  expect(() => policyOf('{"name":"x","rules":[{"chandelier":{"atrs":2}}],"rules":[]}', 'twice.json')).toThrow(
    'rules is given twice in one object',
  );
  for (const text of ['null', '[]', '1'])
    expect(() => policyOf(text, 'none.json')).toThrow('none.json: is no policy:\n  it is no object');
  const nothing = readFileSync(join(FOLDER, 'chandelier.json'), 'utf8').replace('"atrs": 2', '"atrs": 0');
  expect(() => policyOf(nothing, 'nothing.json')).toThrow(
    'policy.rules[0].chandelier.atrs: must be greater than 0',
  );
});

test('who leads next has the policies and the trades that have them, and the journal makes all of it again', async () => {
  const account = calls.account();
  await at(0).upsertPolicy({ policy: ruled(account, [chandelier(1)]), ...why });
  await calls.opened(account, 30);
  await at(0).deletePolicy({ name: `of-${account}`, ...why });
  const { policies, revision } = await at(0).listPolicies({});
  const pool = new pg.Pool({ connectionString: servers.database.url, max: 1 });
  const journal = new JournalTable(pool);
  const { faults, tried } = await tryJournal(journal);
  await recordGolden('policies', journal);
  await pool.end();
  expect(faults).toEqual([]);
  expect(tried.events).toBeGreaterThan(20);
  const [leader] = servers.apps;
  if (leader === undefined) throw new Error('nobody leads');
  await servers.stop(leader);
  await until('the other one leads', async () => (await at(1).getStatus({})).role === ServerRole.LEADER);
  expect(await at(1).listPolicies({})).toEqual({ policies, revision });
  const { trades } = await at(1).listTrades({ filter: { account }, pageSize: 100 });
  expect(trades.map(({ policy }) => policy)).toEqual(
    Array.from({ length: 30 }, () => ({ name: `of-${account}`, version: 1n })),
  );
});
