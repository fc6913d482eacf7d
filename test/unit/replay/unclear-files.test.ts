// Files that may be read in several ways, or not at all: each is refused with a reason that is true and, where
// there is one, the option that says what is meant.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../src/domain/market/data.js';
import { type BarFile, importTable, withSpread } from '../../../src/replay/importer.js';
import type { Asked } from '../../../src/replay/input/asked.js';
import { ImportError, parseTable } from '../../../src/replay/input/table.js';
import { DATE_ORDERS, wallTime } from '../../../src/replay/input/time-text.js';
import { wallZone } from '../../../src/replay/input/time-zone.js';
import { syntheticMarket } from '../../../src/replay/synthetic.js';
import { runs } from '../../support/properties.js';

const M15 = 900_000;
const FROM = Date.UTC(2026, 0, 4, 22);
const market = (price: number, digits: number, bars = 200) =>
  syntheticMarket({ seed: 7, timeframe: 'M15', bars, from: FROM, price, digits }).bars.map(({ bar }) => bar);
const HEADER = 'time,open,high,low,close,volume';

type Text = (bar: Bar, index: number) => string;
const iso: Text = ({ time }) => new Date(time).toISOString();
const plain: Text = (bar, index) =>
  [iso(bar, index), bar.open, bar.high, bar.low, bar.close, bar.volume].join();
const file = (bars: readonly Bar[], row: Text = plain, header = HEADER) =>
  [header, ...bars.map(row)].join('\n');
const read = (text: string, asked: Asked = {}): BarFile =>
  importTable(parseTable('bars.csv', text), null, 'skip', asked);
const day = (bar: Bar, order: string) => {
  const [year = '', month = '', date = ''] = new Date(bar.time).toISOString().slice(0, 10).split('-');
  return order.replace('y', year).replace('m', month).replace('d', date);
};
const clock = (bar: Bar) => new Date(bar.time).toISOString().slice(11, 16);

describe('dates', () => {
  const oneDay = market(1.085, 5, 40).filter(({ time }) => time >= FROM + 2 * 3_600_000);
  const slashed = file(oneDay, (bar) =>
    plain(bar, 0).replace(/^[^,]+/, `${day(bar, 'd/m/y')} ${clock(bar)}`),
  );

  it('of one day that may be another are refused, naming --date-order', () => {
    expect(() => read(slashed)).toThrow(
      /"05\/01\/2026 00:00" may be several days: give --date-order dmy or --date-order mdy$/,
    );
  });

  it('are read in the order asked for', () => {
    expect(read(slashed, { dateOrder: 'dmy' }).bars).toEqual(oneDay);
    expect(read(slashed, { dateOrder: 'mdy' }).bars[0]?.time).toBe(Date.UTC(2026, 4, 1));
  });

  it('that contradict each other are refused', () => {
    const mixed = file(market(1.085, 5), (bar, index) =>
      plain(bar, 0).replace(/^[^,]+/, `${index % 2 === 0 ? '13/01/2026' : '01/14/2026'} ${clock(bar)}`),
    );
    expect(() => read(mixed)).toThrow(
      /"13\/01\/2026 22:00" and "01\/14\/2026 22:15" are in no one order: give --date-order dmy or --date-order mdy$/,
    );
  });

  it('are offered in every order that can read them, and in no other', () => {
    const seen = { none: 0, one: 0, several: 0 };
    const part = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 40 }));
    const texts = fc.constantFrom('/', '-', '.').chain((mark) =>
      fc.tuple(part, part, fc.oneof(part, fc.integer({ min: 1999, max: 2030 }))).map((parts) => {
        return parts.map((number) => String(number).padStart(2, '0')).join(mark);
      }),
    );
    fc.assert(
      fc.property(texts, (text) => {
        let reason = '';
        try {
          read(`${HEADER}\n${text},1,2,0.5,1.5,10\n`);
        } catch (error) {
          reason = error instanceof ImportError ? error.message : expect.fail(String(error));
        }
        if (!reason.includes(text)) return;
        const offered = DATE_ORDERS.filter((order) => reason.includes(`--date-order ${order}`));
        const readable = DATE_ORDERS.filter((order) => wallTime(text, order) !== null);
        if (reason.includes('order')) expect(offered, reason).toEqual(readable);
        seen[offered.length === 0 ? 'none' : offered.length === 1 ? 'one' : 'several'] += 1;
      }),
      { numRuns: runs(300) },
    );
    for (const count of [seen.none, seen.several]) expect(count).toBeGreaterThan(5);
  });
});

