// What a replay drives: an engine in this process or a server, told the same things in the same order.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import type { BrokerUpdate } from '../domain/commands.js';
import type { CloseReason, Instrument, TradeSpec } from '../domain/types.js';
import type { MarketItem } from '../engine/market-item.js';

export interface ReplayTarget {
  /** The account and feed of this run. */
  readonly account: string;
  readonly feed: string;
  begin(instrument: Instrument): Promise<void>;
  register(spec: TradeSpec): Promise<void>;
  /** `at` and prices as the broker says; UTC ms. */
  update(ticket: bigint, update: BrokerUpdate, at: number): Promise<void>;
  close(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void>;
  /** Market data in order of time. Resolves with every event of the run since the last push, in log order. */
  push(items: readonly MarketItem[]): Promise<readonly TradeEvent[]>;
  /** Evaluations that have concerned these trades, in total. */
  evaluations(tickets: readonly bigint[]): Promise<number>;
  end(): Promise<void>;
}
