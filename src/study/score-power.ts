// Owns what the score of a set's market was worth as a forecast: how well a low one, or one signal alone, tells that the
// market is about to move against the direction, and how often it did at each level.

import { seededRandom } from '../broker/seeded-random.js';
import type { Rules } from '../domain/rules.js';
import { SIGNALS, type Signal } from '../domain/signals/signal.js';
import { Blocks, blockAt, type Place } from '../statistics/blocks.js';
import { drawingOf } from '../statistics/effects.js';
import { type Estimate, percentileEstimate, quantile } from '../statistics/intervals.js';
import { Ranking } from '../statistics/ranking.js';
import { ResultSample } from '../statistics/sample.js';
import { type Aftermath, courseOf, type Forecast, HORIZONS, type RegimeSpan } from './forecasts.js';
import type { MarketSet } from './market-set.js';

/** The score's levels: the thresholds of the plan lie between them. */
const LEVELS = [-6, -4, -2, 0, 2, 4] as const;
/** What a signal says of the direction. */
const VOTES = ['against', 'nothing', 'with'] as const;

/** The share of adverse moves among the forecasts of a level. */
export interface LevelShare extends Estimate {
  /** For a person, such as "up to -2". */
  readonly level: string;
  readonly forecasts: number;
}

export interface SignalPower {
  readonly signal: Signal;
  /** Those in which it was available. */
  readonly forecasts: number;
  /** As of the score; null where it was never available. */
  readonly area: Estimate | null;
  /** By what it said. */
  readonly levels: readonly LevelShare[];
}

export interface ScorePower {
  readonly hours: number;
  readonly forecasts: number;
  /** 0.5 tells nothing; above it, low scores come before adverse moves. */
  readonly area: Estimate;
  /** The same of prices that go further against the direction than half of them do, in ATR. */
  readonly excursionArea: Estimate;
  /** The same of each signal's contribution alone. */
  readonly signals: readonly SignalPower[];
  /** The share of adverse moves at each level of the score. */
  readonly levels: readonly LevelShare[];
}

export interface ScoreFacts {
  readonly power: readonly ScorePower[];
  readonly regimes: readonly RegimeSpan[];
}

/** How samples are drawn. */
interface Drawn {
  readonly draws: number;
  readonly seed: number;
}

/** Forecasts with their aftermath at one horizon. */
interface Judged {
  readonly forecast: Forecast;
  readonly after: Aftermath;
  readonly place: Place;
}

/** Measures a set's score at each coarse close, for both directions. */
export async function scoreFacts(
  set: MarketSet,
  rules: Rules,
  draws: number,
  seed: number,
): Promise<ScoreFacts> {
  const { forecasts, regimes } = await courseOf(set, rules);
  const power = HORIZONS.map((hours, horizon) => {
    const known = forecasts.flatMap((forecast): Judged[] => {
      const after = forecast.after[horizon] ?? null;
      const place = { stratum: set.name, block: blockAt(forecast.at, set.blockLength) };
      return after === null ? [] : [{ forecast, after, place }];
    });
    return powerOf(hours, known, { draws, seed });
  });
  return { power, regimes };
}

function powerOf(hours: number, known: readonly Judged[], drawn: Drawn): ScorePower {
  const isWorse = ({ after }: Judged) => after.isWorse;
  const score = ({ forecast }: Judged) => forecast.score;
  const reached = known.filter(({ after }) => after.adverseAtrs !== null);
  const far = (judged: Judged) => judged.after.adverseAtrs ?? 0;
  const median = quantile(Float64Array.from(reached, far).sort(), 0.5);
  return {
    hours,
    forecasts: known.length,
    area: areaOf(known, score, isWorse, drawn),
    excursionArea: areaOf(reached, score, (judged) => far(judged) > median, drawn),
    signals: SIGNALS.map((signal, index) => signalPower(signal, index, known, drawn)),
    levels: levelShares(known, [...LEVELS.map(upTo), ABOVE], (judged) => levelOf(score(judged)), drawn),
  };
}

function signalPower(signal: Signal, index: number, known: readonly Judged[], drawn: Drawn): SignalPower {
  const available = known.filter(({ forecast }) => (forecast.parts[index] ?? null) !== null);
  const part = ({ forecast }: Judged) => forecast.parts[index] ?? 0;
  const area = available.length === 0 ? null : areaOf(available, part, ({ after }) => after.isWorse, drawn);
  const voteOf = (judged: Judged) => VOTES[Math.sign(part(judged)) + 1] ?? 'nothing';
  return { signal, forecasts: available.length, area, levels: levelShares(available, VOTES, voteOf, drawn) };
}

/** How well low values tell that the event comes. */
function areaOf(
  known: readonly Judged[],
  readingOf: (judged: Judged) => number,
  isEvent: (judged: Judged) => boolean,
  { draws, seed }: Drawn,
): Estimate {
  const drawing = drawingOf(
    known.map(({ place }) => place),
    draws,
    seededRandom(seed),
  );
  const values = known.map((judged) => -readingOf(judged));
  const ranking = new Ranking(values, known.map(isEvent), drawing.blocks);
  return percentileEstimate((weights) => ranking.area(weights), drawing.draws);
}

function levelShares(
  known: readonly Judged[],
  levels: readonly string[],
  levelIn: (judged: Judged) => string,
  { draws, seed }: Drawn,
): readonly LevelShare[] {
  return levels.flatMap((level) => {
    const within = known.filter((judged) => levelIn(judged) === level);
    if (within.length === 0) return [];
    const blocks = new Blocks(within.map(({ place }) => place));
    const sample = new ResultSample(
      within.map(({ after }) => (after.isWorse ? 1 : 0)),
      blocks,
    );
    const drawn = blocks.draws(draws, seededRandom(seed));
    const share = percentileEstimate((weights) => sample.mean(weights), drawn);
    return [{ ...share, level, forecasts: within.length }];
  });
}

const ABOVE = `above ${LEVELS.at(-1)}`;

function upTo(level: number): string {
  return `up to ${level}`;
}

function levelOf(score: number): string {
  const level = LEVELS.find((bound) => score <= bound);
  return level === undefined ? ABOVE : upTo(level);
}
