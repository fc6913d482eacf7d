// Owns `dtms trades`: register, get, list, update, pause, resume and close trades of a running server.
import { Command, Option } from 'commander';
import {
  ActionStatus,
  ActionType,
  CloseReason,
  Direction,
  Monitoring,
  Trade,
  TradeState,
} from '../../gen/ts/dtms/v1/types.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import { type ListForm, printList, withListForm } from './lists.js';
import { collect, jsonOption, parsePositive, parseTicket, serverOption, withClient } from './options.js';
import { jsonText, numberText, print } from './output.js';
import { allOption, type ListLimits, limitOption, readList } from './pages.js';
import { pauseCommand, resumeCommand, updateCommand } from './trade-changes.js';
import { policyTextOf } from './trade-policy.js';
import { showTrade } from './trade-text.js';

const STATES = Object.keys(TradeState).filter((name) => Number.isNaN(Number(name)) && name !== 'UNSPECIFIED');
const CLOSE_REASONS = ['REQUESTED', 'STOP_LOSS', 'TAKE_PROFIT', 'BROKER_GONE', 'EXPIRED'] as const;

interface Common {
  readonly server: string;
  readonly json: boolean;
}

interface RegisterOptions extends Common {
  readonly account: string;
  readonly ticket: bigint;
  readonly symbol: string;
  readonly direction: 'BUY' | 'SELL';
  readonly entryPrice: number;
  readonly volume: number;
  readonly stopLoss?: number;
  readonly takeProfit?: number;
  readonly feed: string;
  readonly label: string;
}

interface ListOptions extends ListForm, ListLimits {
  readonly server: string;
  readonly account: string;
  readonly symbol: string[];
  readonly state: string[];
}

interface CloseOptions extends Common {
  readonly reason: (typeof CLOSE_REASONS)[number];
  readonly price?: number;
}

const EXAMPLES = `
Examples:
  $ dtms trades register --account demo --ticket 42 --symbol XAUUSD --direction BUY \\
      --entry-price 2650.1 --volume 0.5 --stop-loss 2640 --take-profit 2670
  $ dtms trades get demo 42
  $ dtms trades list --account demo --state WARNING_L1,WARNING_L2
  $ dtms trades update demo 42 --stop-loss 2645.5
  $ dtms trades pause demo 42 --reason "looking at it"
  $ dtms trades close demo 42 --reason STOP_LOSS --price 2640`;

export function tradesCommand(): Command {
  return new Command('trades')
    .description('register, get, list, update, pause, resume and close trades')
    .addCommand(registerCommand())
    .addCommand(getCommand())
    .addCommand(listCommand())
    .addCommand(updateCommand(EXAMPLES))
    .addCommand(pauseCommand(EXAMPLES))
    .addCommand(resumeCommand(EXAMPLES))
    .addCommand(closeCommand())
    .addHelpText('after', EXAMPLES + EXIT_HELP);
}

function registerCommand(): Command {
  return new Command('register')
    .description('register a trade; repeating it changes nothing')
    .requiredOption('--account <name>', "the trade's account")
    .requiredOption('--ticket <ticket>', "the broker's position identifier", parseTicket)
    .requiredOption('--symbol <symbol>', "the broker's symbol, suffix included")
    .addOption(
      new Option('--direction <direction>', 'BUY or SELL').choices(['BUY', 'SELL']).makeOptionMandatory(),
    )
    .requiredOption('--entry-price <price>', 'the fill price', parsePositive)
    .requiredOption('--volume <lots>', 'the volume in lots', parsePositive)
    .option('--stop-loss <price>', 'the stop', parsePositive)
    .option('--take-profit <price>', 'the target', parsePositive)
    .option('--feed <name>', 'the feed whose prices it is watched with', '')
    .option('--label <text>', 'free text, such as the strategy', '')
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((options: RegisterOptions) =>
      withClient(options.server, async (client) => {
        const { account, ticket, symbol, entryPrice, volume, stopLoss, takeProfit, feed, label } = options;
        const direction = Direction[options.direction];
        const { trade, alreadyRegistered, revision, closed } = await client.registerTrade({
          trade: {
            account,
            ticket,
            symbol,
            direction,
            entryPrice,
            volume,
            stopLoss,
            takeProfit,
            feed,
            label,
          },
        });
        if (options.json) {
          print(jsonText({ trade: trade && Trade.toJSON(trade), alreadyRegistered, revision, closed }));
          return;
        }
        showTrade(trade, await policyTextOf(client, trade));
        print(alreadyRegistered ? 'already registered, as it is now' : `registered at revision ${revision}`);
        if (closed) throw new Error(`trade ${ticket} is closed: nothing protects its position`);
      }),
    );
}

