// From the push of a closing bar on which all trades act to a watcher that follows them: the first event, and the last.
// Beside it an fdatasync and a call there and back, measured in the same round.
import { ActingBar, actingBarOf } from '../support/acting-bar.js';
import { benchmarkMain } from '../support/benchmark.js';
import { type Measurement, measurement } from '../support/measurement.js';
import { onStage, type Stage } from '../support/processes.js';
import { quantile } from '../support/statistics.js';
import { fdatasyncMs, hopMs } from '../support/yardsticks.js';

const AMOUNTS = [
  { trades: 1, rounds: 20 },
  { trades: 1000, rounds: 10 },
  { trades: 10_000, rounds: 3 },
] as const;

interface Round {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly floorMs: number;
}

async function round(stage: Stage, name: string, trades: number, actsAt: number): Promise<Round> {
  const { client, workspace, echo } = stage;
  const bar = new ActingBar(client, name, trades);
  await bar.ready(actsAt);
  const floorMs = fdatasyncMs(workspace.folder) + (await hopMs(echo));
  const { headRevision: revision, logEpoch } = await client.getStatus({});
  const watch = client.watchTrades({ resumeAfter: { revision, logEpoch } });
  const startedAt = performance.now();
  let expected = Number.POSITIVE_INFINITY;
  const acting = bar.act(actsAt).then((events) => {
    expected = events;
  });
  let [firstMs, lastMs, seen] = [0, 0, 0];
  for await (const message of watch) {
    if (message.$case === 'events') {
      lastMs = performance.now() - startedAt;
      if (seen === 0) firstMs = lastMs;
      seen += message.value.events.length;
    }
    // Its answer, which says how many there are, and its last event come in either order.
    if (seen >= trades) await acting;
    if (seen >= expected) return { firstMs, lastMs, floorMs };
  }
  throw new Error('the watch ended');
}

function measured(trades: number, rounds: readonly Round[]): Measurement[] {
  const yardstick = { name: 'an fdatasync and a hop', samples: rounds.map(({ floorMs }) => floorMs) };
  const of = (what: string, samples: readonly number[]) =>
    measurement({
      name: `bar-to-watch/${what}-${trades}`,
      unit: 'ms',
      better: 'lower',
      ours: samples,
      yardstick,
      notes: { rounds: rounds.length, p99: quantile(samples, 0.99) },
    });
  return [
    of(
      'first',
      rounds.map(({ firstMs }) => firstMs),
    ),
    of(
      'last',
      rounds.map(({ lastMs }) => lastMs),
    ),
  ];
}

await benchmarkMain(({ amount, profileFolder }) =>
  onStage({ profileFolder }, async (stage) => {
    const actsAt = await actingBarOf(stage.client);
    const most = amount(10_000, 100);
    const measurements: Measurement[] = [];
    for (const { trades, rounds } of AMOUNTS) {
      if (trades > most) continue;
      await round(stage, `warm-${trades}`, Math.min(trades, 1000), actsAt);
      const taken: Round[] = [];
      for (let index = 0; index < amount(rounds, 1); index += 1)
        taken.push(await round(stage, `r${trades}-${index}`, trades, actsAt));
      measurements.push(...measured(trades, taken));
    }
    return { measurements, skipped: [] };
  }),
);
