// Owns when coarse bars close within recorded data, and the ATR then: what protective rules and sampled trades go by.
import { type Bar, TIMEFRAME_MS } from '../domain/market/data.js';
import { Atr } from '../domain/market/indicators/atr.js';
import type { ReplayData } from '../replay/importer.js';

const ATR_PERIOD = 14;

/** One for each bar of the data, as of its close. */
export interface CoarseMoment {
  /** Whether a coarse bar has closed with it: it is the last of the data within that. */
  readonly closes: boolean;
  /** ATR(14) of the coarse bars closed so far; null before it is known. */
  readonly atr: number | null;
}

/** A coarse bar of the data, and the place of the last of the data's bars within it. */
export interface CoarseBar {
  readonly bar: Bar;
  readonly place: number;
}

/** In order of time. */
export function coarseBars({ bars }: Pick<ReplayData, 'bars'>): readonly CoarseBar[] {
  const found: CoarseBar[] = [];
  let forming: Bar | null = null;
  for (const [place, { bar }] of bars.entries()) {
    forming = forming === null ? bar : merged(forming, bar);
    const next = bars[place + 1]?.bar;
    if (next !== undefined && bucketOf(next) === bucketOf(bar)) continue;
    found.push({ bar: forming, place });
    forming = null;
  }
  return found;
}

export function coarseMoments(data: ReplayData): readonly CoarseMoment[] {
  const average = new Atr(ATR_PERIOD);
  const closing = new Map(coarseBars(data).map(({ bar, place }) => [place, bar]));
  let atr: number | null = null;
  return data.bars.map((_, place) => {
    const closed = closing.get(place);
    if (closed !== undefined) {
      average.update(closed);
      atr = Number.isNaN(average.value) ? null : average.value;
    }
    return { closes: closed !== undefined, atr };
  });
}

function bucketOf({ time }: Bar): number {
  return Math.floor(time / TIMEFRAME_MS.M15);
}

function merged(first: Bar, second: Bar): Bar {
  return {
    ...first,
    high: Math.max(first.high, second.high),
    low: Math.min(first.low, second.low),
    close: second.close,
    volume: first.volume + second.volume,
  };
}
