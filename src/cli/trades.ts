// `dtms trades`: register, get, list and close trades of a running server.
import { Command, Option } from 'commander';
import {
  type Action,
  ActionStatus,
  ActionType,
  CloseReason,
  Direction,
  type FieldOwner,
  Monitoring,
  Trade,
  TradeField,
  TradeOrigin,
  TradeState,
} from '../../gen/ts/dtms/v1/types.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import {
  collect,
  jsonOption,
  parsePositive,
  parseTicket,
  parseWhole,
  serverOption,
  withClient,
} from './options.js';
import { factsText, jsonText, numberText, print, tableText, timeText } from './output.js';

const STATES = Object.keys(TradeState).filter((name) => Number.isNaN(Number(name)) && name !== 'UNSPECIFIED');
const CLOSE_REASONS = ['REQUESTED', 'STOP_LOSS', 'TAKE_PROFIT', 'BROKER_GONE', 'EXPIRED'] as const;
const PAGE = 1000;

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

interface ListOptions extends Common {
  readonly account: string;
  readonly symbol: string[];
  readonly state: string[];
  readonly limit: number;
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
  $ dtms trades close demo 42 --reason STOP_LOSS --price 2640`;

export function tradesCommand(): Command {
  return new Command('trades')
    .description('register, get, list and close trades')
    .addCommand(registerCommand())
    .addCommand(getCommand())
    .addCommand(listCommand())
    .addCommand(closeCommand())
    .addHelpText('after', EXAMPLES + EXIT_HELP);
}

function registerCommand(): Command {
  return new Command('register')
    .description('put a trade under watch; the same again changes nothing')
    .requiredOption('--account <name>', 'the account the trade lives in')
    .requiredOption('--ticket <ticket>', "the broker's position identifier", parseTicket)
    .requiredOption('--symbol <symbol>', "the broker's symbol, suffix and all")
    .addOption(
      new Option('--direction <direction>', 'BUY or SELL').choices(['BUY', 'SELL']).makeOptionMandatory(),
    )
    .requiredOption('--entry-price <price>', 'the fill price', parsePositive)
    .requiredOption('--volume <lots>', 'the volume in lots', parsePositive)
    .option('--stop-loss <price>', 'the stop', parsePositive)
    .option('--take-profit <price>', 'the target', parsePositive)
    .option('--feed <name>', 'the feed whose prices watch it', '')
    .option('--label <text>', 'a free text, such as the strategy', '')
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((options: RegisterOptions) =>
      withClient(options.server, async (client) => {
        const { account, ticket, symbol, entryPrice, volume, stopLoss, takeProfit, feed, label } = options;
        const direction = Direction[options.direction];
        const { trade, alreadyRegistered, revision } = await client.registerTrade({
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
          print(jsonText({ trade: trade && Trade.toJSON(trade), alreadyRegistered, revision }));
          return;
        }
        showTrade(trade);
        print(alreadyRegistered ? 'registered before, unchanged' : `registered at revision ${revision}`);
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
        else showTrade(trade);
      }),
    );
}

function listCommand(): Command {
  return new Command('list')
    .description(
      'trades in the order of their registration; those that are not closed unless states are named',
    )
    .option('--account <name>', 'only this account', '')
    .option('--symbol <symbol>', 'only this symbol; may be repeated', collect, [])
    .option('--state <state>', `only this state (${STATES.join(', ')}); may be repeated`, collect, [])
    .option('--limit <count>', 'at most this many', parseWhole, PAGE)
    .addOption(serverOption())
    .addOption(jsonOption())
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
  const trades = await withClient(options.server, async (client) => {
    const found: Trade[] = [];
    let pageToken = '';
    do {
      const pageSize = Math.min(PAGE, options.limit - found.length);
      if (pageSize === 0) break;
      const page = await client.listTrades({ filter, pageSize, pageToken });
      found.push(...page.trades);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return found;
  });
  if (options.json) {
    for (const trade of trades) print(jsonText(Trade.toJSON(trade)));
    return;
  }
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
  print(tableText(head, trades.map(row)));
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
    .description('let go of a trade, or tell that the broker closed it')
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

/** A trade as a list of what is known of it. */
function showTrade(trade: Trade | undefined): void {
  if (trade === undefined) return;
  const facts: [string, string][] = [
    ['trade', `${trade.account} ${trade.ticket}`],
    ['symbol', `${trade.symbol} (${trade.instrument}, feed ${trade.feed})`],
    ['known by', `${TradeOrigin[trade.origin]} ${trade.label}`.trim()],
    ['position', `${Direction[trade.direction]} ${trade.volume} at ${trade.entryPrice}`],
    ['stop, target', `${trade.stopLoss ?? 'none'}, ${trade.takeProfit ?? 'none'}`],
    ['state', `${TradeState[trade.state]} since ${timeText(trade.stateEnteredAt)}`],
    ['watched', Monitoring[trade.monitoring]],
    ['score', `${numberText(trade.evaluation?.score, 1)} ${trade.evaluation?.summary ?? ''}`.trim()],
    ['result', trade.openResultR === undefined ? '' : `${trade.openResultR.toFixed(2)} R`],
    ['hedge', trade.hedge === undefined ? '' : `${trade.hedge.volume} at ${trade.hedge.entryPrice}`],
    ['owned', trade.owners.map(ownerText).join(', ')],
    [
      'missing',
      trade.missingSince === undefined ? '' : `at the broker since ${timeText(trade.missingSince)}`,
    ],
    ...trade.openActions.map((action): [string, string] => ['action', openActionText(action)]),
    [
      'closed',
      trade.closedAt === undefined ? '' : `${CloseReason[trade.closeReason]} ${timeText(trade.closedAt)}`,
    ],
    ['version', `${trade.tradeVersion}, revision ${trade.revision}`],
  ];
  for (const signal of trade.evaluation?.signals ?? []) {
    facts.push([
      '',
      signal.available ? `${numberText(signal.contribution, 2)}  ${signal.reason}` : `--  ${signal.reason}`,
    ]);
  }
  print(factsText(facts));
}

/** Who owns a field, such as "STOP_LOSS by dtms_manager until 2026-01-05 12:00:00". */
function ownerText({ field, manager, leaseEndsAt, committed }: FieldOwner): string {
  const until = leaseEndsAt === undefined ? '' : ` until ${timeText(leaseEndsAt)}`;
  return `${TradeField[field]} by ${manager}${until}${committed ? ', at the broker now' : ''}`;
}

/** An action that is not over, such as "demo:42:7:PARTIAL_CLOSE LEASED by mt5-1". */
function openActionText({ actionId, status, lease, reason }: Action): string {
  const by = lease === undefined || status === ActionStatus.PENDING ? '' : ` by ${lease.bridgeId}`;
  return `${actionId} ${ActionStatus[status]}${by} ${reason}`.trim();
}
