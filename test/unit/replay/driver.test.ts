// The order of a replay's step, against a target that records what it is told, answers from a script and
// hands out the actions its script planned.

import { describe, expect, it } from 'vitest';
import { StateChanged, TradeEvent } from '../../../gen/ts/dtms/v1/event.js';
import { type Action, ActionStatus, ActionType, TradeState } from '../../../gen/ts/dtms/v1/types.js';
import type { LeaseClient, LeasedAction } from '../../../src/bridge/lease-client.js';
import type { OrderResult } from '../../../src/broker/terminal.js';
import type { MessageInit, MessageType } from '../../../src/client/call.js';
import type { AccountTerms } from '../../../src/domain/account/account.js';
import { tagOf } from '../../../src/domain/broker/order-tag.js';
import type { MarketItem } from '../../../src/domain/market/market-item.js';
import type { CloseReason } from '../../../src/domain/trade/state.js';
import type { TradeSpec } from '../../../src/domain/trade/trade.js';
import { replay } from '../../../src/replay/driver.js';
import type { ReplayBar, ReplayData } from '../../../src/replay/importer.js';
import type { ReplayTarget } from '../../../src/replay/target.js';
import type { ReplayTrade } from '../../../src/replay/trades-file.js';

const M15 = 900_000;
const T0 = Date.UTC(2025, 0, 6);
const bar = (at: number) => (at - T0) / M15;

type Work = Pick<LeasedAction, 'actionId' | 'type'> & Partial<LeasedAction>;

/** Says what it was told as short lines, answers push number n with `script[n]`, and leases its work once. */
class RecordingTarget implements ReplayTarget {
  readonly account = 'replay';
  readonly feed = 'replay';
  readonly told: string[] = [];
  readonly results: OrderResult[] = [];
  ended = 0;
  #pushes = 0;
  #work: Work[];
  #clock: () => number = () => 0;
  readonly #script: Readonly<Record<number, readonly TradeEvent[]>>;

  constructor(script: Readonly<Record<number, readonly TradeEvent[]>> = {}, work: readonly Work[] = []) {
    this.#script = script;
    this.#work = [...work];
  }

