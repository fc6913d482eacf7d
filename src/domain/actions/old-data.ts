// Owns that nothing comes of the past: what data that are too old call for is neither planned nor handed to a bridge.
import type { Trade } from '../trade/trade.js';
import type { MarketFacts } from '../views/market-facts.js';
import type { ReferenceFacts } from './context.js';

/** Why, for a person. */
export const OLD_DATA = 'the newest data are too old';

/** Whether a trade's bars are too old to decide by, however fresh its quotes. */
export function areBarsOld(
  { spec: { account, symbol } }: Pick<Trade, 'spec'>,
  facts: MarketFacts,
  clock: number,
  reference: Pick<ReferenceFacts, 'hoursOf'>,
): boolean {
  return facts.areBarsOld(clock, reference.hoursOf(account, symbol));
}

/** Whether a trade's market data are too old to act on, by the clock that its feed keeps to. */
export function isOld(
  { spec: { account, symbol } }: Pick<Trade, 'spec'>,
  facts: MarketFacts,
  clock: number,
  reference: Pick<ReferenceFacts, 'hoursOf'>,
): boolean {
  return facts.isOld(clock, reference.hoursOf(account, symbol));
}
