// Owns what positions are worth in their accounts' money: by the terms that were told, the prices of the feeds their account
// follows, and what the broker showed of their swap. It decides nothing.

import { contractOf } from '../domain/money/contract.js';
import type { FedRate, FedRates } from '../domain/money/conversion.js';
import { closedLots, type RealisedResult, realisedOf } from '../domain/money/realised.js';
import { type Worth, worthOf } from '../domain/money/worth.js';
import type { TradeEvent } from '../domain/trade/event.js';
import type { Trade } from '../domain/trade/trade.js';
import type { Accounts } from './accounts.js';
import { type FeedRights, feedObstacle } from './feed-rights.js';
import type { Markets } from './markets.js';
import type { ReferenceData } from './reference-data.js';

export class Valuation {
  readonly #accounts: Accounts;
  readonly #markets: Markets;
  readonly #reference: ReferenceData;
  readonly #rights: FeedRights;

  constructor(accounts: Accounts, markets: Markets, reference: ReferenceData, rights: FeedRights) {
    this.#rights = rights;
    this.#accounts = accounts;
    this.#markets = markets;
    this.#reference = reference;
  }

  /** How to reckon a trade's position in its account's money now. */
  worthOf({ spec, instrument }: Pick<Trade, 'spec' | 'instrument'>): Worth {
    const { account, symbol, feed } = spec;
    const contract = contractOf(instrument, this.#reference.told(account, symbol), this.#reference.symbols);
    const { currency = null, feeds = [] } = this.#accounts.get(account) ?? {};
    const followed = [feed, ...feeds].filter((name) => feedObstacle(this.#rights, name, account) === '');
    return worthOf(contract, currency, this.#rates(followed));
  }

  /** What holding a position of the account has earned so far, as a price distance of one lot; 0 where nobody told. */
  swapOf(account: string, identifier: bigint): number {
    return this.#accounts.positionOf(account, identifier)?.swap ?? 0;
  }

  /** What an event of a trade realised. */
  realised(before: Trade, event: TradeEvent): readonly RealisedResult[] {
    const closed = closedLots(before, event);
    if (closed.length === 0) return [];
    const worth = this.worthOf(before);
    const { account, symbol } = before.spec;
    const commission = this.#reference.terms(account, symbol).commissionPerLot;
    return closed.map((lots) => {
      const swap = this.swapOf(account, lots.position ?? 0n);
      return realisedOf(before, event.at, lots, worth, { commission, swap });
    });
  }

  /** The prices of these feeds, of the first that has the pair. */
  #rates(feeds: readonly string[]): FedRates {
    return (pair) => {
      for (const feed of feeds) {
        const rate = this.#rate(feed, pair);
        if (rate !== null) return rate;
      }
      return null;
    };
  }

  #rate(feed: string, pair: string): FedRate | null {
    const view = this.#markets.view(feed, pair);
    const [bid, ask] = [view?.exitPrice('BUY') ?? null, view?.exitPrice('SELL') ?? null];
    const at = view?.asOf ?? null;
    return bid === null || ask === null || at === null ? null : { bid, ask, at };
  }
}
