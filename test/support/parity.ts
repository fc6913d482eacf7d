// For every method one request that is good and one that is bad, as JSON: what the test of REST against gRPC
// goes by. A method without an entry fails that test.
import { randomUUID } from 'node:crypto';
import type { JsonObject } from '@bufbuild/protobuf';
import { ActionOutcome, ActionStatus } from '../../gen/ts/dtms/v1/types.js';
import { actionCalls, only } from './action-calls.js';
import type { TestService } from './app.js';

const NOW = new Date().toISOString();

const tradeJson = (account: string, ticket = '1') => ({
  account,
  ticket,
  symbol: 'BTCUSD',
  direction: 'DIRECTION_BUY',
  entryPrice: 100.25,
  volume: 1,
  stopLoss: 90,
  openedAt: '2025-06-02T10:00:00Z',
  label: 'Größe "ß" \u2028 \\',
});

/** Sets the stage in an account of the caller's own, and gives the request to make. */
export type Scene = (account: string) => Promise<JsonObject>;

/** The good request of every method by its name. */
export function goodRequests(running: () => TestService): Readonly<Record<string, Scene>> {
  const client = () => running().client;
  const { opened, fall, beat, lease, held, begin, report, listed } = actionCalls(running);
  const registered = async (account: string) => {
    await client().registerTrade({
      trade: { ...tradeJson(account), ticket: 1n, direction: 1, openedAt: new Date('2025-06-02T10:00:00Z') },
    });
    return { account, ticket: '1' };
  };
  const troubled = async (account: string) => {
    await opened(account, 1);
    await fall(account);
    await beat(account);
  };
  const leased = async (account: string) => {
    await troubled(account);
    const work = only(await lease(account));
    return { work, held: { actionId: held(work).actionId, token: String(held(work).token) } };
  };
  const acquired = async (account: string) => {
    await registered(account);
    const { token } = await client().acquireModification({
      ...{ account, ticket: 1n, field: 1, manager: 'universal_sl_tp_manager', requestId: randomUUID() },
    });
    return { account, ticket: '1', token: String(token) };
  };
  const made = async (account: string) =>
    (await client().createApiKey({ name: account, scopes: [1], accounts: [account] })).key?.keyId ?? '';
  const bars = (account: string) => ({
    feed: account,
    items: [
      {
        bar: {
          ...{ symbol: 'BTCUSD', timeframe: 'TIMEFRAME_M5', openTime: '2025-06-02T10:00:00Z' },
          ...{ open: 100, high: 101, low: 99.5, close: 100.5, volume: 7 },
        },
      },
    ],
  });
  const pushed = async (account: string) => {
    await opened(account, 1);
    return { symbol: 'BTCUSD', feed: account };
  };
  const plain = async () => ({});
  return {
    UpsertAccount: async (account) => ({ account, marginMode: 'MARGIN_MODE_HEDGING', fifo: true }),
    ReportAccount: async (account) => ({
      ...{ account, bridgeId: 'b1', connected: true, tradeAllowed: true, equity: 10_000.5, balance: 9000 },
      ...{ utcOffsetMinutes: -120, reportedAt: NOW },
    }),
    ReconcilePositions: async (account) => {
      await registered(account);
      return { account, bridgeId: 'b1', takenAt: NOW, complete: true, positions: [], deals: [] };
    },
    SetTradingState: async (account) => ({
      ...{ account, state: 'TRADING_STATE_HALTED', by: 'a person', reason: 'to try it' },
    }),
    GetRisk: async (account) => {
      await beat(account);
      return { account };
    },
    ListAccounts: plain,
    LeaseActions: async (account) => {
      await troubled(account);
      return { account, bridgeId: 'b1', maxLeases: 3, drain: true };
    },
    BeginAction: async (account) => (await leased(account)).held,
    ReportAction: async (account) => {
      const { work, held: lease } = await leased(account);
      await begin(work);
      return { ...lease, result: { code: 10009, outcome: 'ACTION_OUTCOME_DONE', dealTicket: '5' } };
    },
    ExtendLease: async (account) => ({ ...(await leased(account)).held, leaseSeconds: 40 }),
    ListActions: async (account) => {
      await troubled(account);
      return { account, statuses: ['ACTION_STATUS_PENDING'], pageSize: 10 };
    },
    ResolveAction: async (account) => {
      await troubled(account);
      const actionId = (await listed(account))[0]?.action?.actionId ?? '';
      return { actionId, resolution: 'RESOLUTION_GIVE_UP', by: 'a person', reason: 'not wanted' };
    },
    ReplayAction: async (account) => {
      const { work, held: lease } = await leased(account);
      await begin(work);
      await report(work, ActionOutcome.REJECTED, { code: 10016 });
      const [first] = await listed(account, { statuses: [ActionStatus.REJECTED] });
      return { actionId: first?.action?.actionId ?? lease.actionId, by: 'a person', reason: 'again' };
    },
    PushMarketData: async (account) => bars(account),
    StreamMarketData: async (account) => ({ sequence: '4', ...bars(account) }),
    GetMarketView: pushed,
    ListMarketViews: async (account) => ({ feed: (await pushed(account)).feed, pageSize: 5 }),
    ListBars: async (account) => ({ ...(await pushed(account)), timeframe: 'TIMEFRAME_M5', limit: 3 }),
    ListEvaluations: async (account) => ({ ...(await pushed(account)), pageSize: 2 }),
    UpsertInstruments: async (account) => ({
      instruments: [
        {
          ...{ account, symbol: 'BTCUSD', digits: 2, tickSize: 0.01, volumeMin: 0.01, volumeStep: 0.01 },
          ...{ volumeMax: 50, contractSize: 1 },
        },
      ],
    }),
    UpsertNewsEvents: async (account) => ({
      events: [{ eventId: account, currency: 'USD', time: NOW, impact: 'NEWS_IMPACT_HIGH', title: 'NFP' }],
    }),
    AcquireModification: async (account) => ({
      ...(await registered(account)),
      ...{ field: 'TRADE_FIELD_STOP_LOSS', manager: 'universal_sl_tp_manager', leaseSeconds: 20 },
      requestId: randomUUID(),
    }),
    CommitModification: async (account) => ({ ...(await acquired(account)), value: 91.5 }),
    ReleaseModification: async (account) => ({ ...(await acquired(account)), giveUp: true }),
    GetOwnership: async (account) => ({ ...(await registered(account)), manager: 'dtms_manager' }),
    BatchGetOwnership: async (account) => {
      await registered(account);
      return { account, tickets: ['1', '99'] };
    },
    GetStatus: plain,
    GetConfig: plain,
    GetPerformance: plain,
    SetLogLevel: async () => ({ level: 'LOG_LEVEL_ERROR', durationSeconds: 1 }),
    ListAuditEvents: async (account) => {
      await client().setTradingState({ account, state: 2, by: 'a person', reason: 'to be seen' });
      return { account, pageSize: 5 };
    },
    CreateApiKey: async (account) => ({ name: account, scopes: ['SCOPE_READ'], accounts: [account] }),
    ListApiKeys: async () => ({ pageSize: 1 }),
    RotateApiKey: async (account) => ({ keyId: await made(account), overlapSeconds: 60 }),
    RevokeApiKey: async (account) => ({ keyId: await made(account) }),
    RegisterTrade: async (account) => ({ trade: tradeJson(account), requestId: randomUUID() }),
    BatchRegisterTrades: async (account) => ({
      trades: [
        tradeJson(account),
        tradeJson(account, '9007199254740993'),
        { ...tradeJson(account, '3'), stopLoss: 200 },
      ],
    }),
    GetTrade: registered,
    BatchGetTrades: async (account) => {
      await registered(account);
      return { account, tickets: ['1', '9223372036854775807'] };
    },
    ListTrades: async (account) => {
      await registered(account);
      return {
        filter: { account, symbols: ['BTCUSD', 'EURUSD'], states: ['TRADE_STATE_HEALTHY'] },
        pageSize: 2,
      };
    },
    ListTradeEvents: async (account) => {
      await registered(account);
      return { filter: { account, tickets: ['1'] }, pageSize: 100 };
    },
    UpdateTrade: async (account) => ({
      ...(await registered(account)),
      ...{ volume: 0.5, stopLossRemoved: true, hedge: { ticket: '8', volume: 0.5, entryPrice: 99 } },
    }),
    CloseTrade: async (account) => ({
      ...(await registered(account)),
      ...{ reason: 'CLOSE_REASON_STOP_LOSS', closePrice: 90, occurredAt: NOW },
    }),
    PauseTrade: async (account) => ({ ...(await registered(account)), reason: 'a & b = ?' }),
    ResumeTrade: async (account) => ({ ...(await registered(account)), reason: 'go on' }),
    EvaluateTrade: registered,
    ListStateHistory: async (account) => {
      await registered(account);
      const end = Date.now();
      return {
        account,
        startTime: new Date(end - 3_600_000).toISOString(),
        endTime: new Date(end).toISOString(),
        stepSeconds: 600,
      };
    },
    WatchTrades: async (account) => {
      await registered(account);
      return { filter: { account }, sendInitialState: true };
    },
  };
}

