// Owns a study's page: one HTML file that works offline and runs no script. The decisions first, then what they rest on.
import { escapeHtml, styleSheets } from '../report/page.js';
import type { Figures, Limit, MarketFigures, SetFigures, StudyResult, VariantFigures } from './analysis.js';
import { ruleText } from './decision.js';
import { estimateHtml, intervalHtml, percent, plain, signed, tableHtml } from './page-text.js';
import type { Choice } from './walk-forward.js';

const STYLES = ['base.css', 'layout.css', 'study.css', 'adapt.css'] as const;
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

const TERMS = [
  'R is a trade’s initial risk: the distance from entry to its first stop. Every variant has the same trades; differences are the variant’s less those of the trades left alone.',
  'Intervals are 95%. Whole blocks are drawn, each set by itself, because trades of one week depend on each other: weeks, or days where a set has fewer than eight weeks. Those of means are studentised (symmetric bootstrap t), others are percentiles.',
  '“Same deviation” and “same worst 5%” are the trades left alone at the size, at most 1, at which their standard deviation, or the mean of their worst 5%, is that of the variant. What does no more than a smaller size is no defence.',
  'The placebo is the six-state plan with a score a day old; a changed plan has one of its own. Drawdown is that of one seed’s trades together, what is open valued at each M15 close: the mean over sets and seeds, then the median and the 95% quantile over 200 orders of each set’s blocks.',
  'Helped and hurt: trades that ended more than 0.005 R better or worse than left alone. p after Holm (1979) counts every candidate as a try. Pooled effects are random effects by DerSimonian and Laird (1986), empty where a set shows no variation.',
];

/** The whole page as HTML. */
export function studyPage(result: StudyResult): string {
  const { study, markets, sets, tries } = result;
  const trades = markets.reduce((sum, market) => sum + market.trades, 0);
  const what = `${sets.length} data sets, ${trades.toLocaleString('en-US')} trades, ${tries} candidates`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escapeHtml(study.name)}</title>
<style>
${styleSheets(STYLES)}</style>
</head>
<body>
<header>
<p class="eyebrow">DTMS study · ${escapeHtml(what)}</p>
<h1>${escapeHtml(study.name)}</h1>
<ul class="decisions">
${markets.map(decisionHtml).join('\n')}
</ul>
<p class="sentence prose"><b>The rule.</b> ${escapeHtml(ruleText(tries, study.worthwhileR))}</p>
</header>
<main>
${markets.map(marketHtml).join('\n')}
${pooledHtml(result)}
${scoreHtml(sets)}
<section class="panel"><h2>What this rests on</h2>${sets.map(setHtml).join('\n')}${samplingHtml(result)}</section>
</main>
<footer>
${TERMS.map((term) => `<p class="prose">${escapeHtml(term)}</p>`).join('\n')}
</footer>
</body>
</html>
`;
}

/** A market's decision in a line. */
export function decisionText({ market, decision, limit }: MarketFigures): string {
  const { kind, variant, because } = decision;
  const more = limit === null ? '' : `; ${limitText(limit)}`;
  return `${market}: ${variant === null ? kind : `defend so: ${variant}`} (${because}${more})`;
}

function limitText({ variant, worst5: { value, low, high } }: Limit): string {
  return `the worst 5% is limited by ${variant}: ${signed(value, 2)} R, ${signed(low, 2)} to ${signed(high, 2)}, over a smaller size`;
}

function decisionHtml({ market, decision, limit }: MarketFigures): string {
  const { kind, variant, because } = decision;
  const line =
    variant === null ? `${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}` : `Defend so: ${variant}`;
  return `<li class="card decision"><p class="muted">${escapeHtml(market)}</p><p class="big">${escapeHtml(line)}</p><p class="hint">${escapeHtml(because)}</p>${limit === null ? '' : `<p class="hint">${escapeHtml(limitText(limit))}</p>`}</li>`;
}

function marketHtml(figures: MarketFigures): string {
  const { market, comparisons, trades, blocks, sets } = figures;
  const about = `${sets.join(', ')}: ${trades.toLocaleString('en-US')} trades in ${blocks} blocks`;
  return `<section class="panel"><h2>${escapeHtml(market)} <span class="hint">${escapeHtml(about)}</span></h2>
