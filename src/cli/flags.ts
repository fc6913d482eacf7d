// Owns `dtms flags`: the feature flags in force, and setting one for everybody, an account, a symbol or a share of the accounts.
import { Argument, Command } from 'commander';
import { FeatureFlag, FlagState } from '../../gen/ts/dtms/v1/feature_flag.js';
import { FLAG_NAMES } from '../domain/flags/flag.js';
import { EXIT_HELP } from './exit.js';
import { jsonOption, parseWhole, serverOption, withClient } from './options.js';
import { jsonText, print, tableText, timeText } from './output.js';

interface Shown {
  readonly server: string;
  readonly json?: boolean;
}

interface Named extends Shown {
  readonly account?: string;
  readonly symbol?: string;
}

interface Decided extends Named {
  readonly by?: string;
  readonly reason: string;
}

interface SetOptions extends Decided {
  readonly percent?: number;
  readonly for?: number;
}

const STATES = { on: FlagState.ON, off: FlagState.OFF } as const;

const EXAMPLES = `
Examples:
  $ dtms flags list
  $ dtms flags list --account demo
  $ dtms flags set enforce off --account demo --reason "the broker is under maintenance" --for 3600
  $ dtms flags set action.OPEN_HEDGE off --percent 25 --reason "trying without hedges"
  $ dtms flags clear enforce --account demo --reason "the maintenance is over"

What is set holds on every server within a second, before the definition in the file of flags.`;

export function flagsCommand(): Command {
  return new Command('flags')
    .description('what is switched on and off while servers run')
    .addCommand(listCommand())
    .addCommand(setCommand())
    .addCommand(clearCommand());
}

function listCommand(): Command {
  return finished(new Command('list').description('each flag, and what was set of it'))
    .option('--account <account>', 'what it is for this account')
    .option('--symbol <symbol>', 'what it is for this symbol')
    .action(({ server, json, account = '', symbol = '' }: Named) =>
      withClient(server, async (client) =>
        show((await client.listFeatureFlags({ account, symbol })).flags, json),
      ),
    );
}

function setCommand(): Command {
  return decided(new Command('set').description('set a flag'))
    .addArgument(flagArgument())
    .addArgument(new Argument('<state>', 'on or off').choices(Object.keys(STATES)))
    .option('--percent <share>', 'for this share of the accounts, 1 to 100', parseWhole)
    .option('--for <seconds>', 'how long it holds; until it is cleared by default', parseWhole)
    .action((flag: string, state: keyof typeof STATES, options: SetOptions) =>
      withClient(options.server, async (client) => {
        const { account = '', symbol = '', percent = 0, by = '', reason, for: durationSeconds = 0 } = options;
        const told = { flag, state: STATES[state], account, symbol, percent, by, reason, durationSeconds };
        show(listed((await client.setFeatureFlag(told)).flag), options.json);
      }),
    );
}

function clearCommand(): Command {
  return decided(new Command('clear').description('take back what was set of a flag'))
    .addArgument(flagArgument())
    .action((flag: string, options: Decided) =>
      withClient(options.server, async (client) => {
        const { account = '', symbol = '', by = '', reason } = options;
        const answer = await client.clearFeatureFlag({ flag, account, symbol, by, reason });
        show(listed(answer.flag), options.json);
      }),
    );
}

function flagArgument(): Argument {
  return new Argument('<flag>', 'its name').choices([...FLAG_NAMES]);
}

function decided(command: Command): Command {
  return finished(command)
    .option('--account <account>', 'for this account alone')
    .option('--symbol <symbol>', 'for this symbol alone')
    .option('--by <name>', 'who says so; the name of the key by default')
    .requiredOption('--reason <text>', 'why');
}

function finished(command: Command): Command {
  return command
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP);
}

function listed(flag: FeatureFlag | undefined): readonly FeatureFlag[] {
  return flag === undefined ? [] : [flag];
}

function show(flags: readonly FeatureFlag[], json = false): void {
  if (json) {
    for (const flag of flags) print(jsonText(FeatureFlag.toJSON(flag)));
    return;
  }
  const rows = flags.map(({ flag, state, decision, settings, means }) => [
    flag,
    FlagState[state],
    decision?.reason ?? '',
    settings.map(settingText).join('; '),
    means,
  ]);
  print(tableText(['flag', 'is', 'because', 'set by people', 'what it switches'], rows));
}

/** Such as: OFF for demo by ann until 2026-11-30T10:00:00Z: maintenance. */
function settingText({
  state,
  account,
  symbol,
  percent,
  by,
  reason,
  endsAt,
}: FeatureFlag['settings'][number]): string {
  const whom = [account, symbol, percent === 100 ? '' : `${percent}% of accounts`].filter(
    (part) => part !== '',
  );
  const until = endsAt === undefined ? '' : ` until ${timeText(endsAt)}`;
  const to = whom.length === 0 ? 'everybody' : whom.join(' ');
  return `${FlagState[state]} for ${to} by ${by}${until}: ${reason}`;
}
