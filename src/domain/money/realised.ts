// Owns which lots of a trade were closed by an event, at which prices. It is read off the trade before and after, so that every
// way a volume shrinks counts once: an action's fill, the broker's word, a hedge that is gone, the end.

import { volumeSum } from '../actions/quantise.js';
import { type Direction, opposite } from '../market/direction.js';
import { dealsOf, movesOf } from '../trade/action-specs.js';
import type { TradeEvent } from '../trade/event.js';
import { DEFAULT_POLICY } from '../trade/policy-ref.js';
import type { Hedge, Trade } from '../trade/trade.js';
import { placesOf } from './currency.js';
import { decimal, decimalText, divided, type ExactDecimal, negated, times } from './decimal.js';
import { amountOf, lotMove, type MoneyObstacle, type Worth } from './worth.js';

export const LEGS = ['POSITION', 'HEDGE'] as const;
/** The trade's own position, or its hedge's. */
export type PositionLeg = (typeof LEGS)[number];

export interface ClosedLots {
  readonly leg: PositionLeg;
  /** Its identifier at the broker; absent of results that were recorded without it. */
  readonly position?: bigint;
  readonly direction: Direction;
  /** Lots; below 0 where they are taken back because they are at the broker after all. */
  readonly volume: number;
  readonly entryPrice: number;
  /** null where nobody told it. */
  readonly exitPrice: number | null;
}

/** What closing lots earned, in the account's money as it was worth then. */
export interface RealisedResult extends ClosedLots {
  readonly account: string;
  readonly ticket: bigint;
  readonly symbol: string;
  /** The name of the policy that decided about the trade; absent of results that were recorded without it. */
  readonly policy?: string;
  /** Market time, UTC ms. */
  readonly at: number;
  /** The account's currency; empty where nobody told it. */
  readonly currency: string;
  /** What the price earned, what opening and closing cost, what holding earned, each as a decimal's text; null: why not. */
  readonly profit: string | null;
  readonly commission: string | null;
  readonly swap: string | null;
  readonly obstacle: MoneyObstacle | null;
  /** The broker's deals whose money it is; absent where it is computed. */
  readonly deals?: readonly bigint[];
}

/** Lots that were taken for closed, and are not: the results that were recorded last of this position are of so many fewer. */
export interface TakenBack extends Pick<RealisedResult, 'account' | 'ticket' | 'leg'> {
  readonly position: bigint;
  /** Above 0. */
  readonly volume: number;
}

/** A result of fewer lots than were recorded, with their share of its amounts. */
export function shrunkTo<Result extends RealisedResult>(result: Result, volume: number): Result {
  const lots = [decimal(volume), decimal(result.volume)] as const;
  const share = (amount: string | null): string | null =>
    amount === null
      ? null
      : decimalText(divided(times(decimal(amount), lots[0]), lots[1], placesOf(result.currency)));
  const { profit, commission, swap } = result;
  return { ...result, volume, profit: share(profit), commission: share(commission), swap: share(swap) };
}

/** What of a closed lot its price does not tell, as price distances of one lot: what both ways cost, what holding earned. */
export interface LotCosts {
  readonly commission: number;
  readonly swap: number;
}

/** The result of closed lots in the account's money. */
export function realisedOf(
  { spec, policy }: Pick<Trade, 'spec' | 'policy'>,
  at: number,
  lots: ClosedLots,
  worth: Worth,
  costs: LotCosts,
): RealisedResult {
  const { direction, volume, entryPrice, exitPrice } = lots;
  const money = (move: ExactDecimal): string | null => {
    const amount = amountOf(move, worth);
    return amount === null ? null : decimalText(amount);
  };
  // What lots cost is paid for like a loss.
  const paid = amountOf(negated(times(decimal(volume), decimal(costs.commission))), worth);
  const priced = exitPrice === null ? null : lotMove(direction, volume, { from: entryPrice, to: exitPrice });
  const { account, ticket, symbol } = spec;
  return {
    ...lots,
    ...{ account, ticket, symbol, at },
    policy: (policy ?? DEFAULT_POLICY).name,
    currency: worth.currency ?? '',
    profit: priced === null ? null : money(priced),
    commission: paid === null ? null : decimalText(negated(paid)),
    swap: money(times(decimal(volume), decimal(costs.swap))),
    obstacle: worth.obstacle ?? (exitPrice === null ? 'PRICE' : null),
  };
}

