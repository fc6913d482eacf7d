// What callers tell of a trade: the broker's truth, a pause, the end. Each returns the events it makes;
// no event means that nothing changed.
import { freeze } from './monitoring.js';
import type { Surroundings } from './planning.js';
import { volumeSum } from './quantise.js';
import type { Rules } from './rules.js';
import { rowTold } from './state-machine.js';
import { ended, takeRow } from './step.js';
import { favourable, nextVersion } from './trade.js';
import type { CloseReason, Hedge, MarketFacts, PlannedAction, Trade, TradeEvent } from './types.js';

/** The broker's truth about a trade; null means unchanged. */
export interface BrokerUpdate {
  readonly volume: number | null;
  readonly stopLoss: number | 'removed' | null;
  readonly takeProfit: number | 'removed' | null;
  readonly hedge: Hedge | 'gone' | null;
  /** Planned actions that are over, whatever their outcome; unknown ids are a repeated report. */
  readonly settledActionIds: readonly string[];
  readonly positionTicket: bigint | null;
}

/** An update that says nothing: spread it and add what is known. */
export const NO_UPDATE: BrokerUpdate = {
  volume: null,
  stopLoss: null,
  takeProfit: null,
  hedge: null,
  settledActionIds: [],
  positionTicket: null,
};

/**
 * Records what the broker says; it is always right, even about a looser stop. When the hedge leg of a
 * HEDGED trade is gone, the trade goes back to WARNING_L2 in a second event. Throws RangeError on a
 * number that cannot be a price or a volume.
 */
export function updateTrade(
  trade: Trade,
  update: BrokerUpdate,
  facts: MarketFacts | null,
  at: number,
  rules: Rules,
  surroundings: Surroundings,
): readonly TradeEvent[] {
  assertNumbers(update);
  const settled = trade.pending.filter((action) => update.settledActionIds.includes(action.actionId));
  const stopLoss = told(update.stopLoss, trade.stopLoss);
  const volume = update.volume ?? trade.volume;
  const reported: Partial<Trade> = {
    volume,
    closedVolume: closedVolumeAfter(trade, volume, settled),
    stopLoss,
    takeProfit: told(update.takeProfit, trade.takeProfit),
    hedge: hedgeAfter(trade.hedge, update.hedge),
    positionTicket: update.positionTicket ?? trade.positionTicket,
    pending: pendingAfter(trade, settled, stopLoss),
  };
  const changedFields = REPORTED.filter(([, field]) => reported[field] !== trade[field]).map(
    ([name]) => name,
  );
  if (changedFields.length === 0) return [];
  const stopChangedAt = stopLoss === trade.stopLoss ? trade.stopChangedAt : at;
  const updated: TradeEvent = {
    trade: nextVersion(trade, { ...reported, stopChangedAt }),
    at,
    change: { kind: 'updated', changedFields, settledActionIds: settled.map((action) => action.actionId) },
  };
  if (!hedgeWasLost(trade, update, settled)) return [updated];
  const occasion = { cause: 'HEDGE_GONE', evaluation: null, facts, at } as const;
  const lost = takeRow(updated.trade, rowTold('HEDGED', 'WARNING_L2'), occasion, rules, surroundings);
  return [updated, lost];
}

/** Proto names of the fields a report can change, in the order of the proto. */
const REPORTED: readonly (readonly [string, keyof Trade])[] = [
  ['volume', 'volume'],
  ['stop_loss', 'stopLoss'],
  ['take_profit', 'takeProfit'],
  ['position_ticket', 'positionTicket'],
  ['hedge', 'hedge'],
  ['pending_actions', 'pending'],
  ['closed_volume', 'closedVolume'],
];

function told(said: number | 'removed' | null, known: number | null): number | null {
  if (said === null) return known;
  return said === 'removed' ? null : said;
}

/** Keeps the known object when the report says the same, so that nothing counts as changed. */
function hedgeAfter(known: Hedge | null, said: Hedge | 'gone' | null): Hedge | null {
  if (said === null) return known;
  if (said === 'gone') return null;
  const same =
    known !== null &&
    known.ticket === said.ticket &&
    known.volume === said.volume &&
    known.entryPrice === said.entryPrice &&
    known.stopLoss === said.stopLoss;
  return same ? known : said;
}

/** A settled action leaves; so does a stop plan that would no longer tighten what the broker has. */
function pendingAfter(
  trade: Trade,
  settled: readonly PlannedAction[],
  stopLoss: number | null,
): readonly PlannedAction[] {
  const sign = favourable(trade.spec.direction);
  const kept = trade.pending.filter((action) => {
    if (settled.includes(action)) return false;
    if (action.stopLoss === null || action.type === 'OPEN_HEDGE' || stopLoss === null) return true;
    return sign * (action.stopLoss - stopLoss) > 0;
  });
  return kept.length === trade.pending.length ? trade.pending : kept;
}

/** Only what a defensive action closed or opened again counts; other changes are the owner's own. */
function closedVolumeAfter(trade: Trade, volume: number, settled: readonly PlannedAction[]): number {
  const change = volumeSum(volume, -trade.volume);
  const counts = settled.some(({ type }) => type === (change < 0 ? 'PARTIAL_CLOSE' : 'RE_ADD'));
  return counts && change !== 0 ? Math.max(0, volumeSum(trade.closedVolume, -change)) : trade.closedVolume;
}

/** A hedge that was there, or whose opening ended without one, is gone. */
function hedgeWasLost(trade: Trade, update: BrokerUpdate, settled: readonly PlannedAction[]): boolean {
  if (trade.state !== 'HEDGED' || update.hedge !== 'gone') return false;
  return trade.hedge !== null || settled.some(({ type }) => type === 'OPEN_HEDGE');
}

function assertNumbers({ volume, stopLoss, takeProfit, hedge }: BrokerUpdate): void {
  const leg = hedge === null || hedge === 'gone' ? [] : [hedge.volume, hedge.entryPrice, hedge.stopLoss];
  for (const value of [volume, stopLoss, takeProfit, ...leg]) {
    if (typeof value === 'number' && !(value > 0 && Number.isFinite(value))) {
      throw new RangeError(`${value} is neither a price nor a volume`);
    }
  }
}

/** Ends a trade for a reason a caller gave. A hedge that is open, or about to be, is planned to close. */
export function closeTrade(
  trade: Trade,
  close: { readonly reason: CloseReason; readonly price: number | null },
  facts: MarketFacts | null,
  at: number,
  rules: Rules,
  surroundings: Surroundings,
): TradeEvent {
  const cause = BROKER_REASONS.has(close.reason) ? 'BROKER_CLOSED' : 'REQUESTED';
  const row = rowTold(trade.state, 'CLOSED');
  const hedged = trade.hedge !== null || trade.pending.some(({ type }) => type === 'OPEN_HEDGE');
  const occasion = { cause, evaluation: null, facts, at } as const;
  const event = takeRow(trade, hedged ? row : { ...row, plan: [] }, occasion, rules, surroundings);
  return ended(event, { closeReason: close.reason, closePrice: close.price });
}

const BROKER_REASONS: ReadonlySet<CloseReason> = new Set(['STOP_LOSS', 'TAKE_PROFIT', 'BROKER_GONE']);

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
    structureSeenAt: at,
    countedFrom: counting ? (facts?.evaluationCount ?? 0) : null,
    warnedFrom: counting ? at : null,
  });
  return [{ trade: after, at, change: { kind: 'resumed', reason } }];
}
