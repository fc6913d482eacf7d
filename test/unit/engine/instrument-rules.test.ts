// Contract terms that would take the defence of open trades away (T18), by whichever of their fields.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instrumentCheck } from '../../../src/commands/instrument-rules.js';
import { unitsOf, unitsToValue } from '../../../src/domain/actions/quantise.js';
import type { Instrument } from '../../../src/domain/market/data.js';
import { positionOf } from '../../support/broker-snapshots.js';
import { TERMS, tradeOf } from '../../support/trades.js';

/** A trade of one lot at 100, and a larger one. */
const open = [tradeOf(), tradeOf({}, { ticket: 2n, volume: 7, entryPrice: 900 })];
/** The broker shows both. */
const accounts = {
  positionOf: (_account: string, ticket: bigint) =>
    open.filter(({ spec }) => spec.ticket === ticket).map((trade) => positionOf(trade))[0],
};
const check = instrumentCheck({ tradesOf: () => open, accounts });
const faults = (more: Partial<Instrument>) =>
  check({ ...TERMS, account: 'demo', symbol: 'BTCUSD', ...more }).map(({ field }) => field);

describe('are refused', () => {
  test.each<[keyof Instrument, string, number]>([
    ['volumeMin', 'volume_min', TERMS.volumeMax + 1],
    ['volumeStep', 'volume_step', TERMS.volumeMax + 1],
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
      accounts,
      tradesOf: () => open.map((trade) => ({ ...trade, state: 'CLOSED' as const })),
    });
    expect(free({ ...TERMS, account: 'demo', symbol: 'BTCUSD', volumeMin: 50, stopsLevel: 50 })).toEqual([]);
  });
});

test('law: what trades are registered with refuses no terms that do not contradict themselves', () => {
  const positive = fc.double({ min: -9, max: 4, noNaN: true }).map((exponent) => 10 ** exponent);
  fc.assert(
    fc.property(positive, positive, positive, positive, (volume, entryPrice, volumeMin, tickSize) => {
      const terms = { ...TERMS, volumeMin, volumeMax: 10_000, tickSize, stopsLevel: 10 * tickSize };
      const trades = [tradeOf({}, { volume, entryPrice })];
      const unseen = instrumentCheck({ tradesOf: () => trades, accounts: { positionOf: () => undefined } });
      expect(unseen(terms)).toEqual([]);
    }),
  );
});

test('law: by terms that are taken, a stop near the price of each position that is shown can be ordered', () => {
  const positive = fc.double({ min: -12, max: 3, noNaN: true }).map((exponent) => 10 ** exponent);
  fc.assert(
    fc.property(positive, positive, (tickSize, level) => {
      fc.pre(faults({ tickSize, stopsLevel: level }).length === 0);
      for (const { spec } of open) {
        const price = unitsToValue(unitsOf(spec.entryPrice - level, tickSize, 'down'), tickSize);
        expect(price).toBeGreaterThan(0);
      }
    }),
  );
});
