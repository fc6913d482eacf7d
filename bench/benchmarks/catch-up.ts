// What other callers feel while 60 stopped watches resume from the beginning of the log at once: GetTrade meanwhile against the same
// calls while nothing else happens. The watches are in a process of their own, so that it is the server that is measured.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { DtmsClient } from '../../src/client/index.js';
import { benchmarkMain } from '../support/benchmark.js';
import { registerTrades } from '../support/fill.js';
import { type Measurement, measurement } from '../support/measurement.js';
import { onStage } from '../support/processes.js';
import { median, quantile } from '../support/statistics.js';

const ACCOUNT = 'catch-up';
const WORKERS = 4;
/** Between two calls of a worker, so that they are calls of people and not a flood. */
const PAUSE_MS = 2;
const IDLE_MS = 2000;

/** How long calls take, in ms, until what is awaited is over. */
async function callsUntil(client: DtmsClient, over: Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  let isOver = false;
  const end = over.finally(() => {
    isOver = true;
  });
  const work = async (ticket: number): Promise<void> => {
    while (!isOver) {
      const startedAt = performance.now();
      await client.getTrade({ account: ACCOUNT, ticket: BigInt(ticket) });
      taken.push(performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  };
  await Promise.all([end, ...Array.from({ length: WORKERS }, (_, index) => work(index + 1))]);
  return taken;
}

await benchmarkMain(({ pairs, amount, profileFolder }) =>
  onStage({ profileFolder }, async ({ client, server }) => {
    const events = amount(20_000, 1000);
    const watches = amount(60, 5);
    await registerTrades(client, ACCOUNT, events);
    const { logEpoch, headRevision } = await client.getStatus({});
    const script = join(import.meta.dirname, '..', 'catching-up.js');
    const args = [script, server.address, String(watches), logEpoch, String(headRevision)];
    const took: number[] = [];
    const catchUp = async () => {
      const { stdout } = await promisify(execFile)(process.execPath, args);
      took.push(Number(stdout));
    };
    const idle: number[][] = [];
    const busy: number[][] = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      idle.push(
        await callsUntil(client, new Promise((resolve) => setTimeout(resolve, amount(IDLE_MS, 200)))),
      );
      busy.push(await callsUntil(client, catchUp()));
    }
    const of = (name: string, share: number): Measurement =>
      measurement({
        name: `catch-up/get-${name}`,
        unit: 'ms',
        better: 'lower',
        ours: busy.map((calls) => quantile(calls, share)),
        yardstick: { name: 'while idle', samples: idle.map((calls) => quantile(calls, share)) },
        notes: { watches, events, workers: WORKERS, 'the watches took, ms': median(took) },
      });
    return {
      measurements: [
        of('p50', 0.5),
        of('p99', 0.99),
        measurement({
          name: 'catch-up/events',
          unit: 'events/s',
          better: 'higher',
          ours: took.map((ms) => (events * watches * 1000) / ms),
          notes: { watches, events },
        }),
      ],
      skipped: [],
    };
  }),
);
