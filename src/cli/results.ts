// Owns `dtms results`: what trades earned or lost, open and realised, of trades, of an account, by day.
import { Command, InvalidArgumentError } from 'commander';
import {
  type AccountResult,
  DailyResult,
  MoneyObstacle,
  ResultGroup,
  ResultGrouping,
  type ResultPart,
  type ResultSum,
  TradeResult,
} from '../../gen/ts/dtms/v1/results.js';
import { TradeState } from '../../gen/ts/dtms/v1/types.js';
import type { DtmsClient } from '../client/client.js';
import { EXIT_HELP } from './exit.js';
import { type ListForm, printList, withListForm } from './lists.js';
import { collect, jsonOption, parseTime, serverOption, withClient } from './options.js';
import { jsonText, numberText, print, tableText } from './output.js';
import { allOption, type ListLimits, limitOption, readList } from './pages.js';

interface TradesOptions extends ListForm, ListLimits {
  readonly server: string;
  readonly account: string;
  readonly symbol: string[];
  readonly closed: boolean;
}

interface DaysOptions extends ListForm {
  readonly server: string;
  readonly from?: Date;
  readonly to?: Date;
}

interface SumsOptions extends DaysOptions {
  readonly account: string;
  readonly by: readonly Grouping[];
}

const GROUPINGS = ['account', 'symbol', 'policy', 'day', 'week', 'month'] as const;
type Grouping = (typeof GROUPINGS)[number];

const EXAMPLES = `
Examples:
  $ dtms results trades --account demo
  $ dtms results trades --account demo --closed --output csv
  $ dtms results account demo
  $ dtms results days demo --output csv
  $ dtms results sums --by policy
  $ dtms results sums --account demo --by week,symbol --from 2026-09-01

Amounts are in the account's currency. Where one is not known, it says why: nothing is 0 that is not. What the broker booked for
closes (by broker; booked of closes) is its own word; what its bridge does not tell is computed.`;

export function resultsCommand(): Command {
  return new Command('results')
    .description('what trades earned or lost, in R and in money: by trade, account, symbol, policy, time')
    .addCommand(tradesResultsCommand())
    .addCommand(accountResultCommand())
    .addCommand(daysCommand())
    .addCommand(sumsCommand())
    .addHelpText('after', EXAMPLES + EXIT_HELP);
}

