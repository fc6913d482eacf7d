// Owns a person's order to close positions: of one trade, of some, or of a whole account. It is audited.
import { bridgeObstacle } from '../domain/account/bridges.js';
import {
  type CloseOrder,
  type CloseSelection,
  closePosition,
  type OrderedClose,
  positionsBesides,
  selectedTrades,
} from '../engine/close-positions.js';
import type { Engine } from '../engine/engine.js';
import { haltedClose } from '../errors/actions.js';
import { tradeNotFound } from '../errors/errors.js';
import { auditOf, type Deciding, type Issuer, journalled, type PreparedCommand } from './command.js';
import { checkKnown } from './known-account.js';

/** What was ordered, and who can carry it out. */
export interface OrderedCloses {
  readonly closes: readonly OrderedClose[];
  /** Positions of the account that no trade is about: nothing closes them. */
  readonly others: readonly bigint[];
  readonly bridge: 'ready' | 'none ready';
  readonly revision: number;
}

/**
 * Orders the selected trades of an account closed; a bridge does it, at most once each. Throws TRADE_NOT_FOUND for a ticket
 * that never was registered, ACCOUNT_NOT_FOUND for an account that nobody named, and TRADING_STATE while the account is HALTED; then nothing is ordered.
 */
export const closePositions = journalled(
  'closePositions',
  (
    account: string,
    selection: CloseSelection,
    order: CloseOrder,
    issuer: Issuer,
  ): PreparedCommand<void, OrderedCloses> => {
    const by = order.by || issuer.principal.name || 'a person';
    return {
      prepare: async (term, store) => {
        await checkKnown(term, store, account);
        const unknown = selection.tickets.filter((ticket) => term.engine.get(account, ticket) === undefined);
        const found = await term.findAll(unknown.map((ticket) => ({ account, ticket })));
        const settled = new Set(found.map(({ trade }) => trade.spec.ticket));
        const missing = unknown.find((ticket) => !settled.has(ticket));
        if (missing !== undefined) throw tradeNotFound(account, missing);
      },
      apply: (term) => {
        const { engine } = term;
        const { tradingState, limit } = engine.accounts.rulesOf(account);
        if (tradingState === 'HALTED') throw haltedClose(account, limit);
        const closes = ordered(term, account, selection, { ...order, by });
        const detail = {
          ...{ by, reason: order.reason, trades: closes.length },
          action_ids: closes.flatMap(({ actionId }) => (actionId === '' ? [] : [actionId])).join(','),
        };
        const audits = [auditOf(issuer, { account, ticket: onlyTicket(closes), detail })];
        const others = positionsBesides(engine, account);
        const bridge = isAnyReady(engine, account, term.databaseNow()) ? 'ready' : 'none ready';
        return { work: { audits }, respond: (revision) => ({ closes, others, bridge, revision }) };
      },
    };
  },
);

function ordered(
  { engine, clock }: Deciding,
  account: string,
  selection: CloseSelection,
  order: CloseOrder,
): OrderedClose[] {
  const selected = selectedTrades(engine, account, selection);
  const closes = selected.map((trade) =>
    closePosition(engine, trade.spec, order, clock.now(engine.feedOf(trade))),
  );
  const known = new Set(closes.map(({ ticket }) => ticket));
  // Named by its ticket and settled, or of another symbol than was asked for: nothing is closed for it.
  const settled = [...new Set(selection.tickets)].filter(
    (ticket) => !known.has(ticket) && engine.get(account, ticket) === undefined,
  );
  return [...closes, ...settled.map((ticket) => ({ ticket, outcome: 'CLOSED', actionId: '' }) as const)];
}

function onlyTicket(closes: readonly OrderedClose[]): bigint {
  return closes.length === 1 ? (closes[0]?.ticket ?? 0n) : 0n;
}

function isAnyReady({ accounts, rules }: Engine, name: string, now: number): boolean {
  const account = accounts.get(name);
  if (account === undefined) return false;
  return Object.keys(account.bridges).some((id) => bridgeObstacle(account, id, now, rules) === '');
}
