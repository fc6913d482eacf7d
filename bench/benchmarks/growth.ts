// What a call costs as the log and the number of trades grow: RegisterTrade and GetTrade, each against the echo in the same
// rounds, with an empty log, behind a million events, and with 100,000 trades more. GROWTH_EVENTS asks for another length of
// the log. Most of its events are copies that SQL made while no server led; trades are registered.
import pg from 'pg';
import { GetTradeRequest, TradeServiceService } from '../../gen/ts/dtms/v1/trade_service.js';
import { DtmsClient } from '../../src/client/index.js';
import { createLogger } from '../../src/observability/logger.js';
import { EmbeddedPostgres } from '../../src/store/embedded.js';
import { PartitionKeeper } from '../../src/store/partitions.js';
import { benchmarkMain } from '../support/benchmark.js';
import { registerTrades } from '../support/fill.js';
import { type LoadResult, serverCost, unaryLoad } from '../support/load.js';
import { interleaved, type Measurement, measurement } from '../support/measurement.js';
import { cpuSecondsOf, type ServerProcess, startEcho, Workspace } from '../support/processes.js';
import { registrations, tradeSpec } from '../support/trades.js';

const ACCOUNT = 'growth';
const CONNECTIONS = 4;
const CONCURRENCY = 40;
const PAIRS = 3;
const COPIES_AT_ONCE = 100_000;
const REVISIONS_IN_A_PARTITION = 1_000_000;
const QUIET = { lookMs: 500, share: 0.1, limitMs: 60_000 };
const GROWN = Number(process.env.GROWTH_EVENTS ?? 1_000_000);

/** Adds copies of the log's newest event, as if they were of other trades. */
const COPY = `INSERT INTO events
    (revision, account, ticket, symbol, state, previous_state, trade_version, occurred_at, actor, payload)
  SELECT h.revision + n, 'copy', h.revision + n, e.symbol, e.state, e.previous_state, e.trade_version, e.occurred_at,
    e.actor, e.payload
  FROM log_head h, generate_series(1, $1::int) AS n, (SELECT * FROM events ORDER BY revision DESC LIMIT 1) AS e`;

async function copyEvents(pool: pg.Pool, count: number): Promise<void> {
  const head = Number((await pool.query('SELECT revision FROM log_head')).rows[0].revision);
  const keeper = await PartitionKeeper.open(pool, REVISIONS_IN_A_PARTITION, head, createLogger('error'));
  await keeper.cover(head + count);
  for (let left = count; left > 0; left -= COPIES_AT_ONCE) {
    const some = Math.min(left, COPIES_AT_ONCE);
    await pool.query(COPY, [some]);
    await pool.query('UPDATE log_head SET revision = revision + $1', [some]);
  }
  await pool.query('ANALYZE events');
}

/** Waits until a server has done what its start left to do: what is looked at once of a log that is new to it. */
async function quiet({ pid }: ServerProcess): Promise<void> {
  for (const until = performance.now() + QUIET.limitMs; performance.now() < until; ) {
    const before = cpuSecondsOf(pid);
    await new Promise((resolve) => setTimeout(resolve, QUIET.lookMs));
    const after = cpuSecondsOf(pid);
    if (before === null || after === null || (after - before) * 1000 < QUIET.share * QUIET.lookMs) return;
  }
}

/** Tickets that were never used before. */
let ticket = 1;

interface Stage {
  readonly server: ServerProcess;
  readonly echo: ServerProcess;
  readonly calls: number;
}

async function measured(
  { server, echo, calls }: Stage,
  where: string,
  known: number,
): Promise<Measurement[]> {
  const load = (to: ServerProcess, path: string, requests: Uint8Array[]): Promise<LoadResult> =>
    unaryLoad({ server: to, path, connections: CONNECTIONS, concurrency: CONCURRENCY, requests });
  const fresh = () => {
    const requests = registrations(ACCOUNT, ticket, calls);
    ticket += calls;
    return requests;
  };
  const some = () =>
    Array.from({ length: calls }, (_, index) =>
      GetTradeRequest.encode({ account: ACCOUNT, ticket: BigInt((index % known) + 1) }).finish(),
    );
  const of = async (name: string, path: string, requests: () => Uint8Array[]): Promise<Measurement[]> => {
    const { ours, yardstick } = await interleaved(
      PAIRS,
      () => load(server, path, requests()),
      () => load(echo, path, requests()),
    );
    return [
      measurement({
        name: `growth/${name}-${where}`,
        unit: 'calls/s',
        better: 'higher',
        ours: ours.map(({ callsPerSecond }) => callsPerSecond),
        yardstick: { name: 'echo', samples: yardstick.map(({ callsPerSecond }) => callsPerSecond) },
      }),
      ...serverCost({ name: `growth/${name}-cpu-${where}` }, ours, yardstick),
    ];
  };
  const { registerTrade, getTrade } = TradeServiceService;
  return [...(await of('register', registerTrade.path, fresh)), ...(await of('get', getTrade.path, some))];
}

await benchmarkMain(async ({ amount, profileFolder }) => {
  const [events, trades] = [amount(GROWN, 1000), amount(100_000, 1000)];
  const calls = amount(4000, 200);
  const workspace = new Workspace();
  const settings = { dataDir: `${workspace.folder}/database`, port: 0 };
  const database = await EmbeddedPostgres.start(settings, createLogger('error'));
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => {});
  const echo = await startEcho();
  const start = () =>
    workspace.startServer({ profileFolder, environment: { DTMS_DATABASE_URL: database.url } });
  let server = await start();
  const measurements: Measurement[] = [];
  const take = async (where: string, known: number) => {
    await quiet(server);
    measurements.push(...(await measured({ server, echo, calls }, where, known)));
  };
  try {
    const client = () => new DtmsClient({ address: server.address });
    const first = client();
    await first.registerTrade({ trade: tradeSpec(ACCOUNT, ticket++) });
    first.close();
    await take('empty', 1);
    await server.stop();
    await copyEvents(pool, events);
    server = await start();
    await take(`${events}-events`, 1);
    const more = client();
    await registerTrades(more, 'many', trades);
    more.close();
    await take(`${events}-events-${trades}-trades`, 1);
    return { measurements, skipped: [] };
  } finally {
    await server.stop();
    await echo.stop();
    await pool.end();
    await database.stop();
    workspace.remove();
  }
});
