// What a reader should know first: what defence gained or cost here, in plain words and four pairs of numbers.
import { element } from './draw.js';
import { dateText, fixed, grouped, inR } from './format.js';

/** Results of the trades whose R is known. */
export function measured(run) {
  return run.trades.filter(({ difference }) => difference !== null);
}

/** Whether a difference may be none: its interval has 0 in it, or is not known. */
function mayBeChance({ low, high }) {
  return low === null || high === null || (low <= 0 && high >= 0);
}

/** What is known of a difference beside its value. */
function intervalText({ low, high }, { block, blocks }) {
  if (low === null || high === null) return 'how sure it is cannot be told from so few days';
  return `difference 95%: ${inR(low, 3)} to ${inR(high, 3)}, over ${grouped(blocks)} ${block}s`;
}

/** The verdict as two sentences. */
export function verdict(run) {
  const { with_dtms: guarded, without_dtms: alone, difference: sure } = run.summary.result;
  if (guarded.mean_r === null || alone.mean_r === null || sure === null)
    return ['Nothing to compare', 'No trade of this replay has a known risk.'];
  const difference = guarded.mean_r - alone.mean_r;
  const size = fixed(Math.abs(difference), Math.abs(difference) < 0.1 ? 3 : 2);
  const differences = measured(run).map((trade) => trade.difference);
  const byChance = mayBeChance(sure.mean_r);
  const title =
    Math.abs(difference) < 0.0005
      ? 'DTMS neither cost nor gained here'
      : `DTMS ${difference < 0 ? 'cost' : 'gained'} ${size} R per trade here${byChance ? ', which may be chance' : ''}`;
  const better = differences.filter((value) => value > 0.005).length;
  const worse = differences.filter((value) => value < -0.005).length;
  const same = differences.length - better - worse;
  const counts = `${grouped(better)} trades ended better with it, ${grouped(worse)} worse, ${grouped(same)} the same.`;
  const doubt = byChance ? ` The mean ${intervalText(sure.mean_r, sure)}: it proves nothing.` : '';
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
  const { with_dtms: guarded, without_dtms: alone, difference: sure } = summary.result;
  const known = (name) => (sure === null ? '' : `; ${intervalText(sure[name], sure)}`);
  const [title, sentence] = verdict(run);
  const period = run.bars.at.length === 0 ? '' : `${dateText(run.bars.at[0])} – ${dateText(run.runEnd)}`;
  const timeframe = run.run.timeframe === 'M15' ? 'M15 (degraded)' : run.run.timeframe;
  document.querySelector('#eyebrow').textContent =
    `${run.run.symbol} ${timeframe} · ${period} · ${grouped(summary.bars)} bars`;
  document.querySelector('#verdict').textContent = title;
  document.querySelector('#sentence').textContent = sentence;
  document.querySelector('#remarks').append(...run.run.remarks.map((text) => element('li', {}, text)));
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
      pair('Mean result', `per trade${known('mean_r')}`, guarded.mean_r, alone.mean_r, false),
      pair(
        'Worst 5%',
        `mean of the worst twentieth of the trades${known('worst_5pct_r')}`,
        guarded.worst_5pct_r,
        alone.worst_5pct_r,
        false,
      ),
      pair(
        'Deepest drawdown',
        'of the running sum, trades in the order they ended; no interval: it hangs on that order',
        guarded.max_drawdown_r,
        alone.max_drawdown_r,
        true,
      ),
    );
}
