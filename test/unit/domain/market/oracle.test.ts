// The indicators against an independent library, trading-signals, on 100,000 random bars.
//
// Its seeds differ from ours: its EMA starts with the first value (ours with the mean of the first n),
// its ATR counts the first bar's range. Both forget their seed at least by a factor (1 - 2/(n+1)) or
// (1 - 1/n) a bar, so they are compared after 60 periods, where e^-60 of a difference is left. RSI and
// the Bollinger bands have the same seeds and are compared from their first value on.
import { ATR, BollingerBands, EMA, MACD, RSI } from 'trading-signals';
import { expect, it } from 'vitest';
import { Atr } from '../../../../src/domain/market/indicators/atr.js';
import { Bollinger } from '../../../../src/domain/market/indicators/bollinger.js';
import { Ema } from '../../../../src/domain/market/indicators/ema.js';
import { Macd } from '../../../../src/domain/market/indicators/macd.js';
import { Rsi } from '../../../../src/domain/market/indicators/rsi.js';
import { syntheticBars } from '../../../support/synthetic-market.js';

const BARS = syntheticBars({ seed: 20250106, count: 100_000, length: 300_000, price: 50_000 });
const TOLERANCE = 1e-7;

class Difference {
  #largest = 0;
  #compared = 0;

  add(ours: number, theirs: number | null | undefined): void {
    if (theirs === null || theirs === undefined) return;
    this.#compared += 1;
    // A NaN of ours must not pass: Math.max keeps it.
    this.#largest = Math.max(this.#largest, Math.abs(ours - theirs));
  }

  check(atLeast: number): void {
    expect(this.#compared).toBeGreaterThanOrEqual(atLeast);
    expect(this.#largest).toBeLessThan(TOLERANCE);
  }
}

it('RSI(14), ATR(14), EMA(50), EMA(200), MACD and Bollinger agree with trading-signals', () => {
  const ours = {
    rsi: new Rsi(14),
    atr: new Atr(14),
    ema50: new Ema(50),
    ema200: new Ema(200),
    macd: new Macd(12, 26, 9),
    bands: new Bollinger(20, 2),
  };
  const theirs = {
    rsi: new RSI(14),
    atr: new ATR(14),
    ema50: new EMA(50),
    ema200: new EMA(200),
    macd: new MACD(new EMA(12), new EMA(26), new EMA(9)),
    bands: new BollingerBands(20, 2),
  };
  const rsi = new Difference();
  const atr = new Difference();
  const ema = new Difference();
  const macd = new Difference();
  const bands = new Difference();
  for (const [index, bar] of BARS.entries()) {
    const { close } = bar;
    ours.rsi.update(close);
    ours.atr.update(bar);
    ours.ema50.update(close);
    ours.ema200.update(close);
    ours.macd.update(close);
    ours.bands.update(close);
    rsi.add(ours.rsi.value, theirs.rsi.update(close, false));
    const their = {
      atr: theirs.atr.update(bar, false),
      ema50: theirs.ema50.update(close, false),
      ema200: theirs.ema200.update(close, false),
      macd: theirs.macd.update(close, false),
      bands: theirs.bands.update(close, false),
    };
    if (their.bands !== null) {
      bands.add(ours.bands.upper, their.bands.upper);
      bands.add(ours.bands.middle, their.bands.middle);
      bands.add(ours.bands.lower, their.bands.lower);
    }
    if (index >= 60 * 14) atr.add(ours.atr.value, their.atr);
    if (index >= 60 * 50) ema.add(ours.ema50.value, their.ema50);
    if (index >= 60 * 200) ema.add(ours.ema200.value, their.ema200);
    if (index >= 60 * 35) {
      macd.add(ours.macd.macd, their.macd?.macd);
      macd.add(ours.macd.signal, their.macd?.signal);
    }
  }
  rsi.check(99_980);
  atr.check(99_000);
  ema.check(180_000);
  macd.check(190_000);
  bands.check(299_000);
});

it('sees a wrong smoothing: the check itself can fail', () => {
  const wrong = new Ema(51);
  const right = new EMA(50);
  const difference = new Difference();
  for (const { close } of BARS.slice(0, 4000)) {
    wrong.update(close);
    difference.add(wrong.value, right.update(close, false));
  }
  expect(() => difference.check(1)).toThrow();
});
