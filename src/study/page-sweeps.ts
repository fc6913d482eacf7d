// Owns the heat maps of a study's page: of each sweep what every combination of its numbers gained, and what it made of the
// worst results.
import { escapeHtml } from '../report/page.js';
import { signed, tableHtml } from '../report/page-text.js';
import type { Estimate } from '../statistics/intervals.js';
import type { VariantFigures } from './analysis.js';
import type { Sweep, SweepAxis } from './sweeps.js';

/** Steps of colour, either way. */
const STEPS = 4;

interface HeatMap {
  readonly caption: string;
  readonly of: (figures: VariantFigures) => Estimate;
}

const MAPS: readonly HeatMap[] = [
  { caption: 'gain of the mean, R a trade', of: ({ effect }) => effect.gain },
  {
    caption: 'worst 5% over a smaller size of the same deviation, R',
    of: ({ worst5BeyondSize }) => worst5BeyondSize,
  },
];

/** Both maps of every sweep, of one market. */
export function sweepsHtml(sweeps: readonly Sweep[], comparisons: readonly VariantFigures[]): string {
  return sweeps.flatMap((sweep) => MAPS.map((map) => mapHtml(sweep, map, comparisons))).join('\n');
}

function mapHtml(sweep: Sweep, { caption, of }: HeatMap, comparisons: readonly VariantFigures[]): string {
  const [down, across] = axesOf(sweep);
  const found = sweep.points.flatMap(({ variant, at }) => {
    const figures = comparisons.find(({ name }) => name === variant);
    return figures === undefined ? [] : [{ at, estimate: of(figures) }];
  });
  const most = Math.max(
    1e-9,
    ...found.map(({ estimate }) => Math.abs(estimate.value)).filter(Number.isFinite),
  );
  const cell = (row: number, column: number | null) => {
    const point = found.find(({ at }) => at[0] === row && (column === null || at[1] === column));
    return point === undefined ? '' : cellHtml(point.estimate, most);
  };
  const columns = across === null ? [null] : across.values;
  const corner = across === null ? down.name : `${down.name} by ${across.name}`;
  return tableHtml(
    `${sweep.name}: ${caption}; bold where its 95% interval, of this try alone, is on one side of 0`,
    [corner, ...columns.map((column) => (column === null ? '' : String(column)))],
    down.values.map((row) => [String(row), ...columns.map((column) => cell(row, column))]),
  );
}

function axesOf({ axes }: Sweep): readonly [SweepAxis, SweepAxis | null] {
  const [down, across = null] = axes;
  if (down === undefined) throw new Error('a sweep without an axis');
  return [down, across];
}

/** A colour for where a value lies between the most it is either way; its interval is told when it is pointed at. */
function cellHtml({ value, low, high }: Estimate, most: number) {
  if (!Number.isFinite(value)) return { html: 'not known' };
  const step = Math.round((Math.abs(value) / most) * STEPS);
  const side = step === 0 ? 'none' : value > 0 ? `gain-${step}` : `cost-${step}`;
  const isSure = low > 0 || high < 0;
  const range = `${signed(low)} to ${signed(high)}`;
  return {
    html: `<span class="heat ${side}${isSure ? ' sure' : ''}" title="${escapeHtml(range)}">${escapeHtml(signed(value))}</span>`,
  };
}