${gainsTable(comparisons)}
${tailsTable(figures)}
${sizesTable(comparisons)}
${groupsTable(comparisons)}
${walkHtml(figures)}
</section>`;
}

function gainsTable(comparisons: readonly VariantFigures[]): string {
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

function tailsTable({ alone, comparisons }: MarketFigures): string {
  const drawn = ({ drawnDrawdown: { median, high } }: MarketFigures['alone']) =>
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

function isCompared(figures: Figures): figures is VariantFigures {
  return 'effect' in figures;
}

function sizesTable(comparisons: readonly VariantFigures[]): string {
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

function groupsTable(comparisons: readonly VariantFigures[]): string {
  const [first] = comparisons;
  if (first === undefined) return '';
  return tableHtml(
    'Where the gain comes from: what each group of trades adds to it, in R a trade of all',
    ['group', 'trades', ...comparisons.map(({ name }) => name)],
    first.groups.map(({ grouping, group, trades }, index) => [
      `${grouping}: ${words(group)}`,
      trades.toLocaleString('en-US'),
      ...comparisons.map(({ groups }) => {
        const part = groups[index]?.part;
        return part === undefined ? '' : estimateHtml(part);
      }),
    ]),
  );
}

function walkHtml({ walk }: MarketFigures): string {
  if (walk === null) return '';
  const dayText = (at: number) => new Date(at).toISOString().slice(0, 10);
  const row = (name: string, { from, to, trades, chosen, gain }: Choice) => [
    name,
    `${dayText(from)} to ${dayText(to)}`,
    trades.toLocaleString('en-US'),
    chosen ?? 'left alone',
    estimateHtml(gain),
  ];
  return tableHtml(
    'Had the variant that had gained most so far been chosen each time',
    ['stretch', 'entries', 'trades', 'chosen', 'gain'],
    [
      ...walk.choices.map((choice, index) => row(String(index + 1), choice)),
      ['together', '', '', '', estimateHtml(walk.gain)],
      row('hold-out', walk.holdOut),
    ],
  );
}

function pooledHtml({ pooled, sets }: StudyResult): string {
  if (sets.length < 2) return '';
  const table = tableHtml(
    `Random effects over ${sets.length} sets, in R a trade`,
    [
      'variant',
      'gain of the mean',
      'variation between sets',
      'change of the worst 5%',
      'variation between sets',
    ],
    pooled.map(({ name, gain, worst5 }) => [
      name,
      gain === null ? '' : estimateHtml(gain),
      gain === null ? '' : percent(gain.heterogeneity),
      worst5 === null ? '' : estimateHtml(worst5),
      worst5 === null ? '' : percent(worst5.heterogeneity),
    ]),
  );
  const each = tableHtml(
    'Gain of the mean in each set',
    ['variant', ...sets.map(({ name }) => name)],
    pooled.map(({ name }, index) => [
      name,
      ...sets.map(({ effects }) => {
        const effect = effects[index];
        return effect === undefined ? '' : estimateHtml(effect.gain);
      }),
    ]),
  );
  return `<section class="panel"><h2>All sets together</h2>${table}${each}</section>`;
}

/** A name of ours for people: NEW_YORK becomes "new york". */
function words(name: string): string {
  return name.toLowerCase().replaceAll('_', ' ');
}

function scoreHtml(sets: readonly SetFigures[]): string {
  const areas = sets.flatMap(({ name, facts }) =>
    facts.power.map(({ hours, forecasts, area }) => [
      name,
      `${hours} h`,
      forecasts.toLocaleString('en-US'),
      estimateHtml(area, plain),
    ]),
  );
  const levels = sets.flatMap(({ name, facts }) =>
    facts.power
      .slice(0, 1)
      .flatMap(({ hours, levels: found }) =>
        found.map((level) => [
          name,
          level.upTo === null ? 'above all' : `up to ${signed(level.upTo, 0)}`,
          `${hours} h`,
          level.forecasts.toLocaleString('en-US'),
          estimateHtml(level, plain),
        ]),
      ),
  );
  const signals = sets.flatMap(({ name, facts }) =>
    (facts.power[0]?.signals ?? []).map((_, index) => [
      name,
      words(facts.power[0]?.signals[index]?.signal ?? ''),
      ...facts.power.map(({ signals: found }) => {
        const area = found[index]?.area ?? null;
        return area === null ? 'never available' : estimateHtml(area, plain);
      }),
    ]),
  );
  const ahead = (sets[0]?.facts.power ?? []).map(({ hours }) => `${hours} h ahead`);
  return `<section class="panel"><h2>What the score tells <span class="hint">0.5 is nothing; above it, low scores come before moves against the direction</span></h2>
${tableHtml('Area under the ROC curve', ['set', 'ahead', 'scores', 'area'], areas)}
${tableHtml('The same of each signal alone', ['set', 'signal', ...ahead], signals)}
${tableHtml('Share of moves against the direction, by the score before them', ['set', 'score', 'ahead', 'scores', 'share'], levels)}
</section>`;
}

function setHtml({ name, facts, trades }: SetFigures): string {
  const about = `${facts.bars.toLocaleString('en-US')} bars of ${facts.timeframe}, ${trades.toLocaleString('en-US')} trades, blocks of a ${facts.blockLength}`;
  const remarks = facts.remarks.map((remark) => `<li>${escapeHtml(remark)}</li>`).join('');
  return `<h3>${escapeHtml(`${name}: ${about}`)}</h3><ul class="basis">${remarks}</ul>`;
}

function samplingHtml({ study: { trades, draws, seed } }: StudyResult): string {
  const { count, seeds, entry, stopAtr, targetAtr, holdBars, overlap } = trades;
  const target = targetAtr === 0 ? 'no target' : `target ${targetAtr} ATR`;
  const text = `${count} trades a set and seed, seeds ${seeds.join(', ')}; entries ${entry}, stop ${stopAtr} ATR(14) of M15, ${target}, held ${holdBars} M15 bars at most, overlap ${overlap}; ${draws} samples of the bootstrap, drawn by seed ${seed}.`;
  return `<h3>Trades</h3><p>${escapeHtml(text)}</p>`;
}
