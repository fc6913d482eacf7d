// What a policy that only observed would have made of a trade: the laws of the fold, and the same trades and rules in a study,
// which shares the rules and none of the following.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { ObservedEffect, ObservedStart } from '../../../src/domain/effect/effect.js';
import { TIMEFRAME_MS } from '../../../src/domain/market/data.js';
import type { Policy } from '../../../src/domain/policy/policy.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { notFollowed, observedFrom, observedOn } from '../../../src/effect/observed.js';
import { summariesBy, underObserved } from '../../../src/effect/summary.js';
import { withFixedSpread } from '../../../src/replay/costs.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { coarseMoments } from '../../../src/study/coarse-bars.js';
import type { MarketSet } from '../../../src/study/market-set.js';
import { runRules } from '../../../src/study/rule-run.js';
import { studyTrades } from '../../../src/study/sampled-trades.js';
import { plainTerms } from '../../support/effects.js';
import { anyRule, NO_PLAN, policyOf } from '../../support/policies.js';
import { runs } from '../../support/properties.js';

const SPREAD = 8;
const DAY = 86_400_000;
const FROM = Date.UTC(2025, 0, 6);
const market = syntheticMarket({
  seed: 5,
  timeframe: 'M15',
  bars: 900,
  from: FROM,
  price: 64_000,
  digits: 2,
});
const data = withFixedSpread(market, SPREAD);
const SET: MarketSet = {
  ...{ name: 'made up', market: 'BTCUSD', symbol: 'BTCUSD', data, barMs: 900_000, blockLength: 'day' },
  ...{ moments: coarseMoments(data), from: Number.NEGATIVE_INFINITY, trades: null, news: [], remarks: [] },
  costs: { spread: null, slippageTicks: 0, commission: 2, swapBuy: 0, swapSell: 0 },
};
const TRADES = studyTrades(
  SET,
  {
    ...{ count: 40, entry: 'random', stopAtr: 4, targetAtr: 6, holdBars: 5000, overlap: 'allowed' },
    ...{ seeds: [1] },
  } as const,
  3,
);
const BARS = { M1: [], M5: [], M15: data.bars.map(({ bar }) => bar) };
const rules = fc.array(
  anyRule.filter((rule) => !(rule.kind === 'close_before' && rule.what === 'news')),
  { minLength: 1, maxLength: 3 },
);

const versionOf = (of: Policy['rules'], riskAtrs: number | null = null): Policy => ({
  ...policyOf({ plan: NO_PLAN, rules: of, riskAtrs, mode: 'observe' }),
  version: 1,
});

function startOf({
  direction,
  entryPrice,
  entryTime,
  stopLoss,
  takeProfit,
}: (typeof TRADES)[number]): ObservedStart {
  return {
    ...{ direction, entryPrice, volume: 1, stopLoss, takeProfit, openedAt: entryTime },
    ...{ risk: Math.abs(entryPrice - (stopLoss ?? 0)), commission: 2, spread: SPREAD },
    ...{ terms: plainTerms('BTCUSD', 2), together: null, until: entryTime + 60 * DAY },
  };
}

const followed = (policy: Policy, starts: readonly ObservedStart[], bars = BARS): readonly ObservedEffect[] =>
  observedOn({ observed: starts.map((start) => observedFrom(policy, start)) }, bars, 'always', () => policy);

