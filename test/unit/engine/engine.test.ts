// The engine's commands and bookkeeping: identity, feeds and symbols, what it hands out, what it refuses.

import { describe, expect, it } from 'vitest';
import { NO_UPDATE } from '../../../src/domain/actions/broker-update.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { Engine } from '../../../src/engine/engine.js';
import { UnknownTradeError } from '../../../src/engine/results.js';
import { barItem, flatBar, quoteItem, ScriptedView, take } from '../../support/scripted-view.js';
import { MINUTE, specOf, T0 } from '../../support/trades.js';

const BAR = 15 * MINUTE;
const KEY = { account: 'demo', ticket: 1n };
const NOTHING = {
  events: [],
  realised: [],
  views: [],
  bars: [],
  marketEvaluations: [],
  accounts: [],
  feeds: [],
  endedFeeds: [],
  flags: [],
  policies: [],
  forgotten: [],
};

/** Database and market have one time. */
const explained = (engine: Engine) => engine.explain(KEY, engine.view('default', 'BTCUSD')?.asOf ?? T0);

function fed(engine: Engine, bars: number, price = 100): Engine {
  for (let k = 0; k < bars; k += 1) take(engine, 'default', barItem(flatBar(T0 + k * BAR, price)));
  return engine;
}

describe('registering', () => {
  it('the same trade 100 times makes one trade and one event', () => {
    const engine = new Engine(DEFAULT_RULES);
    const outcomes = Array.from({ length: 100 }, () => engine.register(specOf(), T0).outcome);
    expect(outcomes.filter((outcome) => outcome === 'registered')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'same')).toHaveLength(99);
    expect(engine.drain().events).toHaveLength(1);
    expect([...engine.trades()]).toHaveLength(1);
  });

  it('with other content names the fields and changes nothing', () => {
    const engine = new Engine(DEFAULT_RULES);
    engine.register(specOf(), T0);
    engine.update(KEY, { ...NO_UPDATE, stopLoss: 95 }, T0);
    expect(engine.register(specOf(), T0).outcome).toBe('same');
    const other = engine.register(specOf({ direction: 'SELL', entryPrice: 130 }), T0);
    expect([other.outcome, other.fields]).toEqual(['differs', ['direction', 'entry_price']]);
    expect(engine.get('demo', 1n)).toMatchObject({ volume: 1, stopLoss: 95, version: 2 });
  });

  it('keeps the same ticket of two accounts apart', () => {
    const engine = new Engine(DEFAULT_RULES);
    engine.register(specOf({ account: 'a' }), T0);
    expect(engine.register(specOf({ account: 'b', volume: 3 }), T0).outcome).toBe('registered');
    expect(engine.get('b', 1n)?.volume).toBe(3);
  });

  it('is dated by the market, not by a clock, when the opening is given', () => {
    const engine = fed(new Engine(DEFAULT_RULES), 4);
    engine.register(specOf({ openedAt: T0 - BAR }), 9e12);
    engine.register(specOf({ ticket: 2n, openedAt: T0 + 9 * BAR }), 9e12);
    engine.register(specOf({ ticket: 3n, openedAt: null }), T0 + 5 * BAR);
    expect(engine.drain().events.map(({ at }) => at)).toEqual([T0 + 4 * BAR, T0 + 9 * BAR, T0 + 5 * BAR]);
    expect(engine.get('demo', 3n)).toMatchObject({
      openedAt: T0 + 5 * BAR,
      spec: { openedAt: T0 + 5 * BAR },
    });
  });

  it("does not reset the symbol's data (trap)", () => {
    const engine = fed(new Engine(DEFAULT_RULES), 40);
    const before = JSON.stringify(engine.view('default', 'BTCUSD')?.snapshot());
    engine.register(specOf(), T0);
    engine.register(specOf({ ticket: 2n, symbol: 'BTCUSDc' }), T0);
    expect(JSON.stringify(engine.view('default', 'BTCUSD')?.snapshot())).toBe(before);
  });

  it('an unknown symbol waits for its data and is watched once that comes (trap)', () => {
    const engine = new Engine(DEFAULT_RULES);
    const { trade } = engine.register(specOf({ symbol: 'WEIRD7', openedAt: T0 }), T0);
    expect(engine.counters.waitingForData).toBe(1);
    expect(engine.viewOf(trade)).toBeUndefined();
    expect(explained(engine).obstacle).toContain('no market data for WEIRD7');
    take(engine, 'default', barItem(flatBar(T0, 100), 'M15', 'WEIRD7'));
    expect(engine.counters.waitingForData).toBe(0);
    expect(engine.get('demo', 1n)?.monitoredSince).toBe(T0 + BAR);
  });

  it.each(['BTCUSDc', 'BTCUSDm', 'BTCUSD.r', 'btcusd'])("finds the feed's BTCUSD as %s (trap)", (symbol) => {
    const engine = fed(new Engine(DEFAULT_RULES), 2);
    engine.register(specOf({ symbol, openedAt: T0 }), T0);
    fed(engine, 3);
    expect(engine.get('demo', 1n)).toMatchObject({ instrument: 'BTCUSD', monitoredSince: T0 + 3 * BAR });
  });
});

