// Owns `dtms flags`: the feature flags in force, and setting one for everybody, an account, a symbol or a share of the accounts.
import { Argument, Command, InvalidArgumentError } from 'commander';
import { FeatureFlag, FlagState } from '../../gen/ts/dtms/v1/feature_flag.js';
import type { DtmsClient } from '../client/index.js';
import { nearest } from '../config/nearest.js';
import { FLAG_NAMES, type FlagName, isFlagName } from '../domain/flags/flag.js';
import { EXIT_HELP, isCallError } from './exit.js';
import { type Listed, type ListForm, printList, withListForm } from './lists.js';
import { jsonOption, parseWhole, serverOption, withClient } from './options.js';
import { remark, timeText } from './output.js';

/** Codes of grpc-js. */
const NOT_FOUND = 5;
const PERMISSION_DENIED = 7;

interface Shown {
  readonly server: string;
  readonly json?: boolean;
}

interface ListOptions extends ListForm {
  readonly server: string;
  readonly account?: string;
  readonly symbol?: string;
}

interface Decided extends Shown {
  readonly account?: string;
  readonly symbol?: string;
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
  return withListForm(new Command('list'))
    .description('each flag, and what was set of it')
    .addOption(serverOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .option('--account <account>', 'what it is for this account')
    .option('--symbol <symbol>', 'what it is for this symbol')
    .action(({ server, output, account = '', symbol = '' }: ListOptions) =>
      withClient(server, async (client) => {
        printList({ output }, (await client.listFeatureFlags({ account, symbol })).flags, LISTED);
      }),
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
        show((await client.setFeatureFlag(told)).flag, options);
        if (account !== '' && (await isUnknown(client, account)))
          remark(`no account ${account} is known yet: is the name right?`);
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
        show(answer.flag, options);
      }),
    );
}

function flagArgument(): Argument {
  return new Argument('<flag>', 'its name, as dtms flags list shows it')
    .choices([...FLAG_NAMES])
    .argParser(parseFlag);
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

function parseFlag(name: string): FlagName {
  if (isFlagName(name)) return name;
  const meant = nearest(name, FLAG_NAMES);
  throw new InvalidArgumentError(
    `there is no flag ${name}${meant === undefined ? ':' : `, did you mean ${meant}?`} dtms flags list shows all.`,
  );
}

/** A name with a slip in it would switch nothing, and nobody would notice. */
async function isUnknown(client: DtmsClient, account: string): Promise<boolean> {
  try {
    await client.getRisk({ account });
    return false;
  } catch (error) {
    if (isCallError(error, NOT_FOUND)) return true;
    if (isCallError(error, PERMISSION_DENIED)) return false;
    throw error;
  }
}

const LISTED: Listed<FeatureFlag> = {
  head: ['flag', 'is', 'because', 'set by people', 'what it switches'],
  row: ({ flag, state, decision, settings, means }) => [
    flag,
    FlagState[state],
    becauseText(decision),
    settings.map(settingText).join('; '),
    means,
  ],
  json: FeatureFlag.toJSON,
};

function show(flag: FeatureFlag | undefined, { json }: Shown): void {
  if (flag !== undefined) printList({ output: json ? 'json' : 'table' }, [flag], LISTED);
}

const REASONS: Readonly<Record<string, string>> = {
  STATIC: 'default',
  DEFAULT: 'default',
  TARGETING_MATCH: 'a rule of the file',
  SPLIT: 'a share of the file',
  DISABLED: 'disabled in the file',
  ERROR: 'its rule failed',
};

/** OpenFeature's word for why, for people. What somebody set has a note. */
function becauseText(decision: FeatureFlag['decision']): string {
  if (decision === undefined) return '';
  return decision.note !== '' && decision.reason !== 'ERROR'
    ? 'set'
    : (REASONS[decision.reason] ?? decision.reason);
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
