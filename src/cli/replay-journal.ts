// Owns `dtms replay --journal`: what reached the servers once more through this build's engine, compared with the log.

import { fixed } from '../domain/number-text.js';
import type { Reproduction } from '../journal/reproduce.js';
import type { Where } from './database.js';
import { CommandError } from './exit.js';
import { checkpointAt, withJournal } from './journal-source.js';
import { factsText, jsonText, print, timeText } from './output.js';

export interface JournalReplayOptions extends Where {
  readonly from?: Date;
  readonly until?: Date;
  readonly account?: string;
}

/** @throws CommandError when the log was not made again */
export async function replayJournal(options: JournalReplayOptions): Promise<void> {
  const { reproduce } = await import('../journal/reproduce.js');
  const { from, until, account } = options;
  const startedAt = performance.now();
  const { reproduction, begun } = await withJournal(options, async (journal) => {
    const checkpoint = await checkpointAt(journal, from?.getTime() ?? Number.NEGATIVE_INFINITY);
    const range = { since: from?.getTime(), until: until?.getTime(), account };
    const given = Object.fromEntries(Object.entries(range).filter(([, value]) => value !== undefined));
    return {
      begun: checkpoint,
      reproduction: await reproduce(journal, checkpoint, { rules: null, ...given }),
    };
  });
  const seconds = (performance.now() - startedAt) / 1000;
  if (options.json)
    print(jsonText({ ...reproduction, reproduced: reproduction.difference === null, seconds }));
  else print(factsText(factsOf(reproduction, new Date(begun.takenAt), seconds)));
  if (reproduction.difference !== null) throw new CommandError(differenceText(reproduction.difference));
  if (reproduction.events === 0)
    throw new CommandError('no event was compared: nothing of this time is in the journal');
}

function factsOf(made: Reproduction, begunAt: Date, seconds: number): readonly (readonly [string, string])[] {
  const { first, last, rows, entries, events, terms, skippedRows, difference } = made;
  return [
    ['log made again', difference === null ? 'yes, byte for byte' : 'no'],
    ['from the checkpoint of', timeText(begunAt)],
    ['revisions compared', first === null ? 'none' : `${first} to ${last}`],
    ['events compared', String(events)],
    ['transactions, entries', `${rows}, ${entries}`],
    ['terms', String(terms)],
    [
      'transactions that cannot be repeated',
      skippedRows === 0 ? '' : `${skippedRows}: their terms ended before a checkpoint`,
    ],
    ['seconds', fixed(seconds, 1)],
  ];
}

function differenceText({
  revision,
  place,
  account,
  ticket,
  what,
  made,
}: NonNullable<Reproduction['difference']>): string {
  const kind = made === null ? '' : ` (${made})`;
  return `the log is not made again from revision ${revision} on: trade ${account}:${ticket}, ${what}${kind}, place ${place} of the journal`;
}
