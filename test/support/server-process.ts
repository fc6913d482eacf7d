// The built program `dtms serve` as a child process that tests kill and start again, on a fixed port
// and a data folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DtmsClient } from '../../src/client/index.js';
import { packageRoot } from '../../src/package-files.js';
import { freePort } from '../../src/store/embedded/cluster.js';
import { fault } from './fault-count.js';
import { newCluster } from './postgres.js';

export class ServerProcess {
  readonly address: string;
  readonly dataDir: string;
  readonly #port: number;
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(port: number, dataDir: string, env: NodeJS.ProcessEnv) {
    this.#port = port;
    this.#env = env;
    this.address = `127.0.0.1:${port}`;
    this.dataDir = dataDir;
  }

  /** A server that is not started yet, with an empty embedded database unless `env` names one. */
  static async create(env: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
    const dataDir = mkdtempSync(join(tmpdir(), 'dtms-kill-'));
    // Run as root, Postgres has another user, who must reach it.
    chmodSync(dataDir, 0o755);
    if (env.DTMS_DATABASE_URL === undefined) await newCluster(dataDir);
    return new ServerProcess(await freePort(), dataDir, env);
  }

  /** Starts it and resolves when it leads, or, where another one may, when it answers calls. */
  async start(until: 'it leads' | 'it answers' = 'it leads'): Promise<void> {
    const cli = join(packageRoot(), 'dist', 'src', 'cli.js');
    const child = spawn(
      process.execPath,
      [cli, 'serve', '--port', String(this.#port), '--data-dir', this.dataDir],
      {
        env: {
          PATH: process.env.PATH,
          DTMS_LOG_LEVEL: 'warn',
          DTMS_HTTP_PORT: '0',
          ...this.#env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#child = child;
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString()).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    await this.#answers(child, until);
  }

  /** SIGKILL; resolves when the process is gone. Its database is left behind as an orphan. */
  async kill(): Promise<void> {
    fault('servers killed');
    await this.#end('SIGKILL');
  }

  /** SIGSTOP: it does nothing until thaw(). */
  freeze(): void {
    fault('servers frozen');
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** SIGTERM; resolves when the process is gone. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Stops it and removes its data. */
  async remove(): Promise<void> {
    // An orphaned database is adopted by a new server, which then stops it in order.
    if (this.#child === undefined) await this.start();
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /** How the process ended by itself: a code or a signal; null while it runs or once it was told to end. */
  get ended(): number | NodeJS.Signals | null {
    return this.#child?.exitCode ?? this.#child?.signalCode ?? null;
  }

  /** The end of what it wrote. */
  get output(): string {
    return this.#output;
  }

  /** The embedded Postgres's process id. */
  postgresPid(): number {
    const file = join(this.dataDir, 'postgres', 'postmaster.pid');
    return Number(readFileSync(file, 'utf8').split('\n')[0]);
  }

  async #answers(child: ChildProcess, until: 'it leads' | 'it answers'): Promise<void> {
    const client = new DtmsClient({ address: this.address });
    try {
      for (let attempt = 0; attempt < 600; attempt += 1) {
        if (child.exitCode !== null)
          throw new Error(`the server ended with ${child.exitCode}:\n${this.#output}`);
        const { role } = await client
          .getStatus({}, { retryMs: 0, deadlineMs: 1000 })
          .catch(() => ({ role: 0 }));
        if (role === 2 || (until === 'it answers' && role !== 0)) return;
        await sleep(50);
      }
      throw new Error(`the server did not answer:\n${this.#output}`);
    } finally {
      client.close();
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await gone;
  }
}
