// Owns what is held of the actions that were planned: those the circuit breaker stops, and those beyond a cap of their
// account. It looks at every plan in the transaction that makes it, so no bridge ever sees one it has not looked at.
// A person's own order is never held; the breaker holds no stop, and nothing on a recorded feed or a paper account.

import type { Hold } from '../domain/account/order-caps.js';
import { hold, letGo, openAction } from '../domain/changes/action-life.js';
import type { Action } from '../domain/trade/action.js';
import type { TradeEvent } from '../domain/trade/event.js';
import { actionsOf } from '../domain/trade/event-actions.js';
import type { Trade } from '../domain/trade/trade.js';
import { beyondRate, beyondSize } from './caps.js';
import { type CircuitBreaker, MASS_EFFECTS } from './circuit-breaker.js';
import type { Engine } from './engine.js';
import { countedPlans, effectOf, isByCalendar, isMadeUp } from './mass-effects.js';

/** Holds what must be held of what these events planned; `now` is the database's clock, UTC ms. */
export function holdPlanned(engine: Engine, events: readonly TradeEvent[], now: number): void {
  settle(engine.breaker, events);
  holdLarge(engine, events);
  const plans = events.flatMap((event) => countedPlans(engine, event));
  for (const effect of MASS_EFFECTS) {
    const ofEffect = plans.filter((plan) => plan.effect === effect);
    for (const account of new Set(ofEffect.map(({ trade }) => trade.spec.account))) {
      const own = ofEffect.filter(({ trade }) => trade.spec.account === account);
      const tickets = own.map(({ trade }) => trade.spec.ticket);
      const reason = engine.breaker.admit(effect, account, tickets, now);
      if (reason === null) continue;
      for (const { trade, action, at } of own)
        holdPlan(engine, trade, action, { by: 'MASS_EFFECT', reason }, at);
    }
  }
}

/** Holds what is planned beyond its account's caps of size. */
function holdLarge(engine: Engine, events: readonly TradeEvent[]): void {
  for (const { change, trade, at } of events) {
    if (change.kind !== 'stateChanged' && change.kind !== 'actionPlanned') continue;
    for (const action of change.planned) {
      const beyond = beyondSize(engine, trade, action);
      if (beyond !== null) holdPlan(engine, trade, action, beyond, at);
    }
  }
}

/**
 * Why what was planned before must wait after all, once a bridge asks for it at database time `now`; null when it need
 * not. `alsoLeased` are the account's orders that bridges have and have not begun.
 */
export function heldBack(
  engine: Engine,
  trade: Trade,
  action: Action,
  now: number,
  alsoLeased: number,
): Hold | null {
  return (
    massEffect(engine, trade, action) ??
    beyondSize(engine, trade, action) ??
    beyondRate(engine, trade, action, now, alsoLeased)
  );
}

function massEffect(engine: Engine, trade: Trade, action: Action): Hold | null {
  const effect = effectOf(action);
  if (effect === null || action.orderedBy !== '' || isMadeUp(engine, trade)) return null;
  if (isByCalendar(engine, trade, action)) return null;
  const reason = engine.breaker.hold(effect, trade.spec);
  return reason === null ? null : { by: 'MASS_EFFECT', reason };
}

function holdPlan(engine: Engine, { spec }: Trade, { actionId }: Action, held: Hold, at: number): void {
  if (engine.get(spec.account, spec.ticket) === undefined) return;
  engine.act(spec, (current) => {
    const open = openAction(current, actionId);
    return open?.status === 'PENDING' && open.orderedBy === ''
      ? [hold(current, open, held.by, held.reason, at)]
      : [];
  });
}

/** Looks at closes of an account's trades anew, as if they had been planned at database time `now`. */
export function holdAgain(
  engine: Engine,
  trades: readonly Trade[],
  now: number,
  at: (trade: Trade) => number,
): void {
  const [first] = trades;
  if (first === undefined || isMadeUp(engine, first)) return;
  const tickets = trades.map(({ spec }) => spec.ticket);
  const reason = engine.breaker.admit('CLOSE', first.spec.account, tickets, now);
  if (reason === null) return;
  for (const trade of trades) {
    for (const action of trade.actions.filter((one) => effectOf(one) === 'CLOSE' && one.orderedBy === ''))
      holdPlan(engine, trade, action, { by: 'MASS_EFFECT', reason }, at(trade));
  }
}

/** What is not held any more is not the breaker's any more. */
function settle(breaker: CircuitBreaker, events: readonly TradeEvent[]): void {
  if (breaker.trips().length === 0) return;
  for (const { trade, change } of events) {
    if (trade.state === 'CLOSED') breaker.settled('GONE', trade.spec.account, trade.spec.ticket);
    for (const action of actionsOf(change)) {
      const effect = effectOf(action);
      if (effect === null || action.status === 'HELD' || action.status === 'PENDING') continue;
      breaker.settled(effect, trade.spec.account, trade.spec.ticket);
    }
  }
}

/** Takes over what was held, and the rails that hold still, when a term begins. */
export function restoreHeld(engine: Engine, now: number): void {
  engine.accounts.tick(now);
  for (const account of engine.acting.accounts()) {
    for (const { spec, actions } of engine.acting.trades(account)) {
      for (const action of actions) {
        const effect = effectOf(action);
        if (action.hold !== 'MASS_EFFECT' || effect === null) continue;
        engine.breaker.restore(effect, spec, action.reason, now);
      }
    }
  }
}

/** Lets go on what was held for as long as the rules say; `at` tells the market time of a trade. */
export function releaseInTime(engine: Engine, now: number, at: (trade: Trade) => number): void {
  const { goOnAfterMs } = engine.rules.breaker;
  if (goOnAfterMs === 0) return;
  const reason = `it was held for ${goOnAfterMs / 1000} s`;
  for (const { kind, since, held } of engine.breaker.trips()) {
    if (now - since < goOnAfterMs) continue;
    for (const account of new Set([...held.values()].map((trade) => trade.account))) {
      for (const trade of engine.acting.trades(account)) {
        const due = trade.actions.filter(
          ({ hold: by, ...action }) => by === 'MASS_EFFECT' && effectOf(action) === kind,
        );
        for (const action of due)
          engine.act(trade.spec, (current) => [letGo(current, action, RULE, reason, at(current))]);
      }
      engine.breaker.release(kind, account);
    }
  }
}

/** Who lets go on what was held long enough. */
const RULE = 'rules.breaker';

/** Whose word it is, on what. */
export interface Release {
  readonly account: string;
  /** Empty: everything that is held of the account. */
  readonly actionIds: readonly string[];
  readonly by: string;
  readonly reason: string;
}

/** Lets held actions go on; returns their ids. `at` tells the market time of a trade. */
export function releaseHeld(
  engine: Engine,
  { account, actionIds, by, reason }: Release,
  at: (trade: Trade) => number,
): readonly string[] {
  const wanted = new Set(actionIds);
  const released: string[] = [];
  for (const trade of engine.acting.trades(account)) {
    for (const action of trade.actions) {
      const isWanted = wanted.size === 0 || wanted.has(action.actionId);
      if (action.status !== 'HELD' || !isWanted) continue;
      engine.act(trade.spec, (current) => [letGo(current, action, by, reason, at(current))]);
      const effect = effectOf(action);
      if (effect !== null) engine.breaker.settled(effect, account, trade.spec.ticket);
      released.push(action.actionId);
    }
  }
  if (wanted.size === 0) for (const effect of MASS_EFFECTS) engine.breaker.release(effect, account);
  return released;
}
