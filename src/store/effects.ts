// Owns the effects on trades in the database: one for each trade that is over, and how far the log was read for them.
import type pg from 'pg';
import type { TradeEffect } from '../domain/effect/effect.js';
import { int4Array, int8Array, textArray, timestamptzArray } from './binary-arrays.js';
import { decodeEffect, encodeEffect } from './bodies/effect.js';
import { select } from './columns.js';
import { type LogCursor, moveCursor } from './notices.js';
import { query } from './pool.js';
import { EVENTS } from './tables.js';
import { inTransaction } from './transaction.js';
import type { MarketKey, TradeKey } from './types.js';

/** An effect, and what of the log it was made of. */
export interface MadeEffect {
  readonly effect: TradeEffect;
  /** Made again of the same, it changes nothing. */
  readonly origin: string;
}

/** What identifies an effect. */
export type EffectKey = Pick<TradeEffect, 'account' | 'ticket' | 'begunVersion'>;

/** Empty lists and null admit all. Times are UTC ms, of the end of the real trade. */
export interface EffectFilter {
  readonly account: string | null;
  readonly tickets: readonly bigint[];
  readonly symbols: readonly string[];
  readonly policies: readonly string[];
  readonly from: number | null;
  readonly until: number | null;
}

/** A place in a list, newest first: after this effect. */
export interface EffectPlace {
  readonly closedAt: number;
  /** Of effects of one moment, those after this one. */
  readonly skip: number;
}

/** Of a part of the log: the trades that may be over with an event, or open again, and where the part ends. */
export interface Endings {
  readonly to: LogCursor;
  /** In the order of those events; one may be there more than once. */
  readonly keys: readonly TradeKey[];
}

/** Most events are none of these, and are never sent. Null is not known: an older program wrote it. */
const ENDINGS = `state = 'CLOSED' OR previous_state = 'CLOSED' OR previous_state IS NULL`;
const KEY = select({ account: EVENTS.account, ticket: EVENTS.ticket });

export class EffectTable {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /**
   * Moves a reader of the log on, and writes down what it made on the way: both or neither.
   *
   * @param keys - of the trades that were looked at: effects they had and have no more are gone.
   * @returns false where somebody else has moved it: then nothing is written.
   */
  take(
    reader: string,
    from: LogCursor,
    to: LogCursor,
    made: readonly MadeEffect[],
    keys: readonly TradeKey[],
  ): Promise<boolean> {
    return inTransaction(this.#pool, async (client) => {
      if (!(await moveCursor(client, reader, from, to))) return false;
      await removeOthers(client, made, keys);
      await write(client, made);
      return true;
    });
  }

  /** What ended in the log beyond a revision, within so many events; null at the log's end. */
  async endings(after: number, most: number): Promise<Endings | null> {
    const { rows } = await query(this.#pool, {
      name: 'endings',
      text: `SELECT head.epoch, head.until, e.* FROM (SELECT epoch, least(revision, $1::int8 + $2) AS until FROM log_head) AS head
        LEFT JOIN LATERAL (SELECT ${KEY.list} FROM events
          WHERE revision > $1 AND revision <= head.until AND account <> '' AND (${ENDINGS}) ORDER BY revision) AS e ON true`,
      values: [after, most],
    });
    const [first] = rows;
    const revision = Number(first?.until);
    if (first === undefined || revision <= after) return null;
    const keys = rows.filter(({ account }) => account !== null).map(KEY.read);
    return { to: { epoch: String(first.epoch), revision }, keys };
  }

  /** Markets with trades left alone that are followed. */
  async markets(): Promise<MarketKey[]> {
    const { rows } = await query(
      this.#pool,
      "SELECT DISTINCT feed, instrument FROM trade_effects WHERE status = 'FOLLOWED' ORDER BY feed, instrument",
    );
    return rows.map(({ feed, instrument }) => ({ feed: String(feed), instrument: String(instrument) }));
  }

  /** Followed effects of a market in the order of their keys, those after one. */
  async followed(
    { feed, instrument }: MarketKey,
    after: EffectKey | null,
    limit: number,
  ): Promise<MadeEffect[]> {
    const { rows } = await query(
      this.#pool,
      `SELECT origin, body::text AS body FROM trade_effects
       WHERE status = 'FOLLOWED' AND feed = $1 AND instrument = $2 AND (account, ticket, begun_version) > ($3, $4::int8, $5::int4)
       ORDER BY account, ticket, begun_version LIMIT $6`,
      [feed, instrument, after?.account ?? '', String(after?.ticket ?? 0n), after?.begunVersion ?? 0, limit],
    );
    return rows.map(({ origin, body }) => ({ origin: String(origin), effect: decodeEffect(String(body)) }));
  }

  /** Writes how far these were followed; one that was made anew meanwhile stays as it is. */
  async move(made: readonly MadeEffect[]): Promise<void> {
    if (made.length === 0) return;
    await query(
      this.#pool,
      `UPDATE trade_effects e SET status = x.status, body = x.body::json
       FROM unnest(${KEYS}, $4::text[], $5::text[], $6::text[]) AS x(account, ticket, begun_version, status, origin, body)
       WHERE e.account = x.account AND e.ticket = x.ticket AND e.begun_version = x.begun_version
         AND e.status = 'FOLLOWED' AND e.origin = x.origin`,
      [
        ...keysOf(made),
        textArray(made.map(({ effect }) => standingOf(effect))),
        textArray(made.map(({ origin }) => origin)),
        textArray(made.map(({ effect }) => encodeEffect(effect))),
      ],
    );
  }

  /** Effects that the filter admits, those of trades that ended last first. */
  async list(filter: EffectFilter, after: EffectPlace | null, limit: number): Promise<TradeEffect[]> {
    const values: unknown[] = [limit, after?.skip ?? 0];
    const terms = conditions(filter, values);
    if (after !== null) terms.push(`closed_at <= $${values.push(new Date(after.closedAt))}`);
    const { rows } = await query(
      this.#pool,
      `SELECT body::text AS body FROM trade_effects WHERE ${['true', ...terms].join(' AND ')}
       ORDER BY closed_at DESC, account, ticket, begun_version LIMIT $1 OFFSET $2`,
      values,
    );
    return rows.map(({ body }) => decodeEffect(String(body)));
  }
}

