// Owns `dtms replays`: what replays through a server left there, and taking it out. Trades and events stay: they are the log's.

import { Command } from 'commander';
import { type Feed, FeedKind } from '../../gen/ts/dtms/v1/market_data_service.js';
import { CloseReason, TradeState } from '../../gen/ts/dtms/v1/types.js';
import type { DtmsClient } from '../client/index.js';
import { REPLAY_RUN } from '../replay/server-target.js';
import { CommandError, EXIT, EXIT_HELP } from './exit.js';
import { everyFeed } from './feeds.js';
import { type ListForm, printList, withListForm } from './lists.js';
import { jsonOption, serverOption, withClient } from './options.js';
import { jsonText, print, timeText } from './output.js';
import { readList } from './pages.js';

interface RemoveOptions {
  readonly server: string;
  readonly json: boolean;
  readonly all: boolean;
  readonly close: boolean;
}

/** What was taken out of one replay. */
interface Removed {
  readonly replay: string;
  readonly symbols: number;
  readonly closed: number;
}

const EVERYTHING = { limit: 0, all: true } as const;
const HEAD = ['replay', 'symbols', 'active trades', 'up to'];

const EXAMPLES = `
Examples:
  $ dtms replays list
  $ dtms replays remove --all
  $ dtms replays remove replay-3f2a9c0d41be --close

A replay through a server (dtms replay --server) has an account and a feed of its own. Removed are the feed, its bars and the
contract terms. Its trades, events and results stay in the history, as all do; while no server runs, dtms accounts erase takes
them out too. A replay with active trades runs, or was stopped: --close lets go of them first.`;

export function replaysCommand(): Command {
  return new Command('replays')
    .description('list what replays left at a server, and take it out')
    .addCommand(listCommand())
    .addCommand(removeCommand())
    .addHelpText('after', EXAMPLES + EXIT_HELP);
}

function listCommand(): Command {
  return withListForm(new Command('list'))
    .description('list the replays whose market data is still there')
    .addOption(serverOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(({ server, output }: ListForm & { readonly server: string }) =>
      withClient(server, async (client) => {
        const row = ({ name, markets, activeTrades, asOf }: Feed) => [
          name,
          String(markets),
          String(activeTrades),
          asOf === undefined ? 'none' : timeText(asOf),
        ];
        const json = ({ name, markets, activeTrades, asOf }: Feed) => ({
          ...{ replay: name, symbols: Number(markets), activeTrades: Number(activeTrades) },
          asOf: asOf?.toISOString(),
        });
        printList({ output }, await replaysAt(client), { head: HEAD, row, json });
      }),
    );
}

function removeCommand(): Command {
  return new Command('remove')
    .description('take the market data and terms of replays out of the server')
    .argument('[replay...]', 'the replays, as list names them')
    .option('--all', 'every one without active trades', false)
    .option('--close', 'let go of their active trades first', false)
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action((names: readonly string[], options: RemoveOptions) =>
      withClient(options.server, async (client) => {
        if (options.all === names.length > 0)
          throw new CommandError('name the replays, or give --all', EXIT.usage);
        const chosen = chosenOf(await replaysAt(client), names, options);
        const removed: Removed[] = [];
        for (const feed of chosen) removed.push(await remove(client, feed));
        if (options.json) for (const each of removed) print(jsonText(each));
        else print(removed.length === 0 ? 'there is nothing to remove' : removed.map(removedText).join('\n'));
      }),
    );
}

/** Feeds that replays made: recorded, and for their own account alone. */
async function replaysAt(client: DtmsClient): Promise<Feed[]> {
  const found: Feed[] = [];
  for await (const feed of everyFeed(client)) {
    const { name, kind, accounts } = feed;
    const isOwn = accounts.length === 1 && accounts[0] === name;
    if (kind === FeedKind.RECORDED && isOwn && REPLAY_RUN.test(name)) found.push(feed);
  }
  return found;
}

/** @throws CommandError where one is not there, or has active trades and none may be let go of */
function chosenOf(replays: readonly Feed[], names: readonly string[], { all, close }: RemoveOptions): Feed[] {
  if (all) return replays.filter(({ activeTrades }) => close || activeTrades === 0n);
  return names.map((name) => {
    const found = replays.find((feed) => feed.name === name);
    if (found === undefined) throw new CommandError(`there is no replay ${name}: dtms replays list`);
    if (found.activeTrades > 0n && !close)
      throw new CommandError(
        `${name} has ${counted(Number(found.activeTrades), 'active trade')}: it runs, or was stopped; --close lets go of them`,
      );
    return found;
  });
}

/** Its history tells its symbols: a feed knows them without the broker's suffix. */
async function remove(client: DtmsClient, { name: account, markets }: Feed): Promise<Removed> {
  const active = await readList(EVERYTHING, async (pageSize, pageToken) => {
    const page = await client.listTrades({ filter: { account }, pageSize, pageToken });
    return { items: page.trades, nextPageToken: page.nextPageToken };
  });
  for (const { ticket } of active) await client.closeTrade({ account, ticket, reason: CloseReason.EXPIRED });
  const filter = { account, states: [TradeState.CLOSED] };
  const { trades } = await client.listTrades({ filter, pageSize: 1 });
  const symbols = trades.map(({ symbol }) => symbol);
  if (symbols.length > 0) await client.deleteInstruments({ account, symbols });
  await client.deleteFeed({ feed: account });
  return { replay: account, symbols: Number(markets), closed: active.length };
}

function removedText({ replay, symbols, closed }: Removed): string {
  const rest = closed === 0 ? '' : `, and let go of ${counted(closed, 'trade')}`;
  return `removed the market data of ${counted(symbols, 'symbol')} of ${replay}${rest}`;
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
