// The real service for tests: the composition root on port 0 over a database of its own.
import { type App, startApp } from '../../src/app.js';
import { DtmsClient } from '../../src/client/index.js';
import { type Config, type DeepPartial, loadConfig } from '../../src/config/config.js';
import { createLogger, type Logger } from '../../src/observability/logger.js';
import { createDatabase } from './postgres.js';

export interface TestService {
  readonly address: string;
  /** host:port of the HTTP server. */
  readonly http: string;
  readonly client: DtmsClient;
  readonly databaseUrl: string;
  /** Stops the server in order and starts another on the same database. */
  restart(): Promise<TestService>;
  /** Stops everything and drops the database. */
  end(): Promise<void>;
}

/** Starts the service on an empty database. */
export async function startService(
  overrides: DeepPartial<Config> = {},
  logger: Logger = createLogger('silent'),
): Promise<TestService> {
  const database = await createDatabase();
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
