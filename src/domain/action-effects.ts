// What an executed action changes of its trade. The broker's answer counts, not the plan: a part that was
// filled is a part, and what is left of a close is planned again unless it is too small to trade.

import type { StepEffects } from './action-life.js';
import {
  type BrokerUpdate,
  closeTrade,
  hedgeLost,
  NO_UPDATE,
  planOutside,
  reported,
  type Scene,
} from './commands.js';
import { volumeSum } from './quantise.js';
import type { Action, ActionType, Hedge, Trade, TradeEvent } from './types.js';

export interface Effects {
  readonly effects: StepEffects;
  /** The events that follow on the trade after it. */
  readonly follow: (trade: Trade) => readonly TradeEvent[];
}

/** The effects of an action that is DONE; its result says how. */
export function effectsOf(trade: Trade, action: Action, at: number, scene: Scene): Effects {
  return EFFECTS[action.type]({ trade, action, at, scene });
}

interface Done {
  readonly trade: Trade;
  readonly action: Action;
  readonly at: number;
  readonly scene: Scene;
}

const EFFECTS: Readonly<Record<ActionType, (done: Done) => Effects>> = {
  TIGHTEN_SL: stopMoved,
  TRAIL_SL: stopMoved,
  MOVE_SL_BREAKEVEN: stopMoved,
  PARTIAL_CLOSE: partClosed,
  OPEN_HEDGE: hedgeOpened,
  CLOSE_HEDGE: hedgeClosed,
  CLOSE_ALL: closed,
  RE_ADD: added,
};

const nothing = (): readonly TradeEvent[] => [];

/** The trade as the broker has it now, and more that changes with it. */
function changed({ trade, at }: Done, update: Partial<BrokerUpdate>, more: Partial<Trade> = {}): StepEffects {
  const { after, changedFields, withdrawn } = reported(trade, { ...NO_UPDATE, ...update }, at);
  const names = more.closedVolume === undefined ? changedFields : [...changedFields, 'closed_volume'];
  return { after: { ...after, ...more }, changedFields: names, withdrawn };
}

/** The volume filled, in lots, of at most `most`. */
function filled({ result, volume }: Action, most: number): number {
  return result?.outcome === 'NO_CHANGE' ? 0 : Math.min(result?.volume ?? volume ?? 0, most);
}

function stopMoved(done: Done): Effects {
  const { action } = done;
  const stopLoss = action.result?.stopLoss ?? action.stopLoss;
  return { effects: changed(done, { stopLoss }, { stopRejections: 0 }), follow: nothing };
}

function partClosed(done: Done): Effects {
  const { trade, action, at, scene } = done;
  const volume = filled(action, trade.volume);
  const left = volumeSum(trade.volume, -volume);
  const closedVolume = volumeSum(trade.closedVolume, volume);
  if (left <= 0) return { effects: changed(done, {}, { closedVolume }), follow: ended(action, at, scene) };
  const more = volume === 0 ? {} : { closedVolume };
  return { effects: changed(done, { volume: left }, more), follow: nothing };
}

function hedgeOpened(done: Done): Effects {
  const { trade, action, at, scene } = done;
  const { result } = action;
  const volume = filled(action, action.volume ?? 0);
  if (volume <= 0) {
    return { effects: changed(done, {}), follow: (after) => hedgeLost(after, at, scene) };
  }
  const hedge: Hedge = {
    ticket: result?.openedTicket ?? 0n,
    volume,
    entryPrice: result?.price ?? scene.facts?.exitPrice(trade.spec.direction) ?? trade.spec.entryPrice,
    stopLoss: result?.stopLoss ?? action.stopLoss,
  };
  return {
    effects: changed(done, { hedge }, { hedgeMissingSince: null }),
    // It came too late: the trade has left the state that wanted it.
    follow: (after) =>
      after.state === 'HEDGED'
        ? []
        : planOutside(after, 'a hedge opened after it was wanted', ['CLOSE_HEDGE'], at, scene),
  };
}

function hedgeClosed(done: Done): Effects {
  const { trade, action, at, scene } = done;
  const { hedge } = trade;
  if (hedge === null) return { effects: changed(done, {}), follow: nothing };
  const gone = action.result?.outcome === 'NO_CHANGE';
  const left = gone ? 0 : volumeSum(hedge.volume, -filled(action, hedge.volume));
  if (left <= 0) {
    return {
      effects: changed(done, { hedge: 'gone' }, { hedgeMissingSince: null }),
      // Begun before the trade was to be hedged again: the decision stands without a hedge.
      follow: (after) => hedgeLost(after, at, scene),
    };
  }
  return {
    effects: changed(done, { hedge: { ...hedge, volume: left } }),
    follow: rest('CLOSE_HEDGE', left, at, scene),
  };
}

function closed(done: Done): Effects {
  const { trade, action, at, scene } = done;
  const gone = action.result?.outcome === 'NO_CHANGE';
  const left = gone ? 0 : volumeSum(trade.volume, -filled(action, trade.volume));
  if (left > 0)
    return { effects: changed(done, { volume: left }), follow: rest('CLOSE_ALL', left, at, scene) };
  const price = action.result?.price ?? null;
  if (trade.state !== 'CLOSED') return { effects: changed(done, {}), follow: ended(action, at, scene) };
  const known = trade.closePrice !== null || price === null;
  return {
    effects: known
      ? changed(done, {})
      : { ...changed(done, {}), after: { closePrice: price }, changedFields: ['close_price'] },
    follow: nothing,
  };
}

/**
 * On a netting account the position grows; on a hedging account the order opened a position of its own,
 * which becomes a trade of its own.
 */
function added(done: Done): Effects {
  const { trade, action } = done;
  const volume = filled(action, action.volume ?? 0);
  if (volume <= 0) return { effects: changed(done, {}), follow: nothing };
  const closedVolume = Math.max(0, volumeSum(trade.closedVolume, -volume));
  const grows = !opensOwnPosition(trade, action);
  return {
    effects: changed(done, grows ? { volume: volumeSum(trade.volume, volume) } : {}, { closedVolume }),
    follow: nothing,
  };
}

/** Whether a RE_ADD that is DONE opened a position beside the trade's. */
export function opensOwnPosition(trade: Trade, { type, result }: Action): boolean {
  const opened = result?.openedTicket ?? null;
  return type === 'RE_ADD' && opened !== null && opened !== trade.spec.ticket;
}

/** The broker closed the position whole. */
function ended({ result }: Action, at: number, scene: Scene): (trade: Trade) => readonly TradeEvent[] {
  const reason = result?.outcome === 'NO_CHANGE' ? 'BROKER_GONE' : 'DEFENSIVE';
  return (trade) =>
    trade.state === 'CLOSED' ? [] : [closeTrade(trade, { reason, price: result?.price ?? null }, at, scene)];
}

/** Plans what a partial fill left. A rest below the minimum can only be closed whole, so once is tried. */
function rest(
  type: ActionType,
  left: number,
  at: number,
  scene: Scene,
): (trade: Trade) => readonly TradeEvent[] {
  return (trade) => planOutside(trade, `${left} are left of a partial fill`, [type], at, scene);
}
