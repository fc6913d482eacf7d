// Opening a database: migrated once however many servers start, refused when it cannot be trusted.
import { readdirSync } from 'node:fs';
import { runner } from 'node-pg-migrate';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { checkServer, inspectServer } from '../../../src/store/checks.js';
import { UnsuitableDatabaseError } from '../../../src/store/errors.js';
import { createPool } from '../../../src/store/pool.js';
import { Store } from '../../../src/store/store.js';
import { eventually } from '../../support/eventually.js';
import { createDatabase, execute, type TestDatabase } from '../../support/postgres.js';
import { SILENT, testConfig } from './fixtures.js';

const MIGRATIONS = 'src/store/migrations';

let database: TestDatabase;
beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const open = () => Store.open(database.url, testConfig(), SILENT);

test('four servers that start at once on an empty database all succeed', async () => {
  const stores = await Promise.all([open(), open(), open(), open()]);
  const epochs = await Promise.all(stores.map(async (store) => (await store.head()).epoch));
  expect(new Set(epochs).size).toBe(1);
  const { rows } = await execute(database.url, 'SELECT count(*)::int AS n FROM dtms_migrations');
  expect(rows[0].n).toBe(readdirSync(MIGRATIONS).length);
  await Promise.all(stores.map((store) => store.close()));
});

const TOMORROW = `INSERT INTO dtms_migrations (name, run_on) VALUES ('9999_tomorrow', now())`;

test('a schema that a newer program only added to is worked with', async () => {
  await (await open()).close();
  await execute(database.url, `${TOMORROW}; UPDATE dtms_schema SET minor = minor + 1`);
  const store = await open();
  const term = await store.tryLead({ onLost: () => undefined });
  expect(term).toBeDefined();
  await term?.release();
  await store.close();
});

test('a schema of a later major version is refused at the start, and by a standby that would lead on it', async () => {
  const standby = await open();
  await execute(database.url, `${TOMORROW}; UPDATE dtms_schema SET major = major + 1`);
  await expect(open()).rejects.toThrow(/major version 2, newer than this program's 1/);
  await expect(standby.tryLead({ onLost: () => undefined })).rejects.toBeInstanceOf(UnsuitableDatabaseError);
  await standby.close();
});

test('a migration that a long reader is in the way of does not stop writers, and is made when that ends', async () => {
  const names = readdirSync(MIGRATIONS).map((name) => name.slice(0, -4));
  await migrateOnly(names.filter((name) => name < '0015').length);
  const [reader, writer] = [await client(), await client()];
  await reader.query('BEGIN; SELECT * FROM log_head');
  const opening = open();
  for (let round = 0; round < 3; round += 1) {
    await eventually(async () => expect(await waitsForLocks()).toBeGreaterThan(0));
    await writer.query('UPDATE log_head SET revision = revision + 1');
  }
  await reader.query('COMMIT');
  const store = await opening;
  expect(await store.head()).toMatchObject({ revision: 3 });
  await store.close();
  await Promise.all([reader.end(), writer.end()]);
});

async function client(): Promise<pg.Client> {
  const connection = new pg.Client({ connectionString: database.url });
  await connection.connect();
  return connection;
}

/** The schema as the program with only so many migrations left it. */
async function migrateOnly(count: number): Promise<void> {
  await runner({
    databaseUrl: database.url,
    dir: MIGRATIONS,
    migrationsTable: 'dtms_migrations',
    direction: 'up',
    count,
    log: () => undefined,
  });
}

async function waitsForLocks(): Promise<number> {
  const { rows } = await execute(
    database.url,
    `SELECT count(*)::int AS n FROM pg_stat_activity
     WHERE application_name = 'dtms-migrate' AND wait_event = 'relation' AND datname = current_database()`,
  );
  return rows[0].n;
}

async function faultsOf(url: string): Promise<readonly string[]> {
  const pool = createPool({ url, statementTimeoutMs: 5000 }, 1, SILENT);
  try {
    const { faults } = await inspectServer(pool);
    if (faults.length > 0) await expect(checkServer(pool)).rejects.toBeInstanceOf(UnsuitableDatabaseError);
    else await checkServer(pool);
    return faults;
  } finally {
    await pool.end();
  }
}

test('a sound database has no faults', async () => {
  expect(await faultsOf(database.url)).toEqual([]);
});

test('synchronous_commit off for the database alone is refused', async () => {
  const name = new URL(database.url).pathname.slice(1);
  await execute(database.url, `ALTER DATABASE ${name} SET synchronous_commit = off`);
  const [fault, ...others] = await faultsOf(database.url);
  expect(fault).toContain('synchronous_commit is off');
  expect(others).toEqual([]);
  await expect(open()).rejects.toBeInstanceOf(UnsuitableDatabaseError);
});

test('a read-only database is refused', async () => {
  const name = new URL(database.url).pathname.slice(1);
  await execute(database.url, `ALTER DATABASE ${name} SET default_transaction_read_only = on`);
  expect((await faultsOf(database.url)).join()).toContain('read-only');
});

test('a server that cannot be reached, or a database that is not there', async () => {
  const nowhere = new URL(database.url);
  nowhere.port = '1';
  await expect(Store.open(nowhere.href, testConfig(), SILENT)).rejects.toMatchObject({
    name: 'StoreUnavailableError',
  });
  const missing = new URL(database.url);
  missing.pathname = '/dtms_test_is_not_there';
  await expect(Store.open(missing.href, testConfig(), SILENT)).rejects.toMatchObject({
    name: 'StoreUnavailableError',
  });
});
