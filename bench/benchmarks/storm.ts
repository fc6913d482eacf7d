// What other callers feel while a closing bar is decided on 10,000 trades: the p99 of GetTrade and RegisterTrade from the push
// of the bar to its answer, against the same calls on the same server while nothing else happens.
import type { DtmsClient } from '../../src/client/index.js';
import { ActingBar, actingBarOf } from '../support/acting-bar.js';
import { benchmarkMain } from '../support/benchmark.js';
import { registerTrades } from '../support/fill.js';
import { measurement } from '../support/measurement.js';
import { onStage } from '../support/processes.js';
import { median, quantile } from '../support/statistics.js';
import { tradeSpec } from '../support/trades.js';

const ACCOUNT = 'storm';
const KNOWN = 1000;
const WORKERS = 4;
const IDLE_MS = 3000;
/** Between two calls of a worker, so that they are calls of people and not a flood. */
const PAUSE_MS = 2;

/** Calls of several workers until they are stopped. */
class Callers {
  readonly reads: number[] = [];
  readonly writes: number[] = [];
  readonly #client: DtmsClient;
  readonly #workers: readonly Promise<void>[];
  static #ticket = KNOWN;
  #over = false;

  constructor(client: DtmsClient) {
    this.#client = client;
    this.#workers = Array.from({ length: WORKERS }, (_, index) => this.#work(index));
  }

  async stop(): Promise<this> {
    this.#over = true;
    await Promise.all(this.#workers);
    return this;
  }

  async #work(index: number): Promise<void> {
    while (!this.#over) {
      const startedAt = performance.now();
      if (index % 2 === 0) await this.#client.getTrade({ account: ACCOUNT, ticket: BigInt(1 + index) });
      else await this.#client.registerTrade({ trade: tradeSpec(ACCOUNT, ++Callers.#ticket) });
      (index % 2 === 0 ? this.reads : this.writes).push(performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

const p99 = (values: readonly number[]): number => quantile(values, 0.99);

await benchmarkMain(({ amount, profileFolder }) =>
  onStage({ profileFolder }, async ({ client }) => {
    const actsAt = await actingBarOf(client);
    await registerTrades(client, ACCOUNT, KNOWN);
    const trades = amount(10_000, 500);
    const reads = { idle: [] as number[], storm: [] as number[] };
    const writes = { idle: [] as number[], storm: [] as number[] };
    const took: number[] = [];
    for (let round = 0; round < amount(4, 1); round += 1) {
      const bar = new ActingBar(client, `storm-${round}`, trades);
      await bar.ready(actsAt);
      const quiet = new Callers(client);
      await new Promise((resolve) => setTimeout(resolve, amount(IDLE_MS, 500)));
      const idle = await quiet.stop();
      const busy = new Callers(client);
      const startedAt = performance.now();
      await bar.act(actsAt);
      const elapsed = performance.now() - startedAt;
      const storm = await busy.stop();
      // The first round warms the server up.
      if (round === 0 && amount(4, 1) > 1) continue;
      took.push(elapsed);
      reads.idle.push(p99(idle.reads));
      writes.idle.push(p99(idle.writes));
      reads.storm.push(p99(storm.reads));
      writes.storm.push(p99(storm.writes));
    }
    const of = (name: string, { idle, storm }: typeof reads) =>
      measurement({
        name,
        unit: 'ms',
        better: 'lower',
        ours: storm,
        yardstick: { name: 'while idle', samples: idle },
        target: { of: 'ratio', value: 2 },
        notes: { trades, 'the bar took, ms': median(took), workers: WORKERS },
      });
    return {
      measurements: [of('storm/get-p99', reads), of('storm/register-p99', writes)],
      skipped: [],
    };
  }),
);
