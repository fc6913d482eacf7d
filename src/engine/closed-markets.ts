// Owns actions that wait for a market to open, when its hours are told anew: an earlier opening counts.
import { openAction, pending, stepped } from '../domain/changes/action-life.js';
import { waitAnew, waitsForOpening } from '../domain/changes/closed-market.js';
import type { Trade } from '../domain/trade/trade.js';
import type { InstrumentKey } from '../store/types.js';
import type { Engine } from './engine.js';

/**
 * Takes that contract terms changed, or were forgotten, at database time `now`; `at` tells the market time of a trade,
 * and `by` is who told them.
 */
export function hoursTold(
  engine: Engine,
  changed: readonly InstrumentKey[],
  { by, now }: { readonly by: string; readonly now: number },
  at: (trade: Trade) => number,
): void {
  const symbols = new Map<string, Set<string>>();
  for (const { account, symbol } of changed) {
    symbols.set(account, (symbols.get(account) ?? new Set()).add(symbol));
  }
  for (const [account, told] of symbols) {
    for (const { spec, actions } of engine.acting.trades(account)) {
      if (!told.has(spec.symbol)) continue;
      for (const { actionId } of actions.filter((action) => waitsForOpening(action, now))) {
        engine.act(spec, (current, context) => {
          const action = openAction(current, actionId);
          const wait = action === undefined ? null : waitAnew(current, action, now, context);
          if (action === undefined || wait === null) return [];
          return [stepped(current, action, pending(action, wait.until, wait.reason), by, at(current))];
        });
      }
    }
  }
}
