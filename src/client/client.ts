// The client of a DTMS server: every method as a promise over plain objects, one connection for all.
import { randomUUID } from 'node:crypto';
import { type ChannelCredentials, Client, credentials } from '@grpc/grpc-js';
import {
  AccountServiceClient,
  AccountServiceService,
  GetRiskRequest,
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
  GetStatusRequest,
  SystemServiceClient,
  SystemServiceService,
} from '../../gen/ts/dtms/v1/system_service.js';
import {
  BatchGetTradesRequest,
  BatchRegisterTradesRequest,
  CloseTradeRequest,
  EvaluateTradeRequest,
  GetTradeRequest,
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
import { type CallOptions, type MessageInit, type MessageType, type UnaryMethod, unary } from './call.js';
import { drainLeases } from './leases.js';
import { type WatchMessage, type WatchOptions, watchTrades } from './watch.js';

export interface DtmsClientOptions {
  /** `host:port`. */
  readonly address: string;
  /** Plain text by default. */
  readonly credentials?: ChannelCredentials;
  /** What calls use that do not say otherwise. */
  readonly defaults?: Omit<CallOptions, 'signal'>;
}

const CHANNEL_OPTIONS = {
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  // A page of 1,000 trades with their evaluations is larger than the default of 4 MiB.
  'grpc.max_receive_message_length': 32 * 1024 * 1024,
  // A server that restarts is found again at once, not after the two minutes that are the default.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
} as const;

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
 * Methods throw DtmsCallError. Transient failures are tried again within the call's `retryMs`.
 */
export class DtmsClient {
  readonly #client: Client;
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
  readonly updateTrade;
  readonly closeTrade;
  readonly pauseTrade;
  readonly resumeTrade;
  readonly evaluateTrade;
  readonly pushMarketData;
  readonly getMarketView;
  readonly upsertInstruments;
  readonly upsertNewsEvents;
  readonly getStatus;
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
  readonly acquireModification;
  readonly commitModification;
  readonly releaseModification;
  readonly getOwnership;
  readonly batchGetOwnership;

  constructor(options: DtmsClientOptions) {
    const security = options.credentials ?? credentials.createInsecure();
    const client = new Client(options.address, security, CHANNEL_OPTIONS);
    this.#client = client;
    const defaults = options.defaults ?? {};
    const shared = { channelOverride: client.getChannel() };
    this.raw = {
      trades: new TradeServiceClient(options.address, security, shared),
      marketData: new MarketDataServiceClient(options.address, security, shared),
      system: new SystemServiceClient(options.address, security, shared),
      actions: new ActionServiceClient(options.address, security, shared),
      accounts: new AccountServiceClient(options.address, security, shared),
      ownership: new OwnershipServiceClient(options.address, security, shared),
    };

    const call = <Q, S>(method: UnaryMethod<Q, S>, type: MessageType<Q>) =>
      unary(client, method, type, defaults);
    const change = <Q extends { requestId: string }, S>(method: UnaryMethod<Q, S>, type: MessageType<Q>) =>
      unary(client, method, type, defaults, withRequestId);
    const trades = TradeServiceService;
    const marketData = MarketDataServiceService;
    this.registerTrade = call(trades.registerTrade, RegisterTradeRequest);
    this.batchRegisterTrades = call(trades.batchRegisterTrades, BatchRegisterTradesRequest);
    this.getTrade = call(trades.getTrade, GetTradeRequest);
    this.batchGetTrades = call(trades.batchGetTrades, BatchGetTradesRequest);
    this.listTrades = call(trades.listTrades, ListTradesRequest);
    this.listTradeEvents = call(trades.listTradeEvents, ListTradeEventsRequest);
    this.updateTrade = change(trades.updateTrade, UpdateTradeRequest);
    this.closeTrade = change(trades.closeTrade, CloseTradeRequest);
    this.pauseTrade = change(trades.pauseTrade, PauseTradeRequest);
    this.resumeTrade = change(trades.resumeTrade, ResumeTradeRequest);
    this.evaluateTrade = call(trades.evaluateTrade, EvaluateTradeRequest);
    this.pushMarketData = call(marketData.pushMarketData, PushMarketDataRequest);
    this.getMarketView = call(marketData.getMarketView, GetMarketViewRequest);
    this.upsertInstruments = change(marketData.upsertInstruments, UpsertInstrumentsRequest);
    this.upsertNewsEvents = change(marketData.upsertNewsEvents, UpsertNewsEventsRequest);
    this.getStatus = call(SystemServiceService.getStatus, GetStatusRequest);
    const actions = ActionServiceService;
    this.beginAction = change(actions.beginAction, BeginActionRequest);
    this.reportAction = call(actions.reportAction, ReportActionRequest);
    this.extendLease = call(actions.extendLease, ExtendLeaseRequest);
    this.listActions = call(actions.listActions, ListActionsRequest);
    this.resolveAction = change(actions.resolveAction, ResolveActionRequest);
    this.replayAction = change(actions.replayAction, ReplayActionRequest);
    const accounts = AccountServiceService;
    this.upsertAccount = change(accounts.upsertAccount, UpsertAccountRequest);
    this.reportAccount = call(accounts.reportAccount, ReportAccountRequest);
    this.reconcilePositions = call(accounts.reconcilePositions, ReconcilePositionsRequest);
    this.setTradingState = change(accounts.setTradingState, SetTradingStateRequest);
    this.getRisk = call(accounts.getRisk, GetRiskRequest);
    const ownership = OwnershipServiceService;
    this.acquireModification = change(ownership.acquireModification, AcquireModificationRequest);
    this.commitModification = call(ownership.commitModification, CommitModificationRequest);
    this.releaseModification = call(ownership.releaseModification, ReleaseModificationRequest);
    this.getOwnership = call(ownership.getOwnership, GetOwnershipRequest);
    this.batchGetOwnership = call(ownership.batchGetOwnership, BatchGetOwnershipRequest);
  }

  /** Leases what is due for a bridge now; see LeaseActions. A live stream is `raw.actions.leaseActions`. */
  drainLeases(
    request: Omit<MessageInit<LeaseActionsRequest>, 'drain'>,
    options: CallOptions = {},
  ): Promise<LeaseActionsResponse> {
    return drainLeases(
      this.raw.actions,
      LeaseActionsRequest.fromPartial({ ...request, drain: true }),
      options,
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
      const status = await this.getStatus({}, { signal: options.signal });
      return { logEpoch: status.logEpoch, revision: status.headRevision };
    };
    return watchTrades(this.raw.trades, start, options);
  }

  /** Closes the connection; calls under way fail. */
  close(): void {
    this.#client.close();
  }
}
