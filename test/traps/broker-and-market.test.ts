// What happens at brokers and in their data, each trap by its name and through the whole chain: engine, lease client,
// bridge, terminal and paper broker. The README beside this file says which other tests prove it.

import { describe, expect, it } from 'vitest';
import { ActionType, SuppressionReason } from '../../gen/ts/dtms/v1/types.js';
import type { Bar, OrderFlow } from '../../src/domain/market/data.js';
import type { MarketItem } from '../../src/domain/market/market-item.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import { fall } from '../support/falling-market.js';
import { NOTHING_WRONG, Rig } from '../support/rig.js';
import { syntheticBars } from '../support/synthetic-market.js';

const MINUTE = 60_000;
const M5 = 5 * MINUTE;
const HOUR = 60 * MINUTE;
/** Carried out, each once, and known to be. */
const DONE_ONCE = { status: 'DONE', executions: 1 };
const OFF_GRID = /INVALID_(VOLUME|STOPS)|10014|10016/;

function dealsIn(rig: Rig) {
  return rig.broker.history.filter(({ entry, comment }) => entry === 'IN' && comment !== 'bot');
}

describe('a timeout is not a failure', () => {
  it.each(['timeoutFilled', 'timeoutLate', 'disconnectAfter'] as const)(
    'when every order ends in %s, each is carried out once and known to be',
    async (fault) => {
      const rig = await fall({ faults: { orders: { [fault]: 1 } } });
      await rig.settle();
      expect(rig.terminal.happened.get(fault)).toBeGreaterThan(2);
      const executed = rig.told().filter(({ executions }) => executions > 0);
      expect(executed.length).toBeGreaterThan(2);
      expect(executed).toMatchObject(executed.map(() => DONE_ONCE));
      expect(rig.judged()).toMatchObject(NOTHING_WRONG);
      expect(rig.state()).toBe('HEDGED');
    },
  );
});

describe('duplicate ids after a restart', () => {
  it('a bridge that is new at every bar repeats nothing, and no id is planned twice', async () => {
    const rig = await fall({
      faults: { seed: 3, orders: { duplicate: 0.4, timeoutFilled: 0.4 } },
      before: (running) => running.restartBridge(),
    });
    rig.restartBridge();
    await rig.settle();
    const ids = rig.planned().map(({ actionId }) => actionId);
    expect(ids.length).toBeGreaterThan(2);
    expect(new Set(ids).size).toBe(ids.length);
    expect(rig.judged()).toMatchObject(NOTHING_WRONG);
  });
});

describe('protection that is made again after the close', () => {
  it('a stop, a part and a hedge that are planned when the position ends are never sent', async () => {
    const rig = await fall({ bars: 8, bridge: 'is away' });
    expect(rig.state()).toBe('HEDGED');
    expect(rig.told().filter(({ status }) => status === 'PENDING').length).toBeGreaterThan(2);
    rig.now += MINUTE;
    rig.quote(79);
    expect(rig.broker.positions()).toEqual([]);
    const before = rig.broker.history.length;
    await rig.settle();
    expect(rig.state()).toBe('CLOSED');
    expect(rig.broker.history).toHaveLength(before);
    expect(rig.told().every(({ status, executions }) => status === 'EXPIRED' && executions === 0)).toBe(true);
  });
});

describe('a fill of one trade taken for another’s', () => {
  it('trades of one symbol, late fills: every deal is of the position its action is about', async () => {
    const entries = [{}, { volume: 0.6 }, { volume: 0.4, takeProfit: 130 }];
    const rig = await fall({ entries, faults: { seed: 5, orders: { timeoutLate: 0.5 } } });
    await rig.settle();
    expect(rig.terminal.happened.get('timeoutLate')).toBeGreaterThan(2);
    expect(rig.judged()).toMatchObject(NOTHING_WRONG);
    const { ledger } = rig.broker;
    const closes = rig.log.stories.filter(({ type }) => type === ActionType.PARTIAL_CLOSE);
    expect(closes.length).toBeGreaterThanOrEqual(3);
    for (const story of closes) {
      const of = rig.broker.ledger.executions(rig.tagOf(story)).map(({ position }) => position);
      expect(of).toEqual(of.map(() => story.ticket));
    }
    expect(ledger.repeated()).toEqual([]);
  });
});

