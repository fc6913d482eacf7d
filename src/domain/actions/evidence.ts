// Owns what a broker's snapshot proves of an action whose report never came: that it was executed, that it
// was not, or that it cannot matter any more. What it does not prove stays in doubt.

import { isTag, tagOf } from '../broker/order-tag.js';
import type { BrokerDeal, BrokerPosition } from '../broker/snapshot.js';
import { type BrokerIndex, closingDeals, volumeOf } from '../broker/snapshot-index.js';
import type { Direction } from '../market/direction.js';
import type { Rules } from '../rules.js';
import type { Action, ActionResult } from '../trade/action.js';
import { dealsOf, movesOf, movesStop } from '../trade/action-specs.js';
import type { Trade } from '../trade/trade.js';
import { isOpeningOf, isWithin } from './opening.js';

export type Verdict =
  | { readonly kind: 'executed'; readonly result: ActionResult }
  | { readonly kind: 'not executed' }
  | { readonly kind: 'moot'; readonly reason: string };

/** What is looked at, and when. */
export interface Scrutiny {
  readonly broker: BrokerIndex;
  readonly rules: Rules;
  /** Database time. */
  readonly now: number;
  readonly unexplained: readonly Opening[];
  /** Whether a position is, or was, another trade's, whatever the tag of its order says; absent means it is not. */
  isTaken?(trade: Trade, action: Action, identifier: bigint): boolean;
}

/** An opening at the broker that no action's tag explains: a position no trade owns, or a deal. */
export interface Opening {
  readonly symbol: string;
  readonly direction: Direction;
  /** The ticket of the trade that owns the position; null for none. */
  readonly owner: bigint | null;
  /** Broker time of a deal; null for a position that is open. */
  readonly at: number | null;
}

/**
 * Whether an opening may be what an action's order opened, its comment lost: of the symbol and side of the order,
 * not before it was sent. On a netting account the trade's own position grows.
 */
export function mayHaveOpened(
  { spec, openedAt }: Trade,
  action: Action,
  { owner, at, ...opening }: Opening,
  rules: Rules,
): boolean {
  if (!isOpeningOf({ spec }, action.type, opening, rules.symbols)) return false;
  const adds = movesOf(action.type) !== 'hedge';
  if (owner === null) return at === null || at >= earliestDeal(action, rules);
  return adds && owner === spec.ticket && at !== null && at > openedAt && at >= earliestDeal(action, rules);
}

