// One market as many programs export it: every layout gives the same bars, or a reason that is true.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/domain/market/data.js';
import { importBars, importTable } from '../../../src/replay/importer.js';
import type { Asked } from '../../../src/replay/input/asked.js';
import { isKnownName } from '../../../src/replay/input/column-names.js';
import { FOREIGN_NAMES } from '../../../src/replay/input/foreign-names.js';
import { parseTable } from '../../../src/replay/input/table.js';
import { wallZone } from '../../../src/replay/input/time-zone.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';

const FROM = Date.UTC(2026, 0, 4, 22);
const market = syntheticMarket({ seed: 7, timeframe: 'M15', bars: 400, from: FROM, price: 1.085, digits: 5 });
const bars: readonly Bar[] = market.bars.map(({ bar }) => bar);
const US30 = syntheticMarket({ seed: 7, timeframe: 'M15', bars: 400, from: FROM, price: 38_124, digits: 0 });
const us30: readonly Bar[] = US30.bars.map(({ bar }) => bar);

const HOUR = 3_600_000;
const price = (value: number) => value.toFixed(5);
const comma = (text: string) => text.replace('.', ',');

/** The parts of a time as a clock so far ahead of UTC shows it. */
function parts(time: number, ahead = 0) {
  const iso = new Date(time + ahead * HOUR).toISOString();
  const [day = '', clock = ''] = iso.slice(0, 19).split('T');
  const [year = '', month = '', date = ''] = day.split('-');
  const hour = Number(clock.slice(0, 2));
  const half = `${((hour + 11) % 12) + 1}:${clock.slice(3)} ${hour < 12 ? 'AM' : 'PM'}`;
  return { iso: `${day} ${clock}`, year, month, date, clock, half, short: clock.slice(0, 5) };
}

const ohlc = ({ open, high, low, close }: Bar) => [open, high, low, close].map(price);
const lines = (head: readonly string[], row: (bar: Bar) => string, of = bars) =>
  [...head, ...of.map(row)].join('\n');
const read = (text: string, asked: Asked = {}) =>
  importTable(parseTable('bars.csv', text), null, 'stop', asked);
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const grouped = (value: number, mark = ',') => String(value).replace(/\B(?=(\d{3})+$)/g, mark);
const HEADER = 'Time,Open,High,Low,Close,Volume';
const row = (time: string, bar: Bar) => [time, ...ohlc(bar), bar.volume].join(',');

describe('names of other languages', () => {
  it.each([
    'Datum;Zeit;Eröffnung;Hoch;Tief;Schluss;Tickvolumen',
    'Date;Heure;Ouverture;Plus haut;Plus bas;Clôture;Volume',
    'Fecha;Hora;Apertura;Máximo;Mínimo;Cierre;Volumen',
    'Дата;Время;Открытие;Максимум;Минимум;Закрытие;Тиковый объём',
    '日期;时间;开盘价;最高价;最低价;收盘价;成交量',
    'Data;Ora;Apertura;Massimo;Minimo;Chiusura;Volume',
    'Data;Hora;Abertura;Máxima;Mínima;Fechamento;Volume de ticks',
    'Datum;Tijd;Open;Hoog;Laag;Slot;Volume',
    'Data;Czas;Otwarcie;Najwyższy;Najniższy;Zamknięcie;Wolumen',
    'TARİH;SAAT;AÇILIŞ;Yüksek;Düşük;Kapanış;Hacim',
    '日付;時刻;始値;高値;安値;終値;出来高',
    '날짜;시간;시가;고가;저가;종가;거래량',
    '<DATUM>;<ZEIT>;<ERÖFFNUNG>;<HOCH>;<TIEF>;<SCHLUSS>;<VOLUMEN>',
  ])('are read: %s', (header) => {
    for (const form of ['NFC', 'NFD'])
      expect(
        read(
          lines([header.normalize(form)], (bar) =>
            [...parts(bar.time).iso.split(' '), ...ohlc(bar), bar.volume].join(';'),
          ),
        ).bars,
      ).toEqual(bars);
  });

  it('that stand for one thing stand for that one thing only', () => {
    const seen = new Map<string, string>();
    for (const names of Object.values(FOREIGN_NAMES))
      for (const [english, all] of Object.entries(names))
        for (const name of all.split('|').map((each) => each.trim().toLowerCase())) {
          expect(seen.get(name) ?? english, name).toBe(english);
          expect(isKnownName(name), name).toBe(true);
          seen.set(name, english);
        }
  });
});

