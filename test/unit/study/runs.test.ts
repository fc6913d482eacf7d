// Runs of a study: its trades left alone are the replay's, rules are done as they say, and the placebo's score is old.
import { beforeAll, describe, expect, it } from 'vitest';
import { sessionAt } from '../../../src/domain/market/sessions.js';
import { changedRules } from '../../../src/domain/policy/policy-rules.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { SIGNALS } from '../../../src/domain/signals/signal.js';
import { standingAlone } from '../../../src/replay/accounts.js';
import { chargedBy } from '../../../src/replay/costs.js';
import { replay } from '../../../src/replay/driver.js';
import { EngineTarget } from '../../../src/replay/engine-target.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { deepestFall } from '../../../src/statistics/drawdown.js';
import { coarseMoments } from '../../../src/study/coarse-bars.js';
import { DelayedView } from '../../../src/study/delayed-view.js';
import { entriesAfter } from '../../../src/study/entry-signals.js';
import type { MarketSet } from '../../../src/study/market-set.js';
import type { PlanChange } from '../../../src/study/plan-change.js';
import { type PlanRun, type PlanSetting, runPlan } from '../../../src/study/plan-run.js';
import { type RuleRun, runRules, type VariantRun } from '../../../src/study/rule-run.js';
import { studyTrades } from '../../../src/study/sampled-trades.js';
import { scoreFacts } from '../../../src/study/score-power.js';

const COSTS = { spread: null, slippageTicks: 3, commission: 2, swapBuy: -1, swapSell: -1 };
const PLAN: PlanSetting = { plan: {}, off: [], scoreDelayHours: 0 };
const SAMPLING = {
  count: 30,
  seeds: [1],
  entry: 'random',
  stopAtr: 4,
  targetAtr: 6,
  holdBars: 30,
  overlap: 'allowed',
} as const;

function setOf(timeframe: 'M1' | 'M15', bars: number): MarketSet {
  const from = Date.UTC(2025, 0, 6);
  const data = syntheticMarket({ seed: 11, timeframe, bars, from, price: 64_000, digits: 2 });
  return {
    name: 'made up',
    market: 'BTCUSD',
    symbol: 'BTCUSD',
    data,
    barMs: timeframe === 'M1' ? 60_000 : 900_000,
    moments: coarseMoments(data),
    blockLength: 'day',
    costs: COSTS,
    from: Number.NEGATIVE_INFINITY,
    trades: null,
    news: [],
    remarks: [],
  };
}

const sets = { M15: setOf('M15', 500), M1: setOf('M1', 1500) };
const tradesOf = (set: MarketSet, seed = 1) => studyTrades(set, SAMPLING, seed);

