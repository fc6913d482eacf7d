// Owns changing one trade: what the broker says of it, its end, and whether it is evaluated.
import type { BrokerUpdate } from '../domain/actions/broker-update.js';
import type { ShownTrade } from '../domain/trade/reading.js';
import type { CloseReason } from '../domain/trade/state.js';
import type { Trade } from '../domain/trade/trade.js';
import type { DurableTrade } from '../engine/durable-trades.js';
import type { Engine } from '../engine/engine.js';
import { isOwned } from '../engine/owned-positions.js';
import { shownTrade } from '../engine/shown-trade.js';
import { positionNotShown, tradeClosed, tradeNotFound } from '../errors/errors.js';
import type { TradeKey } from '../store/types.js';
import { type Deciding, journalled, type PreparedCommand } from './command.js';
import { checkMarketDate } from './dates.js';

/** The trade as it is after the command; `found` is the stored one where it was closed before. */
type ChangeTrade = PreparedCommand<DurableTrade | undefined, ShownTrade>;

/**
 * Records what the broker says; `occurredAt` is market time, UTC ms. Throws INVALID_FIELD, TRADE_NOT_FOUND,
 * TRADE_CLOSED, POSITION_NOT_SHOWN.
 */
export const updateTrade = journalled(
  'updateTrade',
  (key: TradeKey, update: BrokerUpdate, occurredAt: number | null): ChangeTrade => {
    const change = ({ engine }: Deciding, at: number): Trade => {
      const named = ticketObstacle(engine, key, update);
      if (named !== null) throw positionNotShown(key.account, named.ticket, named.field);
      return engine.update(key, update, at);
    };
    return changeTrade(key, 'refused', change, occurredAt);
  },
);

/** Ends a trade; a closed one stays as it is. Throws INVALID_FIELD, TRADE_NOT_FOUND. */
export const closeTrade = journalled(
  'closeTrade',
  (key: TradeKey, reason: CloseReason, price: number | null, occurredAt: number | null): ChangeTrade => {
    return changeTrade(key, 'shown', ({ engine }, at) => engine.close(key, reason, price, at), occurredAt);
  },
);

/** Throws TRADE_NOT_FOUND, TRADE_CLOSED. */
export const pauseTrade = journalled('pauseTrade', (key: TradeKey, reason: string): ChangeTrade => {
  return changeTrade(key, 'refused', ({ engine }, at) => engine.pause(key, reason, at));
});

/** Throws TRADE_NOT_FOUND, TRADE_CLOSED. */
export const resumeTrade = journalled('resumeTrade', (key: TradeKey, reason: string): ChangeTrade => {
  return changeTrade(key, 'refused', ({ engine }, at) => engine.resume(key, reason, at));
});

/** `change` does it to a trade that can still change, at `occurredAt` or its feed's time. */
function changeTrade(
  key: TradeKey,
  closedOnes: 'refused' | 'shown',
  change: (term: Deciding, at: number) => Trade,
  occurredAt: number | null = null,
): ChangeTrade {
  const { account, ticket } = key;
  return {
    prepare: async (term) => {
      if (changeable(term, key) !== undefined) return undefined;
      const found = await term.find(key);
      if (found === undefined) throw tradeNotFound(account, ticket);
      return found;
    },
    apply: (term, found) => {
      const before = changeable(term, key);
      if (before === undefined) {
        // Closed before the call, or by another call since it began.
        if (found === undefined || closedOnes === 'refused') throw tradeClosed(account, ticket);
        return { respond: () => shownTrade(term, found.trade, found.revision) };
      }
      const revision = term.revisionOf(before);
      const feed = term.engine.feedOf(before);
      checkMarketDate('occurred_at', occurredAt, feed, term);
      const after = change(term, occurredAt ?? term.clock.now(feed));
      return { respond: (head) => shownTrade(term, after, after === before ? revision : head) };
    },
  };
}

/** A closed trade may be in the engine while its actions are open. */
function changeable(term: Deciding, { account, ticket }: TradeKey): Trade | undefined {
  const trade = term.engine.get(account, ticket);
  return trade?.state === 'CLOSED' ? undefined : trade;
}

interface NamedTicket {
  readonly field: string;
  readonly ticket: bigint;
}

/**
 * The ticket of an update that DTMS must not act on: its orders touch what a ticket names. The account's bridge has
 * to have shown the position, and no other trade may own it. null: there is none.
 */
function ticketObstacle(engine: Engine, key: TradeKey, update: BrokerUpdate): NamedTicket | null {
  const { account, ticket } = key;
  const trade = engine.get(account, ticket);
  const { hedge, positionTicket, volume } = update;
  const own = engine.accounts.positionOf(account, ticket);
  if (positionTicket !== null && positionTicket !== ticket && positionTicket !== trade?.positionTicket) {
    if (own?.ticket !== positionTicket) return { field: 'position_ticket', ticket: positionTicket };
  }
  // Nothing is ordered beyond what the broker holds. Of a real account that is what its bridge has shown.
  const isReal = engine.reference.mustBeShown(account);
  const most = own?.volume ?? (isReal ? trade?.volume : undefined) ?? volume;
  if (volume !== null && volume > (most ?? volume)) return { field: 'volume', ticket };
  if (hedge === null || hedge === 'gone') return null;
  const known = hedge.ticket === trade?.hedge?.ticket && hedge.volume <= trade.hedge.volume;
  if (known || (hedge.ticket === 0n && !isReal)) return null;
  const shown = engine.accounts.positionOf(account, hedge.ticket);
  const fits =
    shown !== undefined &&
    shown.symbol === trade?.spec.symbol &&
    shown.direction !== trade.spec.direction &&
    hedge.volume <= shown.volume;
  if (fits && !isOwned(engine, account, hedge.ticket)) return null;
  return { field: 'hedge.ticket', ticket: hedge.ticket };
}
