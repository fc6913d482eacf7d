// Nothing comes of the past: on a live feed data that are too old by the database's clock plan nothing, and what fresh data
// planned is neither leased nor begun once they are old. A recorded feed has its own clock.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bar } from '../../../src/domain/market/data.js';
import type { FeedKind } from '../../../src/domain/market/feed.js';
import { knownFrom } from '../../../src/domain/market/given-time.js';
import type { MarketItem } from '../../../src/domain/market/market-item.js';
import { DEFAULT_RULES, type Rules } from '../../../src/domain/rules.js';
import { monitoringOf } from '../../../src/domain/trade/monitoring.js';
import type { Trade } from '../../../src/domain/trade/trade.js';
import { Engine } from '../../../src/engine/engine.js';
import { beginAction, extendLease, leaseDue } from '../../../src/engine/leases.js';
import { EAGER_RULES, liveCourse, OPENED } from '../../support/live-account.js';
import { MINUTE, specOf, TERMS } from '../../support/trades.js';

const { states, breaker } = EAGER_RULES;
const RULES: Rules = {
  ...DEFAULT_RULES,
  states: { ...DEFAULT_RULES.states, ...states },
  breaker: { ...DEFAULT_RULES.breaker, ...breaker },
};
const HOUR = 60 * MINUTE;
/** States that old data may lead to: what they say is what was seen, not what was done. */
const FOLLOWS = ['HEALTHY', 'WARNING_L1', 'WARNING_L2'];
/** A Monday noon: every market is open, and was for long enough. */
const NOON = Date.UTC(2026, 10, 30, 12);
/** The newest bar's length and what may pass after its close. */
const LIMIT = MINUTE + DEFAULT_RULES.schedule.staleMs;
const WORK = { account: 'demo', bridge: 'b1', maxLeases: 10, leaseMs: HOUR * 24 };

interface Course {
  readonly engine: Engine;
  readonly trade: () => Trade | undefined;
}

/** The market falls until `end`, told at database times; the trade was opened before. */
function fallen(
  end: number,
  now: (known: number) => number,
  kind: FeedKind = 'LIVE',
  symbol = 'BTCUSD',
  begins: 'fresh' | 'old' = 'fresh',
): Course {
  const engine = new Engine(RULES);
  engine.feeds.put({ ...engine.feeds.of('default'), kind });
  for (const [index, { timeframe, bar }] of liveCourse(end).entries()) {
    const item: MarketItem = { kind: 'bar', symbol, timeframe, bar, forming: false };
    // A feed that was fresh once is a live one from then on.
    const at = index === 0 && begins === 'fresh' ? knownFrom(item) : now(knownFrom(item));
    if (index === OPENED)
      engine.register(specOf({ symbol, entryPrice: bar.open, stopLoss: 80, openedAt: bar.time }), at);
    engine.apply('default', item, at);
  }
  return { engine, trade: () => engine.get('demo', 1n) };
}

const inTime = (known: number): number => known;

