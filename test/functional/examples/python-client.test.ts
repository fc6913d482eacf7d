// The Python client as its users get it: the wheel is built, installed in a clean virtual environment, its
// types checked, its own tests and its example run against a real server, which is also killed under it.
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Scope } from '../../../gen/ts/dtms/v1/access.js';
import { DtmsClient } from '../../../src/client/index.js';
import { packageRoot } from '../../../src/package-files.js';
import { startService } from '../../support/app.js';
import { authority, signed } from '../../support/certificates.js';
import { DatabaseKeys } from '../../support/keys.js';
import { ServerProcess } from '../../support/server-process.js';

const root = packageRoot();
const CLIENT = join(root, 'clients', 'python');
const EXAMPLES = join(root, 'docs', 'examples', 'python');
const EXAMPLE = join(EXAMPLES, 'register_and_watch.py');
const BRIDGES = ['paper_bridge.py', 'paper_bridge_async.py'].map((name) => join(EXAMPLES, name));
/** Its tests use what unittest has since 3.11. */
const NEEDED = 'import sys, grpc_tools; assert sys.version_info >= (3, 11)';
const SKIPPED = 'needs python3 >= 3.11 with grpcio-tools (npm run generate)';
const KILLS = Number(process.env.DTMS_KILLS ?? 2);

const tools = join(root, 'build', 'python', 'bin', 'python');
const possible = existsSync(tools) && spawnSync(tools, ['-c', NEEDED]).status === 0;

let python: string;
let server: ServerProcess | undefined;

beforeAll(async () => {
  if (!possible) return;
  const script = join(root, 'scripts', 'python-wheel.mjs');
  python = (await promisify(execFile)(process.execPath, [script])).stdout.trim();
  server = await ServerProcess.create();
  await server.start();
}, 600_000);

afterAll(async () => {
  await server?.remove();
});

beforeEach((context) => {
  if (!possible) context.skip(SKIPPED);
});

/** A running server, or a failed test. */
function running(): ServerProcess {
  if (server === undefined) throw new Error('there is no server');
  return server;
}

/** A server with TLS that asks for keys, and what the client's tests need to know of it. */
async function startSecured(): Promise<{ readonly told: string; end(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'dtms-secured-'));
  const signer = await authority('tests');
  const { cert, key } = await signed(signer, 'server');
  const file = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const service = await startService({
    access: { mode: 'required' },
    tls: { cert: file('server.crt', cert), key: file('server.key', key) },
  });
  const keys = new DatabaseKeys(service.databaseUrl);
  const good = await keys.make([Scope.REGISTER, Scope.READ]);
  const revoked = await keys.make([Scope.READ]);
  await keys.revoke(revoked);
  return {
    told: [service.address, file('ca.crt', signer.cert), good.text, revoked.text].join(' '),
    end: async () => {
      await keys.close();
      await service.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A Python program in the client's folder, and what it has printed so far. */
class Run {
  readonly #child: ChildProcess;
  output = '';
  errors = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(python, ['-B', ...args], { cwd: CLIENT, env: { PATH: process.env.PATH, ...env } });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.output += chunk.toString();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.errors += chunk.toString();
    });
  }

  /** Resolves when the text was printed; the test's own limit ends a wait in vain. */
  async printed(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.#child.exitCode !== null) throw new Error(`it ended without "${text}":\n${this.errors}`);
      await sleep(20);
    }
  }

  /** Closes its standard input. */
  finish(): void {
    this.#child.stdin?.end();
  }

  /** Its exit code; `signal` is sent first. */
  async ended(signal?: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const closed = once(this.#child, 'close');
    if (signal !== undefined) this.#child.kill(signal);
    const [code]: (number | null)[] = await closed;
    return code ?? null;
  }
}

test('a build without the generated messages fails, and says how the wheel is made', () => {
  const build = spawnSync(tools, ['-B', 'setup.py', '--name'], { cwd: CLIENT, encoding: 'utf8' });
  expect(build.status).toBe(1);
  expect(build.stderr).toContain('node scripts/python-wheel.mjs');
});

