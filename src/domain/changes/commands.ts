// Owns what callers tell of a trade: the broker's truth, a pause, the end. Each returns the events it makes;
// no event means that nothing changed.

import type { AccountMode } from '../account/account-rules.js';
import type { BrokerUpdate } from '../actions/broker-update.js';
import { reported } from '../actions/broker-update.js';
import type { TradeContext } from '../actions/context.js';
import { type Plan, planActions } from '../actions/planning.js';
import { type Action, expired, isUntouched } from '../trade/action.js';
import { type ActionType, type OrderKind, orderKindOf } from '../trade/action-specs.js';
import type { TradeEvent } from '../trade/event.js';
import { freeze } from '../trade/monitoring.js';
import type { CloseReason } from '../trade/state.js';
import { rowTold } from '../trade/state-machine.js';
import type { Trade } from '../trade/trade.js';
import { nextVersion } from '../trade/version.js';
import { knownUntil, type MarketFacts } from '../views/market-facts.js';
import { ended, lettersAfter, takeRow } from './step.js';

/**
 * Records what the broker says. When the hedge leg of a HEDGED trade is gone, the trade goes back to
 * WARNING_L2 in a second event. Throws RangeError on a number that cannot be a price or a volume.
 */
export function updateTrade(
  trade: Trade,
  update: BrokerUpdate,
  at: number,
  context: TradeContext,
  manager = '',
): readonly TradeEvent[] {
  const { after, changedFields, withdrawn } = reported(trade, update, at);
  if (changedFields.length === 0) return [];
  const updated: TradeEvent = {
    trade: nextVersion(trade, after),
    at,
    change: { kind: 'updated', changedFields, withdrawn, manager },
  };
  const lost = update.hedge === 'gone' && trade.hedge !== null;
  return lost ? [updated, ...hedgeLost(updated.trade, at, context)] : [updated];
}

/** A HEDGED trade without a hedge goes back to WARNING_L2. */
export function hedgeLost(trade: Trade, at: number, { facts, rules, reference }: TradeContext): TradeEvent[] {
  if (trade.state !== 'HEDGED' || trade.hedge !== null) return [];
  // No timer matters in the state it leads to.
  const occasion = { cause: 'HEDGE_GONE', evaluation: null, facts, moment: { at, clock: at } } as const;
  return [takeRow(trade, rowTold('HEDGED', 'WARNING_L2'), occasion, rules, reference)];
}

/**
 * A hedge that was decided and did not come about, or was taken back by a close that did not end the trade: the trade is not
 * hedged, and its state says so. Where positions net there is none to come about.
 */
export function withoutHedge(
  trade: Trade,
  { type }: Action,
  at: number,
  context: TradeContext,
): readonly TradeEvent[] {
  const kind = orderKindOf(type);
  if (kind === 'open hedge') return hedgeLost(trade, at, context);
  const { marginMode, fifo } = context.reference.account(trade.spec.account);
  const isToCome = trade.actions.some((action) => HEDGES_OR_ENDS.has(orderKindOf(action.type)));
  if (kind !== 'close position' || isToCome || marginMode === 'netting' || fifo) return [];
  return hedgeLost(trade, at, context);
}

const HEDGES_OR_ENDS: ReadonlySet<OrderKind> = new Set(['open hedge', 'close position']);

/** How a trade ended. */
export interface Ending {
  readonly reason: CloseReason;
  /** Of the last of it; null where nobody told it. */
  readonly price: number | null;
  /** On average of all that was open, where several deals closed it. */
  readonly exitPrice?: number | null;
}

/**
 * Ends a trade for a reason a caller gave. What was planned for its position is taken back; a hedge that
 * is open, or being opened, is planned to close.
 */
export function closeTrade(
  trade: Trade,
  close: Ending,
  at: number,
  { facts, rules, reference }: TradeContext,
): TradeEvent {
  const cause = BROKER_REASONS.has(close.reason) ? 'BROKER_CLOSED' : 'REQUESTED';
  const [kept, withdrawn] = withoutUntouched(trade, ({ type }) => orderKindOf(type) !== 'close hedge');
  const idle = withdrawn.length === 0 ? trade : { ...trade, actions: kept };
  const row = rowTold(trade.state, 'CLOSED');
  const hedged = trade.hedge !== null || kept.some(({ type }) => orderKindOf(type) === 'open hedge');
  const occasion = { cause, evaluation: null, facts, moment: { at, clock: at } } as const;
  const event = takeRow(idle, hedged ? row : { ...row, plan: [] }, occasion, rules, reference);
  const told = ended(event, { closeReason: close.reason, closePrice: close.price });
  if (told.change.kind !== 'stateChanged') return told;
  const { price, exitPrice = null } = close;
  const exit = exitPrice === null || exitPrice === price ? {} : { exitPrice };
  return {
    ...told,
    change: { ...told.change, ...exit, withdrawn: [...withdrawn, ...told.change.withdrawn] },
  };
}

