// A log in memory that tests script: it grows, is compacted, is replaced, fails.
import { setImmediate as turn } from 'node:timers/promises';
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { TradeState } from '../../gen/ts/dtms/v1/types.js';
import { STATES, type State } from '../../src/domain/types.js';
import type { LogEvent, LogHead, LogReader } from '../../src/store/types.js';

export interface Written {
  readonly account: string;
  readonly ticket: bigint;
  readonly symbol: string;
  readonly state: State;
}

export class MemoryLog implements LogReader {
  /** Everything ever written in this history, compacted events too: what tests compare with. */
  readonly all: LogEvent[] = [];
  epoch = 'epoch-1';
  compacted = 0;
  /** Set to make every read fail. */
  failure: Error | undefined;
  /** The largest limit any read asked for, and how many reads were under way at once. */
  largestLimit = 0;
  mostReads = 0;
  #reads = 0;

  get revision(): number {
    return this.all.length;
  }

  append(written: readonly Written[]): void {
    for (const { account, ticket, symbol, state } of written) {
      const revision = this.all.length + 1;
      const occurredAt = 1_700_000_000_000 + revision * 1000;
      const event = TradeEvent.fromPartial({
        tradeVersion: BigInt(revision),
        account,
        ticket,
        symbol,
        state: STATE_NUMBERS[state],
        occurredAt: new Date(occurredAt),
        change: { $case: 'paused', value: { reason: `event ${revision}` } },
      });
      this.all.push({
        account,
        ticket,
        symbol,
        state,
        revision,
        tradeVersion: revision,
        occurredAt,
        recordedAt: occurredAt + 7,
        actor: '',
        payload: TradeEvent.encode(event).finish(),
      });
    }
  }

  compact(revision: number): void {
    this.compacted = Math.max(this.compacted, Math.min(revision, this.revision));
  }

  /** Another history, such as after a restore, with that many of the same events. */
  replace(epoch: string, revision: number): void {
    this.epoch = epoch;
    this.all.length = Math.min(revision, this.all.length);
  }

  async head(): Promise<LogHead> {
    await turn();
    if (this.failure !== undefined) throw this.failure;
    return { revision: this.revision, epoch: this.epoch, compacted: this.compacted };
  }

  async readEvents(after: number, limit: number): Promise<LogEvent[]> {
    this.largestLimit = Math.max(this.largestLimit, limit);
    this.#reads += 1;
    this.mostReads = Math.max(this.mostReads, this.#reads);
    try {
      await turn();
      if (this.failure !== undefined) throw this.failure;
      const first = Math.max(after, this.compacted);
      return this.all.slice(first, first + limit);
    } finally {
      this.#reads -= 1;
    }
  }
}

const STATE_NUMBERS: Readonly<Record<State, TradeState>> = {
  HEALTHY: TradeState.HEALTHY,
  WARNING_L1: TradeState.WARNING_L1,
  WARNING_L2: TradeState.WARNING_L2,
  HEDGED: TradeState.HEDGED,
  RECOVERING: TradeState.RECOVERING,
  CLOSED: TradeState.CLOSED,
};

export const ACCOUNTS = ['demo', 'live'] as const;
export const SYMBOLS = ['XAUUSD', 'BTCUSDm', 'EURUSD'] as const;

/** Some events, different from each other in whatever a filter can ask for. */
export function someEvents(count: number, seed = 0): Written[] {
  return Array.from({ length: count }, (_, index) => {
    const n = seed * 7919 + index;
    return {
      account: ACCOUNTS[n % ACCOUNTS.length] ?? 'demo',
      ticket: BigInt((n % 5) + 1),
      symbol: SYMBOLS[(n * 7 + seed) % SYMBOLS.length] ?? 'XAUUSD',
      state: STATES[(n * 5 + seed) % STATES.length] ?? 'HEALTHY',
    };
  });
}
