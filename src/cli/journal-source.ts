// Owns coming to a journal at the command line: read only, without a server, and where in it to begin.
import type { Config } from '../config/config.js';
import type { JournalSource } from '../journal/repeat.js';
import type { StoredCheckpoint } from '../store/journal.js';
import type { Where } from './database.js';
import { CommandError } from './exit.js';

/** Runs with the journal of the database, whose role need not be allowed more than to read. */
export async function withJournal<T>(
  options: Where,
  run: (journal: JournalSource, config: Config) => Promise<T>,
): Promise<T> {
  const { loadConfig } = await import('../config/config.js');
  const { openDatabase } = await import('../store/database.js');
  const { openJournal } = await import('../store/journal.js');
  const { createLogger } = await import('../observability/logger.js');
  const config = loadConfig({
    file: options.config,
    overrides: { database: { url: options.databaseUrl, dataDir: options.dataDir } },
  });
  const logger = createLogger('silent');
  const database = await openDatabase(config, logger);
  try {
    const { journal, close } = await openJournal(database.url, config, logger);
    try {
      return await run(journal, config);
    } finally {
      await close();
    }
  } finally {
    await database.stop();
  }
}

/** The newest checkpoint before a time, or the oldest there is. @throws CommandError when there is none */
export async function checkpointAt(journal: JournalSource, at: number): Promise<StoredCheckpoint> {
  const checkpoints = await journal.checkpoints();
  const found = checkpoints.findLast(({ takenAt }) => takenAt <= at) ?? checkpoints[0];
  if (found === undefined)
    throw new CommandError('the journal has no checkpoint yet, or journal.days is 0 on the servers');
  return found;
}
