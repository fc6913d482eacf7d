// Owns how the parts of a trade's charts are named and told apart: the levels of the score and the signals' lines.
import type { ScoreLevels } from '../data/configuration.js';

interface SignalLook {
  /** As in the protos. */
  readonly signal: string;
  /** The colour's token; safe for who sees few colours, with the style beside it. */
  readonly color: string;
  /** LineStyle of the chart's library: solid, dotted, dashed. */
  readonly style: 0 | 1 | 2;
}

/** In the order of the Signal enum. */
export const SIGNAL_LOOKS: readonly SignalLook[] = [
  { signal: 'SIGNAL_STRUCTURE', color: '--accent', style: 0 },
  { signal: 'SIGNAL_VWAP_VOLUME', color: '--state-warning-l1', style: 0 },
  { signal: 'SIGNAL_MOMENTUM', color: '--state-healthy', style: 0 },
  { signal: 'SIGNAL_EMA_ALIGNMENT', color: '--state-hedged', style: 2 },
  { signal: 'SIGNAL_DELTA_PRESSURE', color: '--state-warning-l2', style: 2 },
  { signal: 'SIGNAL_CANDLE_CONVICTION', color: '--ink-soft', style: 1 },
];

/** Each level of the score with what it leads to. */
export function namedLevels(levels: ScoreLevels): readonly (readonly [string, number])[] {
  return [
    ['recovers', levels.recoverScore],
    ['warning 1', levels.l1Score],
    ['warning 2', levels.l2Score],
    ['hedge', levels.hedgeScore],
  ];
}

/** The levels in words, and where they are from. */
export function levelsText(levels: ScoreLevels): string {
  const all = namedLevels(levels).map(([name, level]) => `${name} at ${signedLevel(level)}`);
  const origin = levels.configured
    ? "the server's"
    : 'the defaults, because this key may not read the configuration';
  return `Levels: ${all.join(', ')} (${origin}).`;
}

function signedLevel(level: number): string {
  return `${level > 0 ? '+' : ''}${level}`.replace('-', '−');
}
