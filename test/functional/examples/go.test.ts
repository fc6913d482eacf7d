// The Go stubs and their example, where Go is installed: current, compiled, vetted, and run against a real
// server.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { beforeEach, expect, test } from 'vitest';
import { packageRoot } from '../../../src/package-files.js';
import { startService } from '../../support/app.js';

const root = packageRoot();
const MODULE = join(root, 'clients', 'go');
const present = spawnSync('go', ['version']).status === 0;
const execute = promisify(execFile);

beforeEach((context) => {
  if (!present) context.skip('needs Go');
});

test('the committed Go stubs are what the protos generate', async () => {
  const { stdout } = await execute(process.execPath, [join(root, 'scripts', 'go-stubs.mjs'), '--check']);
  expect(stdout).toContain('is up to date');
}, 300_000);

test('the Go example registers a trade, watches its account, and says what was refused', async () => {
  const tools = join(root, 'build', 'tools');
  mkdirSync(tools, { recursive: true });
  const program = join(tools, 'registerandwatch');
  await execute('go', ['build', './...'], { cwd: MODULE });
  await execute('go', ['vet', './...'], { cwd: MODULE });
  await execute('go', ['build', '-o', program, './examples/registerandwatch'], { cwd: MODULE });

  const service = await startService();
  const { address } = service;
  const child = spawn(program, ['-server', address, '-account', 'go', '-ticket', '9']);
  try {
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const printed = async (text: string) => {
      while (!output.includes(text)) {
        if (child.exitCode !== null) throw new Error(`it ended without "${text}":\n${output}`);
        await sleep(20);
      }
    };
    await printed('these were all at revision');
    expect(output).toContain('registered: 9 at revision');
    expect(output).toContain('9 is TRADE_STATE_HEALTHY');
    await service.client.closeTrade({ account: 'go', ticket: 9n });
    await printed('9 state_changed, TRADE_STATE_CLOSED');
    const ended = once(child, 'close');
    child.kill('SIGINT');
    const [code]: (number | null)[] = await ended;
    expect(code, output).toBe(0);

    const refused = await execute(program, ['-server', address, '-ticket', '-1']).catch(
      (error: { stderr: string }) => error,
    );
    expect(refused.stderr).toContain('INVALID_FIELD');
    expect(refused.stderr).toContain('trade.ticket');
  } finally {
    child.kill('SIGKILL');
    await service.end();
  }
}, 300_000);
