// Policies as variants: what a study makes of a policy's rules is what the engine makes of the policy, also where they close
// before the session's end or news. A replay of M15 bars decides about an entry when the first of them has closed, a study at
// once, as live checks do within seconds: rules that have something to say of an entry are compared where they have not.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { NewsEvent } from '../../../src/domain/market/data.js';
import type { ProtectiveRule } from '../../../src/domain/policy/protective-rules.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { coarseMoments } from '../../../src/study/coarse-bars.js';
import type { MarketSet } from '../../../src/study/market-set.js';
import { runPlan } from '../../../src/study/plan-run.js';
import { runRules } from '../../../src/study/rule-run.js';
import { studyTrades } from '../../../src/study/sampled-trades.js';
import { anyRule, NO_PLAN, policyOf } from '../../support/policies.js';
import { runs } from '../../support/properties.js';

const HOUR = 3_600_000;
const FROM = Date.UTC(2025, 0, 6);
const NEWS: readonly NewsEvent[] = [20, 41, 63].map((hours, index) => ({
  eventId: `n${index}`,
  currency: 'USD',
  impact: index === 1 ? 'MEDIUM' : 'HIGH',
  time: FROM + hours * HOUR,
  title: '',
}));

const data = syntheticMarket({ seed: 5, timeframe: 'M15', bars: 400, from: FROM, price: 64_000, digits: 2 });
const SET: MarketSet = {
  ...{ name: 'made up', market: 'BTCUSD', symbol: 'BTCUSD', data, barMs: 900_000, blockLength: 'day' },
  ...{ moments: coarseMoments(data), from: Number.NEGATIVE_INFINITY, trades: null, news: NEWS, remarks: [] },
  costs: { spread: null, slippageTicks: 0, commission: 2, swapBuy: -1, swapSell: -1 },
};
const TRADES = studyTrades(
  SET,
  {
    ...{ count: 25, entry: 'random', stopAtr: 4, targetAtr: 6, holdBars: 60, overlap: 'allowed' },
    ...{ seeds: [1] },
  } as const,
  3,
);

/** Kinds that say nothing of a trade that has just been entered. */
const LATER: ReadonlySet<ProtectiveRule['kind']> = new Set<ProtectiveRule['kind']>([
  ...(['time_stop', 'size_down', 'targets', 'step_locks', 'breakeven'] as const),
]);

/** Each reaches more within the bar of an entry than at the price it closes with, where the replay decides first. */
const SPLIT: ProtectiveRule[][] = [
  [
    {
      kind: 'targets',
      targets: [
        { atR: 0.1, share: 0.1 },
        { atR: 0.5, share: 0.1 },
      ],
    },
    { kind: 'targets', targets: [{ atR: 0.4, share: 0.2 }] },
  ],
  [
    {
      kind: 'step_locks',
      steps: [
        { atR: 0.1, lockR: 0 },
        { atR: 0.4, lockR: 0.3 },
      ],
    },
  ],
  [
    { kind: 'targets', targets: [{ atR: 0.1, share: 0.1 }] },
    { kind: 'size_down', bars: 1, keep: 0.5 },
  ],
];

async function ways(rules: readonly ProtectiveRule[]) {
  const [alone, tried] = runRules(SET, TRADES, [{ rules: [] }, { rules }], DEFAULT_RULES, 1);
  const policy = policyOf({ plan: NO_PLAN, rules });
  const setting = { plan: {}, off: [], scoreDelayHours: 0, policy };
  const live = await runPlan(SET, TRADES, setting, DEFAULT_RULES, 1);
  return { alone: alone?.results ?? [], tried: tried?.results ?? [], live: live.results };
}

it('rules do in a study what a policy of them does in the engine, trade by trade', async () => {
  const any = fc.record({
    rules: fc.array(
      anyRule.filter(({ kind }) => LATER.has(kind)),
      { minLength: 1, maxLength: 3 },
    ),
  });
  await fc.assert(
    fc.asyncProperty(any, async ({ rules }) => {
      const { tried, live } = await ways(rules);
      for (const [index, r] of tried.entries()) expect(live[index]).toBeCloseTo(r, 9);
    }),
    { numRuns: runs(12), examples: SPLIT.map((rules) => [{ rules }]) },
  );
});

it.each(['session_end', 'news'] as const)('closing before %s closes what is open then', async (what) => {
  const { alone, tried, live } = await ways([{ kind: 'close_before', what, minutes: 60, when: 'always' }]);
  expect(tried).not.toEqual(alone);
  const due = { session_end: [24, 48, 72, 96], news: [20, 63] }[what].map((hours) => FROM + hours * HOUR);
  const early = TRADES.map(
    ({ entryTime }) => !due.some((at) => entryTime > at - 1.25 * HOUR && entryTime < at),
  );
  expect(early.filter(Boolean).length).toBeGreaterThan(15);
  for (const [index, r] of tried.entries()) if (early[index]) expect(live[index]).toBeCloseTo(r, 9);
});
