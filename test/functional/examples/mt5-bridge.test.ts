// The MetaTrader 5 bridge as its users get it: the wheel is installed beside the client's, its own tests run against a
// stand-in terminal, and the bridge with that terminal against a real server.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { DtmsClient } from '../../../src/client/index.js';
import { packageRoot } from '../../../src/package-files.js';
import { startService } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';

const root = packageRoot();
const BRIDGE = join(root, 'clients', 'mt5-bridge');
/** Python before 3.11 has no TOML. */
const NEEDED = 'import sys, grpc_tools; assert sys.version_info >= (3, 11)';
const SKIPPED = 'needs python3 >= 3.11 with grpcio-tools (npm run generate)';

const tools = join(root, 'build', 'python', 'bin', 'python');
const possible = existsSync(tools) && spawnSync(tools, ['-c', NEEDED]).status === 0;
let python: string;

beforeAll(async () => {
  if (!possible) return;
  const script = join(root, 'scripts', 'python-wheel.mjs');
  python = (await promisify(execFile)(process.execPath, [script])).stdout.trim();
}, 600_000);

beforeEach((context) => {
  if (!possible) context.skip(SKIPPED);
});

/** Starts a program in the bridge's directory. */
function start(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(program, args, {
    cwd: BRIDGE,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env },
  });
  const closed = once(child, 'close');
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = async () => {
    const [code]: (number | null)[] = await closed;
    return { code: code ?? null, output, errors };
  };
  return { ended, say: (line: string) => child.stdin.write(`${line}\n`) };
}

/** Runs it to its end. */
const run = (program: string, ...args: string[]) => start(program, args).ended();

test("the MT5 bridge's own tests pass, the ten checks of every adapter among them", async () => {
  const { code, errors } = await run(python, '-m', 'unittest', 'discover', '-s', 'tests', '-t', '.');
  expect(code, errors).toBe(0);
  // A discovery that finds nothing ends well, too.
  expect(Number(/Ran (\d+) tests/.exec(errors)?.[1])).toBeGreaterThan(120);
});

test('the installed bridge passes strict type checks', async () => {
  const cache = join(root, 'build', 'python-dist', 'mypy-mt5');
  const { code, output, errors } = await run(python, '-m', 'mypy', '--cache-dir', cache);
  expect(code, output + errors).toBe(0);
});

test('the program says what is missing where there is no MetaTrader 5, and ends with 1', async () => {
  const program = join(dirname(python), 'dtms-mt5-bridge');
  const { code, output, errors } = await run(program, '--config', 'bridge.example.toml', '--check');
  expect([code, output]).toEqual([1, '']);
  expect(errors).toContain('MetaTrader 5 can be reached on Windows only');
  expect(errors).not.toContain('Traceback');
});

/** The guide's commands for the operator, in their order. */
const GUIDE = [
  ...readFileSync(join(root, 'docs', 'guides', 'mt5-bridge.md'), 'utf8').matchAll(/^dtms .*$/gm),
].map(([command]) => command);

test('by the guide: a bridge of real money is only observed at first, and then acts, each order once', async () => {
  const service = await startService({ rules: { actions: { newAccounts: 'observe' } } });
  const dtms = async (command: string, apiKey = '') => {
    const env = { ...process.env, DTMS_SERVER: service.address, DTMS_DATABASE_URL: service.databaseUrl };
    const script = `dtms() { "${process.execPath}" dist/src/cli.js "$@"; }\n${command}`;
    const options = { cwd: root, env: { ...env, DTMS_API_KEY: apiKey } };
    return (await promisify(execFile)('bash', ['-c', script], options)).stdout.trim();
  };
  const [create = '', show = '', list = '', enforce = '', observe = ''] = GUIDE;
  const operator = await dtms('dtms keys create --name operator --scope admin,read');
  const account = 'live-1';
  const client = new DtmsClient({ address: service.address, apiKey: operator });
  try {
    const env = { DTMS_API_KEY: await dtms(create) };
    const bridge = start(python, ['-m', 'tests.against_server', service.address, account], env);
    const trade = async () => {
      const [only] = (await client.listTrades({ filter: { account } })).trades;
      if (only === undefined) throw new Error('the position is no trade yet');
      return only;
    };
    await eventually(trade);
    expect(await dtms(show, operator)).toContain('observe');
    expect(await dtms(list, operator)).toContain('BTCUSDc');
    await dtms(enforce, operator);
    bridge.say('fall');
    const { code, output, errors } = await bridge.ended();
    expect(code, output + errors).toBe(0);
    const broker: { stop: number; volume: number; ledger: Record<string, number> } = JSON.parse(output);
    const after = await trade();
    expect([after.stopLoss, after.volume]).toEqual([broker.stop, broker.volume]);
    expect(Object.values(broker.ledger).every((executions) => executions === 1)).toBe(true);
    await dtms(observe, operator);
  } finally {
    client.close();
    await service.end();
  }
});
