// A broker that fails at every fifth call, over half a year of recorded prices: each action is settled and
// carried out at most once, no stop loosens, and in the end DTMS holds what the broker holds. The judge
// reads the broker's books and the event log. DTMS_FAULT_SEEDS says how many seeds are run.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ActionStatus, ActionType } from '../../gen/ts/dtms/v1/types.js';
import { evenFaults } from '../../src/broker/faults.js';
import { TIMEFRAME_MS } from '../../src/domain/market/data.js';
import { DEFAULT_RULES, type Rules } from '../../src/domain/rules.js';
import { type ReplayOptions, replay } from '../../src/replay/driver.js';
import { EngineTarget } from '../../src/replay/engine-target.js';
import { importBars, type ReplayData, withSpread } from '../../src/replay/importer.js';
import { sampleTrades } from '../../src/replay/sampler.js';
import type { ReplaySummary } from '../../src/replay/summary.js';
import type { ReplayTarget } from '../../src/replay/target.js';
import type { ReplayTrade } from '../../src/replay/trades-file.js';
import { type ActionStory, endOf, judge, LogAccount, type Verdict } from '../support/fault-oracle.js';
import { NOTHING_WRONG, Rig } from '../support/rig.js';
import { syntheticBars } from '../support/synthetic-market.js';
import { beginsTwice, neverReconciles, UnguardedTarget } from '../support/unguarded.js';

const FILE = join(import.meta.dirname, '../../../shared/data/btcusd-m15-2025h1.csv');
const HOUR = 3_600_000;
const RATE = 0.2;
const SEEDS = Array.from({ length: Number(process.env.DTMS_FAULT_SEEDS ?? 1) }, (_, index) => index + 1);
const STOPS: ReadonlySet<ActionType> = new Set([
  ActionType.TIGHTEN_SL,
  ActionType.TRAIL_SL,
  ActionType.MOVE_SL_BREAKEVEN,
]);

type Course = Pick<ReplayOptions, 'data' | 'trades' | 'execution' | 'instrument'>;

interface Run {
  readonly summary: ReplaySummary;
  readonly verdict: Verdict;
  readonly stories: readonly ActionStory[];
}

async function run(
  course: Course,
  seed: number,
  target: ReplayTarget = new EngineTarget(DEFAULT_RULES),
): Promise<Run> {
  const log = new LogAccount();
  const verdicts: Verdict[] = [];
  const summary = await replay(target, {
    ...course,
    symbol: 'BTCUSD',
    skippedRows: 0,
    faults: evenFaults(seed, RATE),
    observer: { onEvent: (event) => log.take(event), onBar: () => {}, onOutcome: () => {} },
    onEnd: (broker) => verdicts.push(judge(broker, log, course.instrument?.volumeStep ?? 0.01)),
  });
  const [verdict] = verdicts;
  if (verdict === undefined) throw new Error('the replay has not ended');
  return { summary, verdict, stories: log.stories };
}

function expectNothingWrong({ summary, verdict, stories }: Run): void {
  expectFaultless(verdict, stories);
  expect(summary.broker).toMatchObject({ executed_twice: 0, stops_loosened: 0 });
}

function expectFaultless({ executedUnknown, ...rules }: Verdict, stories: readonly ActionStory[]): void {
  expect(rules).toEqual(NOTHING_WRONG);
  // A stop in doubt whose position closed before anybody looked: nothing is left to prove it by.
  for (const story of executedUnknown) {
    expect(STOPS).toContain(story.type);
    expect(endOf(story)).toMatchObject({ status: ActionStatus.EXPIRED, by: 'reconciliation' });
    expect(endOf(story).text).toMatch(/^the position is gone/);
  }
  expectDoubtsSettled(stories);
}

/** Nothing in doubt goes on by itself: a look at the broker moves it, or that its trade ended. */
function expectDoubtsSettled(stories: readonly ActionStory[]): void {
  for (const { actionId, steps } of stories) {
    for (const [index, { status }] of steps.entries()) {
      const next = steps[index + 1];
      if (status !== ActionStatus.IN_DOUBT || next?.status === ActionStatus.IN_DOUBT) continue;
      expect({ actionId, by: next?.by }).toEqual({ actionId, by: 'reconciliation' });
    }
  }
}