describe('feeds', () => {
  it('do not mix', () => {
    const engine = new Engine(DEFAULT_RULES);
    engine.register(specOf({ feed: 'other' }), T0);
    fed(engine, 5);
    expect(engine.get('demo', 1n)?.monitoredSince).toBeNull();
    expect(engine.counters).toMatchObject({ waitingForData: 1, views: 1, active: 1 });
  });

  it('refuse a second spelling of an instrument, naming the field', () => {
    const engine = fed(new Engine(DEFAULT_RULES), 1);
    expect(take(engine, 'default', quoteItem(T0 + BAR, 100, 100, 'BTCUSDm'))).toEqual({
      status: 'rejected',
      fault: 'UNUSABLE',
      field: 'quote.symbol',
      reason: 'feed default spells BTCUSD as BTCUSD: send it so, or reset the symbol of the feed',
    });
    expect(take(engine, 'second', quoteItem(T0 + BAR, 100, 100, 'BTCUSDm')).status).toBe('accepted');
  });
});

describe('market data', () => {
  const bar = flatBar(T0, 100);
  it.each([
    [barItem({ ...bar, high: Number.NaN }), 'bar.high'],
    [barItem({ ...bar, close: -1 }), 'bar.close'],
    [barItem({ ...bar, open: Number.POSITIVE_INFINITY }), 'bar.open'],
    [barItem({ ...bar, high: 99 }), 'bar.high'],
    [barItem({ ...bar, low: 101, high: 102 }), 'bar.low'],
    [barItem({ ...bar, volume: -1 }), 'bar.volume'],
    [barItem({ ...bar, time: Number.NaN }), 'bar.open_time'],
    [barItem({ ...bar, time: T0 + 1 }), 'bar.open_time'],
    [quoteItem(T0, 100, 99), 'quote.ask'],
    [quoteItem(T0, 0, 1), 'quote.bid'],
    [quoteItem(0.5, 100), 'quote.time'],
    [
      { kind: 'orderFlow', symbol: 'BTCUSD', flow: { time: T0, buyVolume: -1, sellVolume: 0 } },
      'order_flow.buy_volume',
    ],
    [
      { kind: 'orderFlow', symbol: 'BTCUSD', flow: { time: T0, buyVolume: 0, sellVolume: Number.NaN } },
      'order_flow.sell_volume',
    ],
  ] as const)('is refused where it cannot be: %o', (item, field) => {
    const engine = new Engine(DEFAULT_RULES);
    expect(take(engine, 'default', item)).toMatchObject({ status: 'rejected', field });
    expect(engine.counters.views).toBe(0);
    expect(engine.drain()).toEqual(NOTHING);
  });

  it('known already or older than what is known changes nothing', () => {
    const engine = fed(new Engine(DEFAULT_RULES), 3);
    take(engine, 'default', quoteItem(T0 + 3 * BAR, 100));
    engine.drain();
    expect(take(engine, 'default', barItem(flatBar(T0, 100))).status).toBe('duplicate');
    expect(take(engine, 'default', quoteItem(T0 + 3 * BAR, 100)).status).toBe('duplicate');
    expect(take(engine, 'default', quoteItem(T0 + 2 * BAR, 100))).toMatchObject({
      status: 'rejected',
      field: 'quote.time',
    });
    expect(engine.drain()).toEqual(NOTHING);
  });

  it('is handed out for keeping: bars with those made of them, and the views that changed', () => {
    const engine = new Engine(DEFAULT_RULES);
    for (let k = 0; k < 3; k += 1) take(engine, 'default', barItem(flatBar(T0 + k * 5 * MINUTE, 100), 'M5'));
    const { bars, views } = engine.drain();
    expect(bars.map(({ timeframe, bar: { time } }) => [timeframe, time - T0])).toEqual([
      ['M5', 0],
      ['M5', 5 * MINUTE],
      ['M5', 10 * MINUTE],
      ['M15', 0],
    ]);
    expect(views.map(({ feed, instrument, symbol }) => [feed, instrument, symbol])).toEqual([
      ['default', 'BTCUSD', 'BTCUSD'],
    ]);
    const view = engine.view('default', 'BTCUSD');
    expect(JSON.parse(views[0]?.snapshot ?? '')).toEqual({
      format: 2,
      ...JSON.parse(JSON.stringify(view?.snapshot())),
    });
    expect(engine.drain()).toEqual(NOTHING);
  });

  it('hands out each evaluation that was recorded once, numbered in order', () => {
    const engine = fed(new Engine(DEFAULT_RULES), 3);
    const { marketEvaluations } = engine.drain();
    expect(marketEvaluations.map(({ number, buy }) => [number, buy.at])).toEqual([
      [1, T0 + BAR],
      [2, T0 + 2 * BAR],
      [3, T0 + 3 * BAR],
    ]);
    const last = { feed: 'default', instrument: 'BTCUSD', number: 3 };
    const view = engine.view('default', 'BTCUSD');
    expect(marketEvaluations[2]).toEqual({ ...last, buy: view?.latest('BUY'), sell: view?.latest('SELL') });
    expect(engine.drain()).toEqual(NOTHING);
  });

  it('of one minute closes coarse bars too', () => {
    const engine = new Engine(DEFAULT_RULES);
    engine.register(specOf(), T0);
    for (let k = 0; k < 15; k += 1) take(engine, 'default', barItem(flatBar(T0 + k * MINUTE, 100), 'M1'));
    expect(engine.get('demo', 1n)?.monitoredSince).toBe(T0 + BAR);
    expect(engine.view('default', 'BTCUSD')?.evaluationCount).toBe(1);
  });
});

