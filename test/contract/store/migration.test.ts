// Opening a database: migrated once however many servers start, refused when it cannot be trusted.
import { afterEach, beforeEach, expect, test } from 'vitest';

import { checkServer, inspectServer } from '../../../src/store/checks.js';
import { UnsuitableDatabaseError } from '../../../src/store/errors.js';
import { createPool } from '../../../src/store/pool.js';
import { Store } from '../../../src/store/store.js';
import { createDatabase, execute, type TestDatabase } from '../../support/postgres.js';
import { SILENT, testConfig } from './fixtures.js';

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
  expect(rows[0].n).toBe(2);
  await Promise.all(stores.map((store) => store.close()));
});

test('a database newer than the program is refused, and left as it is', async () => {
  await (await open()).close();
  await execute(database.url, `INSERT INTO dtms_migrations (name, run_on) VALUES ('9999_tomorrow', now())`);
  await expect(open()).rejects.toThrow(/newer than this program \(9999_tomorrow\)/);
});

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
