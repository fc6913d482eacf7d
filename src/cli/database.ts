// Owns what commands share that work on the database itself and need no server.
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import type { Config } from '../config/config.js';
import type { Logger } from '../observability/logger.js';
import type { Database } from '../store/database.js';
import type { Store } from '../store/store.js';
import { CommandError, EXIT } from './exit.js';
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

/**
 * Runs with the database, started where it is embedded and does not run. It is looked at and changed by nobody but `run`.
 *
 * @param absent - what is done where there is no embedded database yet: a folder that is mistyped must not look like one that
 *   is empty and sound.
 * @throws CommandError when it is refused
 */
export async function withDatabase<T>(
  options: WhichDatabase,
  run: (database: Database, config: Config, logger: Logger) => Promise<T>,
  absent: 'refused' | 'begun' = 'refused',
): Promise<T> {
  const { loadConfig } = await import('../config/config.js');
  const { openDatabase } = await import('../store/database.js');
  const { createLogger } = await import('../observability/logger.js');
  const config = loadConfig({
    use: 'tools',
    file: options.config,
    overrides: { database: { url: options.databaseUrl, dataDir: options.dataDir } },
  });
  if (absent === 'refused') checkThere(config.database);
  const logger = createLogger('silent');
  const database = await openDatabase(config, logger);
  try {
    return await run(database, config, logger);
  } finally {
    await database.stop();
  }
}

function checkThere({ url, dataDir }: Config['database']): void {
  if (url !== '' || existsSync(dataDir)) return;
  throw new CommandError(`there is no database in ${dataDir}: name its folder with --data-dir`, EXIT.failure);
}

/** Runs with the store of the database, opened and closed. */
export async function withStore<T>(
  options: WhichDatabase,
  run: (store: Store, config: Config) => Promise<T>,
  absent: 'refused' | 'begun' = 'refused',
): Promise<T> {
  const { Store } = await import('../store/store.js');
  const open = async (database: Database, config: Config, logger: Logger) => {
    const store = await Store.open(database.url, config, logger, database.ownerUrl);
    try {
      return await run(store, config);
    } finally {
      await store.close();
    }
  };
  return withDatabase(options, open, absent);
}
