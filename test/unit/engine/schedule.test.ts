// When the engine looks at a trade: closing bars, fast checks, triggers with their cooldown, timers.
import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../../src/domain/changes/action-life.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import type { TradeEvent } from '../../../src/domain/trade/event.js';
import type { State } from '../../../src/domain/trade/state.js';
import { Engine } from '../../../src/engine/engine.js';
import { resultOf } from '../../support/actions.js';
import { barItem, flatBar, quoteItem, ScriptedView, take } from '../../support/scripted-view.js';
import { MINUTE, specOf, T0, tradeOf, transitions } from '../../support/trades.js';

const SECOND = 1000;
const BAR = 15 * MINUTE;

let engine: Engine;
let view: ScriptedView;

/** Feeds a quote and returns what it caused. */
function quote(at: number, bid: number): readonly TradeEvent[] {
  take(engine, 'default', quoteItem(at, bid));
  return engine.drain().events;
}

/** Feeds the coarse bar that closes at `at`. */
function close(at: number, price: number): readonly TradeEvent[] {
  take(engine, 'default', barItem(flatBar(at - BAR, price)));
  return engine.drain().events;
}

const brief = (events: readonly TradeEvent[]): string[] =>
  events.map(({ trade, change }) =>
    change.kind === 'stateChanged'
      ? `${trade.spec.ticket} ${change.from}>${change.to}`
      : `${trade.spec.ticket} ${change.kind}`,
  );

const stateOf = (ticket: bigint): State | undefined => engine.get('demo', ticket)?.state;

/** Two trades that are monitored by age since T0 + 15 min, and a recorded evaluation at that time. */
beforeEach(() => {
  engine = new Engine(DEFAULT_RULES);
  view = new ScriptedView();
  engine.restoreView('default', view);
  close(T0, 100);
  engine.register(specOf({ ticket: 1n }), T0);
  engine.register(specOf({ ticket: 2n, direction: 'SELL' }), T0);
  engine.drain();
});

describe('monitoring', () => {
  it('starts at a fast check, which comes at most every 30 s (60 s in a range)', () => {
    expect(brief(quote(T0 + SECOND, 100))).toEqual([]);
    expect(brief(quote(T0 + 2 * SECOND, 103))).toEqual([]);
    expect(brief(quote(T0 + 62 * SECOND, 103))).toEqual(['1 monitoringStarted']);
  });

  it('starts on a closing bar where no quote comes', () => {
    expect(brief(close(T0 + BAR, 100))).toEqual(['1 monitoringStarted', '2 monitoringStarted']);
  });

  it('lets the evaluation of the same moment decide at once', () => {
    view.scores = { BUY: -2, SELL: 2 };
    expect(brief(close(T0 + BAR, 100))).toEqual([
      '1 monitoringStarted',
      '1 HEALTHY>WARNING_L1',
      '2 monitoringStarted',
    ]);
    expect(engine.get('demo', 1n)?.version).toBe(3);
  });

  it('does not start on history older than the trade', () => {
    const late = new Engine(DEFAULT_RULES);
    late.register(specOf({ openedAt: T0 + 100 * BAR }), T0);
    for (let at = T0; at < T0 + 90 * BAR; at += BAR) take(late, 'default', barItem(flatBar(at, 50)));
    expect(late.drain().events.map(({ change }) => change.kind)).toEqual(['registered']);
  });
});

