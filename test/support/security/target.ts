// The server under attack: the built program as a process of its own, whose log is kept whole and whose
// memory can be asked for after a garbage collection.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../../src/package-files.js';
import { migratedDatabase, type TestDatabase } from '../postgres.js';
import { framed } from '../raw-reader.js';
import { WireClient } from './wire-client.js';

/** Runs inside the server: collects garbage and tells what is left. */
const MEMORY_PROBE = `data:text/javascript,${encodeURIComponent(
  'process.on("message", () => { gc(); gc(); process.send(process.memoryUsage()); }); process.channel.unref();',
)}`;

/** A HealthCheckResponse that says SERVING, as gRPC frames it. */
const SERVING = framed(Buffer.of(0x08, 0x01));

export type LogLine = Readonly<Record<string, unknown>>;

export interface TargetOptions {
  /** Environment variables such as DTMS_WATCH_BOOKMARK_MS. */
  readonly env?: Readonly<Record<string, string>>;
  /** Settings that have no variable, as a configuration file has them. */
  readonly arguments?: readonly string[];
  readonly logLevel?: 'debug' | 'info' | 'warn';
}

export class Target {
  readonly database: TestDatabase;
  address = '';
  /** host:port of HTTP. */
  http = '';
  readonly #options: TargetOptions;
  readonly #folder = mkdtempSync(join(tmpdir(), 'dtms-target-'));
  #child: ChildProcess | undefined;

  private constructor(database: TestDatabase, options: TargetOptions) {
    this.database = database;
    this.#options = options;
  }

  /** A server that leads, over an empty database. */
  static async start(options: TargetOptions = {}): Promise<Target> {
    const target = new Target(await migratedDatabase(), options);
    await target.#spawn();
    return target;
  }

  /** True while the process that was started is there. */
  get alive(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What makes the first key, as the console shows it; empty where it shows none. */
  get consoleToken(): string {
    return /console_token (\S+)/.exec(this.#announced())?.[1] ?? '';
  }

  /** Bytes, after a garbage collection. */
  async memory(): Promise<NodeJS.MemoryUsage> {
    const child = this.#running();
    const answer = new Promise<NodeJS.MemoryUsage>((resolve) => child.once('message', resolve));
    child.send('memory');
    return answer;
  }

  /** The log as far as it is written: the server's last lines may come a moment later. */
  log(): LogLine[] {
    return this.logText()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  logText(): string {
    return readFileSync(join(this.#folder, 'stderr'), 'utf8');
  }

  /** Stops in order and starts again on the same database: what was written must be readable. */
  async restart(): Promise<void> {
    await this.#end();
    await this.#spawn();
  }

  /** Stops it and drops its database. */
  async end(): Promise<void> {
    await this.#end();
    await this.database.drop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #spawn(): Promise<void> {
    const cli = join(packageRoot(), 'dist', 'src', 'cli.js');
    const stdout = openSync(join(this.#folder, 'stdout'), 'w');
    const stderr = openSync(join(this.#folder, 'stderr'), 'w');
    const child = spawn(
      process.execPath,
      [
        '--expose-gc',
        '--import',
        MEMORY_PROBE,
        cli,
        'serve',
        '--port',
        '0',
        ...(this.#options.arguments ?? []),
      ],
      {
        env: {
          PATH: process.env.PATH,
          DTMS_DATABASE_URL: this.database.url,
          DTMS_LOG_LEVEL: this.#options.logLevel ?? 'info',
          DTMS_LOG_PRETTY: 'off',
          DTMS_LOG_SAMPLE_THEREAFTER: '0',
          DTMS_HTTP_PORT: '0',
          ...this.#options.env,
        },
        stdio: ['ignore', stdout, stderr, 'ipc'],
      },
    );
    closeSync(stdout);
    closeSync(stderr);
    this.#child = child;
    await this.#leads();
  }

  /** Health is served to everybody, so it tells when the server leads whatever keys it wants. */
  async #leads(): Promise<void> {
    for (let attempt = 0; attempt < 1200; attempt += 1) {
      if (!this.alive) break;
      const address = /^gRPC +(\S+)$/m.exec(this.#announced())?.[1];
      if (address !== undefined && (await serves(address))) {
        this.address = address;
        this.http = /^HTTP +http:\/\/(\S+)$/m.exec(this.#announced())?.[1] ?? '';
        return;
      }
      await sleep(25);
    }
    throw new Error(`the server did not start:\n${this.logText()}`);
  }

  #announced(): string {
    return readFileSync(join(this.#folder, 'stdout'), 'utf8');
  }

  #running(): ChildProcess {
    if (this.#child === undefined || !this.alive) throw new Error(`the server ended:\n${this.logText()}`);
    return this.#child;
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
  }
}

async function serves(address: string): Promise<boolean> {
  const client = new WireClient(address);
  const { body } = await client.call('/grpc.health.v1.Health/Check', framed(Buffer.alloc(0)));
  client.close();
  return body.equals(SERVING);
}
