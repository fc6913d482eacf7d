// What the journal costs: the server as it ships against one that keeps none, by durable registrations and by quotes.
import { MarketDataServiceService, PushMarketDataRequest } from '../../gen/ts/dtms/v1/market_data_service.js';
import { TradeServiceService } from '../../gen/ts/dtms/v1/trade_service.js';
import { benchmarkMain } from '../support/benchmark.js';
import { type LoadResult, serverCost, unaryLoad } from '../support/load.js';
import { interleaved, type Measurement, measurement } from '../support/measurement.js';
import { type ServerProcess, Workspace } from '../support/processes.js';
import { registrations } from '../support/trades.js';

const CONNECTIONS = 10;
const CONCURRENCY = 100;
const ACCOUNT = 'journal';
const FEED = 'journal';
const WITHOUT = 'without a journal';
const START = Date.UTC(2026, 0, 5);

/** Quotes of a symbol each call, a second apart. */
function quotes(first: number, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => {
    const number = first + index;
    const bid = 100 + (number % 7) / 100;
    const value = { symbol: `S${number % 20}`, time: new Date(START + number * 1000), bid, ask: bid + 0.02 };
    const request = PushMarketDataRequest.fromPartial({
      feed: FEED,
      items: [{ data: { $case: 'quote', value } }],
    });
    return PushMarketDataRequest.encode(request).finish();
  });
}

function measured(
  name: string,
  ours: readonly LoadResult[],
  yardstick: readonly LoadResult[],
): Measurement[] {
  return [
    measurement({
      name: `journal/${name}`,
      unit: 'calls/s',
      better: 'higher',
      ours: ours.map((run) => run.callsPerSecond),
      yardstick: { name: WITHOUT, samples: yardstick.map((run) => run.callsPerSecond) },
      target: { of: 'ratio', value: 0.95 },
      notes: { concurrency: CONCURRENCY },
    }),
    ...serverCost({ name: `journal/${name}-server-cpu` }, ours, yardstick, WITHOUT),
  ];
}

await benchmarkMain(async ({ pairs, amount, profileFolder }) => {
  const [kept, bare] = [new Workspace(), new Workspace()];
  const started: ServerProcess[] = [];
  try {
    const ours = await kept.startServer({ profileFolder });
    started.push(ours);
    const without = await bare.startServer({ environment: { DTMS_JOURNAL_DAYS: '0' } });
    started.push(without);
    const load = (server: ServerProcess, path: string, requests: readonly Uint8Array[]) =>
      unaryLoad({ server, path, connections: CONNECTIONS, concurrency: CONCURRENCY, requests });
    const calls = amount(10_000, 500);
    const register = (server: ServerProcess, index: number) =>
      load(server, TradeServiceService.registerTrade.path, registrations(ACCOUNT, index * calls + 1, calls));
    const registered = await interleaved(
      pairs,
      (index) => register(ours, index),
      (index) => register(without, index),
    );
    const push = (server: ServerProcess, index: number) =>
      load(server, MarketDataServiceService.pushMarketData.path, quotes(index * calls, calls));
    const pushed = await interleaved(
      pairs,
      (index) => push(ours, index),
      (index) => push(without, index),
    );
    return {
      measurements: [
        ...measured('register', registered.ours, registered.yardstick),
        ...measured('quotes', pushed.ours, pushed.yardstick),
      ],
      skipped: [],
    };
  } finally {
    for (const server of started) await server.stop();
    kept.remove();
    bare.remove();
  }
});
