// The same replay in process, through a server, and through one that restarts in the middle: one log.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DtmsClient } from '../../../src/client/index.js';
import { TIMEFRAME_MS } from '../../../src/domain/market/data.js';
import { DIRECTIONS } from '../../../src/domain/market/direction.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { type ReplayOptions, replay } from '../../../src/replay/driver.js';
import { EngineTarget } from '../../../src/replay/engine-target.js';
import { importBars, pairBidAsk, type ReplayData, withSpread } from '../../../src/replay/importer.js';
import { sampleTrades } from '../../../src/replay/sampler.js';
import { ServerTarget } from '../../../src/replay/server-target.js';
import type { ReplaySummary } from '../../../src/replay/summary.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { coarseMoments } from '../../../src/study/coarse-bars.js';
import { courseOf } from '../../../src/study/forecasts.js';
import type { MarketSet } from '../../../src/study/market-set.js';
import { ServerProcess } from '../../support/server-process.js';

function sampled(symbol: string, data: ReplayData, count: number): ReplayOptions {
  const trades = sampleTrades(data, symbol, TIMEFRAME_MS[data.timeframe], count);
  return { symbol, data, trades, skippedRows: 0 };
}

/** Without what may differ between two runs. */
function comparable({ elapsed_ms: _, signals: __, ...summary }: ReplaySummary) {
  return summary;
}

const inProcess = (options: ReplayOptions) => replay(new EngineTarget(DEFAULT_RULES), options);

const market = syntheticMarket({
  seed: 59,
  timeframe: 'M15',
  bars: 320,
  from: Date.UTC(2025, 0, 6),
  price: 64_000,
  digits: 2,
});

const SET: MarketSet = {
  ...{
    name: 'made up',
    market: 'BTCUSD',
    symbol: 'BTCUSD',
    data: market,
    barMs: 900_000,
    blockLength: 'day',
  },
  ...{ moments: coarseMoments(market), from: Number.NEGATIVE_INFINITY, trades: null, news: [], remarks: [] },
  costs: { spread: null, slippageTicks: 0, commission: 0, swapBuy: 0, swapSell: 0 },
};

interface Scored {
  readonly at: number;
  readonly buy: { readonly score: number | null; readonly parts: readonly number[] };
  readonly sell: { readonly score: number | null; readonly parts: readonly number[] };
}

const scoredOf = ({
  score = null,
  signals,
}: {
  readonly score?: number | null;
  readonly signals: readonly { readonly contribution: number }[];
}) => ({ score, parts: signals.map(({ contribution }) => contribution) });

/** What a server keeps of how it scored, oldest first; of a moment the last, when its bar is in it and not its quote alone. */
async function recorded(client: DtmsClient, feed: string): Promise<Scored[]> {
  const { evaluations } = await client.listEvaluations({ symbol: 'BTCUSD', feed, pageSize: 1000 });
  return evaluations
    .flatMap(({ evaluatedAt, buy, sell }) =>
      buy === undefined || sell === undefined
        ? []
        : [{ at: evaluatedAt?.getTime() ?? Number.NaN, buy: scoredOf(buy), sell: scoredOf(sell) }],
    )
    .reverse()
    .filter(({ at }, index, all) => all[index + 1]?.at !== at);
}

