// An account against a broker's snapshot: which position belongs to which trade, what belongs to none, and
// what a position becomes that only the broker knows.
import { tagOf } from './action-tag.js';
import type { BrokerPosition } from './broker.js';
import type { BrokerIndex } from './broker-index.js';
import type { Sighting } from './reconcile-look.js';
import { favourable } from './trade.js';
import type { Action, Trade, TradeSpec } from './types.js';

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
      if (action.type !== 'OPEN_HEDGE' && action.type !== 'RE_ADD') continue;
      const opened = broker.taggedPositions.get(tagOf(action.actionId));
      if (opened === undefined) continue;
      openers.set(opened.identifier, { trade, action });
      if (action.type === 'OPEN_HEDGE' && takesLeg(trade)) leg ??= opened;
    }
    if (takesLeg(trade)) leg ??= legs.get(trade.spec.ticket) ?? null;
    for (const owned of [position, leg]) if (owned !== null) claimed.add(owned.identifier);
    sighted.push({ trade, position, leg });
  }
  const strangers = broker.snapshot.positions
    .filter(({ identifier }) => !claimed.has(identifier))
    .map((position) => ({ position, opener: openers.get(position.identifier) ?? null }));
  return { sighted, strangers };
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
