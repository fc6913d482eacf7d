// Owns the circuit breaker: when too large a share of an account's trades, or of all, close, are hedged or
// lose their positions within a short time, further effects of that kind are held until a person lets them
// go on. Times are of the database's clock, UTC ms. It remembers in memory: what is held is in the trades.
import type { Rules } from '../domain/rules.js';
import type { Trade } from '../domain/trade/trade.js';
import type { TradeKey } from '../store/types.js';
import { tradeKey } from './results.js';

/** What may happen to many trades at once: DTMS closes them, hedges them, or the broker shows them no more. */
export const MASS_EFFECTS = ['CLOSE', 'HEDGE', 'GONE'] as const;
export type MassEffect = (typeof MASS_EFFECTS)[number];

/** What is held, and since when. */
export interface BreakerTrip {
  readonly kind: MassEffect;
  /** The account whose share was exceeded; empty when it was the share of all trades. */
  readonly account: string;
  readonly since: number;
  readonly reason: string;
  /** The trades held, of whichever account. */
  readonly held: ReadonlyMap<string, TradeKey>;
}

/** What of the engine's trades is counted. */
export interface Census {
  readonly activeTrades: number;
  get(account: string, ticket: bigint): Trade | undefined;
  tradesOf(account: string): Iterable<Trade>;
  /** Trades that a bar is about to affect: it is decided in slices, and counts as a whole. */
  coming(kind: MassEffect): Iterable<TradeKey>;
}

interface Effect extends TradeKey {
  readonly at: number;
}

type OpenedTrip = Omit<BreakerTrip, 'held'> & { readonly held: Map<string, TradeKey> };

/** All it remembers, as plain data. */
export interface BreakerMemory {
  readonly recent: readonly (readonly [MassEffect, readonly Effect[]])[];
  readonly released: readonly (readonly [MassEffect, readonly TradeKey[]])[];
  readonly trips: readonly (Omit<BreakerTrip, 'held'> & { readonly held: readonly TradeKey[] })[];
}

export class CircuitBreaker {
  readonly #rules: Rules['breaker'];
  readonly #census: Census;
  /** What was let pass within the window, by kind and trade. */
  readonly #recent: Readonly<Record<MassEffect, Map<string, Effect>>> = noneOfEach();
  /** What a person let go on, and was not asked for again yet. */
  readonly #released: Readonly<Record<MassEffect, Map<string, TradeKey>>> = noneOfEach();
  readonly #trips = new Map<string, OpenedTrip>();

  constructor(rules: Rules['breaker'], census: Census) {
    this.#rules = rules;
    this.#census = census;
  }

