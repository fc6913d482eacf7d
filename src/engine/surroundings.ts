// What planning needs beside the trade and its market: contract terms, account rules and scheduled
// news, as they were told.
import type { AccountRules, Surroundings } from '../domain/planning.js';
import type { Rules } from '../domain/rules.js';
import { currencies } from '../domain/symbols.js';
import type { Instrument, NewsEvent } from '../domain/types.js';
import type { Accounts } from './accounts.js';

export class KnownSurroundings implements Surroundings {
  readonly #rules: Rules;
  readonly #accounts: Accounts;
  readonly #terms = new Map<string, Instrument>();
  readonly #news = new Map<string, NewsEvent>();
  /** High-impact events per currency, by time. */
  readonly #highImpact = new Map<string, NewsEvent[]>();

  constructor(rules: Rules, accounts: Accounts) {
    this.#rules = rules;
    this.#accounts = accounts;
  }

  /** Returns whether the terms are new or changed. */
  upsertInstrument(terms: Instrument): boolean {
    const key = `${terms.account} ${terms.symbol}`;
    if (sameContent(this.#terms.get(key), terms)) return false;
    this.#terms.set(key, terms);
    return true;
  }

  /** Returns whether the event is new or changed. */
  upsertNews(event: NewsEvent): boolean {
    const known = this.#news.get(event.eventId);
    if (sameContent(known, event)) return false;
    this.#news.set(event.eventId, event);
    if (known !== undefined) this.#reindex(known.currency);
    if (known?.currency !== event.currency) this.#reindex(event.currency);
    return true;
  }

  terms(account: string, symbol: string): Instrument {
    return this.#terms.get(`${account} ${symbol}`) ?? { account, symbol, ...this.#rules.instrument };
  }

  account(account: string, at: number): AccountRules {
    return this.#accounts.rulesOf(account, at);
  }

  newsNear(instrument: string, at: number): NewsEvent | null {
    const { newsBeforeMs, newsAfterMs } = this.#rules.actions;
    for (const currency of currencies(instrument)) {
      const events = this.#highImpact.get(currency) ?? [];
      const next = events[firstAtOrAfter(events, at - newsAfterMs)];
      if (next !== undefined && next.time - newsBeforeMs <= at) return next;
    }
    return null;
  }

  #reindex(currency: string): void {
    const events = [...this.#news.values()].filter(
      (event) => event.currency === currency && event.impact === 'HIGH',
    );
    this.#highImpact.set(
      currency,
      events.sort((a, b) => a.time - b.time || (a.eventId < b.eventId ? -1 : 1)),
    );
  }
}

function sameContent<T extends object>(known: T | undefined, asked: T): boolean {
  if (known === undefined) return false;
  const before = new Map<string, unknown>(Object.entries(known));
  return Object.entries(asked).every(([name, value]) => before.get(name) === value);
}

/** Index of the first event at or after `time` in a list ordered by time. */
function firstAtOrAfter(events: readonly NewsEvent[], time: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((events[middle]?.time ?? Number.POSITIVE_INFINITY) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
