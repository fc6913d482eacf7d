// What stands in the way of a start on any day: each is told in a sentence with a way out, and no stack.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { authority, signed } from '../../support/certificates.js';
import { dtmsHere } from '../../support/cli-call.js';
import { CliProcess } from '../../support/cli-process.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

let folder: string;
let database: TestDatabase;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dtms-failures-'));
  chmodSync(folder, 0o755);
  database = await createDatabase();
});
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** What `dtms serve` says when it fails: its last word, in one line. */
async function refusal(args: readonly string[], variables: Readonly<Record<string, string>>) {
  const { code, err } = await new CliProcess(folder, ['serve', ...args], {
    DTMS_LOG_LEVEL: 'silent',
    DTMS_GRPC_PORT: '0',
    ...variables,
  }).ended();
  expect(code, err).toBe(1);
  expect(err, 'a stack is no answer').not.toMatch(/^\s+at /m);
  return err.trimEnd();
}

test('a port that is taken, and by whom', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const said = await refusal(['--port', String(port)], { DTMS_DATABASE_URL: database.url });
  const holder = process.platform === 'linux' ? `process ${process.pid} (` : 'another program';
  expect(said).toContain(`dtms: port ${port} of 127.0.0.1 is taken by ${holder}`);
  expect(said).toMatch(/: stop it, or choose another port with --port or --http-port$/);
});

test('a damaged file of feature flags: nobody begins with half of what was switched off', async () => {
  const flags = join(folder, 'flags.json');
  writeFileSync(flags, '{ "flags": { "enforce": { "state": "ENA');
  const said = await refusal([], { DTMS_DATABASE_URL: database.url, DTMS_FLAGS_FILE: flags });
  expect(said).toMatch(new RegExp(`${flags}: cannot be read: .*it is not valid JSON`));
});

test('an address that is not of this machine', async () => {
  const said = await refusal(['--host', '192.0.2.1'], {
    DTMS_DATABASE_URL: database.url,
    DTMS_ACCESS_MODE: 'required',
  });
  expect(said).toBe('dtms: 192.0.2.1 is no address of this machine: choose one with --host or --http-host');
});

test('TLS files that are missing or do not belong together', async () => {
  const missing = join(folder, 'missing.pem');
  const files = { cert: join(folder, 'crt'), key: join(folder, 'key') };
  const [one, other] = await Promise.all([authority('one'), authority('other')]);
  writeFileSync(files.cert, (await signed(one, 'server')).cert);
  writeFileSync(files.key, (await signed(other, 'server')).key);
  const tls = (cert: string, key: string) =>
    refusal([], { DTMS_DATABASE_URL: database.url, DTMS_TLS_CERT: cert, DTMS_TLS_KEY: key });
  expect(await tls(missing, files.key)).toContain(`dtms: tls.cert: ${missing} cannot be read: ENOENT`);
  expect(await tls(files.cert, files.key)).toMatch(
    /^dtms: tls\.key .* and tls\.cert .* cannot be used together/,
  );
});

test('a database that refuses us, or is not there', async () => {
  const wrong = new URL(database.url);
  wrong.password = 'wrong';
  expect(await refusal([], { DTMS_DATABASE_URL: wrong.href })).toMatch(
    /^dtms: the database refuses us \(.*\): correct user and password in DTMS_DATABASE_URL$/,
  );
  const none = new URL(database.url);
  none.pathname = '/nowhere';
  expect(await refusal([], { DTMS_DATABASE_URL: none.href })).toMatch(
    /^dtms: there is no such database \(.*\): create it, or correct DTMS_DATABASE_URL$/,
  );
});

test('a configuration that cannot be read', async () => {
  const said = await refusal(['--config', join(folder, 'none.json')], {});
  expect(said).toMatch(/^dtms: The configuration cannot be used:\n {2}.*none\.json: cannot be read: ENOENT/);
});

