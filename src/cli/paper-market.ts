// The market `dtms paper` plays: which bars of the recording are history and which are played, how they are
// dated, and the contract terms that fit their prices.
import type { Timeframe } from '../domain/types.js';
import type { ReplayBar, ReplayData } from '../replay/importer.js';

export interface PaperMarket {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly barMs: number;
  /** Bars before the first one that is played, dated like it. */
  readonly history: readonly ReplayBar[];
  /** The bars that are played, in order of time; at least one. */
  readonly bars: readonly ReplayBar[];
  readonly digits: number;
}

/** What tells at which times bars are played. Times are UTC ms. */
export interface Dating {
  readonly now: number;
  /** Market time per time; Infinity plays as fast as it goes. */
  readonly speed: number;
  /** What the server knows already reaches up to here: bars are played from then on. null: nothing. */
  readonly knownUntil: number | null;
}

/**
 * By how much to move the recording's dates, in ms, a whole number of bars: the last bar closes when it is
 * played, or within a bar's length before; a market the server knows already goes on where it was.
 */
export function shiftOf(bars: readonly ReplayBar[], barMs: number, dating: Dating): number {
  const { now, speed, knownUntil } = dating;
  const first = bars[0]?.bar.time ?? 0;
  const last = (bars.at(-1)?.bar.time ?? 0) + barMs;
  const playedAt = now + (bars.length * barMs) / speed;
  const asNow = Math.floor((playedAt - last) / barMs) * barMs;
  if (knownUntil === null) return asNow;
  return Math.max(asNow, Math.ceil((knownUntil - first) / barMs) * barMs);
}

/** The same bars, `shift` ms later. */
export function shifted(bars: readonly ReplayBar[], shift: number): readonly ReplayBar[] {
  return bars.map(({ bar, ask }) => ({ bar: { ...bar, time: bar.time + shift }, ask }));
}

/** The same data with every ask this far above its bid, whatever the file says. */
export function withFixedSpread(data: ReplayData, spread: number): ReplayData {
  const above = (price: number) => Number((price + spread).toFixed(data.digits));
  const bars = data.bars.map(({ bar }) => ({
    bar,
    ask: { open: above(bar.open), high: above(bar.high), low: above(bar.low), close: above(bar.close) },
  }));
  return { ...data, bars };
}
