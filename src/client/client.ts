// Owns the client of a DTMS server: every method as a promise over plain objects, one connection for all.
import { Client, credentials } from '@grpc/grpc-js';
import { AccountServiceClient } from '../../gen/ts/dtms/v1/account_service.js';
import {
  ActionServiceClient,
  LeaseActionsRequest,
  type LeaseActionsResponse,
} from '../../gen/ts/dtms/v1/action_service.js';
import { MarketDataServiceClient } from '../../gen/ts/dtms/v1/market_data_service.js';
import { NoticeServiceClient } from '../../gen/ts/dtms/v1/notice_service.js';
import { OwnershipServiceClient } from '../../gen/ts/dtms/v1/ownership_service.js';
import { PolicyServiceClient } from '../../gen/ts/dtms/v1/policy_service.js';
import { SystemServiceClient } from '../../gen/ts/dtms/v1/system_service.js';
import { type ResumeToken, TradeServiceClient } from '../../gen/ts/dtms/v1/trade_service.js';
import type { Trade, TradeSpec } from '../../gen/ts/dtms/v1/types.js';
import { addressesOf } from './addresses.js';
import { Breaker, NO_GUARD } from './breaker.js';
import { type CallOptions, type MessageInit, unary } from './call.js';
import { type ConnectionState, ConnectionStates } from './connection-state.js';
import { Defence, type DefenceOptions } from './defence.js';
import { tradeOver } from './errors.js';
import { headerInterceptors } from './headers.js';
import type { ClientInterceptor } from './hooks.js';
import { type Lease, type LeaseOptions, leaseLoop } from './lease-loop.js';
import { drainLeases } from './leases.js';
import { ServiceMethods } from './methods.js';
import { channelOptions, type DtmsClientOptions, defaultsOf } from './options.js';
import { SeenRevision } from './seen-revision.js';
import { ServersChannel } from './servers-channel.js';
import { type WatchMessage, type WatchOptions, watchTrades } from './watch.js';

/**
 * ```ts
 * const client = new DtmsClient({ address: '127.0.0.1:50051' });
 * await client.registerTrade({ trade: { account: 'demo', ticket: 42n, symbol: 'XAUUSD', ... } });
 * for await (const message of client.watchTrades({ sendInitialState: true })) { ... }
 * client.close();
 * ```
 *
 * Methods throw DtmsCallError. Transient failures are tried again within the call's `retryMs`: all
 * methods may be repeated, because they are idempotent or carry a request_id, except createApiKey and
 * rotateApiKey, which are tried once. What one client wrote or saw every later answer to it knows, whichever server gives it.
 */
export class DtmsClient extends ServiceMethods {
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
    readonly notices: NoticeServiceClient;
    readonly policies: PolicyServiceClient;
  };

  constructor(options: DtmsClientOptions) {
    const security = options.credentials ?? credentials.createInsecure();
    const addresses = addressesOf(options.address);
    const address = addresses.join(',');
    const channel = channelOptions(options, addresses.length);
    const servers = addresses.length === 1 ? undefined : new ServersChannel(addresses, security, channel);
    const interceptors = [
      ...(options.interceptors ?? []),
      ...(servers === undefined ? [] : [servers.connected]),
      new SeenRevision().interceptor,
    ];
    const grpcInterceptors = () => [
      ...(servers === undefined ? [] : [servers.interceptor]),
      ...headerInterceptors(options.apiKey, options.headers),
    ];
    const client = new Client(address, security, {
      ...(servers === undefined ? channel : { channelOverride: servers }),
      interceptors: grpcInterceptors(),
    });
    const guard = options.breaker === 'off' ? NO_GUARD : new Breaker(options.breaker);
    super((method, call) =>
      unary(
        client,
        method,
        { ...defaultsOf(call.kind, options), ...call.options },
        { prepare: call.prepare, interceptors, guard },
      ),
    );
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
      notices: new NoticeServiceClient(address, security, shared()),
      policies: new PolicyServiceClient(address, security, shared()),
    };
  }

  /**
   * Registers a trade that has to be under DTMS's protection, and answers it as it is now; registered before
   * is as good. Throws DtmsCallError, with TRADE_CLOSED when the trade is over.
   */
  async protect(trade: MessageInit<TradeSpec>, options: CallOptions = {}): Promise<Trade> {
    const { trade: registered, closed } = await this.registerTrade({ trade }, options);
    if (registered === undefined) throw new TypeError('a registration was answered without its trade');
    const { account, ticket } = registered;
    if (closed) throw tradeOver('/dtms.v1.TradeService/RegisterTrade', account, ticket);
    return registered;
  }

  /**
   * A bridge's work, one lease after the other: resumes by itself at another server, extends what it holds, and ends a lease
   * when the loop goes on. See leaseLoop in lease-loop.ts.
   *
   * ```ts
   * for await (const lease of client.leases({ account: 'demo', bridgeId: 'bridge-1', signal })) {
   *   if (!(await lease.begin())) continue;
   *   await lease.report(await order(lease.action));
   * }
   * ```
   */
  leases(options: LeaseOptions): AsyncGenerator<Lease, void, undefined> {
    return leaseLoop(this.raw.actions, this, options, this.#interceptors);
  }

  /** Leases what is due for a bridge now, as one call; see LeaseActions. */
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
        const { logEpoch = '', revision = 0n, recordedAt } = options.resumeAfter;
        return { logEpoch, revision: BigInt(revision), recordedAt };
      }
      // The head is asked for so that a break before the first message loses nothing.
      const { signal, headers } = options;
      const status = await this.getStatus({}, { signal, headers });
      return { logEpoch: status.logEpoch, revision: status.headRevision, recordedAt: undefined };
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
