// Owns the demo that ends: fifty trades in a made-up market, fast-forwarded, with a summary of each symbol.
import { setTimeout as sleep } from 'node:timers/promises';
import type { DtmsClient } from '../../client/client.js';
import { TIMEFRAME_MS } from '../../domain/market/data.js';
import { replay } from '../../replay/driver.js';
import { sampleTrades } from '../../replay/sampler.js';
import { ServerTarget } from '../../replay/server-target.js';
import type { ReplaySummary } from '../../replay/summary.js';
import { syntheticMarket } from '../../replay/synthetic.js';
import { print } from '../output.js';
import { summaryText } from '../summary-text.js';

export interface ScriptedOptions {
  /** Length of the market in bars of M15. */
  readonly bars: number;
  readonly seed: number;
  /** The least time all of it takes, in ms. */
  readonly showMs: number;
}

const MARKETS = [
  { symbol: 'BTCUSD', price: 64_000, digits: 2 },
  { symbol: 'XAUUSD', price: 2_400, digits: 2 },
] as const;
const TRADES_PER_MARKET = 25;
const TIMEFRAME = 'M15';
/** A Monday, so that every market is open. */
const FROM = Date.UTC(2024, 8, 2);

/** Plays both markets to their end. */
export async function playScripted(
  client: DtmsClient,
  options: ScriptedOptions,
  signal: AbortSignal,
): Promise<readonly ReplaySummary[]> {
  return Promise.all(MARKETS.map((_, index) => play(client, options, index, signal)));
}

export function printSummaries(summaries: readonly ReplaySummary[]): void {
  for (const [index, summary] of summaries.entries()) {
    print(`\n${MARKETS[index]?.symbol ?? ''}`);
    print(summaryText(summary));
  }
}

/** Plays one market with its trades against the service. */
async function play(
  client: DtmsClient,
  { bars, seed, showMs }: ScriptedOptions,
  index: number,
  signal: AbortSignal,
): Promise<ReplaySummary> {
  const { symbol, price, digits } = MARKETS[index] ?? MARKETS[0];
  const data = syntheticMarket({ seed: seed + index, timeframe: TIMEFRAME, bars, from: FROM, price, digits });
  const startedAt = performance.now();
  const paceMs = showMs / bars;
  return replay(new ServerTarget(client, 'demo'), {
    symbol,
    data,
    trades: sampleTrades(data, symbol, TIMEFRAME_MS[TIMEFRAME], TRADES_PER_MARKET),
    skippedRows: 0,
    onBar: async (done) => {
      signal.throwIfAborted();
      const early = startedAt + done * paceMs - performance.now();
      if (early > 0) await sleep(early, undefined, { signal });
    },
  });
}
