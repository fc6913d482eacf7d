// Owns closing everything of an account whose rail is sure of a loss: each of its trades is ordered closed like any action,
// in the transaction in which the rail is sure. It is the account's own written rule, and so its order: neither the circuit
// breaker nor a pause holds it. A person who lifts the rails takes back what nobody began.
import { expire, openAction, pending, stepped } from '../domain/changes/action-life.js';
import { closeOf, isOver, orderByRail, railOf } from '../domain/changes/order-close.js';
import { isUntouched } from '../domain/trade/action.js';
import type { Trade } from '../domain/trade/trade.js';
import type { Engine } from './engine.js';
import { holdAgain } from './holds.js';

/** Orders what rails that are sure call for since the last call; `at` tells the market time of a trade. */
export function flattenTripped(engine: Engine, at: (trade: Trade) => number): void {
  for (const { account, rail } of engine.accounts.drainFlattenings()) {
    for (const trade of [...engine.tradesOf(account)]) {
      if (isOver(trade)) continue;
      const known = closeOf(trade);
      engine.act(trade.spec, (current, context) => orderByRail(current, rail, at(current), context));
      if (known?.status === 'HELD') engine.breaker.settled('CLOSE', account, trade.spec.ticket);
    }
  }
}

/** Who lifts an account's rails, and when (database time). */
export interface Lifting {
  readonly account: string;
  readonly by: string;
  readonly now: number;
}

/**
 * Takes back what rails of an account ordered and nobody began. What DTMS had decided before them is its own again, and
 * the circuit breaker looks at it anew. `at` tells the market time of a trade.
 */
export function takeBackOrders(
  engine: Engine,
  { account, by, now }: Lifting,
  at: (trade: Trade) => number,
): void {
  const back: Trade[] = [];
  for (const trade of engine.acting.trades(account)) {
    const { spec, state } = trade;
    const close = closeOf(trade);
    // A position that is gone, being closed, or ordered closed by a person still needs its hedge closed.
    const isOpen = close === undefined ? state !== 'CLOSED' : railOf(close) !== null && isUntouched(close);
    if (!isOpen) continue;
    for (const { actionId, ...ordered } of trade.actions) {
      const share = railOf(ordered);
      if (share === null) continue;
      const after = engine.act(spec, (current, context) => {
        const action = openAction(current, actionId);
        if (action === undefined) return [];
        if (share === 'planned' && state !== 'CLOSED')
          return expire(current, action, LIFTED, at(current), context, by);
        const own = { ...pending(action, action.notBefore, LIFTED), orderedBy: '' };
        return [stepped(current, action, own, by, at(current))];
      });
      if (share === 'adopted' || state === 'CLOSED') back.push(after);
    }
  }
  holdAgain(engine, back, now, at);
}

const LIFTED = 'the rails were lifted';
