// A store on a database of its own, for the tests beside this file.
import { pino } from 'pino';

import { type Config, type DeepPartial, loadConfig } from '../../../src/config/config.js';
import type { Leadership } from '../../../src/store/store.js';
import { Store } from '../../../src/store/store.js';
import { migratedDatabase, type TestDatabase } from '../../support/postgres.js';

export const SILENT = pino({ level: 'silent' });

export const testConfig = (overrides: DeepPartial<Config> = {}): Config =>
  loadConfig({ env: {}, overrides: { ...overrides, database: { poolSize: 4, ...overrides.database } } });

/** Stores on one database, all closed at the end. */
export class StoreFixture {
  readonly #stores: Store[] = [];
  readonly #terms: Leadership[] = [];
  readonly database: TestDatabase;
  readonly config: Config;

  private constructor(database: TestDatabase, config: Config) {
    this.database = database;
    this.config = config;
  }

  static async create(overrides: DeepPartial<Config> = {}): Promise<StoreFixture> {
    return new StoreFixture(await migratedDatabase(), testConfig(overrides));
  }

  async open(overrides: DeepPartial<Config> = {}): Promise<Store> {
    const config = { ...this.config, ...testConfig({ retention: this.config.retention, ...overrides }) };
    const store = await Store.open(this.database.url, config, SILENT);
    this.#stores.push(store);
    return store;
  }

  /** A store that leads. */
  async lead(onLost: (reason: Error) => void = () => undefined): Promise<{ store: Store; term: Leadership }> {
    const store = await this.open();
    const term = await store.lead({ onLost, signal: AbortSignal.timeout(30_000) });
    this.#terms.push(term);
    return { store, term };
  }

  async close(): Promise<void> {
    await Promise.all(this.#terms.map((term) => term.release()));
    await Promise.all(this.#stores.map((store) => store.close()));
    await this.database.drop();
  }
}
