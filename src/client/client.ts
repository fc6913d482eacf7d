// The client of a DTMS server: every method as a promise over plain objects, one connection for all.
import { randomUUID } from 'node:crypto';
import { Client, credentials } from '@grpc/grpc-js';
import {
  AccountServiceClient,
  AccountServiceService,
  GetRiskRequest,
  ListAccountsRequest,
  ReconcilePositionsRequest,
  ReportAccountRequest,
  SetTradingStateRequest,
  UpsertAccountRequest,
} from '../../gen/ts/dtms/v1/account_service.js';
import {
  ActionServiceClient,
  ActionServiceService,
  BeginActionRequest,
  ExtendLeaseRequest,
  LeaseActionsRequest,
  type LeaseActionsResponse,
  ListActionsRequest,
  ReplayActionRequest,
  ReportActionRequest,
  ResolveActionRequest,
} from '../../gen/ts/dtms/v1/action_service.js';
import {
  GetMarketViewRequest,
  ListBarsRequest,
  ListEvaluationsRequest,
  ListMarketViewsRequest,
  MarketDataServiceClient,
  MarketDataServiceService,
  PushMarketDataRequest,
  UpsertInstrumentsRequest,
  UpsertNewsEventsRequest,
} from '../../gen/ts/dtms/v1/market_data_service.js';
import {
  AcquireModificationRequest,
  BatchGetOwnershipRequest,
  CommitModificationRequest,
  GetOwnershipRequest,
  OwnershipServiceClient,
  OwnershipServiceService,
  ReleaseModificationRequest,
} from '../../gen/ts/dtms/v1/ownership_service.js';
import {
  CreateApiKeyRequest,
  GetConfigRequest,
  GetPerformanceRequest,
  GetStatusRequest,
  ListApiKeysRequest,
  ListAuditEventsRequest,
  RevokeApiKeyRequest,
  RotateApiKeyRequest,
  SetLogLevelRequest,
  SystemServiceClient,
  SystemServiceService,
} from '../../gen/ts/dtms/v1/system_service.js';
import {
  BatchGetTradesRequest,
  BatchRegisterTradesRequest,
  CloseTradeRequest,
  EvaluateTradeRequest,
  GetTradeRequest,
  ListStateHistoryRequest,
  ListTradeEventsRequest,
  ListTradesRequest,
  PauseTradeRequest,
  RegisterTradeRequest,
  type ResumeToken,
  ResumeTradeRequest,
  TradeServiceClient,
  TradeServiceService,
  UpdateTradeRequest,
} from '../../gen/ts/dtms/v1/trade_service.js';
import { Breaker, NO_GUARD } from './breaker.js';
import { type CallOptions, type MessageInit, type MessageType, type UnaryMethod, unary } from './call.js';
import { type ConnectionState, ConnectionStates } from './connection-state.js';
import { Defence, type DefenceOptions } from './defence.js';
import { headerInterceptors } from './headers.js';
import type { ClientInterceptor } from './hooks.js';
import { drainLeases } from './leases.js';
import { type CallKind, channelOptions, type DtmsClientOptions, defaultsOf } from './options.js';
import { type WatchMessage, type WatchOptions, watchTrades } from './watch.js';

export type { DtmsClientOptions } from './options.js';

/** Gives a change the request_id that lets it be repeated with one effect. */
function withRequestId<Request extends { requestId: string }>(request: Request): Request {
  return request.requestId === '' ? { ...request, requestId: randomUUID() } : request;
}

/**
 * ```ts
 * const client = new DtmsClient({ address: '127.0.0.1:50051' });
 * await client.registerTrade({ trade: { account: 'demo', ticket: 42n, symbol: 'XAUUSD', ... } });
 * for await (const message of client.watchTrades({ sendInitialState: true })) { ... }
 * client.close();
 * ```
 *
 * Methods throw DtmsCallError. Transient failures are tried again within the call's `retryMs`: all
 * methods may be repeated, because changes carry a request_id or the token of their lease, except
 * createApiKey and rotateApiKey, which are tried once.
 */
export class DtmsClient {
  readonly #client: Client;
  readonly #states: ConnectionStates;
  readonly #interceptors: readonly ClientInterceptor[];
  readonly #reads: CallOptions;
  /** The generated stubs, on the same connection. */
  readonly raw: {
    readonly trades: TradeServiceClient;
    readonly marketData: MarketDataServiceClient;
    readonly system: SystemServiceClient;
    readonly actions: ActionServiceClient;
    readonly accounts: AccountServiceClient;
    readonly ownership: OwnershipServiceClient;
  };

