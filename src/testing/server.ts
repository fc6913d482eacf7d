// Owns the real service for the tests of other programs: on a free port, over a database of its own, in a
// market time that stands still until a test moves it.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp } from '../app.js';
import { DtmsClient } from '../client/client.js';
import type { DtmsClientOptions } from '../client/options.js';
import { type Config, type DeepPartial, loadConfig } from '../config/config.js';
import { createLogger, type LogLevel } from '../observability/logger.js';
import { TestBroker, type TestBrokerOptions } from './broker.js';
import { TestClock } from './clock.js';
import { endWithProgram } from './program-end.js';

/** Postgres may still be leaving the folder that is removed. */
const WHILE_IT_ENDS = { maxRetries: 20, retryDelay: 50 } as const;
const NOTHING_LEFT = { forget: () => undefined } as const;

/** How a test server is set up; nothing is needed. */
export interface TestServerOptions {
  /** The market's time. Default a clock that stands at 2025-03-05 10:00 UTC. */
  readonly clock?: TestClock;
  /** An empty Postgres database. Default an embedded one in a temporary folder. */
  readonly databaseUrl?: string;
  /** Settings as in a configuration file, such as `{ rules: { ... } }`. Environment variables are not read. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Options of `client`. */
  readonly client?: Omit<DtmsClientOptions, 'address'>;
  /** What the server logs, to standard output. Default `silent`. */
  readonly logLevel?: LogLevel;
}

/** A running server of a test's own, and a client of it. */
export interface TestServer {
  /** `127.0.0.1:port`. */
  readonly address: string;
  readonly client: DtmsClient;
  readonly clock: TestClock;
  /** A broker's account with one symbol. */
  broker(options?: TestBrokerOptions): Promise<TestBroker>;
  /** Stops the server in order and starts another on the same database and port. */
  restart(): Promise<void>;
  /** Stops everything and removes what was stored. */
  stop(): Promise<void>;
}

/**
 * Starts a server of its own for a test.
 *
 * ```ts
 * const dtms = await startTestServer();
 * const broker = await dtms.broker();
 * await broker.play(RISING);
 * const trade = await broker.open({ direction: 'BUY', volume: 1, stopLoss: 95 });
 * await broker.play(TURNING);
 * await broker.work();
 * await dtms.stop();
 * ```
 *
 * Leases and heartbeats run by the database's clock, which is real. An embedded database is stopped and removed also when the
 * program ends without `stop`, by SIGINT, SIGTERM or SIGHUP or by itself.
 *
 * @throws Error when a setting is wrong, or the database cannot start or is not suitable.
 */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { clock = new TestClock(), logLevel = 'silent' } = options;
  const dataDir = (options.databaseUrl ?? '') === '' ? temporaryFolder() : undefined;
  const logger = createLogger(logLevel);
  const boot = async (port: number) => {
    const config = configOf(options, dataDir, port);
    const app = await startApp(config, logger, { processClock: () => clock.now() });
    await app.leading;
    return app;
  };
  const remove = () => {
    if (dataDir !== undefined) rmSync(dataDir, { recursive: true, force: true, ...WHILE_IT_ENDS });
  };
  let starting = boot(0);
  const end = async () => {
    try {
      await (await starting).stop();
    } finally {
      remove();
    }
  };
  const { forget } = dataDir === undefined ? NOTHING_LEFT : endWithProgram({ stop: end, removeNow: remove });
  const app = await starting.catch((error: unknown) => {
    forget();
    remove();
    throw error;
  });
  const address = app.grpcAddress;
  const client = new DtmsClient({ ...options.client, address });
  return {
    address,
    client,
    clock,
    broker: (given = {}) => TestBroker.open(client, clock, given),
    restart: async () => {
      await (await starting).stop();
      starting = boot(Number(address.slice(address.lastIndexOf(':') + 1)));
      await starting;
    },
    stop: async () => {
      client.close();
      await end();
      forget();
    },
  };
}

function configOf(options: TestServerOptions, dataDir: string | undefined, port: number): Config {
  // What is wrong with them, loadConfig says.
  const settings = (options.settings ?? {}) as DeepPartial<Config>;
  return loadConfig({
    env: {},
    overrides: {
      ...settings,
      // The clock is the test's: every feed runs on its own, also one that a test makes by pushing to it.
      rules: {
        ...settings.rules,
        feeds: { recorded: ['*'], ...settings.rules?.feeds },
      },
      grpc: { ...settings.grpc, host: '127.0.0.1', port },
      http: { ...settings.http, host: '127.0.0.1', port: 0 },
      database: { ...settings.database, url: options.databaseUrl ?? '', ...(dataDir && { dataDir }) },
    },
  });
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dtms-test-server-'));
  // Run as root, Postgres has another user, who must reach it.
  chmodSync(folder, 0o755);
  return folder;
}