test('a data folder that cannot be one', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  expect(await refusal(['--data-dir', file], {})).toBe(
    `dtms: ${file}: there is a file where a folder should be: choose another`,
  );
  expect(await refusal(['--data-dir', join(file, 'data')], {})).toMatch(
    /: it is below a file, not a folder: correct the path$/,
  );
});

test.skipIf(process.getuid?.() === 0)('a data folder this user may not use', async () => {
  const locked = join(folder, 'locked');
  mkdirSync(locked, { mode: 0o500 });
  expect(await refusal(['--data-dir', join(locked, 'data')], {})).toMatch(/: this user may not use it: /);
});

/** Mounts a small disk; false where that is not allowed. */
function mountSmall(place: string, megabytes: number): boolean {
  mkdirSync(place);
  try {
    const size = `size=${megabytes}m,mode=755`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', size, 'tmpfs', place], { stdio: 'ignore' });
  } catch {
    return false;
  }
  onTestFinished(() => void execFileSync('umount', [place]));
  return true;
}

test('a disk that is full when the database is made', async (context) => {
  const place = join(folder, 'full');
  // Only a disk that is really full fails as one does, and not everybody may mount it.
  if (!mountSmall(place, 30)) return context.skip('needs the right to mount');
  expect(await refusal(['--data-dir', place], {})).toMatch(
    /^dtms: The embedded database cannot be made in .*: the disk is full: make room and start again$/,
  );
});

test('a disk that is full when the database starts', async (context) => {
  const place = join(folder, 'filled');
  // Only a disk that is really full fails as one does, and not everybody may mount it.
  if (!mountSmall(place, 160)) return context.skip('needs the right to mount');
  const first = new CliProcess(folder, ['serve', '--data-dir', place], { DTMS_GRPC_PORT: '0' });
  await first.says(/^gRPC/m);
  await first.interrupt();
  try {
    writeFileSync(join(place, 'filler'), Buffer.alloc(160 * 2 ** 20));
  } catch {
    // The disk is full now.
  }
  expect(await refusal(['--data-dir', place], {})).toMatch(/the disk is full: make room and start again$/);
});

test('a file of bars that is not there, before anything is said or asked', async () => {
  const bars = join(folder, 'none.csv');
  for (const args of [
    ['paper', '--account', 'demo', '--symbol', 'BTCUSD', '--bars', bars, '--server', '127.0.0.1:1'],
    ['replay', '--symbol', 'BTCUSD', '--bars', bars, '--sample', '2'],
  ]) {
    const said = `dtms: ${bars}: there is no such file or folder: correct the path\n`;
    expect(await dtmsHere(args), args[0]).toEqual({ code: 1, out: '', err: said });
  }
});

test('a folder without a database is refused, and none is made in it, by whoever looks at one', async () => {
  const missing = join(folder, 'mistyped');
  for (const args of [
    ['verify', '--deep'],
    ['shadow', '--once'],
    ['replay', '--journal'],
    ['export', '--to', join(folder, 'all.jsonl')],
    ['backup', '--to', join(folder, 'all.dtms-backup')],
    ['accounts', 'erase', 'demo', '--confirm', 'demo', '--by', 'ann', '--reason', 'it is asked for'],
  ]) {
    const { code, err } = await dtmsHere([...args, '--data-dir', missing]);
    expect([code, err]).toEqual([1, expect.stringContaining(`there is no database in ${missing}`)]);
    expect(existsSync(missing)).toBe(false);
  }
});

test('a database that no server of dtms has used has no journal, in a sentence', async () => {
  const fresh = await createDatabase();
  onTestFinished(() => fresh.drop());
  for (const args of [
    ['shadow', '--once'],
    ['replay', '--journal'],
  ]) {
    const { code, err } = await dtmsHere([...args, '--database-url', fresh.url]);
    const said = 'no server of dtms has used this database: name another with --database-url or --data-dir';
    expect([code, err.trimEnd()]).toEqual([1, `dtms: ${said}`]);
  }
});