function conditions(
  { account, tickets, symbols, policies, from, until }: EffectFilter,
  values: unknown[],
): string[] {
  const terms: string[] = [];
  const add = (value: unknown, term: (parameter: string) => string) =>
    terms.push(term(`$${values.push(value)}`));
  if (account !== null) add(account, (p) => `account = ${p}`);
  if (tickets.length > 0) add(int8Array(tickets), (p) => `ticket = ANY(${p}::int8[])`);
  if (symbols.length > 0) add(textArray(symbols), (p) => `symbol = ANY(${p}::text[])`);
  if (policies.length > 0) add(textArray(policies), (p) => `policy = ANY(${p}::text[])`);
  if (from !== null) add(new Date(from), (p) => `closed_at >= ${p}`);
  if (until !== null) add(new Date(until), (p) => `closed_at < ${p}`);
  return terms;
}

/** While anything of it is followed it is looked for. */
function standingOf({ status, observed }: TradeEffect): TradeEffect['status'] {
  return observed.some(({ course }) => course !== null) ? 'FOLLOWED' : status;
}

const KEYS = '$1::text[], $2::int8[], $3::int4[]';

function keysOf(made: readonly MadeEffect[]): Buffer[] {
  return [
    textArray(made.map(({ effect }) => effect.account)),
    int8Array(made.map(({ effect }) => effect.ticket)),
    int4Array(made.map(({ effect }) => effect.begunVersion)),
  ];
}

async function write(on: pg.PoolClient, made: readonly MadeEffect[]): Promise<void> {
  if (made.length === 0) return;
  const column = (of: (effect: TradeEffect) => string) => textArray(made.map(({ effect }) => of(effect)));
  await query(
    on,
    `INSERT INTO trade_effects AS e
       (account, ticket, begun_version, symbol, policy, feed, instrument, closed_at, status, origin, body)
     SELECT account, ticket, begun_version, symbol, policy, feed, instrument, closed_at, status, origin, body::json
     FROM unnest(${KEYS}, $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::text[], $10::text[], $11::text[])
       AS x(account, ticket, begun_version, symbol, policy, feed, instrument, closed_at, status, origin, body)
     ON CONFLICT (account, ticket, begun_version) DO UPDATE SET
       symbol = excluded.symbol, policy = excluded.policy, feed = excluded.feed, instrument = excluded.instrument,
       closed_at = excluded.closed_at, status = excluded.status, origin = excluded.origin, body = excluded.body
     -- What was told once is not taken back because the log was compacted since.
     WHERE e.origin <> excluded.origin AND (excluded.body->>'apart') IS DISTINCT FROM 'HISTORY_GONE'`,
    [
      ...keysOf(made),
      column(({ symbol }) => symbol),
      column(({ policy }) => policy),
      column(({ feed }) => feed),
      column(({ instrument }) => instrument),
      timestamptzArray(made.map(({ effect }) => effect.closedAt)),
      column(standingOf),
      textArray(made.map(({ origin }) => origin)),
      column(encodeEffect),
    ],
  );
}

/** A trade that was opened again has no effect any more. */
async function removeOthers(
  on: pg.PoolClient,
  made: readonly MadeEffect[],
  keys: readonly TradeKey[],
): Promise<void> {
  if (keys.length === 0) return;
  await query(
    on,
    `DELETE FROM trade_effects e USING unnest($4::text[], $5::int8[]) AS k(account, ticket)
     WHERE e.account = k.account AND e.ticket = k.ticket AND NOT EXISTS (
       SELECT FROM unnest(${KEYS}) AS x(account, ticket, begun_version)
       WHERE x.account = e.account AND x.ticket = e.ticket AND x.begun_version = e.begun_version)`,
    [
      ...keysOf(made),
      textArray(keys.map(({ account }) => account)),
      int8Array(keys.map(({ ticket }) => ticket)),
    ],
  );
}
