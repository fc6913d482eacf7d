// A scripted market for tests of the trade side: every fact is set by hand.
import type { StructureEvent } from '../../src/domain/market/data.js';
import type { Direction } from '../../src/domain/market/direction.js';
import type { Evaluation, Signal } from '../../src/domain/signals/signal.js';
import type { MarketFacts } from '../../src/domain/views/market-facts.js';

export class ScriptedFacts implements MarketFacts {
  asOf: number | null = 0;
  admission = { wasFresh: true };
  bid: number | null = 100;
  ask: number | null = 100;
  spread: number | null = null;
  medianSpread: number | null = null;
  tickSize: number | null = null;
  atrCoarse: number | null = 2;
  atrFine: number | null = 1;
  swingHigh: number | null = null;
  swingLow: number | null = null;
  structureEvent: StructureEvent | null = null;
  evaluationCount = 0;
  stale = false;
  buy: Evaluation | null = null;
  sell: Evaluation | null = null;
  buyWarnings: Partial<Record<Signal, number>> = {};

  constructor(
    facts: Partial<
      Omit<ScriptedFacts, 'exitPrice' | 'latest' | 'warnings' | 'isOld' | 'areBarsOld' | 'isStale'>
    > = {},
  ) {
    Object.assign(this, facts);
  }

  exitPrice(direction: Direction): number | null {
    return direction === 'BUY' ? this.bid : this.ask;
  }

  latest(direction: Direction): Evaluation | null {
    return direction === 'BUY' ? this.buy : this.sell;
  }

  warnings(): Partial<Record<Signal, number>> {
    return this.buyWarnings;
  }

  isOld(): boolean {
    return this.stale;
  }

  areBarsOld(): boolean {
    return this.stale;
  }

  isStale(): boolean {
    return this.stale;
  }
}

/** An evaluation with this score and nothing else of interest. */
export function scored(score: number | null, at = 0): Evaluation {
  return { at, score, confluence: 'MIXED', signals: [], vwapVolumeFlipAgainst: false };
}
