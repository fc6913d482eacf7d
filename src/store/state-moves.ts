// Owns how trades moved between states: the counts as they are, and the moves of the log that led to them.
import type pg from 'pg';
import type { State } from '../domain/trade/state.js';
import { timestamptzArray } from './binary-arrays.js';
import { int4OrNull, int8, named, select, timeOrNull } from './columns.js';
import { QueryTooLongError, sqlState, storeError } from './errors.js';
import { checkOut, query } from './pool.js';
import { NEW_EVENTS } from './tables.js';

/** Trades that moved the same way between the same two moments. */
export interface StateMove {
  /** How many of the moments asked for are at or before it: at those it had not happened. */
  readonly after: number;
  /** Null when the trades were registered by it. */
  readonly from: State | null;
  readonly to: State;
  readonly trades: number;
}

export interface StateMoves {
  /** Trades that are not closed, now. */
  readonly now: ReadonlyMap<State, number>;
  /** Moves at or after the first moment. */
  readonly moves: readonly StateMove[];
  /** Moves up to this time are not all known, UTC ms; null when all are. */
  readonly knownAfter: number | null;
}

const MOVE = select<{ after: number | null; from: State | null; to: State; trades: number }>({
  after: int4OrNull,
  from: named('previous_state', NEW_EVENTS.previousState),
  to: named('state', NEW_EVENTS.state),
  trades: int8,
});

/** The statement may take this long, in ms. */
const LIMIT_MS = 5000;

/**
 * One statement, so that the counts and the moves are of one moment. Events are missing up to the first
 * one after the compaction, and what an older program wrote does not tell where a trade came from.
 */
const MOVES = (ofAccount: string): string => `
  WITH known AS (
    SELECT greatest(
      CASE WHEN compacted > 0 THEN coalesce(
        (SELECT recorded_at FROM events WHERE revision > compacted ORDER BY revision LIMIT 1),
        clock_timestamp()) END,
      (SELECT recorded_at FROM events WHERE previous_state IS NULL ORDER BY revision DESC LIMIT 1)
    ) AS after FROM log_head
  ), moved AS (
    SELECT NULL::int AS after, NULL AS previous_state, state, count(*) AS trades
    FROM trades WHERE closed_at IS NULL${ofAccount} GROUP BY state
    UNION ALL
    SELECT width_bucket(recorded_at, $1::timestamptz[]), previous_state, state, count(*)
    FROM events WHERE previous_state <> state AND recorded_at >= ($1::timestamptz[])[1]${ofAccount}
    GROUP BY 1, 2, 3
  )
  SELECT known.after AS known_after, moved.* FROM known LEFT JOIN moved ON true`;

/**
 * @param moments - ascending, UTC ms; at least one.
 * @throws QueryTooLongError when there is too much to count.
 */
export async function readStateMoves(
  pool: pg.Pool,
  account: string | null,
  moments: readonly number[],
): Promise<StateMoves> {
  const values: unknown[] = [timestamptzArray(moments)];
  if (account !== null) values.push(account);
  const rows = await withinLimit(pool, MOVES(account === null ? '' : ' AND account = $2'), values);
  const now = new Map<State, number>();
  const moves: StateMove[] = [];
  // Without any move there is one row, which tells knownAfter alone.
  for (const row of rows.filter(({ state }) => state !== null)) {
    const { after, from, to, trades } = MOVE.read(row);
    if (after === null) now.set(to, trades);
    else moves.push({ after, from, to, trades });
  }
  return { now, moves, knownAfter: timeOrNull.read(rows[0]?.known_after) };
}

async function withinLimit(pool: pg.Pool, text: string, values: unknown[]): Promise<pg.QueryResultRow[]> {
  const client = await checkOut(pool);
  let finished = false;
  try {
    await query(client, `BEGIN READ ONLY; SET LOCAL statement_timeout = ${LIMIT_MS}`);
    const { rows } = await client.query(text, values);
    await query(client, 'COMMIT');
    finished = true;
    return rows;
  } catch (error) {
    if (sqlState(error) === '57014') throw new QueryTooLongError(LIMIT_MS, { cause: error });
    throw storeError(error);
  } finally {
    // Given up in the middle, its transaction is still open.
    client.release(!finished);
  }
}
