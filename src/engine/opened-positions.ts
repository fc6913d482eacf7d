// Owns whether a position can be what an action's order opened: never one that is, or was, another's, that was there before
// the order, or that is not what was ordered.

import { mayHaveOpened } from '../domain/actions/evidence.js';
import { isOpeningOf } from '../domain/actions/opening.js';
import { volumeSum } from '../domain/actions/quantise.js';
import { isTag, tagOf } from '../domain/broker/order-tag.js';
import type { BrokerPosition } from '../domain/broker/snapshot.js';
import type { BrokerIndex } from '../domain/broker/snapshot-index.js';
import { openingOf } from '../domain/reconciliation/match-positions.js';
import { type Action, type ActionResult, isUntouched } from '../domain/trade/action.js';
import { dealsOf, movesOf } from '../domain/trade/action-specs.js';
import type { Trade } from '../domain/trade/trade.js';
import type { Engine } from './engine.js';
import type { Findings, Opener } from './findings.js';
import type { ShownPosition } from './shown-positions.js';

/** Nothing was looked up, because nothing was opened. */
export const NONE_SETTLED: ReadonlySet<bigint> = new Set();

/** What is known of a position beside the trades. */
interface PositionFacts {
  /** Identifiers of trades that are over. */
  readonly over: { has(identifier: bigint): boolean };
  /** As a snapshot showed it; undefined where none did. */
  readonly shown: ShownPosition | undefined;
}

interface ActionOf {
  readonly trade: Trade;
  readonly action: Action;
}

/** The position that a result says an action opened; null where it says of none. */
export function openingIn({ type }: Pick<Action, 'type'>, { openedTicket }: ActionResult): bigint | null {
  return dealsOf(type) === 'open' && openedTicket !== null && openedTicket > 0n ? openedTicket : null;
}

/** Why a position is not what this trade's order opened; null where it may be. */
export function openingObstacle(
  engine: Engine,
  { trade, action }: ActionOf,
  identifier: bigint,
  { over, shown }: PositionFacts,
): string | null {
  const { account, ticket } = trade.spec;
  const hedges = action.type === 'OPEN_HEDGE';
  // On a netting account what is added to a position is in that position.
  if (identifier === ticket) return hedges ? "is the trade's own" : null;
  if (over.has(identifier)) return 'was that of a trade that is over';
  const other = engine.get(account, identifier);
  if (other !== undefined && (hedges || other.parentTicket !== ticket)) return 'is that of another trade';
  const naming = engine.naming(account, identifier);
  if (naming !== undefined && !(hedges && naming === trade)) return `is named by trade ${naming.spec.ticket}`;
  return shown === undefined ? null : shownObstacle(engine, { trade, action }, shown);
}

/** The same by what a snapshot showed of it. */
function shownObstacle({ rules }: Engine, { trade, action }: ActionOf, shown: ShownPosition): string | null {
  const { symbol, direction, volume, comment, shownSince = Number.POSITIVE_INFINITY } = shown;
  if (!isOpeningOf(trade, action.type, shown, rules.symbols)) return `is a ${direction} of ${symbol}`;
  if (isTag(comment) && comment !== tagOf(action.actionId)) return "has another order's tag";
  if (isBeyond(volume, action)) return `is of ${volume} lots`;
  const wasThere = action.begunAt !== null && shownSince <= action.begunAt;
  return wasThere && comment !== tagOf(action.actionId) ? 'was there before the order' : null;
}

/**
 * Whether an order that is over opened a position that carries its tag. Anybody can copy a comment: it is the position that
 * was reported, or another where that one was never shown, and then not one of later.
 */
export function isOpenedBy(
  engine: Engine,
  account: string,
  { ticket, type, opened }: Opener,
  { identifier, openedAt, comment }: BrokerPosition,
): boolean {
  if (opened === undefined || opened === identifier) return true;
  const { shown } = engine.accounts;
  const trade = engine.get(account, ticket);
  if (opened === 0n || (movesOf(type) === 'hedge' && trade?.hedge?.ticket !== opened)) return false;
  const last = shown.of(account, opened);
  const wasTrue = last === undefined ? shown.at(account, opened) !== undefined : last.comment === comment;
  const until = trade?.volumeChangedAt ?? openedAt;
  return !wasTrue && openedAt <= until + engine.rules.reconciliation.clockSkewMs;
}

/** Hedges' legs by their trades' tickets, where only the look-up knows what opened them. */
export function legsOf(
  engine: Engine,
  account: string,
  { taggedPositions, sharedTags }: BrokerIndex,
  { openers }: Findings,
): ReadonlyMap<bigint, BrokerPosition> {
  const legs = new Map<bigint, BrokerPosition>();
  for (const [tag, opener] of openers) {
    const position = taggedPositions.get(tag);
    if (movesOf(opener.type) !== 'hedge' || dealsOf(opener.type) !== 'open' || position === undefined)
      continue;
    if (!sharedTags.has(tag) && isOpenedBy(engine, account, opener, position))
      legs.set(opener.ticket, position);
  }
  return legs;
}

/**
 * Whether a position that was nobody's when a snapshot was matched is a trade's hedge by now, as its order's report told
 * meanwhile: the next snapshot looks at it.
 *
 * @param before - the hedges that trades had then
 */
export function becameHedge(
  engine: Engine,
  account: string,
  { identifier }: BrokerPosition,
  before: ReadonlySet<bigint | undefined>,
): boolean {
  return !before.has(identifier) && engine.naming(account, identifier)?.hedge?.ticket === identifier;
}

/** Whether so many lots are more than an action's order was of. */
export function isBeyond(volume: number | null, action: Action): boolean {
  if (volume === null || action.volume === null || dealsOf(action.type) === 'close') return false;
  return dealsOf(action.type) !== 'none' && volumeSum(volume, -action.volume) > 0;
}

/** The trade with an action, under way or in doubt, that may have opened a position without a tag. */
export function awaiting(
  { acting, rules }: Engine,
  account: string,
  position: BrokerPosition,
): Trade | undefined {
  if (isTag(position.comment)) return undefined;
  const opening = openingOf(position);
  return acting
    .trades(account)
    .find((trade) =>
      trade.actions.some((action) => !isUntouched(action) && mayHaveOpened(trade, action, opening, rules)),
    );
}
