// Files of ticks: bars, quotes and order flow are what the ticks say; a stop that is moved within a bar is not touched by
// prices before; and the defended market sees order flow.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/broker/seeded-random.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { standingAlone } from '../../../src/replay/accounts.js';
import { replay } from '../../../src/replay/driver.js';
import { EngineTarget } from '../../../src/replay/engine-target.js';
import { readingText } from '../../../src/replay/input/file-reading.js';
import { ImportError } from '../../../src/replay/input/table.js';
import { importTicks } from '../../../src/replay/ticks.js';

const MINUTE = 60_000;
const FROM = Date.UTC(2025, 0, 6);
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dtms-ticks-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (rows: readonly string[], name = 'ticks.csv') => {
  const path = join(folder, name);
  writeFileSync(path, rows.join('\n'));
  return path;
};
const iso = (time: number) => new Date(time).toISOString();

describe('ticks', () => {
  const tick = fc.record({
    ms: fc.integer({ min: 0, max: 20 * MINUTE }),
    bid: fc.integer({ min: 9900, max: 10_100 }),
    spread: fc.integer({ min: 0, max: 20 }),
    volume: fc.integer({ min: 0, max: 50 }),
    side: fc.constantFrom('buy', 'sell', ''),
  });

  it('are all in the bars they lie in, and all volume with a side is in the order flow, or not over yet', () => {
    fc.assert(
      fc.property(fc.array(tick, { minLength: 2, maxLength: 60 }), (made) => {
        const rows = made.map(({ ms, bid, spread, volume, side }) =>
          [iso(FROM + ms), bid / 100, (bid + spread) / 100, volume, side].join(','),
        );
        const { data } = importTicks(file(['time,bid,ask,volume,side', ...rows]), 'stop');
        const quotes = data.bars.flatMap(({ within }) => within?.quotes ?? []);
        expect(quotes).toHaveLength(made.length);
        for (const { bar, ask, within } of data.bars) {
          const own = within?.quotes ?? [];
          expect(own.every(({ time }) => time >= bar.time && time < bar.time + MINUTE)).toBe(true);
          expect(bar.high).toBe(Math.max(...own.map(({ bid }) => bid)));
          expect(bar.low).toBe(Math.min(...own.map(({ bid }) => bid)));
          expect(ask?.high).toBe(Math.max(...own.map((quote) => quote.ask)));
          expect([bar.open, bar.close]).toEqual([own[0]?.bid, own.at(-1)?.bid]);
        }
        const end = (data.bars.at(-1)?.bar.time ?? 0) + MINUTE;
        const flows = data.bars.flatMap(({ within }) => within?.flows ?? []);
        expect(flows.every(({ time }) => time <= end && time % (5 * MINUTE) === 0)).toBe(true);
        const over = Math.floor(end / (5 * MINUTE)) * 5 * MINUTE;
        const bought = made.reduce(
          (sum, { ms, volume, side }) => sum + (side === 'buy' && FROM + ms < over ? volume : 0),
          0,
        );
        expect(flows.reduce((sum, { buyVolume }) => sum + buyVolume, 0)).toBe(bought);
      }),
    );
  });

  it('are read as a terminal exports them: prices that did not change are left out, flags tell who bought', () => {
    const rows = [
      '<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>',
      '2025.01.06\t00:00:00.120\t1.10000\t1.10010\t\t\t6',
      '2025.01.06\t00:00:01.500\t\t1.10012\t\t\t4',
      '2025.01.06\t00:04:59.000\t1.10002\t\t1.10002\t3\t88',
      '2025.01.06\t00:05:30.000\t1.10001\t1.10011\t\t\t6',
    ];
    const { data, reading } = importTicks(file(rows), 'stop');
    expect(data.bars[0]?.within?.quotes).toEqual([
      { time: FROM + 120, bid: 1.1, ask: 1.1001 },
      { time: FROM + 1500, bid: 1.1, ask: 1.10012 },
    ]);
    expect(data.bars[1]?.within?.flows).toEqual([{ time: FROM + 5 * MINUTE, buyVolume: 0, sellVolume: 3 }]);
    expect([data.timeframe, data.digits]).toEqual(['M1', 5]);
    expect(readingText(reading)).toContain('order flow of 1 ticks whose side is told');
  });

  it('of an exchange are trades: who made the price was the other side, and there is no ask', () => {
    const rows = [
      'id,price,qty,time,is_buyer_maker',
      `1,100.5,2,${FROM},true`,
      `2,100.6,3,${FROM + 6 * MINUTE},false`,
    ];
    const { data } = importTicks(file(rows), 'stop');
    expect(data.bars.map(({ ask }) => ask)).toEqual([null, null]);
    expect(data.bars[1]?.within?.flows).toEqual([{ time: FROM + 5 * MINUTE, buyVolume: 0, sellVolume: 2 }]);
  });

  it('that cannot be taken are told with their line; a file of something else is refused', () => {
    const rows = ['time,bid,ask', `${iso(FROM)},1.1,1.2`, `${iso(FROM)},-1,1.2`, `when,1.1,1.2`];
    const { data } = importTicks(file(rows), 'skip');
    expect(data.badRows.map(({ line, column }) => [line, column])).toEqual([
      [3, 'bid'],
      [4, 'time'],
    ]);
    expect(() => importTicks(file(rows), 'stop')).toThrow(ImportError);
    expect(() => importTicks(file(['time,colour', `${iso(FROM)},blue`]), 'skip')).toThrow(
      /no column for bid or price/,
    );
  });
});

