// Owns coming to a journal at the command line: read only, without a server, and where in it to begin.
import type { Config } from '../config/config.js';
import type { JournalSource } from '../journal/repeat.js';
import { sqlState } from '../store/errors.js';
import type { StoredCheckpoint } from '../store/journal.js';
import { type Where, withDatabase } from './database.js';
import { CommandError } from './exit.js';

const NO_SUCH_TABLE = '42P01';

/**
 * Runs with the journal of the database, whose role need not be allowed more than to read.
 *
 * @throws CommandError when there is no database, or none that dtms has served from
 */
export async function withJournal<T>(
  options: Where,
  run: (journal: JournalSource, config: Config) => Promise<T>,
): Promise<T> {
  const { openJournal } = await import('../store/journal.js');
  return withDatabase(options, async (database, config, logger) => {
    const { journal, close } = await openJournal(database.url, config, logger);
    try {
      return await run(journal, config);
    } catch (error) {
      if (sqlState(error) !== NO_SUCH_TABLE) throw error;
      throw new CommandError(
        'no server of dtms has used this database: name another with --database-url or --data-dir',
      );
    } finally {
      await close();
    }
  });
}

/** The newest checkpoint before a time, or the oldest there is. @throws CommandError when there is none */
export async function checkpointAt(journal: JournalSource, at: number): Promise<StoredCheckpoint> {
  const checkpoints = await journal.checkpoints();
  const found = checkpoints.findLast(({ takenAt }) => takenAt <= at) ?? checkpoints[0];
  if (found === undefined)
    throw new CommandError('the journal has no checkpoint yet, or journal.days is 0 on the servers');
  return found;
}
