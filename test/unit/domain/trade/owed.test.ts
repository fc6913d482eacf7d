// What old data left out: it is owed to the trade while it is in the warning that it is for, until fresh data plan.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planOwed } from '../../../../src/domain/changes/owed.js';
import { takeRow } from '../../../../src/domain/changes/step.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import type { ActionType } from '../../../../src/domain/trade/action-specs.js';
import type { State } from '../../../../src/domain/trade/state.js';
import { directionContextOf, STATE_TABLE } from '../../../../src/domain/trade/state-machine.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import { ScriptedFacts } from '../../../support/facts.js';
import { runs } from '../../../support/properties.js';
import { referenceOf, T0, tradeOf } from '../../../support/trades.js';

const FIRST: ActionType = 'TIGHTEN_SL';
const SECOND: readonly ActionType[] = ['PARTIAL_CLOSE', 'MOVE_SL_BREAKEVEN'];
const REFERENCE = referenceOf();
const FACTS = new ScriptedFacts({ bid: 98 });
const MOMENT = { at: T0, clock: T0 };

/** A transition, decided by old data or fresh ones, or null for a check by fresh data that moves nothing. */
type Course = readonly ({ readonly to: State; readonly by: 'old' | 'fresh' } | null)[];
const state = fc.constantFrom<State>('HEALTHY', 'WARNING_L1', 'WARNING_L2', 'WARNING_L1');
const course: fc.Arbitrary<Course> = fc.array(
  fc.option(fc.record({ to: state, by: fc.constantFrom('old', 'fresh') }), { freq: 4 }),
  { minLength: 3, maxLength: 20 },
);

const moved = (trade: Trade, to: State, by: 'old' | 'fresh'): Trade | null => {
  const row = STATE_TABLE.find((one) => one.from === trade.state && one.to === to && one.when.length > 0);
  if (row === undefined || row.from === to) return null;
  const occasion = {
    cause: 'SCORE',
    evaluation: null,
    facts: FACTS,
    moment: MOMENT,
    isPast: by === 'old',
  } as const;
  return takeRow(trade, row, occasion, DEFAULT_RULES, REFERENCE).trade;
};

test('law: a warning is owed what it is for while nothing fresh has planned since old data led to it', () => {
  let back = 0;
  fc.assert(
    fc.property(course, (steps) => {
      let trade = tradeOf();
      const leftOut = new Set<ActionType>();
      for (const step of steps) {
        if (step === null) {
          const event = planOwed(
            trade,
            directionContextOf(FACTS, 'BUY', null, MOMENT),
            DEFAULT_RULES,
            REFERENCE,
          );
          expect(event === null).toBe(leftOut.size === 0);
          if (event !== null) leftOut.clear();
          trade = event?.trade ?? trade;
        } else {
          const after = moved(trade, step.to, step.by);
          if (after === null) continue;
          const plan = step.to === 'WARNING_L2' ? SECOND : trade.state === 'HEALTHY' ? [FIRST] : [];
          if (step.to === 'HEALTHY' || (step.by === 'fresh' && plan.length > 0)) leftOut.clear();
          if (step.to === 'WARNING_L1') for (const type of SECOND) leftOut.delete(type);
          if (step.by === 'old') for (const type of plan) leftOut.add(type);
          if (trade.state === 'WARNING_L2' && step.to === 'WARNING_L1' && leftOut.has(FIRST)) back += 1;
          trade = after;
        }
        expect(new Set(trade.owed)).toEqual(leftOut);
      }
    }),
    { numRuns: runs(1000) },
  );
  expect(back).toBeGreaterThan(5);
});

test('what the first warning is for is planned where old data led to the second and back', () => {
  const path = [
    ['WARNING_L1', 'old'],
    ['WARNING_L2', 'old'],
    ['WARNING_L1', 'old'],
  ] as const;
  const trade = path.reduce((one, [to, by]) => moved(one, to, by) ?? one, tradeOf());
  expect(trade).toMatchObject({ state: 'WARNING_L1', actions: [], owed: [FIRST] });
  const event = planOwed(trade, directionContextOf(FACTS, 'BUY', null, MOMENT), DEFAULT_RULES, REFERENCE);
  expect(event?.trade).toMatchObject({ actions: [{ type: FIRST }], owed: [] });
});