describe('layouts of common sources', () => {
  it.each<[string, string, Asked?]>([
    [
      'Dukascopy, local time with its offset in each cell',
      lines([HEADER.replace('Time', 'Local time')], (bar) => {
        const { date, month, year, clock } = parts(bar.time, 2);
        return row(`${date}.${month}.${year} ${clock}.000 GMT+0200`, bar);
      }),
    ],
    [
      'JForex, Time (EET)',
      lines([HEADER.replace('Time', 'Time (EET)')], (bar) =>
        row(parts(bar.time, 2).iso.replaceAll('-', '.'), bar),
      ),
    ],
    [
      'CryptoDataDownload, its address first, newest bar first, volumes in two currencies',
      lines(
        ['https://www.CryptoDataDownload.com', 'unix,date,symbol,open,high,low,close,Volume USD,Volume EUR'],
        (bar) => [bar.time, parts(bar.time, 5).iso, 'EUR/USD', ...ohlc(bar), 1, bar.volume].join(','),
        bars.toReversed(),
      ),
      { symbol: 'EURUSD' },
    ],
    [
      'Stooq, a clock of bare digits beside the day',
      lines(['<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>'], (bar) => {
        const { year, month, date, clock } = parts(bar.time);
        const day = `${year}${month}${date}`;
        return ['EURUSD', 15, day, clock.replaceAll(':', ''), ...ohlc(bar), bar.volume, 0].join(',');
      }),
    ],
    [
      'FXCM, both sides, dates month first',
      lines(['DateTime,BidOpen,BidHigh,BidLow,BidClose,AskOpen,AskHigh,AskLow,AskClose,TickQty'], (bar) => {
        const { month, date, year, clock } = parts(bar.time);
        return [`${month}/${date}/${year} ${clock}`, ...ohlc(bar), ...ohlc(bar), bar.volume].join(',');
      }),
    ],
    [
      'US dates and a clock apart',
      lines(['Date,Time,Open,High,Low,Close,Volume'], (bar) => {
        const { month, date, year, short } = parts(bar.time);
        return `${month}/${date}/${year},${row(short, bar)}`;
      }),
    ],
    [
      'slashed dates, day first',
      lines([HEADER], (bar) => {
        const { month, date, year, clock } = parts(bar.time);
        return row(`${date}/${month}/${year} ${clock}`, bar);
      }),
    ],
    [
      'AM and PM',
      lines([HEADER], (bar) => row(`${parts(bar.time).iso.slice(0, 10)} ${parts(bar.time).half}`, bar)),
    ],
    [
      'US dates with AM and PM, without zeros',
      lines([HEADER], (bar) => {
        const { month, date, year, half } = parts(bar.time);
        return row(`${Number(month)}/${Number(date)}/${year} ${half}`, bar);
      }),
    ],
    [
      'sep=',
      lines(['sep=;', HEADER.replaceAll(',', ';')], (bar) =>
        row(parts(bar.time).iso, bar).replaceAll(',', ';'),
      ),
    ],
    ['a comment first', lines(['# my export, 2026-02-01', HEADER], (bar) => row(parts(bar.time).iso, bar))],
    ['a header that is a comment', lines([`# ${HEADER}`], (bar) => row(parts(bar.time).iso, bar))],
    [
      'yfinance, three rows of heading',
      lines(
        [
          'Price,Close,High,Low,Open,Volume',
          'Ticker,EURUSD=X,EURUSD=X,EURUSD=X,EURUSD=X,EURUSD=X',
          'Datetime,,,,,',
        ],
        ({ time, open, high, low, close, volume }) =>
          [`${parts(time).iso}+00:00`, ...[close, high, low, open].map(price), volume].join(','),
      ),
    ],
    [
      'an index of pandas without a name',
      lines([',open,high,low,close,volume'], (bar) => row(parts(bar.time).iso, bar)),
    ],
    [
      'an index of R beside the header',
      lines(
        ['time,open,high,low,close,volume'],
        (bar) => `${(bar.time - FROM) / 900_000 + 1},${row(parts(bar.time).iso, bar)}`,
      ),
    ],
    [
      'Oanda, mid.o',
      lines(['time,volume,complete,mid.o,mid.h,mid.l,mid.c'], (bar) =>
        [`${parts(bar.time).iso.replace(' ', 'T')}.000000000Z`, bar.volume, 'True', ...ohlc(bar)].join(','),
      ),
    ],
    [
      'HistData, EST all year, no header',
      lines([], (bar) => {
        const { year, month, date, clock } = parts(bar.time, -5);
        return row(`${year}${month}${date} ${clock.replaceAll(':', '')}`, bar).replaceAll(',', ';');
      }),
      { timeZone: wallZone('EST-fixed') },
    ],
    [
      'MetaTrader 5, server time',
      lines(['<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>'], (bar) => {
        const { iso } = parts(bar.time, 2);
        const [day = '', clock = ''] = iso.replaceAll('-', '.').split(' ');
        return [day, clock, ...ohlc(bar), bar.volume, 0, 12].join('\t');
      }),
      { timeZone: wallZone('broker:+2/+3') },
    ],
    [
      'decimal commas between semicolons',
      lines([HEADER.replaceAll(',', ';')], (bar) =>
        [parts(bar.time).iso, ...ohlc(bar).map(comma), bar.volume].join(';'),
      ),
    ],
  ])('%s', (_, text, asked) => {
    const { bars: found, badRows } = read(text, asked);
    expect(badRows).toEqual([]);
    expect(found).toEqual(bars);
  });

  it('gzip', () => {
    const folder = mkdtempSync(join(tmpdir(), 'dtms-layout-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'bars.csv.gz');
    writeFileSync(file, gzipSync(lines([HEADER], (bar) => row(parts(bar.time).iso, bar))));
    expect(importBars(file, null, 'stop').bars).toEqual(bars);
  });
});

describe('layouts beyond the cases', () => {
  it.each<[string, string, Asked?]>([
    [
      'Alpha Vantage, numbered names',
      lines(['timestamp,1. open,2. high,3. low,4. close,5. volume'], (bar) => row(parts(bar.time).iso, bar)),
    ],
    [
      'Binance klines, no header',
      lines([], (bar) =>
        [bar.time, ...ohlc(bar), bar.volume, bar.time + 899_999, '123.4', 5, '1.0', '2.0', 0].join(','),
      ),
    ],
    [
      'Kaggle Bitstamp, Volume_(BTC) after Volume_(Currency)',
      lines(['Timestamp,Open,High,Low,Close,Volume_(Currency),Volume_(BTC),Weighted_Price'], (bar) =>
        [bar.time / 1000, ...ohlc(bar), 99, bar.volume, 1].join(','),
      ),
      { symbol: 'BTCUSD' },
    ],
    [
      'Polygon, one letter each',
      lines(['v,vw,o,c,h,l,t,n'], (bar) => {
        const [open, high, low, close] = ohlc(bar);
        return [bar.volume, 1, open, close, high, low, bar.time, 7].join(',');
      }),
    ],
    [
      'months by name',
      lines([HEADER], (bar) => {
        const { date, month, year, clock } = parts(bar.time);
        return row(`${date}-${months[Number(month) - 1]}-${year} ${clock}`, bar);
      }),
    ],
    [
      'the date of a script in English',
      lines([HEADER.replaceAll(',', '\t')], (bar) => {
        const { date, month, year, clock } = parts(bar.time);
        return row(
          `Sun ${months[Number(month) - 1]} ${date} ${year} ${clock} GMT+0000 (Coordinated Universal Time)`,
          bar,
        ).replaceAll(',', '\t');
      }),
    ],
    [
      'blanks between columns',
      lines(['date time open high low close volume'], (bar) =>
        row(parts(bar.time).iso, bar).replaceAll(',', '  '),
      ),
    ],
    [
      'bars between columns',
      lines([HEADER.replaceAll(',', ' | ')], (bar) => row(parts(bar.time).iso, bar).replaceAll(',', ' | ')),
    ],
    [
      'two rows of names, bid and ask above',
      lines([',Bid,,,,Ask,,,,', 'Time,Open,High,Low,Close,Open,High,Low,Close,Volume'], (bar) =>
        [parts(bar.time).iso, ...ohlc(bar), ...ohlc(bar), bar.volume].join(','),
      ),
    ],
    [
      'quotes around everything',
      lines([HEADER.replaceAll(/[^,]+/g, '"$&"')], (bar) =>
        row(parts(bar.time).iso, bar).replaceAll(/[^,]+/g, '"$&"'),
      ),
    ],
    [
      'a report of padded lines first',
      lines(['My Broker,,,,,', 'Symbol:,EURUSD,,,,', 'Period:,M15,,,,', HEADER], (bar) =>
        row(parts(bar.time).iso, bar),
      ),
    ],
    [
      'Forexite, DTYYYYMMDD, zeros lost',
      lines(['<TICKER>,<DTYYYYMMDD>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>'], (bar) => {
        const { year, month, date, clock } = parts(bar.time);
        return [
          'EURUSD',
          `${year}${month}${date}`,
          Number(clock.replaceAll(':', '')),
          ...ohlc(bar),
          bar.volume,
        ].join(',');
      }),
    ],
    [
      'New York time by its zone',
      lines([HEADER], (bar) => row(parts(bar.time, -5).iso, bar)),
      { timeZone: wallZone('America/New_York') },
    ],
    ['a zone beside each time', lines([HEADER], (bar) => row(`${parts(bar.time, 1).iso} CET`, bar))],
    [
      'years of two digits, year first',
      lines([HEADER], (bar) => row(parts(bar.time).iso.slice(2).replaceAll('-', '/'), bar)),
    ],
    [
      'float noise and exponents',
      lines([HEADER], (bar) =>
        [parts(bar.time).iso, ...ohlc(bar).map((text) => `${text}e0`), `${bar.volume}.0`].join(','),
      ),
    ],
    ['a total at the end of each line', lines([`${HEADER},`], (bar) => `${row(parts(bar.time).iso, bar)},`)],
  ])('%s', (_, text, asked) => {
    expect(read(text, asked).bars).toEqual(bars);
  });

  it.each<[string, string, Asked?]>([
    [
      'commas in quotes, beside decimals',
      lines(
        [HEADER],
        (bar) =>
          [
            parts(bar.time).iso,
            ...[bar.open, bar.high, bar.low, bar.close].map((value) => `"${grouped(value)}.0"`),
            bar.volume,
          ].join(','),
        us30,
      ),
    ],
    [
      'apostrophes',
      lines(
        [HEADER],
        (bar) =>
          [
            parts(bar.time).iso,
            ...[bar.open, bar.high, bar.low, bar.close].map((value) => grouped(value, "'")),
            bar.volume,
          ].join(','),
        us30,
      ),
    ],
    [
      'blanks, with decimal commas',
      lines(
        [HEADER.replaceAll(',', ';')],
        (bar) =>
          [
            parts(bar.time).iso,
            ...[bar.open, bar.high, bar.low, bar.close].map((value) => `${grouped(value, '\u00a0')},00`),
            bar.volume,
          ].join(';'),
        us30,
      ),
    ],
    [
      'points, with decimal commas',
      lines(
        [HEADER.replaceAll(',', ';')],
        (bar) =>
          [
            parts(bar.time).iso,
            ...[bar.open, bar.high, bar.low, bar.close].map((value) => `${grouped(value, '.')},0`),
            bar.volume,
          ].join(';'),
        us30,
      ),
    ],
    [
      'commas alone, the mark asked for',
      lines(
        [HEADER.replaceAll(',', '\t')],
        (bar) =>
          [
            parts(bar.time).iso,
            ...[bar.open, bar.high, bar.low, bar.close].map((value) => grouped(value)),
            bar.volume,
          ].join('\t'),
        us30,
      ),
      { decimal: 'point' },
    ],
  ])('thousands: %s', (_, text, asked) => {
    expect(read(text, asked).bars).toEqual(us30);
  });
});
