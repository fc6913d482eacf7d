// Journals that an earlier build wrote are repeated by this one to the same log, byte for byte. Where that is not meant to
// be so any more, docs/adr/0031-journal.md says what to do.
import { describe, expect, test } from 'vitest';
import { TOLD_COMMANDS } from '../../../src/commands/told-commands.js';
import { repeatJournal } from '../../../src/journal/repeat.js';
import { decodeEntries, encodeEntries, type JournalEntry } from '../../../src/store/bodies/journal.js';
import { digestMade, type GoldenJournal, goldenNames, readGolden } from '../../support/golden-journal.js';

/** Places of rows that make other events than they did, and how much was repeated. */
async function repeated({ source, first, digests }: GoldenJournal) {
  const others: number[] = [];
  let [rows, events] = [0, 0];
  for await (const step of repeatJournal(source, first, { rules: null })) {
    if (step.kind !== 'repeated') continue;
    rows += 1;
    events += step.row.events;
    if (digestMade(step) !== digests.get(step.row.place)) others.push(step.row.place);
  }
  return { others, rows, events };
}

describe.each(goldenNames())('the golden journal %s', (name) => {
  test('makes the log it made when it was recorded', async () => {
    const golden = readGolden(name);
    const { others, rows, events } = await repeated(golden);
    const hint =
      'an argument means something else, or is decided otherwise: see ADR 0031, "A golden journal fails"';
    expect(others, hint).toEqual([]);
    expect(rows).toBe([...golden.digests.values()].filter((digest) => digest !== null).length);
    expect(events).toBeGreaterThan(50);
  });
});

test('they tell of every command but what only a late report does, and of what is no command', async () => {
  const told = new Set<string>();
  for (const name of goldenNames()) {
    for (const { entries } of await readGolden(name).source.rows(1, 1e6))
      for (const entry of decodeEntries(entries)) told.add(entry.name);
  }
  const others = ['marketData', 'decide', 'admitWriter', 'sweep'];
  for (const name of others) expect(told).toContain(name);
  const missing = Object.keys(TOLD_COMMANDS).filter((name) => !told.has(name));
  // A new command joins them when they are recorded next.
  expect(missing.length, `${missing}`).toBeLessThan(5);
});

test('a build that takes an argument for something else is found out', async () => {
  const golden = readGolden('commands');
  const meant = (entry: JournalEntry): JournalEntry =>
    entry.name === 'pauseTrade' ? { ...entry, args: [...entry.args.slice(0, -1), 'otherwise'] } : entry;
  const source = {
    ...golden.source,
    rows: async (from: number, limit: number) =>
      (await golden.source.rows(from, limit)).map((row) => ({
        ...row,
        entries: encodeEntries(decodeEntries(row.entries).map(meant)).body,
      })),
  };
  expect((await repeated({ ...golden, source })).others.length).toBeGreaterThan(0);
});
