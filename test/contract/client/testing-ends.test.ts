// dtms/testing in a program that ends without stop(): its embedded Postgres ends with it, and its folder is gone.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../src/package-files.js';
import { until } from '../../support/eventually.js';

const TESTING = join(packageRoot(), 'dist', 'src', 'testing', 'index.js');

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A program with a test server, in a folder for temporary things that is its own. */
async function startProgram(more: string) {
  const folder = mkdtempSync(join(tmpdir(), 'dtms-ends-'));
  chmodSync(folder, 0o755);
  const code = `import { startTestServer } from ${JSON.stringify(TESTING)};
    const server = await startTestServer();
    ${more}
    console.log(server.address);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  await once(child.stdout, 'data');
  const pidFile = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.endsWith('postmaster.pid'),
  );
  const postgres = Number(readFileSync(join(folder, pidFile ?? ''), 'utf8').split('\n')[0]);
  expect(isAlive(postgres)).toBe(true);
  return {
    kill: async (signal: NodeJS.Signals): Promise<readonly [number | null, string | null]> => {
      child.kill(signal);
      const [status, by]: (number | string | null)[] = await closed;
      return [typeof status === 'number' ? status : null, typeof by === 'string' ? by : null];
    },
    /** Once nothing of it is left. */
    gone: async () => {
      await until('Postgres ends', () => !isAlive(postgres));
      expect(readdirSync(folder)).toEqual([]);
      rmSync(folder, { recursive: true });
    },
  };
}

test('a signal that nobody listens to stops the server in order, and then ends the program as it would have', async () => {
  const program = await startProgram('');
  expect(await program.kill('SIGTERM')).toEqual([null, 'SIGTERM']);
  await program.gone();
});

test('a program that listens itself decides, and its exit leaves nothing either', async () => {
  const program = await startProgram("process.on('SIGINT', () => process.exit(7));");
  expect(await program.kill('SIGINT')).toEqual([7, null]);
  await program.gone();
});
