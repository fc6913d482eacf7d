// A copy of the database that takes its place is another history: it says so before its first event, however
// it was made. What was copied goes on as it was.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { EmbeddedPostgres } from '../../../src/store/embedded.js';
import { Store } from '../../../src/store/store.js';
import { createDatabase, execute } from '../../support/postgres.js';
import { batchOf, makeTrade } from '../../support/stored.js';
import { SILENT, testConfig } from './fixtures.js';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Leads on the database, writes a trade, and tells under which history that stands. */
async function write(
  url: string,
  ticket: number,
  ownerUrl = url,
): Promise<{ epoch: string; recordedAt: number }> {
  const store = await Store.open(url, testConfig(), SILENT, ownerUrl);
  try {
    const term = await store.lead({ onLost: () => undefined });
    const { base } = await term.writer.commit(batchOf([makeTrade(ticket)]));
    const [event] = await store.readEvents(base, 1);
    await term.release();
    if (event === undefined) throw new Error('nothing was written');
    return event;
  } finally {
    await store.close();
  }
}

/** As the service does, which may not look at files. */
const writeAsService = ({ serviceUrl, url }: EmbeddedPostgres, ticket: number) =>
  write(serviceUrl, ticket, url);

test('the folder of an embedded database, copied with all its times', async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'dtms-copy-'));
  undo.push(() => rmSync(scratch, { recursive: true, force: true }));
  const dataDir = join(scratch, 'data');
  const first = await EmbeddedPostgres.start({ dataDir, port: 0 }, SILENT);
  undo.push(() => first.stop());
  const { epoch } = await writeAsService(first, 1);
  await first.stop();
  const saved = `${first.folder}.saved`;
  undo.push(() => rmSync(saved, { recursive: true, force: true }));
  copyFolder(first.folder, saved);

  const again = await EmbeddedPostgres.start({ dataDir, port: 0 }, SILENT);
  undo.push(() => again.stop());
  expect((await writeAsService(again, 2)).epoch).toBe(epoch);
  await again.stop();

  rmSync(first.folder, { recursive: true });
  copyFolder(saved, first.folder);
  const restored = await EmbeddedPostgres.start({ dataDir, port: 0 }, SILENT);
  undo.push(() => restored.stop());
  const fork = await writeAsService(restored, 3);
  expect(fork.epoch).not.toBe(epoch);
  expect((await writeAsService(restored, 4)).epoch).toBe(fork.epoch);
});

test('a copy inside the same cluster, where every number of the log is the same', async () => {
  const original = await createDatabase();
  undo.push(() => original.drop());
  const { epoch } = await write(original.url, 1);
  const name = new URL(original.url).pathname.slice(1);
  const copy = new URL(original.url);
  copy.pathname = `/${name}_copy`;
  const server = new URL(original.url);
  server.pathname = '/postgres';
  await execute(server.href, `CREATE DATABASE ${name}_copy TEMPLATE ${name}`);
  undo.push(() => execute(server.href, `DROP DATABASE ${name}_copy WITH (FORCE)`));

  expect((await write(copy.href, 2)).epoch).not.toBe(epoch);
  expect((await write(original.url, 2)).epoch).toBe(epoch);
});

test('a database of a program that kept no place keeps its history', async () => {
  const database = await createDatabase();
  undo.push(() => database.drop());
  const { epoch } = await write(database.url, 1);
  await execute(database.url, 'UPDATE log_head SET place = NULL');
  expect((await write(database.url, 2)).epoch).toBe(epoch);
});

/** As `cp -a` does. */
function copyFolder(from: string, to: string): void {
  execFileSync('cp', ['-a', from, to]);
}