describe('a remainder below the minimum lot', () => {
  it('is not made: the part is held back, and says why, each time once', async () => {
    const rig = await fall({
      instrument: { volumeMin: 0.6, volumeStep: 0.2 },
      legs: [{ bars: 60, to: 92 }],
      bars: 50,
    });
    await rig.settle();
    expect(rig.suppressed()).toContain(`PARTIAL_CLOSE ${SuppressionReason.BELOW_MINIMUM_VOLUME}`);
    expect(rig.told().filter(({ type }) => type === 'PARTIAL_CLOSE')).toEqual([]);
    expect(rig.judged()).toMatchObject(NOTHING_WRONG);
  });

  it('that is there all the same is closed whole by one order, and not forever in a loop', async () => {
    const rig = await fall({
      instrument: { volumeMin: 0.4, volumeStep: 0.2 },
      entries: [{ volume: 0.2 }],
      bars: 40,
    });
    await rig.settle();
    expect(rig.state()).toBe('CLOSED');
    expect(rig.told().filter(({ type }) => type === 'CLOSE_ALL')).toMatchObject([DONE_ONCE]);
    expect(rig.broker.positions()).toEqual([]);
    expect(rig.judged()).toMatchObject(NOTHING_WRONG);
  });

  it('does not come of partial fills: what is left of a close is closed, in as many orders as it takes', async () => {
    const rig = await fall({
      instrument: { volumeMin: 0.2, volumeStep: 0.2 },
      execution: { seed: 2, partialFill: 0.7 },
      entries: [{ volume: 4 }],
      bars: 40,
    });
    await rig.settle();
    const closes = rig.told().filter(({ type }) => type === 'CLOSE_ALL');
    expect(closes.length).toBeGreaterThan(1);
    expect(closes).toMatchObject(closes.map(() => DONE_ONCE));
    expect(rig.broker.positions()).toEqual([]);
    expect(rig.judged()).toMatchObject(NOTHING_WRONG);
  });
});

describe('a close without the position’s id opens an order', () => {
  it('none does: nothing is opened but hedges and what is added again', async () => {
    const rig = await fall({ entries: [{}, { volume: 0.6 }], bars: 30 });
    await rig.settle();
    const opening = new Set(
      rig.log.stories
        .filter(({ type }) => type === ActionType.OPEN_HEDGE || type === ActionType.RE_ADD)
        .map((story) => rig.tagOf(story)),
    );
    expect(dealsIn(rig).length).toBeGreaterThan(0);
    expect(dealsIn(rig).filter(({ comment }) => !opening.has(comment))).toEqual([]);
    expect(
      rig.told().filter(({ type, executions }) => type.startsWith('CLOSE_') && executions === 1),
    ).not.toEqual([]);
    expect(rig.judged()).toMatchObject(NOTHING_WRONG);
  });
});

describe('netting turns a hedge into a close', () => {
  it('on a netting account a part is closed instead, on record, and the position never turns round', async () => {
    const rig = await fall({ marginMode: 'netting' });
    await rig.settle();
    expect(rig.state()).toBe('HEDGED');
    expect(rig.suppressed()).toContain(`OPEN_HEDGE ${SuppressionReason.ACCOUNT_RULES}`);
    expect(rig.told().map(({ type }) => type)).not.toContain('OPEN_HEDGE');
    expect(dealsIn(rig)).toEqual([]);
    const [position] = rig.broker.positions();
    expect(position).toMatchObject({ identifier: 1n, direction: 'BUY' });
    expect(position?.volume).toBeLessThan(1);
    expect(rig.judged()).toMatchObject(NOTHING_WRONG);
  });
});

