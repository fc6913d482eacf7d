// Trades and batches for tests of the store, and arbitrary ones for its laws.

import fc from 'fast-check';
import { CONFLUENCES, type Evaluation, SIGNALS } from '../../src/domain/signals/signal.js';
import {
  ACTION_OUTCOMES,
  ACTION_STATUSES,
  type Action,
  HOLD_REASONS,
} from '../../src/domain/trade/action.js';
import { ACTION_TYPES } from '../../src/domain/trade/action-specs.js';
import { TRADE_FIELDS } from '../../src/domain/trade/owner.js';
import { CLOSE_REASONS, STATES, type State } from '../../src/domain/trade/state.js';
import { TRADE_ORIGINS, type Trade } from '../../src/domain/trade/trade.js';
import type { CommitBatch } from '../../src/store/types.js';

export const EMPTY_BATCH: CommitBatch = {
  events: [],
  realised: [],
  booked: [],
  takenBack: [],
  trades: [],
  views: [],
  bars: [],
  marketEvaluations: [],
  instruments: [],
  news: [],
  feeds: [],
  flags: [],
  policies: [],
  endedFeeds: [],
  endedInstruments: [],
  endedNews: [],
  forgotten: [],
  answers: [],
  actions: [],
  accounts: [],
  audits: [],
  journal: [],
};

const OPENED = Date.UTC(2025, 0, 6, 8);

export function makeTrade(ticket: bigint | number, more: Partial<Trade> = {}, account = 'demo'): Trade {
  return {
    spec: {
      account,
      ticket: BigInt(ticket),
      symbol: 'EURUSDm',
      direction: 'BUY',
      entryPrice: 1.1,
      volume: 1,
      stopLoss: 1.09,
      takeProfit: null,
      initialStopLoss: null,
      openedAt: OPENED,
      feed: 'default',
      positionTicket: BigInt(ticket),
      magicNumber: 77n,
      label: 'test',
    },
    instrument: 'EURUSD',
    openedAt: OPENED,
    state: 'HEALTHY',
    stateEnteredAt: OPENED,
    risk: 0.01,
    riskEstimated: false,
    volume: 1,
    stopLoss: 1.09,
    takeProfit: null,
    positionTicket: BigInt(ticket),
    closedVolume: 0,
    hedge: null,
    monitoredSince: null,
    pausedAt: null,
    flatTimerEndsAt: null,
    recoveryTimerEndsAt: null,
    structureSeenAt: 0,
    stopChangedAt: null,
    volumeChangedAt: null,
    actions: [],
    deadLetters: [],
    stopRejections: 0,
    origin: 'REGISTERED',
    parentTicket: null,
    owners: [],
    missingSince: null,
    hedgeMissingSince: null,
    evaluationsBefore: 0,
    countedFrom: null,
    warnedFrom: null,
    frozen: null,
    closeReason: null,
    closedAt: null,
    closePrice: null,
    policy: null,
    unmetWishes: '',
    owed: [],
    version: 1,
    ...more,
  };
}

/** The trade after one more change. */
export function moved(trade: Trade, state: State): Trade {
  const closed = state === 'CLOSED' ? { closedAt: OPENED + 60_000, closeReason: 'REQUESTED' as const } : {};
  return { ...trade, state, version: trade.version + 1, ...closed };
}

/** One event per trade, in this order; trades of version 1 are registered by it. */
export function batchOf(trades: readonly Trade[], more: Partial<CommitBatch> = {}): CommitBatch {
  return {
    ...EMPTY_BATCH,
    events: trades.map((trade) => ({
      account: trade.spec.account,
      ticket: trade.spec.ticket,
      symbol: trade.spec.symbol,
      state: trade.state,
      previousState: trade.version === 1 ? null : trade.state,
      tradeVersion: trade.version,
      actor: '',
      occurredAt: OPENED + trade.version,
      payload: Buffer.from(`${trade.spec.ticket}/${trade.version}`),
      brief: Buffer.from(`${trade.spec.ticket}/${trade.version}`),
    })),
    trades: trades.map((trade, i) => ({
      trade,
      eventIndex: i,
      registeredIndex: trade.version === 1 ? i : null,
    })),
    ...more,
  };
}

/** Every finite number but -0, which JSON writes as 0. */
export const finite = fc
  .double({ noNaN: true, noDefaultInfinity: true })
  .map((value) => (Object.is(value, -0) ? 0 : value));
