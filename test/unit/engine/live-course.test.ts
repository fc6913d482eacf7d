// The market that tests with the wall's clock play: it takes a trade through every state, whatever time it is.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_RULES, type Rules } from '../../../src/domain/rules.js';
import type { State } from '../../../src/domain/trade/state.js';
import { Engine } from '../../../src/engine/engine.js';
import { EAGER_RULES, freshFrom, liveCourse, OPENED } from '../../support/live-account.js';
import { specOf } from '../../support/trades.js';

const { states, breaker } = EAGER_RULES;
const RULES: Rules = {
  ...DEFAULT_RULES,
  states: { ...DEFAULT_RULES.states, ...states },
  breaker: { ...DEFAULT_RULES.breaker, ...breaker },
};
const MINUTE = 60_000;
const WEEK_MINUTES = 7 * 24 * 60;

test('law: the course of a live account warns, warns again and is hedged at any minute of a week', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: WEEK_MINUTES - 1 }), (minute) => {
      const now = Date.UTC(2026, 10, 30) + minute * MINUTE;
      const engine = new Engine(RULES);
      const passed = new Set<State | undefined>();
      const course = liveCourse(now);
      const fresh = freshFrom(course);
      const opened = course[OPENED]?.bar ?? expect.fail('there is a bar');
      for (const [index, { timeframe, bar }] of course.entries()) {
        if (index === fresh)
          engine.register(specOf({ entryPrice: opened.open, stopLoss: 80, openedAt: opened.time }), now);
        passed.add(engine.get('demo', 1n)?.state);
        engine.apply('default', { kind: 'bar', symbol: 'BTCUSD', timeframe, bar, forming: false }, now);
        passed.add(engine.get('demo', 1n)?.state);
      }
      expect([...passed]).toEqual(expect.arrayContaining(['HEALTHY', 'WARNING_L1', 'WARNING_L2', 'HEDGED']));
    }),
    { numRuns: 15 },
  );
});

test('law: it warns by the documented rules too', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: WEEK_MINUTES - 1 }), (minute) => {
      const now = Date.UTC(2026, 10, 30) + minute * MINUTE;
      const engine = new Engine(DEFAULT_RULES);
      const course = liveCourse(now);
      const opened = course[OPENED]?.bar ?? expect.fail('there is a bar');
      const fresh = freshFrom(course);
      for (const { timeframe, bar } of course.slice(0, fresh))
        engine.apply('default', { kind: 'bar', symbol: 'BTCUSD', timeframe, bar, forming: false }, now);
      engine.register(specOf({ entryPrice: opened.open, stopLoss: 80, openedAt: opened.time }), now);
      for (const { timeframe, bar } of course.slice(fresh)) {
        engine.apply('default', { kind: 'bar', symbol: 'BTCUSD', timeframe, bar, forming: false }, now);
        if (engine.get('demo', 1n)?.state === 'WARNING_L1') break;
      }
      expect(engine.get('demo', 1n)).toMatchObject({
        state: 'WARNING_L1',
        actions: [{ type: 'TIGHTEN_SL', status: 'PENDING' }],
      });
    }),
    { numRuns: 30 },
  );
});
