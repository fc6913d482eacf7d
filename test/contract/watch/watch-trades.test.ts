// WatchTrades over real sockets: kills and resumes, readers that stand still, and the end.
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClientReadableStream, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import {
  TradeServiceClient,
  TradeServiceService,
  WatchTradesRequest,
  type WatchTradesResponse,
} from '../../../gen/ts/dtms/v1/trade_service.js';
import { fromServiceError } from '../../../src/errors/status.js';
import { encodedStream } from '../../../src/interceptors/handlers.js';
import { createLogger } from '../../../src/observability/logger.js';
import type { WatchStart } from '../../../src/watch/source.js';
import { WatchHub } from '../../../src/watch/watch.js';
import { eventually } from '../../support/eventually.js';
import { startServer, type TestServer } from '../../support/grpc.js';
import { MemoryLog, someEvents } from '../../support/memory-log.js';
import { openRaw } from '../../support/raw-reader.js';
import type { WatchMessage } from '../../support/scripted-sink.js';
import { EVERYTHING, StreamCheck } from '../../support/watch-laws.js';

const RING = 2000;

let log: MemoryLog;
let hub: WatchHub;
let server: TestServer;

beforeEach(async () => {
  log = new MemoryLog();
  log.append(someEvents(10));
  const options = { ringEvents: RING, bookmarkMs: 200, pollMs: 20, maxWatchers: 100 };
  const snapshots = { snapshot: () => ({ revision: log.revision, items: [] }) };
  hub = new WatchHub(log, snapshots, options, createLogger('silent'));
  await hub.start();
  server = await startServer(
    {
      watchTrades: encodedStream(({ resumeAfter }, sink) => {
        const start: WatchStart =
          resumeAfter === undefined
            ? { from: 'now' }
            : {
                from: 'revision',
                revision: resumeAfter.revision,
                epoch: resumeAfter.logEpoch,
                recordedAt: null,
              };
        return hub.watch(EVERYTHING, start, sink);
      }),
    },
    {},
    { drainMs: 30_000 },
  );
});

afterEach(async () => {
  await hub.stop();
  await server.stop();
});

const resumeAfter = (revision: number) =>
  WatchTradesRequest.fromPartial({ resumeAfter: { logEpoch: log.epoch, revision: BigInt(revision) } });

interface Watched {
  readonly check: StreamCheck;
  readonly stream: ClientReadableStream<WatchTradesResponse>;
  readonly messages: WatchMessage[];
  failure: ServiceError | undefined;
}

function watch(revision: number, client = server.trades): Watched {
  const stream = client.watchTrades(resumeAfter(revision));
  const check = new StreamCheck(log.all, log.epoch, EVERYTHING, revision);
  const watched: Watched = { stream, check, messages: [], failure: undefined };
  stream.on('data', ({ message }: WatchTradesResponse) => {
    if (message !== undefined) watched.messages.push(message);
  });
  stream.on('error', (error: ServiceError) => {
    watched.failure = error;
  });
  return watched;
}

const follow = ({ check, messages }: Watched) => check.follow(messages);

async function reaches(watched: Watched, revision: number): Promise<void> {
  const there = () => {
    expect(follow(watched)).toMatchObject({ live: true });
    expect(follow(watched).revision).toBeGreaterThanOrEqual(revision);
  };
  await eventually(there);
}

