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

export function coarseMoments({ bars }: ReplayData): readonly CoarseMoment[] {
  const average = new Atr(ATR_PERIOD);
  let forming: Bar | null = null;
  let atr: number | null = null;
  return bars.map(({ bar }, index) => {
    forming = forming === null ? bar : merged(forming, bar);
    const next = bars[index + 1]?.bar;
    const closes = next === undefined || bucketOf(next) !== bucketOf(bar);
    if (closes) {
      average.update(forming);
      forming = null;
      atr = Number.isNaN(average.value) ? null : average.value;
    }
    return { closes, atr };
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