describe('commands', () => {
  it('on a trade that is not active throw an error with its identity', () => {
    const engine = new Engine(DEFAULT_RULES);
    const commands = [
      () => engine.update(KEY, NO_UPDATE, T0),
      () => engine.close(KEY, 'REQUESTED', null, T0),
      () => engine.pause(KEY, '', T0),
      () => engine.resume(KEY, '', T0),
      () => explained(engine),
    ];
    for (const command of commands) expect(command).toThrow(UnknownTradeError);
    engine.register(specOf(), T0);
    engine.close(KEY, 'STOP_LOSS', 90, T0);
    for (const command of commands) expect(command).toThrow('no active trade demo:1');
  });

  it('a closed trade leaves, after its event', () => {
    const engine = fed(new Engine(DEFAULT_RULES), 1);
    engine.register(specOf(), T0);
    expect(engine.close(KEY, 'TAKE_PROFIT', 120, T0 + BAR)).toMatchObject({
      state: 'CLOSED',
      closePrice: 120,
    });
    expect(engine.drain().events.map(({ trade }) => trade.state)).toEqual(['HEALTHY', 'CLOSED']);
    expect([...engine.trades()]).toEqual([]);
    expect(engine.counters.byState).toMatchObject({ HEALTHY: 0, CLOSED: 0 });
  });

  it('leave the others in order when many trades close', () => {
    const engine = new Engine(DEFAULT_RULES);
    const view = new ScriptedView();
    engine.restoreView('default', view);
    for (let ticket = 1n; ticket <= 500n; ticket += 1n) engine.register(specOf({ ticket }), T0);
    for (let ticket = 1n; ticket <= 400n; ticket += 1n) {
      if (ticket % 7n !== 0n) engine.close({ account: 'demo', ticket }, 'REQUESTED', null, T0);
    }
    for (let ticket = 501n; ticket <= 600n; ticket += 1n) engine.register(specOf({ ticket }), T0);
    const active = [...engine.trades()].map(({ spec }) => spec.ticket);
    expect(engine.counters.active).toBe(active.length);
    view.scores = { BUY: -2, SELL: 0 };
    engine.drain();
    take(engine, 'default', barItem(flatBar(T0, 100)));
    const moved = engine
      .drain()
      .events.filter(({ change }) => change.kind === 'stateChanged')
      .map(({ trade }) => trade.spec.ticket);
    expect(moved).toEqual(active);
    expect(engine.counters).toMatchObject({
      evaluations: active.length,
      byState: { WARNING_L1: active.length },
    });
  });
});

describe('restoring', () => {
  it('a trade that was not monitored yet starts when its condition is met', () => {
    const engine = new Engine(DEFAULT_RULES);
    engine.register(specOf(), T0);
    const updated = engine.update(KEY, { ...NO_UPDATE, takeProfit: 130 }, T0);
    const again = new Engine(DEFAULT_RULES);
    again.restoreTrade(updated);
    expect(again.drain().events).toEqual([]);
    fed(again, 1);
    expect(again.get('demo', 1n)).toMatchObject({ monitoredSince: T0 + BAR, takeProfit: 130, version: 3 });
    expect(again.counters).toMatchObject({ active: 1, byState: { HEALTHY: 1 } });
  });
});

