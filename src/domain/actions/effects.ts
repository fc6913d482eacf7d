// Owns what an executed action changes of its trade. The broker's answer counts, not the plan: a part that
// was filled is a part, and what is left of a close, whole or partial, is planned again.

import type { Action } from '../trade/action.js';
import { type ActionType, type OrderKind, orderKindOf } from '../trade/action-specs.js';
import type { CloseReason } from '../trade/state.js';
import type { Hedge, Trade } from '../trade/trade.js';
import type { MarketFacts } from '../views/market-facts.js';
import { type BrokerUpdate, type Effects, NO_UPDATE, reported } from './broker-update.js';
import { volumeSum } from './quantise.js';

/** What has to be done with the trade after an execution. */
export type FollowUp =
  | { readonly kind: 'nothing' }
  /** The broker closed the position whole. */
  | { readonly kind: 'close'; readonly reason: CloseReason; readonly price: number | null }
  | { readonly kind: 'plan'; readonly type: ActionType; readonly cause: string }
  /** Of an action that closes a part, so many lots were not filled. */
  | { readonly kind: 'rest'; readonly of: Action; readonly volume: number }
  /** A trade that is HEDGED and has no hedge leaves that state. */
  | { readonly kind: 'hedge lost' };

export interface ExecutionEffects {
  readonly effects: Effects;
  readonly followUp: FollowUp;
}

interface Done {
  readonly trade: Trade;
  readonly action: Action;
  readonly at: number;
  readonly facts: MarketFacts | null;
}

/** What an action that is DONE changes; its result says how. */
export function executed(done: Done): ExecutionEffects {
  return EXECUTED[orderKindOf(done.action.type)](done);
}

const EXECUTED: Readonly<Record<OrderKind, (done: Done) => ExecutionEffects>> = {
  'move stop': stopMoved,
  'reduce position': partClosed,
  'close position': closed,
  'add to position': added,
  'open hedge': hedgeOpened,
  'close hedge': hedgeClosed,
};

const NOTHING: FollowUp = { kind: 'nothing' };
const HEDGE_LOST: FollowUp = { kind: 'hedge lost' };

/** The trade as the broker has it now, and more that changes with it. */
function changed({ trade, at }: Done, update: Partial<BrokerUpdate>, more: Partial<Trade> = {}): Effects {
  const { after, changedFields, withdrawn } = reported(trade, { ...NO_UPDATE, ...update }, at);
  const names = more.closedVolume === undefined ? changedFields : [...changedFields, 'closed_volume'];
  return { after: { ...after, ...more }, changedFields: names, withdrawn };
}

/** The volume filled, in lots, of at most `most`. */
function filled({ result, volume }: Action, most: number): number {
  return result?.outcome === 'NO_CHANGE' ? 0 : Math.min(result?.volume ?? volume ?? 0, most);
}

function stopMoved(done: Done): ExecutionEffects {
  const { action } = done;
  const stopLoss = action.result?.stopLoss ?? action.stopLoss;
  return { effects: changed(done, { stopLoss }, { stopRejections: 0 }), followUp: NOTHING };
}

function partClosed(done: Done): ExecutionEffects {
  const { trade, action } = done;
  const volume = filled(action, trade.volume);
  const left = volumeSum(trade.volume, -volume);
  // What a rule closed is not to be added again: its gain is taken, or its risk is too much.
  const isPlanned = action.rule === '';
  const closedVolume = isPlanned ? volumeSum(trade.closedVolume, volume) : trade.closedVolume;
  if (left <= 0) return { effects: changed(done, {}, { closedVolume }), followUp: ended(trade, action) };
  const more = volume === 0 || !isPlanned ? {} : { closedVolume };
  const unfilled = volumeSum(action.volume ?? 0, -volume);
  const isPart = action.result?.outcome === 'DONE' && unfilled > 0 && trade.state !== 'CLOSED';
  return {
    effects: changed({ ...done, trade: reckonedWith(trade, action, volume) }, { volume: left }, more),
    followUp: isPart ? { kind: 'rest', of: action, volume: unfilled } : NOTHING,
  };
}

/** Partial closes that were planned before one did not reckon with it: they leave less by what it closed. */
function reckonedWith(trade: Trade, { leaves: aim }: Action, volume: number): Trade {
  const isBefore = ({ leaves }: Action): boolean => aim !== null && leaves !== null && leaves > aim;
  if (volume === 0 || !trade.actions.some(isBefore)) return trade;
  const lowered = (action: Action): Action =>
    isBefore(action) ? { ...action, leaves: volumeSum(action.leaves ?? 0, -volume) } : action;
  return { ...trade, actions: trade.actions.map(lowered) };
}

