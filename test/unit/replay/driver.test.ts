// The order of a replay's step, against a target that records what it is told and answers from a script.
import { describe, expect, it } from 'vitest';
import { StateChanged, TradeEvent } from '../../../gen/ts/dtms/v1/event.js';
import { ActionType, type PlannedAction, TradeState } from '../../../gen/ts/dtms/v1/types.js';
import type { MessageInit, MessageType } from '../../../src/client/call.js';
import type { BrokerUpdate } from '../../../src/domain/commands.js';
import type { CloseReason, TradeSpec } from '../../../src/domain/types.js';
import type { MarketItem } from '../../../src/engine/market-item.js';
import { replay } from '../../../src/replay/driver.js';
import type { ReplayBar, ReplayData } from '../../../src/replay/importer.js';
import type { ReplayTarget } from '../../../src/replay/target.js';
import type { ReplayTrade } from '../../../src/replay/trades-file.js';

const M15 = 900_000;
const T0 = Date.UTC(2025, 0, 6);

/** Says what it was told as short lines, and answers push number n with `script[n]`. */
class RecordingTarget implements ReplayTarget {
  readonly account = 'replay';
  readonly feed = 'replay';
  readonly told: string[] = [];
  readonly updates: BrokerUpdate[] = [];
  ended = 0;
  #pushes = 0;
  readonly #script: Readonly<Record<number, readonly TradeEvent[]>>;

  constructor(script: Readonly<Record<number, readonly TradeEvent[]>> = {}) {
    this.#script = script;
  }

  async begin(): Promise<void> {}
  async register(spec: TradeSpec): Promise<void> {
    this.told.push(`register ${spec.ticket}`);
  }
  async update(ticket: bigint, update: BrokerUpdate, at: number): Promise<void> {
    this.updates.push(update);
    this.told.push(`update ${ticket} at ${(at - T0) / M15}`);
  }
  async close(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void> {
    this.told.push(`close ${ticket} ${reason} ${price} at ${(at - T0) / M15}`);
  }
  async push(items: readonly MarketItem[]): Promise<readonly TradeEvent[]> {
    this.told.push(`push ${items.map(({ kind }) => kind).join('+')}`);
    this.#pushes += 1;
    return this.#script[this.#pushes - 1] ?? [];
  }
  async evaluations(): Promise<number> {
    return 0;
  }
  async end(): Promise<void> {
    this.ended += 1;
  }
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

function transition(
  from: TradeState,
  to: TradeState,
  planned: readonly MessageInit<PlannedAction>[],
): TradeEvent {
  const type: MessageType<StateChanged> = StateChanged;
  return TradeEvent.fromPartial({
    account: 'replay',
    ticket: 1n,
    state: to,
    change: { $case: 'stateChanged', value: type.fromPartial({ from, to, planned }) },
  });
}

const run = (target: ReplayTarget, data: ReplayData, trades: readonly ReplayTrade[]) =>
  replay(target, { symbol: 'BTCUSD', data, trades, skippedRows: 3, hedgeStops: 'run' });

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
    expect(summary.result).toEqual({
      with_dtms: { mean_r: -1, worst_5pct_r: -1, max_drawdown_r: 1 },
      without_dtms: { mean_r: -1, worst_5pct_r: -1, max_drawdown_r: 1 },
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

  it('fills what was planned at the next open, in one report, before the stops of that bar', async () => {
    const actions = [
      { actionId: 'replay:1:2:PARTIAL_CLOSE', type: ActionType.PARTIAL_CLOSE, volume: 0.5 },
      { actionId: 'replay:1:2:MOVE_SL_BREAKEVEN', type: ActionType.MOVE_SL_BREAKEVEN, stopLoss: 100.5 },
    ];
    const target = new RecordingTarget({
      1: [transition(TradeState.WARNING_L1, TradeState.WARNING_L2, actions)],
    });
    const data = bars([100, 101, 99, 100], [100, 105, 100, 104], [104, 106, 100, 101], [101, 102, 100, 101]);
    const summary = await run(target, data, [BUY]);
    expect(target.told.slice(3)).toEqual([
      'update 1 at 2',
      'close 1 STOP_LOSS 100.5 at 3',
      'push bar',
      'push bar',
    ]);
    expect(target.updates[0]).toMatchObject({
      volume: 0.5,
      stopLoss: 100.5,
      settledActionIds: ['replay:1:2:PARTIAL_CLOSE', 'replay:1:2:MOVE_SL_BREAKEVEN'],
    });
    expect(summary.result.with_dtms.mean_r).toBeCloseTo((0.5 * 4 + 0.5 * 0.5) / 10);
    expect(summary.result.without_dtms.mean_r).toBeCloseTo(0.1);
    expect(summary.transitions).toEqual({ 'WARNING_L1>WARNING_L2': 1 });
    expect(summary.actions).toEqual({ MOVE_SL_BREAKEVEN: 1, PARTIAL_CLOSE: 1 });
    expect(summary.final_states).toEqual({ WARNING_L2: 1 });
  });

  it('closes both legs of a trade that DTMS closed, and reports nothing about it any more', async () => {
    const closeAll = [{ actionId: 'replay:1:4:CLOSE_ALL', type: ActionType.CLOSE_ALL }];
    const target = new RecordingTarget({
      1: [transition(TradeState.HEDGED, TradeState.CLOSED, closeAll)],
    });
    const data = bars([100, 101, 99, 100], [100, 105, 100, 104], [95, 96, 80, 85], [85, 86, 70, 71]);
    const summary = await run(target, data, [BUY]);
    expect(target.told).toEqual(['push bar', 'register 1', 'push bar', 'push bar', 'push bar']);
    expect(summary.result.with_dtms.mean_r).toBe(-0.5);
  });

  it('closes a hedge leg at its stop and says so once DTMS has heard that bar', async () => {
    const openHedge = [
      { actionId: 'replay:1:3:OPEN_HEDGE', type: ActionType.OPEN_HEDGE, volume: 1, stopLoss: 102 },
    ];
    const target = new RecordingTarget({
      1: [transition(TradeState.WARNING_L2, TradeState.HEDGED, openHedge)],
    });
    const before = [
      [100, 101, 99, 100],
      [100, 101, 97, 98],
    ] as const;
    const data = bars(...before, [98, 101, 97, 100], [100, 103, 97, 101], [101, 102, 88, 89]);
    const summary = await run(target, data, [BUY]);
    expect(target.told.slice(3)).toEqual([
      'update 1 at 2',
      'push bar',
      'push bar',
      'update 1 at 4',
      'close 1 STOP_LOSS 90 at 5',
      'push bar',
    ]);
    expect(target.updates.map(({ hedge }) => hedge)).toEqual([
      expect.objectContaining({ entryPrice: 98 }),
      'gone',
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

  it('pushes the quote at the close where the spread is known', async () => {
    const target = new RecordingTarget();
    const data = bars([100, 101, 99, 100]);
    const [first] = data.bars;
    const ask = { open: 101, high: 102, low: 100, close: 101 };
    await run(target, { ...data, bars: first === undefined ? [] : [{ ...first, ask }] }, []);
    expect(target.told).toEqual(['push bar+quote']);
  });

  it('ends the target when it fails', async () => {
    const target = new RecordingTarget();
    target.push = () => Promise.reject(new Error('gone'));
    await expect(run(target, bars([100, 101, 99, 100]), [])).rejects.toThrow('gone');
    expect(target.ended).toBe(1);
  });
});
