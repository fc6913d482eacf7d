// The plainest broker: orders fill at once and whole, stops and targets where prices touch them. It keeps
// one position per trade with its hedge leg, and knows what each has earned.
import { type BrokerUpdate, NO_UPDATE } from '../domain/commands.js';
import { favourable } from '../domain/trade.js';
import type { ActionType, CloseReason, Direction, Hedge } from '../domain/types.js';
import type { ReplayBar } from './importer.js';
import type { ReplayTrade } from './trades-file.js';

/** Both sides of the market at a moment. */
export interface Prices {
  readonly bid: number;
  readonly ask: number;
}

/** An order that DTMS planned. */
export interface Order {
  readonly actionId: string;
  readonly type: ActionType;
  readonly stopLoss: number | null;
  readonly volume: number | null;
}

/** How a position ended within a bar. */
export interface Exit {
  readonly reason: CloseReason;
  readonly price: number;
}

interface Leg {
  readonly direction: Direction;
  readonly volume: number;
  readonly price: number;
}

/** Lots are kept to a hundred-millionth, so that sums and differences of steps stay whole. */
function lots(volume: number): number {
  return Math.round(volume * 1e8) / 1e8;
}

function opposite(direction: Direction): Direction {
  return direction === 'BUY' ? 'SELL' : 'BUY';
}

/** BUY opens on the ask and closes on the bid, SELL the other way round. */
function openPrice(direction: Direction, prices: Prices): number {
  return direction === 'BUY' ? prices.ask : prices.bid;
}

function closePrice(direction: Direction, prices: Prices): number {
  return direction === 'BUY' ? prices.bid : prices.ask;
}

/** Both sides at the open of a bar; without a known spread they are the same. */
export function pricesAtOpen({ bar, ask }: ReplayBar): Prices {
  return { bid: bar.open, ask: (ask ?? bar).open };
}

/** Both sides at the close of a bar. */
export function pricesAtClose({ bar, ask }: ReplayBar): Prices {
  return { bid: bar.close, ask: (ask ?? bar).close };
}

/**
 * The price a stop or target fills at within a bar; null when it is not touched. A gap through the level
 * fills at the open. With both touched inside the bar the stop counts, because which came first is not known.
 */
export function exitWithin(
  direction: Direction,
  stopLoss: number | null,
  takeProfit: number | null,
  { bar, ask }: ReplayBar,
): Exit | null {
  const side = favourable(direction);
  const prices = direction === 'BUY' ? bar : (ask ?? bar);
  const worst = side > 0 ? prices.low : prices.high;
  const best = side > 0 ? prices.high : prices.low;
  const beyond = (price: number, level: number) => (level - price) * side >= 0;
  if (stopLoss !== null && beyond(prices.open, stopLoss)) return { reason: 'STOP_LOSS', price: prices.open };
  if (takeProfit !== null && beyond(takeProfit, prices.open))
    return { reason: 'TAKE_PROFIT', price: prices.open };
  if (stopLoss !== null && beyond(worst, stopLoss)) return { reason: 'STOP_LOSS', price: stopLoss };
  if (takeProfit !== null && beyond(takeProfit, best)) return { reason: 'TAKE_PROFIT', price: takeProfit };
  return null;
}

/** One trade's position and hedge leg at the broker. */
export class Position {
  readonly trade: ReplayTrade;
  /** Lots times price, earned by what is closed. */
  #realised = 0;
  #leg: Leg;
  #hedge: Hedge | null = null;
  #stopLoss: number | null;

  constructor(trade: ReplayTrade) {
    this.trade = trade;
    this.#leg = { direction: trade.direction, volume: trade.volume, price: trade.entryPrice };
    this.#stopLoss = trade.stopLoss;
  }

  get volume(): number {
    return this.#leg.volume;
  }

  get stopLoss(): number | null {
    return this.#stopLoss;
  }

  get hedge(): Hedge | null {
    return this.#hedge;
  }

  /** True while anything of the trade is open. */
  get isOpen(): boolean {
    return this.#leg.volume > 0 || this.#hedge !== null;
  }

