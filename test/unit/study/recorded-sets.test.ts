// Recorded markets: what an independent measurement found of plain rules is found again, with other entries. Skipped without
// ../shared/data.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/broker/seeded-random.js';
import type { ProtectiveRule } from '../../../src/domain/policy/protective-rules.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { drawingOf } from '../../../src/statistics/effects.js';
import { percentileEstimate } from '../../../src/statistics/intervals.js';
import { ResultSample } from '../../../src/statistics/sample.js';
import { type MarketSet, readSet } from '../../../src/study/market-set.js';
import { runRules } from '../../../src/study/rule-run.js';
import { studyTrades } from '../../../src/study/sampled-trades.js';
import type { StudySet } from '../../../src/study/study-file.js';

const DATA = join(import.meta.dirname, '../../../../shared/data');
const SETS: readonly StudySet[] = [
  {
    name: 'BTCUSD',
    symbol: 'BTCUSD',
    market: 'BTCUSD',
    from: null,
    until: null,
    bars: join(DATA, 'btcusd-m15-2025h1.csv'),
  },
  {
    name: 'EURUSD',
    symbol: 'EURUSD',
    market: 'EURUSD',
    from: null,
    until: null,
    bars: join(DATA, 'eurusd-m15-202210-202310.csv'),
    timeZone: 'broker:+2/+3',
  },
];
const SAMPLING = {
  count: 1000,
  seeds: [7],
  entry: 'random',
  stopAtr: 4,
  targetAtr: 6,
  holdBars: 200,
  overlap: 'allowed',
} as const;
const RULES: readonly ProtectiveRule[] = [
  { kind: 'chandelier', atrs: 2 },
  { kind: 'loss_stop', atR: 0.5 },
];

describe.skipIf(!existsSync(DATA)).each(SETS)('$name (skipped without ../shared/data)', (described) => {
  let set: MarketSet;
  let alone: readonly number[];
  let defended: readonly (readonly number[])[];
  let worst: readonly { readonly low: number; readonly high: number }[];

  beforeAll(() => {
    set = readSet(described, DEFAULT_RULES);
    const trades = studyTrades(set, SAMPLING, 7);
    const settings = [{ rules: [] }, ...RULES.map((rule) => ({ rules: [rule] }))];
    const [first, ...others] = runRules(set, trades, settings, DEFAULT_RULES, 7).map(
      ({ results }) => results,
    );
    [alone, defended] = [first ?? [], others];
    const weeks = trades.map(({ entryTime }) => ({
      stratum: '',
      block: Math.floor(entryTime / 604_800_000),
    }));
    const { blocks, draws } = drawingOf(weeks, 300, seededRandom(1));
    const left = new ResultSample(alone, blocks);
    worst = defended.map((results) => {
      const own = new ResultSample(results, blocks);
      return percentileEstimate((weights) => own.tail(0.05, weights) - left.tail(0.05, weights), draws);
    });
  });

  it('left alone, a trade loses its stop at worst, and costs a little on the whole', () => {
    const ascending = [...alone].sort((a, b) => a - b);
    expect(ascending.slice(0, 50).reduce((sum, r) => sum + r, 0) / 50).toBeCloseTo(-1, 1);
    const mean = alone.reduce((sum, r) => sum + r, 0) / alone.length;
    expect(Math.abs(mean + 0.04)).toBeLessThan(0.12);
  });

  it('a chandelier of 2 ATR and a stop at -0.5 R limit the worst 5% by 0.3 R and more', () => {
    for (const { low, high } of worst) {
      expect(low).toBeGreaterThan(0.3);
      expect(high).toBeLessThan(0.65);
    }
  });

  it('and no rule moves the mean by much', () => {
    for (const results of defended) {
      const gain = results.reduce((sum, r, index) => sum + r - (alone[index] ?? 0), 0) / results.length;
      expect(Math.abs(gain)).toBeLessThan(0.12);
    }
  });
});
