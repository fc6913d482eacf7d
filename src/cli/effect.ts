// Owns `dtms effect`: what DTMS did to the results of trades, in all or trade by trade.
import { Command, Option } from 'commander';
import {
  AloneEnd,
  ApartReason,
  type EffectFigures,
  type EffectFilter,
  EffectStatus,
  type ObservedEffect,
  TradeEffect,
} from '../../gen/ts/dtms/v1/effect.js';
import { GetEffectResponse } from '../../gen/ts/dtms/v1/trade_service.js';
import { EXIT_HELP } from './exit.js';
import { type ListForm, printList, withListForm } from './lists.js';
import { collect, parseTicket, parseWhole, serverOption, withClient } from './options.js';
import { jsonText, numberText, print, spanText, tableText, timeText } from './output.js';
import { allOption, type ListLimits, limitOption, readList } from './pages.js';

const DAY_MS = 24 * 3_600_000;

interface Which {
  readonly server: string;
  readonly account: string;
  readonly symbol: string[];
  readonly policy: string[];
  readonly days?: number;
}

interface TradesOptions extends Which, ListForm, ListLimits {
  readonly ticket: bigint[];
}

const EXAMPLES = `
Examples:
  $ dtms effect
  $ dtms effect --account demo --days 90
  $ dtms effect trades --account demo --symbol XAUUSD

R with DTMS is what trades that are over earned, hedges, partial closes and what was added again included; without is what the
same trades would have earned with the stop and target they were registered with, on the same prices. Where DTMS did nothing both
are the same. Of a policy that only observes, R with is what its rules would have made of the trades. What cannot be told is set apart and counts in no figure.`;

export function effectCommand(): Command {
  return which(new Command('effect'))
    .description('what DTMS did to the results of trades: with it, and left alone')
    .option('--json', 'print JSON')
    .addCommand(tradesCommand())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((options: Which & { readonly json?: boolean }) =>
      withClient(options.server, async (client) => {
        const told = await client.getEffect({ filter: filterOf(options) });
        if (options.json === true) print(jsonText(GetEffectResponse.toJSON(told)));
        else show(told);
      }),
    );
}

function tradesCommand(): Command {
  return withListForm(which(new Command('trades')))
    .description('the effect on each trade, those that ended last first')
    .addOption(
      new Option('--ticket <ticket>', 'only this trade; may be repeated').argParser(tickets).default([]),
    )
    .addOption(limitOption(100))
    .addOption(allOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(async (_: unknown, command: Command) => {
      // The options both commands have are the outer one's, wherever they stand.
      const options = command.optsWithGlobals<TradesOptions>();
      const filter = { ...filterOf(options), tickets: options.ticket };
      const effects = await withClient(options.server, (client) =>
        readList(options, async (pageSize, pageToken) => {
          const page = await client.listTradeEffects({ filter, pageSize, pageToken });
          return { items: page.effects, nextPageToken: page.nextPageToken };
        }),
      );
      printList(options, effects, { head: TRADE_HEAD, row: tradeRow, json: TradeEffect.toJSON });
    });
}

function which(command: Command): Command {
  return command
    .option('--account <name>', 'only this account', '')
    .option('--symbol <symbol>', 'only this symbol; may be repeated', collect, [])
    .option('--policy <name>', 'only trades defended by this policy; may be repeated', collect, [])
    .option('--days <count>', 'only trades that ended in so many days up to now', parseWhole)
    .addOption(serverOption());
}

const tickets = (text: string, before: readonly bigint[]): bigint[] => [...before, parseTicket(text)];

function filterOf({ account, symbol, policy, days }: Which): EffectFilter {
  const startTime = days === undefined ? undefined : new Date(Date.now() - days * DAY_MS);
  return { account, symbols: symbol, policies: policy, tickets: [], startTime, endTime: undefined };
}

const FIGURES_HEAD = [
  ...['', 'trades', 'touched', 'helped', 'hurt', 'R with', 'R without', 'difference'],
  ...['mean difference a trade, 95%', 'followed', 'apart'],
];

function show({ total, accounts, symbols, policies, observed, ...limits }: GetEffectResponse): void {
  const groups = [
    ['all', total === undefined ? [] : [{ name: 'all', figures: total }]],
    ['account', accounts],
    ['symbol', symbols],
    ['policy', policies],
    ['under one that observes', observed],
  ] as const;
  for (const [title, named] of groups) {
    if (named.length === 0) continue;
    const rows = named.map(({ name, figures }) => figuresRow(name, figures));
    print(tableText([title, ...FIGURES_HEAD.slice(1)], rows));
  }
  const { leastTrades, leastBlocks, horizonSeconds, truncated } = limits;
  print(
    `Too few to say: fewer than ${leastTrades} trades, or than ${leastBlocks} weeks or days they began in.`,
  );
  const horizon = spanText(Number(horizonSeconds) * 1000);
  print(
    `Followed: left alone it has not ended yet; it is valued ${horizon} after the real end at the latest.`,
  );
  for (const { reason, trades } of total?.apart ?? [])
    print(`Apart: ${trades} with ${ApartReason[reason].toLowerCase().replaceAll('_', ' ')}.`);
  if (truncated) print('There are more trades: those that ended last are counted.');
}

function figuresRow(name: string, figures: EffectFigures | undefined): string[] {
  if (figures === undefined) return [name];
  const { trades, touched, helped, hurt, withR, withoutR, differenceR, followed, apart } = figures;
  return [
    name,
    ...[trades, touched, helped, hurt].map(String),
    ...[withR, withoutR, differenceR].map((r) => (trades === 0 ? '-' : numberText(r, 2))),
    meanText(figures),
    String(followed),
    String(apart.reduce((sum, each) => sum + each.trades, 0)),
  ];
}

function meanText({ tooFew, meanDifferenceR, meanLowR, meanHighR }: EffectFigures): string {
  if (tooFew) return 'too few to say';
  return `${numberText(meanDifferenceR, 3)} (${numberText(meanLowR, 3)} to ${numberText(meanHighR, 3)})`;
}

const TRADE_HEAD = [
  ...['account', 'ticket', 'symbol', 'policy', 'ended', 'effect', 'R with', 'R without', 'difference'],
  ...['left alone', 'at', 'R under those that observe'],
];

function tradeRow(effect: TradeEffect): string[] {
  const { account, ticket, symbol, policy, closedAt, withR, withoutR, differenceR } = effect;
  return [
    ...[account, String(ticket), symbol, policy, timeText(closedAt), statusText(effect)],
    ...[withR, withoutR, differenceR].map((r) => numberText(r, 3)),
    effect.aloneEnd === AloneEnd.UNSPECIFIED ? '' : AloneEnd[effect.aloneEnd],
    timeText(effect.aloneEndedAt),
    effect.observed.map(observedText).join(', '),
  ];
}

function observedText({ policy, status, apart, r }: ObservedEffect): string {
  const name = `${policy?.name} ${policy?.version}`;
  if (status === EffectStatus.APART) return `${name} apart: ${ApartReason[apart]}`;
  return `${name} ${r === undefined ? 'followed' : numberText(r, 3)}`;
}

function statusText({ status, apart, touched }: TradeEffect): string {
  if (status === EffectStatus.APART) return `apart: ${ApartReason[apart]}`;
  if (status === EffectStatus.FOLLOWED) return 'followed';
  return touched ? 'told' : 'told, untouched';
}
