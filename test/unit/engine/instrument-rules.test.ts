// Contract terms that would take the defence of open trades away (T18), by whichever of their fields.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instrumentCheck } from '../../../src/commands/instrument-rules.js';
import { floorToStep, unitsOf, unitsToValue } from '../../../src/domain/actions/quantise.js';
import type { Instrument } from '../../../src/domain/market/data.js';
import { TERMS, tradeOf } from '../../support/trades.js';

/** A trade of one lot at 100, and a larger one. */
const open = [tradeOf(), tradeOf({}, { ticket: 2n, volume: 7, entryPrice: 900 })];
const check = instrumentCheck({ tradesOf: () => open });
const faults = (more: Partial<Instrument>) =>
  check({ ...TERMS, account: 'demo', symbol: 'BTCUSD', ...more }).map(({ field }) => field);

describe('are refused', () => {
  test.each<[keyof Instrument, string, number]>([
    ['volumeMin', 'volume_min', 1.1],
    ['volumeStep', 'volume_step', 1.1],
    ['volumeStep', 'volume_step', 1e-300],
    ['tickSize', 'tick_size', 1e-300],
    ['tickSize', 'tick_size', 26],
    ['stopsLevel', 'stops_level', 10.1],
    ['freezeLevel', 'freeze_level', 10.1],
  ])('%s: %s of %d', (name, field, value) => {
    expect(faults({ [name]: value })).toContain(field);
  });

  test('and what a broker has is not', () => {
    expect(faults({})).toEqual([]);
    expect(faults({ volumeMin: 1, volumeStep: 1, tickSize: 0.25, stopsLevel: 10, freezeLevel: 10 })).toEqual(
      [],
    );
  });

  test('a trade that is closed bounds nothing', () => {
    const free = instrumentCheck({
      tradesOf: () => open.map((trade) => ({ ...trade, state: 'CLOSED' as const })),
    });
    expect(free({ ...TERMS, account: 'demo', symbol: 'BTCUSD', volumeMin: 50, stopsLevel: 50 })).toEqual([]);
  });
});

test('law: by terms that are taken, the whole volume of each open trade and a stop near its price can be ordered', () => {
  const positive = fc.double({ min: -12, max: 3, noNaN: true }).map((exponent) => 10 ** exponent);
  fc.assert(
    fc.property(positive, positive, positive, (tickSize, volumeStep, level) => {
      fc.pre(faults({ tickSize, volumeStep, stopsLevel: level, volumeMax: 1e6 }).length === 0);
      for (const { spec } of open) {
        expect(floorToStep(spec.volume, volumeStep)).toBeGreaterThan(0);
        const price = unitsToValue(unitsOf(spec.entryPrice - level, tickSize, 'down'), tickSize);
        expect(price).toBeGreaterThan(0);
      }
    }),
  );
});
