// What a watch begins with, what it ends with, and what it says while nothing happens.
import { setImmediate as turn } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { Trade, TradeState } from '../../../gen/ts/dtms/v1/types.js';
import { DtmsError } from '../../../src/errors/errors.js';
import { createLogger } from '../../../src/observability/logger.js';
import type { Snapshot, WatchStart } from '../../../src/watch/source.js';
import { WatchHub } from '../../../src/watch/watch.js';
import { eventually } from '../../support/eventually.js';
import { MemoryLog, someEvents } from '../../support/memory-log.js';
import { ScriptedSink } from '../../support/scripted-sink.js';
import { checkStream, EVERYTHING } from '../../support/watch-laws.js';

let log: MemoryLog;
let hub: WatchHub;
let snapshot: Snapshot;

beforeEach(async () => {
  log = new MemoryLog();
  log.append(someEvents(100));
  snapshot = { revision: 100, items: [] };
  const options = { ringEvents: 64, bookmarkMs: 50, pollMs: 5, maxWatchers: 3 };
  hub = new WatchHub(log, { snapshot: () => snapshot }, options, createLogger('silent'));
  await hub.start();
});

afterEach(() => hub.stop());

function open(start: WatchStart, filter = EVERYTHING) {
  const sink = new ScriptedSink();
  const served = hub.watch(filter, start, sink);
  return { sink, failure: served.then(() => undefined, asDtmsError) };
}

function asDtmsError(error: unknown): DtmsError {
  if (error instanceof DtmsError) return error;
  throw error;
}

function resumeAfter(revision: number, epoch = log.epoch, recordedAt: number | null = null): WatchStart {
  return { from: 'revision', revision: BigInt(revision), epoch, recordedAt };
}

const recordedAt = (revision: number) => new Date(log.all[revision - 1]?.recordedAt ?? 0);

const kinds = (sink: ScriptedSink) => sink.messages.map(({ $case }) => $case);

describe('a watch begins', () => {
  test('from now with the place that is, and is caught up at once', async () => {
    const { sink } = open({ from: 'now' });
    await eventually(() => expect(sink.frames.length).toBeGreaterThanOrEqual(2));
    expect(sink.messages.slice(0, 2)).toEqual([
      { $case: 'bookmark', value: { revision: 100n, logEpoch: 'epoch-1', recordedAt: recordedAt(100) } },
      { $case: 'caughtUp', value: { revision: 100n } },
    ]);
  });

  test('after the head itself, caught up at once', async () => {
    const { sink } = open(resumeAfter(100));
    await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
  });

  test('after a revision the tailer has not read yet: a caller may know more than this process', async () => {
    log.append(someEvents(5));
    const { sink } = open(resumeAfter(103));
    await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
    expect(checkStream(log.all, log.epoch, EVERYTHING, 103, sink.messages).revision).toBe(105);
  });

  test('with the state, its end, and what changed since', async () => {
    const trades = [1n, 2n].map((ticket) => Trade.fromPartial({ ticket, state: TradeState.HEDGED }));
    snapshot = { revision: 97, items: trades.map((trade) => Trade.encode(trade).finish()) };
    const { sink } = open({ from: 'initial-state' });
    await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
    expect(sink.messages.slice(0, 3)).toEqual([
      { $case: 'snapshotItem', value: { trade: trades[0] } },
      { $case: 'snapshotItem', value: { trade: trades[1] } },
      {
        $case: 'snapshotEnd',
        value: { revision: 97n, logEpoch: 'epoch-1', items: 2n, recordedAt: recordedAt(97) },
      },
    ]);
    expect(checkStream(log.all, log.epoch, EVERYTHING, null, sink.messages).events).toBe(3);
  });

  test('with the state at the pace of its reader', async () => {
    let taken = 0;
    const items = (function* () {
      for (; taken < 1000; taken += 1) yield new Uint8Array(100);
    })();
    snapshot = { revision: 100, items };
    const { sink } = open({ from: 'initial-state' });
    sink.stall();
    await eventually(() => expect(hub.watchers).toBe(1));
    log.append(someEvents(200));
    hub.hint();
    // Every watch is woken by the advance of the ring, and had its turn after it.
    await eventually(() => expect(hub.ring.head).toBe(300));
    await turn();
    expect(taken).toBe(0);
    sink.resume();
    await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
    expect(taken).toBe(1000);
    expect(checkStream(log.all, log.epoch, EVERYTHING, null, sink.messages).events).toBe(200);
  });
});