  /** Fills orders at these prices, in order, and says what changed. `hedgeTicket` numbers a new hedge leg. */
  fill(orders: readonly Order[], prices: Prices, hedgeTicket: () => bigint): BrokerUpdate {
    const before = { volume: this.#leg.volume, stopLoss: this.#stopLoss, hedge: this.#hedge };
    for (const order of orders) this.#fillOne(order, prices, hedgeTicket);
    const hedge = this.#hedge === before.hedge ? null : (this.#hedge ?? 'gone');
    return {
      ...NO_UPDATE,
      volume: this.#leg.volume === before.volume ? null : this.#leg.volume,
      stopLoss: this.#stopLoss === before.stopLoss ? null : this.#stopLoss,
      hedge,
      settledActionIds: orders.map((order) => order.actionId),
    };
  }

  /** The trade's own stop or target within a bar. */
  exitWithin(bar: ReplayBar): Exit | null {
    if (this.#leg.volume === 0) return null;
    return exitWithin(this.trade.direction, this.#stopLoss, this.trade.takeProfit, bar);
  }

  /** Closes the hedge leg when its stop is touched within a bar; null when it is not. */
  stopHedge(bar: ReplayBar): BrokerUpdate | null {
    if (this.#hedge === null) return null;
    const exit = exitWithin(opposite(this.trade.direction), this.#hedge.stopLoss, null, bar);
    if (exit === null) return null;
    this.#closeHedge(exit.price);
    return { ...NO_UPDATE, hedge: 'gone' };
  }

  /** Closes the position, not its hedge leg, at a price. */
  close(price: number): void {
    this.#closeVolume(this.#leg.volume, price);
  }

  /** What the trade has earned, in lots times price, its open parts valued at these prices. */
  result(prices: Prices): number {
    const open = this.#earned(this.#leg, closePrice(this.#leg.direction, prices));
    if (this.#hedge === null) return this.#realised + open;
    const direction = opposite(this.trade.direction);
    const hedge = { direction, volume: this.#hedge.volume, price: this.#hedge.entryPrice };
    return this.#realised + open + this.#earned(hedge, closePrice(direction, prices));
  }

  #fillOne(order: Order, prices: Prices, hedgeTicket: () => bigint): void {
    const { direction } = this.trade;
    const exit = closePrice(direction, prices);
    switch (order.type) {
      case 'TIGHTEN_SL':
      case 'TRAIL_SL':
      case 'MOVE_SL_BREAKEVEN':
        // A stop on the wrong side of the price is refused, as a real broker would.
        if (order.stopLoss !== null && (exit - order.stopLoss) * favourable(direction) > 0) {
          this.#stopLoss = order.stopLoss;
        }
        return;
      case 'PARTIAL_CLOSE':
        this.#closeVolume(order.volume ?? 0, exit);
        return;
      case 'RE_ADD':
        this.#add(order.volume ?? 0, openPrice(direction, prices));
        return;
      case 'OPEN_HEDGE':
        this.#openHedge(order, prices, hedgeTicket());
        return;
      case 'CLOSE_HEDGE':
        this.#closeHedge(closePrice(opposite(direction), prices));
        return;
      case 'CLOSE_ALL':
        this.#closeHedge(closePrice(opposite(direction), prices));
        this.close(exit);
        return;
    }
  }

  #openHedge(order: Order, prices: Prices, ticket: bigint): void {
    if (this.#hedge !== null || this.#leg.volume === 0 || order.volume === null) return;
    const entryPrice = openPrice(opposite(this.trade.direction), prices);
    this.#hedge = { ticket, volume: order.volume, entryPrice, stopLoss: order.stopLoss };
  }

  #closeHedge(price: number): void {
    if (this.#hedge === null) return;
    const { volume, entryPrice } = this.#hedge;
    this.#realised += this.#earned(
      { direction: opposite(this.trade.direction), volume, price: entryPrice },
      price,
    );
    this.#hedge = null;
  }

  #closeVolume(volume: number, price: number): void {
    const closed = Math.min(volume, this.#leg.volume);
    this.#realised += this.#earned({ ...this.#leg, volume: closed }, price);
    this.#leg = { ...this.#leg, volume: lots(this.#leg.volume - closed) };
  }

  #add(volume: number, price: number): void {
    const total = lots(this.#leg.volume + volume);
    if (this.#leg.volume === 0 || total === 0) return;
    const average = (this.#leg.price * this.#leg.volume + price * volume) / total;
    this.#leg = { ...this.#leg, volume: total, price: average };
  }

  #earned(leg: Leg, price: number): number {
    return favourable(leg.direction) * (price - leg.price) * leg.volume;
  }
}