describe('on a live feed', () => {
  test('law: data that are too old plan nothing, in one push or bar by bar, while the market is open or closed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: LIMIT + 1, max: 40 * HOUR }),
        fc.constantFrom('in one push', 'bar by bar'),
        fc.constantFrom('BTCUSD', 'EURUSD'),
        fc.integer({ min: 0, max: 7 * 24 }),
        (age, how, symbol, hour) => {
          // Weekends do not age what EURUSD closed with.
          const end = symbol === 'EURUSD' ? NOON : NOON + hour * HOUR;
          const now =
            how === 'in one push' ? () => end + age + MINUTE : (known: number) => known + age + MINUTE;
          // Of bars longer than a minute the limit is their length and five minutes.
          fc.pre(age > 11 * MINUTE);
          const { engine, trade } = fallen(end, now, 'LIVE', symbol);
          expect(trade()).toMatchObject({ actions: [], hedge: null });
          expect(FOLLOWS).toContain(trade()?.state);
          for (const { change } of engine.drain().events)
            if (change.kind === 'stateChanged') {
              expect(change.planned).toEqual([]);
              expect(change.suppressed.every(({ reason }) => reason === 'STALE_DATA')).toBe(true);
            }
        },
      ),
      { numRuns: 30 },
    );
  });

  test('law: a fresh quote makes no old bar decide', () => {
    fc.assert(
      fc.property(fc.integer({ min: 12, max: 9 * 60 }), fc.boolean(), (minutes, isFirst) => {
        const end = NOON - minutes * MINUTE;
        const engine = new Engine(RULES);
        const quote = { time: NOON, bid: 92.5, ask: 92.52 };
        const quoted = { kind: 'quote', symbol: 'BTCUSD', quote } as const;
        for (const [index, { timeframe, bar }] of liveCourse(end).entries()) {
          if (index === OPENED)
            engine.register(specOf({ entryPrice: bar.open, stopLoss: 80, openedAt: bar.time }), NOON);
          if (index === OPENED && isFirst) engine.apply('default', quoted, NOON);
          const item: MarketItem = { kind: 'bar', symbol: 'BTCUSD', timeframe, bar, forming: false };
          engine.apply('default', item, index === 0 ? knownFrom(item) : NOON);
        }
        engine.apply('default', quoted, NOON);
        expect(engine.get('demo', 1n)).toMatchObject({ actions: [], hedge: null });
        expect(FOLLOWS).toContain(engine.get('demo', 1n)?.state);
      }),
      { numRuns: 20 },
    );
  });

  test('history, of which nothing was ever fresh, is told by its own clock, and shown to be stale', () => {
    const { engine, trade } = fallen(NOON, (known) => known + 240 * HOUR, 'LIVE', 'BTCUSD', 'old');
    expect(trade()).toMatchObject({ state: 'HEDGED' });
    expect(trade()?.actions.length).toBeGreaterThan(0);
    expect(engine.viewOf(trade() ?? expect.fail('there is a trade'))?.isStale(NOON + 240 * HOUR)).toBe(true);
  });

  test('the last of a backlog, which is fresh, decides as ever', () => {
    const { trade } = fallen(NOON, () => NOON);
    expect(trade()).toMatchObject({ state: 'HEDGED' });
    expect(trade()?.actions.length).toBeGreaterThan(0);
  });

  test.each(['WARNING_L1', 'WARNING_L2'] as const)(
    'what a %s of old data left out is planned by the first fresh data, once',
    (state) => {
      const never = -100;
      const l2Score = state === 'WARNING_L1' ? never : RULES.states.l2Score;
      const stays = { l2Score, hedgeScore: never, l1ClearScore: 100, l2ClearScore: 100 };
      const start = NOON - 45 * MINUTE;
      const engine = new Engine({ ...RULES, states: { ...RULES.states, ...stays } });
      engine.upsertInstrument(TERMS);
      const tell = (timeframe: 'M1' | 'M5', bar: Bar, now: number) =>
        engine.apply('default', { kind: 'bar', symbol: 'BTCUSD', timeframe, bar, forming: false }, now);
      const planned = () =>
        engine
          .drain()
          .events.flatMap(({ change }) =>
            change.kind === 'stateChanged' || change.kind === 'actionPlanned'
              ? change.planned.map(({ type }) => type)
              : [],
          );
      const course = liveCourse(start);
      for (const [index, { timeframe, bar }] of course.entries()) {
        if (index === OPENED)
          engine.register(specOf({ entryPrice: bar.open, stopLoss: 80, openedAt: bar.time }), NOON);
        tell(timeframe, bar, index === 0 ? bar.time + 5 * MINUTE : NOON);
      }
      expect(engine.get('demo', 1n)).toMatchObject({ state, actions: [] });
      expect(planned()).toEqual([]);
      let close = course.at(-1)?.bar.close ?? expect.fail('there is a bar');
      const fall = (from: number, to: number) => {
        for (let time = from; time < to; time += MINUTE) {
          const bar = { time, open: close, high: close, low: close - 0.01, close: close - 0.01, volume: 1 };
          tell('M1', bar, Math.max(NOON, time + MINUTE));
          close = bar.close;
        }
      };
      fall(start, NOON);
      expect(engine.get('demo', 1n)?.state).toBe(state);
      const wanted = state === 'WARNING_L1' ? ['TIGHTEN_SL'] : ['PARTIAL_CLOSE', 'MOVE_SL_BREAKEVEN'];
      expect(planned()).toEqual(wanted);
      fall(NOON, NOON + 30 * MINUTE);
      expect(planned()).toEqual([]);
    },
  );

  test('law: what was planned is leased while its data are fresh, and not once they are old, whatever date is told', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 * MINUTE }),
        fc.integer({ min: 0, max: 9 * HOUR }),
        (age, told) => {
          const { engine, trade } = fallen(NOON, inTime);
          const planned = trade()?.actions.length ?? 0;
          const moment = { now: NOON + age, at: NOON + age - told };
          const leased = leaseDue(engine, WORK, moment);
          if (age > LIMIT) {
            expect(leased).toEqual([]);
            expect(trade()?.actions).toHaveLength(planned);
          } else expect(leased.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('law: what was leased is not begun and not extended once its data are old, and waits for fresh data', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('begin' as const, 'extend' as const),
        fc.integer({ min: LIMIT + 1, max: 9 * HOUR }),
        (step, age) => {
          const { engine } = fallen(NOON, inTime);
          const leased = leaseDue(engine, WORK, { now: NOON, at: NOON });
          expect(leased.length).toBeGreaterThan(0);
          const moment = { now: NOON + age, at: NOON };
          for (const { action } of leased) {
            const token = action.lease?.token ?? 0;
            const outcome =
              step === 'begin'
                ? beginAction(engine, action.actionId, token, 'r', moment)
                : extendLease(engine, action.actionId, token, HOUR, moment);
            expect(outcome).toMatchObject({ outcome: 'refused', obstacle: 'STALE_DATA', status: 'PENDING' });
          }
          const quote = { time: NOON + age, bid: 92.5, ask: 92.52 };
          engine.apply('default', { kind: 'quote', symbol: 'BTCUSD', quote }, NOON + age);
          expect(leaseDue(engine, WORK, moment).length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('what a person orders, and the hedge of a position that is gone, wait for no data', () => {
    const { engine } = fallen(NOON, inTime);
    const hedge = { ticket: 7n, volume: 1, entryPrice: 95, stopLoss: 110 };
    const key = { account: 'demo', ticket: 1n };
    const none = { volume: null, stopLoss: null, takeProfit: null, positionTicket: null, entryPrice: null };
    engine.update(key, { ...none, hedge }, NOON);
    engine.close(key, 'STOP_LOSS', 94, NOON + HOUR);
    const leased = leaseDue(engine, WORK, { now: NOON + 8 * HOUR, at: NOON + 8 * HOUR });
    expect(leased.map(({ action }) => action.type)).toEqual(['CLOSE_HEDGE']);
  });

  test('law: a trade is never shown as active or in standby on data that are too old', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.integer({ min: 0, max: 9 * HOUR }), (isNew, age) => {
        const { engine, trade } = fallen(NOON, inTime);
        const known = trade();
        if (known === undefined) throw new Error('it is there');
        const view = engine.viewOf(known) ?? null;
        const shown = monitoringOf(isNew ? { ...known, monitoredSince: null } : known, view, NOON + age);
        expect(shown).toBe(age > LIMIT ? 'STALE_DATA' : isNew ? 'STANDBY' : 'ACTIVE');
      }),
      { numRuns: 20 },
    );
  });
});

test('on a recorded feed the same data decide, years later, by its own clock', () => {
  const { engine, trade } = fallen(NOON, () => NOON + 10_000 * HOUR, 'RECORDED');
  expect(trade()).toMatchObject({ state: 'HEDGED' });
  const now = NOON + 10_000 * HOUR;
  expect(leaseDue(engine, WORK, { now, at: NOON }).length).toBeGreaterThan(0);
});
