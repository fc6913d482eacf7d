// Owns holding orders to their account's caps: by size when they are planned, leased and begun, by number when they are
// leased and begun. What is held for its number goes on by itself as soon as the minute has room.
import { type Hold, type OrderSize, sizeCap } from '../domain/account/order-caps.js';
import { letOn } from '../domain/changes/action-life.js';
import type { Action } from '../domain/trade/action.js';
import { dealsOf } from '../domain/trade/action-specs.js';
import type { Trade } from '../domain/trade/trade.js';
import type { Engine } from './engine.js';

/** The cap of size that an action's order is beyond; null when none is. */
export function beyondSize(engine: Engine, trade: Trade, action: Action): Hold | null {
  if (dealsOf(action.type) !== 'open' || action.orderedBy !== '') return null;
  const caps = engine.accounts.capsOf(trade.spec.account);
  if (caps.volume === null && caps.notional === null) return null;
  return sizeCap(caps, sizeOf(engine, trade, action.volume ?? 0));
}

function sizeOf(engine: Engine, trade: Trade, volume: number): OrderSize {
  const { account, symbol, direction, entryPrice } = trade.spec;
  if (!engine.reference.isTold(account, symbol)) return { volume, notional: null };
  const price = engine.viewOf(trade)?.exitPrice(direction) ?? entryPrice;
  return { volume, notional: volume * price * engine.termsOf(trade).contractSize };
}

/** Whether an action waits where there were too many orders: an emergency and a person's word never do. */
function isRated({ type, orderedBy }: Action): boolean {
  return dealsOf(type) !== 'close' && orderedBy === '';
}

/** The same of the cap on orders in a minute; `alsoLeased` are those a bridge has and has not begun. */
export function beyondRate(
  engine: Engine,
  { spec: { account } }: Trade,
  action: Action,
  now: number,
  alsoLeased: number,
): Hold | null {
  const { perMinute } = engine.accounts.capsOf(account);
  if (perMinute === null || !isRated(action)) return null;
  const orders = engine.orders.within(account, now) + alsoLeased;
  if (orders < perMinute) return null;
  return { by: 'ORDER_RATE', reason: `${orders} orders within a minute, of ${perMinute} that are allowed` };
}

/** Lets go on what was held for the number of orders, as far as the minute has room; `at` tells a trade's market time. */
export function goOnInTurn(engine: Engine, now: number, at: (trade: Trade) => number): void {
  for (const account of engine.acting.accounts()) {
    if (!engine.acting.isOverRate(account)) continue;
    const held = engine.acting
      .trades(account)
      .flatMap(({ spec, actions }) =>
        actions.flatMap((action) => (action.hold === 'ORDER_RATE' ? [{ spec, action }] : [])),
      );
    const { perMinute } = engine.accounts.capsOf(account);
    const waiting = countOf(engine, account, (action) => action.status === 'PENDING' && isRated(action));
    const taken = engine.orders.within(account, now) + engine.acting.leased(account) + waiting;
    const room = perMinute === null ? held.length : perMinute - taken;
    for (const { spec, action } of held.slice(0, Math.max(0, room))) {
      engine.act(spec, (current) => [letOn(current, action, 'the minute has room', at(current))]);
    }
  }
}

function countOf(engine: Engine, account: string, counts: (action: Action) => boolean): number {
  let count = 0;
  for (const { actions } of engine.acting.trades(account))
    for (const action of actions) if (counts(action)) count += 1;
  return count;
}
