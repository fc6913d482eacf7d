// What an earlier, independent measurement found on the sets of docs/evidence.md, figure by figure beside this study's own with its 95% interval.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './tools.mjs';

/** @typedef {{ value: number, low: number, high: number }} Estimate */

/** @param {string} path */
const built = (path) => import(pathToFileURL(join(root, 'dist', 'src', path)).href);
const { drawingOf } = await built('statistics/effects.js');
const { meanTest, percentileEstimate } = await built('statistics/intervals.js');
const { ResultSample } = await built('statistics/sample.js');
const { blockAt } = await built('statistics/blocks.js');
const { seededRandom } = await built('broker/seeded-random.js');

/** The same sets, other code, other random entries: means and the worst 5% left alone and with the plan, the gain with its interval, shares. */
const EARLIER = {
  'BTCUSD 2025 H1, M15': {
    mean: [-0.053, -0.037],
    gain: [0.016, -0.013, 0.047],
    worst5: [-1, -0.89],
    shares: [0.58, 0.31],
  },
  'EURUSD 2022-10 to 2023-10, M15': {
    mean: [-0.025, -0.031],
    gain: [-0.006, -0.039, 0.025],
    worst5: [-1.02, -1.01],
    shares: [0.55, 0.27],
  },
  'USDJPY 2013-02, M1': {
    mean: [-0.036, 0.072],
    gain: [0.108, -0.052, 0.322],
    worst5: [-2.84, -1.22],
    shares: [0.58, 0.24],
  },
  'BTC perpetual 2022-01, M1': {
    mean: [-0.034, -0.034],
    gain: [0, -0.061, 0.071],
    worst5: [-1, -0.86],
    shares: [0.57, 0.32],
  },
};

/** Plain rules less the plan on nine other sets, pooled: the mean, then the worst 5%. */
const EARLIER_RULES = {
  'chandelier 2 ATR': [0.006, 0.344],
  'stop at -0.5 R': [0.001, 0.311],
  'half size after one bar': [0.006, 0.223],
  'close after 4 h if losing': [0.012, -0.07],
};

/**
 * Results of every trade by set and variant, as trades.csv has them.
 *
 * @param {string} folder
 * @returns {Map<string, { times: number[], results: Map<string, number[]> }>}
 */
function tradesIn(folder) {
  const [head = '', ...lines] = readFileSync(join(folder, 'trades.csv'), 'utf8').trimEnd().split('\n');
  const names = head.split(',').slice(3);
  const sets = new Map();
  for (const line of lines) {
    const [, quoted, plain = '', rest = ''] = /^(?:"([^"]*)"|([^,"]*)),(.*)$/.exec(line) ?? [];
    const [, time = '', ...values] = rest.split(',');
    const set = quoted ?? plain;
    if (!sets.has(set)) sets.set(set, { times: [], results: new Map(names.map((name) => [name, []])) });
    const { times, results } = sets.get(set);
    times.push(Date.parse(time));
    for (const [index, name] of names.entries()) results.get(name).push(Number(values[index]));
  }
  return sets;
}

/**
 * Figures of each set, earlier (the gain with its interval) and now.
 *
 * @param {any} result the study's study.json
 * @param {string} folder where its trades.csv is
 * @returns {{ set: string, figure: string, earlier: number, earlierInterval: number[] | null, now: Estimate }[]}
 */
export function comparedFigures(result, folder) {
  const sets = tradesIn(folder);
  return result.sets.flatMap((/** @type {any} */ { name, facts }) => {
    const before = EARLIER[/** @type {keyof typeof EARLIER} */ (name)];
    const { times, results } = sets.get(name) ?? { times: [], results: new Map() };
    const places = times.map((time) => ({ stratum: name, block: blockAt(time, facts.blockLength) }));
    const { blocks, draws } = drawingOf(places, result.study.draws, seededRandom(result.study.seed));
    const [alone, dtms] = [results.get('left alone') ?? [], results.get('dtms') ?? []];
    const mean = (/** @type {number[]} */ values) => meanTest(new ResultSample(values, blocks), draws);
    const worst = (/** @type {number[]} */ values) => {
      const sample = new ResultSample(values, blocks);
      return percentileEstimate((/** @type {any} */ weights) => sample.tail(0.05, weights), draws);
    };
    const changed = dtms.map(
      (/** @type {number} */ value, /** @type {number} */ index) => value - (alone[index] ?? 0),
    );
    const share = (/** @type {(change: number) => boolean} */ has) =>
      mean(changed.map((/** @type {number} */ change) => (has(change) ? 1 : 0)));
    return [
      ['mean left alone', before.mean[0], mean(alone)],
      ['mean with the plan', before.mean[1], mean(dtms)],
      ['gain', before.gain[0], mean(changed)],
      ['worst 5% left alone', before.worst5[0], worst(alone)],
      ['worst 5% with the plan', before.worst5[1], worst(dtms)],
      ['share helped', before.shares[0], share((change) => change > 0.005)],
      ['share hurt', before.shares[1], share((change) => change < -0.005)],
    ].map(([figure, earlier, now]) => ({
      set: name,
      figure,
      earlier,
      now,
      earlierInterval: figure === 'gain' ? before.gain.slice(1) : null,
    }));
  });
}

/**
 * Plain rules less the plan on all trades of the study together, beside what nine other sets said.
 *
 * @param {any} result
 * @param {string} folder
 * @returns {{ rule: string, earlier: { mean: number, worst5: number }, mean: Estimate, worst5: Estimate }[]}
 */
export function comparedRules(result, folder) {
  const sets = tradesIn(folder);
  /** @type {{ stratum: string, block: number }[]} */
  const places = [];
  for (const { name, facts } of result.sets)
    for (const time of sets.get(name)?.times ?? [])
      places.push({ stratum: name, block: blockAt(time, facts.blockLength) });
  const { blocks, draws } = drawingOf(places, result.study.draws, seededRandom(result.study.seed));
  const of = (/** @type {string} */ variant) =>
    result.sets.flatMap((/** @type {any} */ { name }) => sets.get(name)?.results.get(variant) ?? []);
  const dtms = of('dtms');
  return Object.entries(EARLIER_RULES).map(([rule, [mean = 0, worst5 = 0]]) => {
    const values = of(rule);
    const [own, plan] = [new ResultSample(values, blocks), new ResultSample(dtms, blocks)];
    const less = values.map(
      (/** @type {number} */ value, /** @type {number} */ index) => value - dtms[index],
    );
    return {
      rule,
      earlier: { mean, worst5 },
      mean: meanTest(new ResultSample(less, blocks), draws),
      worst5: percentileEstimate(
        (/** @type {any} */ weights) => own.tail(0.05, weights) - plan.tail(0.05, weights),
        draws,
      ),
    };
  });
}
