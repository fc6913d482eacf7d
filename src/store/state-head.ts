// Owns where the state of the log stands: at which commit, of which history, and whether commits are recorded.
import type pg from 'pg';
import { lookUp } from './pool.js';
import { IS_AT_STANDBYS } from './succession.js';
import type { CommitPlace } from './types.js';

/** Where the state of the log stands now. */
export interface StateHead extends CommitPlace {
  /** Whether the leader records what its commits change: an older program does not. */
  readonly recorded: boolean;
  /** The database's clock, UTC ms. */
  readonly now: number;
}

const HEAD = {
  name: 'state_head',
  text: `SELECT epoch || ' ' || identity AS history, revision, commits, recording_epoch = evaluator_epoch AS recorded,
    extract(epoch FROM clock_timestamp())::float8 * 1000 AS now FROM log_head WHERE ${IS_AT_STANDBYS}`,
};
export async function readStateHead(on: pg.Pool | pg.ClientBase): Promise<StateHead> {
  const { rows } = await lookUp(on, HEAD);
  const [row] = rows;
  if (row === undefined) throw new Error('the log has no head');
  return {
    history: String(row.history),
    revision: Number(row.revision),
    commit: Number(row.commits),
    recorded: row.recorded === true,
    now: Number(row.now),
  };
}

export function placeOf({ history, commit, revision }: StateHead): CommitPlace {
  return { history, commit, revision };
}
