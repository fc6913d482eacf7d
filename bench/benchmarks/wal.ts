// What a change costs Postgres' own log: bytes for each trade that is registered, that begins to be watched, and that acts.
// Taken between two positions of the log right after a checkpoint, so pages that are written whole for the first time count
// as well, and once more without them.
import pg from 'pg';
import { DtmsClient } from '../../src/client/index.js';
import { createLogger } from '../../src/observability/logger.js';
import { EmbeddedPostgres } from '../../src/store/embedded.js';
import { ActingBar, actingBarOf } from '../support/acting-bar.js';
import { benchmarkMain } from '../support/benchmark.js';
import { BarFeed, registerTrades } from '../support/fill.js';
import { measurement } from '../support/measurement.js';
import { Workspace } from '../support/processes.js';

const WARM_UP_BARS = 400;

/** What was written to the log, in bytes: all of it, and of that the pages that were written whole. */
interface Written {
  readonly bytes: number;
  readonly wholePages: number;
}

/** Looks at the log of a Postgres. */
class WalMeter {
  readonly #client: pg.Client;

  constructor(client: pg.Client) {
    this.#client = client;
  }

  /** What `work` writes, beginning with a checkpoint, and what it returns. */
  async during<T>(work: () => Promise<T>): Promise<{ readonly written: Written; readonly result: T }> {
    await this.#client.query('CHECKPOINT');
    const from = await this.#position();
    const result = await work();
    const to = await this.#position();
    const { rows } = await this.#client.query(
      `SELECT pg_wal_lsn_diff($2, $1)::float8 AS bytes, coalesce(sum(fpi_size), 0)::float8 AS whole_pages
       FROM pg_get_wal_stats($1, $2)`,
      [from, to],
    );
    return { result, written: { bytes: rows[0].bytes, wholePages: rows[0].whole_pages } };
  }

  async #position(): Promise<string> {
    return (await this.#client.query('SELECT pg_current_wal_insert_lsn()::text AS at')).rows[0].at;
  }
}

await benchmarkMain(async ({ amount, profileFolder }) => {
  const trades = amount(10_000, 500);
  const workspace = new Workspace();
  const database = await EmbeddedPostgres.start(
    { dataDir: `${workspace.folder}/database`, port: 0 },
    createLogger('error'),
  );
  const client = new pg.Client({ connectionString: database.url });
  try {
    await client.connect();
    await client.query('CREATE EXTENSION IF NOT EXISTS pg_walinspect');
    const server = await workspace.startServer({
      profileFolder,
      environment: { DTMS_DATABASE_URL: database.url },
    });
    const dtms = new DtmsClient({ address: server.address });
    try {
      return { measurements: await measure(dtms, new WalMeter(client), trades), skipped: [] };
    } finally {
      dtms.close();
      await server.stop();
    }
  } finally {
    await client.end();
    await database.stop();
    workspace.remove();
  }
});

async function measure(dtms: DtmsClient, meter: WalMeter, trades: number) {
  const feed = new BarFeed(dtms);
  await feed.push(WARM_UP_BARS);
  const registered = await meter.during(() => registerTrades(dtms, 'wal', trades));
  const watched = await meter.during(() => feed.push(1));
  const bar = await actingBarOf(dtms);
  const acting = new ActingBar(dtms, 'acting', trades);
  await acting.ready(bar);
  const acted = await meter.during(() => acting.act(bar));
  return [
    perTrade('wal/registered', registered.written, trades),
    perTrade('wal/watched', watched.written, watched.result),
    perTrade('wal/acted', acted.written, acted.result),
  ];
}

function perTrade(name: string, { bytes, wholePages }: Written, trades: number) {
  return measurement({
    name,
    unit: 'bytes a trade',
    better: 'lower',
    ours: [bytes / trades],
    target: { of: 'value', value: 1000 },
    notes: { trades, 'without whole pages': Math.round((bytes - wholePages) / trades) },
  });
}
