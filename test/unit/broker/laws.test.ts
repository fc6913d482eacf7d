// Laws of the paper broker over random courses of orders and prices, on every kind of account.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PaperBroker } from '../../../src/broker/paper-broker.js';
import type { OrderRequest } from '../../../src/broker/terminal.js';
import { favourable } from '../../../src/domain/market/direction.js';
import { bar, close, INSTRUMENT, market, paperBroker, SYMBOL, stops, T0, TICK } from '../../support/paper.js';
import { runs } from '../../support/properties.js';

const MINUTE = 60_000;
const ticks = (min: number, max: number) => fc.integer({ min, max }).map((count) => count * TICK);
const direction = fc.constantFrom('BUY' as const, 'SELL' as const);
const volume = fc.integer({ min: 1, max: 30 }).map((steps) => steps / 10);
const level = fc.option(ticks(340, 460), { nil: null, freq: 2 });
const pick = fc.nat(7);

const event = fc.oneof(
  fc.record({ kind: fc.constant('open' as const), direction, volume, stopLoss: level, takeProfit: level }),
  fc.record({ kind: fc.constant('close' as const), pick, volume }),
  fc.record({ kind: fc.constant('stops' as const), pick, stopLoss: level, takeProfit: level }),
  fc.record({ kind: fc.constant('late' as const), pick, volume }),
  fc.record({
    kind: fc.constant('bar' as const),
    prices: fc.array(ticks(370, 430), { minLength: 4, maxLength: 4 }),
  }),
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

const world = fc.record({
  netting: fc.boolean(),
  fifo: fc.boolean(),
  seed: fc.nat(1000),
  slippageTicks: fc.constantFrom(0, 3),
  partialFill: fc.constantFrom(0, 0.4),
  commissionPerLot: fc.constantFrom(0, 0.5),
  balance: fc.constantFrom<number>(40, 1_000_000),
  swapBuy: fc.constantFrom(0, -1),
  events: fc.array(event, { minLength: 1, maxLength: 40, size: 'max' }),
});
type World = typeof world extends fc.Arbitrary<infer T> ? T : never;

function brokerOf(w: World): PaperBroker {
  const marginMode = w.netting ? 'netting' : 'hedging';
  const { seed, slippageTicks, partialFill, commissionPerLot, swapBuy } = w;
  return paperBroker({
    account: {
      marginMode,
      fifo: w.fifo && !w.netting,
      balance: w.balance,
      leverage: 10,
      swap: w.fifo ? 'reopened' : 'held',
    },
    instrument: { commissionPerLot },
    execution: { seed, slippageTicks, partialFill },
    swapBuy,
  });
}

function requestOf(broker: PaperBroker, step: Exclude<Event, { kind: 'bar' }>): OrderRequest | null {
  if (step.kind === 'open') {
    const { stopLoss, takeProfit } = step;
    return market(step.direction, step.volume, { stopLoss, takeProfit });
  }
  const positions = broker.positions();
  const position = positions[step.pick % Math.max(1, positions.length)];
  if (position === undefined) return null;
  if (step.kind === 'stops') return stops(position, step.stopLoss, { takeProfit: step.takeProfit });
  return close(position, step.volume);
}

/** Runs a world; `each` looks at the broker after every event. */
function run(w: World, each: (broker: PaperBroker) => void = () => undefined): PaperBroker {
  const broker = brokerOf(w);
  let time = T0;
  for (const step of w.events) {
    if (step.kind === 'bar') {
      const [open = 100, last = 100] = step.prices;
      broker.bar(
        SYMBOL,
        bar(time, open, Math.max(...step.prices), Math.min(...step.prices), last),
        time + 60 * MINUTE,
      );
      time += 60 * MINUTE;
    } else {
      const request = requestOf(broker, step);
      if (request !== null && step.kind === 'late') broker.defer(request, time + 1_000);
      else if (request !== null) broker.execute(request);
    }
    each(broker);
  }
  return broker;
}

/** Lots as whole steps; throws off the step. */
function steps(lots: number): number {
  const whole = Math.round(lots / INSTRUMENT.volumeStep);
  expect(lots).toBe(whole / 10);
  return whole;
}

describe('whatever is asked and whatever prices do', () => {
  it('volumes stay above zero and on the step, and the deals add up to the positions', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(world, (w) => {
        run(w, (broker) => {
          const net = new Map<bigint, number>();
          for (const deal of broker.deals(0)) {
            seen.add(`${deal.entry} ${deal.reason}`);
            const signed = favourable(deal.direction) * steps(deal.volume);
            net.set(deal.positionIdentifier, (net.get(deal.positionIdentifier) ?? 0) + signed);
          }
          for (const position of broker.positions()) {
            expect(position.volume).toBeGreaterThanOrEqual(INSTRUMENT.volumeMin);
            const signed = favourable(position.direction) * steps(position.volume);
            expect(net.get(position.identifier)).toBe(signed);
            net.delete(position.identifier);
          }
          expect([...net.values()].every((left) => left === 0)).toBe(true);
        });
      }),
      { numRuns: runs(300), seed: 11 },
    );
    expect([...seen].sort()).toEqual([
      'IN CLIENT',
      'INOUT CLIENT',
      'OUT CLIENT',
      'OUT STOP_LOSS',
      'OUT STOP_OUT',
      'OUT TAKE_PROFIT',
    ]);
  });

  it('the balance is what the deals made of it, and equity the balance plus what floats', () => {
    fc.assert(
      fc.property(world, (w) => {
        run(w, (broker) => {
          const made = broker
            .deals(0)
            .reduce((sum, { profit, swap, commission }) => sum + profit + swap - commission, w.balance);
          const { bid, ask } = broker.prices(SYMBOL) ?? { bid: 0, ask: 0 };
          const floating = broker
            .positions()
            .map(
              (p) =>
                p.swap +
                favourable(p.direction) * ((p.direction === 'BUY' ? bid : ask) - p.entryPrice) * p.volume,
            )
            .reduce((sum, earned) => sum + earned, 0);
          const { balance, equity } = broker.account();
          expect(balance).toBeCloseTo(made, 6);
          expect(equity).toBeCloseTo(balance + floating, 6);
        });
      }),
      { numRuns: runs(300), seed: 12 },
    );
  });

  it('what is forgotten changes nothing of what is not', () => {
    fc.assert(
      fc.property(world, fc.integer({ min: 0, max: 40 }), (w, hours) => {
        const broker = run(w);
        const since = T0 + hours * 60 * MINUTE;
        const kept = () => ({
          deals: broker.deals(since),
          account: broker.account(),
          stops: broker.positions().map(({ identifier }) => broker.ledger.stops(identifier)),
        });
        const before = kept();
        broker.forgetBefore(since);
        expect(kept()).toEqual(before);
        broker.forgetBefore(Number.POSITIVE_INFINITY);
        expect(broker.history).toEqual([]);
      }),
      { numRuns: runs(100), seed: 15 },
    );
  });

  it('no open position is beyond its stop or target', () => {
    fc.assert(
      fc.property(world, (w) => {
        run(w, (broker) => {
          const { bid, ask } = broker.prices(SYMBOL) ?? { bid: 0, ask: 0 };
          for (const { direction: side, stopLoss, takeProfit } of broker.positions()) {
            const exit = side === 'BUY' ? bid : ask;
            expect((exit - (stopLoss ?? exit - favourable(side))) * favourable(side)).toBeGreaterThan(0);
            expect(((takeProfit ?? exit + favourable(side)) - exit) * favourable(side)).toBeGreaterThan(0);
          }
        });
      }),
      { numRuns: runs(300), seed: 13 },
    );
  });

  it('a netting account holds one position per symbol, a first-in-first-out one no opposite ones', () => {
    fc.assert(
      fc.property(world, (w) => {
        run(w, (broker) => {
          const directions = broker.positions().map((position) => position.direction);
          if (w.netting) expect(directions.length).toBeLessThanOrEqual(1);
          else if (w.fifo) expect(new Set(directions).size).toBeLessThanOrEqual(1);
        });
      }),
      { numRuns: runs(200), seed: 14 },
    );
  });

  it('the same seed makes the same history, and another one another', () => {
    const history = (w: World) => {
      const broker = run(w);
      return [broker.deals(0), broker.positions(), broker.account()];
    };
    let differing = 0;
    fc.assert(
      fc.property(world, (w) => {
        const first = history(w);
        expect(history(w)).toEqual(first);
        const other = history({ ...w, seed: w.seed + 1 });
        if (w.slippageTicks > 0 && JSON.stringify(other, text) !== JSON.stringify(first, text))
          differing += 1;
      }),
      { numRuns: runs(100), seed: 15 },
    );
    expect(differing).toBeGreaterThan(10);
  });
});