const time = fc.integer({ min: 0, max: 4_102_444_800_000 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
/** Texts as protobuf allows them, without the one character Postgres cannot hold. */
export const anyText = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\0', ''));

export const anyEvaluation: fc.Arbitrary<Evaluation> = fc.record({
  at: time,
  score: nullable(finite),
  confluence: fc.constantFrom(...CONFLUENCES),
  signals: fc.array(
    fc.record({
      signal: fc.constantFrom(...SIGNALS),
      available: fc.boolean(),
      raw: finite,
      capped: finite,
      multiplier: finite,
      contribution: finite,
      reason: anyText,
    }),
    { maxLength: 6 },
  ),
  vwapVolumeFlipAgainst: fc.boolean(),
});

export const anyAction: fc.Arbitrary<Action> = fc.record({
  actionId: anyText,
  type: fc.constantFrom(...ACTION_TYPES),
  plannedAt: time,
  stopLoss: nullable(finite),
  volume: nullable(finite),
  reduceOnly: fc.boolean(),
  note: anyText,
  plannedIn: fc.constantFrom(...STATES),
  status: fc.constantFrom(...ACTION_STATUSES),
  attempts: fc.nat(),
  notBefore: nullable(time),
  lease: nullable(fc.record({ token: fc.nat(), bridge: anyText, endsAt: time })),
  begunAt: nullable(time),
  begunBy: anyText,
  settleBy: nullable(time),
  result: nullable(
    fc.record({
      code: fc.integer(),
      message: anyText,
      outcome: fc.constantFrom(...ACTION_OUTCOMES),
      price: nullable(finite),
      volume: nullable(finite),
      stopLoss: nullable(finite),
      openedTicket: nullable(int64),
      dealTicket: nullable(int64),
    }),
  ),
  reason: anyText,
  hold: nullable(fc.constantFrom(...HOLD_REASONS)),
  orderedBy: anyText,
  rule: anyText,
  leaves: nullable(finite),
  waitsSince: nullable(time),
});

export const anyTrade: fc.Arbitrary<Trade> = fc.record({
  spec: fc.record({
    account: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,30}$/),
    ticket: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
    symbol: fc.stringMatching(/^[ -~¡-퟿]{1,64}$/),
    direction: fc.constantFrom('BUY' as const, 'SELL' as const),
    entryPrice: finite,
    volume: finite,
    stopLoss: nullable(finite),
    takeProfit: nullable(finite),
    initialStopLoss: nullable(finite),
    openedAt: nullable(time),
    feed: fc.constantFrom('default', 'broker:1'),
    positionTicket: int64,
    magicNumber: int64,
    label: anyText,
  }),
  instrument: fc.constantFrom('EURUSD', 'XAUUSD'),
  openedAt: time,
  state: fc.constantFrom(...STATES),
  stateEnteredAt: time,
  risk: nullable(finite),
  riskEstimated: fc.boolean(),
  volume: finite,
  stopLoss: nullable(finite),
  takeProfit: nullable(finite),
  positionTicket: int64,
  closedVolume: finite,
  hedge: nullable(
    fc.record({ ticket: int64, volume: finite, entryPrice: finite, stopLoss: nullable(finite) }),
  ),
  monitoredSince: nullable(time),
  pausedAt: nullable(time),
  flatTimerEndsAt: nullable(time),
  recoveryTimerEndsAt: nullable(time),
  structureSeenAt: time,
  stopChangedAt: nullable(time),
  volumeChangedAt: nullable(time),
  actions: fc.array(anyAction, { maxLength: 3 }),
  deadLetters: fc.array(anyAction, { maxLength: 2 }),
  stopRejections: fc.nat(),
  origin: fc.constantFrom(...TRADE_ORIGINS),
  parentTicket: nullable(int64),
  owners: fc.array(
    fc.record({
      field: fc.constantFrom(...TRADE_FIELDS),
      manager: anyText,
      lease: nullable(
        fc.record({
          token: fc.nat(),
          endsAt: time,
          value: nullable(finite),
          committed: fc.boolean(),
          overridden: fc.boolean(),
        }),
      ),
    }),
    { maxLength: 3 },
  ),
  missingSince: nullable(time),
  hedgeMissingSince: nullable(time),
  evaluationsBefore: fc.nat(),
  countedFrom: nullable(fc.nat()),
  warnedFrom: nullable(time),
  frozen: nullable(
    fc.record({
      evaluation: nullable(anyEvaluation),
      warnings: fc.dictionary(fc.constantFrom(...SIGNALS), fc.nat()),
    }),
  ),
  closeReason: nullable(fc.constantFrom(...CLOSE_REASONS)),
  closedAt: nullable(time),
  closePrice: nullable(finite),
  policy: nullable(fc.record({ name: anyText, version: fc.integer({ min: 1 }) })),
  unmetWishes: anyText,
  owed: fc.array(fc.constantFrom(...ACTION_TYPES)),
  version: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
});
