// Brings a server to where a benchmark begins: trades registered, market data flowing.
import type { DtmsClient } from '../../src/client/index.js';
import { Timeframe } from '../../src/client/index.js';
import { syntheticBars } from './market.js';
import { PRICE, SYMBOL, tradeSpec } from './trades.js';

const BATCH = 1000;
const BARS_PER_PUSH = 500;
const STEP = 0.0005;

/** Registers trades with tickets 1 to `count`. */
export async function registerTrades(client: DtmsClient, account: string, count: number): Promise<void> {
  for (let first = 1; first <= count; first += BATCH) {
    const size = Math.min(BATCH, count - first + 1);
    const trades = Array.from({ length: size }, (_, i) => tradeSpec(account, first + i));
    const { results } = await client.batchRegisterTrades({ trades }, { deadlineMs: 60_000 });
    const failed = results.find((result) => result.error !== undefined);
    if (failed !== undefined) throw new Error(`ticket ${failed.ticket}: ${failed.error?.message}`);
  }
}

/** The M15 bars of SYMBOL as market data, one after the other over several pushes. */
export class BarFeed {
  readonly #client: DtmsClient;
  readonly #bars = syntheticBars(7, PRICE, STEP);

  constructor(client: DtmsClient) {
    this.#client = client;
  }

  /** Pushes the next `count` bars; returns how many events they caused. */
  async push(count: number): Promise<number> {
    let events = 0;
    for (let pushed = 0; pushed < count; pushed += BARS_PER_PUSH) {
      const items = Array.from({ length: Math.min(BARS_PER_PUSH, count - pushed) }, () => {
        const { time, ...prices } = this.#bars.next().value;
        const bar = { symbol: SYMBOL, timeframe: Timeframe.M15, openTime: new Date(time), ...prices };
        return { data: { $case: 'bar' as const, value: bar } };
      });
      const answer = await this.#client.pushMarketData({ items }, { deadlineMs: 120_000, retryMs: 0 });
      const [refused] = answer.rejected;
      if (refused !== undefined) throw new Error(`${refused.field}: ${refused.description}`);
      events += answer.events;
    }
    return events;
  }
}
