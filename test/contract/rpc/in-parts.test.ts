// What concerns many trades is done in parts, each in a turn and a transaction of its own: a snapshot of an account, and a policy
// that is assigned. It is answered once, all of it is done once, and the journal makes it again.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorReason } from '../../../src/client/index.js';
import { JournalTable } from '../../../src/store/journal.js';
import { accountCalls } from '../../support/account-calls.js';
import { startService, type TestService } from '../../support/app.js';
import { tryJournal } from '../../support/journal-law.js';

const MANY = 250;
/** More than one transaction, and fewer than one for each. */
const AT_ONCE = 100;
const tickets = Array.from({ length: MANY }, (_, index) => BigInt(index + 1));

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.end());
const calls = accountCalls(() => service);
const shown = () => tickets.map((ticket) => calls.position(ticket));
const sorted = (numbers: readonly bigint[]) => [...numbers].sort((a, b) => Number(a - b));

/** All events of an account. */
async function eventsOf(account: string) {
  const { events } = await service.client.listTradeEvents({ filter: { account }, pageSize: 1000 });
  return events;
}

test('a large snapshot registers each position once, in several transactions, and is answered when all of it is durable', async () => {
  const account = calls.account();
  const { registered, revision } = await calls.reconcile(account, 0, shown(), { sequence: 1n });
  expect(sorted(registered)).toEqual(tickets);
  const events = await eventsOf(account);
  const begun = events.filter(({ change }) => change?.$case === 'registered');
  expect(sorted(begun.map(({ ticket }) => ticket))).toEqual(tickets);
  expect(events.at(-1)?.revision).toBeLessThanOrEqual(revision);
  const transactions = new Set(begun.map(({ recordedAt }) => recordedAt?.getTime()));
  expect(transactions.size).toBeGreaterThanOrEqual(Math.ceil(MANY / AT_ONCE));
  expect(transactions.size).toBeLessThan(MANY);
  // It was that snapshot, and no later one.
  expect((await calls.failure(calls.snapshot(account, 0, shown(), { sequence: 1n }))).report.reason).toBe(
    ErrorReason.SNAPSHOT_TOO_OLD,
  );
  expect((await calls.reconcile(account, 60, shown(), { sequence: 2n })).registered).toEqual([]);
  expect((await eventsOf(account)).length).toBe(events.length);
});

test('snapshots that come at once are taken one after the other, or refused as too many', async () => {
  const account = calls.account();
  await calls.beat(account);
  const all = await Promise.allSettled(
    [0, 1, 2, 3].map((second) =>
      service.client.reconcilePositions(
        {
          ...{ account, bridgeId: 'mt5-1', takenAt: new Date(Date.now() - 10_000 + second), complete: true },
          ...{ positions: shown(), dealsSince: new Date(Date.now() - 7_200_000) },
        },
        { retryMs: 0 },
      ),
    ),
  );
  const taken = all.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  const refused = all.flatMap((each) => (each.status === 'rejected' ? each.reason.report.reason : []));
  expect(sorted(taken.flatMap(({ registered }) => registered))).toEqual(tickets);
  expect(new Set([...refused, ErrorReason.OVERLOADED])).toEqual(new Set([ErrorReason.OVERLOADED]));
});

test('a policy that many trades are given is told in one answer, in audits of some trades each', async () => {
  const account = calls.account();
  await calls.reconcile(account, 0, shown());
  const name = `for-${account}`;
  const why = { by: 'ann', reason: 'a test' };
  await service.client.upsertPolicy({ policy: { name, scope: { accounts: [account] } }, ...why });
  const preview = await service.client.previewPolicy({ account, name });
  expect(sorted(preview.changes.map(({ ticket }) => ticket))).toEqual(tickets);
  const request = { account, name, ...why, requestId: randomUUID() };
  const [one, again] = await Promise.all([
    service.client.assignPolicy(request),
    service.client.assignPolicy(request),
  ]);
  expect(one).toEqual(preview);
  expect(again).toEqual(one);
  const { events } = await service.client.listAuditEvents({ account, pageSize: 1000 });
  const audited = events.filter(({ method }) => method.endsWith('/AssignPolicy'));
  const each = audited.map(({ detail }) => String(detail?.trades).split(',').map(BigInt));
  expect(sorted(each.flat())).toEqual(tickets);
  expect(Math.max(...each.map(({ length }) => length))).toBeLessThanOrEqual(AT_ONCE);
  expect((await service.client.assignPolicy({ account, name, ...why })).changes).toEqual([]);
});

test('an assignment gives one version of a policy, whatever becomes of the policy meanwhile', async () => {
  const account = calls.account();
  await calls.reconcile(account, 0, shown());
  const name = `once-${account}`;
  const why = { by: 'ann', reason: 'a test' };
  const audits = async () => {
    const { events } = await service.client.listAuditEvents({ pageSize: 1000 });
    return events.filter(({ detail }) => detail?.name === name).map(({ method }) => method.split('/').at(-1));
  };
  for (let priority = 1; priority <= 50; priority += 1) {
    await service.client.upsertPolicy({ policy: { name, priority, scope: { accounts: [account] } }, ...why });
    const before = (await audits()).length;
    const assigning = Promise.allSettled([service.client.assignPolicy({ account, name, ...why })]);
    // What comes after the first part is taken before the second.
    await service.client.getPolicy({ name });
    await service.client.upsertPolicy({ policy: { name, priority: 100 + priority }, ...why });
    await service.client.deletePolicy({ name, ...why });
    const [assigned] = await assigning;
    const between = (await audits()).slice(before).join(' ');
    // Otherwise it was deleted before.
    if (!between.includes('AssignPolicy')) continue;
    const changes = assigned.status === 'fulfilled' ? assigned.value.changes : [];
    expect(sorted(changes.map(({ ticket }) => ticket))).toEqual(tickets);
    expect(new Set(changes.map(({ to }) => to?.version)).size).toBe(1);
    if (/AssignPolicy .*DeletePolicy.* AssignPolicy/.test(between)) return;
  }
  expect.fail('nothing became of the policy between two parts');
});

test('the journal makes all of it again', async () => {
  const pool = new pg.Pool({ connectionString: service.databaseUrl, max: 1 });
  const { faults, tried } = await tryJournal(new JournalTable(pool));
  await pool.end();
  expect(faults).toEqual([]);
  expect(tried.events).toBeGreaterThan(3 * MANY);
});