describe('a replay through a server', () => {
  let server: ServerProcess;
  let client: DtmsClient;
  beforeAll(async () => {
    server = await ServerProcess.create();
    await server.start();
    client = new DtmsClient({ address: server.address });
  });
  afterAll(async () => {
    client.close();
    await server.remove();
  });

  const options = sampled('BTCUSD', market, 20);

  it('gives the same log as in process, twice in a row, and the same summary', async () => {
    const lines: string[] = [];
    const expected = await inProcess({ ...options, onLine: (line) => lines.push(line) });
    expect(lines.length).toBeGreaterThan(100);
    for (let run = 0; run < 2; run++) {
      const served: string[] = [];
      const target = new ServerTarget(client, 'replay');
      const summary = await replay(target, { ...options, onLine: (line) => served.push(line) });
      expect(served).toEqual(lines);
      expect(comparable(summary)).toEqual(comparable(expected));
    }
  });

  it('scores each bar as a replay in process and a study do, in the same order', async () => {
    const inReplay: Scored[] = [];
    const process = new EngineTarget(DEFAULT_RULES);
    const onBar = () => {
      const [buy, sell] = DIRECTIONS.map((direction) => process.latest('BTCUSD', direction));
      if (buy === null || buy === undefined || sell === null || sell === undefined) return;
      if (inReplay.at(-1)?.at !== buy.at)
        inReplay.push({ at: buy.at, buy: scoredOf(buy), sell: scoredOf(sell) });
    };
    await replay(process, { ...options, observer: { onEvent: () => {}, onBar, onOutcome: () => {} } });
    const target = new ServerTarget(client, 'replay');
    await replay(target, options);
    const live = await recorded(client, target.feed);
    expect(live.length).toBeGreaterThan(100);
    expect(live).toEqual(inReplay);
    const { forecasts } = await courseOf(SET, DEFAULT_RULES);
    const scores = new Map(live.map(({ at, buy, sell }) => [at, [buy.score, sell.score]]));
    const inStudy = forecasts.filter(({ at }) => scores.has(at));
    expect(inStudy.length).toBeGreaterThan(200);
    // Of each moment BUY and SELL, in the order of time.
    expect(inStudy.map(({ at, score }, index) => [at, scores.get(at)?.[index % 2], score])).toEqual(
      inStudy.map(({ at, score }) => [at, score, score]),
    );
  });

  it('gives the same log when the server is killed and started again in the middle', async () => {
    const expected = await inProcess(options);
    let restarts = Promise.resolve();
    const summary = await replay(new ServerTarget(client, 'replay'), {
      ...options,
      onBar: (done) => {
        if (done % 120 !== 0) return;
        // Not awaited: the replay goes on into the dying server.
        restarts = restarts.then(() => server.kill()).then(() => server.start());
      },
    });
    await restarts;
    expect(comparable(summary)).toEqual(comparable(expected));
  });
});

describe('a replay in process', () => {
  it('gives the same log each time', async () => {
    const options = sampled('XAUUSD', market, 50);
    expect((await inProcess(options)).log_sha256).toBe((await inProcess(options)).log_sha256);
  });

  it('gives another log for other data', async () => {
    const other = syntheticMarket({
      seed: 60,
      timeframe: 'M15',
      bars: 500,
      from: 0,
      price: 64_000,
      digits: 2,
    });
    const hashes = await Promise.all([market, other].map((data) => inProcess(sampled('XAUUSD', data, 50))));
    expect(new Set(hashes.map(({ log_sha256 }) => log_sha256)).size).toBe(2);
  });
});

const DATA = join(import.meta.dirname, '../../../../shared/data');
const path = (name: string) => join(DATA, name);

describe.skipIf(!existsSync(DATA))('recorded markets (skipped where ../shared/data is absent)', () => {
  it('BTCUSD shows every transition of the table that data can produce', async () => {
    const data = withSpread(importBars(path('btcusd-m15-2025h1.csv'), 'M15', 'stop'));
    const options = sampled('BTCUSD', data, 1000);
    const { transitions, trades, final_states } = await inProcess(options);
    expect(trades).toBe(1000);
    expect(Object.values(final_states).reduce((sum, count) => sum + count, 0)).toBe(1000);
    expect(Object.keys(transitions)).toEqual(
      expect.arrayContaining([
        'HEALTHY>WARNING_L1',
        'HEALTHY>HEALTHY',
        'WARNING_L1>HEALTHY',
        'WARNING_L1>WARNING_L2',
        'WARNING_L2>WARNING_L1',
        'WARNING_L2>HEDGED',
        'HEDGED>RECOVERING',
        'HEDGED>CLOSED',
        'HEDGED>WARNING_L2',
        'RECOVERING>HEALTHY',
        'HEALTHY>CLOSED',
      ]),
    );
  });

  it('USDJPY is exited on the side its spread says', async () => {
    const bid = importBars(path('usdjpy-m1-bid-201302.csv'), 'M1', 'stop');
    const ask = importBars(path('usdjpy-m1-ask-201302.csv'), 'M1', 'stop');
    const data = pairBidAsk(bid, ask, 'stop');
    const options = sampled('USDJPY', data, 100);
    const paired = await inProcess(options);
    const bidOnly = await inProcess({ ...options, data: withSpread(bid) });
    expect(paired.trades).toBe(100);
    expect(paired.result.without_dtms.mean_r).toBeLessThan(bidOnly.result.without_dtms.mean_r ?? 0);
  });

  it('EURUSD runs through its weekends', async () => {
    const data = withSpread(importBars(path('eurusd-m15-202210-202310.csv'), 'M15', 'stop'));
    const lines: string[] = [];
    await inProcess({ ...sampled('EURUSD', data, 200), onLine: (line) => lines.push(line) });
    expect(lines.filter((line) => line.includes('SUPPRESSION_REASON_STALE_DATA'))).toEqual([]);
  });
});
