// Makes docs/evidence.md: runs the platform's default study on the data in ../shared/data (about five minutes) and writes what it says.
// `node scripts/evidence.mjs [folder]`; the folder keeps finished parts, build/evidence unless named.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparedFigures, comparedRules } from './evidence-compared.mjs';
import { root } from './tools.mjs';

const folder = process.argv[2] ?? join(root, 'build', 'evidence');
const study = join(root, 'scripts', 'evidence', 'platform-default.json');
const cli = join(root, 'dist', 'src', 'cli.js');
const { status } = spawnSync(process.execPath, [cli, 'study', study, '--out', folder], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);
const result = JSON.parse(readFileSync(join(folder, 'study.json'), 'utf8'));
const levels = JSON.parse(readFileSync(join(root, 'scripts', 'evidence', 'levels.json'), 'utf8'));

/** @param {number} value @param {number} [digits] */
const signed = (value, digits = 3) => {
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? text : `${value < 0 ? '-' : '+'}${text}`;
};
/** @param {{ value: number, low: number, high: number }} estimate */
const interval = ({ value, low, high }) => `${signed(value)} [${signed(low)}, ${signed(high)}]`;
/** @param {number} share */
const percent = (share) => `${Math.round(share * 100)}%`;
/** @param {readonly (readonly string[])[]} rows */
const table = (rows) =>
  rows
    .map((row, index) => `| ${row.join(' | ')} |${index === 0 ? `\n|${'---|'.repeat(row.length)}` : ''}`)
    .join('\n');

/** @param {any} limit */
const limited = (limit) =>
  limit === null
    ? ''
    : `; the worst 5% is limited by ${limit.variant}: ${interval(limit.worst5)} R over a smaller size`;

/** @param {any} decision */
const decided = ({ kind, variant, because }) =>
  `**${variant === null ? kind : `defend so: ${variant}`}** (${because})`;

const effects = result.sets.map((/** @type {any} */ set, /** @type {number} */ index) => {
  const market = result.markets[index];
  const dtms = market.comparisons[0];
  return [
    set.name,
    `${signed(market.alone.mean)} → ${signed(dtms.mean)}`,
    interval(dtms.effect.gain),
    `${signed(market.alone.worst5, 2)} → ${signed(dtms.worst5, 2)}`,
    `${percent(dtms.helped)} / ${percent(dtms.hurt)}`,
    interval(dtms.effect.beyondControl),
  ];
});

const pooled = result.pooled.map((/** @type {any} */ { name, gain, worst5 }, /** @type {number} */ index) => {
  const sizes = result.markets.map((/** @type {any} */ market) =>
    percent(market.comparisons[index].effect.size),
  );
  return [
    name,
    gain === null ? '' : interval(gain),
    worst5 === null ? '' : interval(worst5),
    sizes.join(', '),
  ];
});

const beyond = result.markets.map((/** @type {any} */ market) => [
  market.market,
  ...market.comparisons.map((/** @type {any} */ one) => interval(one.worst5BeyondSize)),
]);

const walks = result.markets.map((/** @type {any} */ { market, walk }) => [
  market,
  walk.choices.map((/** @type {any} */ { chosen }) => chosen ?? 'left alone').join(', '),
  interval(walk.gain),
  walk.holdOut.chosen ?? 'left alone',
  interval(walk.holdOut.gain),
]);

const areas = result.sets.map((/** @type {any} */ set) => [
  set.name,
  ...set.facts.power.map(
    (/** @type {any} */ { area }) =>
      `${area.value.toFixed(3)} [${area.low.toFixed(3)}, ${area.high.toFixed(3)}]`,
  ),
]);

/** Earlier figures were told by two or three decimals. @param {number} earlier @param {{ low: number, high: number }} now */
const within = (earlier, { low, high }) => earlier >= low - 0.005 && earlier <= high + 0.005;
const figures = comparedFigures(result, folder);
const compared = figures.map(({ set, figure, earlier, earlierInterval, now }) => [
  set,
  figure,
  earlierInterval === null
    ? signed(earlier)
    : interval({ value: earlier, low: earlierInterval[0] ?? 0, high: earlierInterval[1] ?? 0 }),
  interval(now),
  within(earlier, now) ? 'yes' : '**no**',
]);
const isFound = figures.filter(({ earlier, now }) => within(earlier, now)).length;
const rules = comparedRules(result, folder).map(({ rule, earlier, mean, worst5 }) => [
  rule,
  signed(earlier.mean),
  interval(mean),
  signed(earlier.worst5),
  interval(worst5),
]);

