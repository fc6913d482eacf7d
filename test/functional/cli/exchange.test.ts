// `dtms export` and `dtms import`: what is exported, imported and exported again is the same, an import may be repeated, and one
// that would change anything that is there does nothing.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ActionOutcome, CloseReason } from '../../../gen/ts/dtms/v1/types.js';
import { exportTo } from '../../../src/exchange/export.js';
import { importFrom } from '../../../src/exchange/import.js';
import { checkDatabase } from '../../../src/integrity/database.js';
import { createLogger } from '../../../src/observability/logger.js';
import { actionCalls, only } from '../../support/action-calls.js';
import { startService, type TestService } from '../../support/app.js';
import { dtmsHere } from '../../support/cli-call.js';
import { CliProcess } from '../../support/cli-process.js';
import { createDatabase, execute, type TestDatabase } from '../../support/postgres.js';

const folder = mkdtempSync(join(tmpdir(), 'dtms-exchange-'));
const file = join(folder, 'all.jsonl');

let service: TestService;
let account: string;
let other: TestDatabase;
beforeAll(async () => {
  service = await startService();
  const { troubled, lease, begin, report } = actionCalls(() => service);
  account = await troubled(3);
  const leased = await lease(account);
  await begin(only(leased));
  await report(only(leased), ActionOutcome.DONE, { stopLoss: 95 });
  await service.client.closeTrade({ account, ticket: 3n, closePrice: 97, reason: CloseReason.REQUESTED });
  other = await createDatabase();
});
afterAll(async () => {
  await service.end();
  await other.drop();
  rmSync(folder, { recursive: true, force: true });
});

const taken = (path = file, { url }: Pick<TestDatabase, 'url'> = other) =>
  importFrom(path, { url, ownerUrl: url }, 10, createLogger('silent'));

let exports = 0;
async function exported({ url }: Pick<TestDatabase, 'url'>): Promise<string> {
  exports += 1;
  const path = join(folder, `again-${exports}`);
  await exportTo(path, url);
  return readFileSync(path, 'utf8');
}

test('an export has the log in the JSON of the proto', async () => {
  const args = ['export', '--to', file, '--database-url', service.databaseUrl];
  expect(await new CliProcess(folder, args).ended()).toMatchObject({ code: 0, err: '' });
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const [head, ...rest] = lines.map((line) => JSON.parse(line));
  const events = rest.filter(({ kind }) => kind === 'events');
  expect(events.length).toBe(Number(head.revision));
  expect(events[0].payload).toMatchObject({
    ...{ account, ticket: '1', state: 'TRADE_STATE_HEALTHY' },
    registered: { spec: { symbol: 'BTCUSD', direction: 'DIRECTION_BUY' } },
  });
  expect(events.filter(({ payload }) => typeof payload === 'string')).toEqual([]);
  const evaluations = rest.filter(({ kind }) => kind === 'market_evaluations');
  expect(evaluations.filter(({ body }) => typeof body === 'string')).toEqual([]);
  expect(evaluations.length).toBeGreaterThan(0);
  const results = rest.filter(({ kind }) => kind === 'realised_results');
  expect(results).toMatchObject([{ ticket: '3', leg: 'POSITION', body: { exitPrice: 97, policy: 'dtms' } }]);
});

test('what is imported is exported the same, is sound, and another history', async () => {
  const args = ['import', '--from', file, '--database-url', other.url, '--json'];
  const { code, out, err } = await dtmsHere(args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const { added, epoch } = JSON.parse(out);
  expect(added).toMatchObject({ trades: 3, accounts: 1, realised_results: 1 });
  expect(await exported(other)).toBe(readFileSync(file, 'utf8'));
  expect((await checkDatabase(other.url)).filter(({ faults }) => faults > 0)).toEqual([]);
  const { rows } = await execute(service.databaseUrl, 'SELECT epoch FROM log_head');
  expect(rows[0].epoch).not.toBe(epoch);
});

test('an import that is repeated changes nothing', async () => {
  const before = (await execute(other.url, 'SELECT epoch FROM log_head')).rows[0];
  const again = await taken();
  expect(again).toMatchObject({ added: {}, epoch: before.epoch });
  expect(again.same).toBeGreaterThan(3);
  expect(await exported(other)).toBe(readFileSync(file, 'utf8'));
  expect((await execute(other.url, 'SELECT count(*) AS n FROM audit_events')).rows[0].n).toBe('1');
});

test.each([
  ['trades', `UPDATE trades SET revision = revision + 0, state = 'HEDGED' WHERE ticket = 2`, ':?2'],
  ['accounts', `UPDATE accounts SET body = '{}'`, 'work'],
  ['bars', `UPDATE bars SET close = close + 1 WHERE open_time = (SELECT min(open_time) FROM bars)`, 'BTCUSD'],
])('one that is different in %s is refused, and nothing is imported', async (kind, sql, key) => {
  const database = await createDatabase();
  try {
    await taken(file, database);
    await execute(database.url, sql);
    await execute(database.url, 'DELETE FROM instruments; DELETE FROM feeds');
    const before = await exported(database);
    const refused = await taken(file, database).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      fault: 'CONFLICT',
      message: expect.stringMatching(`${kind} has another .*${key}`),
    });
    expect(await exported(database)).toBe(before);
  } finally {
    await database.drop();
  }
});

test('a log is imported where there is none, and while no server leads', async () => {
  await execute(other.url, 'UPDATE log_head SET revision = revision - 1');
  await expect(taken()).rejects.toMatchObject({ fault: 'CONFLICT' });
  await execute(other.url, 'UPDATE log_head SET revision = revision + 1');
  await expect(taken(file, { url: service.databaseUrl })).rejects.toMatchObject({ fault: 'IN_USE' });
});

test.each<[string, (lines: string[]) => string[], string]>([
  ['nothing', () => [], 'NOT_AN_EXPORT'],
  ['something else', () => ['{"kind":"trades"}'], 'NOT_AN_EXPORT'],
  ['the end missing', (lines) => lines.slice(0, -1), 'DAMAGED'],
  ['a line missing', (lines) => lines.toSpliced(3, 1), 'DAMAGED'],
  ['a value changed', (lines) => lines.with(2, (lines[2] ?? '').replace('"', "'")), 'DAMAGED'],
  [
    'another schema',
    (lines) => lines.with(0, (lines[0] ?? '').replace('0001_initial', '0001_other')),
    'DAMAGED',
  ],
])('%s is refused', async (name, change, fault) => {
  const path = join(folder, name);
  const lines = change(readFileSync(file, 'utf8').trimEnd().split('\n'));
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  await expect(taken(path)).rejects.toMatchObject({ fault });
});
