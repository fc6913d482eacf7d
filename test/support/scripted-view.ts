// A real market view whose verdict is scripted: bars, quotes and the schedule are the real ones, only
// the scores and the structure event are set by hand.

import type { Bar, StructureEvent } from '../../src/domain/market/data.js';
import type { Direction } from '../../src/domain/market/direction.js';
import { knownFrom } from '../../src/domain/market/given-time.js';
import type { ItemOutcome, MarketItem } from '../../src/domain/market/market-item.js';
import { DEFAULT_RULES, type Rules } from '../../src/domain/rules.js';
import type { Evaluation } from '../../src/domain/signals/signal.js';
import { MarketView } from '../../src/domain/views/market-view.js';
import type { Engine } from '../../src/engine/engine.js';

export class ScriptedView extends MarketView {
  scores: Readonly<Record<Direction, number | null>> = { BUY: 0, SELL: 0 };
  event: StructureEvent | null = null;
  #recorded = this.scores;

  constructor(rules: Rules = DEFAULT_RULES) {
    super('BTCUSD', 'BTCUSD', rules);
  }

  override assess(direction: Direction, at: number): Evaluation {
    return { ...super.assess(direction, at), score: this.scores[direction] };
  }

  override record(at: number): Readonly<Record<Direction, Evaluation>> {
    const { BUY, SELL } = super.record(at);
    this.#recorded = this.scores;
    return { BUY: { ...BUY, score: this.scores.BUY }, SELL: { ...SELL, score: this.scores.SELL } };
  }

  override latest(direction: Direction): Evaluation | null {
    const latest = super.latest(direction);
    return latest === null ? null : { ...latest, score: this.#recorded[direction] };
  }

  override get tickSize(): number {
    return 0.01;
  }

  override get structureEvent(): StructureEvent | null {
    return this.event;
  }
}

/** A bar around one price, without volume, so that no VWAP disturbs. */
export function flatBar(time: number, close: number): Bar {
  return { time, open: close, high: close, low: close, close, volume: 0 };
}

export function barItem(bar: Bar, timeframe: 'M1' | 'M5' | 'M15' = 'M15', symbol = 'BTCUSD'): MarketItem {
  return { kind: 'bar', symbol, timeframe, bar, forming: false };
}

export function quoteItem(time: number, bid: number, ask = bid, symbol = 'BTCUSD'): MarketItem {
  return { kind: 'quote', symbol, quote: { time, bid, ask } };
}

/** Gives an item to an engine at the moment it can be known: database and market have one time. */
export function take(engine: Engine, feed: string, item: MarketItem): ItemOutcome {
  return engine.apply(feed, item, knownFrom(item));
}
