// What a partial fill leaves: the trade has what is open, the rest is planned again or told, and together it is never more
// than was decided.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { missingHedge } from '../../../../src/domain/actions/planning.js';
import { outcomeTold } from '../../../../src/domain/actions/result-codes.js';
import { settle } from '../../../../src/domain/changes/action-life.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import type { Action } from '../../../../src/domain/trade/action.js';
import type { Trade } from '../../../../src/domain/trade/trade.js';
import { actionOf, contextOf, openOf, resultOf, stepsOf, tradeAfter } from '../../../support/actions.js';
import { T0, TERMS, tradeOf } from '../../../support/trades.js';

const CONTEXT = contextOf();
const { maximumAttempts } = DEFAULT_RULES.actions;
const rounded = (lots: number) => Math.round(lots * 100) / 100;

/** The trade after the broker filled so much of its open partial close. */
function filled(trade: Trade, lots: number): Trade {
  const action = openOf(trade, 'PARTIAL_CLOSE');
  const begun: Action = { ...action, status: 'EXECUTING', attempts: action.attempts + 1 };
  const executing = { ...trade, actions: trade.actions.map((one) => (one === action ? begun : one)) };
  const result = resultOf('DONE', { code: 10010, volume: lots });
  return tradeAfter(executing, settle(executing, begun, result, 'b1', { at: T0, now: 1000 }, CONTEXT));
}

test('what is closed in parts is what was decided, or less by what is too small or was tried too often', () => {
  const seen = { whole: 0, tooSmall: 0, tooOften: 0 };
  const hundredths = fc.integer({ min: 2, max: 300 });
  const fills = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(
      hundredths,
      fc.integer({ min: 1, max: 99 }),
      fills,
      fc.boolean(),
      (steps, share, parts, byRule) => {
        const volume = steps / 100;
        const wish = rounded(Math.max(1, Math.floor((steps * share) / 100)) / 100);
        if (wish >= volume) return;
        const action = actionOf('PARTIAL_CLOSE', { volume: wish, rule: byRule ? 'takePartial' : '' });
        let trade = tradeOf({ state: 'WARNING_L2', volume, actions: [action] }, { volume });
        let closed = 0;
        for (const part of parts) {
          const open = trade.actions.find(({ type }) => type === 'PARTIAL_CLOSE');
          if (open === undefined) break;
          const lots = Math.max(0.01, rounded((open.volume ?? 0) * (part / 100)));
          trade = filled(trade, lots);
          closed = rounded(closed + lots);
          const planned = trade.actions.reduce((sum, each) => sum + (each.volume ?? 0), 0);
          expect(trade.volume).toBe(rounded(volume - closed));
          expect(trade.closedVolume).toBe(byRule ? 0 : closed);
          expect(rounded(closed + planned)).toBeLessThanOrEqual(wish);
          const [rest, ...more] = trade.actions;
          expect(more).toEqual([]);
          if (rest !== undefined) {
            expect(rest).toMatchObject({ status: 'PENDING', rule: byRule ? 'takePartial' : '' });
            expect(rounded(closed + (rest.volume ?? 0))).toBe(wish);
            expect(rest.attempts).toBeLessThan(maximumAttempts);
          } else if (closed === wish) seen.whole += 1;
          else if (trade.deadLetters.length > 0) {
            expect(trade.deadLetters).toMatchObject([{ status: 'DEAD', volume: rounded(wish - closed) }]);
            seen.tooOften += 1;
          } else seen.tooSmall += 1;
        }
      },
    ),
  );
  expect(seen.whole).toBeGreaterThan(0);
  expect(seen.tooOften).toBeGreaterThan(0);
  expect(seen.tooSmall).toBe(0);
});

