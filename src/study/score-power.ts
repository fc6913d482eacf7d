// Owns what the score of a set's market was worth as a forecast: how well a low one tells that the market is about to move
// against the direction, and how often it did at each level.

import { exitRange } from '../broker/prices.js';
import { seededRandom } from '../broker/seeded-random.js';
import { plainInstrument } from '../broker/terms.js';
import { DIRECTIONS, type Direction, favourable } from '../domain/market/direction.js';
import type { Rules } from '../domain/rules.js';
import { SIGNALS, type Signal } from '../domain/signals/signal.js';
import { standingAlone } from '../replay/accounts.js';
import { EngineTarget } from '../replay/engine-target.js';
import { marketItems } from '../replay/market-items.js';
import { Blocks, blockAt, type Place } from '../statistics/blocks.js';
import { type Estimate, percentileEstimate } from '../statistics/intervals.js';
import { Ranking } from '../statistics/ranking.js';
import { ResultSample } from '../statistics/sample.js';
import { type Drawing, drawingOf } from './effects.js';
import type { MarketSet } from './market-set.js';

/** Hours ahead. */
export const HORIZONS = [1, 4, 12] as const;
const HOUR = 3_600_000;
/** The score's levels: the thresholds of the plan lie between them. */
const LEVELS = [-6, -4, -2, 0, 2, 4] as const;
const TERMS = { marginMode: 'hedging', fifo: false, hedgeAddsMargin: false } as const;

/** One score, and what the market did after it. */
interface Forecast {
  readonly at: number;
  readonly score: number;
  /** Contributions in the order of SIGNALS; null where one is unavailable. */
  readonly parts: readonly (number | null)[];
  /** By horizon: whether the exit price was worse at its end; null where the data ends before. */
  readonly worse: readonly (boolean | null)[];
}

export interface LevelShare extends Estimate {
  /** Scores above the level before, up to and with this one; null for those above all. */
  readonly upTo: number | null;
  readonly forecasts: number;
}

export interface SignalPower {
  readonly signal: Signal;
  /** Those in which it was available. */
  readonly forecasts: number;
  /** As of the score; null where it was never available. */
  readonly area: Estimate | null;
}

export interface ScorePower {
  readonly hours: number;
  readonly forecasts: number;
  /** 0.5 tells nothing; above it, low scores come before adverse moves. */
  readonly area: Estimate;
  /** The same of each signal's contribution alone. */
  readonly signals: readonly SignalPower[];
  /** The share of adverse moves at each level of the score. */
  readonly levels: readonly LevelShare[];
}

/** Measures a set's score at each coarse close, for both directions. */
export async function scorePower(
  set: MarketSet,
  rules: Rules,
  draws: number,
  seed: number,
): Promise<readonly ScorePower[]> {
  const forecasts = await forecastsOf(set, rules);
  return HORIZONS.map((hours, horizon) => {
    const known = forecasts.filter(({ worse }) => worse[horizon] !== null);
    const events = known.map(({ worse }) => worse[horizon] === true);
    const places = known.map(({ at }) => ({ stratum: set.name, block: blockAt(at, set.blockLength) }));
    const blocks = new Blocks(places);
    const drawn = blocks.draws(draws, seededRandom(seed));
    const scores = known.map(({ score }) => score);
    return {
      hours,
      forecasts: known.length,
      area: areaOf(scores, events, { blocks, draws: drawn }),
      signals: SIGNALS.map((signal, index) =>
        signalPower(
          signal,
          known.map(({ parts }) => parts[index] ?? null),
          events,
          places,
          draws,
          seed,
        ),
      ),
      levels: levelShares(known, events, places, draws, seed),
    };
  });
}

function signalPower(
  signal: Signal,
  parts: readonly (number | null)[],
  events: readonly boolean[],
  places: readonly Place[],
  draws: number,
  seed: number,
): SignalPower {
  const available = [...parts.keys()].filter((index) => parts[index] !== null);
  if (available.length === 0) return { signal, forecasts: 0, area: null };
  const drawing = drawingOf(
    available.map((index) => places[index] ?? { stratum: '', block: 0 }),
    draws,
    seededRandom(seed),
  );
  const area = areaOf(
    available.map((index) => parts[index] ?? 0),
    available.map((index) => events[index] === true),
    drawing,
  );
  return { signal, forecasts: available.length, area };
}

/** How well low values tell that the event comes. */
function areaOf(values: readonly number[], events: readonly boolean[], { blocks, draws }: Drawing): Estimate {
  const ranking = new Ranking(
    values.map((value) => -value),
    events,
    blocks,
  );
  return percentileEstimate((weights) => ranking.area(weights), draws);
}

function levelShares(
  forecasts: readonly Forecast[],
  events: readonly boolean[],
  places: readonly Place[],
  draws: number,
  seed: number,
): readonly LevelShare[] {
  return [...LEVELS, null].flatMap((upTo, rank) => {
    const above = rank === 0 ? Number.NEGATIVE_INFINITY : (LEVELS[rank - 1] ?? Number.NaN);
    const within = [...forecasts.keys()].filter((index) => {
      const score = forecasts[index]?.score ?? Number.NaN;
      return score > above && score <= (upTo ?? Number.POSITIVE_INFINITY);
    });
    if (within.length === 0) return [];
    const blocks = new Blocks(within.map((index) => places[index] ?? { stratum: '', block: 0 }));
    const sample = new ResultSample(
      within.map((index) => (events[index] === true ? 1 : 0)),
      blocks,
    );
    const drawn = blocks.draws(draws, seededRandom(seed));
    const share = percentileEstimate((weights) => sample.mean(weights), drawn);
    return [{ ...share, upTo, forecasts: within.length }];
  });
}

async function forecastsOf(set: MarketSet, rules: Rules): Promise<readonly Forecast[]> {
  const { symbol, data, moments, barMs } = set;
  const target = new EngineTarget(standingAlone(rules));
  let now = 0;
  await target.begin(plainInstrument(target.account, symbol, data.digits), TERMS, () => now);
  const found: Forecast[] = [];
  for (const [index, bar] of data.bars.entries()) {
    now = bar.bar.time + barMs;
    await target.push(marketItems(bar, symbol, data.timeframe));
    if (moments[index]?.closes !== true) continue;
    for (const direction of DIRECTIONS) {
      const evaluation = target.latest(symbol, direction);
      const score = evaluation?.score ?? null;
      if (evaluation === null || score === null) continue;
      const parts = evaluation.signals.map(({ available, contribution }) =>
        available ? contribution : null,
      );
      const worse = HORIZONS.map((hours) => isWorse(set, index, direction, hours));
      found.push({ at: now, score, parts, worse });
    }
  }
  await target.end();
  return found;
}

/** Whether the exit price so many hours of market time later is worse; null where that is not known. */
function isWorse(
  { data, barMs }: MarketSet,
  index: number,
  direction: Direction,
  hours: number,
): boolean | null {
  const [bar, later] = [data.bars[index], data.bars[index + (hours * HOUR) / barMs]];
  if (bar === undefined || later === undefined) return null;
  const close = (of: typeof bar) => exitRange(direction, of, 0).close;
  return favourable(direction) * (close(later) - close(bar)) < 0;
}