/** The lots an event closed, of a trade that was `before`. */
export function closedLots(before: Trade, event: TradeEvent): readonly ClosedLots[] {
  return [...positionLots(before, event), ...hedgeLots(before, event), ...hedgeBack(before, event)];
}

function positionLots(before: Trade, event: TradeEvent): readonly ClosedLots[] {
  const { trade: after, change } = event;
  const shrunk = volumeSum(before.volume, -after.volume);
  const isHeld = heldLots(before) > 0;
  // A part that was filled is a part, also of a close that is to go on.
  const less = isHeld && shrunk !== 0 ? shrunk : volumeSum(heldLots(before), -heldLots(after));
  const isOfIt = change.kind === 'reconciled' && change.drift === 'POSITION_DIFFERS';
  const regained = isOfIt ? (change.regained ?? 0) : 0;
  const volume = regained > 0 ? -regained : less;
  // Volume that was added is in the entry price, which is the average.
  if (volume === 0 || (volume < 0 && regained === 0 && change.kind !== 'reopened')) return [];
  const { direction, entryPrice } = before.spec;
  const exitPrice = volume < 0 ? before.closePrice : exitOf(event);
  return [{ leg: 'POSITION', position: before.spec.ticket, direction, volume, entryPrice, exitPrice }];
}

/** The lots that are at the broker: a close that is decided, and not done yet, closes nothing. */
export function heldLots({ state, volume, actions, deadLetters }: Trade): number {
  if (state !== 'CLOSED') return volume;
  const isToClose = [...actions, ...deadLetters].some(
    ({ type }) => dealsOf(type) === 'close' && movesOf(type) === 'volume',
  );
  return isToClose ? volume : 0;
}

/** The price the position's lots were closed at; null where nobody told it. */
function exitOf({ trade, change }: TradeEvent): number | null {
  if (change.kind === 'actionChanged') return change.action.result?.price ?? trade.closePrice;
  if (change.kind === 'reconciled') return change.exitPrice ?? null;
  return change.kind === 'stateChanged' ? (change.exitPrice ?? trade.closePrice) : null;
}

function hedgeLots({ hedge: before, spec }: Trade, { trade, change }: TradeEvent): readonly ClosedLots[] {
  if (before === null) return [];
  const volume = volumeSum(before.volume, -leftOf(before, trade.hedge, change));
  if (volume <= 0) return [];
  const isOrdered = change.kind === 'actionChanged' && movesOf(change.action.type) === 'hedge';
  const told = change.kind === 'reconciled' ? (change.exitPrice ?? null) : null;
  const exitPrice = isOrdered ? (change.action.result?.price ?? null) : told;
  const { ticket: position, entryPrice } = before;
  return [{ leg: 'HEDGE', position, direction: opposite(spec.direction), volume, entryPrice, exitPrice }];
}

/** What is open of a hedge; where the broker shows it by another ticket, the one that was known was none of it. */
function leftOf({ ticket }: Hedge, hedge: Hedge | null, { kind }: TradeEvent['change']): number {
  return hedge !== null && (hedge.ticket === ticket || kind === 'reconciled') ? hedge.volume : 0;
}

/** Lots that the broker shows of a hedge beyond what was known, and that nothing added, were never closed. */
function hedgeBack({ hedge: before, spec }: Trade, { trade, change }: TradeEvent): readonly ClosedLots[] {
  const { hedge } = trade;
  if (change.kind !== 'reconciled' || hedge === null) return [];
  // Of a hedge that was gone all of it.
  const back = before === null ? hedge.volume : (change.regained ?? 0);
  if (back <= 0) return [];
  const { ticket: position, entryPrice } = hedge;
  return [
    {
      leg: 'HEDGE',
      position,
      direction: opposite(spec.direction),
      volume: -back,
      entryPrice,
      exitPrice: null,
    },
  ];
}
