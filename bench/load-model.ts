// Owns what the benchmarks' figures mean for an installation: how many trades one database and its leader carry, what limits
// that first, and how many of them a number of trades needs. Arithmetic only.
import type { Results } from './support/results.js';

/** What was measured of one leader, on one machine. */
export interface Capacity {
  /** Durable changes a second, each a call. */
  readonly writesPerSecond: number;
  /** Reads of one trade a second, of one server. */
  readonly readsPerSecond: number;
  /** Events a second that one server sends to all its watchers together. */
  readonly sentEventsPerSecond: number;
  /** Trades changed by a bar that closes, decided and durable, a second. */
  readonly changesPerSecond: number;
  /** Of memory, for each active trade, what the server needs anyway included. */
  readonly bytesPerTrade: number;
  /** A new leader restores so long without trades, and for each trade besides. */
  readonly restoreSeconds: number;
  readonly restoreSecondsPerTrade: number;
}

/** What is asked of an installation. Shares are from 0 to 1. */
export interface Demand {
  /** Changes by callers and bridges, of each trade a day. */
  readonly writesPerTradeDay: number;
  /** Reads by callers, of each trade a day. */
  readonly readsPerTradeDay: number;
  /** Of all trades, so many change when the bars of M15 close, all at once. */
  readonly changedByBar: number;
  /** Until all of that is decided and durable, in s. */
  readonly barSeconds: number;
  /** Until a new leader serves, in s. */
  readonly takeoverSeconds: number;
  readonly memoryBytes: number;
  /** Of what was measured, so much is planned with. */
  readonly headroom: number;
}

export const USUAL_DEMAND: Demand = {
  writesPerTradeDay: 50,
  readsPerTradeDay: 500,
  changedByBar: 0.2,
  barSeconds: 5,
  takeoverSeconds: 10,
  memoryBytes: 2e9,
  headroom: 0.5,
};

const DAY_SECONDS = 86_400;
/** Active trades in the benchmark of restarts. */
const RESTORED = 100_000;

/** @throws RangeError when a run lacks a measurement. */
export function capacityOf({ measurements }: Pick<Results, 'measurements'>): Capacity {
  const found = (name: string) => {
    const measurement = measurements.find((each) => each.name === name);
    if (measurement === undefined) throw new RangeError(`the run has no ${name}`);
    return measurement;
  };
  const median = (name: string) => found(name).ours.median;
  const empty = found('restore/seconds').yardstick?.median ?? 0;
  return {
    writesPerSecond: median('register/throughput'),
    readsPerSecond: median('get/throughput'),
    sentEventsPerSecond: median('fan-out/live'),
    changesPerSecond: RESTORED / median('restore/closing-bar'),
    bytesPerTrade: (median('restore/memory') * 2 ** 20) / RESTORED,
    restoreSeconds: empty,
    restoreSecondsPerTrade: (median('restore/seconds') - empty) / RESTORED,
  };
}

/** The most active trades that one leader carries, by what limits them. */
export function mostTrades(has: Capacity, asked: Demand): Readonly<Record<string, number>> {
  const { headroom } = asked;
  return {
    takeover: (asked.takeoverSeconds * headroom - has.restoreSeconds) / has.restoreSecondsPerTrade,
    memory: (asked.memoryBytes * headroom) / has.bytesPerTrade,
    bar: (has.changesPerSecond * asked.barSeconds * headroom) / asked.changedByBar,
    writes: (has.writesPerSecond * headroom * DAY_SECONDS) / asked.writesPerTradeDay,
  };
}

export interface Plan {
  readonly trades: number;
  /** Databases, each with a leader. */
  readonly cells: number;
  /** What limits a cell first. */
  readonly limit: string;
  readonly tradesPerCell: number;
  /** Of each cell: servers beside the leader that the reads need, and one to take over. */
  readonly followers: number;
  readonly writesPerSecond: number;
  readonly readsPerSecond: number;
  readonly barSeconds: number;
  readonly memoryBytes: number;
  readonly takeoverSeconds: number;
}

/** What so many active trades need. */
export function planOf(trades: number, has: Capacity, asked: Demand = USUAL_DEMAND): Plan {
  const [limit, most] = Object.entries(mostTrades(has, asked)).reduce((least, each) =>
    each[1] < least[1] ? each : least,
  );
  if (!(most >= 1)) throw new RangeError(`one trade is too much for ${limit}`);
  const cells = Math.max(1, Math.ceil(trades / most));
  const each = Math.ceil(trades / cells);
  const readsPerSecond = (each * asked.readsPerTradeDay) / DAY_SECONDS;
  return {
    trades,
    cells,
    limit,
    tradesPerCell: each,
    followers: Math.max(1, Math.ceil(readsPerSecond / (has.readsPerSecond * asked.headroom)) - 1),
    writesPerSecond: (each * asked.writesPerTradeDay) / DAY_SECONDS,
    readsPerSecond,
    barSeconds: (each * asked.changedByBar) / has.changesPerSecond,
    memoryBytes: each * has.bytesPerTrade,
    takeoverSeconds: has.restoreSeconds + each * has.restoreSecondsPerTrade,
  };
}

/** The plans as rows of a table in Markdown. */
export function planTable(plans: readonly Plan[]): string {
  const count = (value: number) => Math.round(value).toLocaleString('en-US');
  const head =
    '| active trades | cells | trades in each | followers of each | writes/s of each | reads/s of each | a bar is durable after | memory | a new leader after |';
  const rows = plans.map((plan) =>
    [
      count(plan.trades),
      count(plan.cells),
      count(plan.tradesPerCell),
      plan.followers,
      count(plan.writesPerSecond),
      count(plan.readsPerSecond),
      `${plan.barSeconds.toFixed(1)} s`,
      `${count(plan.memoryBytes / 2 ** 20)} MB`,
      `${plan.takeoverSeconds.toFixed(1)} s`,
    ].join(' | '),
  );
  return [head, '|---|---|---|---|---|---|---|---|---|', ...rows.map((row) => `| ${row} |`)].join('\n');
}
