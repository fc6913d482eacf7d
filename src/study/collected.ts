// Owns the outcomes of one set or of several together, as their parts were computed: the trades seed by seed, with what every
// variant made of each and what is known of them.
import { blockAt, type Place } from '../statistics/blocks.js';
import type { Outcomes } from '../statistics/effects.js';
import type { TradeFacts } from './attribution.js';
import { regimeAt } from './forecasts.js';
import { ALONE, type SetOutcome, seedsOf, type TradesOutcome } from './parts.js';
import type { VariantRun } from './rule-run.js';
import { type SetSpan, type Stratum, strataOf } from './strata.js';
import type { Study, StudySet } from './study-file.js';
import type { TradeTrail } from './trade-trails.js';
import { isControl, isPlan } from './variants.js';
import type { DonePart } from './workers.js';

export interface Collected {
  readonly outcomes: Outcomes;
  readonly facts: TradeFacts;
  /** Running sums by variant, one for each set and seed. */
  readonly sums: Readonly<Record<string, readonly VariantRun['stretches'][]>>;
}

/** What is gathered of a study's parts. */
class Gathering {
  readonly places: Place[] = [];
  readonly entries: number[] = [];
  readonly regimes: string[] = [];
  readonly adverse: number[] = [];
  readonly favourable: number[] = [];
  readonly results = new Map<string, number[]>();
  readonly sums = new Map<string, VariantRun['stretches'][]>();
  readonly trails = new Map<string, TradeTrail[]>();

  /** One set with one seed. */
  add(stratum: Stratum, facts: SetOutcome | undefined, outcomes: readonly TradesOutcome[]): void {
    for (const at of outcomes[0]?.entries ?? []) {
      this.entries.push(at);
      this.places.push({ stratum: stratum.name, block: blockAt(at, stratum.blockLength) });
      this.regimes.push(regimeAt(facts?.regimes ?? [], at));
    }
    for (const { runs, excursions, trails } of outcomes) {
      this.adverse.push(...(excursions?.adverse ?? []));
      this.favourable.push(...(excursions?.favourable ?? []));
      for (const [name, { results, stretches }] of Object.entries(runs)) {
        listOf(this.results, name).push(...results);
        listOf(this.sums, name).push(stretches);
        if (trails !== undefined) listOf(this.trails, name).push(...trails);
      }
    }
  }
}

function listOf<T>(lists: Map<string, T[]>, name: string): T[] {
  const known = lists.get(name);
  if (known !== undefined) return known;
  const made: T[] = [];
  lists.set(name, made);
  return made;
}

/** @throws Error where a part of the study is missing. */
export function collected(
  study: Study,
  sets: readonly StudySet[],
  facts: ReadonlyMap<string, SetOutcome>,
  parts: readonly DonePart[],
): Collected {
  const gathering = new Gathering();
  const seeded = sets.map((set) => ({
    set: set.name,
    runs: seedsOf(study, set).map((seed) => outcomesOf(parts, set.name, seed)),
  }));
  const strata = strataOf(seeded.map(spanOf));
  for (const { set, runs } of seeded) {
    const stratum = strata.get(set);
    if (stratum === undefined) throw new Error(`no stratum of ${set}`);
    for (const run of runs) gathering.add(stratum, facts.get(set), run);
  }
  const { places, entries, regimes, adverse, favourable, results, sums, trails } = gathering;
  const resultsOf = (name: string) => {
    const found = results.get(name);
    if (found?.length !== places.length)
      throw new Error(`a part is missing: nothing, or not all, of ${name}`);
    return found;
  };
  return {
    outcomes: {
      places,
      alone: resultsOf(ALONE),
      variants: study.variants.map((variant) => ({
        name: variant.name,
        role: isControl(variant) ? 'control' : 'candidate',
        against: isPlan(variant) ? variant.control : null,
        results: resultsOf(variant.name),
      })),
    },
    facts: { entries, regimes, adverse, favourable, trails: Object.fromEntries(trails) },
    sums: Object.fromEntries(sums),
  };
}

interface SeededSet {
  readonly set: string;
  /** Seed by seed. */
  readonly runs: readonly (readonly TradesOutcome[])[];
}

function spanOf({ set, runs }: SeededSet): SetSpan {
  let [from, until] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const at of runs.flatMap(([run]) => run?.entries ?? [])) {
    from = Math.min(from, at);
    until = Math.max(until, at);
  }
  return { set, from, until, blockLength: runs[0]?.[0]?.blockLength ?? 'week' };
}

/** The parts of a set with a seed that ran its trades. */
export function outcomesOf(parts: readonly DonePart[], set: string, seed: number): readonly TradesOutcome[] {
  return parts.flatMap(({ part, outcome }) =>
    part.kind !== 'score' && part.set === set && part.seed === seed && 'runs' in outcome ? [outcome] : [],
  );
}
