// Prices no market made are refused with their line; prices a market made never are.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/domain/market/data.js';
import { importBars, importTable } from '../../../src/replay/importer.js';
import { outliersOf, ScaleChange } from '../../../src/replay/input/outliers.js';
import { parseTable } from '../../../src/replay/input/table.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { runs } from '../../support/properties.js';

const market = (seed: number, bars = 1000) =>
  syntheticMarket({ seed, timeframe: 'M15', bars, from: 0, price: 1.085, digits: 5 }).bars.map(
    ({ bar }) => bar,
  );

const times = (bar: Bar, factor: number): Bar => ({
  ...bar,
  open: bar.open * factor,
  high: bar.high * factor,
  low: bar.low * factor,
  close: bar.close * factor,
});
const changed = (bars: readonly Bar[], places: ReadonlySet<number>, change: (bar: Bar) => Bar) =>
  bars.map((bar, index) => (places.has(index) ? change(bar) : bar));
const refused = (bars: readonly Bar[]) => outliersOf(bars).map(({ index }) => index);
const range = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

describe('outliers', () => {
  it('are bars that lost their decimal point, wherever they are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 199 }), { maxLength: 40 }),
        fc.constantFrom(1000, 100, 10, 0.1, 0.001),
        (seed, spread, factor) => {
          // At least two sound bars between them: more would be another scale.
          const places = new Set(spread.map((place) => place * 5));
          expect(refused(changed(market(seed), places, (bar) => times(bar, factor)))).toEqual(
            [...places].sort((a, b) => a - b),
          );
        },
      ),
      { numRuns: runs(30) },
    );
  });

  it('are 95 of them in a row too, inside, at the start and at the end', () => {
    const bars = market(3, 4000);
    for (const from of [0, 1800, 3905]) {
      const places = range(from, 95);
      expect(refused(changed(bars, new Set(places), (bar) => times(bar, 1000)))).toEqual(places);
    }
  });

  it('are bars of which one price alone is off', () => {
    const high = changed(market(4), new Set([500]), (bar) => ({ ...bar, high: bar.high * 1000 }));
    const low = changed(market(4), new Set([500]), (bar) => ({ ...bar, low: bar.low / 1000 }));
    expect(outliersOf(high)[0]).toMatchObject({ index: 500, price: high[500]?.high });
    expect(outliersOf(low)[0]).toMatchObject({ index: 500, price: low[500]?.low });
  });

  it('are no moves that stay, however wide', () => {
    for (const factor of [0.5, 0.3, 2, 4]) {
      expect(refused(market(5).map((bar, index) => (index < 400 ? bar : times(bar, factor))))).toEqual([]);
    }
  });

  it('are no wild bars among wild bars', () => {
    const wild = market(6).map((bar, index) => ({
      ...bar,
      high: bar.high * (index % 50 === 0 ? 1.8 : 1.06),
      low: bar.low / 1.06,
    }));
    expect(refused(wild)).toEqual([]);
  });

  it('end the import where another scale begins and stays', () => {
    const bars = market(7).map((bar, index) => (index < 400 ? bar : times(bar, 100)));
    expect(() => outliersOf(bars)).toThrow(ScaleChange);
    const rows = bars.map(({ time, open, high, low, close }) =>
      [new Date(time).toISOString(), open, high, low, close].join(),
    );
    const table = parseTable('bars.csv', ['time,open,high,low,close', ...rows].join('\n'));
    expect(() => importTable(table, null, 'skip')).toThrow(
      /^bars\.csv:402: prices go from [\d.]+ to [\d.]+ and stay: .*split the file there$/,
    );
  });

  it('are told with line, column and what is around them', () => {
    const bars = changed(market(8, 200), new Set([100]), (bar) => times(bar, 1000));
    const rows = bars.map(({ time, open, high, low, close }) =>
      [new Date(time).toISOString(), open, high, low, close].join(),
    );
    const table = parseTable('bars.csv', ['time,open,high,low,close', ...rows].join('\n'));
    const { badRows, reading } = importTable(table, null, 'skip');
    expect(badRows).toMatchObject([
      { line: 102, column: 'high', reason: expect.stringMatching(/out of line with 1\.\d+ around/) },
    ]);
    expect(reading.skipped).toEqual({ 'high: N is out of line with N around it': 1 });
  });
});

const DATA = join(import.meta.dirname, '../../../../shared/data');

describe.skipIf(!existsSync(DATA))('recorded files (skipped where ../shared/data is absent)', () => {
  const files = existsSync(DATA) ? readdirSync(DATA).filter((name) => name.endsWith('.csv')) : [];
  it.each(files)('%s has none', (name) => {
    expect(refused(importBars(join(DATA, name), null, 'stop').bars)).toEqual([]);
  });
});
