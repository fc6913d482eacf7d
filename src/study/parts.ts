// Owns the parts a study is computed in: each one set with one seed, by itself, so that they run beside each other and what
// is done need not be done again.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Rules } from '../domain/rules.js';
import type { ReplayTrade } from '../replay/trades-file.js';
import type { BlockLength } from '../statistics/blocks.js';
import type { RegimeSpan } from './forecasts.js';
import { EmptySetError, type MarketSet, readSet } from './market-set.js';
import { runPlan } from './plan-run.js';
import { type Excursions, runRules, type VariantRun } from './rule-run.js';
import { studyTrades } from './sampled-trades.js';
import { type ScorePower, scoreFacts } from './score-power.js';
import type { Study, StudySet } from './study-file.js';
import type { TradeTrail } from './trade-trails.js';
import { isPlan } from './variants.js';

/** The name under which trades are kept that nobody defends. */
export const ALONE = 'left alone';

export type StudyPart =
  /** All variants that are rules, and the trades left alone. */
  | { readonly kind: 'rules'; readonly set: string; readonly seed: number }
  | { readonly kind: 'plan'; readonly set: string; readonly seed: number; readonly variant: string }
  /** What the set is, and what its score was worth. */
  | { readonly kind: 'score'; readonly set: string };

export interface TradesOutcome {
  /** Entry times of the trades, UTC ms. */
  readonly entries: readonly number[];
  readonly blockLength: BlockLength;
  readonly runs: Readonly<Record<string, VariantRun>>;
  /** Of the trades left alone. */
  readonly excursions?: Excursions;
  /** Under the plan this is the outcome of. */
  readonly trails?: readonly TradeTrail[];
}

export interface SetOutcome {
  readonly remarks: readonly string[];
  readonly blockLength: BlockLength;
  readonly bars: number;
  readonly timeframe: string;
  readonly power: readonly ScorePower[];
  /** In order of time. */
  readonly regimes: readonly RegimeSpan[];
}

/** Of what is kept of a part: what another number was written by is computed again. */
const FORMATS: Readonly<Record<StudyPart['kind'], number>> = { rules: 2, plan: 2, score: 3 };

export type PartOutcome = TradesOutcome | SetOutcome;

/** Every part of a study. Those of a set follow each other: whoever computes them reads it once. */
export function partsOf(study: Study): readonly StudyPart[] {
  const { sets, variants } = study;
  return sets.flatMap((each) => {
    const set = each.name;
    const seeded = seedsOf(study, each).flatMap((seed): StudyPart[] => [
      ...variants.filter(isPlan).map(({ name }) => ({ kind: 'plan' as const, set, seed, variant: name })),
      { kind: 'rules', set, seed },
    ]);
    return [{ kind: 'score' as const, set }, ...seeded];
  });
}

/** A set's own trades are the same for every seed: they are run once. */
export function seedsOf({ trades }: Study, { trades: own }: StudySet): readonly number[] {
  return own === undefined ? trades.seeds : trades.seeds.slice(0, 1);
}

export function partName(part: StudyPart): string {
  const seed = part.kind === 'score' ? '' : `, seed ${part.seed}`;
  return `${part.set}${seed}: ${part.kind === 'plan' ? part.variant : part.kind}`;
}

/** The same for the same part of the same study on the same data by the same program, and for no other. */
export function partKey(part: StudyPart, study: Study, rules: Rules, program: string): string {
  const set = setOf(study, part);
  const files = [set.bars, set.bid, set.ask, set.ticks, set.trades, set.news].flatMap((file) =>
    file === undefined ? [] : [createHash('sha256').update(readFileSync(file)).digest('hex')],
  );
  const variants = study.variants.filter((variant) =>
    part.kind === 'plan' ? variant.name === part.variant : part.kind === 'rules' && !isPlan(variant),
  );
  const said = {
    program,
    format: FORMATS[part.kind],
    part,
    set,
    files,
    variants,
    trades: study.trades,
    rules,
  };
  const drawn = { draws: study.draws, seed: study.seed };
  return createHash('sha256')
    .update(JSON.stringify([said, part.kind === 'score' ? drawn : null]))
    .digest('hex');
}

/** Computes parts of one study; the set of the last one is kept. */
export class PartRunner {
  readonly #study: Study;
  readonly #rules: Rules;
  #set: MarketSet | null = null;

  constructor(study: Study, rules: Rules) {
    this.#study = study;
    this.#rules = rules;
  }

  async run(part: StudyPart): Promise<PartOutcome> {
    const set = this.#setOf(part);
    if (part.kind !== 'score') return this.#trade(part, set);
    const { draws, seed } = this.#study;
    return {
      remarks: set.remarks,
      blockLength: set.blockLength,
      bars: set.data.bars.length,
      timeframe: set.data.timeframe,
      ...(await scoreFacts(set, this.#rules, draws, seed)),
    };
  }

  async #trade(part: Exclude<StudyPart, { readonly kind: 'score' }>, set: MarketSet): Promise<TradesOutcome> {
    const { trades: sampling, variants } = this.#study;
    const { seed } = part;
    const trades = tradesIn(set, sampling, seed);
    const entries = trades.map(({ entryTime }) => entryTime);
    const { blockLength } = set;
    if (part.kind === 'plan') {
      const plan = variants.filter(isPlan).find(({ name }) => name === part.variant);
      if (plan === undefined) throw new Error(`no plan ${part.variant}`);
      const { trails, ...run } = await runPlan(set, trades, plan, this.#rules, seed);
      return { entries, blockLength, runs: { [part.variant]: run }, trails };
    }
    const named = variants.flatMap((variant) => (isPlan(variant) ? [] : [variant]));
    const runs = runRules(set, trades, [{ rules: [] }, ...named], this.#rules, seed);
    const names = [ALONE, ...named.map(({ name }) => name)];
    const kept = runs.map(({ results, stretches }, index) => [names[index] ?? '', { results, stretches }]);
    return { entries, blockLength, runs: Object.fromEntries(kept), excursions: runs[0]?.excursions };
  }

  #setOf(part: StudyPart): MarketSet {
    if (this.#set?.name !== part.set) this.#set = readSet(setOf(this.#study, part), this.#rules);
    return this.#set;
  }
}

/** The trades of a set: its own, or those that are sampled. @throws EmptySetError where there are none. */
export function tradesIn(set: MarketSet, sampling: Study['trades'], seed: number): readonly ReplayTrade[] {
  const trades = set.trades ?? studyTrades(set, sampling, seed);
  if (trades.length > 0) return trades;
  const why =
    typeof sampling.entry === 'string'
      ? 'too few for an ATR, or the price never moves'
      : 'and none with a reason to enter';
  throw new EmptySetError(`no trade can be sampled: ${set.data.bars.length} bars, ${why}`);
}

function setOf({ sets }: Study, part: StudyPart) {
  const set = sets.find(({ name }) => name === part.set);
  if (set === undefined) throw new Error(`no set ${part.set}`);
  return set;
}
