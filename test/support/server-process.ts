// The built program `dtms serve` as a child process that tests kill and start again, on a fixed port
// and a data folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DtmsClient } from '../../src/client/index.js';
import { packageRoot } from '../../src/package-files.js';

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

export class ServerProcess {
  readonly address: string;
  readonly dataDir: string;
  readonly #port: number;
  #child: ChildProcess | undefined;
  #output = '';

  private constructor(port: number, dataDir: string) {
    this.#port = port;
    this.address = `127.0.0.1:${port}`;
    this.dataDir = dataDir;
  }

  /** A server that is not started yet, with an empty embedded database. */
  static async create(): Promise<ServerProcess> {
    const dataDir = mkdtempSync(join(tmpdir(), 'dtms-kill-'));
    // Run as root, Postgres has another user, who must reach it.
    chmodSync(dataDir, 0o755);
    return new ServerProcess(await freePort(), dataDir);
  }

  /** Starts it and resolves when it answers calls. */
  async start(): Promise<void> {
    const cli = join(packageRoot(), 'dist', 'src', 'cli.js');
    const child = spawn(
      process.execPath,
      [cli, 'serve', '--port', String(this.#port), '--data-dir', this.dataDir],
      {
        env: { PATH: process.env.PATH, DTMS_LOG_LEVEL: 'warn', DTMS_HTTP_PORT: '0' },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.#child = child;
    const keep = (chunk: Buffer) => {
      this.#output = (this.#output + chunk.toString()).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    await this.#answers(child);
  }

  /** SIGKILL; resolves when the process is gone. Its database is left behind as an orphan. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
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

  /** The embedded Postgres's process id. */
  postgresPid(): number {
    const file = join(this.dataDir, 'postgres', 'postmaster.pid');
    return Number(readFileSync(file, 'utf8').split('\n')[0]);
  }

  async #answers(child: ChildProcess): Promise<void> {
    const client = new DtmsClient({ address: this.address });
    try {
      for (let attempt = 0; attempt < 600; attempt += 1) {
        if (child.exitCode !== null)
          throw new Error(`the server ended with ${child.exitCode}:\n${this.#output}`);
        const { role } = await client
          .getStatus({}, { retryMs: 0, deadlineMs: 1000 })
          .catch(() => ({ role: 0 }));
        if (role === 2) return;
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
