// The law of the past: at each revision an evaluation says what the one that made its event said, wherever in a push of
// market data the event came.
import { expect, test } from 'vitest';
import type { TradeEvent } from '../../../src/domain/trade/event.js';
import { PastRevisions, type PastSource } from '../../../src/journal/past.js';
import { type JournalSource, repeatJournal } from '../../../src/journal/repeat.js';
import { decodeEntries, encodeEntries, type JournalEntry } from '../../../src/store/bodies/journal.js';
import { readGolden } from '../../support/golden-journal.js';

const { source: golden, first } = readGolden('market');

/** Market data that came one after the other in a transaction, as one push. */
function joined(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  const all: JournalEntry[] = [];
  for (const entry of entries) {
    const last = all.at(-1);
    const follows =
      last?.name === 'marketData' && entry.name === 'marketData' && last.args[0] === entry.args[0];
    if (!follows) all.push(entry);
    else all.splice(-1, 1, { ...last, args: [entry.args[0], [last.args[1], entry.args[1]].flat()] });
  }
  return all;
}

/** A past over a journal in memory, and its log. */
async function pastOf(journal: JournalSource) {
  const log: TradeEvent[] = [];
  for await (const step of repeatJournal(journal, first, { rules: null })) {
    if (step.kind === 'repeated')
      log.push(...step.turns.flatMap(({ events }) => events.map(({ event }) => event)));
  }
  const of = (account: string, ticket: bigint) =>
    log.flatMap(({ trade }, index) =>
      trade.spec.account === account && trade.spec.ticket === ticket
        ? [{ trade, revision: first.revision + index + 1 }]
        : [],
    );
  const source = {
    journal,
    head: async () => ({ revision: first.revision + log.length }),
    findTrades: async ([key]: readonly { readonly account: string; readonly ticket: bigint }[]) => {
      const events = key === undefined ? [] : of(key.account, key.ticket);
      return events.slice(-1).map((event) => ({ ...event, registeredRevision: events[0]?.revision }));
    },
    findVersion: async () => undefined,
  };
  return { log, past: new PastRevisions(source as unknown as PastSource) };
}

const together: JournalSource = {
  ...golden,
  rows: async (from, limit) =>
    (await golden.rows(from, limit)).map((row) => ({
      ...row,
      entries: encodeEntries(joined(decodeEntries(row.entries))).body,
    })),
};

test.each([
  ['as they came', golden],
  ['together', together],
])('of bars pushed %s, each event is explained by what was known then', async (_how, journal) => {
  const { log, past } = await pastOf(journal);
  let tried = 0;
  for (const [index, { trade, change }] of log.entries()) {
    if (change.kind !== 'stateChanged' || change.evaluation === null || trade.state === 'CLOSED') continue;
    const revision = first.revision + index + 1;
    const { account, ticket } = trade.spec;
    const at = await past.explainAt({ account, ticket }, revision, AbortSignal.timeout(60_000));
    expect([revision, at.past.trade.version, at.explanation.evaluation?.score]).toEqual([
      revision,
      trade.version,
      change.evaluation.score,
    ]);
    tried += 1;
  }
  expect(tried).toBeGreaterThan(10);
});