/** Enough went wrong for the run to prove anything. */
function expectTraffic({ summary, stories }: Run, least: number): void {
  const faults = Object.values(summary.broker.faults).reduce((sum, count) => sum + count, 0);
  const doubts = stories.filter(({ steps }) => steps.some(({ status }) => status === ActionStatus.IN_DOUBT));
  expect(summary.broker.executed).toBeGreaterThan(least);
  expect(faults).toBeGreaterThan(least / 2);
  expect(doubts.length).toBeGreaterThan(least / 10);
}

describe.skipIf(!existsSync(FILE))(
  'a broker that fails at 20% of all calls (skipped without ../shared/data)',
  () => {
    let data: ReplayData;
    /** The whole half year, 1,000 trades, terms as usual. */
    let plain: Course;
    /** A broker that is hard to please: stops and freeze level, a minimum of two steps, slippage, parts. */
    let hard: (seed: number) => Course;
    /** The last weeks at that broker, with trades of the last hours, many of them open in the end. */
    let crowded: (seed: number) => Course;

    const plays = new Map<number, Promise<Run>>();
    /** Those weeks with a seed, played once. */
    const crowdedOnce = (seed: number): Promise<Run> => {
      const play = plays.get(seed) ?? run(crowded(seed), seed);
      plays.set(seed, play);
      return play;
    };

    beforeAll(() => {
      data = withSpread(importBars(FILE, 'M15', 'stop'));
      plain = { data, trades: sampled(data, 1000) };
      hard = (seed) => ({
        data,
        trades: sampled(data, 1000).map(ofManySizes),
        execution: { seed, slippageTicks: 40, partialFill: 0.2, requote: 0.1 },
        instrument: { tickSize: 0.5, volumeMin: 0.4, volumeStep: 0.2, stopsLevel: 120, freezeLevel: 60 },
      });
      crowded = (seed) => {
        const last = (bars: number) => ({ ...data, bars: data.bars.slice(-bars) });
        return { ...hard(seed), data: last(1000), trades: sampled(last(120), 500).map(ofManySizes) };
      };
    });

    it.each(SEEDS)('1,000 trades over half a year (seed %i)', async (seed) => {
      const course = await run(plain, seed);
      expect(course.summary.trades).toBe(1000);
      expectTraffic(course, 2000);
      expectNothingWrong(course);
    });

    it('the same seed makes the same log, another seed another', async () => {
      const [first, again, other] = [await crowdedOnce(1), await run(crowded(1), 1), await crowdedOnce(2)];
      expect(again.summary.log_sha256).toBe(first.summary.log_sha256);
      expect(other.summary.log_sha256).not.toBe(first.summary.log_sha256);
    });

    it.each(SEEDS)(
      'with slippage, partial fills, requotes, levels and coarse steps (seed %i)',
      async (seed) => {
        const course = await run(hard(seed), seed);
        expectTraffic(course, 1500);
        expectNothingWrong(course);
      },
    );

    it.each(SEEDS)('with many positions open in the end (seed %i)', async (seed) => {
      const course = await crowdedOnce(seed);
      expectTraffic(course, 400);
      expect(course.summary.broker.open_positions).toBeGreaterThan(5);
      expectNothingWrong(course);
    });

    it('control: a lease client that lets an action begin twice executes twice', async () => {
      const target = new UnguardedTarget(DEFAULT_RULES, beginsTwice);
      const { verdict, summary } = await run(crowded(1), 1, target);
      expect(verdict.executedTwice.length).toBeGreaterThan(0);
      expect(summary.broker.executed_twice).toBeGreaterThan(0);
    });

    it('control: without reconciliation actions stay in doubt, and DTMS does not hold what the broker does', async () => {
      const target = new UnguardedTarget(DEFAULT_RULES, neverReconciles);
      const { verdict } = await run(crowded(1), 1, target);
      expect(verdict.unsettled.length).toBeGreaterThan(0);
      expect(verdict.onlyAtBroker.length + verdict.onlyInDtms.length).toBeGreaterThan(0);
    });
  },
);

