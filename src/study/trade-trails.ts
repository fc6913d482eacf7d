// Owns what became of each trade under the six-state plan: how far its state went, and which action each part of its volume
// ended by, with what that part earned.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { ActionType as ActionTypeInProto, TradeState } from '../../gen/ts/dtms/v1/types.js';
import type { Deal } from '../broker/deal-history.js';
import { tagOf } from '../domain/broker/order-tag.js';
import { type ActionType, movesOf } from '../domain/trade/action-specs.js';
import type { ReplayTrade } from '../replay/trades-file.js';
import { stepsIn } from '../wire/told-event.js';

/** From the mildest to the worst. */
export const DEPTHS = ['HEALTHY', 'WARNING_L1', 'WARNING_L2', 'HEDGED'] as const;
export type Depth = (typeof DEPTHS)[number];

/** A part of a trade: by which action it ended, or `NONE` where its own stop, target or time did it. */
export interface PartEnd {
  readonly action: ActionType | 'NONE';
  /** What it earned, in R of the whole trade. */
  readonly r: number;
  /** Of the trade's first volume; 0 of hedges and of volume that was added. */
  readonly share: number;
}

export interface TradeTrail {
  /** The worst state it was in. */
  readonly depth: Depth;
  /** Their `r` add up to the trade's result. */
  readonly ends: readonly PartEnd[];
}

interface Order {
  readonly ticket: bigint;
  readonly action: ActionType;
}

export class TradeTrails {
  readonly #depths = new Map<bigint, number>();
  /** By order tag. */
  readonly #orders = new Map<string, Order>();
  /** The action that moved the stop of a trade last. */
  readonly #stops = new Map<bigint, ActionType>();

  onEvent(event: TradeEvent): void {
    const { ticket, state } = event;
    const depth = DEPTHS.indexOf(TradeState[state] as Depth);
    if (depth > (this.#depths.get(ticket) ?? 0)) this.#depths.set(ticket, depth);
    for (const { actionId, action, status } of stepsIn(event)) {
      if (action === null) continue;
      const type = ActionTypeInProto[action.type] as ActionType;
      this.#orders.set(tagOf(actionId), { ticket, action: type });
      if (status === 'DONE' && movesOf(type) === 'stop') this.#stops.set(ticket, type);
    }
  }

  /** Of each trade, in their order; `results` are theirs in R, `deals` all of the defended account. */
  trails(
    trades: readonly ReplayTrade[],
    deals: readonly Deal[],
    results: readonly number[],
  ): readonly TradeTrail[] {
    const parts = this.#partsOf(trades, deals);
    return trades.map((trade, index) => {
      const own = parts.get(trade.ticket) ?? [];
      const risk = Math.abs(trade.entryPrice - (trade.stopLoss ?? trade.entryPrice)) * trade.volume;
      const ended = own.filter(({ kind }) => kind !== 'entry');
      const share =
        ended.reduce((sum, part) => sum + (part.kind === 'exit' ? part.volume : 0), 0) / trade.volume;
      const atEntry = own.reduce((sum, part) => sum + (part.kind === 'entry' ? part.money : 0), 0) / risk;
      const ends = ended.map(({ action, money, volume, kind }): PartEnd => {
        const part = kind === 'exit' ? volume / trade.volume : 0;
        return { action, r: money / risk + part * atEntry, share: part };
      });
      const known = ends.reduce((sum, { r }) => sum + r, 0);
      const left: PartEnd = { action: 'NONE', r: (results[index] ?? 0) - known, share: 1 - share };
      const isOver = Math.abs(left.r) < 1e-9 && Math.abs(left.share) < 1e-9;
      return {
        depth: DEPTHS[this.#depths.get(trade.ticket) ?? 0] ?? 'HEALTHY',
        ends: summed(isOver ? ends : [...ends, left]),
      };
    });
  }

  /** The deals of each trade, those of positions that were opened for it included. */
  #partsOf(trades: readonly ReplayTrade[], deals: readonly Deal[]) {
    const tickets = new Set(trades.map(({ ticket }) => ticket));
    /** Of positions that an action opened. */
    const openers = new Map<bigint, Order>();
    const parts = new Map<bigint, DealPart[]>();
    for (const deal of deals) {
      const { positionIdentifier: position, volume, comment } = deal;
      const money = deal.profit + deal.swap - deal.commission;
      const order = this.#orders.get(comment);
      if (!tickets.has(position) && !openers.has(position) && order !== undefined)
        openers.set(position, order);
      const opener = openers.get(position);
      const part: DealPart =
        opener === undefined
          ? {
              kind: deal.entry === 'IN' ? 'entry' : 'exit',
              action: this.#actionOf(deal, order),
              money,
              volume,
            }
          : { kind: 'other', action: opener.action, money, volume };
      const ticket = this.#ownerOf(opener?.ticket ?? position, openers);
      parts.set(ticket, [...(parts.get(ticket) ?? []), part]);
    }
    return parts;
  }

  #actionOf({ reason, positionIdentifier }: Deal, order: Order | undefined): PartEnd['action'] {
    if (order !== undefined) return order.action;
    return reason === 'STOP_LOSS' ? (this.#stops.get(positionIdentifier) ?? 'NONE') : 'NONE';
  }

  /** The trade that a position was opened for; volume that was added again is a trade of its own, with its own hedges. */
  #ownerOf(ticket: bigint, openers: ReadonlyMap<bigint, Order>): bigint {
    const opener = openers.get(ticket);
    return opener === undefined ? ticket : this.#ownerOf(opener.ticket, openers);
  }
}

interface DealPart {
  readonly kind: 'entry' | 'exit' | 'other';
  readonly action: PartEnd['action'];
  readonly money: number;
  readonly volume: number;
}

/** One for each action. */
function summed(ends: readonly PartEnd[]): readonly PartEnd[] {
  const sums = new Map<PartEnd['action'], PartEnd>();
  for (const end of ends) {
    const { r = 0, share = 0 } = sums.get(end.action) ?? {};
    sums.set(end.action, { action: end.action, r: r + end.r, share: share + end.share });
  }
  return [...sums.values()];
}
