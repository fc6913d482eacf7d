// Owns reading the effects of DTMS on trades: one by one, and what they say together.
import { setImmediate as turn } from 'node:timers/promises';
import type { EffectSummary, TradeEffect } from '../domain/effect/effect.js';
import { type NamedSummary, summariesBy, summaryOf, underObserved } from '../effect/summary.js';
import type { EffectFilter, EffectPlace, EffectTable } from '../store/effects.js';
import type { ListPage } from './page.js';

/** The trades counted at most: those that ended last. */
export const MOST_EFFECTS = 20_000;
/** Read at a time. */
const PART = 1000;
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
  const { effects, truncated } = await newest(table, filter);
  const by = (nameOf: (effect: TradeEffect) => string) => inTurns(summariesBy(effects, nameOf, MOST_NAMES));
  return {
    total: summaryOf(effects),
    accounts: await by(({ account }) => account),
    symbols: await by(({ symbol }) => symbol),
    policies: await by(({ policy }) => policy),
    observed: await inTurns(summariesBy(underObserved(effects), ({ policy }) => policy, MOST_NAMES)),
    truncated,
  };
}

/** Those that count, read in parts: other calls go on in between. */
async function newest(table: Pick<EffectTable, 'list'>, filter: EffectFilter) {
  const effects: TradeEffect[] = [];
  let after: EffectPlace | null = null;
  do {
    const { items, next }: ListPage<TradeEffect, EffectPlace> = await listTradeEffects(
      table,
      filter,
      after,
      PART,
    );
    effects.push(...items);
    after = next;
  } while (after !== null && effects.length < MOST_EFFECTS);
  return { effects, truncated: after !== null };
}

/** What is made one by one, with a turn of the event loop for others after each. */
async function inTurns<T>(made: Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for (const each of made) {
    all.push(each);
    await turn();
  }
  return all;
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
