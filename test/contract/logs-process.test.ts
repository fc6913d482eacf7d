// The program's own log: what a process still writes when it ends, however it ends, and what signals do.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../../src/package-files.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

const built = (path: string) => join(packageRoot(), 'dist', 'src', path);
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process that logs 5,000 lines at once and then ends. */
function flood(end: string): ChildProcess {
  const script = `
    import { programLogger } from ${JSON.stringify(pathToFileURL(built('cli/logging.js')).href)};
    const settings = { level: 'info', pretty: 'auto', sampleFirst: 1, sampleThereafter: 0, bufferBytes: 8388608 };
    const logger = await programLogger(settings);
    for (let n = 0; n < 5000; n += 1) logger.info({ n }, 'flood');
    ${end}`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  children.push(child);
  return child;
}

describe('a process that ends', () => {
  test.each([
    ['in order', '', 0],
    ['at once', 'process.exit(3)', 3],
    ['by an exception nobody caught', "throw new Error('crash')", 1],
  ])('%s has written every line', async (_how, end, expected) => {
    const child = flood(end);
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const [code] = await once(child, 'close');
    expect(code).toBe(expected);
    const numbers = text.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line).n] : []));
    expect(numbers).toEqual(Array.from({ length: 5000 }, (_, n) => n));
  });

  test('is not kept by a reader that does not read', async () => {
    const child = flood('process.exit(3)');
    const [code] = await once(child, 'exit');
    expect(code).toBe(3);
  });
});

describe('dtms serve', () => {
  let database: TestDatabase;
  let folder: string;
  beforeEach(async () => {
    database = await createDatabase();
    folder = mkdtempSync(join(tmpdir(), 'dtms-log-'));
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await database.drop();
  });

  test('switches debug lines on and off by SIGUSR2, tells what Node warns of, and its end', async () => {
    const child = spawn(process.execPath, [built('cli.js'), 'serve', '--port', '0'], {
      cwd: folder,
      env: {
        PATH: process.env.PATH,
        DTMS_DATABASE_URL: database.url,
        DTMS_HTTP_PORT: '0',
        NODE_OPTIONS: "--import=data:text/javascript,process.once('SIGUSR2',()=>process.emitWarning('odd'))",
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(child);
    let text = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const lines = (): Record<string, unknown>[] =>
      text
        .split('\n')
        .flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line)] : []));
    const told = (message: string) => lines().filter((line) => line.message === message);
    await expect.poll(() => told('leading')).toHaveLength(1);
    child.kill('SIGUSR2');
    await expect.poll(() => told('the level of the log changed')).toHaveLength(1);
    await expect.poll(() => told('Node warning')).toHaveLength(1);
    child.kill('SIGUSR2');
    await expect.poll(() => told('the level of the log changed')).toHaveLength(2);
    expect(told('the level of the log changed')).toMatchObject([
      { level: 'debug', previous_level: 'info', by: 'SIGUSR2' },
      { level: 'info', previous_level: 'debug', by: 'SIGUSR2' },
    ]);
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    expect(await closed).toEqual([0, null]);
    expect(told('the gRPC server stopped')).toHaveLength(1);
    expect(told('Node warning')).toMatchObject([{ severity: 'WARNING', error: { message: 'odd' } }]);
    expect(text.split('\n').filter((line) => line !== '' && !line.startsWith('{'))).toEqual([
      'stopping; press again to stop at once',
    ]);
    expect(text).not.toContain(new URL(database.url).password || 'no password');
  });
});
