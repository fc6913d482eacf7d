// Pages of the log behind the ring: whoever is behind gets the events of the log, and many who are behind at the same place share
// what is read.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLogger } from '../../../src/observability/logger.js';
import { encodeEvent } from '../../../src/watch/frames.js';
import { eventIn, PastPages } from '../../../src/watch/past-pages.js';
import { WatchHub } from '../../../src/watch/watch.js';
import { eventually } from '../../support/eventually.js';
import { MemoryLog, someEvents } from '../../support/memory-log.js';
import { runs } from '../../support/properties.js';
import { ScriptedSink } from '../../support/scripted-sink.js';
import { checkStream, EVERYTHING } from '../../support/watch-laws.js';

const NOTHING = { snapshot: () => ({ revision: 0, items: [] }) };

test('a page has the event that was asked for and the one after it, as the log has them when it is asked', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('at' as const), revision: fc.integer({ min: 0, max: 900 }) }),
    fc.record({ kind: fc.constant('append' as const), events: fc.integer({ min: 1, max: 300 }) }),
    fc.record({ kind: fc.constant('compact' as const), revision: fc.integer({ min: 0, max: 900 }) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { minLength: 1, maxLength: 6 })), async (turns) => {
      const log = new MemoryLog();
      log.append(someEvents(300));
      const pages = new PastPages((after, limit) => log.readEvents(after, limit));
      for (const steps of turns) {
        // Those of a turn are under way at once.
        await Promise.all(
          steps.map(async (each) => {
            if (each.kind === 'append') log.append(someEvents(each.events));
            if (each.kind === 'compact') log.compact(each.revision);
            if (each.kind !== 'at') return;
            const { revision } = each;
            const there = log.all.length;
            const page = await pages.at({ epoch: log.epoch, revision, recordedAt: null });
            for (const [index, { revision: number }] of page.events.entries())
              expect(number).toBe((page.events[0]?.revision ?? 0) + index);
            for (const wanted of [revision, revision + 1]) {
              const event = log.all[wanted - 1];
              const found = eventIn(page, wanted);
              if (found !== undefined && event !== undefined)
                expect(Buffer.from(found.bytes)).toEqual(
                  Buffer.from(encodeEvent({ ...event, epoch: log.epoch }).bytes),
                );
              // What the log had when it was asked is there, unless it was compacted.
              if (wanted >= 1 && wanted <= there && wanted > log.compacted) expect(found).toBeDefined();
            }
          }),
        );
      }
    }),
    { numRuns: runs(50) },
  );
});

test('watches that resume together from far behind read each page of the log once or twice, however many they are', async () => {
  const [watches, events] = [40, 3000];
  const log = new MemoryLog();
  log.append(someEvents(events));
  const options = { ringEvents: 64, bookmarkMs: 1000, pollMs: 1000, maxWatchers: watches };
  const hub = new WatchHub(log, NOTHING, options, createLogger('silent'));
  await hub.start();
  const before = log.reads;
  const sinks = Array.from({ length: watches }, () => new ScriptedSink());
  const start = { from: 'revision', revision: 0n, epoch: log.epoch, recordedAt: null } as const;
  const served = sinks.map((sink) => hub.watch(EVERYTHING, start, sink));
  for (const sink of sinks)
    await eventually(() => expect(sink.messages.some(({ $case }) => $case === 'caughtUp')).toBe(true));
  const reads = log.reads - before;
  for (const sink of sinks)
    expect(checkStream(log.all, log.epoch, EVERYTHING, 0, sink.messages).events).toBe(events);
  await hub.stop();
  await Promise.allSettled(served);
  expect(reads).toBeLessThan(watches);
  expect(log.mostReads).toBeLessThanOrEqual(5);
});