  /** Whether these trades of an account may be affected at `now`, all together: null when they may, else why not. */
  admit(kind: MassEffect, account: string, tickets: readonly bigint[], now: number): string | null {
    const fresh = tickets.filter((ticket) => !this.#released[kind].delete(tradeKey(account, ticket)));
    if (fresh.length === 0) return null;
    const trip = this.#tripOf(kind, account) ?? this.#tripped(kind, account, fresh, now);
    for (const ticket of fresh) {
      const name = tradeKey(account, ticket);
      if (trip === null) this.#recent[kind].set(name, { account, ticket, at: now });
      else trip.held.set(name, { account, ticket });
    }
    return trip === null ? null : trip.reason;
  }

  /** Holds a trade that was let pass, while others of its kind are held: why, or null when none are. */
  hold(kind: MassEffect, { account, ticket }: TradeKey): string | null {
    const trip = this.#tripOf(kind, account);
    trip?.held.set(tradeKey(account, ticket), { account, ticket });
    return trip?.reason ?? null;
  }

  /** What is held of an account, or of all of them. */
  trips(account?: string): BreakerTrip[] {
    return [...this.#trips.values()].filter(
      ({ held }) => account === undefined || [...held.values()].some((trade) => trade.account === account),
    );
  }

  /** A trade is not held any more, whoever decided it. A trip that holds nothing is over. */
  settled(kind: MassEffect, account: string, ticket: bigint): void {
    for (const [name, { kind: ofKind, held }] of this.#trips) {
      if (ofKind !== kind || !held.delete(tradeKey(account, ticket))) continue;
      if (held.size === 0) this.#trips.delete(name);
    }
  }

  /** Lets what is held of an account go on, and forgets what led to it. */
  release(kind: MassEffect, account: string): void {
    for (const trip of this.trips(account)) {
      if (trip.kind !== kind) continue;
      for (const trade of [...trip.held.values()]) {
        if (trade.account !== account) continue;
        this.#released[kind].set(tradeKey(account, trade.ticket), trade);
        this.settled(kind, account, trade.ticket);
      }
    }
    for (const [name, effect] of this.#recent[kind]) {
      if (effect.account === account) this.#recent[kind].delete(name);
    }
  }

  /** Takes a trade that was held before this began. */
  restore(kind: MassEffect, { account, ticket }: TradeKey, reason: string, now: number): void {
    const trip = this.#tripOf(kind, account) ?? this.#open({ kind, account, since: now, reason });
    trip.held.set(tradeKey(account, ticket), { account, ticket });
  }

  get memory(): BreakerMemory {
    return {
      recent: MASS_EFFECTS.map((kind) => [kind, [...this.#recent[kind].values()]]),
      released: MASS_EFFECTS.map((kind) => [kind, [...this.#released[kind].values()]]),
      trips: Array.from(this.#trips.values(), ({ held, ...trip }) => ({ ...trip, held: [...held.values()] })),
    };
  }

  /** Takes what another remembered, in place of what this one does. */
  recall({ recent, released, trips }: BreakerMemory): void {
    for (const [kind, effects] of recent) fill(this.#recent[kind], effects);
    for (const [kind, trades] of released) fill(this.#released[kind], trades);
    this.#trips.clear();
    for (const { held, ...trip } of trips) fill(this.#open(trip).held, held);
  }

  #tripOf(kind: MassEffect, account: string): OpenedTrip | null {
    return this.#trips.get(`${kind} ${account}`) ?? this.#trips.get(`${kind} `) ?? null;
  }

  #open(trip: Omit<BreakerTrip, 'held'>): OpenedTrip {
    const opened = { ...trip, held: new Map<string, TradeKey>() };
    this.#trips.set(`${trip.kind} ${trip.account}`, opened);
    return opened;
  }

  /** The trip that these make, with what was let pass within the window; null when they make none. */
  #tripped(kind: MassEffect, account: string, tickets: readonly bigint[], now: number): OpenedTrip | null {
    const { windowMs, accountShare, accountLeast, allShare, allLeast } = this.#rules;
    const recent = this.#recent[kind];
    for (const [name, { at }] of recent) if (at <= now - windowMs) recent.delete(name);
    const asked = new Map(recent);
    for (const key of this.#census.coming(kind))
      asked.set(tradeKey(key.account, key.ticket), { ...key, at: now });
    for (const ticket of tickets) asked.set(tradeKey(account, ticket), { account, ticket, at: now });
    const everybody = [...asked.values()];
    const own = everybody.filter((effect) => effect.account === account);
    const ending = `${WORDS[kind]} within ${windowMs / 1000} s`;
    const base = this.#baseOf(own, this.#activeOf(account));
    if (exceeds(own.length, accountLeast, accountShare, base)) {
      const reason = `${own.length} of the account's ${base} trades ${ending}`;
      return this.#open({ kind, account, since: now, reason });
    }
    const baseOfAll = this.#baseOf(everybody, this.#census.activeTrades);
    if (exceeds(everybody.length, allLeast, allShare, baseOfAll)) {
      // The accounts concerned are told it: it counts nobody's trades.
      const reason = `more than ${allShare * 100}% of everybody's trades ${ending}`;
      return this.#open({ kind, account: '', since: now, reason });
    }
    return null;
  }

  #activeOf(account: string): number {
    let active = 0;
    for (const { state } of this.#census.tradesOf(account)) if (state !== 'CLOSED') active += 1;
    return active;
  }

  /** Those affected that are over already were active when it began. */
  #baseOf(affected: readonly Effect[], active: number): number {
    const over = affected.filter(({ account, ticket }) => {
      const trade = this.#census.get(account, ticket);
      return trade === undefined || trade.state === 'CLOSED';
    });
    return active + over.length;
  }
}

const WORDS: Readonly<Record<MassEffect, string>> = {
  CLOSE: 'are to be closed',
  HEDGE: 'are to be hedged',
  GONE: 'are gone at the broker',
};

function exceeds(count: number, least: number, share: number, base: number): boolean {
  return least > 0 && count >= least && count > share * base;
}

function fill<T extends TradeKey>(into: Map<string, T>, trades: readonly T[]): void {
  into.clear();
  for (const trade of trades) into.set(tradeKey(trade.account, trade.ticket), trade);
}

function noneOfEach<T>(): Record<MassEffect, Map<string, T>> {
  return { CLOSE: new Map(), HEDGE: new Map(), GONE: new Map() };
}
