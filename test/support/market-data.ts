// Market data for tests as the client sends it: bars of a random walk from a seed.

import { seededRandom } from '../../src/broker/seeded-random.js';
import { Timeframe } from '../../src/client/index.js';

const LENGTH_MS = { M1: 60_000, M5: 300_000, M15: 900_000 } as const;

/** Closed bars of a random walk, ready for PushMarketData. */
export function walk(symbol: string, timeframe: keyof typeof LENGTH_MS, from: Date, count: number, seed = 1) {
  const random = seededRandom(seed);
  let price = 1000;
  return Array.from({ length: count }, (_, index) => {
    const open = price;
    const close = open * (1 + (random() - 0.5) * 0.006);
    const high = Math.max(open, close) * (1 + random() * 0.001);
    const low = Math.min(open, close) * (1 - random() * 0.001);
    price = close;
    const openTime = new Date(from.getTime() + index * LENGTH_MS[timeframe]);
    const bar = {
      symbol,
      timeframe: Timeframe[timeframe],
      openTime,
      open,
      high,
      low,
      close,
      volume: 1 + Math.floor(random() * 100),
      forming: false,
    };
    return { data: { $case: 'bar' as const, value: bar } };
  });
}