describe('a closing coarse bar', () => {
  beforeEach(() => close(T0 + BAR, 100));

  it('evaluates every trade, in the order of registration', () => {
    engine.register(specOf({ ticket: 7n }), T0);
    close(T0 + 2 * BAR, 100);
    view.scores = { BUY: -2, SELL: -2 };
    expect(brief(close(T0 + 3 * BAR, 100))).toEqual([
      '1 HEALTHY>WARNING_L1',
      '2 HEALTHY>WARNING_L1',
      '7 HEALTHY>WARNING_L1',
    ]);
  });

  it('does not evaluate a paused trade', () => {
    engine.pause({ account: 'demo', ticket: 1n }, '', T0 + BAR);
    view.scores = { BUY: -2, SELL: -2 };
    engine.drain();
    expect(brief(close(T0 + 2 * BAR, 100))).toEqual(['2 HEALTHY>WARNING_L1']);
    engine.resume({ account: 'demo', ticket: 1n }, '', T0 + 2 * BAR);
    engine.drain();
    expect(brief(close(T0 + 3 * BAR, 100))).toContain('1 HEALTHY>WARNING_L1');
  });

  it('decides nothing when it is late, corrected or still forming', () => {
    close(T0 + 3 * BAR, 100);
    view.scores = { BUY: -9, SELL: -9 };
    expect(take(engine, 'default', barItem(flatBar(T0 + BAR, 100))).status).toBe('corrected');
    expect(take(engine, 'default', barItem(flatBar(T0 + 2 * BAR, 101))).status).toBe('corrected');
    expect(take(engine, 'default', barItem(flatBar(T0 + 2 * BAR, 101))).status).toBe('duplicate');
    const forming = { ...barItem(flatBar(T0 + 3 * BAR, 90)), forming: true } as const;
    expect(take(engine, 'default', forming).status).toBe('accepted');
    expect(engine.drain().events).toEqual([]);
  });

  it('is dated by the newest data, so that time never runs back', () => {
    quote(T0 + 2 * BAR + 3 * SECOND, 100);
    view.scores = { BUY: -2, SELL: 0 };
    expect(close(T0 + 2 * BAR, 100)[0]?.at).toBe(T0 + 2 * BAR + 3 * SECOND);
  });
});

describe('between closing bars', () => {
  const START = T0 + BAR;
  beforeEach(() => close(START, 100));

  it('a move of less than 0.2% triggers nothing', () => {
    view.scores = { BUY: -9, SELL: -9 };
    expect(quote(START + MINUTE, 100.19)).toEqual([]);
    expect(view.evaluationCount).toBe(2);
  });

  it('a move of 0.2% triggers a deep check of every trade', () => {
    view.scores = { BUY: -9, SELL: -9 };
    expect(transitions(quote(START + MINUTE, 99.8))).toEqual(['HEALTHY>WARNING_L1', 'HEALTHY>WARNING_L1']);
    expect(view.evaluationCount).toBe(3);
  });

  it('within the cooldown of 10 min only what worsens a state is taken', () => {
    view.scores = { BUY: -2, SELL: -4 };
    quote(START + MINUTE, 99.8);
    expect([stateOf(1n), stateOf(2n)]).toEqual(['WARNING_L1', 'WARNING_L1']);
    view.scores = { BUY: 1, SELL: -4 };
    expect(brief(quote(START + 2 * MINUTE, 99.6))).toEqual(['2 WARNING_L1>WARNING_L2']);
    expect(brief(quote(START + 10 * MINUTE, 99.4))).toEqual([]);
    expect(brief(quote(START + 11 * MINUTE, 99.2))).toEqual(['1 WARNING_L1>HEALTHY']);
  });

  it('a crash escalates one level a fast check, each on record', () => {
    view.scores = { BUY: -9, SELL: 9 };
    const steps = [1, 2, 3].map((k) => brief(quote(START + k * MINUTE, 100 - k * 0.5)));
    expect(steps).toEqual([['1 HEALTHY>WARNING_L1'], ['1 WARNING_L1>WARNING_L2'], ['1 WARNING_L2>HEDGED']]);
  });

  it('a closing bar knows no cooldown', () => {
    view.scores = { BUY: -2, SELL: 0 };
    quote(START + 14 * MINUTE, 99.8);
    view.scores = { BUY: 1, SELL: 0 };
    expect(brief(close(START + BAR, 99.8))).toEqual(['1 WARNING_L1>HEALTHY']);
  });
});

