// Owns a calibration: of each market the past is run for all candidates, one of them is chosen, and the hold-out is opened
// for that one alone.
import { createHash } from 'node:crypto';
import { TIMEFRAME_MS } from '../../domain/market/data.js';
import { collected } from '../collected.js';
import { type MarketSet, readSet } from '../market-set.js';
import { partsOf } from '../parts.js';
import { checkSets } from '../readable-sets.js';
import type { Study, StudySet } from '../study-file.js';
import { isControl, isPlan, type Variant } from '../variants.js';
import { runParts, type StudyRun } from '../workers.js';
import { type Fit, fitOn, type Goal, type NoFit } from './fit.js';
import { noteOpening } from './ledger.js';
import { type HoldOutVerdict, judge } from './verdict.js';

const DAY = 86_400_000;

export interface CalibrationRun extends Omit<StudyRun, 'parts'> {
  readonly goal: Goal;
  /** The share of each set's bars, the latest ones, that is held out. */
  readonly holdOutShare: number;
  /** Of opened hold-outs. */
  readonly ledger: string;
}

/** What a set is, and where its hold-out begins. */
export interface CalibratedSet {
  readonly name: string;
  readonly symbol: string;
  readonly files: readonly string[];
  readonly timeframe: string;
  readonly bars: number;
  /** The first bar's open and the last one's close, UTC ms. */
  readonly from: number;
  readonly until: number;
  readonly holdOutFrom: number;
  readonly remarks: readonly string[];
}

export interface MarketCalibration {
  readonly market: string;
  readonly sets: readonly CalibratedSet[];
  /** Candidates it was chosen of. */
  readonly tries: number;
  readonly fit: Fit | NoFit;
  /** null where nothing was chosen: the hold-out stayed closed. */
  readonly variant: Variant | null;
  readonly verdict: HoldOutVerdict | null;
}

/**
 * Calibrates every market of a study; no hold-out is opened where a set of another market cannot be read.
 * @throws UnreadableSetsError, StudyPartError, LedgerError
 */
export async function calibrate(run: CalibrationRun): Promise<readonly MarketCalibration[]> {
  checkSets(run.study, run.study.sets, run.rules);
  const markets = [...new Set(run.study.sets.map(({ market }) => market))];
  const found: MarketCalibration[] = [];
  for (const market of markets) found.push(await calibrateMarket(run, market));
  return found;
}

async function calibrateMarket(run: CalibrationRun, market: string): Promise<MarketCalibration> {
  const { study, rules, holdOutShare } = run;
  const own = study.sets.filter((set) => set.market === market);
  const sets = own.map((set) => described(set, readSet(set, rules), holdOutShare));
  const candidates = study.variants.filter((variant) => !isControl(variant));
  const past = pastOf(study, own, sets, candidates, holdOutShare);
  const { outcomes, facts } = await outcomesOf(run, past);
  const found = fitOn(outcomes, facts.entries, {
    goal: run.goal,
    heldMs: study.trades.holdBars * TIMEFRAME_MS.M15,
    until: Math.min(...sets.map(({ holdOutFrom }) => holdOutFrom)),
    worthwhileR: study.worthwhileR,
    draws: study.draws,
    seed: study.seed,
  });
  const variant = candidates.find(({ name }) => name === found.chosen) ?? null;
  const known = { market, sets, tries: candidates.length, fit: found, variant };
  if (variant === null) return { ...known, verdict: null };
  const holdOut = holdOutOf(study, own, sets, variant, past.trades.count);
  const openings = noteOpening(run.ledger, {
    market,
    from: Math.min(...sets.map(({ holdOutFrom }) => holdOutFrom)),
    until: Math.max(...sets.map(({ until }) => until)),
    fit: fingerprint([run.goal, past, rules]),
  });
  const { goal } = run;
  const { worthwhileR, draws, seed } = study;
  const judged = await outcomesOf(run, holdOut);
  return { ...known, verdict: judge(judged.outcomes, { goal, openings, worthwhileR, draws, seed }) };
}

/** What there is of a set, and the day its hold-out begins. */
function described(set: StudySet, { data, remarks, barMs }: MarketSet, share: number): CalibratedSet {
  const times = data.bars.map(({ bar }) => bar.time);
  const first = times[Math.floor(times.length * (1 - share))] ?? 0;
  return {
    name: set.name,
    symbol: set.symbol,
    files: [set.bars, set.bid, set.ask, set.ticks, set.trades, set.news].filter((file) => file !== undefined),
    timeframe: data.timeframe,
    bars: times.length,
    from: times[0] ?? 0,
    until: (times.at(-1) ?? 0) + barMs,
    holdOutFrom: Math.floor(first / DAY) * DAY,
    remarks,
  };
}

/** The study of all candidates before the hold-outs: its bars end where they begin. */
function pastOf(
  study: Study,
  own: readonly StudySet[],
  sets: readonly CalibratedSet[],
  candidates: readonly Variant[],
  share: number,
): Study {
  const count = Math.max(1, Math.round(study.trades.count * (1 - share)));
  return {
    ...study,
    sets: own.map((set, index) => ({ ...set, until: sets[index]?.holdOutFrom ?? null })),
    // What a plan gains over an old score is asked of the chosen one alone.
    variants: candidates.map((variant) => (isPlan(variant) ? { ...variant, control: NO_CONTROL } : variant)),
    sweeps: [],
    trades: { ...study.trades, count },
  };
}

/** The study of the chosen candidate in the hold-outs, with the trades that are left for them. */
function holdOutOf(
  study: Study,
  own: readonly StudySet[],
  sets: readonly CalibratedSet[],
  chosen: Variant,
  pastCount: number,
): Study {
  const control = isPlan(chosen) ? study.variants.filter(({ name }) => name === chosen.control) : [];
  return {
    ...study,
    sets: own.map((set, index) => ({ ...set, from: sets[index]?.holdOutFrom ?? null })),
    variants: [chosen, ...control],
    sweeps: [],
    trades: { ...study.trades, count: Math.max(1, study.trades.count - pastCount) },
  };
}

/** A candidate has a control by name, here none that is run. */
const NO_CONTROL = '';

async function outcomesOf({ goal: _, holdOutShare: __, ledger: ___, ...run }: CalibrationRun, study: Study) {
  const parts = partsOf(study).filter(({ kind }) => kind !== 'score');
  return collected(study, study.sets, new Map(), await runParts({ ...run, study, parts }));
}

/** The same for the same content. */
function fingerprint(content: unknown): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}
