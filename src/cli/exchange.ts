// Owns `dtms export` and `dtms import`: what an installation knows, as lines of JSON, from one to another.
import { accessSync } from 'node:fs';
import { Command } from 'commander';
import { type Where, where, withDatabase } from './database.js';
import { EXIT_HELP } from './exit.js';
import { jsonText, print, remark } from './output.js';

const EXAMPLES = `
Examples:
  $ dtms export --to dtms.jsonl
  $ dtms import --from dtms.jsonl --data-dir .dtms-other

Accounts, terms, feeds, news, flags, markets, trades, actions and the log. Not API keys, audits, notices, rollouts and the journal: those are
an installation's own, and in its backup. A log is imported where there is none; the rest where it is not there or is the same.`;

export function exportCommand(): Command {
  return where(new Command('export'))
    .description('write what is known of accounts, markets and trades, with the log, as lines of JSON')
    .requiredOption('--to <file>', 'the file to make')
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(async (options: Where & { readonly to: string }) => {
      const { exportTo } = await import('../exchange/export.js');
      const lines = await withDatabase(options, ({ ownerUrl }) => exportTo(options.to, ownerUrl));
      print(options.json ? jsonText({ file: options.to, lines }) : `${lines} lines in ${options.to}`);
    });
}

export function importCommand(): Command {
  return where(new Command('import'))
    .description('take what another installation exported; again, it changes nothing')
    .requiredOption('--from <file>', 'a file that dtms export wrote')
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(async (options: Where & { readonly from: string }) => {
      const { importFrom } = await import('../exchange/import.js');
      accessSync(options.from);
      const imported = await withDatabase(
        options,
        (database, { retention }, logger) =>
          importFrom(options.from, database, retention.partitionRevisions, logger),
        'begun',
      );
      if (options.json) print(jsonText(imported));
      else {
        for (const [kind, rows] of Object.entries(imported.added)) print(`${kind}: ${rows} added`);
        remark(`${imported.same} were there already, the same`);
      }
    });
}