/** A trade is warned about, hedged, recovers and grows again within hours. */
const RESTLESS: Rules = {
  ...DEFAULT_RULES,
  states: {
    ...DEFAULT_RULES.states,
    l1Score: 0.5,
    l2Score: 0.2,
    hedgeScore: -0.2,
    l1ClearScore: 4,
    l2ClearScore: 3,
    recoverScore: -50,
    flatTimerMs: 8 * HOUR,
    recoveryTimerMs: HOUR,
  },
  actions: {
    ...DEFAULT_RULES.actions,
    tightenR: 0.9,
    fallbackStopAtr: 15,
    hedgeStopAtr: 6,
    reAddMaximumAgeMs: HOUR,
    // With so many faults in a row some close would be a dead letter, and its position a person's to close.
    maximumAttempts: 30,
  },
};

/** Two days of a made-up market with its trades and a bridge that starts anew now and then. */
async function restless(seed: number, marginMode: 'hedging' | 'netting'): Promise<Rig> {
  const rig = await Rig.start({
    rules: RESTLESS,
    marginMode,
    faults: evenFaults(seed, 0.35),
    execution: { seed, partialFill: 0.3, requote: 0.1, slippageTicks: 5 },
    instrument: { tickSize: 0.25, volumeMin: 0.2, volumeStep: 0.1, stopsLevel: 1.5, freezeLevel: 0.5 },
  });
  const bars = syntheticBars({ seed: seed + 1000, count: 700, length: TIMEFRAME_MS.M5, ticks: 14 });
  const warmUp = 300;
  for (const bar of bars.slice(0, warmUp)) await rig.bar(bar, 'M5', 'is away');
  // A netting account has one position of a symbol.
  const between = marginMode === 'netting' ? bars.length : 80;
  for (const [index, bar] of bars.slice(warmUp).entries()) {
    if (index % 97 === 0) rig.restartBridge();
    if (index % between === 0) {
      rig.now = bar.time;
      rig.quote(bar.open);
      const direction = (seed + index) % 3 === 0 ? 'SELL' : 'BUY';
      const stopLoss = bar.open + (direction === 'BUY' ? -150 : 150);
      const ticket = BigInt(index / between + 1);
      await rig.enter({ ticket, direction, entryPrice: bar.open, volume: 2.6, stopLoss });
    }
    await rig.bar(bar);
  }
  await rig.settle();
  return rig;
}

describe.each(['hedging', 'netting'] as const)(
  'made-up markets on a %s account, 35%% of all calls',
  (mode) => {
    it('in which every action comes: nothing is wrong whatever the seed', {
      timeout: (60 + SEEDS.length * 20) * 1000,
    }, async () => {
      const done = new Set<string>();
      for (let seed = 1; seed <= SEEDS.length * 6; seed += 1) {
        const rig = await restless(seed, mode);
        expectFaultless(rig.judged(), rig.log.stories);
        for (const { type, executions } of rig.told()) if (executions === 1) done.add(type);
      }
      const kinds = ['PARTIAL_CLOSE', 'MOVE_SL_BREAKEVEN', 'TIGHTEN_SL', 'CLOSE_ALL', 'RE_ADD'];
      expect([...done]).toEqual(expect.arrayContaining(kinds));
      expect(done.has('OPEN_HEDGE')).toBe(mode === 'hedging');
    });
  },
);

function sampled(data: ReplayData, count: number): readonly ReplayTrade[] {
  return sampleTrades(data, 'BTCUSD', TIMEFRAME_MS[data.timeframe], count);
}

/** 0.4 to 2 lots in steps of 0.2: parts of many of them are off the step or below the minimum. */
function ofManySizes(trade: ReplayTrade): ReplayTrade {
  const volume = Number((0.4 + 0.2 * Number(trade.ticket % 9n)).toFixed(1));
  const onTick = (price: number | null) => (price === null ? null : Math.round(price * 2) / 2);
  return { ...trade, volume, stopLoss: onTick(trade.stopLoss), takeProfit: onTick(trade.takeProfit) };
}
