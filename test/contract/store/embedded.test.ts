// The embedded Postgres through its life: made, stopped, shared, orphaned, killed, and hidden from the
// user it runs as. Everything here runs real processes.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';

import { inspectServer } from '../../../src/store/checks.js';
import { postgresAccount } from '../../../src/store/embedded/account.js';
import { findBinaries, nativeFolder } from '../../../src/store/embedded/binaries.js';
import { isAlive } from '../../../src/store/embedded/process-identity.js';
import { EmbeddedPostgres } from '../../../src/store/embedded.js';
import { FencedError, StoreUnavailableError } from '../../../src/store/errors.js';
import { createPool } from '../../../src/store/pool.js';
import { Store } from '../../../src/store/store.js';
import { execute } from '../../support/postgres.js';
import { batchOf, makeTrade } from '../../support/stored.js';
import { SILENT, testConfig } from './fixtures.js';

const isRoot = process.getuid?.() === 0;
const root = process.cwd();

let scratch: string;
let dataDir: string;
const running: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'dtms-embedded-'));
  chmodSync(scratch, 0o755);
  dataDir = join(scratch, 'data');
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const postgres of running.splice(0).reverse()) await postgres.stop();
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function start(options: Partial<Parameters<typeof EmbeddedPostgres.start>[0]> = {}) {
  const postgres = await EmbeddedPostgres.start({ dataDir, port: 0, ...options }, SILENT);
  running.push(postgres);
  return postgres;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1200; i += 1) {
    if (await condition()) return;
    await sleep(25);
  }
  throw new Error('it did not happen within 30 s');
}

const answers = (url: string): Promise<boolean> =>
  execute(url, 'SELECT 1').then(
    () => true,
    () => false,
  );

