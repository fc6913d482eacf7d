// A server that tells notices: the real one on an empty database, with a plan in a file and the secrets of its channels.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, startApp } from '../../src/app.js';
import { DtmsClient } from '../../src/client/index.js';
import { readConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/observability/logger.js';
import { migratedDatabase, type TestDatabase } from './postgres.js';

/** 32 bytes. */
export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** Everything as soon as can be. */
export const SOON = {
  pollMs: 20,
  alarmMs: 20,
  leaseMs: 2000,
  firstRetryMs: 20,
  longestRetryMs: 50,
  timeoutMs: 1000,
} as const;

export class NoticeService {
  readonly database: TestDatabase;
  readonly folder = mkdtempSync(join(tmpdir(), 'dtms-notices-'));
  readonly #secrets: Readonly<Record<string, string>>;
  readonly #settings: Partial<Record<keyof typeof SOON | 'maxTries' | 'awayMs', number>>;
  #isPlanned = false;
  #app: App | undefined;
  #client: DtmsClient | undefined;

  private constructor(
    database: TestDatabase,
    plan: object,
    secrets: Readonly<Record<string, string>>,
    settings: Partial<Record<keyof typeof SOON | 'maxTries' | 'awayMs', number>>,
  ) {
    this.database = database;
    this.#secrets = secrets;
    this.#settings = settings;
    this.plan(plan);
  }

  /** @param secrets - by their variables */
  static async start(
    plan: object,
    secrets: Readonly<Record<string, string>>,
    settings: Partial<Record<keyof typeof SOON | 'maxTries' | 'awayMs', number>> = {},
  ): Promise<NoticeService> {
    const service = new NoticeService(await migratedDatabase(), plan, secrets, settings);
    await service.boot();
    return service;
  }

  get client(): DtmsClient {
    if (this.#client === undefined) throw new Error('the service does not run');
    return this.#client;
  }

  get http(): string {
    return this.#app?.httpAddress ?? '';
  }

  get grpc(): string {
    return this.#app?.grpcAddress ?? '';
  }

  get planFile(): string {
    return join(this.folder, 'notices.json');
  }

  /** Writes the plan, or configures none; a running server has it when it is told to read again. */
  plan(plan: object | null): void {
    this.#isPlanned = plan !== null;
    writeFileSync(this.planFile, JSON.stringify(plan));
  }

  async boot(): Promise<void> {
    const readAgain = () =>
      readConfig({
        env: { ...this.#secrets },
        overrides: {
          grpc: { port: 0 },
          http: { port: 0 },
          database: { url: this.database.url },
          notices: { ...SOON, ...this.#settings, plan: this.#isPlanned ? this.planFile : '' },
        },
      });
    const { config, problems } = readAgain();
    if (problems.length > 0) throw new Error(problems.join('\n'));
    this.#app = await startApp(config, createLogger('silent'), { readAgain });
    await this.#app.leading;
    this.#client = new DtmsClient({ address: this.#app.grpcAddress });
  }

  async stop(): Promise<void> {
    this.#client?.close();
    await this.#app?.stop();
    this.#app = undefined;
  }

  async end(): Promise<void> {
    await this.stop();
    await this.database.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A trade that has no bridge: registering it is an event, and its account an alarm. */
export const tradeSpec = (account: string, ticket: bigint) => ({
  account,
  ticket,
  symbol: 'XAUUSD',
  direction: 1,
  entryPrice: 100,
  volume: 1,
  stopLoss: 90,
});

/** Settings of notices as a process takes them. */
export const variablesOf = (settings: Readonly<Record<string, number>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      `DTMS_NOTICES_${name.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`,
      String(value),
    ]),
  );
