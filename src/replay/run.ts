// One trade of a replay: its position as DTMS defends it, the same position left alone, and how both ended.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { ActionType as ActionTypeMessage, TradeState } from '../../gen/ts/dtms/v1/types.js';
import type { BrokerUpdate } from '../domain/commands.js';
import type { ActionType, State } from '../domain/types.js';
import { type Order, Position, type Prices } from './plain-broker.js';
import type { Outcome } from './results.js';
import type { ReplayTrade } from './trades-file.js';

/** A position and when nothing of it was open any more. */
export class Book {
  readonly position: Position;
  #endedAt: number | null = null;

  constructor(trade: ReplayTrade) {
    this.position = new Position(trade);
  }

  /** Notes the end when there is one; `at` is UTC ms. */
  noteEnd(at: number): void {
    if (!this.position.isOpen) this.#endedAt ??= at;
  }

  /** The result in R, what is open valued at `last`. */
  outcome(risk: number, last: Prices, lastAt: number): Outcome {
    const r = this.position.result(last) / (risk * this.position.trade.volume);
    return { r, endedAt: this.#endedAt ?? lastAt };
  }
}

export class Run {
  readonly trade: ReplayTrade;
  readonly defended: Book;
  readonly untouched: Book;
  /** The first bar that lies wholly after the entry. */
  readonly firstBar: number;
  /** What DTMS asked for since the last bar. */
  orders: Order[] = [];
  /** What happened to the hedge leg within the last bar, until DTMS is told. */
  hedgeReport: BrokerUpdate | null = null;
  #risk: number | null;
  #state: State = 'HEALTHY';
  #letGo = false;

  constructor(trade: ReplayTrade, firstBar: number) {
    this.trade = trade;
    this.firstBar = firstBar;
    this.defended = new Book(trade);
    this.untouched = new Book(trade);
    this.#risk = trade.stopLoss === null ? null : Math.abs(trade.entryPrice - trade.stopLoss);
  }

  /** R as a price distance; null until known. */
  get risk(): number | null {
    return this.#risk;
  }

  /** The state of the latest event. */
  get state(): State {
    return this.#state;
  }

  /** True while DTMS has the trade under watch and takes reports about it. */
  get isWatched(): boolean {
    return this.#state !== 'CLOSED' && !this.#letGo;
  }

  get isOpen(): boolean {
    return this.defended.position.isOpen || this.untouched.position.isOpen || this.isWatched;
  }

  /** The broker told DTMS that the trade is over. */
  letGo(): void {
    this.#letGo = true;
  }

  /** Takes an event of this trade: its state, its R and its orders. */
  take(event: TradeEvent): void {
    this.#state = TradeState[event.state] as State;
    if (event.change?.$case === 'riskEstimated') this.#risk = event.change.value.riskDistance;
    if (event.change?.$case !== 'stateChanged') return;
    for (const action of event.change.value.planned) {
      this.orders.push({
        actionId: action.actionId,
        type: ActionTypeMessage[action.type] as ActionType,
        stopLoss: action.stopLoss ?? null,
        volume: action.volume ?? null,
      });
    }
  }
}
