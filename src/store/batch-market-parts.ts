// The part of a commit that keeps the evaluations of markets.
import { bytea, int8, type Part, text, time } from './batch-columns.js';
import type { CommitBatch } from './types.js';

/** Nothing is decided by what is kept here, so a row that is there already must not stop a commit. */
export function evaluationsPart(rows: CommitBatch['marketEvaluations']): Part {
  return {
    name: 'evaluated',
    columns: [
      text(
        'feed',
        rows.map(({ feed }) => feed),
      ),
      text(
        'instrument',
        rows.map(({ instrument }) => instrument),
      ),
      time(
        'at',
        rows.map(({ at }) => at),
      ),
      int8(
        'number',
        rows.map((row) => row.number),
      ),
      bytea(
        'body',
        rows.map(({ body }) => body),
      ),
    ],
    sql: (source) =>
      `INSERT INTO market_evaluations (feed, instrument, at, number, body)
       SELECT x.feed, x.instrument, x.at, x.number, x.body FROM head, ${source}
       ON CONFLICT (feed, instrument, at, number) DO NOTHING`,
  };
}
