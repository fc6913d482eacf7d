// The MT5 bridge of docs/examples: its own tests, and the bridge with its stand-in terminal against a real
// server, run with the Python that `npm run generate` prepares.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../../src/package-files.js';
import { startService } from '../../support/app.js';

const root = packageRoot();
const BRIDGE = join(root, 'docs', 'examples', 'mt5-bridge');
/** Python before 3.11 has no TOML. */
const NEEDED = 'import sys, grpc, google.protobuf; assert sys.version_info >= (3, 11)';
const SKIPPED = 'needs python3 >= 3.11 with grpcio and protobuf (npm run generate)';

const python = [join(root, 'build', 'python', 'bin', 'python'), 'python3'].find(
  (program) => spawnSync(program, ['-c', NEEDED]).status === 0,
);

/** Runs a Python module in the bridge's directory. */
async function run(program: string, ...args: string[]) {
  const child = spawn(program, ['-B', '-m', ...args], { cwd: BRIDGE });
  child.stdin.end();
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const [code]: (number | null)[] = await once(child, 'close');
  return { code: code ?? null, output, errors };
}

test("the MT5 bridge's own tests pass: a stand-in terminal on one side, a strict server on the other", async (context) => {
  if (python === undefined) return context.skip(SKIPPED);
  const { code, errors } = await run(python, 'unittest', 'discover', '-s', 'tests', '-t', '.');
  expect(code, errors).toBe(0);
  // A discovery that finds nothing ends well, too.
  expect(Number(/Ran (\d+) tests/.exec(errors)?.[1])).toBeGreaterThan(100);
});

test('the MT5 bridge brings a position to a real server, and its decisions to the broker, each once', async (context) => {
  if (python === undefined) return context.skip(SKIPPED);
  const service = await startService();
  try {
    const { code, output, errors } = await run(python, 'tests.against_server', service.address);
    expect(code, output + errors).toBe(0);
    const broker: { identifier: string; stop: number; volume: number; ledger: Record<string, number> } =
      JSON.parse(output);
    const ticket = BigInt(broker.identifier);
    const { trade } = await service.client.getTrade({ account: 'demo', ticket });
    expect(trade?.stopLoss).toBe(broker.stop);
    expect(trade?.volume).toBe(broker.volume);
    expect(Object.values(broker.ledger).every((executions) => executions === 1)).toBe(true);
  } finally {
    await service.end();
  }
}, 120_000);