describe.each(['M15', 'M1'] as const)('on %s bars', (timeframe) => {
  const set = sets[timeframe];
  const trades = tradesOf(set);
  let alone: RuleRun;
  let tight: RuleRun;
  let closing: RuleRun;
  let plan: PlanRun;
  beforeAll(async () => {
    const lists = [
      { rules: [] },
      { rules: [{ kind: 'loss_stop', atR: 0.3 }] },
      { rules: [{ kind: 'time_stop', bars: 2, when: 'always' }] },
    ] as const;
    const [first, second, third] = runRules(set, trades, lists, DEFAULT_RULES, 1);
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('a run is missing');
    [alone, tight, closing] = [first, second, third];
    plan = await runPlan(set, trades, PLAN, DEFAULT_RULES, 1);
  });

  it('trades are entered in order, have the stop they are to have, and are the same for the same seed', () => {
    expect(trades.length).toBeGreaterThan(20);
    const times = trades.map(({ entryTime }) => entryTime);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(tradesOf(set)).toEqual(trades);
    expect(tradesOf(set, 2)).not.toEqual(trades);
    for (const { entryPrice, stopLoss, takeProfit } of trades) {
      const [risk, reward] = [
        Math.abs(entryPrice - (stopLoss ?? 0)),
        Math.abs(entryPrice - (takeProfit ?? 0)),
      ];
      expect(reward / risk).toBeCloseTo(1.5, 2);
    }
  });

  it('left alone and under the plan, they end as in a replay of them, entered within bars or between', async () => {
    const half = set.barMs / 2;
    const trades = tradesOf(set).map((trade, index) =>
      index % 3 === 0 ? { ...trade, entryTime: trade.entryTime + half } : trade,
    );
    const outcomes: { withDtms: number; without: number }[] = [];
    await replay(new EngineTarget(standingAlone(DEFAULT_RULES)), {
      symbol: set.symbol,
      data: set.data,
      trades,
      skippedRows: 0,
      ...chargedBy(COSTS, DEFAULT_RULES, 1),
      observer: {
        onEvent: () => {},
        onBar: () => {},
        onOutcome: (_, withDtms, without) => outcomes.push({ withDtms: withDtms.r, without: without.r }),
      },
    });
    const [left] = runRules(set, trades, [{ rules: [] }], DEFAULT_RULES, 1);
    const defended = await runPlan(set, trades, PLAN, DEFAULT_RULES, 1);
    for (const [index, { withDtms, without }] of outcomes.entries()) {
      expect(left?.results[index]).toBeCloseTo(without, 9);
      expect(defended.results[index]).toBeCloseTo(withDtms, 9);
    }
    expect(outcomes.length).toBe(trades.length);
  });

  it('a stop at a loss bounds it, but for gaps, slippage and costs', () => {
    const worst = Math.min(...tight.results);
    expect(worst).toBeLessThan(-0.2);
    expect(worst).toBeGreaterThan(Math.min(...alone.results));
    const mean = (run: VariantRun) => run.results.filter((r) => r < -0.6).length;
    expect(mean(tight)).toBeLessThan(mean(alone));
  });

  it('what each trade reached is what its prices did: no result is beyond it but by costs', () => {
    const { favourable, adverse } = alone.excursions;
    for (const [index, r] of alone.results.entries()) {
      expect(r).toBeLessThanOrEqual((favourable[index] ?? 0) + 1e-9);
      expect(favourable[index]).toBeGreaterThanOrEqual(0);
      expect(adverse[index]).toBeGreaterThanOrEqual(0);
      if (r <= -1) expect(adverse[index]).toBeGreaterThanOrEqual(0.98);
    }
    expect(Math.max(...favourable)).toBeGreaterThan(0.5);
  });

  it('the plan accounts for every part of every trade, and for the whole of each', () => {
    const ends = plan.trails.map((trail) => trail.ends);
    for (const [index, parts] of ends.entries()) {
      expect(parts.reduce((sum, { r }) => sum + r, 0)).toBeCloseTo(plan.results[index] ?? Number.NaN, 9);
      expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    }
    const actions = new Set(ends.flat().map(({ action }) => action));
    expect(actions.size).toBeGreaterThan(2);
    const hurt = plan.trails.filter(({ depth }) => depth !== 'HEALTHY');
    expect(hurt.length).toBeGreaterThan(0);
    // Whoever was never warned about was only trailed, or ended as it would have.
    for (const { depth, ends: parts } of plan.trails) {
      if (depth === 'HEALTHY')
        expect(parts.every(({ action }) => ['NONE', 'TRAIL_SL'].includes(action))).toBe(true);
    }
  });

  it('running sums end at the sum of the results', () => {
    for (const run of [alone, tight, closing, plan]) {
      const sum = run.results.reduce((all, r) => all + r, 0);
      expect(run.stretches.reduce((all, { total }) => all + total, 0)).toBeCloseTo(sum, 6);
      expect(deepestFall(run.stretches)).toBeGreaterThanOrEqual(0);
      const blocks = run.stretches.map(({ block }) => block);
      expect(blocks).toEqual([...new Set(blocks)].sort((a, b) => a - b));
    }
  });

  it('the same run twice is the same', () => {
    expect(runRules(set, trades, [{ rules: [] }], DEFAULT_RULES, 1)).toEqual([alone]);
  });
});

describe('the placebo', () => {
  it('shows a score that is old enough, and none before there is one', () => {
    const view = new DelayedView('BTCUSD', 'BTCUSD', DEFAULT_RULES, 3_600_000);
    const recorded: (number | null)[] = [];
    for (const { bar } of sets.M15.data.bars.slice(0, 400)) {
      view.upsertBar('M15', bar);
      const at = bar.time + 900_000;
      recorded.push(view.record(at).BUY.score);
      const shown = view.latest('BUY');
      const before = recorded.length - 5;
      if (before < 0) expect(shown).toBeNull();
      else expect([shown?.at, shown?.score]).toEqual([at - 3_600_000, recorded[before]]);
    }
    expect(new Set(recorded).size).toBeGreaterThan(10);
  });

  it('decides by it: the trades end otherwise', async () => {
    const trades = tradesOf(sets.M15);
    const runs = await Promise.all(
      [0, 24].map((scoreDelayHours) =>
        runPlan(sets.M15, trades, { ...PLAN, scoreDelayHours }, DEFAULT_RULES, 1),
      ),
    );
    expect(runs[1]?.results).not.toEqual(runs[0]?.results);
  });
});

describe('a changed plan', () => {
  const actionsOf = async (actions: PlanChange['actions']) => {
    const trades = tradesOf(sets.M15);
    const rules = changedRules({ actions }, DEFAULT_RULES);
    return replay(new EngineTarget(standingAlone(rules)), {
      symbol: 'BTCUSD',
      data: sets.M15.data,
      trades,
      skippedRows: 0,
    });
  };

  it('leaves out what it has none of, and does the rest', async () => {
    const { actions } = await actionsOf({ partialClose: 0, hedgeRatio: 0, reAdd: 0 });
    expect(actions).not.toHaveProperty('PARTIAL_CLOSE');
    expect(actions).not.toHaveProperty('OPEN_HEDGE');
    expect(actions).not.toHaveProperty('RE_ADD');
    expect(actions.TIGHTEN_SL).toBeGreaterThan(0);
    const { actions: others } = await actionsOf({ tightenR: 1e6 });
    expect(others).not.toHaveProperty('TIGHTEN_SL');
    expect(others.PARTIAL_CLOSE).toBeGreaterThan(0);
  });
});

