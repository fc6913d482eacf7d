// The client of a DTMS server: every method as a promise over plain objects, one connection for all.
import { randomUUID } from 'node:crypto';
import { type ChannelCredentials, Client, credentials } from '@grpc/grpc-js';
import {
  GetMarketViewRequest,
  MarketDataServiceClient,
  MarketDataServiceService,
  PushMarketDataRequest,
  UpsertInstrumentsRequest,
  UpsertNewsEventsRequest,
} from '../../gen/ts/dtms/v1/market_data_service.js';
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
import { type CallOptions, type MessageType, type UnaryMethod, unary } from './call.js';
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
