// Owns `dtms close`: a person orders positions closed. More than one trade is asked about first, at a terminal; elsewhere
// it takes --yes, so that no script closes an account by a slip.
import { createInterface } from 'node:readline/promises';
import { Argument, Command, Option } from 'commander';
import { CloseOutcome, ClosePositionResponse } from '../../gen/ts/dtms/v1/action_service.js';
import { Direction } from '../../gen/ts/dtms/v1/types.js';
import { DIRECTIONS } from '../domain/market/direction.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import { collect, jsonOption, parseTicket, serverOption, withClient } from './options.js';
import { jsonText, print, remark, tableText } from './output.js';
import { streams } from './streams.js';

interface CloseOptions {
  readonly server: string;
  readonly json: boolean;
  readonly symbol: string[];
  readonly direction?: (typeof DIRECTIONS)[number];
  readonly magic?: bigint;
  readonly all: boolean;
  readonly yes: boolean;
  readonly by: string;
  readonly reason: string;
}

const EXAMPLES = `
Examples:
  $ dtms close demo 42 --by ann --reason "the client asked for it"
  $ dtms close demo --symbol XAUUSD --direction BUY --by ann --reason "news" --yes
  $ dtms close demo --all --by ann --reason "the strategy is off"

A bridge closes each position like any action of DTMS, once; what is on its way already is not ordered again.
Trades that fit every option are meant. While the account is HALTED it is refused.`;

export function closeCommand(): Command {
  return new Command('close')
    .description('order positions closed: of a trade, of some, or of a whole account')
    .argument('<account>', 'the account')
    .addArgument(
      new Argument('[tickets...]', 'of these trades').argParser((text: string, before?: bigint[]) => [
        ...(before ?? []),
        parseTicket(text),
      ]),
    )
    .option('--symbol <symbol>', 'of this symbol; may be repeated', collect, [])
    .addOption(new Option('--direction <direction>', 'of this direction').choices([...DIRECTIONS]))
    .option('--magic <number>', 'of the program with this magic number', parseTicket)
    .option('--all', 'of every trade of the account', false)
    .option('--yes', 'do not ask', false)
    .requiredOption('--by <name>', 'who orders it')
    .requiredOption('--reason <text>', 'why')
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(close);
}

async function close(account: string, tickets: bigint[] | undefined, options: CloseOptions): Promise<void> {
  const { symbol: symbols, direction, magic: magicNumber, all: wholeAccount, by, reason, json } = options;
  const named = tickets ?? [];
  const given = named.length > 0 || symbols.length > 0 || wholeAccount;
  if (!given && options.direction === undefined && magicNumber === undefined)
    throw new CommandError(
      'name tickets, --symbol, --direction or --magic, or --all of the account',
      EXIT.usage,
    );
  if (named.length !== 1 && !options.yes) await confirm(account, describe(named, options));
  await withClient(options.server, async (client) => {
    const ordered = await client.closePosition({
      ...{ account, tickets: named, symbols, wholeAccount, magicNumber, by, reason },
      direction: direction === undefined ? Direction.UNSPECIFIED : Direction[direction],
    });
    if (json) print(jsonText(ClosePositionResponse.toJSON(ordered)));
    else show(ordered);
  });
}

function describe(tickets: readonly bigint[], { symbol, direction, magic, all }: CloseOptions): string {
  if (all) return 'every trade';
  const parts = [
    tickets.length === 0 ? [] : [`tickets ${tickets.join(', ')}`],
    symbol.length === 0 ? [] : [`symbol ${symbol.join(', ')}`],
    direction === undefined ? [] : [direction],
    magic === undefined ? [] : [`magic number ${magic}`],
  ].flat();
  return `every trade with ${parts.join(' and ')}`;
}

/** Asks at a terminal. Throws CommandError where nobody can answer, or says no. */
async function confirm(account: string, which: string): Promise<void> {
  const what = `closes ${which} of account ${account}`;
  const { stdin, stderr } = streams();
  if (stdin.isTTY !== true) throw new CommandError(`this ${what}: add --yes`, EXIT.usage);
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await terminal.question(`This ${what}. Go on? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new CommandError('nothing was ordered');
  } finally {
    terminal.close();
  }
}

function show({ closes, bridgeReady, otherPositions }: ClosePositionResponse): void {
  if (closes.length === 0) print('no trade fits: nothing was ordered');
  else {
    const rows = closes.map(({ ticket, outcome, actionId }) => [
      String(ticket),
      CloseOutcome[outcome],
      actionId,
    ]);
    print(tableText(['ticket', 'outcome', 'action'], rows));
  }
  const waits = closes.some(({ actionId }) => actionId !== '');
  if (waits && !bridgeReady) remark('no bridge is ready: what was ordered waits for one');
  if (otherPositions.length > 0)
    remark(`positions that no trade is about stay open: ${otherPositions.join(', ')}`);
}
