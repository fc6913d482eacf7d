// GetTrade of evaluated trades at concurrency 100. The yardstick is the echo server with an empty answer;
// the same trade encoded by the echo server shows how much of the difference is the answer's size.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  GetTradeRequest,
  GetTradeResponse,
  TradeServiceService,
} from '../../gen/ts/dtms/v1/trade_service.js';
import { benchmarkMain } from '../support/benchmark.js';
import { BarFeed, registerTrades } from '../support/fill.js';
import { serverCost, unaryLoad } from '../support/load.js';
import { interleaved, measurement } from '../support/measurement.js';
import { onStage, type ServerProcess, startEcho } from '../support/processes.js';
import { median } from '../support/statistics.js';

const CONNECTIONS = 10;
const CONCURRENCY = 100;
const ACCOUNT = 'get';
const TRADES = 1000;
const WARM_UP_BARS = 400;
const { path } = TradeServiceService.getTrade;

await benchmarkMain(({ pairs, amount, profileFolder }) =>
  onStage({ profileFolder }, async ({ workspace, server, echo, client }) => {
    const feed = new BarFeed(client);
    await feed.push(WARM_UP_BARS);
    await registerTrades(client, ACCOUNT, TRADES);
    await feed.push(2);
    const sample = await client.getTrade({ account: ACCOUNT, ticket: 1n });
    if (sample.trade?.evaluation === undefined) throw new Error('the trades were not evaluated');

    const answer = Buffer.from(GetTradeResponse.encode(sample).finish());
    const answers = join(workspace.folder, 'answers.json');
    writeFileSync(answers, JSON.stringify({ [path]: answer.toString('base64') }));
    const sameAnswer = await startEcho(answers);
    const requests = Array.from({ length: amount(20_000, 1000) }, (_, i) =>
      GetTradeRequest.encode({ account: ACCOUNT, ticket: BigInt((i % TRADES) + 1) }).finish(),
    );
    const round = (measured: ServerProcess) =>
      unaryLoad({ server: measured, path, connections: CONNECTIONS, concurrency: CONCURRENCY, requests });
    try {
      const empty = await interleaved(
        pairs,
        () => round(server),
        () => round(echo),
      );
      const same = await interleaved(
        pairs,
        () => round(server),
        () => round(sameAnswer),
      );
      const notes = {
        concurrency: CONCURRENCY,
        'answer bytes': answer.length,
        'generator cpu': median(empty.ours.map((run) => run.generatorCpu)),
      };
      const perSecond = { unit: 'calls/s', better: 'higher' } as const;
      return {
        measurements: [
          measurement({
            ...perSecond,
            name: 'get/throughput',
            ours: empty.ours.map((run) => run.callsPerSecond),
            yardstick: { name: 'echo', samples: empty.yardstick.map((run) => run.callsPerSecond) },
            target: { of: 'ratio', value: 0.7 },
            notes,
          }),
          measurement({
            ...perSecond,
            name: 'get/throughput-same-answer',
            ours: same.ours.map((run) => run.callsPerSecond),
            yardstick: {
              name: 'echo of the same answer',
              samples: same.yardstick.map((run) => run.callsPerSecond),
            },
          }),
          ...serverCost({ name: 'get/server-cpu' }, empty.ours, empty.yardstick),
        ],
        skipped: [],
      };
    } finally {
      await sameAnswer.stop();
    }
  }),
);