function hedgeOpened(done: Done): ExecutionEffects {
  const { trade, action, facts } = done;
  const { result } = action;
  const volume = filled(action, action.volume ?? 0);
  if (volume <= 0) {
    return { effects: changed(done, {}), followUp: HEDGE_LOST };
  }
  const hedge: Hedge = {
    ticket: result?.openedTicket ?? 0n,
    volume,
    entryPrice: result?.price ?? facts?.exitPrice(trade.spec.direction) ?? trade.spec.entryPrice,
    stopLoss: result?.stopLoss ?? action.stopLoss,
  };
  return {
    effects: changed(done, { hedge }, { hedgeMissingSince: null }),
    // It came too late: the trade has left the state that wanted it.
    followUp:
      trade.state === 'HEDGED'
        ? NOTHING
        : { kind: 'plan', type: 'CLOSE_HEDGE', cause: 'a hedge opened after it was wanted' },
  };
}

function hedgeClosed(done: Done): ExecutionEffects {
  const { trade, action } = done;
  const { hedge } = trade;
  if (hedge === null) return { effects: changed(done, {}), followUp: NOTHING };
  const gone = action.result?.outcome === 'NO_CHANGE';
  const left = gone ? 0 : volumeSum(hedge.volume, -filled(action, hedge.volume));
  if (left <= 0) {
    return {
      effects: changed(done, { hedge: 'gone' }, { hedgeMissingSince: null }),
      // Begun before the trade was to be hedged again: the decision stands without a hedge.
      followUp: HEDGE_LOST,
    };
  }
  return {
    effects: changed(done, { hedge: { ...hedge, volume: left } }),
    followUp: rest(action, left),
  };
}

function closed(done: Done): ExecutionEffects {
  const { trade, action } = done;
  const gone = action.result?.outcome === 'NO_CHANGE';
  const left = gone ? 0 : volumeSum(trade.volume, -filled(action, trade.volume));
  if (left > 0) return { effects: changed(done, { volume: left }), followUp: rest(action, left) };
  const price = action.result?.price ?? null;
  if (trade.state !== 'CLOSED') return { effects: changed(done, {}), followUp: ended(trade, action) };
  const known = trade.closePrice !== null || price === null;
  return {
    effects: known
      ? changed(done, {})
      : { ...changed(done, {}), after: { closePrice: price }, changedFields: ['close_price'] },
    followUp: NOTHING,
  };
}

/**
 * On a netting account the position grows; on a hedging account the order opened a position of its own,
 * which becomes a trade of its own.
 */
function added(done: Done): ExecutionEffects {
  const { trade, action } = done;
  const volume = filled(action, action.volume ?? 0);
  if (volume <= 0) return { effects: changed(done, {}), followUp: NOTHING };
  const closedVolume = Math.max(0, volumeSum(trade.closedVolume, -volume));
  const grows = !opensOwnPosition(trade, action);
  return {
    effects: changed(done, grows ? { volume: volumeSum(trade.volume, volume) } : {}, { closedVolume }),
    followUp: NOTHING,
  };
}

/** Whether a RE_ADD that is DONE opened a position beside the trade's: where nothing changed it opened none. */
export function opensOwnPosition(trade: Trade, { type, result }: Action): boolean {
  const opened = result?.outcome === 'NO_CHANGE' ? null : (result?.openedTicket ?? null);
  return orderKindOf(type) === 'add to position' && opened !== null && opened !== trade.spec.ticket;
}

/** The broker closed the position whole. */
function ended({ state }: Trade, { result, orderedBy }: Action): FollowUp {
  if (state === 'CLOSED') return NOTHING;
  const byWhom = orderedBy === '' ? 'DEFENSIVE' : 'REQUESTED';
  const reason = result?.outcome === 'NO_CHANGE' ? 'BROKER_GONE' : byWhom;
  return { kind: 'close', reason, price: result?.price ?? null };
}

/** Plans what a partial fill left. A rest below the minimum can only be closed whole, so once is tried. */
function rest({ type }: Action, left: number): FollowUp {
  return { kind: 'plan', type, cause: `${left} are left of a partial fill` };
}
