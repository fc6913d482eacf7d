// WatchTrades to 100 watchers. The yardstick is raw grpc-js streaming: the echo server sends every watcher
// the same number of messages with one such event each, honouring back pressure.
//   live       the watchers are open while the trades are registered, so the writes are part of it
//   catch-up   the watchers resume behind events that are there already
//   latency    from the database's time of an event to each watcher, at 1,000 events a second
import { setTimeout as sleep } from 'node:timers/promises';
import { WatchTradesRequest, WatchTradesResponse } from '../../gen/ts/dtms/v1/trade_service.js';
import type { DtmsClient } from '../../src/client/index.js';
import { benchmarkMain } from '../support/benchmark.js';
import { clocked } from '../support/load.js';
import { interleaved, type Measurement, measurement } from '../support/measurement.js';
import { onStage, type Stage } from '../support/processes.js';
import { median, quantile } from '../support/statistics.js';
import { tradeSpec } from '../support/trades.js';
import { revisionOf, watchAll } from '../support/watchers.js';

const WATCHERS = 100;
const BATCH = 500;
const ACCOUNT = 'fan-out';
const LATENCY_CALLS_PER_TICK = 10;
const LATENCY_TICK_MS = 10;

interface Round {
  /** Events times watchers, per second. */
  readonly perSecond: number;
  readonly readerCpu: number;
}

/** Registers trades of tickets never used before. */
class Producer {
  readonly #client: DtmsClient;
  #ticket = 0;

  constructor(client: DtmsClient) {
    this.#client = client;
  }

  async batches(events: number): Promise<void> {
    for (let sent = 0; sent < events; sent += BATCH) {
      const size = Math.min(BATCH, events - sent);
      const trades = Array.from({ length: size }, () => tradeSpec(ACCOUNT, ++this.#ticket));
      await this.#client.batchRegisterTrades({ trades }, { deadlineMs: 60_000, retryMs: 0 });
    }
  }

  async one(): Promise<void> {
    await this.#client.registerTrade({ trade: tradeSpec(ACCOUNT, ++this.#ticket) }, { retryMs: 0 });
  }
}

/** How to watch from `behind` events before the head, and the revision that makes `events` of them. */
async function place(
  client: DtmsClient,
  behind: number,
  events: number,
): Promise<{ request: WatchTradesRequest; target: number }> {
  const { headRevision, logEpoch } = await client.getStatus({});
  const revision = headRevision - BigInt(behind);
  return {
    request: WatchTradesRequest.fromPartial({ resumeAfter: { logEpoch, revision } }),
    target: Number(revision) + events,
  };
}

async function timed(events: number, work: () => Promise<unknown>): Promise<Round> {
  const { seconds, cpu } = await clocked(async () => {
    await work();
  });
  return { perSecond: (events * WATCHERS) / seconds, readerCpu: cpu };
}

/** Raw streaming of as many messages. */
function raw({ echo }: Stage, events: number): Promise<Round> {
  return timed(events, () =>
    watchAll({
      address: echo.address,
      watchers: WATCHERS,
      request: WatchTradesRequest.fromPartial({}),
      echoMessages: events,
      reader: () => {
        let left = events;
        return () => --left === 0;
      },
    }),
  );
}

async function catchUp({ server, client }: Stage, events: number): Promise<Round> {
  const { request, target } = await place(client, events, events);
  return timed(events, () =>
    watchAll({
      address: server.address,
      watchers: WATCHERS,
      request,
      reader: () => (message) => (revisionOf(message) ?? 0) >= target,
    }),
  );
}

async function live({ server, client }: Stage, producer: Producer, events: number): Promise<Round> {
  const { request, target } = await place(client, 0, events);
  return timed(events, () =>
    Promise.all([
      watchAll({
        address: server.address,
        watchers: WATCHERS,
        request,
        reader: () => (message) => (revisionOf(message) ?? 0) >= target,
      }),
      producer.batches(events),
    ]),
  );
}

/** The latencies of every message to every watcher, in ms, at 1,000 events a second. */
async function latencies({ server, client }: Stage, producer: Producer, events: number): Promise<number[]> {
  const { request, target } = await place(client, 0, events);
  const taken: number[] = [];
  const produce = async () => {
    const calls: Promise<void>[] = [];
    const startedAt = performance.now();
    for (let tick = 0; calls.length < events; tick++) {
      await sleep(Math.max(0, startedAt + tick * LATENCY_TICK_MS - performance.now()));
      for (let i = 0; i < LATENCY_CALLS_PER_TICK && calls.length < events; i++) calls.push(producer.one());
    }
    await Promise.all(calls);
  };
  await Promise.all([
    watchAll({
      address: server.address,
      watchers: WATCHERS,
      request,
      reader: () => (bytes) => {
        const { message } = WatchTradesResponse.decode(bytes);
        if (message?.$case !== 'events') return false;
        const now = performance.timeOrigin + performance.now();
        const recordedAt = message.value.events[0]?.recordedAt;
        if (recordedAt !== undefined) taken.push(now - recordedAt.getTime());
        return Number(message.value.revision) >= target;
      },
    }),
    produce(),
  ]);
  return taken;
}

function throughput(name: string, ours: readonly Round[], yardstick: readonly Round[]): Measurement {
  return measurement({
    name: `fan-out/${name}`,
    unit: 'events/s',
    better: 'higher',
    ours: ours.map((round) => round.perSecond),
    yardstick: { name: 'raw streaming', samples: yardstick.map((round) => round.perSecond) },
    target: { of: 'ratio', value: 0.5 },
    notes: {
      watchers: WATCHERS,
      'reader cpu': median(ours.map((round) => round.readerCpu)),
      'reader cpu with raw streaming': median(yardstick.map((round) => round.readerCpu)),
    },
  });
}

await benchmarkMain(({ pairs, amount, profileFolder }) =>
  onStage({ profileFolder }, async (stage) => {
    const events = amount(2500, 300);
    const producer = new Producer(stage.client);
    const whileWriting = await interleaved(
      pairs,
      () => live(stage, producer, events),
      () => raw(stage, events),
    );
    const fromMemory = await interleaved(
      pairs,
      () => catchUp(stage, events),
      () => raw(stage, events),
    );
    const waits = await latencies(stage, producer, amount(5000, 200));
    return {
      measurements: [
        throughput('live', whileWriting.ours, whileWriting.yardstick),
        throughput('catch-up', fromMemory.ours, fromMemory.yardstick),
        measurement({
          name: 'fan-out/latency-p99',
          unit: 'ms',
          better: 'lower',
          ours: [quantile(waits, 0.99)],
          target: { of: 'value', value: 100 },
          notes: { watchers: WATCHERS, 'p50 ms': quantile(waits, 0.5), messages: waits.length },
        }),
      ],
      skipped: [],
    };
  }),
);
