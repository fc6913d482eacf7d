import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { importBars, importTable, pairBidAsk, withSpread } from '../../../src/replay/importer.js';
import { ImportError, parseTable } from '../../../src/replay/input/table.js';

const START = Date.UTC(2025, 0, 6);
const M15 = 900_000;

const folder = mkdtempSync(join(tmpdir(), 'dtms-import-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A file's content from rows; the first row is the header. */
const csv = (...rows: string[]) => rows.join('\n');
const read = (text: string) => importTable(parseTable('bars.csv', text), 'M15', 'skip');
const ROW = '2025-01-06T00:00:00Z,1.5,2.5,1.25,2,10';
const HEADER = 'time,open,high,low,close,volume';
const BAR = { time: START, open: 1.5, high: 2.5, low: 1.25, close: 2, volume: 10 };

describe('conventions the importer accepts', () => {
  it.each([
    ['names in any case and time_utc', csv('Time_UTC,OPEN,High,low,Close,Volume', ROW)],
    ['Date', csv('Date,Open,High,Low,Close,Volume', '2025.01.06 00:00:00,1.5,2.5,1.25,2,10')],
    ['epoch seconds', csv('time_epoch,open,high,low,close,tick_volume', '1736121600,1.5,2.5,1.25,2,10')],
    ['epoch milliseconds', csv('timestamp,open,high,low,close,volume', '1736121600000,1.5,2.5,1.25,2,10')],
    ['CRLF and a final newline', `${HEADER}\r\n${ROW}\r\n`],
    ['blank lines around', `\n\n${HEADER}\n\n${ROW}\n\n`],
    ['a byte order mark', `\uFEFF${csv(HEADER, ROW)}`],
    ['semicolons', csv(HEADER, ROW).replaceAll(',', ';')],
    ['tabs', csv(HEADER, ROW).replaceAll(',', '\t')],
    [
      'semicolons and decimal commas',
      csv('time;open;high;low;close;volume', '2025-01-06 00:00;1,5;2,5;1,25;2,0;10'),
    ],
    ['quotes', csv(HEADER, ROW).replaceAll(/[^,\n]+/g, '"$&"')],
    ['other columns in between', csv('symbol,time,open,high,low,close,volume,x', `EURUSD,${ROW},y`)],
    [
      "a terminal's own export",
      csv(
        '<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>',
        '2025.01.06\t00:00:00\t1.5\t2.5\t1.25\t2\t10\t0\t3',
      ),
    ],
    ['no header', ROW],
    ['no header, date and time apart', '2025.01.06,00:00,1.5,2.5,1.25,2,10'],
  ])('%s', (_, text) => {
    expect(read(text)).toMatchObject({ bars: [BAR], badRows: [] });
  });

  it('reads UTF-16 as terminals write it', () => {
    const file = join(folder, 'utf16.csv');
    writeFileSync(file, Buffer.from(`\uFEFF${csv(HEADER, ROW)}`, 'utf16le'));
    expect(importBars(file, 'M15', 'skip').bars).toEqual([BAR]);
  });

  it.each([
    'Zeit;Er\u00f6ffnung;Hoch;Tief;Schluss;Volumen',
    'Fecha;Apertura;M\u00e1ximo;M\u00ednimo;Cierre;Volumen',
  ])('reads Windows-1252 as spreadsheets in Europe write it: %s', (header) => {
    const file = join(folder, 'windows.csv');
    const row = '06.01.2025 00:00;41\u00a0230,5;41\u00a0999,5;41\u00a0000,5;41\u00a0500,5;1\u00a0000';
    writeFileSync(file, Buffer.from(csv(header, row), 'latin1'));
    expect(importBars(file, 'M15', 'skip').bars).toEqual([
      { ...BAR, open: 41_230.5, high: 41_999.5, low: 41_000.5, close: 41_500.5, volume: 1000 },
    ]);
  });

  // Made by Python's codecs: Node only decodes them.
  it.each([
    [
      'gb18030',
      'cab1bce42cbfaac5cc2cd7eeb8df2cd7eeb5cd2ccad5c5cc2cb3c9bdbbc1bf',
      '2025.01.06 00:00,41230.5,41999.5,41000.5,41500.5,1000',
    ],
    ['gb18030 in the dates', '74696d652c6f70656e2c686967682c6c6f772c636c6f73652c766f6c756d65', 'ROW'],
    [
      'big5',
      'aec9b6a12cb67dbd4c2cb3ccb0aa2cb3cca7432ca6acbd4c2ca6a8a5e6b671',
      '2025.01.06 00:00,41230.5,41999.5,41000.5,41500.5,1000',
    ],
    [
      'windows-1251',
      'c2f0e5ecff2ccef2eaf0fbf2e8e52ccce0eaf12ccce8ed2cc7e0eaf0fbf2e8e52ccee1fab8ec',
      '2025.01.06 00:00,41230.5,41999.5,41000.5,41500.5,1000',
    ],
    [
      'shift_jis',
      '93fa8e9e2c8e6e926c2c8d82926c2c88c0926c2c8f49926c2c8f6f97888d82',
      '2025.01.06 00:00,41230.5,41999.5,41000.5,41500.5,1000',
    ],
    [
      'euc-kr',
      'bdc3b0a32cbdc3b0a12cb0edb0a12cc0fab0a12cc1beb0a12cb0c5b7a1b7ae',
      '2025.01.06 00:00,41230.5,41999.5,41000.5,41500.5,1000',
    ],
    [
      'windows-1250',
      '446174612c4f747761726369652c4e616a7779bf737a792c4e616a6e69bf737a792c5a616d6b6e69ea6369652c576f6c756d656e',
      '2025.01.06 00:00,41230.5,41999.5,41000.5,41500.5,1000',
    ],
    [
      'windows-1254',
      '54617269682c41e7fd6cfdfe2c59fc6b73656b2c44fcfefc6b2c4b6170616efdfe2c486163696d',
      '2025.01.06 00:00,41230.5,41999.5,41000.5,41500.5,1000',
    ],
  ])('reads the code page of another Windows: %s', (_name, head, row) => {
    const file = join(folder, 'code-page.csv');
    const rows =
      row === 'ROW'
        ? Buffer.from(
            '32303235c4ea31d4c236c8d52030303a30302c34313233302e352c34313939392e352c34313030302e352c34313530302e352c31303030',
            'hex',
          )
        : Buffer.from(row);
    writeFileSync(file, Buffer.concat([Buffer.from(head, 'hex'), Buffer.from('\n'), rows]));
    expect(importBars(file, 'M15', 'skip').bars).toEqual([
      { ...BAR, open: 41_230.5, high: 41_999.5, low: 41_000.5, close: 41_500.5, volume: 1000 },
    ]);
  });

  it('takes a file without volume', () => {
    const { bars } = read(csv('time,open,high,low,close', '2025-01-06T00:00:00Z,1.5,2.5,1.25,2'));
    expect(bars).toEqual([{ ...BAR, volume: 0 }]);
  });

  it('takes a volume of -1 in every row for none, as brokers without one export it', () => {
    const head = 'date,open,high,low,close,volume,average,barCount';
    const rows = ['20250106  00:00:00,1.5,2.5,1.25,2,-1,-1,-1', '20250106  00:15:00,2,2.5,1.25,2,-1,-1,-1'];
    expect(read(csv(head, ...rows)).bars.map(({ volume }) => volume)).toEqual([0, 0]);
    const one = read(csv(head, ...rows, '20250106  00:30:00,2,2.5,1.25,2,7,-1,-1'));
    expect([one.bars.map(({ volume }) => volume), one.badRows.length]).toEqual([[7], 2]);
  });

  it.each(['ts_event', 'window_start'])('reads times of vendors of data: %s', (name) => {
    const rows = csv(`${name},open,high,low,close`, '1736121600000000000,1.5,2.5,1.25,2');
    expect(read(rows).bars.map(({ time }) => time)).toEqual([Date.UTC(2025, 0, 6)]);
  });

  it('prefers real volume to ticks, but not when it is zero throughout', () => {
    const rows = (real: number) =>
      csv('time,open,high,low,close,tick_volume,real_volume', `2025-01-06,1.5,2.5,1.25,2,10,${real}`);
    expect(read(rows(0)).bars[0]?.volume).toBe(10);
    expect(read(rows(7)).bars[0]?.volume).toBe(7);
  });

  it('turns spread points into price by the decimals of the prices', () => {
    const file = read(
      csv('time,open,high,low,close,spread', '2025-01-06T00:00:00Z,1.10000,1.10020,1.09990,1.10010,12'),
    );
    expect(file.digits).toBe(5);
    expect(withSpread(file).bars[0]?.ask).toEqual({
      open: 1.10012,
      high: 1.10032,
      low: 1.10002,
      close: 1.10022,
    });
  });

  it('infers the decimals in spite of a few values with float noise', () => {
    const rows = Array.from({ length: 300 }, (_, index) => {
      const time = new Date(START + index * M15).toISOString();
      return `${time},1.25,1.5,1.0,${index === 7 ? '1.2499999999999998' : '1.25'},1`;
    });
    expect(read(csv(HEADER, ...rows)).digits).toBe(2);
  });

  it('sorts rows that come newest first', () => {
    const rows = [2, 1, 0].map((index) =>
      ROW.replace('00:00:00Z', `00:${String(index * 15).padStart(2, '0')}:00Z`),
    );
    const { bars, badRows } = read(csv(HEADER, ...rows));
    expect(bars.map(({ time }) => (time - START) / M15)).toEqual([0, 1, 2]);
    expect(badRows).toEqual([]);
  });

  it('tells the timeframe from the data', () => {
    const rows = Array.from({ length: 12 }, (_, index) => `${START / 1000 + index * 300},1,1,1,1,1`);
    expect(importTable(parseTable('bars.csv', csv(HEADER, ...rows)), null, 'skip').timeframe).toBe('M5');
    expect(() => read(csv(HEADER, ...rows))).toThrow(/M5, not M15/);
  });
});

describe('bad rows', () => {
  it.each([
    ['an empty price', '2025-01-06T00:00:00Z,,2.5,1.25,2,10', 'open', 'is empty'],
    ['text for a price', '2025-01-06T00:00:00Z,abc,2.5,1.25,2,10', 'open', '"abc" is not a number'],
    ['NaN', '2025-01-06T00:00:00Z,1.5,NaN,1.25,2,10', 'high', '"NaN" is not a number'],
    ['infinity', '2025-01-06T00:00:00Z,1.5,Infinity,1.25,2,10', 'high', '"Infinity" is not a number'],
    ['hexadecimal', '2025-01-06T00:00:00Z,1.5,2.5,0x1,2,10', 'low', '"0x1" is not a number'],
    ['an overflow', '2025-01-06T00:00:00Z,1.5,1e999,1.25,2,10', 'high', '"1e999" is not a number'],
    ['a price of zero', '2025-01-06T00:00:00Z,1.5,2.5,0,2,10', 'low', '0 is not above 0'],
    ['a negative price', '2025-01-06T00:00:00Z,1.5,2.5,-1,2,10', 'low', '-1 is not above 0'],
    ['an absurd price', '2025-01-06T00:00:00Z,1.5,2e9,1.25,2,10', 'high', '2000000000 is above 1000000000'],
    ['high below low', '2025-01-06T00:00:00Z,1.5,1,1.25,2,10', 'high', 'high 1 is below low 1.25'],
    [
      'high below close',
      '2025-01-06T00:00:00Z,1.5,1.75,1.25,2,10',
      'high',
      'high 1.75 is below open 1.5 or close 2',
    ],
    [
      'low above open',
      '2025-01-06T00:00:00Z,1.5,2.5,1.75,2,10',
      'low',
      'low 1.75 is above open 1.5 or close 2',
    ],
    ['negative volume', '2025-01-06T00:00:00Z,1.5,2.5,1.25,2,-2', 'volume', '-2 is below 0'],
    ['no time', ',1.5,2.5,1.25,2,10', 'time', 'is empty'],
    ['a date that is none', '2025-02-30,1.5,2.5,1.25,2,10', 'time', '"2025-02-30" is not a time'],
    [
      'a time off the grid',
      '2025-01-06T00:07:00Z,1.5,2.5,1.25,2,10',
      'time',
      '2025-01-06T00:07:00.000Z is not on the M15 grid',
    ],
    ['a short row', '2025-01-06T00:00:00Z,1.5', 'high', 'is empty'],
    ['the same time again', '2025-01-05T23:45:00Z,9,9,9,9,9', 'time', 'the same time as line 2'],
  ])('%s is skipped and told', (_, row, column, reason) => {
    const good = ['2025-01-05T23:45:00Z,1,1,1,1,1', '2025-01-06T00:15:00Z,1,1,1,1,1'];
    const { bars, badRows } = read(csv(HEADER, good[0] ?? '', row, good[1] ?? ''));
    expect(badRows).toEqual([{ file: 'bars.csv', line: 3, column, reason }]);
    expect(bars).toHaveLength(2);
  });

  it('stops at the first one when asked to', () => {
    const table = parseTable('bars.csv', csv(HEADER, ROW, 'x,1,1,1,1,1'));
    expect(() => importTable(table, 'M15', 'stop')).toThrow('bars.csv:3: time: "x" is not a time');
  });

  it('survives a stray quote without losing the rows after it', () => {
    const rows = csv(HEADER, ROW, '"2025-01-06T00:15:00Z,1,1,1,1,1', '2025-01-06T00:30:00Z,1,1,1,1,1');
    const { bars, badRows } = read(rows);
    expect(bars.map(({ time }) => (time - START) / M15)).toEqual([0, 2]);
    expect(badRows.map(({ line, column }) => [line, column])).toEqual([[3, 'time']]);
  });

  it.each([
    ['an empty file', ''],
    ['a header alone', HEADER],
    ['a missing column', csv('time,open,high,close', '2025-01-06T00:00:00Z,1,1,1')],
    ['no usable row', csv(HEADER, 'a,b,c,d,e,f')],
  ])('refuses %s', (_, text) => {
    expect(() => read(text)).toThrow(ImportError);
  });

  it('refuses a file that is not there', () => {
    expect(() => importBars(join(folder, 'absent.csv'), null, 'skip')).toThrow(ImportError);
  });

  it('never throws anything else, and takes or reports every row, whatever the text', () => {
    const cell = fc.oneof(
      fc.constantFrom(
        '',
        '1',
        '2.5',
        '-3',
        'NaN',
        '"',
        '1e400',
        '2025-01-06',
        '1736121600',
        '\u0000',
        ';',
        '\t',
      ),
      fc.string({ maxLength: 6 }),
    );
    const rows = fc.array(fc.array(cell, { maxLength: 8 }), { maxLength: 8 });
    fc.assert(
      fc.property(rows, (body) => {
        try {
          const { bars } = read(csv(HEADER, ...body.map((cells) => cells.join(','))));
          for (const bar of bars) {
            expect(bar.high).toBeGreaterThanOrEqual(Math.max(bar.open, bar.close, bar.low));
            expect(bar.low).toBeGreaterThan(0);
            expect(bar.time % M15).toBe(0);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ImportError);
        }
      }),
    );
  });
});

describe('bid and ask files', () => {
  const side = (name: string, ...rows: string[]) =>
    importTable(parseTable(name, csv('time,open,high,low,close', ...rows)), 'M15', 'skip');

  it('are paired by time; a bar that one side lacks is told with its line', () => {
    const bid = side('bid.csv', '2025-01-06 00:00,1,2,1,1.5', '2025-01-06 00:15,1,2,1,1.5');
    const ask = side('ask.csv', '2025-01-06 00:15,1.25,2.25,1.25,1.75', '2025-01-06 00:30,1,2,1,1.5');
    const { bars, badRows } = pairBidAsk(bid, ask, 'skip');
    expect(bars).toHaveLength(1);
    expect(bars[0]).toMatchObject({
      bar: { close: 1.5 },
      ask: { open: 1.25, high: 2.25, low: 1.25, close: 1.75 },
    });
    expect(badRows.map(({ file, line }) => `${file}:${line}`)).toEqual(['bid.csv:2', 'ask.csv:3']);
  });

  it('count a crossed quote as one without a spread', () => {
    const bid = side('bid.csv', '2025-01-06 00:00,1,2,1,1.5');
    const ask = side('ask.csv', '2025-01-06 00:00,1.25,2.25,1.25,1.4');
    expect(pairBidAsk(bid, ask, 'skip').bars[0]?.ask).toMatchObject({ open: 1.25, close: 1.5 });
  });

  it('refuse a bid and an ask that were taken for each other', () => {
    const bid = side('bid.csv', '2025-01-06 00:00,1,2,1,1.5', '2025-01-06 00:15,1,2,1,1.5');
    const ask = side(
      'ask.csv',
      '2025-01-06 00:00,1.25,2.25,1.25,1.75',
      '2025-01-06 00:15,1.25,2.25,1.25,1.75',
    );
    expect(() => pairBidAsk(ask, bid, 'skip')).toThrow('bid.csv is below ask.csv in 2 of 2 bars');
    expect(pairBidAsk(bid, ask, 'skip').bars).toHaveLength(2);
  });
});

const DATA = join(import.meta.dirname, '../../../../shared/data');

describe.skipIf(!existsSync(DATA))('recorded files (skipped where ../shared/data is absent)', () => {
  it.each([
    ['btcusd-m15-2025h1.csv', 'M15', 17_370, 2],
    ['eurusd-m15-202210-202310.csv', 'M15', 24_424, 5],
    ['usdjpy-m1-bid-201302.csv', 'M1', 28_761, 3],
    ['usdjpy-m1-ask-201302.csv', 'M1', 28_761, 3],
    ['btcperp-m1-202201.csv', 'M1', 30_299, 1],
  ] as const)('%s', (name, timeframe, bars, digits) => {
    const file = importBars(join(DATA, name), null, 'stop');
    expect(file).toMatchObject({ timeframe, digits, badRows: [] });
    expect(file.bars).toHaveLength(bars);
  });
});
