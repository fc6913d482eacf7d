// Every indicator's state can be written down after any bar and read back into a fresh one.
import { describe, expect, it } from 'vitest';
import type { Bar } from '../../../../src/domain/market/data.js';
import { CoarseIndicators } from '../../../../src/domain/market/indicators/coarse-indicators.js';
import { FineIndicators } from '../../../../src/domain/market/indicators/fine-indicators.js';
import { type Stateful, StateTape } from '../../../../src/domain/market/indicators/state-tape.js';
import { DEFAULT_RULES } from '../../../../src/domain/rules.js';
import { M5, M15 } from '../../../support/market-views.js';
import { syntheticBars } from '../../../support/synthetic-market.js';

const readFine = (fine: FineIndicators): number[] => [
  ...[fine.bars, fine.rsi.ago(0), fine.rsiBefore, fine.atr.value],
  ...[
    fine.macd.macd,
    fine.macd.signal,
    fine.histogram.ago(2),
    fine.vwap.value,
    fine.vwap.slope,
    fine.vwap.run,
  ],
];
const readCoarse = (coarse: CoarseIndicators): number[] => [
  ...[coarse.bars, coarse.atr.value, coarse.atrRatio, coarse.emaFastSlope, coarse.emaSlowSlope],
  ...[coarse.bollinger.upper, coarse.bollinger.lower, coarse.swings.high, coarse.swings.low],
  ...[coarse.swings.eventAge, coarse.swings.event?.level ?? -1, coarse.swings.event?.at ?? -1],
];

interface Indicators extends Stateful {
  update(bar: Bar): void;
}

/** Cuts a run at many bars, goes on from what was written down there, and compares every value. */
function checkCuts<T extends Indicators>(
  length: number,
  create: () => T,
  read: (indicators: T) => number[],
): void {
  const bars = syntheticBars({ seed: 30, count: 260, length });
  const straight = create();
  const values = bars.map((bar) => {
    straight.update(bar);
    return read(straight);
  });
  for (let cut = 0; cut < bars.length; cut += 7) {
    const before = create();
    for (const bar of bars.slice(0, cut)) before.update(bar);
    const tape = new StateTape();
    before.save(tape);
    const after = create();
    after.load(new StateTape(JSON.parse(JSON.stringify(tape.values())) as (number | null)[]));
    for (const [index, bar] of bars.slice(cut, cut + 12).entries()) {
      after.update(bar);
      expect(read(after)).toEqual(values[cut + index]);
    }
  }
}

describe('state goes on from any bar as if never written down', () => {
  it('of the fine indicators', () => {
    checkCuts(M5, () => new FineIndicators(DEFAULT_RULES, 'fx_week'), readFine);
  });

  it('of the coarse indicators', () => {
    checkCuts(M15, () => new CoarseIndicators(DEFAULT_RULES), readCoarse);
  });

  it('but not from a state that is too short', () => {
    const tape = new StateTape();
    new FineIndicators(DEFAULT_RULES, 'always').save(tape);
    const short = new StateTape(tape.values().slice(0, -1));
    expect(() => new FineIndicators(DEFAULT_RULES, 'always').load(short)).toThrow(RangeError);
  });
});