/** Prices of one order differ by the float's error at most. */
export function samePrice(a: number | null, b: number | null): boolean {
  if (a === null || b === null) return a === b;
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

/** null: nothing is proved, or nothing is in question. */
export function verdictOn(trade: Trade, action: Action, scrutiny: Scrutiny): Verdict | null {
  // Of one that is executing the report is under way. A tag proves an execution whatever the status.
  if (action.status === 'EXECUTING') return null;
  if (isTagTaken(trade, action, scrutiny)) return null;
  const executed = movesStop(action) ? stopInForce(trade, action, scrutiny) : filled(trade, action, scrutiny);
  if (executed !== null) return { kind: 'executed', result: executed };
  return action.status === 'IN_DOUBT' ? withoutTrace(trade, action, scrutiny) : null;
}

/** True while the order of an action in doubt may still be on its way. */
export function isUnquiet({ begunAt, notBefore, status }: Action, scrutiny: Scrutiny): boolean {
  if (status !== 'IN_DOUBT') return status === 'EXECUTING';
  const { broker, rules, now } = scrutiny;
  // Of a restored log.
  if (notBefore !== null && now < notBefore) return true;
  const quietFrom = (begunAt ?? Number.POSITIVE_INFINITY) + rules.actions.doubtQuietMs;
  // On both clocks: a broker's clock that is hours ahead must not end the wait.
  return broker.snapshot.takenAt < quietFrom || now < quietFrom;
}

function stopInForce(trade: Trade, { status, stopLoss }: Action, { broker }: Scrutiny): ActionResult | null {
  const position = broker.positions.get(trade.spec.ticket);
  if (status !== 'IN_DOUBT' || position === undefined || stopLoss === null) return null;
  return samePrice(position.stopLoss, stopLoss) ? { ...FOUND, stopLoss: position.stopLoss } : null;
}

/**
 * The deals or the position that carry the action's tag, as the result they are. A close that took from
 * another position, because it did not name one, is none of this one.
 */
function filled(trade: Trade, action: Action, { broker }: Scrutiny): ActionResult | null {
  const tag = tagOf(action.actionId);
  const closes = dealsOf(action.type) !== 'open';
  const target = targetOf(trade, action);
  const deals = (broker.taggedDeals.get(tag) ?? []).filter(({ entry, positionIdentifier }) =>
    closes ? entry !== 'IN' && positionIdentifier === (target ?? positionIdentifier) : entry === 'IN',
  );
  const position = closes ? undefined : broker.taggedPositions.get(tag);
  const last = deals.at(-1);
  if (last === undefined) return position === undefined ? null : opened(position);
  return {
    ...FOUND,
    price: averagePrice(deals),
    volume: volumeOf(deals),
    stopLoss: position?.stopLoss ?? null,
    openedTicket: closes ? null : (position?.identifier ?? last.positionIdentifier),
    dealTicket: last.deal,
  };
}

/** Whether what carries the action's tag is another's position, or several are: then it proves nothing, and what it hides neither. */
function isTagTaken(trade: Trade, action: Action, { broker, rules, isTaken }: Scrutiny): boolean {
  if (dealsOf(action.type) !== 'open') return false;
  const tag = tagOf(action.actionId);
  if (broker.sharedTags.has(tag)) return true;
  const open = broker.taggedPositions.get(tag);
  const deals = broker.taggedDeals.get(tag) ?? [];
  const opened = [...(open === undefined ? [] : [open]), ...deals.filter(({ entry }) => entry === 'IN')];
  if (opened.some((one) => !isOpeningOf(trade, action.type, one, rules.symbols))) return true;
  const hedges = movesOf(action.type) === 'hedge';
  if (hedges && open !== undefined && !isWithin(trade, action.volume ?? 0, open)) return true;
  const named = [
    ...(open === undefined ? [] : [open.identifier]),
    ...deals.map(({ positionIdentifier }) => positionIdentifier),
  ];
  return isTaken !== undefined && named.some((identifier) => isTaken(trade, action, identifier));
}

/** The position an action is about: the trade's own, or its hedge's leg; undefined where there is none. */
function targetOf(trade: Trade, { type }: Action): bigint | undefined {
  return movesOf(type) === 'hedge' ? trade.hedge?.ticket : trade.spec.ticket;
}

function opened({ identifier, entryPrice, volume, stopLoss }: BrokerPosition): ActionResult {
  return { ...FOUND, price: entryPrice, volume, stopLoss, openedTicket: identifier };
}

/**
 * Nothing at the broker carries the action's tag. That proves something only in a complete snapshot, long
 * enough after the attempt and with deals that reach back to it.
 */
function withoutTrace(trade: Trade, action: Action, scrutiny: Scrutiny): Verdict | null {
  const { broker } = scrutiny;
  if (!broker.snapshot.complete || isUnquiet(action, scrutiny)) return null;
  const target = targetOf(trade, action);
  const isThere = target !== undefined && broker.positions.has(target);
  // That a hedge is not there is for its own check to settle.
  const isOver =
    target === undefined || (movesOf(action.type) !== 'hedge' && trade.state === 'CLOSED' && !isThere);
  switch (dealsOf(action.type)) {
    case 'open': {
      // While anything unexplained may be its own, to open once more could double it.
      const { unexplained, rules } = scrutiny;
      if (unexplained.some((opening) => mayHaveOpened(trade, action, opening, rules))) return null;
      return dealsReachBack(action, scrutiny) ? NOT_EXECUTED : null;
    }
    case 'close':
      if (isOver) return { kind: 'executed', result: GONE };
      return isThere && isUnclosed(target, action, scrutiny) ? NOT_EXECUTED : null;
    case 'reduce':
      if (isOver) return { kind: 'moot', reason: 'the position is gone' };
      return isThere && isUnclosed(target, action, scrutiny) ? NOT_EXECUTED : null;
    case 'none':
      if (isOver) return { kind: 'moot', reason: 'the position is gone' };
      return isThere ? NOT_EXECUTED : null;
  }
}

/**
 * Whether the deals since the attempt are all known and all explained. A close without any tag may be the
 * action's own, with its comment lost: then a person has to say.
 */
function isUnclosed(identifier: bigint, action: Action, scrutiny: Scrutiny): boolean {
  if (!dealsReachBack(action, scrutiny)) return false;
  const from = earliestDeal(action, scrutiny.rules);
  return !closingDeals(scrutiny.broker, identifier).some(
    ({ reason, comment, time }) => reason === 'CLIENT' && !isTag(comment) && time >= from,
  );
}

function dealsReachBack(action: Action, scrutiny: Scrutiny): boolean {
  return scrutiny.broker.snapshot.dealsSince <= earliestDeal(action, scrutiny.rules);
}

/** Broker time from which a deal can be the action's: the database's clock dated its beginning. */
function earliestDeal({ begunAt }: Action, rules: Rules): number {
  return (begunAt ?? Number.NEGATIVE_INFINITY) - rules.reconciliation.clockSkewMs;
}

function averagePrice(deals: readonly BrokerDeal[]): number {
  const paid = deals.reduce((sum, { price, volume }) => sum + price * volume, 0);
  const volume = deals.reduce((sum, deal) => sum + deal.volume, 0);
  // Twelve digits are more than any price has, and fewer than a quotient of doubles shows.
  return Number((paid / volume).toPrecision(12));
}

const FOUND: ActionResult = {
  code: 0,
  message: 'found at the broker',
  outcome: 'DONE',
  price: null,
  volume: null,
  stopLoss: null,
  openedTicket: null,
  dealTicket: null,
};

const GONE: ActionResult = { ...FOUND, message: 'it is gone at the broker', outcome: 'NO_CHANGE' };

const NOT_EXECUTED: Verdict = { kind: 'not executed' };