describe('an ablation', () => {
  it('switches off what it leaves out, and nothing else', async () => {
    const trades = tradesOf(sets.M15);
    const without = async (off: PlanSetting['off']) => {
      const { trails } = await runPlan(sets.M15, trades, { ...PLAN, off }, DEFAULT_RULES, 1);
      return new Set(trails.flatMap(({ ends }) => ends.map(({ action }) => action)));
    };
    const whole = await without([]);
    expect(whole).toContain('PARTIAL_CLOSE');
    const left = await without(['action.PARTIAL_CLOSE', 'action.OPEN_HEDGE']);
    expect(left).not.toContain('PARTIAL_CLOSE');
    expect(left).not.toContain('OPEN_HEDGE');
    expect(left).toContain('TIGHTEN_SL');
  });
});

describe('reasons to enter', () => {
  const set = sets.M15;
  const sampled = (over: object) => studyTrades(set, { ...SAMPLING, count: 1000, ...over }, 1);
  const closeBefore = (at: number) => set.data.bars.findIndex(({ bar }) => bar.time + set.barMs === at);

  it('a breakout is a close beyond all prices before it, on its side; a reversal the same on the other', () => {
    const trades = sampled({ entry: { after: 'breakout', bars: 20 } });
    expect(trades.length).toBeGreaterThan(10);
    for (const { entryTime, direction } of trades) {
      const place = closeBefore(entryTime);
      const before = set.data.bars.slice(place - 20, place).map(({ bar }) => bar);
      const close = set.data.bars[place]?.bar.close ?? Number.NaN;
      if (direction === 'BUY') expect(close).toBeGreaterThan(Math.max(...before.map(({ high }) => high)));
      else expect(close).toBeLessThan(Math.min(...before.map(({ low }) => low)));
    }
    const turned = sampled({ entry: { after: 'reversal', bars: 20 } });
    expect(turned.map(({ entryTime }) => entryTime)).toEqual(trades.map(({ entryTime }) => entryTime));
    expect(turned.every(({ direction }, index) => direction !== trades[index]?.direction)).toBe(true);
  });

  it('none knows what comes after it: the same entries come of the data cut off', () => {
    for (const after of ['breakout', 'reversal', 'cross'] as const) {
      const whole = entriesAfter({ after, bars: 10 }, set.data);
      const cut = entriesAfter({ after, bars: 10 }, { bars: set.data.bars.slice(0, 300) });
      expect(cut).toEqual(whole.filter(({ place }) => place < 300));
      expect(cut.length).toBeGreaterThan(3);
    }
  });

  it('sessions, a side and a beginning are kept to', () => {
    const from = (set.data.bars[250]?.bar.time ?? 0) + 1;
    const trades = studyTrades(
      { ...set, from },
      { ...SAMPLING, count: 200, sessions: ['LONDON'], direction: 'SELL' },
      1,
    );
    expect(trades.length).toBe(200);
    for (const { entryTime, direction } of trades) {
      expect([sessionAt(entryTime), direction]).toEqual(['LONDON', 'SELL']);
      expect(entryTime).toBeGreaterThanOrEqual(from);
    }
  });
});

describe('trades without overlap', () => {
  it('begin when the one before has been held for its longest', () => {
    const set = sets.M15;
    const sampling = { ...SAMPLING, overlap: 'none' } as const;
    const times = studyTrades(set, sampling, 1).map(({ entryTime }) => entryTime);
    expect(times.length).toBeGreaterThan(5);
    for (const [index, time] of times.slice(1).entries()) {
      expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(SAMPLING.holdBars * 900_000);
    }
  });
});

describe('the score', () => {
  it('is measured at each horizon, with an interval about its area, and levels that hold all scores', async () => {
    const { power, regimes } = await scoreFacts(sets.M15, DEFAULT_RULES, 200, 1);
    expect(power.map(({ hours }) => hours)).toEqual([1, 4, 12]);
    expect(regimes.length).toBeGreaterThan(1);
    for (const { area, forecasts, levels, signals } of power) {
      expect(signals.map(({ signal }) => signal)).toEqual(SIGNALS);
      // There is no order flow in it.
      expect(signals.find(({ signal }) => signal === 'DELTA_PRESSURE')).toMatchObject({
        forecasts: 0,
        area: null,
      });
      expect(signals.filter((one) => one.area !== null).length).toBeGreaterThan(3);
      for (const signal of signals) {
        expect(signal.levels.reduce((sum, level) => sum + level.forecasts, 0)).toBe(signal.forecasts);
      }
      expect(area.low).toBeLessThanOrEqual(area.value);
      expect(area.high).toBeGreaterThanOrEqual(area.value);
      expect(levels.reduce((sum, level) => sum + level.forecasts, 0)).toBe(forecasts);
    }
  });
});
