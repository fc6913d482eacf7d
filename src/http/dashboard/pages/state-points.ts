// Owns the points of the states over time: those the log tells, and the present one. Pure.
import type { StateHistoryJson, TradeJson } from '../data/json.js';
import { OPEN_STATES } from '../ui/states.js';

export type Points = StateHistoryJson['points'];

/** How many of these trades are in each state at a moment, UTC ms. */
export function presentPoint(trades: Iterable<Pick<TradeJson, 'state'>>, at: number): Points[number] {
  const counts = new Map<string, number>();
  for (const { state } of trades) counts.set(state, (counts.get(state) ?? 0) + 1);
  return {
    time: new Date(at).toISOString(),
    tradesByState: OPEN_STATES.map(({ state }) => ({ state, trades: String(counts.get(state) ?? 0) })),
  };
}

/** This clock may be behind the one the samples are dated by: times only rise. */
export function latest(samples: Points, now: number): number {
  return Math.max(now, Date.parse(samples.at(-1)?.time ?? '') || now);
}

/** Without the time before there was any trade, but for its last moment. */
export function sinceTheFirst(all: Points): Points {
  const first = all.findIndex((point) => OPEN_STATES.some(({ state }) => countOf(point, state) > 0));
  return first === -1 ? all : all.slice(Math.max(0, first - 1));
}

export function countOf(point: Points[number], state: string): number {
  return Number(point.tradesByState.find((count) => count.state === state)?.trades ?? 0);
}

export function sum(lists: readonly (readonly number[])[], at: number): number {
  return lists.reduce((total, list) => total + (list[at] ?? 0), 0);
}
