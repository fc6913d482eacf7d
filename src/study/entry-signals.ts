// Owns the reasons a study's trades may be entered for: at which coarse closes there is one, and on which side.
import type { ReplayData } from '../replay/importer.js';
import { type CoarseBar, coarseBars } from './coarse-bars.js';

/**
 * `breakout`: a close beyond all prices of the coarse bars before it, on its side; `reversal`: the same, on the other side;
 * `cross`: a close on the other side of the mean of the closes than the one before it, on its side.
 */
export const ENTRY_SIGNALS = ['breakout', 'reversal', 'cross'] as const;

export interface EntryRule {
  readonly after: (typeof ENTRY_SIGNALS)[number];
  /** Coarse bars that are looked back on. */
  readonly bars: number;
}

export interface Entry {
  /** Of the data's bar at whose close the trade is entered. */
  readonly place: number;
  readonly side: 1 | -1;
}

/** Every moment with a reason to enter, in order of time. */
export function entriesAfter({ after, bars }: EntryRule, data: Pick<ReplayData, 'bars'>): readonly Entry[] {
  const coarse = coarseBars(data);
  return coarse.flatMap(({ place }, index): Entry[] => {
    const before = coarse.slice(Math.max(0, index - bars), index);
    if (before.length < bars) return [];
    const side = after === 'cross' ? crossing(coarse, index, bars) : breaking(before, coarse[index]);
    if (side === 0) return [];
    return [{ place, side: after === 'reversal' ? (-side as 1 | -1) : side }];
  });
}

function breaking(before: readonly CoarseBar[], now: CoarseBar | undefined): 1 | -1 | 0 {
  if (now === undefined) return 0;
  if (now.bar.close > Math.max(...before.map(({ bar }) => bar.high))) return 1;
  return now.bar.close < Math.min(...before.map(({ bar }) => bar.low)) ? -1 : 0;
}

/** Against the mean of the closes up to and with the one it is compared with. */
function crossing(coarse: readonly CoarseBar[], index: number, bars: number): 1 | -1 | 0 {
  const beyond = (at: number) => {
    const closes = coarse.slice(at - bars + 1, at + 1).map(({ bar }) => bar.close);
    return (closes.at(-1) ?? 0) - closes.reduce((sum, close) => sum + close, 0) / closes.length;
  };
  if (index < bars) return 0;
  const [before, now] = [beyond(index - 1), beyond(index)];
  if (before <= 0 && now > 0) return 1;
  return before >= 0 && now < 0 ? -1 : 0;
}
