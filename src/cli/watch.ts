// Owns `dtms watch`: every change as it becomes durable, as a live table or a line each.
import { Command } from 'commander';
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import type { WatchMessage } from '../client/watch.js';
import { changeText } from './event-text.js';
import { EXIT_HELP } from './exit.js';
import { collect, jsonOption, parseRevision, serverOption, withClient } from './options.js';
import { jsonText, print, remark, timeText } from './output.js';
import { onShutdown } from './shutdown.js';
import { streams } from './streams.js';
import { TradeBoard } from './trade-board.js';
import { statesNamed } from './trades.js';

interface Options {
  readonly account: string;
  readonly symbol: string[];
  readonly state: string[];
  readonly fromRevision?: bigint;
  readonly server: string;
  readonly json: boolean;
}

const EXAMPLES = `
Examples:
  $ dtms watch
  $ dtms watch --account demo --state WARNING_L2,HEDGED
  $ dtms watch --from-revision 0 --json > events.jsonl

It resumes by itself when the server restarts. Ctrl-C ends it.`;

export function watchCommand(): Command {
  return new Command('watch')
    .description('follow every change live: a table in a terminal, else one event per line')
    .option('--account <name>', 'only this account', '')
    .option('--symbol <symbol>', 'only this symbol; may be repeated', collect, [])
    .option('--state <state>', 'only changes into this state; may be repeated', collect, [])
    .option(
      '--from-revision <revision>',
      'begin after this revision; 0 is the start of the log',
      parseRevision,
    )
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(run);
}

/** Where messages go. */
interface Display {
  readonly take: (message: WatchMessage) => void;
  readonly note: (text: string) => void;
  readonly end: () => void;
}

function lines(textOf: (event: TradeEvent) => string): Display {
  return {
    take: (message) => {
      if (message.$case === 'events') for (const event of message.value.events) print(textOf(event));
    },
    note: (text) => {
      if (text !== '') remark(text);
    },
    end: () => {},
  };
}

function board(title: string): Display {
  const view = new TradeBoard(title, streams().stdout);
  return {
    take: (message) => {
      if (message.$case === 'snapshotItem' && message.value.trade !== undefined)
        view.show(message.value.trade);
      else if (message.$case === 'events') for (const event of message.value.events) view.apply(event);
      else if (message.$case === 'snapshotEnd') view.note(`revision ${message.value.revision}`);
      else if (message.$case === 'bookmark') view.note(`revision ${message.value.revision}`);
    },
    note: (text) => view.note(text),
    end: () => view.stop(),
  };
}

function lineText(event: TradeEvent): string {
  const { revision, occurredAt, account, ticket, symbol } = event;
  return `${revision} ${timeText(occurredAt)} ${account} ${ticket} ${symbol} ${changeText(event)}`;
}

async function run(options: Options): Promise<void> {
  const states = statesNamed(options.state);
  const isLive = streams().stdout.isTTY === true && !options.json;
  const shutdown = onShutdown('');
  const display = isLive
    ? board(`dtms watch ${options.server}`)
    : lines(options.json ? (event) => jsonText(TradeEvent.toJSON(event)) : lineText);
  try {
    await withClient(options.server, async (client) => {
      const status = await client.getStatus({}, { signal: shutdown.signal });
      const { fromRevision } = options;
      const messages = client.watchTrades({
        filter: { account: options.account, symbols: options.symbol, states },
        resumeAfter:
          fromRevision === undefined && isLive
            ? undefined
            : { logEpoch: status.logEpoch, revision: fromRevision ?? status.headRevision },
        sendInitialState: fromRevision === undefined && isLive,
        signal: shutdown.signal,
        onBreak: (error) => display.note(`connection lost (${error.message}); reconnecting`),
      });
      for await (const message of messages) display.take(message);
    });
  } catch (error) {
    if (!shutdown.signal.aborted) throw error;
  } finally {
    display.end();
    shutdown.release();
  }
}
