// Owns the numbers of trades in each state over time: from how they stand now, backwards along the log.
import { OPEN_STATES, type State } from '../domain/trade/state.js';
import { invalidField } from '../errors/errors.js';
import { QueryTooLongError } from '../store/errors.js';
import type { StateMoves } from '../store/state-moves.js';
import type { Store } from '../store/store.js';
import type { LogState } from './sources.js';

const MOST_POINTS = 1000;
const DEFAULT_STEPS = 240;
const DAY_MS = 86_400_000;

/** Times are UTC ms; null means the server's choice. */
export interface HistoryRange {
  readonly start: number | null;
  readonly end: number | null;
  readonly stepMs: number | null;
}

/** How many trades were in each state but CLOSED at a moment, UTC ms. */
export interface StateCounts {
  readonly at: number;
  readonly trades: ReadonlyMap<State, number>;
}

/**
 * @param account - null means all.
 * @throws DtmsError INVALID_FIELD when too many points or too much history is asked for.
 */
export async function listStateHistory(
  { state, store }: { state(): Pick<LogState, 'databaseNow'>; readonly store: Pick<Store, 'readStateMoves'> },
  account: string | null,
  range: HistoryRange,
): Promise<readonly StateCounts[]> {
  const moments = momentsOf(range, Math.ceil(state().databaseNow()));
  try {
    return countsAt(moments, await store.readStateMoves(account, moments));
  } catch (error) {
    if (!(error instanceof QueryTooLongError)) throw error;
    throw invalidField('start_time', `there is more history than can be counted in ${error.limitMs} ms`);
  }
}

/** The moments asked for, ascending, UTC ms; `now` is the database's. */
export function momentsOf(range: HistoryRange, now: number): number[] {
  const end = Math.min(range.end ?? now, now);
  const start = range.start ?? end - DAY_MS;
  if (start > end) throw invalidField('start_time', 'lies after the end');
  const step = range.stepMs ?? Math.max(1000, Math.ceil((end - start) / DEFAULT_STEPS));
  const steps = Math.floor((end - start) / step);
  if (steps >= MOST_POINTS) {
    throw invalidField('step_seconds', `would give ${steps + 1} points; at most ${MOST_POINTS} are given`);
  }
  return Array.from({ length: steps + 1 }, (_, index) => end - (steps - index) * step);
}

/** The counts before each moment that the log still tells. */
export function countsAt(moments: readonly number[], { now, moves, knownAfter }: StateMoves): StateCounts[] {
  const counts = new Map<State, number>(now);
  const add = (state: State, trades: number) => counts.set(state, (counts.get(state) ?? 0) + trades);
  const points: StateCounts[] = [];
  for (const [index, at] of [...moments.entries()].reverse()) {
    if (knownAfter !== null && at <= knownAfter) break;
    // What happened between this moment and the next one is undone.
    for (const { after, from, to, trades } of moves) {
      if (after !== index + 1) continue;
      add(to, -trades);
      if (from !== null) add(from, trades);
    }
    points.push({ at, trades: new Map(OPEN_STATES.map((state) => [state, counts.get(state) ?? 0])) });
  }
  return points.reverse();
}