describe('a policy that observes', () => {
  it('is told as a study tells its rules, trade by trade', () => {
    fc.assert(
      fc.property(rules, fc.option(fc.integer({ min: 1, max: 6 })), (of, riskAtrs) => {
        const setting = { rules: of, riskAtrs: riskAtrs ?? undefined };
        const [tried] = runRules(SET, TRADES, [setting], DEFAULT_RULES, 1);
        const told = followed(versionOf(of, riskAtrs), TRADES.map(startOf));
        let compared = 0;
        for (const [index, { r, end, endedAt }] of told.entries()) {
          // The study values what is open at its last bar; nothing is told of a step before the market went on.
          if (r === null || end === 'HORIZON' || (endedAt ?? 0) >= (BARS.M15.at(-1)?.time ?? 0)) continue;
          expect(r).toBeCloseTo(tried?.results[index] ?? Number.NaN, 3);
          compared += 1;
        }
        expect(compared).toBeGreaterThan(5);
      }),
      { numRuns: runs(40) },
    );
  });

  it('in pieces, from any place and after restarts, says what it says at once', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 4 });
    fc.assert(
      fc.property(rules, cuts, (of, places) => {
        const policy = versionOf(of);
        const starts = TRADES.slice(0, 10).map(startOf);
        let observed = starts.map((start) => observedFrom(policy, start));
        for (const cut of [...places.toSorted((a, b) => a - b), 900]) {
          const bars = { ...BARS, M15: BARS.M15.slice(0, cut) };
          const on = observedOn({ observed }, bars, 'always', () => policy);
          observed = JSON.parse(JSON.stringify(on));
        }
        expect(observed).toEqual(followed(policy, starts));
      }),
      { numRuns: runs(40) },
    );
  });

  it('never ends worse than the stop it was registered with, but for gaps, and ends with the real one', () => {
    const [trade] = TRADES;
    if (trade === undefined) throw new Error('no trade');
    const start = startOf(trade);
    const together = { at: trade.entryTime + TIMEFRAME_MS.M15 / 3, price: trade.entryPrice };
    const [told] = followed(versionOf([{ kind: 'loss_stop', atR: 0.9 }]), [{ ...start, together }]);
    expect(told).toMatchObject({ status: 'TOLD', end: 'TOGETHER', endedAt: together.at });
    expect(told?.r).toBeCloseTo(-2 / start.risk, 6);
  });
});

test('what cannot be told is apart, and says why', () => {
  const [trade] = TRADES;
  if (trade === undefined) throw new Error('no trade');
  const starts = [startOf(trade)];
  const policy = versionOf([{ kind: 'chandelier', atrs: 2 }]);
  expect(notFollowed({ ...policy, plan: { ...policy.plan, states: 'on' } })).toBe('PLAN_NOT_FOLLOWED');
  const news = versionOf([{ kind: 'close_before', what: 'news', minutes: 5, when: 'always' }]);
  expect(notFollowed(news)).toBe('PLAN_NOT_FOLLOWED');
  const gone = observedOn(
    { observed: starts.map((start) => observedFrom(policy, start)) },
    BARS,
    'always',
    () => undefined,
  );
  expect(gone).toMatchObject([{ status: 'APART', apart: 'POLICY_GONE' }]);
  const late = { ...BARS, M15: BARS.M15.filter(({ time }) => time > trade.entryTime + DAY) };
  expect(followed(policy, starts, late)).toMatchObject([{ status: 'APART', apart: 'PRICES_MISSING' }]);
});

test('figures are by version, beside the trades left alone, and few trades are too few to say', () => {
  const one = followed(versionOf([{ kind: 'time_stop', bars: 2, when: 'always' }]), TRADES.map(startOf));
  const effects = one.map((observed, index) => ({
    ...{
      account: 'demo',
      ticket: BigInt(index),
      begunVersion: 1,
      symbol: 'BTCUSD',
      policy: 'dtms',
      feed: 'f',
    },
    ...{
      instrument: 'BTCUSD',
      openedAt: TRADES[index]?.entryTime ?? 0,
      closedAt: 0,
      status: 'TOLD',
      apart: null,
    },
    ...{ touched: false, withR: 0.25, withoutR: 0.25, aloneEnd: 'TOGETHER', aloneEndedAt: 0, pursuit: null },
    observed: [observed],
  })) as unknown as Parameters<typeof underObserved>[0];
  const [summary] = summariesBy(underObserved(effects), ({ policy }) => policy, 1);
  const sum = one.reduce((all, { r }) => all + (r ?? 0), 0);
  expect(summary).toMatchObject({ name: 'tried 1', trades: one.filter(({ r }) => r !== null).length });
  expect(summary?.withR).toBeCloseTo(sum, 5);
  // Forty trades within ten days.
  expect(summary?.mean).toBeNull();
});
