// Files from the field that were misread once, each with what it must give (skipped where ../shared/cases is absent).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { replay } from '../../../src/replay/driver.js';
import { EngineTarget } from '../../../src/replay/engine-target.js';
import { importBars, type ReplayData, withSpread } from '../../../src/replay/importer.js';
import type { Asked } from '../../../src/replay/input/asked.js';
import { wallZone } from '../../../src/replay/input/time-zone.js';
import { sampleTrades } from '../../../src/replay/sampler.js';
import { readTrades } from '../../../src/replay/trades-file.js';

const CASES = join(import.meta.dirname, '../../../../shared/cases');
const path = (name: string) => join(CASES, name);
const read = (name: string, asked: Asked = {}) => importBars(path(name), null, 'stop', asked);
const M15 = 900_000;

/** The log of trades sampled over a file. */
async function logOf(symbol: string, data: ReplayData, count: number): Promise<string> {
  const trades = sampleTrades(data, symbol, M15, count);
  const summary = await replay(new EngineTarget(DEFAULT_RULES), { symbol, data, trades, skippedRows: 0 });
  expect(summary.trades).toBe(count);
  return summary.log_sha256;
}

describe.skipIf(!existsSync(CASES))('files from the field', () => {
  it.each(['duka_local', 'stooq', 'us', 'ampm'])(
    'csv-not-read: %s gives the bars of sep.csv and one more',
    (name) => {
      const { bars, badRows } = read(`csv-not-read/${name}.csv`);
      expect(badRows).toEqual([]);
      expect(bars).toHaveLength(40);
      expect(bars[0]?.time).toBe(Date.UTC(2026, 0, 4, 22));
      expect(bars.slice(0, 39)).toEqual(read('csv-not-read/sep.csv').bars);
    },
  );

  it('csv-not-read: cdd takes the base volume and sorts', () => {
    const { bars, reading } = read('csv-not-read/cdd.csv', { symbol: 'EURUSD' });
    expect(reading).toMatchObject({ columns: { time: 'unix', volume: 'Volume EUR' }, other_lines: 1 });
    expect(bars).toHaveLength(39);
    expect(bars.at(-1)).toMatchObject({ time: Date.UTC(2026, 0, 26, 12, 45), close: 0.78708, volume: 837 });
  });

  it('csv-server-time: the market in three clocks gives one log', async () => {
    const logs = await Promise.all(
      [
        read('csv-server-time/utc.csv'),
        read('csv-server-time/mt5-server-time-plus2.csv', { timeZone: wallZone('broker:+2/+3') }),
        read('csv-server-time/histdata-est.csv', { timeZone: wallZone('EST-fixed') }),
      ].map((file) => logOf('EURUSD', withSpread(file), 30)),
    );
    expect(new Set(logs).size).toBe(1);
    expect(read('csv-server-time/mt5-server-time-plus2.csv').reading.times).toMatch(/assumed.*--time-zone/);
  });

  it('csv-spread-in-price: the spread counts', async () => {
    const [with_, without] = [
      read('csv-spread-in-price/spread_in_price.csv'),
      read('csv-spread-in-price/no_spread.csv'),
    ];
    const [first] = with_.bars;
    expect(with_.asks[0]?.close).toBeCloseTo((first?.close ?? 0) + 0.00012, 8);
    expect(await logOf('EURUSD', withSpread(with_), 20)).not.toBe(
      await logOf('EURUSD', withSpread(without), 20),
    );
  });

  it('csv-thousands: refused, or what was asked for, or what the file shows', () => {
    const plain = read('csv-thousands/us30-plain.tsv').bars;
    const grouped = 'csv-thousands/us30-thousands.tsv';
    expect(() => read(grouped)).toThrow(
      /"38,124" may be 38124 or 38\.124: give --decimal point or --decimal comma/,
    );
    expect(read(grouped, { decimal: 'point' }).bars).toEqual(plain);
    expect(read('csv-thousands/us30-thousands-quoted.csv').bars[0]).toMatchObject({
      open: 38_123.5,
      close: 38_036.3,
    });
  });

  it('trades-file: decimal commas, another suffix and moved stops are taken', () => {
    const trades = (name: string) =>
      readTrades(path(`trades-file/trades_${name}.csv`), 'EURUSD', 'stop').trades;
    const withoutExits = (name: string) =>
      trades(name).map(({ stopLoss: _, takeProfit: __, ...trade }) => trade);
    expect(trades('euro')).toHaveLength(10);
    expect(trades('euro')[0]).toMatchObject({ entryPrice: 1.1156, volume: 0.1, stopLoss: 1.1126 });
    expect(trades('suffix')).toEqual(trades('euro'));
    expect(withoutExits('moved_sl')).toEqual(withoutExits('euro'));
    expect(trades('moved_sl').map(({ stopLoss }) => stopLoss)).toEqual(Array(10).fill(null));
  });
});
