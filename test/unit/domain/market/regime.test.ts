// Sessions, trading days, market hours, symbols, and the regime's thresholds and multipliers.
import { describe, expect, it } from 'vitest';
import { isGap, isOpen, openBetween } from '../../../../src/domain/market/market-hours.js';
import { sessionAt, tradingDay } from '../../../../src/domain/market/sessions.js';
import { currencies, instrumentKind, resolveInstrument } from '../../../../src/domain/market/symbols.js';
import { localTime, zoneOffset } from '../../../../src/domain/market/zones.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import {
  multipliersOf,
  structureOf,
  volatilityOf,
  vwapThreshold,
} from '../../../../src/domain/signals/regime.js';
import { random } from '../../../support/synthetic-market.js';

const HOUR = 3_600_000;
const utc = (text: string): number => Date.parse(`${text}Z`);

describe('time zones', () => {
  it('change their offset at the right hour, on both sides of the Atlantic', () => {
    expect(zoneOffset('America/New_York', utc('2025-03-09T06:59:59'))).toBe(-5 * HOUR);
    expect(zoneOffset('America/New_York', utc('2025-03-09T07:00:00'))).toBe(-4 * HOUR);
    expect(zoneOffset('America/New_York', utc('2025-11-02T05:59:59'))).toBe(-4 * HOUR);
    expect(zoneOffset('America/New_York', utc('2025-11-02T06:00:00'))).toBe(-5 * HOUR);
    expect(zoneOffset('Europe/London', utc('2025-03-30T00:59:59'))).toBe(0);
    expect(zoneOffset('Europe/London', utc('2025-03-30T01:00:00'))).toBe(HOUR);
    expect(zoneOffset('Asia/Tokyo', utc('2025-07-01T00:00:00'))).toBe(9 * HOUR);
  });

  it('agree with Intl at random moments of 40 years', () => {
    const next = random(7);
    const wall = new Intl.DateTimeFormat('sv-SE', {
      timeZone: 'America/New_York',
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    for (let index = 0; index < 300; index += 1) {
      const time = Math.floor(utc('1995-01-01T00:00:00') + next() * 40 * 365 * 24 * HOUR);
      const shown = new Date(localTime('America/New_York', time))
        .toISOString()
        .slice(0, 19)
        .replace('T', ' ');
      expect(shown).toBe(wall.format(time));
    }
  });
});

describe('sessions', () => {
  it.each([
    ['2025-01-15T00:00:00', 'ASIAN'],
    ['2025-01-15T07:59:59', 'ASIAN'],
    ['2025-01-15T08:00:00', 'LONDON'],
    ['2025-01-15T12:59:59', 'LONDON'],
    ['2025-01-15T13:00:00', 'OVERLAP'],
    ['2025-01-15T15:59:59', 'OVERLAP'],
    ['2025-01-15T16:00:00', 'NEW_YORK'],
    ['2025-01-15T21:00:00', 'OFF_HOURS'],
    ['2025-01-15T23:59:59', 'OFF_HOURS'],
    // Summer: both an hour earlier; London wins over Tokyo from 07:00 on.
    ['2025-07-15T07:00:00', 'LONDON'],
    ['2025-07-15T12:00:00', 'OVERLAP'],
    ['2025-07-15T15:00:00', 'NEW_YORK'],
    ['2025-07-15T20:00:00', 'OFF_HOURS'],
    // Between the two changes of March New York is on summer time and London is not.
    ['2025-03-12T11:59:59', 'LONDON'],
    ['2025-03-12T12:00:00', 'OVERLAP'],
    ['2025-03-12T16:00:00', 'NEW_YORK'],
    ['2025-03-12T20:00:00', 'OFF_HOURS'],
    // The very day London changes.
    ['2025-03-30T06:59:59', 'ASIAN'],
    ['2025-03-30T07:00:00', 'LONDON'],
  ] as const)('%s is %s', (time, session) => {
    expect(sessionAt(utc(time))).toBe(session);
  });
});

describe('trading days', () => {
  it('begin at 00:00 UTC around the clock, at 17:00 in New York otherwise, in summer and winter', () => {
    const day = (hours: 'always' | 'fx_week', time: string) => tradingDay(hours, utc(time));
    expect(day('always', '2025-01-15T00:00:00') - day('always', '2025-01-14T23:59:59')).toBe(1);
    expect(day('fx_week', '2025-01-15T22:00:00') - day('fx_week', '2025-01-15T21:59:59')).toBe(1);
    expect(day('fx_week', '2025-07-15T21:00:00') - day('fx_week', '2025-07-15T20:59:59')).toBe(1);
    expect(day('fx_week', '2025-07-16T20:59:59') - day('fx_week', '2025-07-15T21:00:00')).toBe(0);
  });
});

describe('market hours', () => {
  it('close on Friday 17:00 and open on Sunday 17:00 in New York, but never for crypto', () => {
    expect(isOpen('fx_week', utc('2025-01-17T21:59:59'))).toBe(true);
    expect(isOpen('fx_week', utc('2025-01-17T22:00:00'))).toBe(false);
    expect(isOpen('fx_week', utc('2025-01-19T21:59:59'))).toBe(false);
    expect(isOpen('fx_week', utc('2025-01-19T22:00:00'))).toBe(true);
    expect(isOpen('fx_week', utc('2025-07-18T21:00:00'))).toBe(false);
    expect(isOpen('always', utc('2025-01-18T12:00:00'))).toBe(true);
  });

  it('count open time across weekends, 47 or 49 hours long when clocks change', () => {
    const week = (from: string, to: string) => openBetween('fx_week', utc(from), utc(to)) / HOUR;
    expect(week('2025-01-13T12:00:00', '2025-01-13T15:00:00')).toBe(3);
    expect(week('2025-01-17T21:00:00', '2025-01-19T23:00:00')).toBe(2);
    expect(week('2025-01-18T00:00:00', '2025-01-19T00:00:00')).toBe(0);
    expect(week('2025-03-07T22:00:00', '2025-03-09T21:00:00')).toBe(0);
    expect(week('2025-03-07T21:00:00', '2025-03-09T22:00:00')).toBe(2);
    expect(week('2025-10-31T20:00:00', '2025-11-02T23:00:00')).toBe(2);
    expect(week('2025-01-01T22:00:00', '2025-01-29T22:00:00')).toBe(20 * 24);
    expect(openBetween('always', 5, 3)).toBe(0);
  });

  it('agree with asking every half hour whether the market is open', () => {
    const next = random(3);
    const half = HOUR / 2;
    for (let index = 0; index < 40; index += 1) {
      const from = utc('2025-01-01T00:00:00') + Math.floor(next() * 17_000) * half;
      const to = from + Math.floor(next() * 700) * half;
      let open = 0;
      for (let time = from; time < to; time += half) if (isOpen('fx_week', time)) open += half;
      expect(openBetween('fx_week', from, to)).toBe(open);
    }
  });

  it('a weekend is no gap, also in broker time; hours on a weekday are', () => {
    const gap = (from: string, to: string, hours: 'always' | 'fx_week' = 'fx_week') =>
      isGap(utc(from), utc(to), hours);
    expect(gap('2025-01-17T22:00:00', '2025-01-19T22:00:00')).toBe(false);
    expect(gap('2025-01-18T00:00:00', '2025-01-20T00:00:00')).toBe(false);
    expect(gap('2025-01-15T10:00:00', '2025-01-15T10:15:00')).toBe(true);
    expect(gap('2025-01-17T10:00:00', '2025-01-19T22:00:00')).toBe(true);
    expect(gap('2025-01-18T10:00:00', '2025-01-18T10:15:00', 'always')).toBe(true);
    expect(gap('2025-01-17T22:00:00', '2025-01-19T22:00:00', 'always')).toBe(true);
  });
});

describe('symbols', () => {
  it.each([
    ['XAUUSDc', 'XAUUSD'],
    ['EURUSDm', 'EURUSD'],
    ['BTCUSDc', 'BTCUSD'],
    ['BTCUSDC', 'BTCUSDC'],
    ['XAUUSDm', 'XAUUSD'],
    ['BTCUSD.r', 'BTCUSD'],
    ['USDJPY#', 'USDJPY'],
    ['EURUSD.pro', 'EURUSD'],
    ['XAUUSD-ecn', 'XAUUSD'],
    ['GBPJPY_i', 'GBPJPY'],
    ['EURJPY+', 'EURJPY'],
    ['EURUSDpro', 'EURUSD'],
    ['BTCUSDT', 'BTCUSDT'],
    ['BTCUSDTm', 'BTCUSDT'],
    ['eurusd', 'EURUSD'],
    ['btcusdt', 'BTCUSDT'],
    ['GBPUSD', 'GBPUSD'],
    // Not known, so itself: a T is no suffix, and a name is not cut out of another.
    ['XAUUSDT', 'XAUUSDT'],
    ['EURUSDX123', 'EURUSDX123'],
    ['US30', 'US30'],
    ['AAPL.OQ', 'AAPL.OQ'],
    ['GOLD', 'XAUUSD'],
    ['GOLDm', 'XAUUSD'],
    ['.US30Cash', 'US30'],
    ['[DJI30]', 'US30'],
    ['NIKKEI225', 'JP225'],
    ['JPN225.cash', 'JP225'],
    ['#DAX40', 'DE40'],
    ['SPA35', 'ES35'],
    ['US 500', 'US500'],
    ['PLATINUM', 'XPTUSD'],
    ['XCUUSD.r', 'COPPER'],
    ['Copper', 'COPPER'],
    ['USDINDEX', 'USDX'],
    ['DJIA', 'US30'],
    ['#NASDAQ100', 'US100'],
    ['UT100.cash', 'US100'],
    ['RUSSELL2000', 'US2000'],
    ['GERMANY40', 'DE40'],
    ['HK33', 'HK50'],
    ['NETH25', 'NL25'],
    ['ITA40', 'IT40'],
    ['CRUDEOIL', 'USOIL'],
    ['NATURALGAS', 'NGAS'],
    ['DAX', 'DE40'],
    ['FTSE.cash', 'UK100'],
    ['DXY_Z5', 'USDX'],
    ['F40', 'FR40'],
    ['#Japan225', 'JP225'],
    ['#USNDAQ100', 'US100'],
    ['SpotCrude', 'USOIL'],
    ['DEU.IDX/EUR', 'DE40'],
    ['SPX500USD', 'US500'],
    ['SPX500_USD', 'US500'],
    ['DE30_EUR', 'DE40'],
    ['NATGASUSD', 'NGAS'],
    ['WTICO_USD', 'USOIL'],
    ['US30USDm', 'US30'],
    ['JP225USD', 'JP225USD'],
    ['JP225_USD', 'JP225_USD'],
    ['GOLD.EUR', 'GOLD.EUR'],
    ['US_30', 'US30'],
    ['GER.40', 'DE40'],
    ['EUR.USD', 'EURUSD'],
    ['OANDA:EURUSD', 'EURUSD'],
    ['FX_IDC:XAUUSD', 'XAUUSD'],
    ['NASDAQ:AAPL', 'NASDAQ:AAPL'],
    ['BITCOIN', 'BTCUSD'],
    ['WIFUSD', 'WIFUSD'],
    ['BRK.B', 'BRK.B'],
    ['CRUDEX', 'CRUDEX'],
    ['USDXYZ', 'USDXYZ'],
    ['EUR/USD', 'EURUSD'],
    ['GBPUSD!', 'GBPUSD'],
    ['KASUSDT.P', 'KASUSDT'],
    ['kas/usdt', 'KASUSDT'],
    ['#AAPL', '#AAPL'],
    ['AT&T', 'AT&T'],
    ['GOLDMAN', 'GOLDMAN'],
    ['EUREUR', 'EUREUR'],
  ])('%s stands for %s', (symbol, instrument) => {
    expect(resolveInstrument(symbol)).toBe(instrument);
    expect(resolveInstrument(instrument)).toBe(instrument);
  });

  it('know their kind and the currencies whose news concern them', () => {
    const kinds = ['EURUSD', 'XAUUSD', 'BTCUSDT', 'KASUSDT', 'HYPEUSDC', 'US30', 'USOIL', 'AAPL'];
    expect(kinds.map((instrument) => instrumentKind(instrument))).toEqual([
      ...['FX', 'METAL', 'CRYPTO', 'CRYPTO', 'CRYPTO', 'INDEX', 'ENERGY', 'OTHER'],
    ]);
    expect(currencies('EURJPY')).toEqual(['EUR', 'JPY']);
    expect(currencies('XAUUSD')).toEqual(['XAU', 'USD']);
    expect(currencies('BTCUSDT')).toEqual(['BTC', 'USD']);
    expect(currencies('KASUSDT')).toEqual(['KAS', 'USD']);
    const concerned = ['US30', 'DE40', 'UKOIL', 'COPPER', 'USDX', 'NL25', 'AAPL'];
    expect(concerned.map((instrument) => currencies(instrument).join())).toEqual([
      ...['USD', 'EUR', 'USD', 'USD', 'USD', 'EUR', ''],
    ]);
  });

  it('are known as the rules say', () => {
    const rules = {
      instruments: { ACME: { kind: 'CRYPTO', currencies: ['CHF'] } },
      aliases: { ACM: 'ACME' },
    } as const;
    expect(resolveInstrument('ACMm', rules)).toBe('ACME');
    expect(instrumentKind('ACME', rules)).toBe('CRYPTO');
    expect(currencies('ACME', rules)).toEqual(['CHF']);
    expect(resolveInstrument('GOLD', rules)).toBe('GOLD');
  });
});

describe('regime', () => {
  it('volatility and structure have their limits, and defaults before warm-up', () => {
    const volatility = [0.69, 0.7, 1.3, 1.31, Number.NaN].map((ratio) => volatilityOf(ratio, DEFAULT_RULES));
    expect(volatility).toEqual(['LOW', 'NORMAL', 'NORMAL', 'HIGH', 'NORMAL']);
    const structure = [0.0039, 0.004, Number.NaN].map((width) => structureOf(width, DEFAULT_RULES));
    expect(structure).toEqual(['RANGE', 'TREND', 'TREND']);
  });

  it('the VWAP threshold is base x session x volatility x structure within 0.5 to 1.8 of the base', () => {
    expect(vwapThreshold('EURUSD', 'LONDON', 'NORMAL', 'TREND', DEFAULT_RULES)).toBe(0.0005);
    expect(vwapThreshold('XAUUSD', 'NEW_YORK', 'HIGH', 'RANGE', DEFAULT_RULES)).toBeCloseTo(
      0.001 * 0.8 * 0.8 * 1.3,
      15,
    );
    expect(vwapThreshold('BTCUSD', 'ASIAN', 'LOW', 'RANGE', DEFAULT_RULES)).toBeCloseTo(0.002 * 1.8, 15);
    expect(vwapThreshold('USDJPY', 'OVERLAP', 'HIGH', 'TREND', DEFAULT_RULES)).toBeCloseTo(0.0007 * 0.56, 15);
    expect(vwapThreshold('US30', 'OFF_HOURS', 'NORMAL', 'TREND', DEFAULT_RULES)).toBe(0.0015);
  });

  it('multipliers multiply', () => {
    expect(multipliersOf('LONDON', 'NORMAL', 'TREND', DEFAULT_RULES)).toEqual({
      STRUCTURE: 1,
      VWAP_VOLUME: 1,
      MOMENTUM: 1,
      EMA_ALIGNMENT: 1,
      DELTA_PRESSURE: 1,
      CANDLE_CONVICTION: 1,
    });
    const all = multipliersOf('OFF_HOURS', 'HIGH', 'RANGE', DEFAULT_RULES);
    expect(all.STRUCTURE).toBeCloseTo(0.7 * 1.2 * 0.8, 15);
    expect(all.MOMENTUM).toBeCloseTo(0.8 * 0.8, 15);
    expect(all.VWAP_VOLUME).toBeCloseTo(1.3 * 0.9 * 0.8, 15);
  });
});
