// Owns a study's tables as CSV: what the page shows, and every trade's result under every variant.
import { csvTable, type TableColumn } from '../report/csv.js';
import type { Estimate } from '../statistics/intervals.js';
import type { MarketFigures, StudyResult, VariantFigures } from './analysis.js';
import type { GroupGain } from './attribution.js';
import { outcomesOf } from './collected.js';
import { ALONE, seedsOf } from './parts.js';
import type { LevelShare } from './score-power.js';
import type { DonePart } from './workers.js';

/** Without the noise of the last places; empty where it is not known. */
const inR = (value: number) => (Number.isFinite(value) ? Math.round(value * 1e6) / 1e6 : null);

/** A figure and the ends of its interval: three columns. */
function estimated<Row>(
  name: string,
  meaning: string,
  of: (row: Row) => Estimate | null,
): readonly TableColumn<Row>[] {
  const cell = (end: keyof Estimate) => (row: Row) => {
    const estimate = of(row);
    return estimate === null ? null : inR(estimate[end]);
  };
  return [
    [name, meaning, cell('value')],
    [`${name}_low`, 'lower end of its 95% interval', cell('low')],
    [`${name}_high`, 'upper end', cell('high')],
  ];
}

type VariantRow = VariantFigures & Pick<MarketFigures, 'market' | 'decision' | 'trades'>;

const VARIANTS: readonly TableColumn<VariantRow>[] = [
  ['market', 'the market', ({ market }) => market],
  ['decision', 'what the study decided for it', ({ decision }) => decision.kind],
  ['variant', 'the way to defend', ({ name }) => name],
  ['trades', 'trades compared', ({ trades }) => trades],
  ['mean_r', 'mean result', ({ mean }) => inR(mean)],
  ...estimated<VariantRow>('gain_r', 'mean less that of the trades left alone', ({ effect }) => effect.gain),
  ['p', 'two-sided, of no gain', ({ effect }) => inR(effect.gain.p)],
  ['p_holm', 'after correction for all candidates', ({ effect }) => inR(effect.corrected)],
  ...estimated<VariantRow>(
    'over_placebo_r',
    'mean less that of the placebo',
    ({ effect }) => effect.beyondControl,
  ),
  ...estimated<VariantRow>(
    'median_change_r',
    'median less that of the trades left alone',
    (row) => row.medianDifference,
  ),
  ['worst_5pct_r', 'mean of the worst 5%', ({ worst5 }) => inR(worst5)],
  ...estimated<VariantRow>(
    'worst_5pct_change_r',
    'the same less that of the trades left alone',
    (row) => row.worst5Difference,
  ),
  ['worst_20pct_r', 'mean of the worst 20%', ({ worst20 }) => inR(worst20)],
  ...estimated<VariantRow>(
    'worst_20pct_change_r',
    'the same less that of the trades left alone',
    (row) => row.worst20Difference,
  ),
  ['deviation_r', 'standard deviation', ({ deviation }) => inR(deviation)],
  ['downside_r', 'root of the mean square of losses', ({ downside }) => inR(downside)],
  [
    'drawdown_r',
    'deepest fall of a seed together, open trades at their prices',
    ({ drawdown }) => inR(drawdown),
  ],
  ['helped', 'share of trades that ended better', ({ helped }) => inR(helped)],
  ['hurt', 'share of trades that ended worse', ({ hurt }) => inR(hurt)],
  [
    'same_deviation_size',
    'size at which trades left alone deviate as much',
    ({ effect }) => inR(effect.size),
  ],
  ...estimated<VariantRow>(
    'over_same_deviation_r',
    'mean less theirs at that size',
    ({ effect }) => effect.beyondSize,
  ),
  ...estimated<VariantRow>(
    'worst_5pct_over_same_deviation_r',
    'worst 5% less theirs at that size',
    (row) => row.worst5BeyondSize,
  ),
  ['same_worst_5pct_size', 'size at which they have the same worst 5%', ({ tailSize }) => inR(tailSize)],
  ...estimated<VariantRow>(
    'over_same_worst_5pct_r',
    'mean less theirs at that size',
    (row) => row.beyondTailSize,
  ),
];

interface ScoreRow {
  readonly set: string;
  readonly hours: number;
  readonly forecasts: number;
  readonly signal: string;
  readonly area: Estimate | null;
  /** Of the score alone. */
  readonly excursionArea: Estimate | null;
}