test('the installed package, its tests and its examples pass strict type checks', async () => {
  const cache = join(root, 'build', 'python-dist', 'mypy');
  const env = { MYPYPATH: `src:${EXAMPLES}` };
  const run = new Run(['-m', 'mypy', '--cache-dir', cache, 'tests', EXAMPLE, ...BRIDGES], env);
  expect(await run.ended(), run.output + run.errors).toBe(0);
}, 300_000);

test("the client's own tests pass against a server that fails as told, and against real ones", async () => {
  const secured = await startSecured();
  try {
    const run = new Run(['-m', 'unittest', 'discover', '-s', 'tests', '-t', '.'], {
      DTMS_TEST_ADDRESS: running().address,
      DTMS_TEST_SECURED: secured.told,
    });
    expect(await run.ended(), run.errors).toBe(0);
    // A discovery that finds nothing, or skips what needs a server, ends well, too.
    expect(Number(/Ran (\d+) tests/.exec(run.errors)?.[1])).toBeGreaterThan(90);
    expect(run.errors).not.toContain('skipped');
  } finally {
    await secured.end();
  }
}, 300_000);

test('the example registers a trade, watches its account, and ends on SIGINT', async () => {
  const args = [EXAMPLE, '--server', running().address, '--account', 'python-client', '--ticket', '8'];
  const run = new Run(args);
  await run.printed('these were all at revision');
  expect(run.output).toContain('registered: 8 at revision');
  expect(run.output).toContain('8 is TRADE_STATE_HEALTHY');
  const client = new DtmsClient({ address: running().address });
  await client.closeTrade({ account: 'python-client', ticket: 8n });
  client.close();
  await run.printed('8 state_changed, TRADE_STATE_CLOSED');
  expect(await run.ended('SIGINT'), run.errors).toBe(0);

  const refused = new Run([EXAMPLE, '--server', running().address, '--ticket', '-1']);
  expect(await refused.ended()).toBe(1);
  expect(refused.errors).toContain('INVALID_FIELD');
  expect(refused.errors).toContain('trade.ticket');
});

test.each(BRIDGES)(
  'the example of a bridge closes at the paper terminal what a person orders closed: %s',
  async (bridge) => {
    const run = new Run([bridge, '--server', running().address]);
    expect(await run.ended(), run.output + run.errors).toBe(0);
    expect(run.output).toMatch(/registered: \d+ at 64001[\s\S]*closed by the bridge: \d+/);
  },
);

interface UnderKill {
  readonly acknowledged: Readonly<Record<string, number>>;
  readonly told: readonly number[];
  readonly toldAsync: readonly number[];
  readonly breaks: number;
}

test(
  'calls and watches outlive kill -9: nothing acknowledged is lost, nothing told twice or left out',
  async () => {
    const run = new Run(['-m', 'tests.under_kill', running().address]);
    await run.printed('running');
    for (let kill = 0; kill < KILLS; kill += 1) {
      await sleep(1000);
      await running().kill();
      await running().start();
    }
    await sleep(1000);
    run.finish();
    expect(await run.ended(), run.errors).toBe(0);
    const journal: UnderKill = JSON.parse(run.output.replace('running', ''));

    const client = new DtmsClient({ address: running().address });
    const log: number[] = [];
    const ticketAt = new Map<number, string>();
    let pageToken = '';
    do {
      const filter = { account: 'killed' };
      const page = await client.listTradeEvents({ filter, pageSize: 1000, pageToken });
      for (const event of page.events) {
        log.push(Number(event.revision));
        ticketAt.set(Number(event.revision), String(event.ticket));
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    client.close();

    expect(journal.told).toEqual(log);
    expect(journal.toldAsync).toEqual(log);
    const acknowledged = Object.entries(journal.acknowledged);
    for (const [ticket, revision] of acknowledged) expect(ticketAt.get(revision)).toBe(ticket);
    // Void without traffic, or when no watch was broken.
    expect(acknowledged.length).toBeGreaterThan(KILLS * 5);
    expect(journal.breaks).toBeGreaterThanOrEqual(KILLS * 2);
  },
  (KILLS * 40 + 120) * 1000,
);