describe('a watch is refused', () => {
  test('above the head, at once', async () => {
    const { failure } = open(resumeAfter(101));
    expect(await failure).toMatchObject({
      code: status.OUT_OF_RANGE,
      reason: ErrorReason.REVISION_IN_FUTURE,
      metadata: { revision: '101', head_revision: '100' },
    });
  });

  test('above every number', async () => {
    const { failure } = open({
      from: 'revision',
      revision: 2n ** 63n - 1n,
      epoch: log.epoch,
      recordedAt: null,
    });
    expect((await failure)?.reason).toBe(ErrorReason.REVISION_IN_FUTURE);
  });

  test('below compaction, with the earliest revision to resume after, which then works', async () => {
    log.compact(40);
    const { failure } = open(resumeAfter(39));
    const error = await failure;
    expect(error).toMatchObject({
      code: status.OUT_OF_RANGE,
      reason: ErrorReason.REVISION_COMPACTED,
      metadata: { revision: '39', earliest_revision: '40' },
    });
    const { sink } = open(resumeAfter(Number(error?.metadata.earliest_revision)));
    await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
    expect(checkStream(log.all, log.epoch, EVERYTHING, 40, sink.messages).events).toBe(60);
  });

  test('below compaction also where this process still has the events: every server answers the same', async () => {
    open({ from: 'now' });
    log.append(someEvents(40));
    hub.hint();
    await eventually(() => expect(hub.ring.head).toBe(140));
    log.compact(130);
    expect(hub.ring.get(121)).toBeDefined();
    expect((await open(resumeAfter(120)).failure)?.reason).toBe(ErrorReason.REVISION_COMPACTED);
  });

  test('of another history', async () => {
    const { failure } = open(resumeAfter(10, 'epoch-0'));
    expect(await failure).toMatchObject({
      code: status.FAILED_PRECONDITION,
      reason: ErrorReason.LOG_EPOCH_CHANGED,
      metadata: { log_epoch: 'epoch-0', current_log_epoch: 'epoch-1' },
    });
  });

  test('after an event that is another one now, as in a copy that was restored and went on', async () => {
    const known = recordedAt(95).getTime();
    const resumed = open(resumeAfter(95, 'epoch-1', known));
    await eventually(() => expect(kinds(resumed.sink)).toContain('caughtUp'));
    resumed.sink.cancel();
    log.replace('epoch-1', 90);
    log.append(someEvents(20, 1));
    const { sink, failure } = open(resumeAfter(95, 'epoch-1', known));
    expect((await failure)?.reason).toBe(ErrorReason.LOG_EPOCH_CHANGED);
    expect(kinds(sink)).not.toContain('events');
    const next = open(resumeAfter(95, 'epoch-1', recordedAt(95).getTime()));
    await eventually(() => expect(kinds(next.sink)).toContain('caughtUp'));
  });

  test('beyond the number admitted, with advice when to retry; a place that is left is given again', async () => {
    const watches = [open({ from: 'now' }), open({ from: 'now' }), open({ from: 'now' })];
    const { failure } = open({ from: 'now' });
    expect(await failure).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
      reason: ErrorReason.OVERLOADED,
      metadata: { watchers: '3' },
      retryAfterMs: 1000,
    });
    watches[0]?.sink.cancel();
    await eventually(() => expect(hub.watchers).toBe(2));
    const { sink } = open({ from: 'now' });
    await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
  });

  test('while the log cannot be read', async () => {
    log.failure = new Error('the database is away');
    await expect(hub.watch(EVERYTHING, { from: 'now' }, new ScriptedSink())).rejects.toThrow('away');
    expect(hub.watchers).toBe(0);
  });
});

describe('a watch that is open', () => {
  test('says where it is while nothing matches, and those bookmarks move', async () => {
    const { sink } = open({ from: 'now' }, { ...EVERYTHING, tickets: [99n] });
    await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
    log.append(someEvents(10));
    await eventually(() => {
      expect(sink.messages.at(-1)).toEqual({
        $case: 'bookmark',
        value: { revision: 110n, logEpoch: 'epoch-1', recordedAt: recordedAt(110) },
      });
    });
    const before = sink.frames.length;
    await eventually(() => expect(sink.frames.length).toBeGreaterThan(before + 2));
    expect(kinds(sink)).not.toContain('events');
  });

  test('puts many events into few messages and splits none', async () => {
    const { sink } = open({ from: 'now' });
    await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
    log.append(someEvents(60));
    hub.hint();
    await eventually(() => {
      expect(checkStream(log.all, log.epoch, EVERYTHING, 100, sink.messages).events).toBe(60);
    });
    expect(kinds(sink).filter((kind) => kind === 'events').length).toBeLessThan(10);
  });

  test('survives a database that is away and goes on where it was', async () => {
    const { sink } = open({ from: 'now' });
    await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
    log.failure = new Error('the database is away');
    log.append(someEvents(20));
    hub.hint();
    await eventually(() => expect(log.failures).toBeGreaterThan(2));
    expect(kinds(sink)).not.toContain('events');
    log.failure = undefined;
    await eventually(() => {
      expect(checkStream(log.all, log.epoch, EVERYTHING, 100, sink.messages).events).toBe(20);
    });
  });

  test('falls behind while its reader stands still, reads on from the database, and catches up', async () => {
    const { sink } = open({ from: 'now' });
    await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
    sink.stall();
    const frames = sink.frames.length;
    log.append(someEvents(1000));
    await eventually(() => expect(hub.ring.head).toBe(1100));
    expect(sink.frames.length).toBe(frames);
    sink.resume();
    await eventually(() => {
      const { live, events, fellBehind } = checkStream(log.all, log.epoch, EVERYTHING, 100, sink.messages);
      expect({ live, events, fellBehind }).toEqual({ live: true, events: 1000, fellBehind: 1 });
    });
  });
});

