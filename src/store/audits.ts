// Owns the record of what was done by hand, and of what was refused. Any server may add to it.
import type pg from 'pg';
import {
  CHAIN_START,
  type ChainEnd,
  type ChainedAudit,
  ChainWalk,
  type ErasurePlaces,
} from './audit-chain.js';
import { select } from './columns.js';
import { query } from './pool.js';
import { AUDITS } from './tables.js';
import type { Audit, AuditFilter, StoredAudit } from './types.js';

const STORED_AUDIT = select(AUDITS);

/** The fields as they are hashed. */
const CHAINED = `id::text AS id, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
  actor, actor_id AS "actorId", method, account, ticket::text AS ticket, detail::text AS detail,
  encode(previous_hash, 'hex') AS "previousHash", encode(hash, 'hex') AS hash`;

const PAGE = 1000;

export class AuditTable {
  readonly #pool: pg.Pool | pg.ClientBase;

  constructor(pool: pg.Pool | pg.ClientBase) {
    this.#pool = pool;
  }

  /** Records what was done where nothing else is written with it. */
  async add({ actor, actorId, method, account, ticket, detail }: Audit): Promise<void> {
    await query(
      this.#pool,
      `INSERT INTO audit_events (actor, actor_id, method, account, ticket, detail) VALUES ($1, $2, $3, $4, $5, $6)`,
      [actor, actorId, method, account, String(ticket), JSON.stringify(detail)],
    );
  }

  /** What is on record after a number, in its order; with `before`, the newest first of what is also before that one. */
  async list(
    filter: AuditFilter,
    after: number,
    limit: number,
    before: number | null = null,
  ): Promise<StoredAudit[]> {
    const values: unknown[] = [after, limit];
    const terms = ['id > $1'];
    const add = (value: unknown, term: string): void => {
      if (value !== null) terms.push(`${term} $${values.push(value)}`);
    };
    add(before, 'id <');
    add(filter.account, 'account =');
    add(filter.actor, 'actor =');
    add(filter.method, 'method =');
    add(filter.from === null ? null : new Date(filter.from), 'at >=');
    add(filter.until === null ? null : new Date(filter.until), 'at <');
    const { rows } = await query(
      this.#pool,
      `SELECT ${STORED_AUDIT.list} FROM audit_events
       WHERE ${terms.join(' AND ')} ORDER BY id ${before === null ? 'ASC' : 'DESC'} LIMIT $2`,
      values,
    );
    return rows.map(STORED_AUDIT.read);
  }

  /** The chain's end. */
  async head(): Promise<ChainEnd> {
    const { rows } = await query(
      this.#pool,
      `SELECT id::text AS id, encode(hash, 'hex') AS hash FROM audit_head`,
    );
    return { ...CHAIN_START, ...rows[0] };
  }

  /** The row of this number; undefined when there is none. */
  async chained(id: string): Promise<ChainedAudit | undefined> {
    const { rows } = await query(this.#pool, `SELECT ${CHAINED} FROM audit_events a WHERE id = $1`, [id]);
    return rows[0];
  }

  /** The rows of the chain in their order, up to and including one. */
  async *chain(until: string): AsyncGenerator<ChainedAudit> {
    for (let after = '0'; ; ) {
      // The columns of the table itself, by which an index finds them, and not the texts of the same names.
      const { rows } = await query(
        this.#pool,
        `SELECT ${CHAINED} FROM audit_events a WHERE a.id > $1 AND a.id <= $2 ORDER BY a.id LIMIT ${PAGE}`,
        [after, until],
      );
      yield* rows;
      if (rows.length < PAGE) return;
      after = rows.at(-1).id;
    }
  }

  /**
   * Follows the chain from its beginning to the end it had when this began.
   *
   * @param each - called with every row that is right.
   */
  async verify(each: (row: ChainedAudit) => void = () => undefined): Promise<Verified> {
    const head = await this.head();
    const walk = new ChainWalk();
    for await (const row of this.chain(head.id)) {
      const fault = walk.take(row);
      if (fault !== null) return { rows: walk.rows, end: walk.end, fault, erasures: walk.erasures };
      each(row);
    }
    return { rows: walk.rows, end: walk.end, fault: walk.finish(head), erasures: walk.erasures };
  }
}

/** How a chain was found. */
export interface Verified {
  /** Rows that are right. */
  readonly rows: number;
  readonly end: ChainEnd;
  /** What is wrong after them; null when nothing is. */
  readonly fault: string | null;
  /** Of accounts, as far as it was followed. */
  readonly erasures: readonly ErasurePlaces[];
}
