// The real service for tests: the composition root on port 0 over a database of its own.
import { type App, startApp } from '../../src/app.js';
import { DtmsClient } from '../../src/client/index.js';
import { type Config, type DeepPartial, loadConfig } from '../../src/config/config.js';
import { createLogger, type Logger } from '../../src/observability/logger.js';
import { createDatabase, migratedDatabase } from './postgres.js';

export interface TestService {
  readonly address: string;
  /** host:port of the HTTP server. */
  readonly http: string;
  readonly client: DtmsClient;
  /** What CreateApiKey needs of a caller without a key; empty where every call needs one. */
  readonly consoleToken: string;
  readonly databaseUrl: string;
  /** Stops the server in order and starts another on the same database. */
  restart(): Promise<TestService>;
  /** Stops everything and drops the database. */
  end(): Promise<void>;
}

/** Starts the service on a database without data, or on what `prepare` makes of an empty one. */
export async function startService(
  overrides: DeepPartial<Config> = {},
  logger: Logger = createLogger('silent'),
  prepare?: (databaseUrl: string) => Promise<void>,
): Promise<TestService> {
  const database = prepare === undefined ? await migratedDatabase() : await createDatabase();
  await prepare?.(database.url);
  const boot = async (): Promise<TestService> => {
    const config = loadConfig({
      env: {},
      overrides: {
        ...overrides,
        grpc: { port: 0 },
        http: { ...overrides.http, port: 0 },
        database: { url: database.url },
      },
    });
    const app: App = await startApp(config, logger);
    await app.leading;
    const client = new DtmsClient({ address: app.grpcAddress });
    const stop = async () => {
      client.close();
      await app.stop();
    };
    return {
      address: app.grpcAddress,
      http: app.httpAddress ?? '',
      client,
      consoleToken: app.consoleToken ?? '',
      databaseUrl: database.url,
      restart: async () => {
        await stop();
        return boot();
      },
      end: async () => {
        await stop();
        await database.drop();
      },
    };
  };
  return boot();
}