  readonly registerTrade;
  readonly batchRegisterTrades;
  readonly getTrade;
  readonly batchGetTrades;
  readonly listTrades;
  readonly listTradeEvents;
  readonly listStateHistory;
  readonly updateTrade;
  readonly closeTrade;
  readonly pauseTrade;
  readonly resumeTrade;
  readonly evaluateTrade;
  readonly pushMarketData;
  readonly getMarketView;
  readonly listMarketViews;
  readonly listBars;
  readonly listEvaluations;
  readonly upsertInstruments;
  readonly upsertNewsEvents;
  readonly getStatus;
  readonly getConfig;
  readonly getPerformance;
  readonly setLogLevel;
  readonly listAuditEvents;
  readonly createApiKey;
  readonly listApiKeys;
  readonly rotateApiKey;
  readonly revokeApiKey;
  readonly beginAction;
  readonly reportAction;
  readonly extendLease;
  readonly listActions;
  readonly resolveAction;
  readonly replayAction;
  readonly upsertAccount;
  readonly reportAccount;
  readonly reconcilePositions;
  readonly setTradingState;
  readonly getRisk;
  readonly listAccounts;
  readonly acquireModification;
  readonly commitModification;
  readonly releaseModification;
  readonly getOwnership;
  readonly batchGetOwnership;

  constructor(options: DtmsClientOptions) {
    const security = options.credentials ?? credentials.createInsecure();
    const { address, interceptors = [] } = options;
    const grpcInterceptors = () => headerInterceptors(options.apiKey, options.headers);
    const client = new Client(address, security, {
      ...channelOptions(options),
      interceptors: grpcInterceptors(),
    });
    this.#client = client;
    this.#states = new ConnectionStates(client.getChannel());
    this.#interceptors = interceptors;
    this.#reads = defaultsOf('read', options);
    // Each its own options: grpc-js takes the interceptors out of what it is given.
    const shared = () => ({ channelOverride: client.getChannel(), interceptors: grpcInterceptors() });
    this.raw = {
      trades: new TradeServiceClient(address, security, shared()),
      marketData: new MarketDataServiceClient(address, security, shared()),
      system: new SystemServiceClient(address, security, shared()),
      actions: new ActionServiceClient(address, security, shared()),
      accounts: new AccountServiceClient(address, security, shared()),
      ownership: new OwnershipServiceClient(address, security, shared()),
    };

    const guard = options.breaker === 'off' ? NO_GUARD : new Breaker(options.breaker);
    const method =
      (kind: CallKind) =>
      <Q, S>(definition: UnaryMethod<Q, S>, type: MessageType<Q>) =>
        unary(client, definition, type, defaultsOf(kind, options), { interceptors, guard });
    const [read, step, batch] = [method('read'), method('change'), method('batch')];
    const change = <Q extends { requestId: string }, S>(
      definition: UnaryMethod<Q, S>,
      type: MessageType<Q>,
    ) =>
      unary(client, definition, type, defaultsOf('change', options), {
        prepare: withRequestId,
        interceptors,
        guard,
      });
    const trades = TradeServiceService;
    const marketData = MarketDataServiceService;
    this.registerTrade = step(trades.registerTrade, RegisterTradeRequest);
    this.batchRegisterTrades = batch(trades.batchRegisterTrades, BatchRegisterTradesRequest);
    this.getTrade = read(trades.getTrade, GetTradeRequest);
    this.batchGetTrades = batch(trades.batchGetTrades, BatchGetTradesRequest);
    this.listTrades = batch(trades.listTrades, ListTradesRequest);
    this.listTradeEvents = read(trades.listTradeEvents, ListTradeEventsRequest);
    this.listStateHistory = batch(trades.listStateHistory, ListStateHistoryRequest);
    this.updateTrade = change(trades.updateTrade, UpdateTradeRequest);
    this.closeTrade = change(trades.closeTrade, CloseTradeRequest);
    this.pauseTrade = change(trades.pauseTrade, PauseTradeRequest);
    this.resumeTrade = change(trades.resumeTrade, ResumeTradeRequest);
    this.evaluateTrade = read(trades.evaluateTrade, EvaluateTradeRequest);
    this.pushMarketData = batch(marketData.pushMarketData, PushMarketDataRequest);
    this.getMarketView = read(marketData.getMarketView, GetMarketViewRequest);
    this.listMarketViews = batch(marketData.listMarketViews, ListMarketViewsRequest);
    this.listBars = batch(marketData.listBars, ListBarsRequest);
    this.listEvaluations = batch(marketData.listEvaluations, ListEvaluationsRequest);
    this.upsertInstruments = change(marketData.upsertInstruments, UpsertInstrumentsRequest);
    this.upsertNewsEvents = change(marketData.upsertNewsEvents, UpsertNewsEventsRequest);
    const system = SystemServiceService;
    this.getStatus = read(system.getStatus, GetStatusRequest);
    this.getConfig = read(system.getConfig, GetConfigRequest);
    this.getPerformance = batch(system.getPerformance, GetPerformanceRequest);
    this.setLogLevel = step(system.setLogLevel, SetLogLevelRequest);
    this.listAuditEvents = read(system.listAuditEvents, ListAuditEventsRequest);
    // A second attempt would make a second key, whose secret nobody has.
    const once = <Q, S>(definition: UnaryMethod<Q, S>, type: MessageType<Q>) =>
      unary(
        client,
        definition,
        type,
        { ...defaultsOf('change', options), retryMs: 0 },
        { interceptors, guard },
      );
    this.createApiKey = once(system.createApiKey, CreateApiKeyRequest);
    this.listApiKeys = read(system.listApiKeys, ListApiKeysRequest);
    this.rotateApiKey = once(system.rotateApiKey, RotateApiKeyRequest);
    this.revokeApiKey = step(system.revokeApiKey, RevokeApiKeyRequest);
    const actions = ActionServiceService;
    this.beginAction = change(actions.beginAction, BeginActionRequest);
    this.reportAction = step(actions.reportAction, ReportActionRequest);
    this.extendLease = step(actions.extendLease, ExtendLeaseRequest);
    this.listActions = read(actions.listActions, ListActionsRequest);
    this.resolveAction = change(actions.resolveAction, ResolveActionRequest);
    this.replayAction = change(actions.replayAction, ReplayActionRequest);
    const accounts = AccountServiceService;
    this.upsertAccount = change(accounts.upsertAccount, UpsertAccountRequest);
    this.reportAccount = step(accounts.reportAccount, ReportAccountRequest);
    this.reconcilePositions = batch(accounts.reconcilePositions, ReconcilePositionsRequest);
    this.setTradingState = change(accounts.setTradingState, SetTradingStateRequest);
    this.getRisk = read(accounts.getRisk, GetRiskRequest);
    this.listAccounts = batch(accounts.listAccounts, ListAccountsRequest);
    const ownership = OwnershipServiceService;
    this.acquireModification = change(ownership.acquireModification, AcquireModificationRequest);
    this.commitModification = change(ownership.commitModification, CommitModificationRequest);
    this.releaseModification = change(ownership.releaseModification, ReleaseModificationRequest);
    this.getOwnership = read(ownership.getOwnership, GetOwnershipRequest);
    this.batchGetOwnership = batch(ownership.batchGetOwnership, BatchGetOwnershipRequest);
  }

