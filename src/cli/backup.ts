// Owns `dtms backup`: all that a database holds in one file, while servers work on, and whether such a file is whole.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import type { BackupContent, BackupHead } from '../store/backup/file.js';
import { type Where, where, withDatabase } from './database.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import { jsonOption } from './options.js';
import { factsText, jsonText, print } from './output.js';

interface Options extends Where {
  readonly to?: string;
}

const EXAMPLES = `
Examples:
  $ dtms backup --to /var/backups/dtms
  $ dtms backup --to before-update.dtms-backup --json
  $ dtms backup check before-update.dtms-backup

It reads all tables as of one moment, beside the servers, and needs no program of Postgres. The file can be read by its owner alone:
it has the hashes of API keys, and everything that is known of the accounts. An embedded database is started where it does not run.`;

export function backupCommand(): Command {
  return where(new Command('backup'))
    .description('write everything in the database into one file')
    .option('--to <path>', 'the file to make, or a folder for a file named after the time (required)')
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(run)
    .addCommand(
      new Command('check')
        .description('read a backup and verify that it is whole')
        .argument('<file>', 'a file that dtms backup made')
        .addOption(jsonOption())
        .addHelpText('after', EXAMPLES + EXIT_HELP)
        // What stands before the name of this command is the other one's.
        .action((file: string, _: unknown, command: Command) => check(file, command.optsWithGlobals())),
    );
}

async function run(options: Options): Promise<void> {
  const { backUp } = await import('../store/backup/back-up.js');
  const { to } = options;
  // Not required of the command, as the one below it has none.
  if (to === undefined) throw new CommandError('error: required option --to <path> is missing', EXIT.usage);
  const { path, content } = await withDatabase(options, ({ ownerUrl }) =>
    backUp(ownerUrl, (head) => pathOf(to, head)),
  );
  tell(options.json, path, content);
}

async function check(file: string, { json }: Pick<Where, 'json'>): Promise<void> {
  const { checkBackup } = await import('../store/backup/file.js');
  tell(json, file, await checkBackup(file));
}

/** In a folder, a name by which files sort by their times. */
function pathOf(to: string, { takenAt }: BackupHead): string {
  const isFolder = existsSync(to) && statSync(to).isDirectory();
  return isFolder ? join(to, `dtms-${takenAt.replaceAll(/[-:.]/g, '')}.dtms-backup`) : to;
}

function tell(json: boolean, file: string, { tables, ...head }: BackupContent): void {
  const bytes = statSync(file).size;
  if (json) {
    print(jsonText({ file, bytes, ...head, tables }));
    return;
  }
  const rows = Object.values(tables).reduce((sum, table) => sum + table.rows, 0);
  print(
    factsText([
      ['file', file],
      ['bytes', String(bytes)],
      ['taken at', head.takenAt],
      ['program', head.program],
      ['log epoch', head.log.epoch],
      ['revisions', `after ${head.log.compacted}, up to ${head.log.revision}`],
      ['trades', String(tables.trades?.rows ?? 0)],
      ['rows', `${rows} in ${Object.keys(tables).length} tables`],
    ]),
  );
}
