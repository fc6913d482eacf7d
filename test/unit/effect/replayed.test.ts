// Effects against the replay's own comparison: it sends the same trades to a second broker, untouched, and so is an oracle that
// shares no code with the fold of events or with following.
import { beforeAll, describe, expect, test } from 'vitest';
import type { TradeEvent } from '../../../gen/ts/dtms/v1/event.js';
import type { TradeEffect } from '../../../src/domain/effect/effect.js';
import { TIMEFRAME_MS } from '../../../src/domain/market/data.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { type Course, coursesOf } from '../../../src/effect/course.js';
import { movedOn } from '../../../src/effect/effect-work.js';
import { effectOn } from '../../../src/effect/trade-effect.js';
import { standingAlone } from '../../../src/replay/accounts.js';
import { withFixedSpread } from '../../../src/replay/costs.js';
import { replay } from '../../../src/replay/driver.js';
import { EngineTarget } from '../../../src/replay/engine-target.js';
import type { TradeOutcome } from '../../../src/replay/results.js';
import { sampleTrades } from '../../../src/replay/sampler.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { NOBODY_OBSERVES } from '../../support/effects.js';

const SPREAD = 8;
const BARS = 2500;
const TERMS = { spread: SPREAD, commission: 0, ...NOBODY_OBSERVES };

interface Outcome {
  readonly withDtms: TradeOutcome;
  readonly without: TradeOutcome;
}

describe.each([3, 17, 59])('the effects of a replay, market %i', (seed) => {
  const events = new Map<bigint, TradeEvent[]>();
  const outcomes = new Map<bigint, Outcome>();
  const market = syntheticMarket({
    ...{ seed, timeframe: 'M15', bars: BARS, from: Date.UTC(2025, 0, 6), price: 64_000, digits: 2 },
  });
  const data = withFixedSpread(market, SPREAD);
  const bars = { M1: [], M5: [], M15: data.bars.map(({ bar }) => bar) };
  const end = (bars.M15.at(-1)?.time ?? 0) + TIMEFRAME_MS.M15;
  let told: readonly TradeEffect[] = [];

  beforeAll(async () => {
    const rules = { seed: 5, stopAtr: 4, targetAtr: 6, heldBars: BARS };
    const trades = sampleTrades(data, 'BTCUSD', TIMEFRAME_MS.M15, 150, rules);
    await replay(new EngineTarget(standingAlone(DEFAULT_RULES)), {
      ...{ symbol: 'BTCUSD', data, trades, skippedRows: 0 },
      observer: {
        onEvent: (event) => events.set(event.ticket, [...(events.get(event.ticket) ?? []), event]),
        onBar: () => undefined,
        onOutcome: (ticket, withDtms, without) => outcomes.set(ticket, { withDtms, without }),
      },
    });
    told = [...outcomes.keys()].flatMap((ticket) => {
      const effect = effectAtEnd(ticket);
      return effect === null ? [] : [effect];
    });
  });

  function familyOf({ added }: Course): Course[] {
    return added.flatMap((ticket) => {
      const [course] = coursesOf(events.get(ticket) ?? []);
      return course === undefined ? [] : [course, ...familyOf(course)];
    });
  }

  function effectAtEnd(ticket: bigint): TradeEffect | null {
    const [course] = coursesOf(events.get(ticket) ?? []);
    const effect = course === undefined ? null : effectOn(course, familyOf(course), TERMS);
    if (effect?.status !== 'FOLLOWED') return effect;
    return movedOn({ effect, origin: '' }, bars, 'always', end, NOBODY_OBSERVES.findPolicy)?.effect ?? effect;
  }

  test('are what its two brokers booked', () => {
    const counts = { touched: 0, alone: 0 };
    for (const { ticket, status, withR, withoutR, touched, aloneEnd } of told) {
      const outcome = outcomes.get(ticket);
      if (status !== 'TOLD' || outcome === undefined) continue;
      expect.soft(withR, `with, ${ticket}`).toBeCloseTo(outcome.withDtms.r, 5);
      if (aloneEnd !== 'HORIZON')
        expect.soft(withoutR, `without, ${ticket}`).toBeCloseTo(outcome.without.r, 5);
      counts.touched += touched ? 1 : 0;
      counts.alone += aloneEnd === 'TOGETHER' ? 0 : 1;
    }
    // Else it proves nothing.
    expect(counts.touched).toBeGreaterThan(40);
    expect(counts.alone).toBeGreaterThan(20);
  });

  test('tell of nearly all trades that are over', () => {
    const apart = told.filter(({ status }) => status === 'APART').map(({ apart: reason }) => reason);
    expect(apart).toEqual([]);
    expect(told.filter(({ status }) => status === 'TOLD').length).toBeGreaterThan(100);
  });

  test('are 0 exactly where nothing was done', () => {
    const untouched = told.filter(({ touched }) => !touched);
    expect(untouched.length).toBeGreaterThan(3);
    for (const { withR, withoutR } of untouched) expect(withR).toBe(withoutR);
  });
});
