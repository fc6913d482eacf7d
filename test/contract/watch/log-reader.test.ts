// What a watch may rely on of a log it reads, asked of the one in Postgres and of the one tests script.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { LogEvent, LogReader } from '../../../src/store/types.js';
import { eventOf, MemoryLog, someEvents, type Written } from '../../support/memory-log.js';
import { execute } from '../../support/postgres.js';
import { EMPTY_BATCH } from '../../support/stored.js';
import { StoreFixture } from '../store/fixtures.js';

/** Logs are compacted in whole parts of so many events. */
const PART = 10;

interface ScriptedLog {
  readonly reader: LogReader;
  /** Writes the next events, in one commit. */
  write(events: readonly Written[]): Promise<void>;
  /** Forgets everything up to a revision, a multiple of PART. */
  compact(revision: number): Promise<void>;
  close(): Promise<void>;
}

function inMemory(): Promise<ScriptedLog> {
  const log = new MemoryLog();
  return Promise.resolve({
    reader: log,
    write: async (events) => log.append(events),
    compact: async (revision) => log.compact(revision),
    close: async () => undefined,
  });
}

async function inPostgres(): Promise<ScriptedLog> {
  const fixture = await StoreFixture.create({ retention: { partitionRevisions: PART } });
  const { store, term } = await fixture.lead();
  let written = 0;
  return {
    reader: store,
    write: async (events) => {
      const first = written + 1;
      written += events.length;
      const stored = events.map((each, index) => {
        const event = eventOf(each, first + index);
        return { ...event, previousState: null, brief: event.payload };
      });
      await term.writer.commit({ ...EMPTY_BATCH, events: stored });
    },
    compact: async (revision) => {
      await execute(
        fixture.database.url,
        `SET session_replication_role = replica;
         UPDATE events SET recorded_at = now() - interval '365 days' WHERE revision <= ${revision}`,
      );
      expect(await store.compact()).toBe(revision);
    },
    close: () => fixture.close(),
  };
}

describe.each([
  ['in memory', inMemory],
  ['in Postgres', inPostgres],
])('a log %s', (_, open) => {
  let log: ScriptedLog;
  beforeEach(async () => {
    log = await open();
  });
  afterEach(() => log.close());

  const revisions = async (after: number, limit: number) =>
    (await log.reader.readEvents(after, limit)).map(({ revision }) => revision);
  const upTo = (first: number, last: number) =>
    Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);

  test('is empty at first, and has a name', async () => {
    expect(await log.reader.head()).toMatchObject({ revision: 0, compacted: 0 });
    expect((await log.reader.head()).epoch).not.toBe('');
    expect(await log.reader.readEvents(0, 10)).toEqual([]);
  });

  test('counts its events without a gap, under one name', async () => {
    const { epoch } = await log.reader.head();
    for (const count of [1, 4, 30]) await log.write(someEvents(count, count));
    expect(await log.reader.head()).toEqual({ revision: 35, epoch, compacted: 0 });
    expect(await revisions(0, 100)).toEqual(upTo(1, 35));
    for (const event of await log.reader.readEvents(0, 100)) expect(event.epoch).toBe(epoch);
  });

  test('gives the events after a revision, in order, and no more than were asked for', async () => {
    await log.write(someEvents(23));
    for (const after of [0, 1, 9, 10, 22, 23, 24, 1000]) {
      for (const limit of [1, 5, 23, 1000]) {
        expect(await revisions(after, limit)).toEqual(upTo(after + 1, Math.min(23, after + limit)));
      }
    }
  });

  test('gives each event as it was written', async () => {
    const written = someEvents(12, 3);
    await log.write(written);
    const comparable = ({ recordedAt, epoch, payload, ...rest }: LogEvent) => ({
      ...rest,
      payload: Buffer.from(payload).toString('hex'),
    });
    const read = await log.reader.readEvents(0, 100);
    expect(read.map(comparable)).toEqual(written.map((each, index) => comparable(eventOf(each, index + 1))));
    for (const { recordedAt } of read) expect(recordedAt).toBeGreaterThan(0);
  });

  test('forgets what is compacted and nothing else: reads from below go on after it', async () => {
    await log.write(someEvents(35));
    await log.compact(20);
    expect(await log.reader.head()).toMatchObject({ revision: 35, compacted: 20 });
    for (const after of [0, 7, 20]) expect(await revisions(after, 100)).toEqual(upTo(21, 35));
    expect(await revisions(5, 3)).toEqual([21, 22, 23]);
    expect(await revisions(30, 100)).toEqual(upTo(31, 35));
    await log.write(someEvents(5, 1));
    expect(await log.reader.head()).toMatchObject({ revision: 40, compacted: 20 });
    expect(await revisions(34, 100)).toEqual(upTo(35, 40));
  });
});
