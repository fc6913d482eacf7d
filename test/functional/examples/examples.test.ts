// The examples of docs/examples, run as their readers run them against a real server.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ActionStatus } from '../../../src/client/index.js';
import { packageRoot } from '../../../src/package-files.js';
import { startService, type TestService } from '../../support/app.js';

const root = packageRoot();
const PYTHON_EXAMPLE = join(root, 'docs', 'examples', 'python', 'without_client.py');

/** A Python that can run gen/python: `npm run generate` makes build/python. */
const python = [join(root, 'build', 'python', 'bin', 'python'), 'python3'].find(
  (program) => spawnSync(program, ['-c', 'import grpc, google.protobuf']).status === 0,
);

let service: TestService;

beforeAll(async () => {
  service = await startService();
});

afterAll(async () => {
  await service.end();
});

/** A program under test, and what it has printed so far. */
class Run {
  readonly #child: ChildProcess;
  output = '';

  constructor(program: string, args: readonly string[]) {
    this.#child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const keep = (chunk: Buffer) => {
      this.output += chunk.toString();
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
  }

  /** Resolves when the text was printed; the test's own limit ends a wait in vain. */
  async printed(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.#child.exitCode !== null) throw new Error(`it ended without "${text}":\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Its exit code; `signal` is sent first. */
  async ended(signal?: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const exit = once(this.#child, 'close');
    if (signal !== undefined) this.#child.kill(signal);
    const [code]: (number | null)[] = await exit;
    return code ?? null;
  }
}

function typescriptExample(name: string, ...args: string[]): Run {
  const script = join(root, 'dist', 'docs', 'examples', 'typescript', `${name}.js`);
  if (!existsSync(script)) throw new Error(`${script} is not there: run npm run build`);
  return new Run(process.execPath, [script, service.address, ...args]);
}

test('the TypeScript examples register a trade, show it and its changes, and end on SIGINT', async () => {
  const first = typescriptExample('register', 'typescript', '7');
  expect(await first.ended(), first.output).toBe(0);
  expect(first.output).toContain('registered at revision');
  expect(first.output).toContain('WAITING_FOR_DATA');

  const watch = typescriptExample('watch', 'typescript');
  await watch.printed('these were all at revision');
  expect(watch.output).toContain('7 is HEALTHY');

  const again = typescriptExample('register', 'typescript', '7');
  expect(await again.ended(), again.output).toBe(0);
  expect(again.output).toContain('already registered');

  await service.client.closeTrade({ account: 'typescript', ticket: 7n });
  await watch.printed('7 stateChanged, CLOSED');
  expect(await watch.ended('SIGINT'), watch.output).toBe(0);
});

test('the TypeScript example says which field was refused', async () => {
  const run = typescriptExample('register', 'typescript', '-1');
  expect(await run.ended()).toBe(1);
  expect(run.output).toContain('trade.ticket');
});

test('the TypeScript exit manager moves the stops it may, and says why not the others', async () => {
  const { client } = service;
  const trade = { account: 'exits', symbol: 'BTCUSD', direction: 1, entryPrice: 100, volume: 1 };
  await client.registerTrade({ trade: { ...trade, ticket: 1n, stopLoss: 90 } });
  await client.registerTrade({ trade: { ...trade, ticket: 2n, stopLoss: 99.9 } });
  const run = typescriptExample('exit-manager', 'exits');
  expect(await run.ended(), run.output).toBe(0);
  expect(run.output).toContain('connection: ready');
  expect(run.output).toContain('1: stop at 99.8');
  expect(run.output).toContain('2: refused: a stop of 99.8 would be looser');
  expect((await client.getTrade({ account: 'exits', ticket: 1n })).trade?.stopLoss).toBe(99.8);
});

test('the TypeScript example of all options tells what became of its call', async () => {
  const run = typescriptExample('options');
  expect(await run.ended(), run.output).toBe(0);
  expect(run.output).toContain('not registered: ');
});

test('the TypeScript bridge closes what a person orders closed', async () => {
  const run = typescriptExample('bridge');
  expect(await run.ended(), run.output).toBe(0);
  expect(run.output).toContain('closed by the bridge');
  const { actions } = await service.client.listActions({ account: 'paper-example' });
  expect(actions.map(({ action }) => action?.status)).toEqual([ActionStatus.DONE]);
});

test('the TypeScript example of a test brings a server, a broker and a market along', async () => {
  const run = typescriptExample('test-a-program');
  expect(await run.ended(), run.output).toBe(0);
  expect(run.output).toContain('defended: 0.5 lots left');
});

test('the Python example registers a trade, watches its account, and ends on SIGINT', async (context) => {
  // The service needs Node only: a machine without Python must still pass, and is told what it did not try.
  if (python === undefined) return context.skip('needs python3 with grpcio and protobuf (npm run generate)');
  const args = [PYTHON_EXAMPLE, '--server', service.address, '--account', 'python', '--ticket', '8'];
  const run = new Run(python, args);
  await run.printed('these were all at revision');
  expect(run.output).toContain('registered: 8 at revision');
  expect(run.output).toContain('8 is TRADE_STATE_HEALTHY');

  await service.client.closeTrade({ account: 'python', ticket: 8n });
  await run.printed('8 state_changed, TRADE_STATE_CLOSED');
  expect(await run.ended('SIGINT'), run.output).toBe(0);
});