describe('volumes and prices off the step', () => {
  it('are never sent: whatever the tick and the step, the broker finds nothing to refuse', async () => {
    for (const [tickSize, volumeStep] of [
      [0.25, 0.2],
      [0.05, 0.03],
      [0.5, 0.1],
    ] as const) {
      const volume = Number((volumeStep * 7).toFixed(2));
      const rig = await fall({
        instrument: { tickSize, volumeStep, volumeMin: volumeStep },
        entries: [{ volume }],
        legs: [{ bars: 40, to: 95 }],
      });
      await rig.settle();
      expect(rig.told().filter(({ executions }) => executions === 1).length).toBeGreaterThan(2);
      const ends = rig.log.stories.map(({ steps }) => steps.at(-1)?.text ?? '');
      expect(ends.filter((text) => OFF_GRID.test(text))).toEqual([]);
      expect(rig.judged()).toMatchObject(NOTHING_WRONG);
      const stops = rig.broker.ledger.stops(1n).map(({ stopLoss }) => (stopLoss ?? 0) / tickSize);
      expect(stops.filter((ticks) => Math.abs(ticks - Math.round(ticks)) > 1e-6)).toEqual([]);
    }
  });
});

describe('175 modifications in 14 minutes', () => {
  /** A price that rises every 5 seconds, and rules that ask for a tighter stop all the time. */
  async function modifications(guard: { readonly minimumIntervalMs: number; readonly minimumStepR: number }) {
    const rules = {
      ...DEFAULT_RULES,
      states: { ...DEFAULT_RULES.states, l1Score: 50, l1ClearScore: -50, l2Score: -60 },
      schedule: {
        ...DEFAULT_RULES.schedule,
        deepCooldownMs: 0,
        fastMs: 1000,
        fastHighVolatilityMs: 1000,
        fastRangeMs: 1000,
        deepMove: 1e-6,
      },
      actions: { ...DEFAULT_RULES.actions, ...guard },
    };
    const rig = await fall({ rules, bars: 1 });
    const before = rig.broker.ledger.tags;
    const from = rig.now;
    const priceAt = (after: number) => Math.round((103 + (after / (14 * MINUTE)) * 20) * 100) / 100;
    const barUntil = (at: number): MarketItem => {
      const [open, close] = [priceAt(at - M5 - from), priceAt(at - from)];
      const bar = { time: at - M5, open, high: close, low: open, close, volume: 100 };
      return { kind: 'bar', symbol: 'BTCUSD', timeframe: 'M5', bar, forming: false };
    };
    for (let at = from + 1000; at < from + 14 * MINUTE; at += 1000) {
      rig.now = at;
      const price = priceAt(at - from);
      rig.quote(price, price + 0.01);
      if ((at - from) % M5 === 0) await rig.push(barUntil(at));
      await rig.push({ kind: 'quote', symbol: 'BTCUSD', quote: { time: at, bid: price, ask: price + 0.01 } });
      await rig.bridge.drain();
      await rig.push();
    }
    return { made: rig.broker.ledger.tags - before, rig };
  }

  it('are a few: a stop moves at most every 30 s, and by a step that is worth an order', async () => {
    const { minimumIntervalMs, minimumStepR } = DEFAULT_RULES.actions;
    const { made, rig } = await modifications({ minimumIntervalMs, minimumStepR });
    expect(made).toBeGreaterThan(2);
    expect(made).toBeLessThanOrEqual((14 * MINUTE) / minimumIntervalMs);
    expect(rig.broker.ledger.loosened()).toEqual([]);
  });

  it('control: they are that many without the two limits', async () => {
    expect((await modifications({ minimumIntervalMs: 0, minimumStepR: 0 })).made).toBeGreaterThan(175);
  });
});

describe('spread spikes at rollover', () => {
  it('do not move a stop: the plan waits, and says why', async () => {
    const quoted = (spread: number) =>
      fall({
        bars: 6,
        before: async (rig, bar) => {
          const isOpen = rig.state() !== 'UNSPECIFIED';
          const ask = bar.close + (isOpen ? spread : 0.02);
          const quote = { time: bar.time + M5, bid: bar.close, ask };
          await rig.push({ kind: 'quote', symbol: 'BTCUSD', quote });
        },
      });
    expect((await quoted(0.02)).told().map(({ type }) => type)).toContain('TIGHTEN_SL');
    const spiking = await quoted(1);
    expect(spiking.suppressed()).toContain(`TIGHTEN_SL ${SuppressionReason.SPREAD}`);
    expect(spiking.told().map(({ type }) => type)).not.toContain('TIGHTEN_SL');
  });
});

