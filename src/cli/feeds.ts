// Owns `dtms feeds`: whose each feed is, what is wrong with it, and declaring, resetting and deleting feeds.

import { Command, InvalidArgumentError } from 'commander';
import { Feed, FeedKind } from '../../gen/ts/dtms/v1/market_data_service.js';
import type { DtmsClient } from '../client/index.js';
import { FEED_KINDS, type FeedKind as FeedKindName } from '../domain/market/feed.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import { type ListForm, printList, withListForm } from './lists.js';
import { collect, jsonOption, serverOption, withClient } from './options.js';
import { factsText, jsonText, print, spanText, timeText } from './output.js';

interface Common {
  readonly server: string;
  readonly json: boolean;
}

interface DeclareOptions extends Common {
  readonly kind?: FeedKindName;
  readonly account: readonly string[];
  readonly everybody: boolean;
  readonly confirmedBy?: string;
  readonly unconfirmed: boolean;
}

/** Feeds asked for at a time. */
const PAGE = 1000;

const EXAMPLES = `
Examples:
  $ dtms feeds list
  $ dtms feeds declare lse --kind live --account live-1,live-2
  $ dtms feeds declare lse --confirmed-by lse-backup
  $ dtms feeds declare tape --kind recorded --everybody
  $ dtms feeds reset lse --symbol XAUUSD
  $ dtms feeds delete tape

A live feed keeps to the database's clock: what is dated ahead of it is refused. A recorded one runs on its own clock and carries
no account that a live bridge reports.`;

export function feedsCommand(): Command {
  return new Command('feeds')
    .description('list feeds, say whose they are, forget their data')
    .addCommand(listCommand())
    .addCommand(declareCommand())
    .addCommand(resetCommand())
    .addCommand(deleteCommand())
    .addHelpText('after', EXAMPLES + EXIT_HELP);
}

/** A subcommand with what all of them have. */
function subcommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP);
}