/** The open actions that stay, and those taken back because the trade is over. */
function withoutUntouched(
  trade: Trade,
  goes: (action: Action) => boolean,
): readonly [kept: readonly Action[], withdrawn: readonly Action[]] {
  const gone = trade.actions.filter((action) => isUntouched(action) && goes(action));
  if (gone.length === 0) return [trade.actions, []];
  return [
    trade.actions.filter((action) => !gone.includes(action)),
    gone.map((action) => expired(action, 'the trade is closed')),
  ];
}

/**
 * Plans actions outside the state table, for a reason of its own; no event when nothing comes of it. `orderedBy` is the
 * person whose order they are.
 */
export function planOutside(
  trade: Trade,
  cause: string,
  types: readonly ActionType[],
  at: number,
  { facts, rules, reference }: TradeContext,
  orderedBy = '',
  mode?: AccountMode,
): readonly TradeEvent[] {
  const plan = planActions(types, trade, trade.state, facts, at, rules, reference, { orderedBy, mode });
  const { suppressed, withdrawn, stopChangedAt } = plan;
  const isOrdered = orderedBy !== '';
  const planned = isOrdered ? plan.planned.map((action) => ({ ...action, orderedBy })) : plan.planned;
  const kept = isOrdered ? plan.actions.filter((action) => !plan.planned.includes(action)) : plan.actions;
  const actions = isOrdered ? [...kept, ...planned] : kept;
  if (planned.length === 0 && suppressed.every(({ reason }) => reason === 'COALESCED')) return [];
  return [plannedOutside(trade, cause, { actions, planned, suppressed, withdrawn, stopChangedAt }, at)];
}

/** The event of a plan outside the state table. */
export function plannedOutside(
  trade: Trade,
  cause: string,
  { actions, planned, suppressed, withdrawn, stopChangedAt }: Plan,
  at: number,
  more: Partial<Pick<Trade, 'unmetWishes' | 'owed'>> = {},
): TradeEvent {
  return {
    trade: nextVersion(trade, {
      ...more,
      actions,
      stopChangedAt,
      deadLetters: lettersAfter(trade, planned),
    }),
    at,
    change: { kind: 'actionPlanned', cause, planned, suppressed, withdrawn },
  };
}

const BROKER_REASONS: ReadonlySet<CloseReason> = new Set([
  'STOP_LOSS',
  'TAKE_PROFIT',
  'BROKER_GONE',
  'DEFENSIVE',
]);

/** Stops a trade's evaluation and keeps how it stood. */
export function pauseTrade(
  trade: Trade,
  reason: string,
  facts: MarketFacts | null,
  at: number,
): readonly TradeEvent[] {
  if (trade.pausedAt !== null) return [];
  const after = nextVersion(trade, { ...freeze(trade, facts), pausedAt: at });
  return [{ trade: after, at, change: { kind: 'paused', reason } }];
}

/** Starts it again. What structure did meanwhile is old news. */
export function resumeTrade(
  trade: Trade,
  reason: string,
  facts: MarketFacts | null,
  at: number,
): readonly TradeEvent[] {
  if (trade.pausedAt === null) return [];
  const counting = trade.monitoredSince !== null;
  const after = nextVersion(trade, {
    pausedAt: null,
    structureSeenAt: knownUntil(facts, at),
    countedFrom: counting ? (facts?.evaluationCount ?? 0) : null,
    warnedFrom: counting ? knownUntil(facts, at) : null,
  });
  return [{ trade: after, at, change: { kind: 'resumed', reason } }];
}

/** How a closed trade goes on. */
interface Reopening {
  readonly why: string;
  /** When the flat timer of one that goes on HEDGED ends; null for one that is HEALTHY. */
  readonly hedgedUntil: number | null;
}

const SHOWN_AGAIN: Reopening = { why: 'the broker shows the position again', hedgedUntil: null };

/**
 * A closed trade whose position is at the broker goes on, as HEALTHY unless its hedge is kept: no transition, but a
 * correction of one that the broker did not make. What structure did meanwhile is old news. The snapshot that shows it
 * then brings its volume and prices in line.
 */
export function reopenTrade(
  trade: Trade,
  at: number,
  { facts }: TradeContext,
  { why, hedgedUntil }: Reopening = SHOWN_AGAIN,
): TradeEvent {
  const counting = trade.monitoredSince !== null && trade.pausedAt === null;
  const after = nextVersion(trade, {
    state: hedgedUntil === null ? 'HEALTHY' : 'HEDGED',
    stateEnteredAt: at,
    structureSeenAt: knownUntil(facts, at),
    flatTimerEndsAt: hedgedUntil,
    recoveryTimerEndsAt: null,
    countedFrom: counting ? (facts?.evaluationCount ?? 0) : null,
    warnedFrom: counting ? knownUntil(facts, at) : null,
    missingSince: null,
    closeReason: null,
    closedAt: null,
    closePrice: null,
  });
  const note = `${why}; the trade was closed (${trade.closeReason})`;
  return { trade: after, at, change: { kind: 'reopened', note } };
}
