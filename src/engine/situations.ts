// A market as the trades of both directions see it at one moment.
import type { MarketView } from '../domain/market-view.js';
import { type Situation, situationOf } from '../domain/state-machine.js';
import { StillFacts } from '../domain/still-facts.js';
import type { Direction } from '../domain/types.js';

export type Situations = Readonly<Record<Direction, Situation>>;

/** Both directions as last recorded. */
export function recordedSituations(view: MarketView, at: number): Situations {
  const facts = new StillFacts(view, at);
  return {
    BUY: situationOf(facts, 'BUY', view.latest('BUY'), at),
    SELL: situationOf(facts, 'SELL', view.latest('SELL'), at),
  };
}

/** Both directions as they are, without recording. */
export function assessedSituations(view: MarketView, at: number): Situations {
  const facts = new StillFacts(view, at);
  return {
    BUY: situationOf(facts, 'BUY', view.assess('BUY', at), at),
    SELL: situationOf(facts, 'SELL', view.assess('SELL', at), at),
  };
}
