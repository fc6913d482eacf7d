// Owns `dtms accounts erase`: all that the database has of an account, for good.
import { Command } from 'commander';
import { type Where, where, withDatabase } from './database.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import { factsText, jsonText, print } from './output.js';

interface Options extends Where {
  readonly confirm: string;
  readonly by: string;
  readonly reason: string;
}

const EXAMPLES = `
Examples:
  $ dtms backup --to before-erasure.dtms-backup
  $ dtms accounts erase demo --confirm demo --by ann --reason "the customer left"

Every server must be stopped: what they hold in memory would bring it back. The database's owner is needed, as what happened is
append-only for the service. Refused while trades or actions of the account are open, flags or policies name it, or notices
of it wait. There is no way back; backups made before still have it.

Erased are its trades, actions, money, results, instruments and notices, and the words of its events and audits: of these
the places stay, so that the log and the chain of audits can still be verified. The journal goes as a whole. The log goes on
as another history: watches are told to begin anew.`;

export function eraseCommand(): Command {
  return where(new Command('erase'))
    .description('erase all that the database has of an account, while no server runs')
    .argument('<account>', 'the account')
    .requiredOption('--confirm <account>', 'its name once more')
    .requiredOption('--by <name>', 'who orders it; stays on record')
    .requiredOption('--reason <text>', 'why; stays on record')
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(run);
}

async function run(account: string, options: Options): Promise<void> {
  const { confirm, by, reason } = options;
  if (confirm !== account)
    throw new CommandError(`--confirm says ${confirm}, and the account is ${account}`, EXIT.usage);
  if (wordsIn(`${by} ${reason}`).includes(account))
    throw new CommandError('--by and --reason stay on record: they may not name the account', EXIT.usage);
  const { eraseAccount } = await import('../store/erasure.js');
  const erased = await withDatabase(options, (database) => eraseAccount(database, { account, by, reason }));
  if (options.json) {
    print(jsonText(erased));
    return;
  }
  const gone = Object.entries(erased.gone).filter(([, rows]) => rows > 0);
  print(
    factsText([
      ['events without words', String(erased.events)],
      ['audits without words', String(erased.audits)],
      ...gone.map(([table, rows]): [string, string] => [`rows of ${table}`, String(rows)]),
      ['log epoch', `${erased.epoch} (it was ${erased.epochBefore})`],
    ]),
  );
}

/** Words as names of accounts are written, with what ends a sentence and without it. */
const wordsIn = (text: string): string[] =>
  text.split(/[^A-Za-z0-9_.:@-]+/).flatMap((word) => [word, word.replace(/^[_.:@-]+|[_.:@-]+$/g, '')]);
