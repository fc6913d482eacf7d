// `dtms backup` and `dtms restore` as their users run them: all that the database holds comes back, as another history, and
// nothing is restored of a file that is not what was written, or over anything that is there.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ActionStatus } from '../../../gen/ts/dtms/v1/types.js';
import { createLogger } from '../../../src/observability/logger.js';
import { backUp } from '../../../src/store/backup/back-up.js';
import { type BackupContent, checkBackup } from '../../../src/store/backup/file.js';
import { restoreBackup } from '../../../src/store/backup/restore.js';
import { migrate, ourMigrations } from '../../../src/store/migrate.js';
import { actionCalls, only } from '../../support/action-calls.js';
import { startService, type TestService } from '../../support/app.js';
import { dtmsHere } from '../../support/cli-call.js';
import { CliProcess } from '../../support/cli-process.js';
import { DatabaseKeys } from '../../support/keys.js';
import { createDatabase, execute, type TestDatabase } from '../../support/postgres.js';

const SILENT = createLogger('silent');
const folder = mkdtempSync(join(tmpdir(), 'dtms-backup-'));
const dtms = (...args: readonly string[]) => new CliProcess(folder, args).ended();
const restored = ({ url }: Pick<TestDatabase, 'url'>, path: string) =>
  restoreBackup(path, { url, ownerUrl: url }, SILENT);

let service: TestService;
let file: string;
let content: BackupContent;
let account: string;
const databases: TestDatabase[] = [];
const empty = async () => {
  const database = await createDatabase();
  databases.push(database);
  return database;
};

beforeAll(async () => {
  service = await startService({ access: { mode: 'open' } });
  const { troubled, lease, begin } = actionCalls(() => service);
  account = await troubled(3);
  await begin(only(await lease(account)));
  const keys = new DatabaseKeys(service.databaseUrl);
  await keys.make([1]);
  await keys.close();
  const made = await dtms('backup', '--to', folder, '--database-url', service.databaseUrl, '--json');
  expect(made).toMatchObject({ code: 0, err: '' });
  ({ file } = JSON.parse(made.out));
  content = await checkBackup(file);
});
afterAll(async () => {
  await service.end();
  for (const database of databases) await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the tables held, but for those that a restore writes in. */
const kept = ({ tables }: BackupContent) =>
  Object.entries(tables).filter(([name]) => !['log_head', 'audit_head', 'audit_events'].includes(name));

describe('a backup', () => {
  test('holds every table, and is for its owner alone', async () => {
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^dtms-\d{8}T\d{9}Z\.dtms-backup$/)]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { rows } = await execute(
      service.databaseUrl,
      `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
         AND NOT relispartition ORDER BY relname`,
    );
    const left = rows.map(({ relname }) => relname).filter((name) => !(name in content.tables));
    expect(left).toEqual([
      'cluster',
      'commits',
      'dtms_migrations',
      'dtms_schema',
      'notice_worker',
      'servers',
    ]);
    for (const name of ['events', 'trades', 'actions', 'bars', 'journal', 'api_keys', 'audit_events'])
      expect(content.tables[name]?.rows, name).toBeGreaterThan(0);
    expect(content.tables.events?.rows).toBe(Number(content.log.revision));
  });

  test('does not replace a file', async () => {
    await expect(backUp(service.databaseUrl, () => file)).rejects.toMatchObject({ fault: 'EXISTS' });
    expect((await checkBackup(file)).tables).toEqual(content.tables);
  });

  test('of a database without anything is refused', async () => {
    const { url } = await empty();
    await expect(backUp(url, () => join(folder, 'none'))).rejects.toMatchObject({ fault: 'NOTHING' });
  });
});

