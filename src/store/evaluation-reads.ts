// Owns reading the recorded evaluations of a market.
import type pg from 'pg';
import { select } from './columns.js';
import { query } from './pool.js';
import { EVALUATIONS } from './tables.js';
import type { StoredEvaluation } from './types.js';

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

const KEPT = select({ at: EVALUATIONS.at, number: EVALUATIONS.number, body: EVALUATIONS.body });

/** An evaluation as it was kept. */
export type KeptEvaluation = Pick<StoredEvaluation, 'at' | 'number' | 'body'>;

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
    `SELECT ${KEPT.list} FROM market_evaluations
     WHERE feed = $1 AND instrument = $2${terms.join('')} ORDER BY at DESC, number DESC LIMIT $3`,
    values,
  );
  return rows.map(KEPT.read);
}