describe('a cluster of our own', () => {
  test('is made with a password, checksums and durable settings, and only listens locally', async () => {
    const postgres = await start();
    const setting = async (name: string): Promise<string> =>
      (await execute(postgres.url, `SELECT current_setting('${name}') AS value`)).rows[0].value;
    expect(await setting('listen_addresses')).toBe('127.0.0.1');
    expect(await setting('unix_socket_directories')).toBe('');
    expect(await setting('data_checksums')).toBe('on');
    expect(await setting('fsync')).toBe('on');
    const made = await execute(
      postgres.url,
      'SELECT pg_encoding_to_char(encoding) AS encoding, datcollate FROM pg_database WHERE datname = current_database()',
    );
    expect(made.rows).toEqual([{ encoding: 'UTF8', datcollate: 'C' }]);
    expect(statSync(postgres.folder).mode & 0o777).toBe(0o700);
    const secret = join(postgres.folder, 'dtms.secret');
    expect(statSync(secret).mode & 0o777).toBe(0o600);
    expect(readFileSync(secret, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    const wrong = new URL(postgres.url);
    wrong.password = 'password';
    await expect(execute(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    const { rows } = await execute(postgres.url, 'SELECT rolpassword FROM pg_authid WHERE rolname = $1', [
      'dtms',
    ]);
    expect(rows[0].rolpassword).toMatch(/^SCRAM-SHA-256/);
  });

  test('keeps its data and its secret over a stop and a start, and leaves nothing running', async () => {
    const first = await start();
    await execute(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const { pid } = first;
    await first.stop();
    expect(isAlive(pid)).toBe(false);
    // A start that was cut short leaves its draft behind.
    mkdirSync(join(dataDir, 'postgres.init-2000000000'));
    const second = await start();
    expect((await execute(second.url, 'SELECT answer FROM kept')).rows).toEqual([{ answer: 42 }]);
    expect(new URL(second.url).password).toBe(new URL(first.url).password);
    expect(existsSync(join(dataDir, 'postgres.init-2000000000'))).toBe(false);
  });

  test('is not hit by a Ctrl-C in our terminal: it has a session of its own', async () => {
    const postgres = await start();
    const session = execFileSync('ps', ['-o', 'sid=', '-p', String(postgres.pid)], { encoding: 'utf8' });
    expect(Number(session)).toBe(postgres.pid);
  });

  test('starts although its old process number belongs to somebody else now', async () => {
    const first = await start();
    const { folder } = first;
    const left = readFileSync(join(folder, 'postmaster.pid'), 'utf8');
    await first.stop();
    writeFileSync(join(folder, 'postmaster.pid'), left.replace(/^\d+/, String(process.pid)));
    const second = await start();
    expect(await answers(second.url)).toBe(true);
  });

  test('a chosen port is kept', async () => {
    const first = await start();
    const port = Number(new URL(first.url).port);
    await first.stop();
    const second = await start({ port });
    expect(new URL(second.url).port).toBe(String(port));
  });
});

describe('two servers on one data folder', () => {
  test('share one Postgres; only the one that started it stops it', async () => {
    const [one, two] = await Promise.all([start(), start()]);
    expect(one.pid).toBe(two.pid);
    expect(one.url).toBe(two.url);
    expect([one.isOwner, two.isOwner].sort()).toEqual([false, true]);
    const [owner, guest] = one.isOwner ? [one, two] : [two, one];
    await guest.stop();
    expect(await answers(owner.url)).toBe(true);
    await owner.stop();
    expect(isAlive(owner.pid)).toBe(false);
  });

  test('a guest that is left behind starts it again on the same port', async () => {
    const owner = await start();
    const guest = await start();
    const { url, pid } = guest;
    expect(guest.isOwner).toBe(false);
    await owner.stop();
    await until(() => guest.isOwner);
    expect(guest.pid).not.toBe(pid);
    expect(await answers(url)).toBe(true);
  });
});

describe('after a crash', () => {
  test('of the postmaster it runs again on the same port, and pools find it', async () => {
    const postgres = await start();
    const pool = createPool({ url: postgres.url, statementTimeoutMs: 5000 }, 2, SILENT);
    await pool.query('SELECT 1');
    const { pid } = postgres;
    process.kill(pid, 'SIGKILL');
    await until(() =>
      pool.query('SELECT 1').then(
        () => postgres.pid !== pid,
        () => false,
      ),
    );
    expect(isAlive(postgres.pid)).toBe(true);
    await pool.end();
  });

  test('upon crash it runs again, however many there were', async () => {
    const postgres = await start();
    for (let crash = 0; crash < 7; crash += 1) {
      const { pid } = postgres;
      process.kill(pid, 'SIGKILL');
      await until(() => postgres.pid !== pid && isAlive(postgres.pid));
    }
    await until(() => answers(postgres.url));
  });

  test('of the writer by kill -9 in a commit: unknown to the caller, all or nothing in the log', async () => {
    const postgres = await start();
    const lost: Error[] = [];
    const store = await Store.open(postgres.url, testConfig(), SILENT);
    const term = await store.lead({ onLost: (reason) => lost.push(reason) });
    const { epoch, revision } = await store.head();
    const backend = await execute(
      postgres.url,
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'dtms-writer'`,
    );
    const trades = Array.from({ length: 3000 }, (_, i) => makeTrade(i + 1));
    const commit = term.writer.commit(batchOf(trades));
    await sleep(15);
    process.kill(backend.rows[0].pid, 'SIGKILL');
    const outcome = await commit.then(
      () => 'written',
      (error) => {
        // It was killed while the commit was still being encoded: nothing of it was sent.
        if (error instanceof FencedError) return 'not sent';
        return error instanceof StoreUnavailableError ? error.outcome : String(error);
      },
    );
    await until(() => lost.length > 0);
    await until(() => answers(postgres.url));
    const next = await store.lead({ onLost: () => undefined, signal: AbortSignal.timeout(20_000) });
    const head = (await next.restore()).head;
    expect(['not sent', 'unknown', 'written']).toContain(outcome);
    expect([revision, revision + 3000]).toContain(head.revision);
    if (outcome === 'not sent') expect(head.revision).toBe(revision);
    if (outcome === 'written') expect(head.revision).toBe(revision + 3000);
    // A crash loses nothing that was acknowledged: the history is the same one.
    expect(head.epoch).toBe(epoch);
    expect(await store.readEvents(revision, 5000)).toHaveLength(head.revision - revision);
    await next.release();
    await store.close();
  });
});

describe('an orphan', () => {
  /** A server process that starts the embedded Postgres, as it was built, and tells its process number. */
  async function startInChild(): Promise<{ child: ChildProcess; postmaster: number }> {
    const built = join(root, 'dist', 'src', 'store', 'embedded.js');
    const script = `
      import { pino } from 'pino';
      import { EmbeddedPostgres } from ${JSON.stringify(built)};
      const options = { dataDir: ${JSON.stringify(dataDir)}, port: 0 };
      const postgres = await EmbeddedPostgres.start(options, pino({ level: 'silent' }));
      process.on('SIGTERM', () => process.exit(0));
      console.log(postgres.pid);
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const postmaster = await new Promise<number>((resolve, reject) => {
      child.stdout?.once('data', (chunk) => resolve(Number(chunk)));
      child.once('exit', (code) => reject(new Error(`the child ended with ${code}`)));
    });
    return { child, postmaster };
  }

  async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill(signal);
    await gone;
  }

  test('of a killed server goes on running, is adopted by the next one, and is stopped by it', async () => {
    const { child, postmaster } = await startInChild();
    const guest = await start();
    expect(guest.pid).toBe(postmaster);
    expect(guest.isOwner).toBe(false);
    await guest.stop();
    await end(child, 'SIGKILL');
    expect(isAlive(postmaster)).toBe(true);
    const next = await start();
    expect(next.pid).toBe(postmaster);
    expect(next.isOwner).toBe(true);
    expect(await answers(next.url)).toBe(true);
    await next.stop();
    expect(isAlive(postmaster)).toBe(false);
  });

  test('that was killed after its server leaves nothing in the way', async () => {
    const { child, postmaster } = await startInChild();
    await end(child, 'SIGKILL');
    process.kill(postmaster, 'SIGKILL');
    const next = await start();
    expect(next.pid).not.toBe(postmaster);
    expect(await answers(next.url)).toBe(true);
  });

  test('is not left by a server that calls process.exit()', async () => {
    const { child, postmaster } = await startInChild();
    await end(child, 'SIGTERM');
    await until(() => !isAlive(postmaster));
  });
});

describe('settings that would lose acknowledged trades', () => {
  test('are refused, each with its reason', async () => {
    const postgres = await start({
      settings: { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' },
    });
    const pool = createPool({ url: postgres.url, statementTimeoutMs: 5000 }, 1, SILENT);
    const { faults } = await inspectServer(pool);
    await pool.end();
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual([
      'fsync',
      'full_page_writes',
      'synchronous_commit',
    ]);
    await expect(Store.open(postgres.url, testConfig(), SILENT)).rejects.toThrow(/fsync is off/);
  });
});

describe.skipIf(!isRoot)('run as root', () => {
  test('Postgres has a user without rights', async () => {
    const postgres = await start();
    const { uid } = statSync(`/proc/${postgres.pid}`);
    expect(uid).not.toBe(0);
    expect(statSync(postgres.folder).uid).toBe(uid);
    // Only what we made is given away.
    expect(statSync(dataDir).uid).toBe(0);
  });

  test('a data folder that user cannot enter: the data is kept in a system folder, and found again', async () => {
    const locked = mkdtempSync(join(tmpdir(), 'dtms-locked-'));
    const place = { dataDir: join(locked, '.dtms') };
    try {
      const first = await start(place);
      expect(statSync(locked).mode & 0o777).toBe(0o700);
      expect(first.folder).toMatch(/^\/var\/lib\/dtms\/[0-9a-f]{16}\/postgres$/);
      await execute(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
      await first.stop();
      const second = await start(place);
      expect(second.folder).toBe(first.folder);
      expect((await execute(second.url, 'SELECT answer FROM kept')).rows).toEqual([{ answer: 42 }]);
      await second.stop();
      // Whoever deletes the folder wants an empty database, not the old one.
      rmSync(place.dataDir, { recursive: true });
      const third = await start(place);
      expect(third.folder).not.toBe(first.folder);
      await third.stop();
      rmSync(dirname(first.folder), { recursive: true });
      rmSync(dirname(third.folder), { recursive: true });
      await expect(start(place)).rejects.toThrow(/which is gone/);
    } finally {
      rmSync(locked, { recursive: true });
    }
  });

  test('programs that user cannot reach are copied, with the links npm cannot hold', async () => {
    const locked = mkdtempSync(join(tmpdir(), 'dtms-locked-'));
    const open = mkdtempSync(join(scratch, 'system-'));
    chmodSync(open, 0o755);
    try {
      const native = join(locked, 'package', 'native');
      cpSync(join(nativeFolder(), '..'), join(locked, 'package'), {
        recursive: true,
        filter: (path) => !lstatSync(path).isSymbolicLink(),
      });
      const account = postgresAccount(undefined);
      const found = await findBinaries(account, open, SILENT, native);
      expect(found.postgres.startsWith(open)).toBe(true);
      const output = execFileSync(found.postgres, ['--version'], { cwd: '/', encoding: 'utf8', ...account });
      expect(output).toMatch(/^postgres \(PostgreSQL\) \d+/);
      // The second time it is there.
      expect(await findBinaries(account, open, SILENT, native)).toEqual(found);
    } finally {
      rmSync(locked, { recursive: true });
    }
  });
});