function getCommand(): Command {
  return new Command('get')
    .description('one trade with its latest evaluation')
    .argument('<account>', 'the account')
    .argument('<ticket>', 'the ticket', parseTicket)
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((account: string, ticket: bigint, options: Common) =>
      withClient(options.server, async (client) => {
        const { trade } = await client.getTrade({ account, ticket });
        if (options.json) print(jsonText(trade && Trade.toJSON(trade)));
        else showTrade(trade, await policyTextOf(client, trade));
      }),
    );
}

function listCommand(): Command {
  return withListForm(new Command('list'))
    .description('list trades in the order of registration; open ones unless --state is given')
    .option('--account <name>', 'only this account', '')
    .option('--symbol <symbol>', 'only this symbol; may be repeated', collect, [])
    .option('--state <state>', `only this state (${STATES.join(', ')}); may be repeated`, collect, [])
    .addOption(limitOption())
    .addOption(allOption())
    .addOption(serverOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(list);
}

/** States by name; unknown names are wrong usage. */
export function statesNamed(names: readonly string[]): TradeState[] {
  return names.map((name) => {
    const found = STATES.find((state) => state === name.toUpperCase());
    if (found === undefined) {
      throw new CommandError(`--state: "${name}" is not one of ${STATES.join(', ')}`, EXIT.usage);
    }
    return TradeState[found as keyof typeof TradeState];
  });
}

async function list(options: ListOptions): Promise<void> {
  const filter = { account: options.account, symbols: options.symbol, states: statesNamed(options.state) };
  const trades = await withClient(options.server, (client) =>
    readList(options, async (pageSize, pageToken) => {
      const { trades: items, nextPageToken } = await client.listTrades({ filter, pageSize, pageToken });
      return { items, nextPageToken };
    }),
  );
  const head = [
    'account',
    'ticket',
    'symbol',
    'side',
    'volume',
    'state',
    'watched',
    'score',
    'R',
    'stop',
    'hedge',
    'open actions',
  ];
  printList(options, trades, { head, row, json: Trade.toJSON });
}

function row(trade: Trade): string[] {
  return [
    trade.account,
    String(trade.ticket),
    trade.symbol,
    Direction[trade.direction],
    String(trade.volume),
    TradeState[trade.state],
    Monitoring[trade.monitoring],
    numberText(trade.evaluation?.score, 1),
    numberText(trade.openResultR, 2),
    trade.stopLoss === undefined ? '' : String(trade.stopLoss),
    trade.hedge === undefined ? '' : String(trade.hedge.volume),
    trade.openActions.map(({ type, status }) => `${ActionType[type]} ${ActionStatus[status]}`).join(', '),
  ];
}

function closeCommand(): Command {
  return new Command('close')
    .description('stop managing a trade, or report that the broker closed it')
    .argument('<account>', 'the account')
    .argument('<ticket>', 'the ticket', parseTicket)
    .addOption(new Option('--reason <reason>', 'why').choices([...CLOSE_REASONS]).default('REQUESTED'))
    .option('--price <price>', 'the price it closed at', parsePositive)
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((account: string, ticket: bigint, options: CloseOptions) =>
      withClient(options.server, async (client) => {
        const { trade, revision } = await client.closeTrade({
          account,
          ticket,
          reason: CloseReason[options.reason],
          closePrice: options.price,
        });
        if (options.json) print(jsonText({ trade: trade && Trade.toJSON(trade), revision }));
        else showTrade(trade);
      }),
    );
}
