// Owns closing positions on somebody's order: which trades are meant, and what was planned for each.
import { closeOf, isOver, orderClose } from '../domain/changes/order-close.js';
import type { Direction } from '../domain/market/direction.js';
import type { Trade } from '../domain/trade/trade.js';
import type { TradeKey } from '../store/types.js';
import type { Engine } from './engine.js';

/** Which trades of an account: those that fit all of it. Empty lists and null fit any. */
export interface CloseSelection {
  readonly tickets: readonly bigint[];
  readonly symbols: readonly string[];
  readonly direction: Direction | null;
  readonly magicNumber: bigint | null;
}

/** Whose order it is, and why. */
export interface CloseOrder {
  readonly by: string;
  readonly reason: string;
}

/** What came of the order for a trade. */
export interface OrderedClose {
  readonly ticket: bigint;
  /** PLANNED now; ON_ITS_WAY before; CLOSED: there is nothing to close. */
  readonly outcome: 'PLANNED' | 'ON_ITS_WAY' | 'CLOSED';
  /** The action that closes it; empty where nothing does. */
  readonly actionId: string;
}

/** The trades of an account that are meant, in the order of their registration; those that are settled are not among them. */
export function selectedTrades(engine: Engine, account: string, selection: CloseSelection): Trade[] {
  const tickets = new Set(selection.tickets);
  const symbols = new Set(selection.symbols);
  const { direction, magicNumber } = selection;
  return [...engine.tradesOf(account)].filter(
    ({ spec }) =>
      (tickets.size === 0 || tickets.has(spec.ticket)) &&
      (symbols.size === 0 || symbols.has(spec.symbol)) &&
      (direction === null || spec.direction === direction) &&
      (magicNumber === null || spec.magicNumber === magicNumber),
  );
}

/** Orders a trade's position closed at market time `at`. The account must not be HALTED. */
export function closePosition(engine: Engine, key: TradeKey, order: CloseOrder, at: number): OrderedClose {
  const { ticket } = key;
  const before = engine.get(key.account, ticket);
  if (before === undefined || isOver(before)) return { ticket, outcome: 'CLOSED', actionId: '' };
  const known = closeOf(before);
  const { by, reason } = order;
  const why = reason === '' ? `ordered by ${by}` : `ordered by ${by}: ${reason}`;
  const after = engine.act(key, (trade, context) => orderClose(trade, by, why, at, context));
  const outcome = known === undefined ? 'PLANNED' : 'ON_ITS_WAY';
  return { ticket, outcome, actionId: closeOf(after)?.actionId ?? '' };
}

/** Identifiers of positions in the account's last snapshot that no trade is about, nor a hedge of one. */
export function positionsBesides(engine: Engine, account: string): bigint[] {
  const known = new Set<bigint>();
  for (const { spec, hedge } of engine.tradesOf(account)) {
    known.add(spec.ticket);
    if (hedge !== null) known.add(hedge.ticket);
  }
  return engine.accounts.identifiersOf(account).filter((identifier) => !known.has(identifier));
}
