// `dtms serve` told to stop at any moment of its start, its life and its stop: it ends in time and leaves no database
// behind. The moments come from a seed; DTMS_STOP_RUNS is how many there are.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../../../src/broker/seeded-random.js';
import { packageRoot } from '../../../src/package-files.js';
import { eventually, until } from '../../support/eventually.js';

const RUNS = Number(process.env.DTMS_STOP_RUNS ?? 6);
const SEED = Number(process.env.DTMS_STOP_SEED ?? 59);
const DRAIN_MS = 2_000;
/** Half of what a pod of deploy/ is given to end. */
const IN_TIME_MS = 30_000;
/** SIGHUP stops whoever has a terminal, or has not started yet; see below and config.test.ts. */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

let folder: string;
let startMs: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dtms-stop-'));
  chmodSync(folder, 0o755);
  const startedAt = performance.now();
  const server = new Server(join(folder, 'kept'));
  await server.says(/^gRPC/m);
  startMs = performance.now() - startedAt;
  await server.stopped('SIGTERM');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A server, and what became of it. */
class Server {
  readonly #child: ChildProcess;
  readonly #ended: Promise<{ code: number | null; signal: string | null }>;
  #output = '';

  constructor(dataDir: string, command: readonly string[] = ['serve'], variables: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(
      process.execPath,
      [join(packageRoot(), 'dist/src/cli.js'), ...command, '--data-dir', dataDir],
      {
        env: {
          PATH: process.env.PATH,
          DTMS_GRPC_PORT: '0',
          DTMS_HTTP_PORT: '0',
          DTMS_GRPC_DRAIN_MS: String(DRAIN_MS),
          ...variables,
        },
      },
    );
    const keep = (chunk: Buffer) => {
      this.#output += String(chunk);
    };
    this.#child.stdout?.on('data', keep);
    this.#child.stderr?.on('data', keep);
    this.#ended = new Promise((resolve) =>
      this.#child.once('close', (code, signal) => resolve({ code, signal })),
    );
  }

  get output(): string {
    return this.#output;
  }

  async says(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.#output)) {
      if (this.#child.exitCode !== null) throw new Error(`it ended:\n${this.#output}`);
      await sleep(20);
    }
  }

  tell(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** How it ended after the signal; fails when that took too long. */
  async stopped(signal: NodeJS.Signals) {
    this.tell(signal);
    const late = sleep(IN_TIME_MS).then(() => 'late' as const);
    const ended = await Promise.race([this.#ended, late]);
    if (ended !== 'late') return ended;
    this.#child.kill('SIGKILL');
    throw new Error(`${IN_TIME_MS} ms after ${signal} it still ran:\n${this.#output}`);
  }
}

/** Processes whose command line names the folder. */
function processesOn(dataDir: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(dataDir) ? [`${pid} ${command}`] : [];
      } catch {
        return [];
      }
    });
}

/** Told to end it may still write its last page. */
const leavesNothing = (dataDir: string, told: string) =>
  eventually(() => expect(processesOn(dataDir), told).toEqual([]));

test.skipIf(process.platform !== 'linux')(
  `stops in order at ${RUNS} moments of a start or after it`,
  async () => {
    const random = seededRandom(SEED);
    for (let run = 0; run < RUNS; run += 1) {
      const signal = SIGNALS[Math.floor(random() * SIGNALS.length)] ?? 'SIGTERM';
      // Every fifth makes its database first, which takes longer than the rest.
      const dataDir = join(folder, run % 5 === 4 ? `new-${run}` : 'kept');
      const delayMs = Math.floor(random() * startMs * 1.3);
      const server = new Server(dataDir);
      await sleep(delayMs);
      const { code, signal: by } = await server.stopped(signal);
      const told = `run ${run} of seed ${SEED}: ${signal} after ${delayMs} ms\n${server.output}`;
      // Before the program has said a word there is nothing to stop, and the signal itself ends it.
      expect(code === 0 || (by === signal && server.output === ''), told).toBe(true);
      await leavesNothing(dataDir, told);
      expect(
        readdirSync(folder).includes(`new-${run}`)
          ? readdirSync(dataDir).filter((name) => name.startsWith('postgres.init-'))
          : [],
        told,
      ).toEqual([]);
    }
  },
  RUNS * (IN_TIME_MS + 10_000),
);

test.skipIf(process.platform !== 'linux')(
  'a second signal stops at once, and the database with it',
  async () => {
    const dataDir = join(folder, 'kept');
    for (const waitMs of [60, 200]) {
      const server = new Server(dataDir);
      await server.says(/^gRPC/m);
      server.tell('SIGTERM');
      await sleep(waitMs);
      const { code, signal } = await server.stopped('SIGINT');
      // Node gives its listeners up as it leaves: what comes then ends a program that has stopped in order.
      expect(code === 0 || code === 1 || signal === 'SIGINT', server.output).toBe(true);
      await leavesNothing(dataDir, server.output);
    }
  },
);

test.skipIf(process.platform !== 'linux')(
  'a demo whose terminal is closed takes its database along',
  async () => {
    const dataDir = join(folder, 'demo');
    const demo = new Server(dataDir, ['demo']);
    await demo.says(/HEALTHY/);
    expect(demo.output).toMatch(/dashboard +http:\S+.*HEALTHY/s);
    expect(await demo.stopped('SIGHUP'), demo.output).toMatchObject({ code: 0 });
    await leavesNothing(dataDir, demo.output);
  },
);

test.skipIf(process.platform !== 'linux' || spawnSync('script', ['--version']).status !== 0)(
  'a server whose terminal is closed stops',
  async () => {
    const dataDir = join(folder, 'closed');
    const cli = join(packageRoot(), 'dist/src/cli.js');
    const terminal = spawn('script', [
      '-qefc',
      `${process.execPath} ${cli} serve --port 0 --http-port 0 --data-dir ${dataDir} 2>/dev/null`,
      '/dev/null',
    ]);
    let shown = '';
    terminal.stdout.on('data', (chunk: Buffer) => {
      shown += String(chunk);
    });
    await until('it serves', () => /gRPC/.test(shown));
    expect(processesOn(dataDir)).not.toEqual([]);
    terminal.kill('SIGKILL');
    await until('it stopped', () => processesOn(dataDir).length === 0);
  },
);

test('a start that waits for its database is given up at once', async () => {
  const variables = { DTMS_DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none' };
  const server = new Server(join(folder, 'unused'), ['serve'], variables);
  await server.says(/the start waits for it/);
  expect(await server.stopped('SIGTERM'), server.output).toMatchObject({ code: 0 });
  expect(server.output).not.toMatch(/secret|\bat \S+ \(/);
});