  async begin(_instrument: unknown, _terms: AccountTerms, clock: () => number): Promise<LeaseClient> {
    this.#clock = clock;
    return {
      lease: async () => this.#work.splice(0).map(leased),
      begin: async ({ type }) => {
        this.told.push(`begin ${type} at ${bar(this.#clock())}`);
        return true;
      },
      report: async ({ type }, result) => {
        this.results.push(result);
        this.told.push(`report ${type} ${result.code} at ${bar(this.#clock())}`);
        return true;
      },
      heartbeat: async () => {},
      reconcile: async () => ({ probe: [], drifts: 0, rejected: [] }),
      closed: (ticket, reason, price, at) => this.close(ticket, reason, price, at),
    };
  }
  async register(spec: TradeSpec): Promise<void> {
    this.told.push(`register ${spec.ticket}`);
  }
  async close(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void> {
    this.told.push(`close ${ticket} ${reason} ${price} at ${bar(at)}`);
  }
  async push(items: readonly MarketItem[]): Promise<readonly TradeEvent[]> {
    if (items.length === 0) return [];
    this.told.push(`push ${items.map(({ kind }) => kind).join('+')}`);
    this.#pushes += 1;
    return this.#script[this.#pushes - 1] ?? [];
  }
  async evaluations(): Promise<number> {
    return 0;
  }
  availability(): null {
    return null;
  }

  async end(): Promise<void> {
    this.ended += 1;
  }
}

function leased(work: Work): LeasedAction {
  return {
    token: 1n,
    leaseEndsAt: 0,
    account: 'replay',
    ticket: 1n,
    positionTicket: 1n,
    symbol: 'BTCUSD',
    direction: 'BUY',
    stopLoss: null,
    takeProfit: 120,
    volume: null,
    hedgeTicket: null,
    magicNumber: 0n,
    tag: tagOf(work.actionId),
    ...work,
  };
}

function bars(
  ...rows: readonly (readonly [open: number, high: number, low: number, close: number])[]
): ReplayData {
  const made = rows.map(([open, high, low, close], index): ReplayBar => {
    return { bar: { time: T0 + index * M15, open, high, low, close, volume: 1 }, ask: null };
  });
  return { timeframe: 'M15', bars: made, badRows: [], digits: 2 };
}

const BUY: ReplayTrade = {
  ticket: 1n,
  symbol: 'BTCUSD',
  direction: 'BUY',
  entryTime: T0 + M15,
  entryPrice: 100,
  volume: 1,
  stopLoss: 90,
  takeProfit: 120,
  heldBars: null,
};

function transition(from: TradeState, to: TradeState, planned: readonly MessageInit<Action>[]): TradeEvent {
  const type: MessageType<StateChanged> = StateChanged;
  return TradeEvent.fromPartial({
    account: 'replay',
    ticket: 1n,
    state: to,
    change: { $case: 'stateChanged', value: type.fromPartial({ from, to, planned }) },
  });
}

const run = (target: ReplayTarget, data: ReplayData, trades: readonly ReplayTrade[]) =>
  replay(target, { symbol: 'BTCUSD', data, trades, skippedRows: 3 });

describe('a step of the replay', () => {
  it('registers at the first bar that opens at or after the entry, and stops within that bar', async () => {
    const target = new RecordingTarget();
    const summary = await run(target, bars([100, 101, 80, 100], [100, 101, 89, 95], [95, 96, 94, 95]), [BUY]);
    expect(target.told).toEqual([
      'push bar',
      'register 1',
      'close 1 STOP_LOSS 90 at 2',
      'push bar',
      'push bar',
    ]);
    expect(summary).toMatchObject({ bars: 3, skipped_rows: 3, trades: 1 });
    expect(summary.result).toMatchObject({
      with_dtms: { mean_r: -1, worst_5pct_r: -1, max_drawdown_r: 1 },
      without_dtms: { mean_r: -1, worst_5pct_r: -1, max_drawdown_r: 1 },
      difference: { mean_r: { value: 0, low: null, high: null }, p: 1, block: 'day', blocks: 1 },
    });
    expect(target.ended).toBe(1);
  });

  it('does not hold prices from before the entry against a trade entered within a bar', async () => {
    const target = new RecordingTarget();
    const trade = { ...BUY, entryTime: T0 + M15 + 60_000 };
    await run(target, bars([100, 101, 99, 100], [100, 101, 80, 100], [100, 121, 99, 120]), [trade]);
    expect(target.told).toEqual([
      'push bar',
      'register 1',
      'push bar',
      'close 1 TAKE_PROFIT 120 at 3',
      'push bar',
    ]);
  });

  it('executes what was planned at the next open, before the stops of that bar', async () => {
    const half = { actionId: 'replay:1:2:PARTIAL_CLOSE', volume: 0.5 };
    const stop = { actionId: 'replay:1:2:MOVE_SL_BREAKEVEN', stopLoss: 100.5 };
    const planned = [
      { ...half, type: ActionType.PARTIAL_CLOSE, status: ActionStatus.PENDING },
      { ...stop, type: ActionType.MOVE_SL_BREAKEVEN, status: ActionStatus.PENDING },
    ];
    const target = new RecordingTarget(
      { 1: [transition(TradeState.WARNING_L1, TradeState.WARNING_L2, planned)] },
      [
        { ...half, type: 'PARTIAL_CLOSE' },
        { ...stop, type: 'MOVE_SL_BREAKEVEN' },
      ],
    );
    const data = bars([100, 101, 99, 100], [100, 105, 100, 104], [104, 106, 100, 101], [101, 102, 100, 101]);
    const summary = await run(target, data, [BUY]);
    expect(target.told.slice(3)).toEqual([
      'begin PARTIAL_CLOSE at 2',
      'report PARTIAL_CLOSE 10009 at 2',
      'begin MOVE_SL_BREAKEVEN at 2',
      'report MOVE_SL_BREAKEVEN 10009 at 2',
      'close 1 STOP_LOSS 100.5 at 3',
      'push bar',
      'push bar',
    ]);
    expect(target.results).toMatchObject([{ price: 104, volume: 0.5 }, { stopLoss: 100.5 }]);
    expect(summary.result.with_dtms.mean_r).toBeCloseTo((0.5 * 4 + 0.5 * 0.5) / 10);
    expect(summary.result.without_dtms.mean_r).toBeCloseTo(0.1);
    expect(summary.transitions).toEqual({ 'WARNING_L1>WARNING_L2': 1 });
    expect(summary.actions).toEqual({ MOVE_SL_BREAKEVEN: 1, PARTIAL_CLOSE: 1 });
    expect(summary.action_ends).toEqual({ OPEN: 2 });
    expect(summary.broker).toMatchObject({ executed: 2, executed_twice: 0, stops_loosened: 0 });
    expect(summary.final_states).toEqual({ WARNING_L2: 1 });
  });

  it('counts a hedge for its trade, and tells that its stop was hit', async () => {
    const hedge = { actionId: 'replay:1:3:OPEN_HEDGE', volume: 1, stopLoss: 102 };
    const target = new RecordingTarget(
      {
        1: [
          transition(TradeState.WARNING_L2, TradeState.HEDGED, [
            { ...hedge, type: ActionType.OPEN_HEDGE, status: ActionStatus.PENDING },
          ]),
        ],
      },
      [{ ...hedge, type: 'OPEN_HEDGE' }],
    );
    const before = [
      [100, 101, 99, 100],
      [100, 101, 97, 98],
    ] as const;
    const data = bars(...before, [98, 101, 97, 100], [100, 103, 97, 101], [101, 102, 88, 89]);
    const summary = await run(target, data, [BUY]);
    const leg = target.results[0]?.openedTicket;
    expect(target.told.slice(3)).toEqual([
      'begin OPEN_HEDGE at 2',
      'report OPEN_HEDGE 10009 at 2',
      'push bar',
      `close ${leg} STOP_LOSS 102 at 4`,
      'push bar',
      'close 1 STOP_LOSS 90 at 5',
      'push bar',
    ]);
    expect(summary.result.with_dtms.mean_r).toBeCloseTo((-10 - 4) / 10);
  });

  it('closes after the longest holding time at that bar’s close', async () => {
    const target = new RecordingTarget();
    const flat = [100, 101, 99, 100] as const;
    const summary = await run(target, bars(flat, flat, flat, flat, flat), [{ ...BUY, heldBars: 2 }]);
    expect(target.told).toContain('close 1 EXPIRED 100 at 3');
    expect(summary.result.with_dtms.mean_r).toBe(0);
  });

  it('pushes the quote at the close before the bar that closed, where the spread is known', async () => {
    const target = new RecordingTarget();
    const data = bars([100, 101, 99, 100]);
    const [first] = data.bars;
    const ask = { open: 101, high: 102, low: 100, close: 101 };
    await run(target, { ...data, bars: first === undefined ? [] : [{ ...first, ask }] }, []);
    expect(target.told).toEqual(['push quote+bar']);
  });

  it('ends the target when it fails', async () => {
    const target = new RecordingTarget();
    target.push = () => Promise.reject(new Error('gone'));
    await expect(run(target, bars([100, 101, 99, 100]), [])).rejects.toThrow('gone');
    expect(target.ended).toBe(1);
  });
});
