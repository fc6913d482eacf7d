// Owns what rows of trades are made with, out of the parts that know it.
import type { Readings } from '../pages/fleet-rows.js';
import type { TradeResultJson } from '../ui/money.js';
import type { Alarms } from './alarms.js';
import type { TradeJson } from './json.js';
import type { LiveMarkets } from './markets.js';
import type { KnownPolicies } from './policies.js';
import { standingOf } from './policy.js';

/** @param money - what a trade comes to in money, where that was asked for */
export function readingsOf(
  {
    alarms,
    markets,
    policies,
  }: { readonly alarms: Alarms; readonly markets: LiveMarkets; readonly policies: KnownPolicies },
  money: (trade: TradeJson) => TradeResultJson | undefined = () => undefined,
): Readings {
  return {
    of: (trade) => markets.of(trade),
    now: (feed) => markets.now(feed),
    digits: (trade) => markets.digits(trade),
    exitPrice: (trade) => markets.exitPrice(trade),
    score: (trade) => markets.score(trade),
    spreadRatio: (trade) => markets.spreadRatio(trade),
    age: (market) => markets.age(market),
    standing: (trade) => standingOf(trade, alarms, policies),
    money,
  };
}