describe('a restore', () => {
  test('brings everything back as another history, with open actions in doubt until a snapshot', async () => {
    let epoch = '';
    const prepare = async (url: string) => {
      const told = await dtmsHere(['restore', '--from', file, '--database-url', url, '--json']);
      expect(told).toMatchObject({ code: 0, err: '' });
      ({ epoch } = JSON.parse(told.out));
      const again = await backUp(url, () => join(folder, 'again'));
      expect(kept(again.content)).toEqual(kept(content));
      expect(again.content.log).toEqual({ ...content.log, epoch });
    };
    const copy = await startService({ access: { mode: 'open' } }, SILENT, prepare);
    try {
      expect(epoch).not.toBe(content.log.epoch);
      const { lease, listed, becomes, eventsOf } = actionCalls(() => copy);
      await becomes(account, ActionStatus.IN_DOUBT);
      const statuses = (await listed(account)).map(({ action }) => action?.status);
      expect(statuses).toEqual(Array.from({ length: 3 }, () => ActionStatus.IN_DOUBT));
      expect(await lease(account)).toEqual([]);
      const before = await actionCalls(() => service).eventsOf(account);
      const after = await eventsOf(account);
      expect(after.slice(0, before.length)).toEqual(before.map((event) => ({ ...event, logEpoch: epoch })));
      const { events } = await copy.client.listAuditEvents({});
      expect(events.map(({ method }) => method)).toContain('Restore');
    } finally {
      await copy.end();
    }
  });

  test('is refused where a server leads, and where something is', async () => {
    const { databaseUrl: url } = service;
    await expect(restored({ url }, file)).rejects.toMatchObject({ fault: 'IN_USE' });
    const database = await empty();
    await restored(database, file);
    await expect(restored(database, file)).rejects.toMatchObject({ fault: 'NOT_EMPTY' });
  });

  test('of what an older program had brings it to the schema of this one', async () => {
    const [older, database] = [await empty(), await empty()];
    const ours = await ourMigrations();
    await migrate({ url: older.url, statementTimeoutMs: 0 }, SILENT, null, ours.length - 1);
    await execute(older.url, `INSERT INTO news_events VALUES ('nfp', now(), '{"a":  1}')`);
    const { path, content: old } = await backUp(older.url, () => join(folder, 'older'));
    expect(old.schema.migrations).toEqual(ours.slice(0, -1));
    await restored(database, path);
    const { content: now } = await backUp(database.url, () => join(folder, 'newer'));
    expect(now.schema.migrations).toEqual(ours);
    expect(now.tables.news_events).toEqual(old.tables.news_events);
    expect(now.tables.news_events?.rows).toBe(1);
  });
});

describe('what is no whole backup', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await empty();
  });

  const lines = (change: (lines: string[]) => string[]) => () =>
    gzipSync(change(gunzipSync(readFileSync(file)).toString().split('\n')).join('\n'));
  const head = (change: (head: Record<string, unknown>) => object) =>
    lines(([first = '', ...rest]) => [JSON.stringify(change(JSON.parse(first))), ...rest]);
  const bytes = (change: (bytes: Buffer) => Uint8Array) => () => change(readFileSync(file));
  const within = (part: RegExp) => (all: string[]) => all.findIndex((line) => part.test(line)) + 1;
  const ofTrades = within(/^\{"table":"trades"/);

  test.each<[string, () => Uint8Array, string]>([
    ['nothing', bytes(() => Buffer.alloc(0)), 'NOT_A_BACKUP'],
    ['a text', bytes(() => Buffer.from('hello')), 'NOT_A_BACKUP'],
    ['another compressed file', () => gzipSync('{"a":1}\n'), 'NOT_A_BACKUP'],
    ['cut short', bytes((all) => all.subarray(0, all.length / 2)), 'DAMAGED'],
    ['without its last line', lines((all) => all.slice(0, -2)), 'DAMAGED'],
    ['a byte changed', bytes((all) => all.fill(Number(all[5000]) ^ 4, 5000, 5001)), 'DAMAGED'],
    ['a row less', lines((all) => all.toSpliced(ofTrades(all), 1)), 'DAMAGED'],
    ['a row twice', lines((all) => all.toSpliced(ofTrades(all), 0, all[ofTrades(all)] ?? '')), 'DAMAGED'],
    [
      'a value changed',
      lines((all) => all.with(ofTrades(all), (all[ofTrades(all)] ?? '').replace('BTCUSD', 'BTCUSX'))),
      'DAMAGED',
    ],
    ['of a newer form', head((first) => ({ ...first, dtmsBackup: 2 })), 'NEWER'],
    ['of a newer schema', head((first) => ({ ...first, schema: { major: 2, migrations: [] } })), 'NEWER'],
    [
      'with migrations not ours',
      head((first) => ({ ...first, schema: { major: 1, migrations: ['0001_initial', '0002_other'] } })),
      'NEWER',
    ],
  ])('%s is refused', async (name, make, fault) => {
    const path = join(folder, name);
    writeFileSync(path, make());
    await expect(restored(database, path)).rejects.toMatchObject({ fault });
  });

  test('leaves the database without a table', async () => {
    await expect(backUp(database.url, () => join(folder, 'none'))).rejects.toMatchObject({
      fault: 'NOTHING',
    });
  });

  test('is found by a check', async () => {
    const checked = await dtmsHere(['backup', 'check', join(folder, 'cut short')]);
    expect(checked).toMatchObject({ code: 1, out: '', err: expect.stringContaining('is damaged') });
  });
});
