// The yardstick of bulk writing: a Postgres of its own like the server's, and one table into which rows of
// an event's size are inserted durably, many per statement.
import { join } from 'node:path';
import pg from 'pg';
import { createLogger } from '../../src/observability/logger.js';
import { EmbeddedPostgres } from '../../src/store/embedded.js';

const ROWS = 500;
const IN_FLIGHT = 2;
const UPDATERS = 10;
const PAYLOAD_BYTES = 160;
const INSERT =
  'INSERT INTO rows (revision, account, ticket, payload) ' +
  'SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bytea[])';

export class BarePostgres {
  readonly #embedded: EmbeddedPostgres;
  readonly #pool: pg.Pool;
  #revision = 0;

  private constructor(embedded: EmbeddedPostgres, pool: pg.Pool) {
    this.#embedded = embedded;
    this.#pool = pool;
  }

  /** Starts it with its data under `folder`. */
  static async start(folder: string): Promise<BarePostgres> {
    const logger = createLogger('error');
    const embedded = await EmbeddedPostgres.start({ dataDir: join(folder, 'bare'), port: 0 }, logger);
    const pool = new pg.Pool({ connectionString: embedded.url, max: UPDATERS });
    pool.on('error', () => {});
    await pool.query(
      'CREATE TABLE rows (revision bigint PRIMARY KEY, account text, ticket bigint, payload bytea)',
    );
    return new BarePostgres(embedded, pool);
  }

  /** Inserts at least `count` rows, 500 a transaction, 2 transactions in flight; returns rows per second. */
  async insert(count: number): Promise<number> {
    const statements = Math.ceil(count / ROWS);
    const accounts = new Array<string>(ROWS).fill('benchmark');
    const payloads = new Array<Buffer>(ROWS).fill(Buffer.alloc(PAYLOAD_BYTES, 1));
    let left = statements;
    const worker = async () => {
      while (left > 0) {
        left -= 1;
        const first = this.#revision + 1;
        this.#revision += ROWS;
        const revisions = Array.from({ length: ROWS }, (_, i) => first + i);
        await this.#pool.query({
          name: 'insert',
          text: INSERT,
          values: [revisions, accounts, revisions, payloads],
        });
      }
    };
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
    return (statements * ROWS) / ((performance.now() - startedAt) / 1000);
  }

  /** Updates `count` rows `times` times each, one row a transaction, 10 in flight; returns seconds. */
  async update(count: number, times: number): Promise<number> {
    await this.#pool.query('DROP TABLE IF EXISTS work');
    await this.#pool.query("CREATE TABLE work (id int PRIMARY KEY, status text NOT NULL DEFAULT 'PENDING')");
    await this.#pool.query('INSERT INTO work (id) SELECT generate_series(1, $1)', [count]);
    let next = 0;
    const worker = async () => {
      while (next < count * times) {
        const id = (next % count) + 1;
        const status = `step ${Math.floor(next / count)}`;
        next += 1;
        await this.#pool.query({
          name: 'update',
          text: 'UPDATE work SET status = $2 WHERE id = $1',
          values: [id, status],
        });
      }
    };
    const startedAt = performance.now();
    await Promise.all(Array.from({ length: UPDATERS }, worker));
    return (performance.now() - startedAt) / 1000;
  }

  async stop(): Promise<void> {
    await this.#pool.end();
    await this.#embedded.stop();
  }
}