describe('timers', () => {
  const START = T0 + BAR;

  /** Trade 1 in WARNING_L1 since START, its flat timer ending at START + 75 min. */
  beforeEach(() => {
    view.scores = { BUY: -2, SELL: 0 };
    close(START, 100);
    view.scores = { BUY: -1, SELL: -3 };
  });

  it('fire at the first check at or after their end, on their trade alone', () => {
    const end = START + 75 * MINUTE;
    expect(quote(end - MINUTE, 100)).toEqual([]);
    const before = JSON.stringify(view.snapshot().evaluations);
    const events = quote(end, 100);
    expect(brief(events)).toEqual(['1 WARNING_L1>WARNING_L2']);
    expect(events[0]?.change).toMatchObject({ cause: 'FLAT_TIMER', evaluation: { score: -1, at: end } });
    expect(JSON.stringify(view.snapshot().evaluations)).toBe(before);
  });

  it('fire within the cooldown of a trigger', () => {
    view.scores = { BUY: -1, SELL: 0 };
    quote(START + 70 * MINUTE, 99.7);
    expect(brief(quote(START + 76 * MINUTE, 99.4))).toEqual(['1 WARNING_L1>WARNING_L2']);
  });

  it('ended within a cooldown, all rows count: a recovery is not missed', () => {
    const restored = tradeOf(
      { state: 'RECOVERING', recoveryTimerEndsAt: START + 5 * MINUTE },
      { ticket: 9n },
    );
    engine.restoreTrade(restored);
    view.scores = { BUY: 0, SELL: 0 };
    quote(START + MINUTE, 99.7);
    view.scores = { BUY: 1, SELL: 0 };
    expect(brief(quote(START + 3 * MINUTE, 99.4))).toEqual([]);
    expect(brief(quote(START + 5 * MINUTE, 99.1))).toEqual(['9 RECOVERING>HEALTHY']);
  });

  it('survive a gap in the data', () => {
    expect(brief(quote(START + 3000 * MINUTE, 100))).toContain('1 WARNING_L1>WARNING_L2');
  });

  it('wait for the trade to resume', () => {
    const key = { account: 'demo', ticket: 1n };
    engine.pause(key, '', START + MINUTE);
    engine.drain();
    expect(quote(START + 80 * MINUTE, 100)).toEqual([]);
    engine.resume(key, '', START + 81 * MINUTE);
    engine.drain();
    expect(brief(quote(START + 82 * MINUTE, 100))).toEqual(['1 WARNING_L1>WARNING_L2']);
  });
});

describe('a HEDGED trade', () => {
  const START = T0 + BAR;
  /** When trade 1 was hedged; the hedged schedule was last taken at this check. */
  const HEDGED = START + 3 * MINUTE;

  beforeEach(() => {
    view.scores = { BUY: -9, SELL: 9 };
    close(START, 100);
    quote(START + MINUTE, 99.5);
    quote(HEDGED, 99);
    expect(stateOf(1n)).toBe('HEDGED');
  });

  it('ends when its flat timer does: HEDGED can end', () => {
    const end = HEDGED + 75 * MINUTE;
    expect(quote(end - MINUTE, 99)).toEqual([]);
    const events = quote(end, 99);
    expect(brief(events)).toEqual(['1 HEDGED>CLOSED']);
    expect(events[0]?.change).toMatchObject({ cause: 'FLAT_TIMER', planned: [{ type: 'CLOSE_ALL' }] });
    expect(engine.get('demo', 1n)).toMatchObject({ state: 'CLOSED', actions: [{ type: 'CLOSE_ALL' }] });
    const moment = { at: end, now: end };
    engine.act({ account: 'demo', ticket: 1n }, (trade, context) =>
      trade.actions.flatMap((action) => settle(trade, action, resultOf('DONE'), 'bridge', moment, context)),
    );
    expect(engine.get('demo', 1n)).toBeUndefined();
  });

  it('is looked at every 60 s, others more often', () => {
    // In a range with an interval of 30 s, the checks in between are not for the hedged trade.
    const rules = { ...DEFAULT_RULES, schedule: { ...DEFAULT_RULES.schedule, fastRangeMs: 30 * SECOND } };
    engine = new Engine(rules);
    view = new ScriptedView(rules);
    engine.restoreView('default', view);
    close(T0, 100);
    engine.register(specOf({ ticket: 1n }), T0);
    view.scores = { BUY: -9, SELL: 9 };
    close(START, 100);
    quote(START + MINUTE, 99.5);
    quote(HEDGED, 99);
    expect(stateOf(1n)).toBe('HEDGED');
    const end = HEDGED + 75 * MINUTE;
    quote(end - 40 * SECOND, 99);
    expect(brief(quote(end + 10 * SECOND, 99))).toEqual([]);
    expect(brief(quote(end + 40 * SECOND, 99))).toEqual(['1 HEDGED>CLOSED']);
  });
});
