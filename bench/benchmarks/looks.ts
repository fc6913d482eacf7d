// The price of a look: what 50 open pages of the fleet take of the server's processor while 50 events a second come, beside what
// those events take without anybody looking.
import { setTimeout as sleep } from 'node:timers/promises';
import { DtmsClient } from '../../src/client/index.js';
import { freePort } from '../../src/store/embedded/cluster.js';
import { benchmarkMain } from '../support/benchmark.js';
import { measurement } from '../support/measurement.js';
import { PageReaders } from '../support/page-readers.js';
import { cpuSecondsOf, type ServerProcess, Workspace } from '../support/processes.js';
import { tradeSpec } from '../support/trades.js';

const ACCOUNT = 'looks';
const READERS = 50;
const EVENT_MS = 20;
const TRADES = 50;

/** The share of a core that the server takes while events come at their pace. */
async function shareOf(
  { pid }: ServerProcess,
  { change, ms }: { readonly change: (event: number) => Promise<unknown>; readonly ms: number },
): Promise<number> {
  const [startedAt, before] = [performance.now(), cpuSecondsOf(pid) ?? Number.NaN];
  const calls: Promise<unknown>[] = [];
  while (performance.now() - startedAt < ms) {
    calls.push(change(calls.length));
    await sleep(Math.max(0, startedAt + calls.length * EVENT_MS - performance.now()));
  }
  await Promise.all(calls);
  const seconds = (performance.now() - startedAt) / 1000;
  return ((cpuSecondsOf(pid) ?? Number.NaN) - before) / seconds;
}

await benchmarkMain(async ({ amount, pairs, profileFolder }) => {
  const workspace = new Workspace();
  const port = await freePort();
  const server = await workspace.startServer({
    profileFolder,
    environment: { DTMS_HTTP_PORT: String(port), DTMS_LIMITS_MODE: 'off' },
  });
  const client = new DtmsClient({ address: server.address });
  try {
    const trades = Array.from({ length: TRADES }, (_, index) => tradeSpec(ACCOUNT, index + 1));
    await client.batchRegisterTrades({ trades });
    let changed = 0;
    const change = () => {
      changed += 1;
      const volume = 0.5 + (changed % 7) / 100;
      return client.updateTrade({ account: ACCOUNT, ticket: BigInt((changed % TRADES) + 1), volume });
    };
    const ms = amount(10_000, 1000);
    // What is compiled while it is measured would count.
    await shareOf(server, { change, ms: ms / 2 });
    const [looked, alone]: [number[], number[]] = [[], []];
    let answers = 0;
    for (let pair = 0; pair < pairs; pair += 1) {
      alone.push(await shareOf(server, { change, ms }));
      const readers = new PageReaders(`127.0.0.1:${port}`);
      await readers.open(READERS);
      looked.push(await shareOf(server, { change, ms }));
      answers += readers.seen.answers;
      readers.close();
    }
    const price = looked.map((share, index) => (share - (alone[index] ?? Number.NaN)) * 100);
    return {
      measurements: [
        measurement({
          name: 'looks/price',
          unit: '% of a core',
          better: 'lower',
          ours: price,
          target: { of: 'value', value: 10 },
          notes: {
            readers: READERS,
            'events a second': 1000 / EVENT_MS,
            trades: TRADES,
            'answers a second': Math.round(answers / ((pairs * ms) / 1000)),
            'the events alone, % of a core': Math.round((alone[0] ?? 0) * 100),
          },
        }),
      ],
      skipped: [],
    };
  } finally {
    client.close();
    await server.stop();
    workspace.remove();
  }
});
