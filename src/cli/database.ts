// Owns what commands share that work on the database itself and need no server.
import type { Command } from 'commander';
import type { Config } from '../config/config.js';
import type { Logger } from '../observability/logger.js';
import type { Database } from '../store/database.js';
import type { Store } from '../store/store.js';
import { jsonOption } from './options.js';

/** Which database. */
export interface WhichDatabase {
  readonly config?: string;
  readonly databaseUrl?: string;
  readonly dataDir?: string;
}

/** The same of a command that prints one thing. */
export interface Where extends WhichDatabase {
  readonly json: boolean;
}

/** Adds the options that say which database. */
export function whichDatabase(command: Command): Command {
  return command
    .option('--database-url <url>', 'postgres:// of the service; better in DTMS_DATABASE_URL')
    .option('--data-dir <folder>', 'where the embedded database lives')
    .option('--config <file>', 'JSON file with settings');
}

/** Adds them to a command that prints one thing. */
export function where(command: Command): Command {
  return whichDatabase(command).addOption(jsonOption());
}

/** Runs with the database, started where it is embedded and does not run. It is looked at and changed by nobody but `run`. */
export async function withDatabase<T>(
  options: WhichDatabase,
  run: (database: Database, config: Config, logger: Logger) => Promise<T>,
): Promise<T> {
  const { loadConfig } = await import('../config/config.js');
  const { openDatabase } = await import('../store/database.js');
  const { createLogger } = await import('../observability/logger.js');
  const config = loadConfig({
    use: 'tools',
    file: options.config,
    overrides: { database: { url: options.databaseUrl, dataDir: options.dataDir } },
  });
  const logger = createLogger('silent');
  const database = await openDatabase(config, logger);
  try {
    return await run(database, config, logger);
  } finally {
    await database.stop();
  }
}

/** Runs with the store of the database, opened and closed. */
export async function withStore<T>(
  options: WhichDatabase,
  run: (store: Store, config: Config) => Promise<T>,
): Promise<T> {
  const { Store } = await import('../store/store.js');
  return withDatabase(options, async (database, config, logger) => {
    const store = await Store.open(database.url, config, logger, database.ownerUrl);
    try {
      return await run(store, config);
    } finally {
      await store.close();
    }
  });
}