const SCORES: readonly TableColumn<ScoreRow>[] = [
  ['set', 'the data set', ({ set }) => set],
  ['hours', 'how far ahead', ({ hours }) => hours],
  ['scores', 'scores of both directions', ({ forecasts }) => forecasts],
  ['signal', 'the score, or a signal alone', ({ signal }) => signal],
  ...estimated<ScoreRow>('auc', 'area under the ROC curve of adverse moves', ({ area }) => area),
  ...estimated<ScoreRow>(
    'auc_excursion',
    'the same of prices that go further against it, in ATR, than half of them do; of the score alone',
    ({ excursionArea }) => excursionArea,
  ),
];

interface LevelRow extends LevelShare {
  readonly set: string;
  readonly hours: number;
  readonly signal: string;
}

const LEVELS: readonly TableColumn<LevelRow>[] = [
  ['set', 'the data set', ({ set }) => set],
  ['hours', 'how far ahead', ({ hours }) => hours],
  ['signal', 'the score, or a signal alone', ({ signal }) => signal],
  ['level', 'what it said', ({ level }) => level],
  ['scores', 'how many', ({ forecasts }) => forecasts],
  ...estimated<LevelRow>('share', 'share of prices that were worse then', (row) => row),
];

interface GroupRow extends GroupGain {
  readonly market: string;
  readonly variant: string;
}

const GROUPS: readonly TableColumn<GroupRow>[] = [
  ['market', 'the market', ({ market }) => market],
  ['variant', 'the way to defend', ({ variant }) => variant],
  ['grouping', 'by what the trades are grouped', ({ grouping }) => grouping],
  ['group', 'which of them', ({ group }) => group],
  ['trades', 'how many', ({ trades }) => trades],
  ...estimated<GroupRow>(
    'part_r',
    'what they add to the gain of the mean over all trades',
    ({ part }) => part,
  ),
];

interface TradeResult {
  readonly set: string;
  readonly seed: number;
  readonly entry: number;
  readonly results: Readonly<Record<string, number>>;
}

/** Every table by its file name. */
export function studyTables(
  result: StudyResult,
  parts: readonly DonePart[],
): Readonly<Record<string, string>> {
  const { markets, sets, study } = result;
  const rows = markets.flatMap(({ comparisons, market, decision, trades }) =>
    comparisons.map((comparison): VariantRow => ({ ...comparison, market, decision, trades })),
  );
  const scores = sets.flatMap(({ name: set, facts }) =>
    facts.power.flatMap(({ hours, forecasts, area, excursionArea, signals }): ScoreRow[] => [
      { set, hours, forecasts, area, excursionArea, signal: 'score' },
      ...signals.map((signal) => ({ set, hours, ...signal, excursionArea: null })),
    ]),
  );
  const levels = sets.flatMap(({ name: set, facts }) =>
    facts.power.flatMap(({ hours, levels: ofScore, signals }): LevelRow[] => [
      ...ofScore.map((level) => ({ set, hours, signal: 'score', ...level })),
      ...signals.flatMap(({ signal, levels: own }) => own.map((level) => ({ set, hours, signal, ...level }))),
    ]),
  );
  const groups = markets.flatMap(({ market, comparisons }) =>
    comparisons.flatMap(({ name, groups: found }) =>
      found.map((group) => ({ ...group, market, variant: name })),
    ),
  );
  const names = [ALONE, ...study.variants.map(({ name }) => name)];
  const trades: readonly TableColumn<TradeResult>[] = [
    ['set', 'the data set', ({ set }) => set],
    ['seed', 'the seed', ({ seed }) => seed],
    ['entered_at', 'when it was entered', ({ entry }) => new Date(entry).toISOString()],
    ...names.map(
      (name): TableColumn<TradeResult> => [name, 'its result in R', ({ results }) => inR(results[name] ?? 0)],
    ),
  ];
  return {
    'variants.csv': csvTable(VARIANTS, rows),
    'groups.csv': csvTable(GROUPS, groups),
    'score.csv': csvTable(SCORES, scores),
    'calibration.csv': csvTable(LEVELS, levels),
    'trades.csv': csvTable(trades, tradeResults(result, parts)),
  };
}

function tradeResults({ study }: StudyResult, parts: readonly DonePart[]): readonly TradeResult[] {
  return study.sets.flatMap((each) =>
    seedsOf(study, each).flatMap((seed) => {
      const set = each.name;
      const outcomes = outcomesOf(parts, set, seed);
      const runs = outcomes.flatMap((outcome) => Object.entries(outcome.runs));
      return (outcomes[0]?.entries ?? []).map((entry, index): TradeResult => {
        const results = runs.map(([name, run]) => [name, run.results[index] ?? 0] as const);
        return { set, seed, entry, results: Object.fromEntries(results) };
      });
    }),
  );
}
