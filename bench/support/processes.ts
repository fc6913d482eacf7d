// The processes a benchmark measures: a DTMS server with a database of its own, and the echo server.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DtmsClient } from '../../src/client/index.js';
import { freePort } from '../../src/store/embedded/cluster.js';
import { ROOT } from './root.js';

const START_LIMIT_MS = 180_000;
const STOP_LIMIT_MS = 60_000;

/** No setting of the caller's own service reaches the measured one, its database least of all. */
const SERVER_ENVIRONMENT = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DTMS_'))),
  DTMS_ENV: 'production',
  DTMS_ACCESS_MODE: 'open',
  DTMS_TLS_MODE: 'optional',
  DTMS_RULES_ACTIONS_NEW_ACCOUNTS: 'enforce',
  DTMS_HTTP_PORT: '0',
};

/** As npm start has them; the yardstick has the same. */
const NODE_FLAGS = ['--max-semi-space-size=32'];

/** How a measured server is started. */
export interface ServerOptions {
  /** Where it leaves a CPU profile; none unless given. */
  readonly profileFolder?: string | undefined;
  /** A module that is loaded before the program. */
  readonly preload?: string;
  /** Its settings, as environment variables. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A server under measurement. */
export interface ServerProcess {
  readonly address: string;
  readonly pid: number;
  /** Stops it as an operator would, and waits until it is gone. */
  stop(): Promise<void>;
}

const children = new Set<ChildProcess>();
let watching = false;

/** Remembers a child so that none outlives this process, however it ends. */
function owned<T extends ChildProcess>(child: T): T {
  if (!watching) {
    watching = true;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
    process.once('exit', () => {
      for (const left of children) left.kill('SIGTERM');
    });
  }
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await gone;
  clearTimeout(timer);
}

/** Starts the echo server; see echo-server.ts for `answersFile`. */
export function startEcho(answersFile?: string): Promise<ServerProcess> {
  return startScript('echo-server.js', answersFile === undefined ? [] : [answersFile]);
}

/** Starts a server of this folder whose first line is its address. */
export async function startScript(
  name: string,
  args: readonly string[],
  profileFolder?: string,
): Promise<ServerProcess> {
  const script = join(import.meta.dirname, '..', name);
  const child = owned(
    spawn(process.execPath, [...NODE_FLAGS, ...profiled(profileFolder), script, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  const [line]: unknown[] = await once(child.stdout, 'data');
  return { address: String(line).trim(), pid: child.pid ?? 0, stop: () => stopProcess(child) };
}

/** Starts a program that is installed, and waits until it takes connections on a port of this machine. */
export async function startProgram(
  file: string,
  args: readonly string[],
  port: number,
): Promise<ServerProcess> {
  const child = owned(spawn(file, args, { stdio: 'ignore' }));
  for (const until = performance.now() + START_LIMIT_MS; performance.now() < until; await sleep(20)) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${file} ended`);
    if (await takesConnections(port))
      return { address: `127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => stopProcess(child) };
  }
  throw new Error(`${file} does not take connections`);
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function profiled(folder: string | undefined): string[] {
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}

/** A folder of its own for a benchmark's database and logs, removed by remove(). */
export class Workspace {
  readonly folder = mkdtempSync(join(tmpdir(), 'dtms-bench-'));
  /** Where its servers write. */
  readonly log = join(this.folder, 'server.log');

  constructor() {
    // Run as root, Postgres has another user, who must reach it.
    chmodSync(this.folder, 0o755);
  }

  /**
   * Starts `dtms serve` on the workspace's database and waits until it serves. Its log goes to a file of
   * the workspace. With `profile`, Node writes a CPU profile there when it stops.
   */
  async startServer(options: ServerOptions = {}): Promise<ServerProcess> {
    const cli = join(import.meta.dirname, '..', '..', 'src', 'cli.js');
    if (!existsSync(cli)) throw new Error(`${cli} is not there: run npm run build`);
    const port = await freePort();
    const log = createWriteStream(this.log, { flags: 'a' });
    await once(log, 'open');
    const { profileFolder, preload, environment = {} } = options;
    const data = join(this.folder, 'data');
    const before = preload === undefined ? [] : ['--import', preload];
    const serve = [...before, cli, 'serve', '--port', String(port), '--data-dir', data];
    const child = owned(
      spawn(process.execPath, [...NODE_FLAGS, ...profiled(profileFolder), ...serve], {
        cwd: ROOT,
        stdio: ['ignore', log, log],
        env: { ...SERVER_ENVIRONMENT, ...environment },
      }),
    );
    const address = `127.0.0.1:${port}`;
    try {
      await serving(address, child);
    } catch (error) {
      await stopProcess(child);
      const tail = readFileSync(this.log, 'utf8').slice(-4000);
      throw new Error(`the server did not start:\n${tail}`, { cause: error });
    }
    return { address, pid: child.pid ?? 0, stop: () => stopProcess(child) };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Waits until the server leads, or reaches the one that does. */
async function serving(address: string, child: ChildProcess): Promise<void> {
  const client = new DtmsClient({ address });
  try {
    for (const until = performance.now() + START_LIMIT_MS; performance.now() < until; ) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`);
      }
      const status = await client.getStatus({}, { retryMs: 0, deadlineMs: 1000 }).catch(() => null);
      if (status !== null && status.leaderServerId !== '') return;
      await sleep(20);
    }
    throw new Error(`it does not serve after ${START_LIMIT_MS / 1000} s`);
  } finally {
    client.close();
  }
}

/** A process's memory in MB as Linux counts it: resident now, and at its highest; null elsewhere. */
export function memoryOf(pid: number): { readonly residentMb: number; readonly peakMb: number } | null {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return null;
  const text = readFileSync(file, 'utf8');
  const kilobytes = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1]);
  return { residentMb: kilobytes('VmRSS') / 1024, peakMb: kilobytes('VmHWM') / 1024 };
}

/** Linux counts processor time in hundredths of a second, whatever the machine. */
const TICK_SECONDS = 0.01;

/** The processor time a process has used so far, in seconds; null where /proc is not there. */
export function cpuSecondsOf(pid: number): number | null {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return null;
  const text = readFileSync(file, 'utf8');
  // The fields after the program's name, which may hold spaces: user time is the 12th, system time the 13th.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_SECONDS;
}

/** What most benchmarks need: a server with its database, the echo server, and a client of the first. */
export interface Stage {
  readonly workspace: Workspace;
  readonly server: ServerProcess;
  readonly echo: ServerProcess;
  readonly client: DtmsClient;
}

/** Sets the stage, runs, and clears it whatever happens. */
export async function onStage<T>(options: ServerOptions, run: (stage: Stage) => Promise<T>): Promise<T> {
  const workspace = new Workspace();
  try {
    const server = await workspace.startServer(options);
    const client = new DtmsClient({ address: server.address });
    try {
      const echo = await startEcho();
      try {
        return await run({ workspace, server, echo, client });
      } finally {
        await echo.stop();
      }
    } finally {
      client.close();
      await server.stop();
    }
  } finally {
    workspace.remove();
  }
}
