// Owns `dtms restore`: a backup into a database that has nothing.
import { accessSync } from 'node:fs';
import { Command } from 'commander';
import { type Where, where, withDatabase } from './database.js';
import { EXIT_HELP } from './exit.js';
import { factsText, jsonText, print } from './output.js';

interface Options extends Where {
  readonly from: string;
}

const EXAMPLES = `
Examples:
  $ dtms restore --from before-update.dtms-backup --data-dir .dtms-restored
  $ DTMS_DATABASE_URL=postgres://dtms:secret@db/dtms_restored dtms restore --from before-update.dtms-backup

The database must be empty, and no server may lead on it: nothing is ever replaced. All of it is restored, or nothing. The log
goes on as another history: watches are told to begin anew, and open actions are in doubt until their accounts are reconciled.`;

export function restoreCommand(): Command {
  return where(new Command('restore'))
    .description('restore a backup into an empty database')
    .requiredOption('--from <file>', 'a file that dtms backup made')
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(run);
}

async function run(options: Options): Promise<void> {
  const { restoreBackup } = await import('../store/backup/restore.js');
  // A wrong name is told before an embedded database is made.
  accessSync(options.from);
  const { content, epoch } = await withDatabase(
    options,
    (database, _, logger) => restoreBackup(options.from, database, logger),
    'begun',
  );
  const { takenAt, log, tables } = content;
  if (options.json) {
    print(jsonText({ takenAt, revision: log.revision, epochBefore: log.epoch, epoch, tables }));
    return;
  }
  print(
    factsText([
      ['restored', options.from],
      ['taken at', takenAt],
      ['head revision', log.revision],
      ['log epoch', `${epoch} (it was ${log.epoch})`],
      ['trades', String(tables.trades?.rows ?? 0)],
    ]),
  );
}
