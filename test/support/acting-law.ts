// What is told of trades with open actions without looking at each is what looking at each tells.
import { expect } from 'vitest';
import { nextSweepAt } from '../../src/domain/changes/sweep.js';
import type { Engine } from '../../src/engine/engine.js';

/** At database time `now`. */
export function checkActing({ acting, rules }: Engine, now: number): void {
  const { abandonedMs } = rules.actions;
  for (const account of acting.accounts()) {
    const trades = acting.trades(account);
    const actions = trades.flatMap((trade) => trade.actions);
    const pending = trades.filter((trade) => trade.actions.some(({ status }) => status === 'PENDING'));
    expect(acting.pending(account)).toEqual(pending);
    expect(acting.hasPending(account)).toBe(pending.length > 0);
    expect(new Set(acting.feeds(account))).toEqual(new Set(trades.map(({ spec }) => spec.feed)));
    expect(acting.leased(account)).toBe(actions.filter(({ status }) => status === 'LEASED').length);
    expect(acting.isOverRate(account)).toBe(actions.some(({ hold }) => hold === 'ORDER_RATE'));
    const had = actions.filter(({ status }) => status === 'LEASED' || status === 'EXECUTING');
    for (const bridge of new Set(actions.map(({ lease }) => lease?.bridge ?? '')))
      expect(acting.heldBy(account, bridge)).toBe(had.filter(({ lease }) => lease?.bridge === bridge).length);
    const isDue = trades.some((trade) => nextSweepAt(trade) <= now);
    const isAbandoned = actions.some(
      ({ status, waitsSince }) =>
        (status === 'PENDING' || status === 'HELD') &&
        (waitsSince === null || now - waitsSince >= abandonedMs),
    );
    // It may look in vain, and never too late.
    if (isDue || isAbandoned) expect(acting.isSweepDue(account, now, abandonedMs)).toBe(true);
  }
}
