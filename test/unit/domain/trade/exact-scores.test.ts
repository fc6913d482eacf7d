// Scores are sums of decimals: no threshold is missed by what floats leave of them.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Evaluation } from '../../../../src/domain/signals/signal.js';
import { directionContextOf } from '../../../../src/domain/trade/state-machine.js';
import type { MarketFacts } from '../../../../src/domain/views/market-facts.js';

const FACTS = { structureEvent: null } as MarketFacts;
const scoreOf = (score: number | null) =>
  directionContextOf(FACTS, 'BUY', { score } as Evaluation, { at: 0, clock: 0 }).score;

describe('a score', () => {
  it('is the decimal its contributions add up to, in whatever order', () => {
    const parts = fc.array(fc.integer({ min: -4000, max: 4000 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(parts, (thousandths) => {
        const sum = thousandths.map((part) => part / 1000).reduce((all, part) => all + part, 0);
        expect(scoreOf(sum)).toBeCloseTo(sum, 9);
        expect((scoreOf(sum) ?? 0) + 0).toBe(thousandths.reduce((all, part) => all + part, 0) / 1000 + 0);
      }),
    );
  });

  it('that floats miss reaches its threshold', () => {
    const missed = -2.4 - 1.2 - 1.8 - 0.6;
    expect(missed).not.toBe(-6);
    expect(scoreOf(missed)).toBe(-6);
    expect(Object.is(scoreOf(0.1 + 0.2 - 0.3), 0) || Object.is(scoreOf(0.1 + 0.2 - 0.3), -0)).toBe(true);
    expect(scoreOf(null)).toBeNull();
  });
});
