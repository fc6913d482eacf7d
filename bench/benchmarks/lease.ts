// The bridges' work stream: many pending actions are leased, begun and reported. The yardstick is the same
// number of bare durable UPDATEs, three per action, each a transaction of its own.
import { type DtmsClient, Timeframe } from '../../src/client/index.js';
import { BarePostgres } from '../support/bare-postgres.js';
import { benchmarkMain } from '../support/benchmark.js';
import { interleaved, measurement } from '../support/measurement.js';
import { onStage } from '../support/processes.js';
import { median } from '../support/statistics.js';
import { SYMBOL } from '../support/trades.js';

const IN_FLIGHT = 100;
const BATCH = 1000;
/** An action is leased, begun and reported. */
const STEPS = 3;
const M15 = 900_000;
const START = Date.UTC(2025, 0, 6);
const PRICE = 2000;
const DONE = 10009;

/** A market that rises, so that structure and averages are known, and then falls. */
function bars(rising: number, falling: number) {
  return Array.from({ length: rising + falling }, (_, index) => {
    const wave = 3 * Math.sin(index / 3);
    const trend = index < rising ? index : rising - 6 * (index - rising);
    const close = PRICE + wave + trend * 0.5;
    const open =
      index === 0
        ? close
        : PRICE +
          3 * Math.sin((index - 1) / 3) +
          (index <= rising ? index - 1 : rising - 6 * (index - 1 - rising)) * 0.5;
    const value = {
      symbol: SYMBOL,
      timeframe: Timeframe.M15,
      openTime: new Date(START + index * M15),
      open,
      high: Math.max(open, close) + 0.5,
      low: Math.min(open, close) - 0.5,
      close,
      volume: 100 + (index % 7),
    };
    return { data: { $case: 'bar' as const, value } };
  });
}

/** Brings an account with its own feed to where `count` stops wait for a bridge. */
async function plan(client: DtmsClient, name: string, count: number): Promise<void> {
  const market = bars(300, 40);
  await client.pushMarketData({ feed: name, items: market.slice(0, 300) }, { deadlineMs: 60_000 });
  for (let first = 1; first <= count; first += BATCH) {
    const trades = Array.from({ length: Math.min(BATCH, count - first + 1) }, (_, i) => ({
      account: name,
      ticket: BigInt(first + i),
      symbol: SYMBOL,
      direction: 1,
      entryPrice: PRICE + 100,
      volume: 1,
      stopLoss: PRICE - 200,
      openedAt: new Date(START + 200 * M15),
      feed: name,
    }));
    await client.batchRegisterTrades({ trades }, { deadlineMs: 60_000 });
  }
  for (const item of market.slice(300)) {
    await client.pushMarketData({ feed: name, items: [item] }, { deadlineMs: 60_000 });
    const { risk } = await client.getRisk({ account: name });
    if ((risk?.openActions.PENDING ?? 0) >= count) return;
  }
  throw new Error(`the market did not make ${count} actions`);
}

interface Round {
  readonly seconds: number;
  readonly leaseSeconds: number;
}

/** Leases, begins and reports everything that waits, as a bridge does; returns how long it took. */
async function work(client: DtmsClient, account: string, count: number): Promise<Round> {
  const bridgeId = 'bench';
  await client.reportAccount({
    account,
    bridgeId,
    connected: true,
    tradeAllowed: true,
    equity: 1,
    balance: 1,
  });
  const startedAt = performance.now();
  const { actions } = await client.drainLeases(
    { account, bridgeId, maxLeases: BATCH },
    { deadlineMs: 60_000 },
  );
  const leaseSeconds = (performance.now() - startedAt) / 1000;
  if (actions.length !== count) throw new Error(`${actions.length} of ${count} actions were leased`);
  let next = 0;
  const worker = async () => {
    for (let leased = actions[next++]; leased !== undefined; leased = actions[next++]) {
      const { actionId = '', lease } = leased.action ?? {};
      const token = lease?.token ?? 0n;
      await client.beginAction({ actionId, token }, { deadlineMs: 60_000 });
      await client.reportAction({ actionId, token, result: { code: DONE } }, { deadlineMs: 60_000 });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return { seconds: (performance.now() - startedAt) / 1000, leaseSeconds };
}

await benchmarkMain(({ pairs, amount, profileFolder }) =>
  onStage({ profileFolder }, async ({ workspace, client }) => {
    const bare = await BarePostgres.start(workspace.folder);
    try {
      const count = amount(1000, 50);
      const leases: number[] = [];
      const { ours, yardstick } = await interleaved(
        pairs,
        async (index) => {
          const account = `lease-${index}`;
          await plan(client, account, count);
          const { seconds, leaseSeconds } = await work(client, account, count);
          leases.push(leaseSeconds);
          return seconds;
        },
        () => bare.update(count, STEPS),
      );
      return {
        measurements: [
          measurement({
            name: 'lease/seconds',
            unit: `s for ${count.toLocaleString('en')} actions`,
            better: 'lower',
            ours,
            yardstick: { name: 's of bare updates', samples: yardstick },
            target: { of: 'value', value: 2 },
            notes: { 'in flight': IN_FLIGHT, 'leasing all, s': median(leases) },
          }),
        ],
        skipped: [],
      };
    } finally {
      await bare.stop();
    }
  }),
);
