// Owns the evidence a calibration leaves in the policy it recommends, and in its record of what it does not: which data, how
// many candidates, what the folds of the past and the hold-out showed. Plain JSON; times are ISO 8601 in UTC, results in R.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Rules } from '../../domain/rules.js';
import type { Estimate, MeanTest } from '../../statistics/intervals.js';
import type { Study } from '../study-file.js';
import type { Choice } from '../walk-forward.js';
import type { CalibratedSet, MarketCalibration } from './calibrate.js';
import type { Goal } from './fit.js';
import { type HoldOutResult, verdictRule } from './verdict.js';

/** What the calibration was asked for. */
export interface CalibrationTerms {
  readonly study: Study;
  readonly goal: Goal;
  /** The program that calibrated. */
  readonly program: string;
  /** The settings the candidates were run by. */
  readonly rules: Rules;
}

/** All of it, of one market. */
export function evidenceOf(
  calibration: MarketCalibration,
  { study, goal, program, rules }: CalibrationTerms,
) {
  const { market, sets, tries, fit, verdict } = calibration;
  return {
    made_by: `dtms calibrate ${program}`,
    study: study.name,
    market,
    goal,
    settings_sha256: createHash('sha256').update(JSON.stringify(rules)).digest('hex'),
    rule: verdictRule(goal, study.worthwhileR),
    data: sets.map(dataOf),
    trades: study.trades,
    /** Candidates it was chosen of. */
    tries,
    chosen: fit.chosen,
    folds: fit.folds.map(foldOf),
    folds_together:
      fit.chosen === null
        ? null
        : { gain: tested(fit.together.gain), worst_5pct_over_smaller_size: ranged(fit.together.worst5) },
    hold_out: verdict === null ? null : holdOutOf(sets, verdict.result),
    is_supported: verdict?.isSupported ?? false,
    because: verdict?.because ?? (fit.chosen === null ? fit.because : ''),
  };
}

/** What a calibration came to, in a line for a person. */
export function calibrationText({ market, fit, verdict }: MarketCalibration): string {
  if (fit.chosen === null)
    return `${market}: nothing is recommended: ${fit.because}; the hold-out stays closed`;
  if (verdict?.isSupported === true) return `${market}: ${fit.chosen}: in the hold-out ${verdict.because}`;
  return `${market}: nothing is recommended: the hold-out does not support ${fit.chosen}: ${verdict?.because ?? ''}`;
}

function dataOf({ name, symbol, files, timeframe, bars, from, until, holdOutFrom, remarks }: CalibratedSet) {
  return {
    set: name,
    symbol,
    files: files.map((file) => ({ name: basename(file), sha256: hashOf(file) })),
    timeframe,
    bars,
    from: iso(from),
    hold_out_from: iso(holdOutFrom),
    until: iso(until),
    remarks,
  };
}

function foldOf({ from, to, trades, chosen, gain }: Choice) {
  return { from: iso(from), to: iso(to), trades, chosen, gain: tested(gain) };
}

function holdOutOf(sets: readonly CalibratedSet[], result: HoldOutResult) {
  const { trades, blocks, openings, gain, corrected, beyondSize, beyondControl, worst5 } = result;
  return {
    from: iso(Math.min(...sets.map(({ holdOutFrom }) => holdOutFrom))),
    until: iso(Math.max(...sets.map(({ until }) => until))),
    trades,
    blocks,
    /** Fits it has been opened for, this one included. */
    openings,
    gain: tested(gain),
    p_for_all_openings: rounded(corrected),
    gain_over_smaller_size: tested(beyondSize),
    gain_over_old_score: beyondControl === null ? null : tested(beyondControl),
    worst_5pct_over_smaller_size: ranged(worst5),
  };
}

function tested(test: MeanTest) {
  return { ...ranged(test), p: rounded(test.p) };
}

/** null where nothing bounds it. */
function ranged({ value, low, high }: Estimate) {
  return { value: rounded(value), low: rounded(low), high: rounded(high) };
}

function rounded(value: number): number | null {
  return Number.isFinite(value) ? Math.round(value * 1e6) / 1e6 : null;
}

function iso(time: number): string | null {
  return Number.isFinite(time) ? new Date(time).toISOString() : null;
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
