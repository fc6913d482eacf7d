// Owns `dtms shadow`: this build's decisions over the journal of a running installation, as they come, and where they differ.
import { Command } from 'commander';
import type { Decisions } from '../journal/decisions.js';
import type { ShadowDifference, ShadowSum } from '../journal/shadow.js';
import { type Where, where } from './database.js';
import { CommandError, EXIT_HELP } from './exit.js';
import { checkpointAt, withJournal } from './journal-source.js';
import { parsePositive, parseTime } from './options.js';
import { jsonText, print, remark, timeText } from './output.js';

interface Options extends Where {
  readonly from?: Date;
  readonly once: boolean;
  readonly seconds?: number;
  readonly consequences: boolean;
}

const EXAMPLES = `
Examples:
  $ dtms shadow --once
  $ dtms shadow --seconds 3600 --json
  $ dtms shadow --config next.json --from 2026-11-30T08:00:00Z --once

It reads the database only, so a role that may do no more is enough, and decides by the rules of its own configuration. It keeps to its
own course: of a trade the first difference is told, and what follows from it with --consequences. What bridges did is as it was.

Exit codes: 0 the same decisions, 1 other decisions or a failure, 2 wrong usage.`;

/** Between two looks at the journal, in ms. */
const LOOK_MS = 500;

export function shadowCommand(): Command {
  const command = new Command('shadow')
    .description("follow a running installation's journal, and say what this build decides otherwise")
    .option('--from <time>', 'begin at the checkpoint before this time; else at the newest', parseTime)
    .option('--once', 'end where the journal ends instead of following it', false)
    .option('--seconds <number>', 'follow it for so long', parsePositive)
    .option('--consequences', 'also tell what follows from a difference', false)
    .addHelpText('after', EXAMPLES + EXIT_HELP.replace(/\n\nExit codes.*/s, ''))
    .action(run);
  return where(command);
}

async function run(options: Options): Promise<void> {
  const { Shadow } = await import('../journal/shadow.js');
  const { pause } = await import('../observability/background.js');
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  const until =
    options.seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + options.seconds * 1000;
  const atEnd = async (): Promise<'wait' | 'end'> => {
    if (options.once || ending.signal.aborted || performance.now() >= until) return 'end';
    await pause(LOOK_MS, ending.signal);
    return 'wait';
  };
  const sum = await withJournal(options, async (journal, { rules }) => {
    const shadow = new Shadow(journal);
    const from = await checkpointAt(journal, options.from?.getTime() ?? Number.POSITIVE_INFINITY);
    remark(`from the checkpoint of ${timeText(new Date(from.takenAt))}, after revision ${from.revision}`);
    for await (const difference of shadow.over(from, { rules, atEnd })) {
      if (difference.standing === 'first' || options.consequences)
        print(options.json ? jsonText({ difference }) : differenceText(difference));
    }
    return shadow.sum;
  });
  print(options.json ? jsonText({ sum }) : sumText(sum));
  const { transition, action, event } = sum.first;
  const first = transition + action + event;
  if (first > 0) throw new CommandError(`this build decides otherwise about ${first} trades`);
}

function differenceText({
  account,
  ticket,
  symbol,
  what,
  standing,
  after,
  ...both
}: ShadowDifference): string {
  const trade = `${account}:${ticket} ${symbol}`;
  const head = `after revision ${after}  ${trade}  ${what}${standing === 'first' ? '' : ' (consequence)'}`;
  return `${head}\n  running: ${decisionsText(both.running)}\n  shadow:  ${decisionsText(both.shadow)}`;
}

function decisionsText({ transitions, actions, others }: Decisions): string {
  const all = [...transitions, ...actions, ...others];
  return all.length === 0 ? 'nothing' : all.join('; ');
}

function sumText({
  rows,
  decisions,
  first,
  consequences,
  details,
  skippedRows,
  revision,
}: ShadowSum): string {
  const skipped = skippedRows === 0 ? '' : `, ${skippedRows} transactions could not be repeated`;
  return (
    `${rows} transactions to revision ${revision}, ${decisions} decisions: ${first.transition} transitions, ${first.action} ` +
    `actions and ${first.event} other events differ first, ${consequences} follow from them; ${details} only in numbers${skipped}`
  );
}
