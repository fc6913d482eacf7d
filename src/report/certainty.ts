// Owns the part of a replay's report that says whether its difference is chance, and whether a smaller size would have done
// as well: with the statistics and the tables of a study.
import { seededRandom } from '../broker/seeded-random.js';
import { type BlockLength, blockAt, blockLengthOf } from '../statistics/blocks.js';
import { drawingOf, effectsOf } from '../statistics/effects.js';
import { compared, figuresOf } from '../statistics/figures.js';
import { RunningSum } from '../statistics/running-sum.js';
import type { ReportCollector } from './collector.js';
import { gainsTable, sizesTable, tailsTable } from './figures-html.js';
import type { EquityRow } from './rows.js';

const DRAWS = 1000;
const SEED = 1;
const WITH = 'with DTMS';

/** A section of the page; empty without trades whose R is known. */
export function certaintyHtml({ trades, equity }: Pick<ReportCollector, 'trades' | 'equity'>): string {
  const known = trades.flatMap(({ openedAt, withDtms, without }) =>
    withDtms === null || without === null ? [] : [{ openedAt, withDtms: withDtms.r, without: without.r }],
  );
  if (known.length === 0) return '';
  const length = blockLengthOf(known.map(({ openedAt }) => openedAt));
  const places = known.map(({ openedAt }) => ({ stratum: '', block: blockAt(openedAt, length) }));
  const alone = known.map(({ without }) => without);
  const results = known.map(({ withDtms }) => withDtms);
  const drawing = drawingOf(places, DRAWS, seededRandom(SEED));
  const variant = { name: WITH, role: 'candidate', against: null, results } as const;
  const [effect] = effectsOf({ places, alone, variants: [variant] }, drawing);
  if (effect === undefined) return '';
  const figures = (name: string, of: readonly number[], sumOf: (row: EquityRow) => number) =>
    figuresOf(name, of, [stretches(equity, length, sumOf)], drawing, seededRandom(SEED));
  const left = figures('left alone', alone, ({ without }) => without);
  const own = figures(WITH, results, ({ withDtms }) => withDtms);
  const comparison = [compared(own, effect, results, alone, left, drawing)];
  return `<section class="panel"><h2>Is it chance, and would less size do as well? <span class="hint">${known.length.toLocaleString('en-US')} trades in ${drawing.blocks.count} ${length}s, which are drawn as wholes</span></h2>
${gainsTable(comparison)}
${tailsTable(left, comparison)}
${sizesTable(comparison)}
</section>`;
}

function stretches(equity: readonly EquityRow[], length: BlockLength, sumOf: (row: EquityRow) => number) {
  const sum = new RunningSum(length);
  for (const row of equity) sum.add(row.at, sumOf(row));
  return sum.stretches();
}
