// Owns the protective rules: plain ways to limit a trade's loss or keep its gain, each data and a pure function of what is
// known when a coarse bar has closed. What is done of their wishes, and in which order, is in protection.ts.

import { type Direction, favourable } from '../market/direction.js';

const MINUTE = 60_000;

/** What a trade may be closed before. */
export const AHEAD = ['weekend', 'session_end', 'news'] as const;

/** Distances are in R, the trade's initial risk, or in ATR of coarse bars; times in closed coarse bars. */
export type ProtectiveRule =
  /** The stop this far behind the best price since the entry. */
  | { readonly kind: 'chandelier'; readonly atrs: number }
  /** The stop this far behind the newest close. */
  | { readonly kind: 'atr_trail'; readonly atrs: number }
  /** Once the trade has gained `atR`, the stop keeps `lockR` of it. */
  | {
      readonly kind: 'step_locks';
      readonly steps: readonly { readonly atR: number; readonly lockR: number }[];
    }
  /** Once the trade has gained `atR`, the stop at the entry, its costs and `bufferR`. */
  | { readonly kind: 'breakeven'; readonly atR: number; readonly bufferR: number }
  /** The stop at this loss; a trade that has lost more already is closed. */
  | { readonly kind: 'loss_stop'; readonly atR: number }
  /** Closes the trade after so many bars, whatever it earns or only where it loses or wins. */
  | { readonly kind: 'time_stop'; readonly bars: number; readonly when: 'always' | 'losing' | 'winning' }
  /** Closes the trade so long before the market's weekend, its session's end, or news of high impact. */
  | {
      readonly kind: 'close_before';
      readonly what: (typeof AHEAD)[number];
      readonly minutes: number;
      readonly when: 'always' | 'losing' | 'winning';
    }
  /** After so many bars this share of the first volume is left. */
  | { readonly kind: 'size_down'; readonly bars: number; readonly keep: number }
  /** At each gain that was reached, this share of the first volume is closed. */
  | {
      readonly kind: 'targets';
      readonly targets: readonly { readonly atR: number; readonly share: number }[];
    };

export type ProtectiveRuleKind = ProtectiveRule['kind'];

/** A trade as protective rules see it. Prices are exit prices: of a BUY the bid, of a SELL the ask. */
export interface ProtectedTrade {
  readonly direction: Direction;
  readonly entryPrice: number;
  /** R as a price distance, above 0. */
  readonly risk: number;
  readonly stopLoss: number | null;
  /** In lots: what is open now, and what was at the entry. */
  readonly volume: number;
  readonly initialVolume: number;
  /** Coarse bars that have closed since the entry. */
  readonly barsHeld: number;
  /** The most favourable exit price since the entry. */
  readonly best: number;
}

/** The market when a bar has closed. */
export interface ProtectionMarket {
  readonly exit: number;
  /** ATR(14) of coarse bars as a price distance; null where it is not known. */
  readonly atr: number | null;
  /** Commission and swap of the trade so far, as a price distance; below 0 it has earned. */
  readonly costs: number;
  /** How long it is until then, in ms; null where that is not known, or never. */
  readonly ahead: Readonly<Record<(typeof AHEAD)[number], number | null>>;
}

/** Where no rule asks what lies ahead. */
export const NOTHING_AHEAD: ProtectionMarket['ahead'] = { weekend: null, session_end: null, news: null };

/** What one rule wishes for. */
export type Wish =
  /** `beyond`: what is done where the price has passed the level already. */
  | { readonly kind: 'stop'; readonly price: number; readonly beyond: 'nearest' | 'wait' }
  | { readonly kind: 'keep'; readonly volume: number }
  | { readonly kind: 'close' };

type Rule<Kind extends ProtectiveRuleKind> = Extract<ProtectiveRule, { readonly kind: Kind }>;
type Wishes = {
  readonly [Kind in ProtectiveRuleKind]: (
    rule: Rule<Kind>,
    trade: ProtectedTrade,
    market: ProtectionMarket,
  ) => Wish | null;
};

const WISHES: Wishes = {
  chandelier: ({ atrs }, trade, { atr }) =>
    atr === null ? null : stopAt(trade.best - side(trade) * atrs * atr),
  atr_trail: ({ atrs }, trade, { atr, exit }) =>
    atr === null ? null : stopAt(exit - side(trade) * atrs * atr),
  step_locks: ({ steps }, trade) => {
    const gain = gainR(trade, trade.best);
    let locked = Number.NEGATIVE_INFINITY;
    for (const { atR, lockR } of steps) if (gain >= atR) locked = Math.max(locked, lockR);
    return locked === Number.NEGATIVE_INFINITY ? null : stopAt(priceAt(trade, locked));
  },
  breakeven: ({ atR, bufferR }, trade, { costs }) => {
    if (gainR(trade, trade.best) < atR) return null;
    // A stop at the price itself would be a close by another name.
    const price = priceAt(trade, bufferR) + side(trade) * Math.max(0, costs);
    return { kind: 'stop', price, beyond: 'wait' };
  },
  loss_stop: ({ atR }, trade, { exit }) =>
    gainR(trade, exit) <= -atR ? { kind: 'close' } : stopAt(priceAt(trade, -atR)),
  time_stop: ({ bars, when }, trade, { exit }) => {
    if (trade.barsHeld < bars) return null;
    return isMeant(when, trade, exit) ? { kind: 'close' } : null;
  },
  close_before: ({ what, minutes, when }, trade, { exit, ahead }) => {
    const left = ahead[what];
    if (left === null || left > minutes * MINUTE) return null;
    return isMeant(when, trade, exit) ? { kind: 'close' } : null;
  },
  size_down: ({ bars, keep }, trade) =>
    trade.barsHeld < bars ? null : { kind: 'keep', volume: keep * trade.initialVolume },
  targets: ({ targets }, trade) => {
    const gain = gainR(trade, trade.best);
    let reached = 0;
    for (const { atR, share } of targets) if (gain >= atR) reached += share;
    const closed = Math.round(reached * 1e9) / 1e9;
    return closed === 0 ? null : { kind: 'keep', volume: Math.max(0, 1 - closed) * trade.initialVolume };
  },
};

/** What a rule wishes for a trade when a coarse bar has closed; null for nothing. */
export function wishOf<Kind extends ProtectiveRuleKind>(
  rule: Rule<Kind>,
  trade: ProtectedTrade,
  market: ProtectionMarket,
): Wish | null {
  const wish: Wishes[Kind] = WISHES[rule.kind];
  return wish(rule, trade, market);
}

/** The better of two exit prices for a direction. */
export function better(direction: Direction, one: number, other: number): number {
  return direction === 'BUY' ? Math.max(one, other) : Math.min(one, other);
}

function stopAt(price: number): Wish {
  return { kind: 'stop', price, beyond: 'nearest' };
}

function isMeant(when: 'always' | 'losing' | 'winning', trade: ProtectedTrade, exit: number): boolean {
  const gain = gainR(trade, exit);
  return when === 'always' || (when === 'losing' ? gain < 0 : gain > 0);
}

function side({ direction }: ProtectedTrade): 1 | -1 {
  return favourable(direction);
}

/** The price at which a trade has gained so many R. */
function priceAt(trade: ProtectedTrade, gain: number): number {
  return trade.entryPrice + side(trade) * gain * trade.risk;
}

/** A gain in R, free of a float's tail: 0.3 / 0.1 has reached 3. */
function gainR(trade: ProtectedTrade, price: number): number {
  return Math.round(((side(trade) * (price - trade.entryPrice)) / trade.risk) * 1e9) / 1e9;
}
