// Owns one trade of a replay: what the log says of it so far.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { TradeState } from '../../gen/ts/dtms/v1/types.js';
import type { State } from '../domain/trade/state.js';
import type { ReplayTrade } from './trades-file.js';

export class Run {
  readonly trade: ReplayTrade;
  /** The first bar that lies wholly after the entry. */
  readonly firstBar: number;
  #risk: number | null;
  #state: State = 'HEALTHY';

  constructor(trade: ReplayTrade, firstBar: number) {
    this.trade = trade;
    this.firstBar = firstBar;
    this.#risk = trade.stopLoss === null ? null : Math.abs(trade.entryPrice - trade.stopLoss);
  }

  /** The state of the latest event. */
  get state(): State {
    return this.#state;
  }

  /** Takes an event of this trade. */
  take(event: TradeEvent): void {
    this.#state = TradeState[event.state] as State;
    if (event.change?.$case === 'riskEstimated') this.#risk = event.change.value.riskDistance;
  }

  /** A result in money as R; null while R is not known. */
  inR(money: number): number | null {
    return this.#risk === null ? null : money / (this.#risk * this.trade.volume);
  }

  /** True at the last bar the trade is to be held. */
  expiresAt(bar: number): boolean {
    const { heldBars } = this.trade;
    return heldBars !== null && bar - this.firstBar + 1 >= heldBars;
  }
}
