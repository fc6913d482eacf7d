// Owns reading what closed lots earned: of trades, and summed by day of an account.
import type pg from 'pg';
import { int4Array, int8Array, textArray } from './binary-arrays.js';
import { int8, named, select, text, textOrNull } from './columns.js';
import { query } from './pool.js';
import { RESULTS } from './tables.js';
import type { BookedResult, TradeKey } from './types.js';

/** Of an account, and which of its broker's days, by their numbers since 1970: from one to before another. */
export interface DayRange {
  readonly account: string;
  readonly fromDay: number;
  readonly beforeDay: number;
  /** The broker's clock against UTC. */
  readonly utcOffsetMinutes: number;
  /** Up to which revision of the log. */
  readonly revision: number;
}

/** What the lots of a symbol earned that were closed on a day of the broker's, in one currency. Amounts are decimals. */
export interface DaySum {
  readonly day: number;
  readonly symbol: string;
  /** Empty where nobody told the account's. */
  readonly currency: string;
  /** How many trades had lots closed. */
  readonly trades: number;
  /** null where no amount is known. */
  readonly profit: string | null;
  readonly commission: string | null;
  readonly swap: string | null;
  /** How many results are in no amount. */
  readonly unknown: number;
  /** How many results there are, and how many of them are what the broker booked. */
  readonly closes: number;
  readonly booked: number;
}

/** By what results are summed. */
export interface ResultGrouping {
  readonly account: boolean;
  readonly symbol: boolean;
  readonly policy: boolean;
  readonly period: 'day' | 'week' | 'month' | null;
}

/** Whose results, and of which days of each account's broker. */
export interface SumRange {
  /** null: everybody's. */
  readonly account: string | null;
  /** UTC ms; from the broker's day of the one to that of the other, it included. */
  readonly start: number;
  readonly end: number;
  /** Up to which revision of the log. */
  readonly revision: number;
  /** Brokers' clocks against UTC, in minutes, of the accounts where it is not 0. */
  readonly offsets: ReadonlyMap<string, number>;
}

/** What a group's closed lots earned in one currency; what it is not grouped by is empty. */
export interface GroupSum extends Omit<DaySum, 'day'> {
  readonly account: string;
  readonly policy: string;
  /** The first of its days, such as 2026-11-30. */
  readonly date: string;
}

const RECORDED = select({ revision: RESULTS.revision, body: RESULTS.body });

function recordedOf(row: object): BookedResult {
  const { revision, body } = RECORDED.read(row);
  return { revision, ...body };
}

/** Bridges tell the deals of a week at most. */
const OF_POSITIONS = `
  SELECT revision, body::text AS body FROM realised_results
  WHERE account = $1 AND recorded_at > clock_timestamp() - interval '8 days' AND (body->>'position')::int8 = ANY ($2::int8[])
  ORDER BY revision, leg DESC`;

const DAY_SUM = select<DaySum>({
  day: int8,
  symbol: text,
  currency: text,
  trades: int8,
  profit: textOrNull,
  commission: textOrNull,
  swap: textOrNull,
  unknown: named('unknowns', int8),
  ...{ closes: int8, booked: int8 },
});

/** Amounts are of results that are known: what one cost of which it is not known what it earned is in none of them. */
const AMOUNTS = `
    sum((body->>'profit')::numeric)::text AS profit,
    sum((body->>'commission')::numeric) FILTER (WHERE body->>'profit' IS NOT NULL)::text AS commission,
    sum((body->>'swap')::numeric) FILTER (WHERE body->>'profit' IS NOT NULL)::text AS swap,
    count(*) FILTER (WHERE body->>'profit' IS NULL) AS unknowns,
    count(*) AS closes, count(*) FILTER (WHERE body->>'deals' IS NOT NULL) AS booked`;

/** A trade that is written about twice in a day counts once. */
const SUMS = `
  SELECT floor((extract(epoch FROM recorded_at) + $2::int4 * 60) / 86400)::int8 AS day, symbol,
    body->>'currency' AS currency, count(DISTINCT ticket) AS trades,${AMOUNTS}
  FROM realised_results
  WHERE account = $1 AND recorded_at >= to_timestamp($3::float8) AND recorded_at < to_timestamp($4::float8)
    AND revision <= $5
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT $6`;

