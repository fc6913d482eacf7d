// Owns a market as the trades of both directions see it at one moment.

import type { Direction } from '../domain/market/direction.js';
import type { SwitchedOffSignals } from '../domain/signals/signal.js';
import {
  type DirectionContext,
  directionContextOf,
  type MarketMoment,
} from '../domain/trade/state-machine.js';
import type { MarketView } from '../domain/views/market-view.js';
import { StillFacts } from '../domain/views/still-facts.js';

export type Sides = Readonly<Record<Direction, DirectionContext>>;

/** Both directions as last recorded. */
export function recordedSides(view: MarketView, moment: MarketMoment): Sides {
  const facts = new StillFacts(view, moment.at);
  return {
    BUY: directionContextOf(facts, 'BUY', view.latest('BUY'), moment),
    SELL: directionContextOf(facts, 'SELL', view.latest('SELL'), moment),
  };
}

/** Both directions as they are, without recording. */
export function assessedSides(view: MarketView, moment: MarketMoment, off: SwitchedOffSignals): Sides {
  const { at } = moment;
  const facts = new StillFacts(view, at);
  return {
    BUY: directionContextOf(facts, 'BUY', view.assess('BUY', at, off), moment),
    SELL: directionContextOf(facts, 'SELL', view.assess('SELL', at, off), moment),
  };
}
