// Owns a study's page: one HTML file that works offline and runs no script. The decisions first, then what they rest on.
import { gainsTable, sizesTable, tailsTable } from '../report/figures-html.js';
import { escapeHtml, styleSheets } from '../report/page.js';
import { estimateHtml, type PageCell, percent, signed, tableHtml, words } from '../report/page-text.js';
import type { MarketFigures, SetFigures, StudyResult, VariantFigures } from './analysis.js';
import type { GroupGain } from './attribution.js';
import { ruleText } from './decision.js';
import type { Limit } from './limit.js';
import { scoreHtml } from './page-score.js';
import { sweepsHtml } from './page-sweeps.js';
import type { Sweep } from './sweeps.js';
import type { Choice } from './walk-forward.js';

const STYLES = ['base.css', 'layout.css', 'study.css', 'heat.css', 'adapt.css'] as const;
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

const TERMS = [
  'R is a trade’s initial risk: the distance from entry to its first stop. Every variant has the same trades; differences are the variant’s less those of the trades left alone.',
  'Intervals are 95%. Whole blocks are drawn, each set by itself, because trades of one week depend on each other: weeks, or days where a set has fewer than twelve weeks. Those of means are studentised (symmetric bootstrap t), others are percentiles.',
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
${markets.map((market) => marketHtml(market, study.sweeps)).join('\n')}
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

function marketHtml(figures: MarketFigures, sweeps: readonly Sweep[]): string {
  const { market, alone, comparisons, trades, blocks, sets } = figures;
  const about = `${sets.join(', ')}: ${trades.toLocaleString('en-US')} trades in ${blocks} blocks`;
  return `<section class="panel"><h2>${escapeHtml(market)} <span class="hint">${escapeHtml(about)}</span></h2>
${gainsTable(comparisons)}
${tailsTable(alone, comparisons)}
${sizesTable(comparisons)}
${sweepsHtml(sweeps, comparisons)}
${groupsTable(comparisons)}
${walkHtml(figures)}
</section>`;
}

function groupsTable(comparisons: readonly VariantFigures[]): string {
  const key = ({ grouping, group }: GroupGain) => `${grouping}: ${words(group)}`;
  const rows = new Map<string, number>();
  for (const one of comparisons.flatMap(({ groups }) => groups)) {
    // Trades by an action differ from plan to plan, and so do the worst states.
    const isOfAll = comparisons.every(
      ({ groups }) => groups.find((other) => key(other) === key(one))?.trades === one.trades,
    );
    rows.set(key(one), isOfAll ? one.trades : Number.NaN);
  }
  const ofOne = (groups: readonly GroupGain[], name: string, isOfAll: boolean): PageCell => {
    const found = groups.find((group) => key(group) === name);
    if (found === undefined) return '';
    const { html } = estimateHtml(found.part);
    return {
      html: isOfAll
        ? html
        : `${html}<span class="range">${found.trades.toLocaleString('en-US')} trades</span>`,
    };
  };
  return tableHtml(
    'Where the gain comes from: what each group of trades adds to it, in R a trade of all',
    ['group', 'trades', ...comparisons.map(({ name }) => name)],
    [...rows].map(([name, trades]) => [
      name,
      Number.isNaN(trades) ? '' : trades.toLocaleString('en-US'),
      ...comparisons.map(({ groups }) => ofOne(groups, name, !Number.isNaN(trades))),
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

function setHtml({ name, facts, trades }: SetFigures): string {
  const about = `${facts.bars.toLocaleString('en-US')} bars of ${facts.timeframe}, ${trades.toLocaleString('en-US')} trades, blocks of a ${facts.blockLength}`;
  const remarks = facts.remarks.map((remark) => `<li>${escapeHtml(remark)}</li>`).join('');
  return `<h3>${escapeHtml(`${name}: ${about}`)}</h3><ul class="basis">${remarks}</ul>`;
}

function samplingHtml({ study: { trades, draws, seed } }: StudyResult): string {
  const { count, seeds, entry, sessions, direction, stopAtr, targetAtr, holdBars, overlap } = trades;
  const target = targetAtr === 0 ? 'no target' : `target ${targetAtr} ATR`;
  const text = `${count} trades a set and seed, seeds ${seeds.join(', ')}; entries ${entryText(entry)}${sessions === undefined ? '' : `, in ${sessions.map(words).join(', ')}`}${direction === undefined ? '' : `, ${direction} alone`}, stop ${stopAtr} ATR(14) of M15, ${target}, held ${holdBars} M15 bars at most, overlap ${overlap}; ${draws} samples of the bootstrap, drawn by seed ${seed}.`;
  return `<h3>Trades</h3><p>${escapeHtml(text)}</p>`;
}

function entryText(entry: StudyResult['study']['trades']['entry']): string {
  return typeof entry === 'string' ? entry : `after a ${entry.after} of ${entry.bars} M15 bars`;
}
