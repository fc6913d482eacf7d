// The load model: what it plans is within what was measured, more never needs less, and docs/scaling.md has its table.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { capacityOf, mostTrades, planOf, planTable, USUAL_DEMAND } from '../../../bench/load-model.js';
import { readResults } from '../../../bench/support/results.js';
import { packageRoot } from '../../../src/package-files.js';

const root = packageRoot();
const baseline = join(root, 'bench', 'baseline');
const capacity = capacityOf(readResults(join(baseline, readdirSync(baseline).sort().at(-1) ?? '')));
const trades = fc.integer({ min: 1, max: 50_000_000 });

test('a plan asks no more of a cell than was measured, less the headroom, and one cell fewer would', () => {
  fc.assert(
    fc.property(trades, (count) => {
      const plan = planOf(count, capacity);
      const { headroom, barSeconds, memoryBytes, takeoverSeconds } = USUAL_DEMAND;
      const most = Math.min(...Object.values(mostTrades(capacity, USUAL_DEMAND)));
      expect(plan.tradesPerCell).toBeLessThanOrEqual(Math.ceil(most));
      expect(plan.cells * plan.tradesPerCell).toBeGreaterThanOrEqual(count);
      if (plan.cells > 1) expect(count / (plan.cells - 1)).toBeGreaterThan(most);
      // A trade more than the limit allows may come of rounding up.
      const little = 1.001;
      expect(plan.barSeconds).toBeLessThanOrEqual(barSeconds * headroom * little);
      expect(plan.memoryBytes).toBeLessThanOrEqual(memoryBytes * headroom * little);
      expect(plan.takeoverSeconds).toBeLessThanOrEqual(takeoverSeconds * headroom * little);
      expect(plan.writesPerSecond).toBeLessThanOrEqual(capacity.writesPerSecond * headroom * little);
      const servers = plan.followers + 1;
      expect(plan.readsPerSecond).toBeLessThanOrEqual(capacity.readsPerSecond * headroom * servers * little);
    }),
  );
});

test('more trades never need fewer cells', () => {
  fc.assert(
    fc.property(trades, trades, (one, other) => {
      const [fewer, more] = [Math.min(one, other), Math.max(one, other)].map((count) =>
        planOf(count, capacity),
      );
      expect(more?.cells).toBeGreaterThanOrEqual(fewer?.cells ?? 0);
    }),
  );
});

test('the page on scaling has the table of the last baseline', () => {
  const table = planTable([10_000, 100_000, 1_000_000, 10_000_000].map((count) => planOf(count, capacity)));
  expect(readFileSync(join(root, 'docs', 'scaling.md'), 'utf8')).toContain(table);
});

test('a run without a figure is no base for a plan', () => {
  expect(() => capacityOf({ measurements: [] })).toThrow('the run has no');
});
