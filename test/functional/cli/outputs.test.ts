// Outputs that cannot be written: on a full disk, or with a reader that is gone. A server serves on and stops when it is told
// to; a command that only says something has failed, in a sentence.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packageRoot } from '../../../src/package-files.js';
import { eventually } from '../../support/eventually.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

const PROGRAM = join(packageRoot(), 'dist/src/cli.js');
const FULL = '/dev/full';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a server; resolves with how it ended once it was ready and told to stop. */
async function servedBy(start: (args: string[], env: NodeJS.ProcessEnv) => ChildProcess) {
  const port = await freePort();
  const env = { PATH: process.env.PATH, DTMS_DATABASE_URL: database.url, DTMS_CLUSTER_PORT: '0' };
  const child = start([PROGRAM, 'serve', '--port', '0', '--http-port', String(port)], env);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  try {
    await eventually(async () => expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200));
    child.kill('SIGTERM');
    return await ended;
  } finally {
    child.kill('SIGKILL');
  }
}

test.skipIf(process.platform !== 'linux')(
  'a full disk under its output and its log ends no server',
  async () => {
    const full = openSync(FULL, 'w');
    const code = await servedBy((args, env) =>
      spawn(process.execPath, args, { env, stdio: ['ignore', full, full] }),
    );
    closeSync(full);
    expect(code).toBe(0);
  },
);

test('a reader of its output and its log that goes away ends no server', async () => {
  const code = await servedBy((args, env) => {
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.destroy();
    child.stderr.destroy();
    return child;
  });
  expect(code).toBe(0);
});

test.skipIf(process.platform !== 'linux')(
  'a command whose output cannot be written has failed, in a sentence',
  () => {
    const full = openSync(FULL, 'w');
    try {
      execFileSync(process.execPath, [PROGRAM, '--help'], { stdio: ['ignore', full, 'pipe'] });
      expect.fail('it should have failed');
    } catch (error) {
      expect(Reflect.get(Object(error), 'status')).toBe(1);
      expect(String(Reflect.get(Object(error), 'stderr'))).toMatch(
        /^dtms: the output cannot be written: ENOSPC.*\n$/,
      );
    } finally {
      closeSync(full);
    }
  },
);