describe('a watch ends', () => {
  test('with a last bookmark when the server stops; no other is admitted then', async () => {
    const { sink, failure } = open({ from: 'now' });
    await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
    await hub.stop();
    expect(await failure).toMatchObject({ code: status.UNAVAILABLE, reason: ErrorReason.SHUTTING_DOWN });
    expect(sink.messages.at(-1)?.$case).toBe('bookmark');
    expect((await open({ from: 'now' }).failure)?.reason).toBe(ErrorReason.SHUTTING_DOWN);
  });

  test('when the server stops although its reader stands still', async () => {
    const { sink, failure } = open({ from: 'now' });
    await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
    sink.stall();
    await hub.stop();
    expect((await failure)?.reason).toBe(ErrorReason.SHUTTING_DOWN);
  });

  test('when the log is replaced by another history; new watches see the new one', async () => {
    const { sink, failure } = open({ from: 'now' });
    await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
    log.replace('epoch-2', 90);
    expect(await failure).toMatchObject({
      reason: ErrorReason.LOG_EPOCH_CHANGED,
      metadata: { log_epoch: 'epoch-1', current_log_epoch: 'epoch-2' },
    });
    const next = open(resumeAfter(85, 'epoch-2'));
    await eventually(() => expect(kinds(next.sink)).toContain('caughtUp'));
    expect(checkStream(log.all, 'epoch-2', EVERYTHING, 85, next.sink.messages).events).toBe(5);
  });

  test('when the log lost events without saying so: nothing is resumed silently', async () => {
    const { sink, failure } = open({ from: 'now' });
    await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
    log.replace('epoch-1', 90);
    expect((await failure)?.code).toBe(status.UNAVAILABLE);
    expect((await open(resumeAfter(100)).failure)?.reason).toBe(ErrorReason.REVISION_IN_FUTURE);
    // Who knows when that event was recorded was shown it, and has to begin anew.
    const shown = open(resumeAfter(100, 'epoch-1', recordedAt(90).getTime()));
    expect((await shown.failure)?.reason).toBe(ErrorReason.LOG_EPOCH_CHANGED);
  });

  describe('before it gets any event of another history, however soon that has as many', () => {
    beforeEach(async () => {
      await hub.stop();
      // Nobody asks for the head meanwhile: the events alone must tell.
      const options = { ringEvents: 64, bookmarkMs: 60_000, pollMs: 60_000, maxWatchers: 3 };
      hub = new WatchHub(log, { snapshot: () => snapshot }, options, createLogger('silent'));
      await hub.start();
    });

    async function replacedBy(epoch: string) {
      const { sink, failure } = open({ from: 'now' });
      await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
      log.append(someEvents(5));
      hub.hint();
      await eventually(() => expect(kinds(sink)).toContain('events'));
      const before = kinds(sink).length;
      log.replace(epoch, 90);
      log.append(someEvents(40, 1));
      hub.hint();
      const error = await failure;
      expect(kinds(sink).slice(before)).not.toContain('events');
      return error;
    }

    test('under another name', async () => {
      expect(await replacedBy('epoch-2')).toMatchObject({
        reason: ErrorReason.LOG_EPOCH_CHANGED,
        metadata: { log_epoch: 'epoch-1', current_log_epoch: 'epoch-2' },
      });
      const { sink } = open(resumeAfter(95, 'epoch-2'));
      await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
      expect(checkStream(log.all, 'epoch-2', EVERYTHING, 95, sink.messages).events).toBe(35);
    });

    test('under the same name, as a restored copy has it', async () => {
      expect(await replacedBy('epoch-1')).toMatchObject({ reason: ErrorReason.LOG_EPOCH_CHANGED });
    });
  });

  test('when its caller goes away', async () => {
    const { sink, failure } = open({ from: 'now' });
    await eventually(() => expect(kinds(sink)).toContain('caughtUp'));
    sink.cancel();
    expect(await failure).toBeUndefined();
    expect(hub.watchers).toBe(0);
  });
});