function tradesResultsCommand(): Command {
  return withListForm(new Command('trades'))
    .description('the results of trades, what is open and what was realised')
    .option('--account <name>', 'only this account', '')
    .option('--symbol <symbols>', 'only these symbols, separated by commas', collect, [])
    .option('--closed', 'of closed trades, instead of those that are not', false)
    .addOption(limitOption())
    .addOption(allOption())
    .addOption(serverOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(listTrades);
}

async function listTrades(options: TradesOptions): Promise<void> {
  const states = options.closed ? [TradeState.CLOSED] : [];
  const filter = { account: options.account, symbols: options.symbol, states };
  const results = await withClient(options.server, (client) =>
    readList(options, async (pageSize, pageToken) => {
      const page = await client.listTradeResults({ filter, pageSize, pageToken });
      return { items: page.results, nextPageToken: page.nextPageToken };
    }),
  );
  const parts = ['open R', 'open', 'realised R', 'realised', 'by', 'risk'];
  const head = ['account', 'ticket', 'symbol', 'state', 'policy', 'currency', ...parts, 'contract', 'rate'];
  printList(options, results, { head, row: tradeRow, json: TradeResult.toJSON });
}

function tradeRow(result: TradeResult): string[] {
  const { account, ticket, symbol, state, policy, currency, open, realised, risk } = result;
  return [
    ...[account, String(ticket), symbol, TradeState[state], policy, currency],
    ...[
      numberText(open?.r, 2),
      partText(open),
      numberText(realised?.r, 2),
      partText(realised),
      sourceText(realised),
      partText(risk),
    ],
    result.contractSize === undefined ? 'unknown' : String(result.contractSize),
    result.rate,
  ];
}

/** Who says what was realised. */
function sourceText(part: ResultPart | undefined): string {
  if (part?.amount === undefined) return '';
  return part.booked ? 'broker' : 'computed';
}

/** An amount, and why it does not hold all where it does not. */
function partText(part: ResultPart | undefined): string {
  if (part === undefined) return '';
  const { amount, obstacle } = part;
  const why = obstacle === MoneyObstacle.UNSPECIFIED ? '' : `no ${WHY[obstacle] ?? 'reason'}`;
  return [amount, why].filter((text) => text !== undefined && text !== '').join(', ');
}

const WHY: Readonly<Partial<Record<MoneyObstacle, string>>> = {
  [MoneyObstacle.ACCOUNT_CURRENCY]: "account's currency",
  [MoneyObstacle.CONTRACT]: 'contract size',
  [MoneyObstacle.PROFIT_CURRENCY]: 'profit currency',
  [MoneyObstacle.RATE]: 'rate',
  [MoneyObstacle.PRICE]: 'price',
  [MoneyObstacle.STOP]: 'stop',
  [MoneyObstacle.RECORD]: 'record',
};

function accountResultCommand(): Command {
  return new Command('account')
    .description("what an account's trades have open, and what its day, week and month realised")
    .argument('<account>', 'the account')
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((account: string, options: { readonly server: string; readonly json: boolean }) =>
      withClient(options.server, async (client) => {
        const { result } = await client.getAccountResult({ account });
        if (options.json) print(jsonText(result));
        else if (result !== undefined) print(accountText(result));
      }),
    );
}

function accountText(result: AccountResult): string {
  const { currency, risk, symbols } = result;
  const head = ['symbol', 'open', 'day', 'week', 'month'];
  const periods = ({ open, day, week, month }: Pick<AccountResult, 'open' | 'day' | 'week' | 'month'>) =>
    [open, day, week, month].map(sumText);
  const rows = symbols.map((each) => [each.symbol, ...periods(each)]);
  const title = `${result.account}: ${currency === '' ? 'nobody told its currency' : currency}, at risk ${sumText(risk) || 'nothing'}`;
  return `${title}\n${tableText(head, [...rows, ['all', ...periods(result)]])}`;
}

function sumText(sum: ResultSum | undefined): string {
  if (sum === undefined || sum.trades === 0) return '';
  const left = sum.unknown === 0 ? '' : `${sum.unknown} not known`;
  return [sum.amount ?? '', left].filter((text) => text !== '').join(', ');
}

function daysCommand(): Command {
  return withListForm(new Command('days'))
    .description("what was realised on each of the broker's days, by symbol")
    .argument('<account>', 'the account')
    .option('--from <time>', 'from the day of this time on; 30 days before the end by default', parseTime)
    .option('--to <time>', 'to the day of this time; now by default', parseTime)
    .addOption(serverOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((account: string, options: DaysOptions) =>
      withClient(options.server, async (client) => {
        const range = { startTime: options.from, endTime: options.to };
        const { results } = await client.listDailyResults({ account, ...range });
        const head = ['date', 'symbol', 'currency', ...SUM_HEAD];
        printList(options, results, { head, row: dayRow, json: DailyResult.toJSON });
      }),
    );
}

function dayRow({ date, symbol, currency, result }: DailyResult): string[] {
  return [date, symbol, currency, ...sumCells(result)];
}

const SUM_HEAD = ['amount', 'profit', 'commission', 'swap', 'trades', 'unknown', 'closes', 'booked'];

function sumCells(sum: ResultSum | undefined): string[] {
  const { amount = '', profit = '', commission = '', swap = '' } = sum ?? {};
  const { trades = 0, unknown = 0, closes = 0, booked = 0 } = sum ?? {};
  return [amount, profit, commission, swap, ...[trades, unknown, closes, booked].map(String)];
}

function sumsCommand(): Command {
  return withListForm(new Command('sums'))
    .description('what was realised, summed as asked for')
    .option('--account <name>', 'only this account', '')
    .option('--by <groups>', `of ${GROUPINGS.join(', ')}, separated by commas`, parseGroupings, [])
    .option('--from <time>', 'from the day of this time on; 30 days before the end by default', parseTime)
    .option('--to <time>', 'to the day of this time; now by default', parseTime)
    .addOption(serverOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((options: SumsOptions) => withClient(options.server, (client) => listSums(client, options)));
}

async function listSums(client: DtmsClient, options: SumsOptions): Promise<void> {
  const { account, by: groups, from: startTime, to: endTime } = options;
  const by = groups.map((name) => ResultGrouping[name.toUpperCase() as Uppercase<Grouping>]);
  const { groups: sums } = await client.sumResults({ account, by, startTime, endTime });
  const shown = GROUPINGS.filter((name) => groups.includes(name));
  const cell = ({ account, symbol, policy, date }: ResultGroup, name: Grouping) =>
    ({ account, symbol, policy: policy || 'not recorded', day: date, week: date, month: date })[name];
  printList(options, sums, {
    head: [...shown, 'currency', ...SUM_HEAD],
    row: (sum) => [...shown.map((name) => cell(sum, name)), sum.currency, ...sumCells(sum.result)],
    json: ResultGroup.toJSON,
  });
}

function parseGroupings(text: string, before: readonly Grouping[]): readonly Grouping[] {
  const more = text.split(',').map((part) => {
    const found = GROUPINGS.find((name) => name === part.trim());
    if (found === undefined) throw new InvalidArgumentError(`must be of ${GROUPINGS.join(', ')}.`);
    return found;
  });
  return [...before, ...more];
}
