// Owns which plans the circuit breaker counts, and as what.
import type { ReferenceFacts } from '../domain/actions/context.js';
import type { Action } from '../domain/trade/action.js';
import { dealsOf, movesOf } from '../domain/trade/action-specs.js';
import type { TradeEvent } from '../domain/trade/event.js';
import type { Trade } from '../domain/trade/trade.js';
import type { Accounts } from './accounts.js';
import type { MassEffect } from './circuit-breaker.js';
import type { Feeds } from './feeds.js';

/** A plan the breaker counts. */
export interface CountedPlan {
  readonly trade: Trade;
  readonly action: Action;
  readonly effect: MassEffect;
  /** Market time. */
  readonly at: number;
}

/** Where it is known whose money it is, and who told when a market is open. */
interface Owners {
  readonly feeds: Feeds;
  readonly accounts: Accounts;
  readonly reference: Pick<ReferenceFacts, 'hoursOf'>;
}

/** Whether nobody's money is in it. */
export function isMadeUp({ feeds, accounts }: Owners, { spec: { account, feed } }: Trade): boolean {
  const kind = accounts.get(account)?.kind;
  return kind === 'PAPER' || (kind !== 'REAL' && feeds.feedKind(feed) === 'RECORDED');
}

/** Of what an event plans, what is counted. */
export function countedPlans(owners: Owners, { change, at, trade }: TradeEvent): CountedPlan[] {
  if (change.kind !== 'stateChanged' && change.kind !== 'actionPlanned') return [];
  if (isMadeUp(owners, trade)) return [];
  return change.planned.flatMap((action) => {
    const effect = effectOf(action);
    const isCounted = effect !== null && action.orderedBy === '' && !isByCalendar(owners, trade, action);
    return isCounted ? [{ trade, action, effect, at }] : [];
  });
}

/** What an action does when many trades have it; null for one that is no such effect. */
export function effectOf({ type }: Pick<Action, 'type'>): MassEffect | null {
  const [moves, deals] = [movesOf(type), dealsOf(type)];
  if (moves === 'volume' && deals === 'close') return 'CLOSE';
  return moves === 'hedge' && deals === 'open' ? 'HEDGE' : null;
}

/** By the market's usual hours, which nobody told, a policy closes at a time that is known: it is meant of all trades at once. */
const USUAL_HOURS: ReadonlySet<string> = new Set(['close_before_weekend', 'close_before_session_end']);

export function isByCalendar({ reference }: Owners, { spec }: Trade, { rule }: Action): boolean {
  return USUAL_HOURS.has(rule) && reference.hoursOf(spec.account, spec.symbol) === null;
}
