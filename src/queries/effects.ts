// Owns reading the effects of DTMS on trades: one by one, and what they say together.
import type { EffectSummary, TradeEffect } from '../domain/effect/effect.js';
import { type NamedSummary, summariesBy, summaryOf, underObserved } from '../effect/summary.js';
import type { EffectFilter, EffectPlace, EffectTable } from '../store/effects.js';
import type { ListPage } from './page.js';

/** The trades counted at most: those that ended last. */
export const MOST_EFFECTS = 20_000;
/** Accounts, symbols and policies told of at most. */
const MOST_NAMES = 100;

export interface EffectReport {
  readonly total: EffectSummary;
  readonly accounts: readonly NamedSummary[];
  readonly symbols: readonly NamedSummary[];
  readonly policies: readonly NamedSummary[];
  /** By name and version of policies that only observed: R under them, and left alone. */
  readonly observed: readonly NamedSummary[];
  /** Whether there are more trades than were counted. */
  readonly truncated: boolean;
}

export async function getEffect(
  table: Pick<EffectTable, 'list'>,
  filter: EffectFilter,
): Promise<EffectReport> {
  const found = await table.list(filter, null, MOST_EFFECTS + 1);
  const effects = found.slice(0, MOST_EFFECTS);
  const by = (nameOf: (effect: TradeEffect) => string) => summariesBy(effects, nameOf).slice(0, MOST_NAMES);
  return {
    total: summaryOf(effects),
    accounts: by(({ account }) => account),
    symbols: by(({ symbol }) => symbol),
    policies: by(({ policy }) => policy),
    observed: summariesBy(underObserved(effects), ({ policy }) => policy).slice(0, MOST_NAMES),
    truncated: found.length > MOST_EFFECTS,
  };
}

/** Effects on trades, those that ended last first, after a place. */
export async function listTradeEffects(
  table: Pick<EffectTable, 'list'>,
  filter: EffectFilter,
  after: EffectPlace | null,
  size: number,
): Promise<ListPage<TradeEffect, EffectPlace>> {
  const rows = await table.list(filter, after, size + 1);
  const items = rows.slice(0, size);
  const last = items.at(-1);
  if (rows.length <= size || last === undefined) return { items, next: null };
  const { closedAt } = last;
  const same = items.filter((each) => each.closedAt === closedAt).length;
  // Where all of the page ended at one moment, it goes on after those that were skipped before.
  const before = after !== null && after.closedAt === closedAt ? after.skip : 0;
  return { items, next: { closedAt, skip: before + same } };
}
