// The indicators against the values printed in TA-Lib's regression suite, within its tolerance.
import { describe, expect, it } from 'vitest';
import { Atr } from '../../../../src/domain/market/indicators/atr.js';
import { Bollinger } from '../../../../src/domain/market/indicators/bollinger.js';
import { FRACTAL_SIDE, Fractals } from '../../../../src/domain/market/indicators/fractals.js';
import { Macd } from '../../../../src/domain/market/indicators/macd.js';
import { Rsi } from '../../../../src/domain/market/indicators/rsi.js';
import { TALIB_BARS } from '../../../support/talib-bars.js';

const TOLERANCE = 0.011;

function near(actual: number | undefined, expected: number): void {
  expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(TOLERANCE);
}

describe('TA-Lib golden values', () => {
  it('has all 252 bars', () => {
    expect(TALIB_BARS).toHaveLength(252);
    expect(TALIB_BARS[0]).toMatchObject({
      open: 92.5,
      high: 93.25,
      low: 90.75,
      close: 91.5,
      volume: 4077500,
    });
    expect(TALIB_BARS.every(({ volume }) => volume > 0)).toBe(true);
  });

  it('RSI(14) Wilder', () => {
    const rsi = new Rsi(14);
    const values = TALIB_BARS.map(({ close }) => {
      rsi.update(close);
      return rsi.value;
    });
    expect(values.slice(0, 14).every(Number.isNaN)).toBe(true);
    near(values[14], 49.14);
    near(values[15], 52.32);
    near(values[16], 46.07);
    near(values[251], 49.63);
  });

  it('MACD 12/26/9 with its seed', () => {
    const macd = new Macd(12, 26, 9);
    const values = TALIB_BARS.map(({ close }) => {
      macd.update(close);
      return { macd: macd.macd, signal: macd.signal };
    });
    expect(values.findIndex((value) => !Number.isNaN(value.macd))).toBe(25);
    expect(values.findIndex((value) => !Number.isNaN(value.signal))).toBe(33);
    near(values[33]?.macd, -1.9738);
    near(values[33]?.signal, -2.7071);
    near(values[251]?.macd, 0.9040092995);
    near(values[251]?.signal, 1.4045942302);
  });

  it('ATR(14) Wilder, as NATR: in percent of the close', () => {
    const atr = new Atr(14);
    const values = TALIB_BARS.map((bar) => {
      atr.update(bar);
      return (100 * atr.value) / bar.close;
    });
    expect(values.slice(0, 14).every(Number.isNaN)).toBe(true);
    near(values[14], 3.9321);
    near(values[15], 3.7576);
    near(values[251], 3.0229);
  });

  it('Bollinger(20,2) with population sigma', () => {
    const bands = new Bollinger(20, 2);
    for (const { close } of TALIB_BARS.slice(0, 19)) bands.update(close);
    expect(bands.middle).toBeNaN();
    bands.update(TALIB_BARS[19]?.close ?? Number.NaN);
    near(bands.upper, 98.0734);
    near(bands.middle, 92.891);
    near(bands.lower, 87.7086);
  });

  it('strict fractal highs, 2 and 2, each known two bars later', () => {
    const fractals = new Fractals();
    // The suite's numbers are the bars that make a pivot known: bar 2 has the high above bars 0 to 4.
    const knownAt = TALIB_BARS.flatMap((bar, index) => {
      fractals.update(bar);
      if (Number.isNaN(fractals.high)) return [];
      expect(fractals.high).toBe(TALIB_BARS[index - FRACTAL_SIDE]?.high);
      return [index];
    });
    expect(knownAt).toHaveLength(31);
    expect(knownAt.slice(0, 8)).toEqual([4, 13, 18, 21, 29, 36, 48, 51]);
  });
});
