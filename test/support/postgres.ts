// Databases for tests, each of its own, on a real server: the one DTMS_TEST_DATABASE_URL
// names (its user must be allowed to create databases), else an embedded one that the whole run shares
// and that starts when the first test asks for it (see global-setup.ts).
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import pg from 'pg';
import { inject } from 'vitest';

export interface TestDatabase {
  /** postgres://... */
  readonly url: string;
  drop(): Promise<void>;
}

/** The server somebody names; undefined where there is none: then the run has its own. */
const namedServer = (): string | undefined => process.env.DTMS_TEST_DATABASE_URL || undefined;

/** What the run offers: see global-setup.ts. */
async function offered(path: '' | 'migrated' | 'cluster'): Promise<string> {
  const response = await fetch(`${inject('postgresService')}${path}`);
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

/** Makes an empty database. Its drop() cuts connections that are still open. */
export async function createDatabase(): Promise<TestDatabase> {
  return copied(namedServer() ?? (await offered('')), 'template0');
}

/** Makes one that has the schema already, and a history of its own: a server that starts on it has nothing to migrate. */
export async function migratedDatabase(): Promise<TestDatabase> {
  // Nobody else's server is left with a database to copy from.
  if (namedServer() !== undefined) return createDatabase();
  const [server, template] = [await offered(''), await offered('migrated')];
  const database = await copied(server, template);
  await execute(database.url, 'UPDATE log_head SET epoch = gen_random_uuid()::text');
  return database;
}

/** Puts a new cluster into a data folder: a copy of one that the run makes once, where making it costs seconds. */
export async function newCluster(dataDir: string): Promise<void> {
  // With its owner, who is not the one of the tests where those run as root. Without `cp` a server makes its own.
  if (process.platform !== 'win32')
    execFileSync('cp', ['-a', await offered('cluster'), join(dataDir, 'postgres')]);
}

async function copied(server: string, template: string): Promise<TestDatabase> {
  const name = `dtms_test_${randomBytes(6).toString('hex')}`;
  await execute(server, `CREATE DATABASE ${name} TEMPLATE ${template} ENCODING 'UTF8'`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await execute(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}
