// A database that says nothing for half a minute, on virtual time: watches do not fall silent with it. One that has not
// begun says why not; one that is behind goes on telling where it is, ends when it is told to, and misses nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { createLogger } from '../../src/observability/logger.js';
import type { LogReader } from '../../src/store/types.js';
import { WatchHub } from '../../src/watch/watch.js';
import { MemoryLog, someEvents } from '../support/memory-log.js';
import { ScriptedSink } from '../support/scripted-sink.js';
import { checkStream, EVERYTHING } from '../support/watch-laws.js';
import { VirtualTime } from './virtual-time.js';

const SILENT_MS = 30_000;
/** Longest silence of a watch, ms. */
const LONGEST_MS = 5000;
const EVENTS = 500;

/** A log that answers nothing while it is silent. */
class HushedLog implements LogReader {
  readonly log = new MemoryLog();
  silentUntil = 0;

  async head() {
    await this.#wait();
    return this.log.head();
  }

  async readEvents(after: number, limit: number) {
    await this.#wait();
    return this.log.readEvents(after, limit);
  }

  async #wait(): Promise<void> {
    const left = this.silentUntil - performance.now();
    if (left > 0) await sleep(left);
  }
}

/** Opens a watch after revision 0 and lets the log fall silent before it, or when it has had that many messages. */
async function watched(silentAfter: number, during: (hub: WatchHub) => Promise<void>) {
  const log = new HushedLog();
  log.log.append(someEvents(EVENTS));
  const options = { ringEvents: 64, bookmarkMs: 5000, pollMs: 1000, maxWatchers: 3 };
  const hub = new WatchHub(
    log,
    { snapshot: () => ({ revision: 0, items: [] }) },
    options,
    createLogger('silent'),
  );
  await hub.start();
  const sink = new ScriptedSink();
  const heard: number[] = [performance.now()];
  const write = sink.write.bind(sink);
  sink.write = (frame) => {
    heard.push(performance.now());
    write(frame);
    if (sink.frames.length === silentAfter) log.silentUntil = performance.now() + SILENT_MS;
  };
  if (silentAfter === 0) log.silentUntil = performance.now() + SILENT_MS;
  const start = { from: 'revision' as const, revision: 0n, epoch: log.log.epoch, recordedAt: null };
  let failure: unknown = null;
  const served = hub.watch(EVERYTHING, start, sink).catch((error: unknown) => {
    failure = error;
    heard.push(performance.now());
  });
  await during(hub);
  sink.cancel();
  await hub.stop();
  await served;
  const gaps = heard.slice(1).map((at, index) => at - (heard[index] ?? 0));
  const { events } = checkStream(log.log.all, log.log.epoch, EVERYTHING, 0, sink.messages);
  const bookmarks = sink.messages.filter(({ $case }) => $case === 'bookmark').length;
  return { failure, longest: Math.max(...gaps), events, bookmarks, endedAt: heard.at(-1) ?? 0 };
}

/** Runs it on virtual time. */
async function onVirtualTime<T>(work: () => Promise<T>): Promise<T> {
  const time = new VirtualTime(Date.UTC(2026, 0, 5));
  time.install();
  try {
    let over = false;
    const working = work().finally(() => {
      over = true;
    });
    const [result] = await Promise.all([working, time.run(() => over, 10 * SILENT_MS)]);
    return result;
  } finally {
    time.restore();
  }
}

test('a watch that cannot begin says why within 5 s', async () => {
  const { failure, longest } = await onVirtualTime(() => watched(0, () => sleep(SILENT_MS)));
  expect(failure).toMatchObject({ reason: ErrorReason.STORE_UNAVAILABLE });
  expect(longest).toBeLessThanOrEqual(LONGEST_MS);
});

test('a watch that is behind tells where it is all the while, and misses nothing', async () => {
  const found = await onVirtualTime(() => watched(1, () => sleep(2 * SILENT_MS)));
  expect(found).toMatchObject({ failure: null, events: EVENTS });
  expect(found.longest).toBeLessThanOrEqual(LONGEST_MS);
  expect(found.bookmarks).toBeGreaterThan(SILENT_MS / LONGEST_MS);
});

test('a server that stops meanwhile ends it at once', async () => {
  const stopping = async (hub: WatchHub) => {
    await sleep(2000);
    void hub.stop();
    await sleep(1);
  };
  const { failure, endedAt } = await onVirtualTime(() => watched(1, stopping));
  expect(failure).toMatchObject({ reason: ErrorReason.SHUTTING_DOWN });
  expect(endedAt).toBeLessThan(3000);
});
