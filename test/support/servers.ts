// Several real servers over one database, each on ports of its own: the first leads.
import { type App, startApp } from '../../src/app.js';
import { type Config, type DeepPartial, loadConfig } from '../../src/config/config.js';
import { createLogger } from '../../src/observability/logger.js';
import { until } from './eventually.js';
import { migratedDatabase, type TestDatabase } from './postgres.js';

export class TestServers {
  readonly database: TestDatabase;
  readonly apps: App[] = [];
  readonly #overrides: DeepPartial<Config>;

  private constructor(database: TestDatabase, overrides: DeepPartial<Config>) {
    this.database = database;
    this.#overrides = overrides;
  }

  /** Starts so many servers; resolves when each can serve. */
  static async start(count: number, overrides: DeepPartial<Config> = {}): Promise<TestServers> {
    const servers = new TestServers(await migratedDatabase(), overrides);
    for (let server = 0; server < count; server += 1) await servers.add();
    return servers;
  }

  /** Starts one more, on any free port unless one is given; resolves when it can serve. */
  async add(port = 0): Promise<App> {
    const app = await startApp(
      loadConfig({
        env: {},
        overrides: {
          ...this.#overrides,
          grpc: { ...this.#overrides.grpc, port },
          http: { ...this.#overrides.http, port: 0 },
          database: { url: this.database.url },
        },
      }),
      createLogger('silent'),
    );
    this.apps.push(app);
    if (this.apps.length === 1) await app.leading;
    await until('the server is ready', async () => (await fetch(`http://${app.httpAddress}/readyz`)).ok);
    return app;
  }

  /** One by its number; the first started leads until it stops. */
  at(index: number): App {
    const app = this.apps[index];
    if (app === undefined) throw new RangeError(`no server ${index} was started`);
    return app;
  }

  async stop(app: App): Promise<void> {
    const index = this.apps.indexOf(app);
    if (index >= 0) this.apps.splice(index, 1);
    await app.stop();
  }

  /** Stops one, and starts another where it was. */
  async replace(app: App): Promise<App> {
    await this.stop(app);
    return this.add(Number(app.grpcAddress.split(':').at(-1)));
  }

  async end(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.stop()));
    await this.database.drop();
  }
}
