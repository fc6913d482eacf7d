// What the law of leases says of one order at one moment, written out by itself: why it must not reach the broker. It
// reads the trade, the price and the account as the world has them, and nothing of how the engine decides.
import type { Action } from '../../src/domain/trade/action.js';
import type { ActionType } from '../../src/domain/trade/action-specs.js';
import type { State } from '../../src/domain/trade/state.js';
import type { Trade } from '../../src/domain/trade/trade.js';

/** What an order meets. */
export interface Scenery {
  readonly trade: Trade;
  readonly tradingState: 'ACTIVE' | 'REDUCING' | 'HALTED';
  /** Bid and ask. */
  readonly price: number;
  /** Market time. */
  readonly at: number;
  /** Kinds of effects that the circuit breaker holds. */
  readonly tripped: ReadonlySet<string>;
}

const TICK = 0.01;
const LEAST_LOTS = 0.01;
const QUARTER = 15 * 60_000;

const STOPS: readonly ActionType[] = ['TIGHTEN_SL', 'TRAIL_SL', 'MOVE_SL_BREAKEVEN'];
const isStop = (type: ActionType): boolean => STOPS.includes(type);

const WANTED: Readonly<Partial<Record<ActionType, readonly State[]>>> = {
  PARTIAL_CLOSE: ['WARNING_L2', 'HEDGED', 'RECOVERING'],
  OPEN_HEDGE: ['HEDGED'],
  RE_ADD: ['HEALTHY'],
};

/** Why an order must not reach the broker now; empty when it may. */
export function forbidden(action: Action, scenery: Scenery): string {
  const { trade, tradingState, tripped } = scenery;
  const { type, orderedBy } = action;
  if (tradingState === 'HALTED') return 'the account is HALTED';
  // Nobody has told these accounts' broker, so a hedge is taken to need margin.
  if (tradingState === 'REDUCING' && (type === 'RE_ADD' || type === 'OPEN_HEDGE'))
    return 'the account only reduces';
  if (trade.pausedAt !== null && trade.state !== 'CLOSED' && orderedBy === '') return 'the trade is paused';
  const effect = type === 'CLOSE_ALL' ? 'CLOSE' : type === 'OPEN_HEDGE' ? 'HEDGE' : '';
  if (orderedBy === '' && tripped.has(effect)) return 'the breaker holds it';
  if (trade.actions.some((other) => blocks(other, action))) return 'another order is under way';
  const states = WANTED[type];
  if (states !== undefined && !states.includes(trade.state)) return `the trade is ${trade.state}`;
  if (isStop(type) && trade.state === 'CLOSED') return 'the trade is CLOSED';
  return isStop(type) ? badStop(action, scenery) : badVolume(action, scenery);
}

function blocks(other: Action, action: Action): boolean {
  if (other.actionId === action.actionId || other.status === 'PENDING') return false;
  if (isStop(other.type) !== isStop(action.type)) return false;
  if (other.status === 'HELD') return other.type === 'CLOSE_ALL';
  return !(other.status === 'IN_DOUBT' && action.type === 'CLOSE_ALL' && other.type !== 'CLOSE_ALL');
}

function badStop({ stopLoss }: Action, { trade, price }: Scenery): string {
  const sign = trade.spec.direction === 'BUY' ? 1 : -1;
  if (stopLoss === null) return 'there is no stop';
  if (trade.stopLoss !== null && sign * (stopLoss - trade.stopLoss) <= 0) return 'it does not tighten';
  return sign * (price - stopLoss) < TICK - 1e-9 ? 'it is beyond the price' : '';
}

function badVolume(action: Action, { trade, price, at }: Scenery): string {
  const { type, volume, stopLoss, plannedAt } = action;
  const lots = volume ?? 0;
  const sign = trade.spec.direction === 'BUY' ? 1 : -1;
  switch (type) {
    case 'PARTIAL_CLOSE':
      return trade.volume - lots < LEAST_LOTS - 1e-9 ? 'too little would be left' : '';
    case 'CLOSE_ALL':
      return lots === trade.volume ? '' : 'the volume is another';
    case 'CLOSE_HEDGE':
      return lots === trade.hedge?.volume ? '' : 'the hedge is another';
    case 'OPEN_HEDGE':
      if (trade.hedge !== null) return 'a hedge is open';
      if (lots > trade.volume) return 'the hedge is larger than the position';
      return sign * ((stopLoss ?? 0) - price) < TICK - 1e-9 ? 'the stop is beyond the price' : '';
    default:
      if (at - plannedAt > QUARTER) return 'it is too old';
      return lots > trade.closedVolume ? 'it adds more than was closed' : '';
  }
}
