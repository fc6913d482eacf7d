// Owns `dtms paper`: a paper broker and its bridge beside a running server, on recorded bars played as a
// live market.
import { Command, Option } from 'commander';
import { EXIT_HELP } from './exit.js';
import { fileOptions } from './file-options.js';
import {
  jsonOption,
  parseNotNegative,
  parsePositive,
  parseShare,
  parseTimeframe,
  parseWhole,
  serverOption,
} from './options.js';
import type { PaperOptions } from './paper/run.js';

const DEFAULT_SPEED = 60;

const EXAMPLES = `
Examples:
  $ dtms sample-data
  $ dtms paper --account paper --feed paper --symbol BTCUSD --bars sample/btcusd-m15.csv --from-bar 500 --sample 60 --speed 6000
  $ dtms paper --account demo --symbol EURUSD --bars sample/eurusd-m15.csv --feed paper-eurusd --speed 1 --spread 0.0001
  $ dtms paper --account chaos --symbol BTCUSD --bars sample/btcusd-m15.csv --feed paper-chaos --max --sample 200 --faults 0.2 --json

The bars before --from-bar are told at once, so that the signals are warm. Dates are moved so that the
last bar closes when it is played. What was stopped goes on where its feed is when it is run again. Trades that are registered in the account become positions of this
broker: dtms trades register --account demo --feed FEED ... Ctrl-C reconciles once more and ends.`;

export function paperCommand(): Command {
  const command = new Command('paper')
    .description('play recorded bars as a live market, with a paper broker and its bridge, against a server')
    .requiredOption('--account <name>', 'the account of the paper broker')
    .requiredOption('--symbol <symbol>', 'the one symbol it trades')
    .requiredOption('--bars <file>', 'CSV of bars, any common column names and time formats')
    .option('--timeframe <timeframe>', 'M1, M5 or M15; by default taken from the data', parseTimeframe)
    .option('--feed <name>', 'the feed to push the bars to; a recorded one', 'paper')
    .addOption(
      new Option('--speed <factor>', 'times as fast as the clock')
        .argParser(parsePositive)
        .default(DEFAULT_SPEED),
    )
    .addOption(new Option('--max', 'as fast as possible').default(false).conflicts('speed'))
    .option('--from-bar <number>', 'play from this bar on, counted from 0', parseWhole, 0)
    .option('--recorded-time', "keep the file's own dates", false)
    .option('--spread <price>', 'ask minus bid, instead of what the file says', parseNotNegative)
    .addOption(new Option('--hedging', 'a hedging account (the default)').default(false))
    .addOption(new Option('--netting', 'a netting account').default(false).conflicts('hedging'))
    .option('--faults <share>', 'make this share of calls to the broker fail, 0 to 1', parseShare)
    .option('--seed <number>', 'seed of the faults and the slippage', parseWhole, 1)
    .option('--slippage <ticks>', 'orders fill up to so many ticks worse', parseWhole, 0)
    .option('--commission <price>', 'per lot, round trip, as a price distance', parseNotNegative, 0)
    .option('--sample <count>', 'also open this many trades, evenly over the played bars', parseWhole, 0)
    .addOption(serverOption())
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES + EXIT_HELP)
    .action(async (options: PaperOptions) => (await import('./paper/run.js')).runPaper(options));
  for (const option of fileOptions()) command.addOption(option);
  return command;
}
