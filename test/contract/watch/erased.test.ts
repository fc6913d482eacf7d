// What is left of erased events are their places in the log: whoever watches from before them gets everything else, and goes on.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from '../../../src/observability/logger.js';
import { eraseAccount } from '../../../src/store/erasure.js';
import type { LogEvent, TradeFilter } from '../../../src/store/types.js';
import { WatchHub } from '../../../src/watch/watch.js';
import { eventually } from '../../support/eventually.js';
import { eventOf } from '../../support/memory-log.js';
import { ScriptedSink } from '../../support/scripted-sink.js';
import { EMPTY_BATCH } from '../../support/stored.js';
import { checkStream, EVERYTHING } from '../../support/watch-laws.js';
import { StoreFixture } from '../store/fixtures.js';

const NOTHING = { snapshot: () => ({ revision: 0, items: [] }) };
const EVENTS = 600;
/** Alone, side by side, at both ends of the log, and across the end of a page. */
const isGone = (revision: number) =>
  revision === 1 || revision % 7 === 3 || (revision > 250 && revision < 260) || revision > EVENTS - 5;
const FILTERS: readonly Partial<TradeFilter>[] = [
  {},
  { states: ['CLOSED'] },
  { account: 'kept' },
  { tickets: [0n] },
];

let fixture: StoreFixture;
beforeEach(async () => {
  fixture = await StoreFixture.create();
});
afterEach(() => fixture.close());

/** A log of which an account was erased, as it is for its readers. */
async function erasedLog(): Promise<readonly LogEvent[]> {
  const { store, term } = await fixture.lead();
  const events = Array.from({ length: EVENTS }, (_, index) => {
    const revision = index + 1;
    const account = isGone(revision) ? 'gone' : 'kept';
    const state = revision % 2 === 0 ? 'CLOSED' : 'HEALTHY';
    return eventOf({ account, ticket: BigInt(revision % 3), symbol: 'XAUUSD', state }, revision);
  });
  const stored = events.map((event) => ({ ...event, previousState: null, brief: event.payload }));
  await term.writer.commit({ ...EMPTY_BATCH, events: stored });
  await term.release();
  await eraseAccount({ ownerUrl: fixture.database.url }, { account: 'gone', by: 'ann', reason: 'a test' });
  const log: LogEvent[] = [];
  for (const event of await store.readEvents(0, EVENTS))
    if (!isGone(event.revision))
      log[event.revision - 1] = { ...event, recordedAt: Math.trunc(event.recordedAt) };
  return log;
}

test('a watch from any place before erased events passes them by', async () => {
  const log = await erasedLog();
  const store = await fixture.open();
  const { epoch } = await store.head();
  const options = { ringEvents: 64, bookmarkMs: 1000, pollMs: 1000, maxWatchers: 100 };
  const hub = new WatchHub(store, NOTHING, options, createLogger('silent'));
  await hub.start();
  const ended: Promise<unknown>[] = [];
  for (const start of [0, 1, 2, 3, 200, 255, 256, 257, 511, EVENTS - 5, EVENTS - 1, EVENTS])
    for (const more of FILTERS) {
      const filter = { ...EVERYTHING, ...more };
      const sink = new ScriptedSink();
      const from = { from: 'revision', revision: BigInt(start), epoch, recordedAt: null } as const;
      ended.push(hub.watch(filter, from, sink).catch((error: unknown) => error));
      await eventually(() => expect(sink.messages.some(({ $case }) => $case === 'caughtUp')).toBe(true));
      const { revision } = checkStream(log, epoch, filter, start, sink.messages);
      expect(revision).toBe(EVENTS);
    }
  await hub.stop();
  await Promise.all(ended);
});
