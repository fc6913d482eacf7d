// Owns an account against a broker's snapshot: which position belongs to which trade, what belongs to none,
// and what a position becomes that only the broker knows.

import type { Opening } from '../actions/evidence.js';
import { isTag, tagOf } from '../broker/order-tag.js';
import type { BrokerPosition } from '../broker/snapshot.js';
import type { BrokerIndex } from '../broker/snapshot-index.js';
import { favourable } from '../market/direction.js';
import type { Action } from '../trade/action.js';
import { dealsOf, orderKindOf } from '../trade/action-specs.js';
import type { Trade, TradeSpec } from '../trade/trade.js';
import type { Sighting } from './look.js';

/** A trade with what the broker shows of it. */
export interface Sighted extends Sighting {
  readonly trade: Trade;
}

/** A position no trade owns. */
export interface Stranger {
  readonly position: BrokerPosition;
  /** The action that opened it, and its trade, when an open action says so. */
  readonly opener: { readonly trade: Trade; readonly action: Action } | null;
}

export interface Matching {
  readonly sighted: readonly Sighted[];
  readonly strangers: readonly Stranger[];
  readonly unexplained: readonly Opening[];
}

const NO_LEGS: ReadonlyMap<bigint, BrokerPosition> = new Map();

/**
 * Matches the snapshot's positions with the trades of its account: by position identifier, a hedge's leg
 * also by the tag of the action that opened it.
 *
 * @param legs - legs by their trade's ticket that are known from actions the trades have not any more.
 */
export function matchPositions(
  trades: Iterable<Trade>,
  broker: BrokerIndex,
  legs: ReadonlyMap<bigint, BrokerPosition> = NO_LEGS,
): Matching {
  const sighted: Sighted[] = [];
  const claimed = new Set<bigint>();
  const openers = new Map<bigint, { readonly trade: Trade; readonly action: Action }>();
  for (const trade of trades) {
    const position = broker.positions.get(trade.spec.ticket) ?? null;
    let leg = trade.hedge === null ? null : (broker.positions.get(trade.hedge.ticket) ?? null);
    for (const action of [...trade.actions, ...trade.deadLetters]) {
      if (broker.taggedPositions.size === 0) break;
      if (dealsOf(action.type) !== 'open') continue;
      const opened = broker.taggedPositions.get(tagOf(action.actionId));
      if (opened === undefined) continue;
      openers.set(opened.identifier, { trade, action });
      if (orderKindOf(action.type) === 'open hedge' && takesLeg(trade)) leg ??= opened;
    }
    if (takesLeg(trade)) leg ??= legs.get(trade.spec.ticket) ?? null;
    for (const owned of [position, leg]) if (owned !== null) claimed.add(owned.identifier);
    sighted.push({ trade, position, leg });
  }
  const strangers = broker.snapshot.positions
    .filter(({ identifier }) => !claimed.has(identifier))
    .map((position) => ({ position, opener: openers.get(position.identifier) ?? null }));
  return { sighted, strangers, unexplained: unexplainedOf(sighted, strangers, broker) };
}

function unexplainedOf(
  sighted: readonly Sighted[],
  strangers: readonly Stranger[],
  { snapshot }: BrokerIndex,
): readonly Opening[] {
  const owners = new Map<bigint, bigint>();
  for (const { trade, leg } of sighted) {
    const { ticket } = trade.spec;
    owners.set(ticket, ticket);
    for (const hedge of [trade.hedge?.ticket, leg?.identifier])
      if (hedge !== undefined) owners.set(hedge, ticket);
  }
  const open = strangers
    .filter(({ position, opener }) => opener === null && !isTag(position.comment))
    .map(({ position }) => openingOf(position));
  const dealt = snapshot.deals
    .filter(({ entry, comment }) => entry !== 'OUT' && !isTag(comment))
    .map(({ symbol, direction, positionIdentifier, time }) => ({
      symbol,
      direction,
      owner: owners.get(positionIdentifier) ?? null,
      at: time,
    }));
  return [...open, ...dealt];
}

/** A position no trade owns, as an opening. */
export function openingOf({ symbol, direction }: BrokerPosition): Opening {
  return { symbol, direction, owner: null, at: null };
}

/** Without a hedge, or with one whose ticket was never told. */
function takesLeg({ hedge }: Trade): boolean {
  return hedge === null || hedge.ticket === 0n;
}

/**
 * The registration of a position only the broker knows. A stop or target that has moved past the entry says
 * nothing of the risk it was opened with: it is left out here and found by the reconciliation of the trade.
 */
export function specOfPosition(account: string, position: BrokerPosition, feed: string): TradeSpec {
  const { identifier, ticket, symbol, direction, volume, entryPrice, magicNumber, openedAt } = position;
  const sign = favourable(direction);
  const behind = (price: number | null, side: number) =>
    price !== null && side * (price - entryPrice) > 0 ? price : null;
  return {
    account,
    ticket: identifier,
    symbol,
    direction,
    entryPrice,
    volume,
    stopLoss: behind(position.stopLoss, -sign),
    takeProfit: behind(position.takeProfit, sign),
    initialStopLoss: null,
    openedAt,
    feed,
    positionTicket: ticket,
    magicNumber,
    label: '',
  };
}