describe('server time that stands still at weekends, and whose offset changes', () => {
  it('a doubt of Friday stays one until the clock runs again, and ends then; nothing is taken for gone', async () => {
    const clock = { zone: 'new_york_close', errorMs: 0, shows: 'newest_price' } as const;
    const rig = await fall({ clock, faults: { orders: { timeoutUnfilled: 1 } } });
    const doubts = () => rig.told().filter(({ status }) => status === 'IN_DOUBT').length;
    // What was in doubt before is looked at, tried again, and in doubt at the last price of the week.
    for (const price of [101, 100.9]) {
      rig.now += MINUTE;
      rig.quote(price);
      await rig.work();
    }
    expect(doubts()).toBeGreaterThan(0);
    const before = doubts();
    for (let hour = 1; hour < 48; hour += 1) {
      rig.now += HOUR;
      rig.broker.advance(rig.now);
      await rig.bridge.reconcile();
      await rig.push();
    }
    expect(doubts()).toBe(before);
    expect(rig.state()).not.toBe('CLOSED');
    rig.quote(101);
    await rig.bridge.reconcile();
    await rig.push();
    expect(doubts()).toBe(0);
    expect(rig.state()).not.toBe('CLOSED');
  });
});

describe('bars out of order, corrected and repeated', () => {
  it('give the same view as bars that came right, and undo nothing that was decided', async () => {
    const bars = syntheticBars({ seed: 21, count: 600, length: 3 * M5 });
    const [clean, messy] = [await Rig.start(), await Rig.start()];
    const push = (rig: Rig, bar: Bar) =>
      rig.push({ kind: 'bar', symbol: 'BTCUSD', timeframe: 'M15', bar, forming: false });
    for (const bar of bars) await push(clean, bar);
    for (let index = 0; index < bars.length; index += 4) {
      const [a, b, c, d] = bars.slice(index, index + 4);
      if (a === undefined || b === undefined || c === undefined || d === undefined) break;
      for (const bar of [a, { ...c, close: c.open, high: c.high + 5 }, b, c, a, d, d]) await push(messy, bar);
      const known = messy.events.length;
      await push(messy, b);
      expect(messy.events).toHaveLength(known);
    }
    expect(messy.latest('BUY')?.at).toBe(clean.latest('BUY')?.at);
    expect(messy.latest('BUY')?.signals).toEqual(clean.latest('BUY')?.signals);
  });
});

describe('a forming bar taken for a closed one', () => {
  it('decides nothing, however far it reaches', async () => {
    const rig = await fall({ bars: 1 });
    const time = rig.now;
    const forming = { time, open: 103, high: 103, low: 60, close: 61, volume: 900 };
    const events = await rig.push({
      kind: 'bar',
      symbol: 'BTCUSD',
      timeframe: 'M5',
      bar: forming,
      forming: true,
    });
    expect(events).toEqual([]);
    expect(rig.state()).toBe('HEALTHY');
  });
});

describe('order flow in which every tick is a buy', () => {
  it('is no pressure: the signal is unavailable and shows nothing', async () => {
    const rig = await fall({
      bars: 30,
      before: async (running, bar) => {
        const flow: OrderFlow = { time: bar.time, buyVolume: 50, sellVolume: 0 };
        await running.push({ kind: 'orderFlow', symbol: 'BTCUSD', flow });
      },
    });
    for (const direction of ['BUY', 'SELL'] as const) {
      const signal = rig.latest(direction)?.signals.find(({ signal: name }) => name === 'DELTA_PRESSURE');
      expect(signal).toMatchObject({ available: false, contribution: 0 });
    }
  });
});
