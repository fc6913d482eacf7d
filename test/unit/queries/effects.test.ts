// What effects say together, of many: other calls go on while it is reckoned, and it is of those that ended last.
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { TradeEffect } from '../../../src/domain/effect/effect.js';
import { getEffect, MOST_EFFECTS } from '../../../src/queries/effects.js';
import type { EffectFilter, EffectPlace } from '../../../src/store/effects.js';

const FILTER: EffectFilter = {
  ...{ account: null, tickets: [], symbols: [], policies: [], from: null, until: null },
};

const effect = (index: number): TradeEffect =>
  ({
    ...{ account: `a${index % 600}`, ticket: BigInt(index), begunVersion: 1, symbol: `S${index % 3}` },
    ...{ policy: 'p', feed: 'f', instrument: 'I', openedAt: index * 3_600_000 },
    ...{ closedAt: Math.floor(-index / 700), status: 'TOLD', apart: null, touched: true },
    ...{ withR: (index % 7) - 3, withoutR: (index % 5) - 2 },
    ...{ aloneEnd: 'TOGETHER', aloneEndedAt: 0, pursuit: null, observed: [] },
  }) as unknown as TradeEffect;

/** Effects as the database lists them: at a place those of its moment that were told are skipped. */
const tableOf = (all: readonly TradeEffect[]) => ({
  asked: [] as number[],
  async list(_: EffectFilter, after: EffectPlace | null, limit: number) {
    this.asked.push(limit);
    const rest = after === null ? all : all.filter(({ closedAt }) => closedAt <= after.closedAt);
    return rest.slice(after?.skip ?? 0).slice(0, limit);
  },
});

test('many effects are read in parts, and others have their turn while they are reckoned', async () => {
  const table = tableOf(Array.from({ length: MOST_EFFECTS + 1 }, (_, index) => effect(index)));
  let [turns, isOver] = [0, false];
  const others = (async () => {
    for (; !isOver; turns += 1) await turn();
  })();
  const { total, accounts, symbols, truncated } = await getEffect(table, FILTER);
  isOver = true;
  await others;
  expect(total.trades).toBe(MOST_EFFECTS);
  expect(truncated).toBe(true);
  expect([accounts.length, symbols.length]).toEqual([100, 3]);
  expect(Math.max(...table.asked)).toBeLessThanOrEqual(1001);
  // A summary is the longest that others wait.
  expect(turns).toBeGreaterThanOrEqual(100);
});

test('just as many as are counted are all there is', async () => {
  const table = tableOf(Array.from({ length: 2000 }, (_, index) => effect(index)));
  const { total, truncated } = await getEffect(table, FILTER);
  expect([total.trades, truncated]).toEqual([2000, false]);
});