describe('zones', () => {
  const naive = (header: string) =>
    file(market(1.085, 5), (bar) => plain(bar, 0).replace('Z', ''), HEADER.replace('time', header));

  it('that nobody names are said to be assumed', () => {
    expect(read(naive('time')).reading.times).toMatch(/^UTC \(assumed.*--time-zone/);
    expect(read(naive('Time (UTC)')).reading.times).toMatch(/^UTC \(by the column's name/);
  });

  it.each([
    ['an offset', (text: string) => text],
    ['seconds since 1970', (text: string) => String(Date.parse(text) / 1000)],
  ])('that some times have by %s are not those of the others, unless --time-zone says so', (_what, own) => {
    const bars = market(1.085, 5);
    const mixed = file(bars, (bar, index) =>
      index < 100 ? plain(bar, 0).replace(/^[^,]+/, (text) => own(text)) : plain(bar, 0).replace('Z', ''),
    );
    const { bars: taken, badRows, reading } = read(mixed);
    expect([taken.length, badRows.length, reading.times]).toEqual([100, 100, expect.stringMatching(/^UTC/)]);
    expect(badRows[0]?.reason).toMatch(/has no offset from UTC.*give --time-zone/);
    expect(read(mixed, { timeZone: wallZone('UTC') }).bars).toEqual(bars);
  });

  it.each([
    ['Time (UTC+2)', 2],
    ['Zeit (UTC+02:00)', 2],
    ['time_gmt-0330', -3.5],
    ['Время (UTC+3)', 3],
    ['时间 (GMT+8)', 8],
    ['Date (-05:00)', -5],
    ['Zeit (MSK)', 3],
  ])('in the name of a column count: %s', (name, hours) => {
    const { bars, reading } = read(naive(name));
    expect(bars[0]?.time).toBe(FROM - hours * 3_600_000);
    expect(reading.times).toMatch(/by the column's name/);
  });

  it('of no place are refused', () => {
    expect(() => read(naive('Time (UTC+25)'))).toThrow(
      /bars\.csv: the zone in its column's name: \+25:00 is no/,
    );
  });

  it.each(['Local time', 'Time (EST)', 'server time'])(
    'such as "%s" are refused, naming --time-zone',
    (name) => {
      expect(() => read(naive(name))).toThrow(/no one zone: give --time-zone/);
      expect(read(naive(name), { timeZone: wallZone('+02:00') }).bars[0]?.time).toBe(FROM - 2 * 3_600_000);
    },
  );

  it('with daylight saving tell the hour that comes twice by the order of the rows, whichever way round', () => {
    const from = Date.UTC(2025, 9, 26, 0);
    const rows = Array.from({ length: 12 }, (_, index) => {
      const at = new Date(from + index * M15 + (index < 4 ? 2 : 1) * 3_600_000).toISOString().slice(0, 19);
      return `${at},${1 + index / 100},2,1,1.5,1`;
    });
    const asked = { timeZone: wallZone('Europe/Berlin') };
    for (const body of [rows, rows.toReversed()]) {
      const { bars, badRows } = read([HEADER, ...body].join('\n'), asked);
      expect(badRows).toEqual([]);
      expect(bars.map(({ time }) => (time - from) / M15)).toEqual(rows.map((_, index) => index));
      expect(bars.map(({ open }) => open)).toEqual(rows.map((_, index) => 1 + index / 100));
    }
  });

  it('with daylight saving refuse the hour that does not exist', () => {
    const bars = market(1.085, 5, 20).map((bar, index) => ({
      ...bar,
      time: Date.UTC(2026, 2, 29) + index * M15,
    }));
    const { badRows } = read(
      file(bars, (bar) => plain(bar, 0).replace('Z', '')),
      { timeZone: wallZone('Europe/Berlin') },
    );
    expect(badRows).toHaveLength(4);
    expect(badRows[0]?.reason).toMatch(/does not exist: clocks go forward, Europe\/Berlin/);
  });
});

describe('numbers', () => {
  const index = market(38_124, 0);
  const group = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ',');
  const tabs: Text = (bar) =>
    [iso(bar, 0), ...[bar.open, bar.high, bar.low, bar.close].map(group), bar.volume].join('\t');
  const header = HEADER.replaceAll(',', '\t');

  it('that may have decimals or thousands are refused, naming --decimal', () => {
    const text = file(index, tabs, header);
    expect(() => read(text)).toThrow(
      /"38,124" may be 38124 or 38\.124: give --decimal point or --decimal comma/,
    );
    expect(read(text, { decimal: 'point' }).bars).toEqual(index);
    expect(read(text, { decimal: 'comma' }).bars[0]?.open).toBe(38.124);
  });

  it('with a point in all cells may be the same, where who wrote the file may have a comma for decimals', () => {
    const dots: Text = (bar) => tabs(bar, 0).replaceAll(/(\d),(?=\d{3})/g, '$1.');
    const text = file(index, dots, header);
    expect(() => read(text)).toThrow(
      /"38\.124" may be 38124 or 38\.124: give --decimal point or --decimal comma/,
    );
    expect(read(text, { decimal: 'comma' }).bars).toEqual(index);
    expect(read(text, { decimal: 'point' }).bars[0]?.open).toBe(38.124);
  });

  it('with a point in all cells are decimals between commas, and as terminals write them', () => {
    const yen = market(149.123, 3).map((bar) => ({ ...bar, volume: 7 }));
    const three = ({ open, high, low, close }: Bar) =>
      [open, high, low, close].map((price) => price.toFixed(3));
    const between = file(yen, (bar) => [iso(bar, 0), ...three(bar), 7].join());
    const terminals = file(
      yen,
      (bar) => [iso(bar, 0).replace('Z', ''), ...three(bar), 7].join('\t'),
      '<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<VOL>',
    );
    for (const text of [between, terminals]) expect(read(text).bars).toEqual(yen);
  });

  it('are told by neighbours on both sides of a thousand', () => {
    const around = market(1000, 0).map((bar) => ({ ...bar, low: Math.min(bar.low, 990) }));
    expect(read(file(around, tabs, header)).bars).toEqual(around);
  });

  it('of both kinds are refused, and a few odd ones are bad rows', () => {
    const mixed =
      (every: number): Text =>
      (bar, row) =>
        tabs({ ...bar, high: bar.high }, row)
          .replace(/\t/g, '\t')
          .replace(/,\d+/g, row % every === 0 ? ',5' : '.5');
    const prices = market(38_124, 0).map((bar) => ({ ...bar, open: bar.open }));
    expect(() => read(file(prices, mixed(2), header))).toThrow(
      /some numbers have a decimal comma and some a decimal/,
    );
  });

  it('cut in two by their own commas are refused, row by row', () => {
    const text = file(index, (bar) => [iso(bar, 0), group(bar.open), bar.high, bar.low, bar.close, 1].join());
    expect(() => read(text)).toThrow(/no usable row: bars\.csv:2: column 7: 7 cells where the header has 6/);
  });
});

describe('spreads', () => {
  const withColumn = (spread: number, price = 1.085, digits = 5, name = 'spread') =>
    file(market(price, digits), (bar) => `${plain(bar, 0)},${spread}`, `${HEADER},${name}`);
  const askOf = (text: string, asked: Asked = {}) => {
    const [first] = withSpread(read(text, asked)).bars;
    return Number(((first?.ask?.close ?? 0) - (first?.bar.close ?? 0)).toFixed(8));
  };

  it('in price and in points are told by their proportion', () => {
    expect(askOf(withColumn(0.00012))).toBe(0.00012);
    expect(askOf(withColumn(0.000125))).toBe(0.000125);
    expect(askOf(withColumn(12))).toBe(0.00012);
  });

  it('that may be either, or pips, are refused, naming --spread-unit', () => {
    expect(() => read(withColumn(29, 93_440, 2))).toThrow(/29 beside a price of .*--spread-unit points or/);
    expect(() => read(withColumn(1.2))).toThrow(/--spread-unit/);
    expect(askOf(withColumn(29, 93_440, 2), { spreadUnit: 'price' })).toBe(29);
    expect(askOf(withColumn(29, 93_440, 2), { spreadUnit: 'points' })).toBe(0.29);
    expect(askOf(withColumn(29, 93_440, 2, 'spread_price'))).toBe(29);
  });

  it('of a file with both sides are the ask columns', () => {
    const text = file(
      market(1.085, 5),
      (bar) => [iso(bar, 0), bar.open, bar.high, bar.low, bar.close, ...[3, 4, 2, 3.5]].join(),
      'time,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close',
    );
    expect(withSpread(read(text)).bars[0]?.ask).toEqual({ open: 3, high: 4, low: 2, close: 3.5 });
    expect(read(text).reading.spread).toBe("the ask side's own columns");
  });
});

describe('volumes', () => {
  const volumeOf = (header: string, symbol?: string) =>
    read(
      file(market(64_000, 2), (bar) => `${plain(bar, 0)},${bar.volume * 64_000}`, header),
      { symbol },
    );
  const BOTH = 'time,open,high,low,close,Volume BTC,Volume USDT';

  it('in two currencies are those of the base', () => {
    const { bars, reading } = volumeOf(BOTH, 'BTCUSDT');
    expect(bars[0]?.volume).toBe(market(64_000, 2)[0]?.volume);
    expect(reading.columns.volume).toBe('Volume BTC');
    expect(volumeOf(BOTH).reading.columns.volume).toBe('Volume BTC');
    const swapped = 'time,open,high,low,close,Volume USDT,Volume BTC';
    expect(volumeOf(swapped, 'BTCUSDT').reading.columns.volume).toBe('Volume BTC');
  });

  it('that are missing are said to be', () => {
    const { reading } = read(file(market(1.085, 5), plain, 'time,open,high,low,close,other'));
    expect(reading.remarks).toEqual([expect.stringMatching(/no volume/)]);
  });

  it('may be written in thousands and millions', () => {
    const text = file(market(1.085, 5), (bar) => plain({ ...bar, volume: 0 }, 0).replace(/0$/, '1.2K'));
    expect(read(text).bars[0]?.volume).toBe(1200);
  });
});

describe('what is no file of M1, M5 or M15 bars', () => {
  const every = (minutes: number) =>
    file(
      market(1.085, 5).map((bar, index) => ({
        ...bar,
        time: Date.UTC(2026, 0, 5) + index * minutes * 60_000,
      })),
    );

  it.each([
    [60, /60 minutes apart \(H1\): a replay takes M1, M5, M15/],
    [1440, /1440 minutes apart \(D1\)/],
    [0.1, /6 seconds apart, as ticks are/],
  ])('bars of %s minutes', (minutes, reason) => {
    expect(() => read(every(minutes))).toThrow(reason);
  });

  it('several columns of one name', () => {
    const text = file(market(1.085, 5), (bar) => `${plain(bar, 0)},${bar.close}`, `${HEADER},Close`);
    expect(() => read(text)).toThrow(/several columns are named close/);
  });

  it('prices in another order, without a header', () => {
    const rows = market(1.085, 5).map((bar) => [bar.time, bar.open, bar.close, bar.high, bar.low].join());
    expect(() => read(rows.join('\n'))).toThrow(/most rows are not open, high, low, close in that order/);
  });
});
