// Owns putting what is known of a trade on the bars of its chart: each bar has what was in force when it ended. Pure.
import { TIMEFRAME_MS, type Timeframe } from '../../../domain/market/data.js';
import type { BarJson, EvaluationJson, TradeEventJson, TradeJson } from '../data/json.js';
import { words } from '../ui/format.js';
import { lookOf } from '../ui/states.js';
import { type LevelStep, levelSteps, stateBands } from './story.js';

/** The lines of prices that are in force over a stretch of time. */
export type LevelName = 'entry' | 'stop' | 'target' | 'hedge';
export const LEVELS: readonly LevelName[] = ['entry', 'stop', 'target', 'hedge'];

/** A bar, and what was in force at its end. Prices are undefined where there were none. */
export interface ChartMoment extends Readonly<Record<LevelName, number | undefined>> {
  /** When the bar opens, UTC ms. */
  readonly at: number;
  /** Undefined where only evaluations are known. */
  readonly bar: BarJson | undefined;
  /** Undefined before the trade was opened. */
  readonly state: string | undefined;
  /** The newest evaluation up to its end. */
  readonly evaluation: EvaluationJson | undefined;
  /** Whether that was made within the bar. */
  readonly isEvaluated: boolean;
}

/** Something that happened within a bar. */
export interface ChartMark {
  /** When its bar opens, UTC ms. */
  readonly at: number;
  readonly kind: 'opened' | 'closed' | 'state' | 'action';
  readonly text: string;
  /** The state it led to; undefined where it led to none. */
  readonly state: string | undefined;
}

export interface Timeline {
  /** Ascending, each moment once. */
  readonly moments: readonly ChartMoment[];
  readonly marks: readonly ChartMark[];
}

/** What a timeline is made of, all of market time and oldest first. */
export interface ChartRecord {
  readonly trade: TradeJson;
  readonly events: readonly TradeEventJson[];
  readonly bars: readonly BarJson[];
  readonly evaluations: readonly EvaluationJson[];
  readonly timeframe: Timeframe;
}

/** Short enough to stand beside each other. */
const ACTION_MARKS: Readonly<Record<string, string>> = {
  ACTION_TYPE_TIGHTEN_SL: 'SL',
  ACTION_TYPE_TRAIL_SL: 'SL',
  ACTION_TYPE_MOVE_SL_BREAKEVEN: 'BE',
  ACTION_TYPE_PARTIAL_CLOSE: '½',
  ACTION_TYPE_OPEN_HEDGE: 'hedge',
  ACTION_TYPE_CLOSE_HEDGE: 'unhedge',
  ACTION_TYPE_CLOSE_ALL: 'close',
  ACTION_TYPE_RE_ADD: 'add',
};

export function timelineOf(record: ChartRecord): Timeline {
  const { trade, events, bars, evaluations, timeframe } = record;
  const length = TIMEFRAME_MS[timeframe];
  const shown = bars.length > 0 ? bars.map((bar) => ({ at: timeOf(bar.openTime), bar })) : [];
  // Without bars the evaluations alone make the moments, each at its own time.
  const places =
    shown.length > 0
      ? shown
      : evaluations.map(({ evaluatedAt }) => ({ at: timeOf(evaluatedAt) - length, bar: undefined }));
  const level = lookUp(levelSteps(events), ({ at }) => at);
  const band = lookUp(stateBands(events, trade), ({ from }) => from);
  const evaluation = lookUp(evaluations, ({ evaluatedAt }) => timeOf(evaluatedAt));
  const opened = timeOf(trade.openedAt);
  const closed = trade.closedAt === undefined ? Number.POSITIVE_INFINITY : timeOf(trade.closedAt);
  const moments = places.map(({ at, bar }): ChartMoment => {
    const end = at + length;
    const newest = evaluation(end);
    const isOpen = opened < end && at <= closed;
    return {
      at,
      bar,
      state: opened < end ? band(end - 1)?.state : undefined,
      evaluation: newest,
      isEvaluated: newest !== undefined && timeOf(newest.evaluatedAt) > at,
      ...levelsAt(isOpen ? level(end - 1) : undefined, isOpen ? trade.entryPrice : undefined),
    };
  });
  return { moments, marks: marksOf(record, moments) };
}

function levelsAt(
  step: LevelStep | undefined,
  entry: number | undefined,
): Record<LevelName, number | undefined> {
  return {
    entry: entry && (step?.entry ?? entry),
    stop: step?.stop,
    target: step?.target,
    hedge: step?.hedge,
  };
}

/** What happened, on the bars it happened in; what lies outside of them is left out. */
function marksOf(
  { trade, events, timeframe }: ChartRecord,
  moments: readonly ChartMoment[],
): readonly ChartMark[] {
  const length = TIMEFRAME_MS[timeframe];
  const moment = lookUp(moments, ({ at }) => at);
  const marks: ChartMark[] = [];
  const mark = (time: string | undefined, kind: ChartMark['kind'], text: string, state?: string) => {
    const ms = timeOf(time);
    const bar = moment(ms);
    // The newest bar may not have ended when its feed fell silent: what came later stands on it.
    const isLast = bar !== undefined && bar === moments.at(-1);
    if (bar !== undefined && (isLast || ms < bar.at + length)) marks.push({ at: bar.at, kind, text, state });
  };
  mark(trade.openedAt, 'opened', words(trade.direction, 'DIRECTION_').toUpperCase());
  for (const { occurredAt, stateChanged, actionChanged } of events) {
    if (stateChanged !== undefined && stateChanged.from !== stateChanged.to) {
      const { to } = stateChanged;
      const isClosed = to === 'TRADE_STATE_CLOSED';
      mark(occurredAt, isClosed ? 'closed' : 'state', isClosed ? 'closed' : lookOf(to).letter, to);
    }
    const { action, evidence } = actionChanged ?? {};
    if (action?.status === 'ACTION_STATUS_DONE' && evidence !== true)
      mark(occurredAt, 'action', ACTION_MARKS[action.type] ?? words(action.type, 'ACTION_TYPE_'));
  }
  return marks.sort((one, other) => one.at - other.at);
}

/** Finds the last of what is ascending at or before a time; undefined before the first. */
function lookUp<T>(all: readonly T[], timeAt: (each: T) => number): (time: number) => T | undefined {
  const times = all.map(timeAt);
  return (time) => {
    let [low, high] = [0, times.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((times[middle] ?? 0) <= time) low = middle + 1;
      else high = middle;
    }
    return all[low - 1];
  };
}

function timeOf(time: string | undefined): number {
  return Date.parse(time ?? '');
}
