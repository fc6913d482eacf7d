// Events of the log as a replay makes them, for the report's tests; everything can be overridden.
import { TradeEvent } from '../../../gen/ts/dtms/v1/event.js';
import type { State } from '../../../src/domain/trade/state.js';
import type { ReplaySummary } from '../../../src/replay/summary.js';
import { ReportCollector } from '../../../src/report/collector.js';
import type { RunFacts } from '../../../src/report/page-data.js';

export const T0 = Date.UTC(2025, 5, 2, 12);
export const BAR_MS = 900_000;
export const FACTS: RunFacts = {
  symbol: 'BTCUSD',
  timeframe: 'M15',
  digits: 2,
  barMs: BAR_MS,
  remarks: ['costs: none'],
};

/** The moment `bars` bars after the first. */
export const at = (bars: number): Date => new Date(T0 + bars * BAR_MS);

/** A message in the proto's JSON. */
type Json = Readonly<Record<string, unknown>>;

/** `change` is the member of the oneof with its value, such as { paused: { reason: 'news' } }. */
export function eventOf(ticket: bigint, bars: number, change: Json, state: State = 'HEALTHY'): TradeEvent {
  return TradeEvent.fromJSON({
    ticket: String(ticket),
    symbol: 'BTCUSD',
    occurredAt: at(bars).toISOString(),
    state: `TRADE_STATE_${state}`,
    ...change,
  });
}

export function registered(ticket: bigint, label = ''): TradeEvent {
  const spec = {
    ticket: String(ticket),
    symbol: 'BTCUSD',
    direction: 'DIRECTION_BUY',
    entryPrice: 100,
    volume: 1,
    stopLoss: 90,
    takeProfit: 120,
    openedAt: at(0).toISOString(),
    label,
  };
  return eventOf(ticket, 0, { registered: { spec, riskDistance: 10 } });
}

export function actionOf(ticket: bigint, status: string, rest: Json = {}): Json {
  return {
    actionId: `replay:${ticket}:2:TIGHTEN_SL`,
    type: 'ACTION_TYPE_TIGHTEN_SL',
    stopLoss: 95.5,
    note: '0.3 R behind 98.5',
    status: `ACTION_STATUS_${status}`,
    ...rest,
  };
}

const SIGNAL_NAMES = [
  'STRUCTURE',
  'VWAP_VOLUME',
  'MOMENTUM',
  'EMA_ALIGNMENT',
  'DELTA_PRESSURE',
  'CANDLE_CONVICTION',
];

/** A trade that is warned, tightened and stopped out. */
export function course(ticket: bigint, label = '', note = 'would loosen, said "DTMS"'): TradeEvent[] {
  const signals = [-3, 0, -1, null, null, 0.5].map((contribution, index) => ({
    signal: `SIGNAL_${SIGNAL_NAMES[index]}`,
    available: contribution !== null,
    contribution: contribution ?? 0,
  }));
  const warned = {
    from: 'TRADE_STATE_HEALTHY',
    to: 'TRADE_STATE_WARNING_L1',
    cause: 'TRANSITION_CAUSE_SCORE',
    evaluation: { evaluatedAt: at(2).toISOString(), score: -3.5, signals, summary: 'Score -3.50' },
    price: 98.5,
    planned: [actionOf(ticket, 'PENDING')],
    suppressed: [{ type: 'ACTION_TYPE_TRAIL_SL', reason: 'SUPPRESSION_REASON_WOULD_LOOSEN', note }],
  };
  const tightened = {
    action: actionOf(ticket, 'DONE', {
      attempts: 2,
      result: { code: 10009, message: 'done', outcome: 'ACTION_OUTCOME_DONE', dealTicket: '7' },
    }),
    from: 'ACTION_STATUS_EXECUTING',
    changedFields: ['stop_loss'],
    position: { volume: 1, stopLoss: 95.5, takeProfit: 120 },
    by: 'paper',
  };
  const stopped = {
    from: 'TRADE_STATE_WARNING_L1',
    to: 'TRADE_STATE_CLOSED',
    cause: 'TRANSITION_CAUSE_BROKER_CLOSED',
    closeReason: 'CLOSE_REASON_STOP_LOSS',
    closePrice: 95.5,
  };
  return [
    registered(ticket, label),
    eventOf(ticket, 2, { stateChanged: warned }, 'WARNING_L1'),
    eventOf(ticket, 3, { actionChanged: tightened }, 'WARNING_L1'),
    eventOf(ticket, 5, { stateChanged: stopped }, 'CLOSED'),
  ];
}

/** A collector that has seen `events`, seven falling bars, and an outcome for each of `tickets`. */
export function collected(events: readonly TradeEvent[], tickets: readonly bigint[]): ReportCollector {
  const collector = new ReportCollector(null);
  for (const event of events) collector.onEvent(event);
  for (let index = 0; index < 7; index++) {
    const close = 100 - index;
    const bar = {
      time: T0 + index * BAR_MS,
      open: close + 1,
      high: close + 2,
      low: close - 1,
      close,
      volume: 1,
    };
    collector.onBar({ bar, ask: null }, T0 + (index + 1) * BAR_MS, {
      withDtms: -0.1 * index,
      without: -0.2 * index,
    });
  }
  for (const ticket of tickets) {
    collector.onOutcome(ticket, { r: -0.45, endedAt: T0 + 5 * BAR_MS }, { r: -1, endedAt: T0 + 7 * BAR_MS });
  }
  return collector;
}

/** `half` is half the width of the intervals; null where nothing is known of them. */
export function summaryOf(withDtms: number, without: number, half: number | null = null): ReplaySummary {
  const of = (mean_r: number) => ({ mean_r, worst_5pct_r: -1, max_drawdown_r: 3 });
  const about = (value: number) => ({
    value,
    low: half === null ? null : value - half,
    high: half === null ? null : value + half,
  });
  const difference = {
    mean_r: about(withDtms - without),
    worst_5pct_r: about(0),
    p: 0.5,
    block: 'week' as const,
    blocks: 26,
  };
  return {
    bars: 7,
    skipped_rows: 0,
    trades: 1,
    evaluations: 5,
    signals: null,
    transitions: { 'HEALTHY>WARNING_L1': 1, 'WARNING_L1>CLOSED': 1 },
    actions: { TIGHTEN_SL: 1 },
    action_ends: { DONE: 1 },
    final_states: { CLOSED: 1 },
    broker: { executed: 1, executed_twice: 0, stops_loosened: 0, open_positions: 0, faults: {} },
    result: { with_dtms: of(withDtms), without_dtms: of(without), difference },
    log_sha256: 'ab',
    elapsed_ms: 1,
  };
}
