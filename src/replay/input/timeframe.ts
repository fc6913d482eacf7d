// Owns telling the timeframe of bars from how far apart they are.
import { TIMEFRAME_MS, type Timeframe } from '../../domain/market/data.js';
import { ImportError } from './table.js';

const LEAST_BARS = 10;
const MINUTE = 60_000;
/** What longer bars are called. */
const LONGER: Readonly<Record<number, string>> = { 30: 'M30', 60: 'H1', 240: 'H4', 1440: 'D1', 10080: 'W1' };

/** The step most neighbouring bars are apart, in milliseconds; null for too few bars to tell. */
function commonStep(times: readonly number[]): number | null {
  if (times.length < LEAST_BARS) return null;
  const counts = new Map<number, number>();
  for (let index = 1; index < times.length; index++) {
    const step = (times[index] ?? 0) - (times[index - 1] ?? 0);
    if (step > 0) counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  let best: number | null = null;
  for (const [step, count] of counts) if (best === null || count > (counts.get(best) ?? 0)) best = step;
  return best;
}

function distanceText(step: number): string {
  if (step < MINUTE) return `${step / 1000} seconds apart, as ticks are`;
  const minutes = step / MINUTE;
  const name = LONGER[minutes];
  return `${minutes} minutes apart${name === undefined ? '' : ` (${name})`}`;
}

/**
 * The timeframe of bars at these times, in order; `asked` is what the user says it is.
 * @throws ImportError when it is another one, or cannot be told.
 */
export function timeframeOf(file: string, times: readonly number[], asked: Timeframe | null): Timeframe {
  const names = Object.keys(TIMEFRAME_MS) as Timeframe[];
  const step = commonStep(times);
  const seen = names.find((name) => TIMEFRAME_MS[name] === step) ?? null;
  if (step !== null && (seen === null || (asked !== null && asked !== seen))) {
    const known = seen === null ? `a replay takes ${names.join(', ')}` : `${seen}, not ${asked}`;
    throw new ImportError(`${file}: its bars are ${distanceText(step)}: ${known}`);
  }
  const timeframe = asked ?? seen;
  if (timeframe === null) {
    throw new ImportError(`${file}: too few bars to tell their timeframe: give --timeframe`);
  }
  return timeframe;
}
