// Runs once per test run. It offers the shared embedded Postgres, a database with the schema in it, and the files of a new
// cluster, each made when it is first asked for: a run that needs none stays fast.
import { chmodSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

import pg from 'pg';
import { pino } from 'pino';
import type { TestProject } from 'vitest/node';

import { EmbeddedPostgres } from '../../src/store/embedded.js';
import { migrate } from '../../src/store/migrate.js';
import { countedFaults, countFaults } from './fault-count.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Answers with the URL of the shared Postgres, /migrated with the name of a database in it, /cluster with a folder. */
    postgresService: string;
  }
}

const LOG = pino({ level: 'warn' }, pino.destination(2));

/** Linux keeps what is in it in memory: a database that is thrown away need not wait for a disk. */
const IN_MEMORY = '/dev/shm';
/** Free bytes it must have: containers often have a small one. */
const ROOM = 4 * 2 ** 30;

function isRoomy(folder: string): boolean {
  if (!existsSync(folder) || freemem() < ROOM) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > ROOM;
}

/** A folder for data. Run as root, Postgres has another user, who must reach it. */
function dataFolder(): string {
  const folder = mkdtempSync(join(isRoomy(IN_MEMORY) ? IN_MEMORY : tmpdir(), 'dtms-test-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** What is made at most once. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The schema in a database from which others are copied. */
async function migratedDatabase({ url: server }: EmbeddedPostgres): Promise<string> {
  const name = 'dtms_migrated';
  const url = new URL(server);
  url.pathname = `/${name}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8'`);
  await client.end();
  await migrate({ url: url.href, statementTimeoutMs: 0 }, LOG, null);
  return name;
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  countFaults();
  const folders: string[] = [];
  let running: EmbeddedPostgres | undefined;
  const started = async () => {
    const dataDir = dataFolder();
    folders.push(dataDir);
    return EmbeddedPostgres.start({ dataDir, port: 0 }, LOG);
  };
  const shared = once(async () => {
    running = await started();
    return running;
  });
  const offered: Readonly<Record<string, () => Promise<string>>> = {
    '/': async () => (await shared()).url,
    '/migrated': once(async () => migratedDatabase(await shared())),
    '/cluster': once(async () => {
      const cluster = await started();
      await cluster.stop();
      return cluster.folder;
    }),
  };
  const service = createServer((request, response) => {
    const offer = offered[request.url ?? ''];
    if (offer === undefined) return response.writeHead(404).end();
    return offer().then(
      (told) => response.end(told),
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const { port } = service.address() as AddressInfo;
  project.provide('postgresService', `http://127.0.0.1:${port}/`);
  return async () => {
    service.close();
    await running?.stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    const faults = countedFaults();
    if (faults !== '') console.log(faults);
  };
}