describe('a watch over the network', () => {
  test('killed and resumed at any moment misses nothing and repeats nothing of one stream', async () => {
    let writing = true;
    const writer = (async () => {
      for (let seed = 0; writing; seed += 1) {
        log.append(someEvents(1 + ((seed * 37) % 60), seed));
        hub.hint();
        await sleep(1);
      }
    })();
    const watchers = Array.from({ length: 5 }, async (_, index) => {
      let at = 10;
      for (let round = 0; round < 8; round += 1) {
        const client = new TradeServiceClient(server.address, credentials.createInsecure());
        const watched = watch(at, client);
        await eventually(() => expect(watched.messages.length).toBeGreaterThan(0));
        await sleep(10 + ((index * 13 + round * 29) % 60));
        watched.stream.cancel();
        client.close();
        // Whatever came must be whole; resumed from there, the streams together are the log.
        at = follow(watched).revision;
      }
      return at;
    });
    const reached = await Promise.all(watchers);
    writing = false;
    await writer;
    for (const at of reached) {
      expect(at).toBeGreaterThan(10);
      await reaches(watch(at), log.revision);
    }
    await eventually(() => expect(hub.watchers).toBe(5));
  });

  test('whose reader stands still holds nobody up, takes no memory, and is whole when it reads on', async () => {
    const stalled = Array.from({ length: 10 }, () =>
      openRaw(
        server.address,
        TradeServiceService.watchTrades.path,
        WatchTradesRequest.encode(resumeAfter(10)).finish(),
      ),
    );
    const others = [watch(10), watch(10)];
    await eventually(() => expect(hub.watchers).toBe(12));
    // Far more than the windows, the ring and the buffers of a stream hold.
    for (let round = 0; round < 30; round += 1) {
      log.append(someEvents(1000, round));
      hub.hint();
      await sleep(1);
    }
    for (const other of others) await reaches(other, log.revision);
    expect(hub.ring.head - hub.ring.tail).toBeLessThanOrEqual(RING);
    expect(hub.watchers).toBe(12);

    const messages: WatchMessage[] = [];
    const [first] = stalled;
    if (first !== undefined) readMessages(first.stream, messages);
    const check = new StreamCheck(log.all, log.epoch, EVERYTHING, 10);
    const whole = { revision: log.revision, events: log.revision - 10, live: true };
    await eventually(() => expect(check.follow(messages)).toMatchObject(whole));
    for (const reader of stalled) reader.close();
    await eventually(() => expect(hub.watchers).toBe(2));
  });

  test('that its caller cancels, or whose deadline passes, is gone at once', async () => {
    const cancelled = watch(10);
    await eventually(() => expect(hub.watchers).toBe(1));
    cancelled.stream.cancel();
    await eventually(() => expect(hub.watchers).toBe(0));
    // On a slow machine a deadline may pass before the watch began: then the next one is longer.
    let begun = false;
    for (let deadlineMs = 300; !begun && deadlineMs < 30_000; deadlineMs *= 3) {
      let ended = false;
      const timed = server.trades.watchTrades(resumeAfter(10), { deadline: Date.now() + deadlineMs });
      timed.on('error', () => {
        ended = true;
      });
      timed.resume();
      await eventually(() => expect(ended || hub.watchers === 1).toBe(true));
      begun = hub.watchers === 1;
      await eventually(() => expect(hub.watchers).toBe(0));
    }
    expect(begun).toBe(true);
  });

  test('that cannot begin fails with the place to begin at', async () => {
    log.append(someEvents(100));
    log.compact(50);
    const compacted = watch(20);
    const future = watch(1000);
    await eventually(() => expect(compacted.failure && future.failure).toBeDefined());
    expect(compacted.failure && fromServiceError(compacted.failure)).toMatchObject({
      code: status.OUT_OF_RANGE,
      reason: ErrorReason.REVISION_COMPACTED,
      metadata: { revision: '20', earliest_revision: '50' },
    });
    expect(future.failure && fromServiceError(future.failure)).toMatchObject({
      code: status.OUT_OF_RANGE,
      reason: ErrorReason.REVISION_IN_FUTURE,
    });
    await reaches(watch(50), log.revision);
  });

  test('ends with a last bookmark and UNAVAILABLE when the server stops', async () => {
    const watched = watch(10);
    await reaches(watched, 10);
    const before = watched.messages.length;
    expect(await server.server.stop(() => hub.stop())).toBe('drained');
    await eventually(() => expect(watched.failure).toBeDefined());
    expect(watched.failure && fromServiceError(watched.failure)).toMatchObject({
      code: status.UNAVAILABLE,
      reason: ErrorReason.SHUTTING_DOWN,
    });
    expect(watched.messages.length).toBeGreaterThan(before);
    expect(watched.messages.at(-1)?.$case).toBe('bookmark');
  });
});

/** Reads on where a raw reader stood still. */
function readMessages(stream: Readable, messages: WatchMessage[]): void {
  let rest = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
      const end = 5 + rest.readUInt32BE(1);
      const { message } = TradeServiceService.watchTrades.responseDeserialize(rest.subarray(5, end));
      if (message !== undefined) messages.push(message);
      rest = rest.subarray(end);
    }
  });
  stream.resume();
}