function listCommand(): Command {
  return withListForm(new Command('list'))
    .description('list all feeds, those with something wrong first')
    .addOption(serverOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(({ server, output }: ListForm & { readonly server: string }) =>
      withClient(server, async (client) => {
        const feeds: Feed[] = [];
        for await (const feed of everyFeed(client)) feeds.push(feed);
        const isWrong = (feed: Feed): boolean => problemsOf(feed).length > 0;
        const sorted = [...feeds.filter(isWrong), ...feeds.filter((feed) => !isWrong(feed))];
        const head = [
          'feed',
          'kind',
          'for',
          'made by',
          'confirmed by',
          'symbols',
          'trades',
          'newest data',
          'refused',
          'wrong',
        ];
        printList({ output }, sorted, { head, row: feedRow, json: Feed.toJSON });
      }),
    );
}

/** All feeds the caller may see. */
export async function* everyFeed(client: DtmsClient): AsyncGenerator<Feed> {
  let pageToken = '';
  do {
    const page = await client.listFeeds({ pageSize: PAGE, pageToken });
    yield* page.feeds;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}

function feedRow(feed: Feed): string[] {
  return [
    feed.name,
    FeedKind[feed.kind],
    accountsText(feed),
    feed.madeBy,
    feed.confirmedBy,
    String(feed.markets),
    String(feed.activeTrades),
    feed.asOf === undefined ? 'none' : timeText(feed.asOf),
    refusedText(feed),
    problemsOf(feed).join(', '),
  ];
}

/** "12 late, 3 ahead", since the leader leads. */
const refusedText = ({ refused }: Feed): string =>
  Object.entries(refused)
    .map(([fault, count]) => `${count} ${fault.toLowerCase()}`)
    .join(', ');

const accountsText = ({ accounts }: Feed): string =>
  accounts.length === 0 ? 'everybody' : accounts.join(', ');

/** What keeps its trades from being defended, for people. */
function problemsOf({ skewMs, staleMarkets, activeTrades, asOf }: Feed): string[] {
  const trades = activeTrades === 1n ? 'trade waits' : 'trades wait';
  if (asOf === undefined && activeTrades > 0n) return [`no data: ${activeTrades} ${trades}`];
  const symbols = staleMarkets === 1n ? 'symbol has' : 'symbols have';
  return [
    ...(skewMs === undefined ? [] : [`dated ${spanText(Number(skewMs))} ahead`]),
    ...(staleMarkets === 0n ? [] : [`${staleMarkets} ${symbols} no fresh data`]),
  ];
}

function declareCommand(): Command {
  return subcommand('declare', 'make a feed, or change what is given of it')
    .argument('<feed>', 'the feed')
    .option('--kind <kind>', 'live or recorded; a new feed is live', parseKind)
    .option('--account <names>', 'only trades of these accounts may follow it; repeatable', collect, [])
    .option('--everybody', "everybody's trades may follow it", false)
    .option('--confirmed-by <feed>', 'the feed whose prices confirm what looks odd on this one')
    .option('--unconfirmed', 'no feed confirms it', false)
    .action((feed: string, options: DeclareOptions) =>
      withClient(options.server, async (client) => {
        checkChoices(options);
        const answer = await client.upsertFeed({ feed, ...wantedOf(await feedNamed(client, feed), options) });
        show(answer.feed, options);
      }),
    );
}

function parseKind(text: string): FeedKindName {
  const found = FEED_KINDS.find((kind) => kind === text.toUpperCase());
  if (found === undefined) throw new InvalidArgumentError('must be live or recorded.');
  return found;
}

/** Throws CommandError where one option contradicts another. */
function checkChoices({ account, everybody, confirmedBy, unconfirmed }: DeclareOptions): void {
  if (account.length > 0 && everybody) {
    throw new CommandError('--account and --everybody exclude each other', EXIT.usage);
  }
  if (confirmedBy !== undefined && unconfirmed) {
    throw new CommandError('--confirmed-by and --unconfirmed exclude each other', EXIT.usage);
  }
}

async function feedNamed(client: DtmsClient, name: string): Promise<Feed | undefined> {
  for await (const feed of everyFeed(client)) if (feed.name === name) return feed;
  return undefined;
}

/** What is not given stays as it is. */
function wantedOf(
  known: Feed | undefined,
  { kind, account, everybody, confirmedBy, unconfirmed }: DeclareOptions,
) {
  const accounts = account.length > 0 ? [...account] : (known?.accounts ?? []);
  return {
    kind: kind === undefined ? (known?.kind ?? FeedKind.LIVE) : FeedKind[kind],
    accounts: everybody ? [] : accounts,
    confirmedBy: unconfirmed ? '' : (confirmedBy ?? known?.confirmedBy ?? ''),
  };
}

function resetCommand(): Command {
  return subcommand('reset', 'forget the data of a feed: its trades wait for data again')
    .argument('<feed>', 'the feed')
    .option('--symbol <name>', 'only of this symbol')
    .action((feed: string, { server, json, symbol }: Common & { readonly symbol?: string }) =>
      withClient(server, async (client) => {
        const { markets } = await client.resetFeed({ feed, symbol: symbol ?? '' });
        const text = `forgot the data of ${markets} ${markets === 1 ? 'symbol' : 'symbols'} of ${feed}`;
        print(json ? jsonText({ feed, markets }) : text);
      }),
    );
}

function deleteCommand(): Command {
  return subcommand('delete', 'end a feed that no trade follows, and forget its data')
    .argument('<feed>', 'the feed')
    .action((feed: string, { server, json }: Common) =>
      withClient(server, async (client) => {
        await client.deleteFeed({ feed });
        print(json ? jsonText({ feed }) : `deleted ${feed}`);
      }),
    );
}

function show(feed: Feed | undefined, { json }: Common): void {
  if (feed === undefined) return;
  if (json) {
    print(jsonText(Feed.toJSON(feed)));
    return;
  }
  const facts: [string, string][] = [
    ['feed', feed.name],
    ['kind', FeedKind[feed.kind]],
    ['for', accountsText(feed)],
    ['confirmed by', feed.confirmedBy],
    ['made by', feed.madeBy],
    ['symbols', String(feed.markets)],
    ['active trades', String(feed.activeTrades)],
    ['newest data', feed.asOf === undefined ? 'none' : timeText(feed.asOf)],
    ['refused', refusedText(feed)],
    ['wrong', problemsOf(feed).join(', ')],
  ];
  print(factsText(facts));
}