/** A request each method refuses before its handler sees it; null for those that take everything. */
export const BAD_REQUESTS: Readonly<Record<string, JsonObject | null>> = {
  UpsertAccount: { account: '!', marginMode: 'MARGIN_MODE_HEDGING' },
  ReportAccount: { account: 'a', bridgeId: '' },
  ReconcilePositions: { account: 'a', bridgeId: '!', positions: [{}] },
  SetTradingState: { account: 'a', state: 77 },
  GetRisk: { account: '!' },
  ListAccounts: { pageSize: 5000 },
  LeaseActions: { account: 'a', bridgeId: '!', maxLeases: -1 },
  BeginAction: { actionId: '!', token: '-1' },
  ReportAction: { actionId: '!', token: '-1' },
  ExtendLease: { actionId: '!', leaseSeconds: 1_000_000 },
  ListActions: { account: '!', pageSize: -1 },
  ResolveAction: { actionId: '!' },
  ReplayAction: { actionId: '!', by: 'x\u0000' },
  PushMarketData: { items: [] },
  StreamMarketData: { sequence: '-1' },
  GetMarketView: { symbol: '!' },
  ListMarketViews: { pageSize: 5000 },
  ListBars: { symbol: '!' },
  ListEvaluations: { symbol: '!', pageSize: -1 },
  UpsertInstruments: { instruments: [{ account: '!' }] },
  UpsertNewsEvents: { events: [] },
  AcquireModification: { account: 'a', ticket: '-1' },
  CommitModification: { account: 'a', ticket: '1', token: '-1' },
  ReleaseModification: { account: 'a', ticket: '1', token: '-1' },
  GetOwnership: { account: '!', ticket: '1' },
  BatchGetOwnership: { account: 'a', tickets: ['0'] },
  GetStatus: null,
  GetConfig: null,
  GetPerformance: null,
  SetLogLevel: { level: 77 },
  ListAuditEvents: { pageSize: 5000 },
  CreateApiKey: { name: '' },
  ListApiKeys: { pageSize: 5000 },
  RotateApiKey: { keyId: '!' },
  RevokeApiKey: { keyId: '!' },
  RegisterTrade: { trade: { account: '!', volume: -1 } },
  BatchRegisterTrades: { trades: [] },
  GetTrade: { account: '!', ticket: '0' },
  BatchGetTrades: { account: 'a', tickets: [] },
  ListTrades: { pageSize: 5000, filter: { account: '!' } },
  ListTradeEvents: { afterRevision: '-1' },
  UpdateTrade: { account: 'a', ticket: '-1' },
  CloseTrade: { account: 'a', ticket: '1', requestId: 'no' },
  PauseTrade: { account: 'a', ticket: '1', reason: 'x\u0007' },
  ResumeTrade: { account: 'a', ticket: '0' },
  EvaluateTrade: { account: '!', ticket: '1' },
  ListStateHistory: { stepSeconds: -1 },
  WatchTrades: { filter: { account: '!' } },
};
