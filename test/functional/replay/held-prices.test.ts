// What of real prices is not believed at once: little of it, for one bar, and none of it is dropped. The numbers
// are the table of docs/limits.md.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { knownFrom } from '../../../src/domain/market/given-time.js';
import { DEFAULT_RULES } from '../../../src/domain/rules.js';
import { Engine } from '../../../src/engine/engine.js';
import { type BarFile, importBars } from '../../../src/replay/importer.js';
import { barItem } from '../../support/scripted-view.js';

const DATA = join(import.meta.dirname, '../../../../shared/data');
const read = (name: string) => importBars(join(DATA, name), null, 'stop');
const MARKETS: readonly (readonly [string, string, () => BarFile])[] = [
  ['btcusd-m15-2025h1', 'BTCUSD', () => read('btcusd-m15-2025h1.csv')],
  ['eurusd-m15-202210-202310', 'EURUSD', () => read('eurusd-m15-202210-202310.csv')],
  ['usdjpy-m1-bid-201302', 'USDJPY', () => read('usdjpy-m1-bid-201302.csv')],
  ['usdjpy-m1-ask-201302', 'USDJPY', () => read('usdjpy-m1-ask-201302.csv')],
  ['btcperp-m1-202201', 'BTCUSD', () => read('btcperp-m1-202201.csv')],
];
const LIMITS = readFileSync(join(import.meta.dirname, '../../../docs/limits.md'), 'utf8');

describe.skipIf(!existsSync(DATA))('recorded markets (skipped where ../shared/data is absent)', () => {
  it.each(MARKETS)('%s', (name, symbol, imported) => {
    const engine = new Engine(DEFAULT_RULES);
    const { bars, timeframe } = imported();
    let longest = 0;
    let waiting = 0;
    for (const bar of bars) {
      const item = barItem(bar, timeframe, symbol);
      const { status } = engine.apply('replay-held', item, knownFrom(item));
      expect(status).not.toBe('rejected');
      waiting = status === 'held' ? waiting + 1 : 0;
      longest = Math.max(longest, waiting);
    }
    const { held, confirmed, dropped } = engine.faults.heldOf('replay-held').counts;
    expect([dropped, confirmed]).toEqual([0, held]);
    expect(longest).toBeLessThanOrEqual(1);
    expect(LIMITS).toContain(`| ${name} | ${bars.length.toLocaleString('en')} | ${held} | 0 |`);
  });
});
