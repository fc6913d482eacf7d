// A log in memory that tests script: it grows, is compacted, is replaced, fails. That it reads as the one in
// Postgres does is what test/contract/watch/log-reader.test.ts asks of both.
import { setImmediate as turn } from 'node:timers/promises';
import { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import { TradeState } from '../../gen/ts/dtms/v1/types.js';
import { STATES, type State } from '../../src/domain/trade/state.js';
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
  /** How many looks at it have failed. */
  failures = 0;
  /** The largest limit any read asked for, and how many reads were under way at once. */
  largestLimit = 0;
  mostReads = 0;
  /** How often it was read. */
  reads = 0;
  #reads = 0;
  /** How much later the events of this history are recorded, in ms. */
  #later = 0;

  get revision(): number {
    return this.all.length;
  }

  append(written: readonly Written[]): void {
    for (const each of written) {
      const event = eventOf(each, this.all.length + 1);
      this.all.push({ ...event, recordedAt: event.recordedAt + this.#later });
    }
  }

  compact(revision: number): void {
    this.compacted = Math.max(this.compacted, Math.min(revision, this.revision));
  }

  /** Another history, such as after a restore, with that many of the same events. */
  replace(epoch: string, revision: number): void {
    this.epoch = epoch;
    this.#later += 1;
    this.all.length = Math.min(revision, this.all.length);
  }

  async head(): Promise<LogHead> {
    await turn();
    this.#fail();
    return { revision: this.revision, epoch: this.epoch, compacted: this.compacted };
  }

  async readEvents(after: number, limit: number): Promise<LogEvent[]> {
    this.largestLimit = Math.max(this.largestLimit, limit);
    this.reads += 1;
    this.#reads += 1;
    this.mostReads = Math.max(this.mostReads, this.#reads);
    try {
      await turn();
      this.#fail();
      const first = Math.max(after, this.compacted);
      return this.all.slice(first, first + limit).map((event) => ({ ...event, epoch: this.epoch }));
    } finally {
      this.#reads -= 1;
    }
  }

  #fail(): void {
    if (this.failure === undefined) return;
    this.failures += 1;
    throw this.failure;
  }
}

/** What is written as it stands in the log at this revision. */
export function eventOf({ account, ticket, symbol, state }: Written, revision: number): LogEvent {
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
  return {
    account,
    ticket,
    symbol,
    state,
    revision,
    epoch: '',
    tradeVersion: revision,
    occurredAt,
    recordedAt: occurredAt + 7,
    actor: '',
    payload: TradeEvent.encode(event).finish(),
  };
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