describe('explaining', () => {
  function watched(scores: ScriptedView['scores']): [Engine, ScriptedView] {
    const engine = new Engine(DEFAULT_RULES);
    const view = new ScriptedView();
    engine.restoreView('default', view);
    engine.register(specOf(), T0);
    fed(engine, 2);
    view.scores = scores;
    engine.drain();
    return [engine, view];
  }

  it('says what would be decided, and does nothing', () => {
    const [engine, view] = watched({ BUY: -3, SELL: 0 });
    const before = JSON.stringify(view.snapshot());
    const { evaluation, event, obstacle } = explained(engine);
    expect([evaluation?.score, obstacle]).toEqual([-3, '']);
    expect(event?.change).toMatchObject({ kind: 'stateChanged', from: 'HEALTHY', to: 'WARNING_L1' });
    expect(engine.get('demo', 1n)?.state).toBe('HEALTHY');
    expect(JSON.stringify(view.snapshot())).toBe(before);
    expect(engine.drain()).toEqual(NOTHING);
  });

  it('says what is in the way', () => {
    const [engine] = watched({ BUY: null, SELL: 0 });
    expect(explained(engine)).toMatchObject({ event: null, obstacle: 'no signal is available yet' });
    engine.pause(KEY, '', T0);
    expect(explained(engine)).toMatchObject({ event: null, obstacle: 'the trade is paused' });
    const early = new Engine(DEFAULT_RULES);
    early.register(specOf(), T0);
    take(early, 'default', quoteItem(T0 + 1, 100));
    expect(explained(early).obstacle).toContain('no condition that starts its monitoring');
  });
});

describe('reference', () => {
  const terms = {
    account: 'demo',
    symbol: 'BTCUSD',
    digits: 2,
    tickSize: 0.01,
    volumeMin: 0.01,
    volumeStep: 0.01,
    volumeMax: 10,
    stopsLevel: 5,
    freezeLevel: 0,
    contractSize: 1,
    commissionPerLot: 0,
  };
  const news = {
    eventId: 'nfp',
    currency: 'USD',
    time: T0 + 2 * BAR,
    impact: 'HIGH',
    title: 'Payrolls',
  } as const;

  it('tell whether they are new or changed', () => {
    const engine = new Engine(DEFAULT_RULES);
    expect([engine.upsertInstrument(terms), engine.upsertInstrument({ ...terms })]).toEqual([true, false]);
    expect(engine.upsertInstrument({ ...terms, stopsLevel: 6 })).toBe(true);
    expect([engine.upsertNews(news), engine.upsertNews({ ...news })]).toEqual([true, false]);
    expect(engine.upsertNews({ ...news, time: T0 })).toBe(true);
  });

  function tightened(prepare: (engine: Engine) => void) {
    const engine = new Engine(DEFAULT_RULES);
    const view = new ScriptedView();
    engine.restoreView('default', view);
    prepare(engine);
    engine.register(specOf(), T0);
    view.scores = { BUY: -2, SELL: 0 };
    fed(engine, 1);
    const change = engine.drain().events.at(-1)?.change;
    return change?.kind === 'stateChanged' ? change : undefined;
  }

  it('are used: contract terms of the account and symbol', () => {
    expect(tightened((engine) => engine.upsertInstrument(terms))?.planned).toMatchObject([{ stopLoss: 95 }]);
    const other = { ...terms, account: 'another' };
    expect(tightened((engine) => engine.upsertInstrument(other))?.planned).toMatchObject([{ stopLoss: 97 }]);
  });

  it.each([
    ['30 min before', T0 + BAR + 30 * MINUTE, true],
    ['more than 30 min before', T0 + BAR + 30 * MINUTE + 1, false],
    ['15 min after', T0, true],
    ['more than 15 min after', T0 - 1, false],
  ])('are used: high-impact news %s', (_name, time, held) => {
    const change = tightened((engine) => engine.upsertNews({ ...news, time }));
    expect(change?.suppressed.map(({ reason }) => reason)).toEqual(held ? ['NEWS'] : []);
  });

  it('are used: news that moved, matters less or concerns another currency does not hold', () => {
    const moved = (engine: Engine) => {
      engine.upsertNews({ ...news, time: T0 + BAR });
      engine.upsertNews({ ...news, time: T0 + 90 * MINUTE });
    };
    expect(tightened(moved)?.suppressed).toEqual([]);
    const minor = { ...news, time: T0 + BAR, impact: 'MEDIUM' as const };
    expect(tightened((engine) => engine.upsertNews(minor))?.suppressed).toEqual([]);
    const foreign = { ...news, time: T0 + BAR, currency: 'JPY' };
    expect(tightened((engine) => engine.upsertNews(foreign))?.suppressed).toEqual([]);
  });
});
