// Reading the recorded evaluations of a market.
import type pg from 'pg';
import { query } from './pool.js';

/** Whose, and from which time to before which (market time, UTC ms); null means without end. */
export interface EvaluationRange {
  readonly feed: string;
  readonly instrument: string;
  readonly from: number | null;
  readonly until: number | null;
}

/** A place among a market's evaluations. */
export interface EvaluationPlace {
  /** Market time, UTC ms. */
  readonly at: number;
  readonly number: number;
}

/** An evaluation as it was kept. */
export interface KeptEvaluation extends EvaluationPlace {
  /** The encoded dtms.v1.MarketEvaluation. */
  readonly body: Uint8Array;
}

/** A market's evaluations in the range, newest first, at most `limit`: those before a place, where one is given. */
export async function listEvaluations(
  pool: pg.Pool,
  { feed, instrument, from, until }: EvaluationRange,
  before: EvaluationPlace | null,
  limit: number,
): Promise<KeptEvaluation[]> {
  const values: unknown[] = [feed, instrument, limit];
  const terms: string[] = [];
  const time = (ms: number): string => `$${values.push(new Date(ms))}::timestamptz`;
  if (from !== null) terms.push(` AND at >= ${time(from)}`);
  if (until !== null) terms.push(` AND at < ${time(until)}`);
  if (before !== null) {
    terms.push(` AND (at, number) < (${time(before.at)}, $${values.push(before.number)}::int8)`);
  }
  const { rows } = await query(
    pool,
    `SELECT at, number, body FROM market_evaluations
     WHERE feed = $1 AND instrument = $2${terms.join('')} ORDER BY at DESC, number DESC LIMIT $3`,
    values,
  );
  return rows.map((row) => ({ at: row.at.getTime(), number: Number(row.number), body: row.body }));
}