describe('a replay of ticks', () => {
  /** Four hours, a tick each ten seconds, in which buyers and sellers take turns. */
  const rows = () => {
    const random = seededRandom(4);
    let bid = 10_000;
    return Array.from({ length: 4 * 360 * 3 }, (_, index) => {
      bid += Math.round((random() - 0.5) * 6);
      const side = random() < 0.5 + 0.3 * Math.sin(index / 200) ? 'buy' : 'sell';
      return [
        iso(FROM + index * 10_000),
        bid / 100,
        (bid + 2) / 100,
        1 + Math.floor(random() * 9),
        side,
      ].join(',');
    });
  };

  it('makes delta pressure available, and leaves trades alone as their ticks do', async () => {
    const { data } = importTicks(file(['time,bid,ask,volume,side', ...rows()]), 'stop');
    const target = new EngineTarget(standingAlone(DEFAULT_RULES));
    const entry = data.bars[400];
    const after = data.bars.slice(401).flatMap(({ within }) => within?.quotes ?? []);
    const entryPrice = entry?.ask?.close ?? 0;
    const stopLoss = Number((entryPrice - 0.3).toFixed(2));
    let seen = 0;
    const outcomes: number[] = [];
    const trade = {
      ticket: 1n,
      symbol: 'BTCUSD',
      direction: 'BUY',
      entryTime: (entry?.bar.time ?? 0) + MINUTE,
      entryPrice,
      volume: 1,
      stopLoss,
      takeProfit: null,
      heldBars: null,
    } as const;
    const summary = await replay(target, {
      symbol: 'BTCUSD',
      data,
      trades: [trade],
      skippedRows: 0,
      observer: {
        onEvent: () => {},
        onBar: () => {
          const delta = target
            .latest('BTCUSD', 'BUY')
            ?.signals.find(({ signal }) => signal === 'DELTA_PRESSURE');
          if (delta?.available === true) seen += 1;
        },
        onOutcome: (_, __, without) => outcomes.push(without.r),
      },
    });
    expect(seen).toBeGreaterThan(100);
    expect(summary.signals?.DELTA_PRESSURE).toBeGreaterThan(0.3);
    expect(summary.signals?.DELTA_PRESSURE).toBeLessThan(1);
    const hit = after.find(({ bid }) => bid <= stopLoss);
    const exit = hit?.bid ?? after.at(-1)?.bid ?? 0;
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]).toBeCloseTo((exit - entryPrice) / (entryPrice - stopLoss), 6);
  });
});
