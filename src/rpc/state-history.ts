// The numbers of trades in each state over time: from how they stand now, backwards along the log.
import type {
  ListStateHistoryRequest,
  ListStateHistoryResponse,
  StateHistoryPoint,
} from '../../gen/ts/dtms/v1/trade_service.js';
import { TradeState } from '../../gen/ts/dtms/v1/types.js';
import { STATES, type State } from '../domain/types.js';
import type { Term } from '../engine/term.js';
import { invalidField } from '../errors/errors.js';
import { QueryTooLongError } from '../store/errors.js';
import type { StateMoves } from '../store/state-moves.js';
import type { Store } from '../store/store.js';
import { fromDate } from '../wire/time.js';

const MOST_POINTS = 1000;
const DEFAULT_STEPS = 240;
const DAY_MS = 86_400_000;
const OPEN_STATES = STATES.filter((state) => state !== 'CLOSED');

/** @throws DtmsError INVALID_FIELD when too many points or too much history is asked for. */
export async function listStateHistory(
  term: Pick<Term, 'databaseNow'>,
  store: Pick<Store, 'readStateMoves'>,
  request: ListStateHistoryRequest,
): Promise<ListStateHistoryResponse> {
  const moments = momentsOf(request, Math.ceil(term.databaseNow()));
  try {
    const moves = await store.readStateMoves(request.account === '' ? null : request.account, moments);
    return { points: pointsOf(moments, moves) };
  } catch (error) {
    if (!(error instanceof QueryTooLongError)) throw error;
    throw invalidField('start_time', `there is more history than can be counted in ${error.limitMs} ms`);
  }
}

/** The moments asked for, ascending, UTC ms; `now` is the database's. */
export function momentsOf(
  { startTime, endTime, stepSeconds }: Omit<ListStateHistoryRequest, 'account'>,
  now: number,
): number[] {
  const end = Math.min(fromDate(endTime) ?? now, now);
  const start = fromDate(startTime) ?? end - DAY_MS;
  if (start > end) throw invalidField('start_time', 'lies after the end');
  const step = stepSeconds * 1000 || Math.max(1000, Math.ceil((end - start) / DEFAULT_STEPS));
  const steps = Math.floor((end - start) / step);
  if (steps >= MOST_POINTS) {
    throw invalidField('step_seconds', `would give ${steps + 1} points; at most ${MOST_POINTS} are given`);
  }
  return Array.from({ length: steps + 1 }, (_, index) => end - (steps - index) * step);
}

/** The counts before each moment that the log still tells. */
export function pointsOf(
  moments: readonly number[],
  { now, moves, knownAfter }: StateMoves,
): StateHistoryPoint[] {
  const counts = new Map<State, number>(now);
  const add = (state: State, trades: number) => counts.set(state, (counts.get(state) ?? 0) + trades);
  const points: StateHistoryPoint[] = [];
  for (const [index, moment] of [...moments.entries()].reverse()) {
    if (knownAfter !== null && moment <= knownAfter) break;
    // What happened between this moment and the next one is undone.
    for (const { after, from, to, trades } of moves) {
      if (after !== index + 1) continue;
      add(to, -trades);
      if (from !== null) add(from, trades);
    }
    points.push({
      time: new Date(moment),
      tradesByState: OPEN_STATES.map((state) => ({
        state: TradeState[state],
        trades: BigInt(counts.get(state) ?? 0),
      })),
    });
  }
  return points.reverse();
}
