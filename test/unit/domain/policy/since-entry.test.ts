// What rules ask of the bars since an entry, against looking at every bar.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Bar } from '../../../../src/domain/market/data.js';
import { SinceEntry } from '../../../../src/domain/policy/since-entry.js';

const M15 = 900_000;

const barsOf = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 0, max: 20 })), { maxLength: 40 })
  .map((rows) =>
    rows.map(([low, range], index): Bar => {
      const [open, high] = [low, low + range];
      return { time: index * M15, open, high, low, close: high, volume: 1 };
    }),
  );

test('counts the bars that lie wholly after the entry, and knows the best price among them, the entry and now', () => {
  fc.assert(
    fc.property(
      barsOf,
      fc.integer({ min: -1, max: 41 * M15 }),
      fc.integer({ min: 0, max: 5 }),
      fc.constantFrom('BUY' as const, 'SELL' as const),
      fc.integer({ min: 1, max: 400 }),
      (bars, openedAt, spread, direction, exit) => {
        const since = new SinceEntry(bars, spread);
        const after = bars.filter(({ time }) => time >= openedAt);
        const entryPrice = 200;
        const { barsHeld, best } = since.of({ direction, entryPrice, openedAt }, exit);
        expect(barsHeld).toBe(after.length);
        if (direction === 'BUY')
          expect(best).toBe(Math.max(entryPrice, exit, ...after.map(({ high }) => high)));
        else expect(best).toBe(Math.min(entryPrice, exit, ...after.map(({ low }) => low + spread)));
      },
    ),
  );
});
