// What a reader should know first: what defence gained or cost here, in plain words and four pairs of numbers.
import { element } from './draw.js';
import { dateText, fixed, grouped, inR } from './format.js';

/** Results of the trades whose R is known. */
export function measured(run) {
  return run.trades.filter(({ difference }) => difference !== null);
}

/** What chance alone may do to the mean difference: two standard errors. */
function chanceOf(differences) {
  const count = differences.length;
  if (count < 2) return null;
  const mean = differences.reduce((sum, value) => sum + value, 0) / count;
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return 2 * Math.sqrt(variance / count);
}

/** The verdict as two sentences. */
export function verdict(run) {
  const { with_dtms: guarded, without_dtms: alone } = run.summary.result;
  if (guarded.mean_r === null || alone.mean_r === null)
    return ['Nothing to compare', 'No trade of this replay has a known risk.'];
  const difference = guarded.mean_r - alone.mean_r;
  const size = fixed(Math.abs(difference), Math.abs(difference) < 0.1 ? 3 : 2);
  const differences = measured(run).map((trade) => trade.difference);
  const chance = chanceOf(differences);
  const byChance = chance !== null && Math.abs(difference) <= chance;
  const title =
    Math.abs(difference) < 0.0005
      ? 'DTMS neither cost nor gained here'
      : `DTMS ${difference < 0 ? 'cost' : 'gained'} ${size} R per trade here${byChance ? ', which may be chance' : ''}`;
  const better = differences.filter((value) => value > 0.005).length;
  const worse = differences.filter((value) => value < -0.005).length;
  const same = differences.length - better - worse;
  const counts = `${grouped(better)} trades ended better with it, ${grouped(worse)} worse, ${grouped(same)} the same.`;
  const doubt = byChance
    ? ` Chance alone can move the mean of so many trades by ±${fixed(chance, 3)} R, so the difference proves nothing.`
    : '';
  return [title, counts + doubt];
}

function pair(name, explained, guarded, alone, lowerIsBetter) {
  const known = guarded !== null && alone !== null;
  const gain = known ? (lowerIsBetter ? alone - guarded : guarded - alone) : 0;
  const most = known ? Math.max(Math.abs(guarded), Math.abs(alone), 1e-9) : 1;
  const text = (value) => (value === null ? '–' : lowerIsBetter ? `${fixed(value, 1)} R` : inR(value, 3));
  const bar = (value, kind, label) =>
    element(
      'div',
      { class: `pair-row ${kind}` },
      element('span', { class: 'pair-label' }, label),
      element(
        'span',
        { class: 'pair-bar' },
        element('i', { class: 'fill', style: `width: ${(Math.abs(value ?? 0) / most) * 100}%` }),
      ),
      element('span', { class: 'pair-value' }, text(value)),
    );
  const size = fixed(Math.abs(gain), lowerIsBetter ? 1 : 3);
  const tag = Number(size) === 0 ? 'the same' : `${size} R ${gain > 0 ? 'better' : 'worse'}`;
  return element(
    'article',
    { class: 'card' },
    element('h3', {}, name),
    element('p', { class: `change ${Number(size) === 0 ? '' : gain > 0 ? 'gain' : 'cost'}` }, tag),
    bar(guarded, 'with', 'with'),
    bar(alone, 'without', 'without'),
    element('p', { class: 'hint' }, explained),
  );
}

export function showHeadline(run) {
  const { summary } = run;
  const { with_dtms: guarded, without_dtms: alone } = summary.result;
  const [title, sentence] = verdict(run);
  const period = run.bars.at.length === 0 ? '' : `${dateText(run.bars.at[0])} – ${dateText(run.runEnd)}`;
  document.querySelector('#eyebrow').textContent =
    `${run.run.symbol} ${run.run.timeframe} · ${period} · ${grouped(summary.bars)} bars`;
  document.querySelector('#verdict').textContent = title;
  document.querySelector('#sentence').textContent = sentence;
  const planned = Object.values(summary.actions).reduce((sum, count) => sum + count, 0);
  const moved = Object.values(summary.transitions).reduce((sum, count) => sum + count, 0);
  document
    .querySelector('#cards')
    .append(
      element(
        'article',
        { class: 'card' },
        element('h3', {}, 'Trades'),
        element('p', { class: 'big' }, grouped(summary.trades)),
        element(
          'p',
          { class: 'hint' },
          `${grouped(moved)} transitions, ${grouped(planned)} planned actions, ${grouped(summary.evaluations)} evaluations`,
        ),
      ),
      pair('Mean result', 'per trade', guarded.mean_r, alone.mean_r, false),
      pair(
        'Worst 5%',
        'mean of the worst twentieth of the trades',
        guarded.worst_5pct_r,
        alone.worst_5pct_r,
        false,
      ),
      pair(
        'Deepest drawdown',
        'of the running sum, trades in the order they ended',
        guarded.max_drawdown_r,
        alone.max_drawdown_r,
        true,
      ),
    );
}