const GROUP_SUM = select<GroupSum>({
  ...{ date: text, account: text, policy: text, symbol: text, currency: text },
  trades: int8,
  ...{ profit: textOrNull, commission: textOrNull, swap: textOrNull },
  unknown: named('unknowns', int8),
  ...{ closes: int8, booked: int8 },
});

/** No zone is further from UTC than a day: rows are found by the index first, and counted by the broker's day then. */
const GROUPS = `
  SELECT CASE WHEN $1::text = '' THEN '' ELSE to_char(date_trunc($1, told_at), 'YYYY-MM-DD') END AS date,
    CASE WHEN $2 THEN account ELSE '' END AS account, CASE WHEN $3 THEN coalesce(body->>'policy', '') ELSE '' END AS policy,
    CASE WHEN $4 THEN symbol ELSE '' END AS symbol, body->>'currency' AS currency,
    count(DISTINCT (account, ticket)) AS trades,${AMOUNTS}
  FROM (
    SELECT r.account, ticket, symbol, body, recorded_at AT TIME ZONE 'UTC' + ahead AS told_at,
      to_timestamp($6::float8) AT TIME ZONE 'UTC' + ahead AS starts, to_timestamp($7::float8) AT TIME ZONE 'UTC' + ahead AS ends
    FROM realised_results r LEFT JOIN unnest($8::text[], $9::int4[]) AS o(account, minutes) USING (account),
      LATERAL (SELECT coalesce(minutes, 0) * interval '1 minute' AS ahead) AS a
    WHERE ($5::text IS NULL OR r.account = $5) AND recorded_at >= to_timestamp($6) - interval '2 days'
      AND recorded_at < to_timestamp($7) + interval '2 days' AND revision <= $11
  ) AS told
  WHERE told_at >= date_trunc('day', starts) AND told_at < date_trunc('day', ends) + interval '1 day'
  GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5 LIMIT $10`;

const DAY_S = 86_400;

export class ResultTable {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** What the closed lots of these trades earned, and of which event each is, in the order they were closed. */
  async ofTrades(keys: readonly TradeKey[]): Promise<BookedResult[]> {
    if (keys.length === 0) return [];
    const { rows } = await query(
      this.#pool,
      `SELECT r.revision, r.body::text AS body FROM unnest($1::text[], $2::int8[]) AS x(account, ticket)
       JOIN realised_results r USING (account, ticket) ORDER BY r.revision, r.leg DESC`,
      [textArray(keys.map(({ account }) => account)), int8Array(keys.map(({ ticket }) => ticket))],
    );
    return rows.map(recordedOf);
  }

  /** What the closed lots of these positions of an account earned, and of which event each is, of the last days. */
  async ofPositions(account: string, positions: readonly bigint[]): Promise<BookedResult[]> {
    const { rows } = await query(this.#pool, OF_POSITIONS, [account, int8Array(positions)]);
    return rows.map(recordedOf);
  }

  /** What groups of results earned; at most `limit` of them. */
  async sums(
    by: ResultGrouping,
    { account, start, end, offsets, revision }: SumRange,
    limit: number,
  ): Promise<GroupSum[]> {
    const grouping = [by.period ?? '', by.account, by.policy, by.symbol];
    const clocks = [textArray([...offsets.keys()]), int4Array([...offsets.values()])];
    const values = [...grouping, account, start / 1000, end / 1000, ...clocks, limit, revision];
    const { rows } = await query(this.#pool, GROUPS, values);
    return rows.map(GROUP_SUM.read);
  }

  /** What an account's days earned, by day, symbol and currency; at most `limit` of them. */
  async sumsByDay(
    { account, fromDay, beforeDay, utcOffsetMinutes, revision }: DayRange,
    limit: number,
  ): Promise<DaySum[]> {
    const second = (day: number): number => day * DAY_S - utcOffsetMinutes * 60;
    const values = [account, utcOffsetMinutes, second(fromDay), second(beforeDay), revision, limit];
    const { rows } = await query(this.#pool, SUMS, values);
    return rows.map(DAY_SUM.read);
  }
}