const { signals } = result.sets[0].facts.power[0];
const signalAreas = signals.map((/** @type {any} */ { signal }, /** @type {number} */ index) => [
  signal.toLowerCase().replaceAll('_', ' '),
  ...result.sets.map((/** @type {any} */ set) => {
    const { area } = set.facts.power[0].signals[index];
    return area === null
      ? 'never available'
      : `${area.value.toFixed(3)} [${area.low.toFixed(3)}, ${area.high.toFixed(3)}]`;
  }),
]);

const parts = result.markets.map((/** @type {any} */ market) => [
  market.market,
  ...market.comparisons[0].groups.slice(0, 3).map((/** @type {any} */ { part }) => interval(part)),
]);
const groupNames = result.markets[0].comparisons[0].groups
  .slice(0, 3)
  .map((/** @type {any} */ { group }) => group);

const { trades } = result.study;
const text = `# Evidence: what the platform's own default is worth

Made by \`node scripts/evidence.mjs\` from [its study](../scripts/evidence/platform-default.json): ${result.sets.length} data sets, ${trades.seeds.length} seeds, ${trades.count} random entries each; stop
${trades.stopAtr} ATR of M15, target ${trades.targetAtr} ATR, held ${trades.holdBars / 4} hours at most, the data's spread charged (the BTC perpetual has none). Results are in R, intervals are 95% block bootstraps. What
each figure is: [studies](guides/study.md). Four sets are four markets in a few months each: this is evidence about the method, not about your market. Run it on yours.

## Decisions

${result.markets.map((/** @type {any} */ market) => `- ${market.market}: ${decided(market.decision)}${limited(market.limit)}`).join('\n')}

${result.tries} candidates were compared for each market.

## The six-state plan

${table([['set', 'mean alone → with', 'gain', 'worst 5% alone → with', 'helped / hurt', 'gain over the placebo'], ...effects])}

Where its gain comes from: what the trades that, left alone, ended so add to it, in R a trade of all. Losers lose less, winners win less.

${table([['market', ...groupNames], ...parts])}

## All variants, pooled over the sets (random effects)

${table([['variant', 'gain of the mean', 'change of the worst 5%', `size of the same deviation (${result.markets.map((/** @type {any} */ { market }) => market).join(', ')})`], ...pooled])}

Empty where the worst 5% does not vary at all within a set: a stop bounds them all, or none is touched. A better worst 5% is no defence by itself: trading smaller has it too. The worst 5% of each variant less that of the same trades at the size of the same deviation:

${table([['market', ...result.study.variants.map((/** @type {any} */ { name }) => name)], ...beyond])}

## Had the best so far been chosen each time

Gain over leaving the trades alone of the variant that had gained most before, in four stretches of time together, and in a fifth, the hold-out:

${table([['market', 'chosen', 'gain', 'chosen for the hold-out', 'gain there'], ...walks])}

## What the score tells

Area under the ROC curve for a worse price after so many hours; 0.5 is nothing.

${table([['set', ...result.sets[0].facts.power.map((/** @type {any} */ { hours }) => `${hours} h`)], ...areas])}

The same of each signal alone, 1 hour ahead:

${table([['signal', ...result.sets.map((/** @type {any} */ { name }) => name)], ...signalAreas])}

## Against an earlier measurement

The same sets were measured before by other code, with other random entries. ${isFound} of ${figures.length} figures of then lie in this study's 95% interval:

${table([['set', 'figure', 'earlier', 'this study', 'within'], ...compared])}

Plain rules less the plan, in R a trade: earlier over nine other sets, here over these four together.

${table([['rule', 'mean, earlier', 'mean', 'worst 5%, earlier', 'worst 5%'], ...rules])}

## How often a decision is wrong

${levels.studies} made-up studies of each kind, ${levels.variants} candidates, ${levels.weeks} weeks
(\`DTMS_STUDIES=${levels.studies} DTMS_STUDIES_OUT=scripts/evidence/levels.json npx vitest run test/unit/study/decision.test.ts\`):

${table([
  ['truth', 'trades', 'studies that say "defend"', 'wanted'],
  ['no effect', String(levels.none.trades), `${(levels.none.share * 100).toFixed(1)}%`, 'at most 5%'],
  [
    'one variant gains 0.1 R a trade',
    String(levels.planted.trades),
    `${(levels.planted.share * 100).toFixed(1)}%`,
    'at least 90%',
  ],
])}
`;
writeFileSync(join(root, 'docs', 'evidence.md'), text);