  /** Leases what is due for a bridge now; see LeaseActions. A live stream is `raw.actions.leaseActions`. */
  drainLeases(
    request: Omit<MessageInit<LeaseActionsRequest>, 'drain'>,
    options: CallOptions = {},
  ): Promise<LeaseActionsResponse> {
    return drainLeases(
      this.raw.actions,
      LeaseActionsRequest.fromPartial({ ...request, drain: true }),
      { ...this.#reads, ...options },
      this.#interceptors,
    );
  }

  /**
   * Every change that matches the filter, from now, from a place in the log, or after the state as it
   * is. Resumes by itself; see watchTrades in watch.ts for what ends it.
   */
  watchTrades(options: WatchOptions = {}): AsyncGenerator<WatchMessage, void, undefined> {
    const start = async (): Promise<ResumeToken> => {
      if (options.resumeAfter !== undefined) {
        const { logEpoch = '', revision = 0n } = options.resumeAfter;
        return { logEpoch, revision: BigInt(revision) };
      }
      // The head is asked for so that a break before the first message loses nothing.
      const { signal, headers } = options;
      const status = await this.getStatus({}, { signal, headers });
      return { logEpoch: status.logEpoch, revision: status.headRevision };
    };
    return watchTrades(this.raw.trades, start, options, this.#interceptors);
  }

  /**
   * What a manager may do with an account's trades, from a short cache that goes on for a while without
   * the server; see Defence. End it with its close().
   */
  defence(account: string, options: DefenceOptions): Defence {
    return new Defence(this, account, options);
  }

  /** How it stands with the connection. */
  get state(): ConnectionState {
    return this.#states.now;
  }

  /** Tells every change of the connection's state from now on; answers what ends that. */
  onStateChange(listener: (state: ConnectionState) => void): () => void {
    return this.#states.onChange(listener);
  }

  /** Closes the connection; calls under way fail. */
  close(): void {
    this.#client.close();
  }
}
