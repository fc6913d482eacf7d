// Databases for tests, each empty and of its own, on a real server: the one DTMS_TEST_DATABASE_URL
// names (its user must be allowed to create databases), else an embedded one that the whole run shares
// and that starts when the first test asks for it (see global-setup.ts).
import { randomBytes } from 'node:crypto';

import pg from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  /** postgres://... */
  readonly url: string;
  drop(): Promise<void>;
}

async function serverUrl(): Promise<string> {
  const own = process.env.DTMS_TEST_DATABASE_URL;
  if (own !== undefined && own !== '') return own;
  const response = await fetch(inject('postgresService'));
  const text = await response.text();
  if (!response.ok) throw new Error(`The test database did not start: ${text}`);
  return text;
}

/** Runs one statement over a connection of its own. */
export async function execute(url: string, text: string, values?: unknown[]): Promise<pg.QueryResult> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.query(text, values);
  } finally {
    await client.end();
  }
}

/** Makes a database. Its drop() cuts connections that are still open. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = await serverUrl();
  const name = `dtms_test_${randomBytes(6).toString('hex')}`;
  await execute(server, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}
