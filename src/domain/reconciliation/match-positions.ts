// Owns an account against a broker's snapshot: which position belongs to which trade, what belongs to none,
// and what a position becomes that only the broker knows.

import type { Opening } from '../actions/evidence.js';
import { isLeg, isWithin } from '../actions/opening.js';
import { isTag, tagOf } from '../broker/order-tag.js';
import type { BrokerPosition } from '../broker/snapshot.js';
import { type BrokerIndex, closingDeals } from '../broker/snapshot-index.js';
import { favourable } from '../market/direction.js';
import type { Rules } from '../rules.js';
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

/** What is known beside the trades. */
export interface KnownLegs {
  /** Legs by their trade's ticket, from actions the trades have not any more. */
  readonly legs: ReadonlyMap<bigint, BrokerPosition>;
  /** Identifiers of trades that are over. */
  readonly over: { has(identifier: bigint): boolean };
}

const NOTHING_KNOWN: KnownLegs = { legs: new Map(), over: new Set() };

/**
 * Matches the snapshot's positions with the trades of its account: by position identifier, a hedge's leg
 * also by the tag of the action that opened it. A leg is on the other side of its trade, and no other trade's.
 */
export function matchPositions(
  trades: Iterable<Trade>,
  broker: BrokerIndex,
  symbols: Rules['symbols'],
  known: KnownLegs = NOTHING_KNOWN,
): Matching {
  const all = [...trades];
  const owners = ownersOf(all);
  const claimed = new Set<bigint>();
  const openers = new Map<bigint, Opener>();
  const sighted = all.map((trade): Sighted => {
    const position = broker.positions.get(trade.spec.ticket) ?? null;
    const opened = openedBy(trade, broker);
    for (const { action, position: one } of opened) openers.set(one.identifier, { trade, action });
    const mayBe = (one: BrokerPosition): boolean =>
      isLeg(trade, one, symbols) &&
      !known.over.has(one.identifier) &&
      (owners.get(one.identifier) ?? trade) === trade;
    const leg = legOf(trade, opened, broker, known, mayBe);
    for (const owned of [position, leg]) if (owned !== null) claimed.add(owned.identifier);
    return { trade, position, leg };
  });
  const strangers = broker.snapshot.positions
    .filter(({ identifier }) => !claimed.has(identifier))
    .map((position) => ({ position, opener: openers.get(position.identifier) ?? null }));
  return { sighted, strangers, unexplained: unexplainedOf(sighted, strangers, broker) };
}

/** By when the broker's deals ended them, so that closes count in the order in which they happened. */
export function inOrderOfEnds(sighted: readonly Sighted[], broker: BrokerIndex): readonly Sighted[] {
  const endOf = ({ trade: { spec }, position }: Sighted): number =>
    position === null ? (closingDeals(broker, spec.ticket).at(-1)?.time ?? 0) : 0;
  const ends = sighted.map((one) => ({ one, end: endOf(one) }));
  return ends.sort((a, b) => a.end - b.end).map(({ one }) => one);
}

type Opener = NonNullable<Stranger['opener']>;

/** What carries the tag of an action of the trade that opens something. */
interface Opened {
  readonly action: Action;
  readonly position: BrokerPosition;
}

function openedBy(
  { actions, deadLetters }: Trade,
  { taggedPositions, sharedTags }: BrokerIndex,
): readonly Opened[] {
  if (taggedPositions.size === 0) return [];
  return [...actions, ...deadLetters].flatMap((action) => {
    if (dealsOf(action.type) !== 'open') return [];
    const position = taggedPositions.get(tagOf(action.actionId));
    return position === undefined || sharedTags.has(position.comment) ? [] : [{ action, position }];
  });
}

/** Which trade each position is of: as its own first, as its hedge then. */
function ownersOf(trades: readonly Trade[]): ReadonlyMap<bigint, Trade> {
  const owners = new Map(trades.map((trade) => [trade.spec.ticket, trade]));
  for (const trade of trades)
    if (trade.hedge !== null && !owners.has(trade.hedge.ticket)) owners.set(trade.hedge.ticket, trade);
  return owners;
}

/** The position that is a trade's hedge. A tag proves one, and so counts more than a ticket of somebody's position. */
function legOf(
  trade: Trade,
  opened: readonly Opened[],
  broker: BrokerIndex,
  { legs }: KnownLegs,
  mayBe: (position: BrokerPosition) => boolean,
): BrokerPosition | null {
  const told = trade.hedge === null ? undefined : broker.positions.get(trade.hedge.ticket);
  const named = told !== undefined && mayBe(told) ? told : null;
  if (named !== null && (named.comment === '' || isTag(named.comment))) return named;
  if (named === null && !takesLeg(trade, told, broker)) return null;
  const ofTrade = opened
    .filter(({ action }) => orderKindOf(action.type) === 'open hedge')
    .map(({ position }) => position);
  const tagged = [...ofTrade, legs.get(trade.spec.ticket)].filter((one) => one !== undefined);
  return tagged.find((one) => isWithin(trade, 0, one) && mayBe(one)) ?? named;
}

/** Without a hedge, with one whose ticket was never told or is another's, or that was missed before and still is. */
function takesLeg(
  { hedge, hedgeMissingSince }: Trade,
  told: BrokerPosition | undefined,
  { snapshot }: BrokerIndex,
): boolean {
  if (hedge === null || hedge.ticket === 0n || told !== undefined) return true;
  return snapshot.complete && hedgeMissingSince !== null;
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
