// From the push of a closing bar to the actions that bridges have on lease, when all trades act on that bar: the first, and
// the last. Beside it an fdatasync and a call there and back, measured in the same round: nothing durable is faster.
import { LeaseActionsRequest, type LeaseActionsResponse } from '../../gen/ts/dtms/v1/action_service.js';
import type { DtmsClient } from '../../src/client/index.js';
import { ActingBar, actingBarOf } from '../support/acting-bar.js';
import { benchmarkMain } from '../support/benchmark.js';
import { deferred } from '../support/load.js';
import { type Measurement, measurement } from '../support/measurement.js';
import { onStage, type Stage } from '../support/processes.js';
import { quantile } from '../support/statistics.js';
import { fdatasyncMs, hopMs } from '../support/yardsticks.js';

const BRIDGE = 'bench';
const MOST_LEASES = 1000;
const LIMIT_MS = 120_000;

/** How many trades act, and how often it is measured. */
const AMOUNTS = [
  { trades: 1, rounds: 20 },
  { trades: 100, rounds: 20 },
  { trades: 1000, rounds: 10 },
  { trades: 10_000, rounds: 3 },
  { trades: 100_000, rounds: 1 },
] as const;

/** When actions came after the push, ms. */
interface Round {
  /** Of each action, ascending. */
  readonly leased: readonly number[];
  /** When the push was answered. */
  readonly durable: number;
  /** An fdatasync and a call there and back. */
  readonly floor: number;
}

/** Every account's bridge asks for work; resolves once each stream said that it waits. */
async function bridges(client: DtmsClient, { accounts }: ActingBar, took: (actions: number) => void) {
  const streams = await Promise.all(
    accounts.map(async (account) => {
      const state = { account, bridgeId: BRIDGE, connected: true, tradeAllowed: true, equity: 1, balance: 1 };
      await client.reportAccount(state);
      const request = LeaseActionsRequest.fromPartial({ account, bridgeId: BRIDGE, maxLeases: MOST_LEASES });
      const stream = client.raw.actions.leaseActions(request);
      const { promise: waits, resolve, reject } = deferred();
      stream.on('error', reject);
      stream.on('data', ({ actions }: LeaseActionsResponse) => {
        resolve();
        if (actions.length > 0) took(actions.length);
      });
      await waits;
      return stream;
    }),
  );
  return () => {
    for (const stream of streams) stream.cancel();
  };
}

async function round(stage: Stage, name: string, trades: number, actsAt: number): Promise<Round> {
  const { client, workspace, echo } = stage;
  const bar = new ActingBar(client, name, trades);
  await bar.ready(actsAt);
  const floor = fdatasyncMs(workspace.folder) + (await hopMs(echo));
  const leased: number[] = [];
  const { promise: all, resolve, reject } = deferred();
  let startedAt = 0;
  const close = await bridges(client, bar, (actions) => {
    const at = performance.now() - startedAt;
    for (let action = 0; action < actions; action += 1) leased.push(at);
    if (leased.length === trades) resolve();
  });
  const timer = setTimeout(() => reject(new Error(`${leased.length} of ${trades} were leased`)), LIMIT_MS);
  try {
    startedAt = performance.now();
    await bar.act(actsAt);
    const durable = performance.now() - startedAt;
    await all;
    return { leased, durable, floor };
  } finally {
    clearTimeout(timer);
    close();
  }
}

function measured(trades: number, rounds: readonly Round[]): Measurement[] {
  const at = (share: number) => rounds.map(({ leased }) => quantile(leased, share));
  const first = rounds.map(({ leased }) => leased[0] ?? Number.NaN);
  const last = rounds.map(({ leased }) => leased.at(-1) ?? Number.NaN);
  const yardstick = { name: 'an fdatasync and a hop', samples: rounds.map(({ floor }) => floor) };
  const of = (what: string, samples: readonly number[]) =>
    measurement({
      name: `bar-to-lease/${what}-${trades}`,
      unit: 'ms',
      better: 'lower',
      ours: samples,
      yardstick,
      notes: {
        rounds: rounds.length,
        p50: quantile(samples, 0.5),
        p99: quantile(samples, 0.99),
        durable: quantile(
          rounds.map(({ durable }) => durable),
          0.5,
        ),
        'half leased': quantile(at(0.5), 0.5),
      },
    });
  return trades === 1 ? [of('first', first)] : [of('first', first), of('last', last)];
}

await benchmarkMain(({ amount, profileFolder }) =>
  onStage({ profileFolder }, async (stage) => {
    const actsAt = await actingBarOf(stage.client);
    const most = amount(10_000, 100);
    const measurements: Measurement[] = [];
    for (const { trades, rounds } of AMOUNTS) {
      if (trades > most && process.env.BAR_TO_LEASE_MOST !== String(trades)) continue;
      await round(stage, `warm-${trades}`, Math.min(trades, 1000), actsAt);
      const taken: Round[] = [];
      for (let index = 0; index < amount(rounds, 1); index += 1)
        taken.push(await round(stage, `r${trades}-${index}`, trades, actsAt));
      measurements.push(...measured(trades, taken));
    }
    return { measurements, skipped: [] };
  }),
);