describe('the rest of a partial close', () => {
  const action = actionOf('PARTIAL_CLOSE', { volume: 0.5 });

  it('keeps who ordered it, and is not planned where everything is closing', () => {
    const ordered = tradeOf({ state: 'WARNING_L2', actions: [{ ...action, orderedBy: 'anna' }] });
    expect(filled(ordered, 0.2).actions).toMatchObject([{ volume: 0.3, orderedBy: 'anna' }]);
    const all = actionOf('CLOSE_ALL', { actionId: 'demo:1:3:CLOSE_ALL', volume: 1 });
    const closing = tradeOf({ state: 'WARNING_L2', actions: [action, all] });
    expect(filled(closing, 0.2).actions).toMatchObject([{ type: 'CLOSE_ALL' }]);
  });

  it('leaves what its action was to leave, and less is left by one planned before', () => {
    const first = { ...action, leaves: 0.5 };
    const second = actionOf('PARTIAL_CLOSE', {
      actionId: 'demo:1:3:PARTIAL_CLOSE',
      ...{ volume: 0.25, leaves: 0.25 },
    });
    const trade = filled(tradeOf({ state: 'WARNING_L2', actions: [second, first] }), 0.1);
    expect(trade.actions).toMatchObject([
      { volume: 0.5, leaves: 0.4 },
      { volume: 0.15, leaves: 0.25 },
    ]);
    const other = filled(tradeOf({ state: 'WARNING_L2', actions: [first, second] }), 0.1);
    expect(other.actions).toMatchObject([
      { volume: 0.25, leaves: 0.25 },
      { volume: 0.4, leaves: 0.5 },
    ]);
  });

  it('below the least lot is told, not planned', () => {
    const trade = tradeOf({ state: 'WARNING_L2', actions: [action] });
    const begun: Action = { ...action, status: 'EXECUTING', attempts: 1 };
    const executing = { ...trade, actions: [begun] };
    const result = resultOf('DONE', { code: 10010, volume: 0.495 });
    const events = settle(executing, begun, result, 'b1', { at: T0, now: 1000 }, CONTEXT);
    expect(stepsOf(events)).toEqual(['EXECUTING>DONE PARTIAL_CLOSE', 'actionPlanned']);
    expect(events[1]?.change).toMatchObject({
      planned: [],
      suppressed: [{ reason: 'BELOW_MINIMUM_VOLUME' }],
    });
  });
});

test('what is found at the broker of an order in doubt may still be filled: the rest is for a person', () => {
  const doubted = actionOf('PARTIAL_CLOSE', { volume: 0.5, status: 'IN_DOUBT', attempts: 1 });
  const trade = tradeOf({ state: 'WARNING_L2', actions: [doubted] });
  const found = resultOf('DONE', { code: 0, volume: 0.2 });
  const events = settle(trade, doubted, found, 'reconciliation', { at: T0, now: 1000 }, CONTEXT);
  const after = tradeAfter(trade, events);
  expect(after).toMatchObject({ volume: 0.8, actions: [], deadLetters: [{ status: 'DEAD', volume: 0.3 }] });
});

describe('a hedge of which a part was filled', () => {
  const hedge = { ticket: 9n, volume: 0.4, entryPrice: 100, stopLoss: 101 };
  const missing = (trade: Partial<Trade>, terms = TERMS) =>
    missingHedge(tradeOf({ state: 'HEDGED', hedge, ...trade }), terms, DEFAULT_RULES);

  it('lacks the rest for as long as it is wanted', () => {
    expect(missing({})).toBe(0.6);
    expect(missing({ volume: 0.4 })).toBe(0);
    expect(missing({ volume: 0.405 })).toBe(0);
    expect(missing({}, { ...TERMS, volumeMin: 0.7 })).toBe(0);
    expect(missing({ state: 'RECOVERING' })).toBe(0);
    expect(missing({ hedge: null })).toBe(0);
    expect(missing({ actions: [actionOf('CLOSE_HEDGE')] })).toBe(0);
  });
});

it.each(['OPEN_HEDGE', 'PARTIAL_CLOSE', 'CLOSE_ALL', 'RE_ADD'] as const)(
  'a part of %s whose volume nobody tells is in doubt, whoever says that it is done',
  (type) => {
    const part = { code: 10010, volume: null, openedTicket: 9n, dealTicket: 5n };
    expect(outcomeTold('DONE', part, type)).toBe('UNKNOWN');
    expect(outcomeTold('DONE', { ...part, volume: 0.4 }, type)).toBe('DONE');
    expect(outcomeTold('DONE', { ...part, code: 10009 }, type)).toBe('DONE');
  },
);