const ADOPTED = {
  symbol: SYMBOL,
  direction: 'BUY' as const,
  volume: 1,
  entryPrice: 100,
  stopLoss: null,
  takeProfit: null,
  magicNumber: 0n,
  comment: '',
};

function text(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

describe('the history of deals', () => {
  it('finds every deal since a moment, also of positions that were taken over late', () => {
    const times = fc.array(fc.nat(20), { maxLength: 30 });
    fc.assert(
      fc.property(times, fc.nat(21), (openedAt, since) => {
        const broker = paperBroker();
        for (const [index, time] of openedAt.entries()) {
          broker.adopt({ ...ADOPTED, identifier: BigInt(index + 1), openedAt: T0 + time });
        }
        const found = broker
          .deals(T0 + since)
          .map(({ positionIdentifier }) => Number(positionIdentifier) - 1);
        expect(found).toEqual([...openedAt.keys()].filter((index) => (openedAt[index] ?? 0) >= since));
      }),
    );
  });
});

describe('the ledger', () => {
  it('notes every stop that is looser than the one before, and none that is tighter', () => {
    const broker = paperBroker();
    broker.execute(market('BUY', 1, { stopLoss: 95 }));
    broker.execute(market('SELL', 1, { stopLoss: 105 }));
    const [buy, sell] = broker.positions();
    if (buy === undefined || sell === undefined) throw new Error('two were opened');
    for (const [position, stop] of [
      [buy, 96],
      [sell, 104],
      [buy, 94],
      [sell, null],
      [sell, 103],
    ] as const) {
      broker.execute(stops(position, stop));
    }
    expect(broker.ledger.stops(buy.identifier).map(({ stopLoss }) => stopLoss)).toEqual([95, 96, 94]);
    expect(broker.ledger.loosened().map(({ position, stopLoss }) => [position, stopLoss])).toEqual([
      [buy.identifier, 94],
      [sell.identifier, null],
    ]);
  });

  it('counts what was carried out per comment, refusals not at all', () => {
    const broker = paperBroker();
    broker.execute(market('BUY', 0.05, { comment: 'once' }));
    broker.execute(market('BUY', 1, { comment: 'once' }));
    broker.execute(market('BUY', 1, { comment: 'twice' }));
    broker.execute(market('BUY', 1, { comment: 'twice' }));
    broker.execute(market('BUY', 1));
    broker.execute(market('BUY', 1));
    expect(broker.ledger.executions('once')).toHaveLength(1);
    expect(broker.ledger.repeated()).toEqual(['twice']);
    expect(broker.ledger.tags).toBe(2);
  });
});
