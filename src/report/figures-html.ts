// Owns the tables of measured results, as the pages of studies and of replays have them.
import type { ComparedFigures, Figures } from '../statistics/figures.js';
import { estimateHtml, intervalHtml, percent, plain, signed, tableHtml } from './page-text.js';

export function gainsTable(comparisons: readonly ComparedFigures[]): string {
  const most = Math.max(
    ...comparisons
      .flatMap(({ effect: { gain } }) => [Math.abs(gain.low), Math.abs(gain.high)])
      .filter(Number.isFinite),
  );
  return tableHtml(
    'Gain of the mean over the same trades left alone, in R a trade',
    ['variant', 'gain', '', 'p', 'after Holm', 'over its placebo', 'change of the median', 'helped', 'hurt'],
    comparisons.map(({ name, effect, medianDifference, helped, hurt }) => [
      name,
      estimateHtml(effect.gain),
      intervalHtml(effect.gain, most),
      plain(effect.gain.p),
      effect.role === 'control' ? 'no candidate' : plain(effect.corrected),
      effect.beyondControl === null ? '' : estimateHtml(effect.beyondControl),
      estimateHtml(medianDifference),
      percent(helped),
      percent(hurt),
    ]),
  );
}

export function tailsTable(alone: Figures, comparisons: readonly ComparedFigures[]): string {
  const drawn = ({ drawnDrawdown: { median, high } }: Figures) =>
    `${plain(median, 1)}, 95%: ${plain(high, 1)}`;
  return tableHtml(
    'Results in R, and what became of the worst of them',
    [
      'variant',
      'mean',
      'median',
      'deviation',
      'downside',
      'worst 5%',
      'change',
      'worst 20%',
      'change',
      'drawdown',
      'drawn',
    ],
    [alone, ...comparisons].map((figures) => [
      figures.name,
      signed(figures.mean),
      signed(figures.median),
      plain(figures.deviation),
      plain(figures.downside),
      signed(figures.worst5),
      isCompared(figures) ? estimateHtml(figures.worst5Difference) : '',
      signed(figures.worst20),
      isCompared(figures) ? estimateHtml(figures.worst20Difference) : '',
      plain(figures.drawdown, 1),
      drawn(figures),
    ]),
  );
}

function isCompared(figures: Figures): figures is ComparedFigures {
  return 'effect' in figures;
}

export function sizesTable(comparisons: readonly ComparedFigures[]): string {
  return tableHtml(
    'Against the same trades left alone at a smaller size',
    [
      'variant',
      'size of the same deviation',
      'gain over it',
      'worst 5% over it',
      'size of the same worst 5%',
      'gain over it',
    ],
    comparisons.map(({ name, effect, worst5BeyondSize, tailSize, beyondTailSize }) => [
      name,
      percent(effect.size),
      estimateHtml(effect.beyondSize),
      estimateHtml(worst5BeyondSize),
      percent(tailSize),
      estimateHtml(beyondTailSize),
    ]),
  );
}
