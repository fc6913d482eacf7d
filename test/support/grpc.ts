// A real gRPC server on a free port with handlers a test writes, and what it logged.
import { readFileSync } from 'node:fs';
import {
  type ChannelCredentials,
  type ChannelOptions,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import {
  MarketDataServiceClient,
  MarketDataServiceDefinition,
} from '../../gen/ts/dtms/v1/market_data_service.js';
import { TradeServiceClient, TradeServiceDefinition } from '../../gen/ts/dtms/v1/trade_service.js';
import { GATE_TIMES, Gate } from '../../src/access/gate.js';
import type { Door } from '../../src/access/policy.js';
import { loadConfig } from '../../src/config/config.js';
import type { LimitSettings } from '../../src/config/edge.js';
import { Contract } from '../../src/contract/contract.js';
import type { ServiceDefinition } from '../../src/contract/service.js';
import type { Interceptor } from '../../src/interceptors/call.js';
import { type ChainParts, standardChain } from '../../src/interceptors/chain.js';
import { ClientCertificates } from '../../src/interceptors/client-certificate.js';
import type { Handlers } from '../../src/interceptors/handlers.js';
import { Strangers } from '../../src/interceptors/strangers.js';
import { createLogger, type Logger } from '../../src/observability/logger.js';
import { CallMetrics } from '../../src/observability/metrics/calls.js';
import { implement } from '../../src/transport/adapters.js';
import { GrpcServer, type GrpcServerOptions, type SecureServing } from '../../src/transport/server.js';
import { Validator } from '../../src/validation/validator.js';

export const DESCRIPTORS = readFileSync(new URL('../../gen/descriptor.binpb', import.meta.url));
export const CONTRACT = new Contract(DESCRIPTORS);
const validator = new Validator(CONTRACT);
const NO_KEYS = {
  find: () => Promise.resolve([]),
  touch: () => Promise.resolve(),
  presence: () => Promise.resolve({ active: false, any: false }),
};

/** Who is let in where there are no keys at all. */
export function keylessGate(door: Door, logger: Logger): Gate {
  return new Gate(NO_KEYS, { door, ...GATE_TIMES }, logger);
}

/** The chain of a server that lets everybody in. */
export function openChain(logger: Logger, parts: Partial<ChainParts> = {}): readonly Interceptor[] {
  const gate = keylessGate('open', logger);
  const certificates = new ClientCertificates([]);
  return standardChain({
    levels: { levelFor: () => undefined },
    gate,
    certificates,
    contract: CONTRACT,
    limits: LIMITS,
    host: OPTIONS.host,
    validator,
    calls: new CallMetrics(),
    denials: { take: () => undefined },
    strangers: new Strangers(LIMITS),
    ...parts,
  });
}

/** The limits as they are configured by default. */
export const LIMITS: LimitSettings = loadConfig({ env: {} }).limits;

export const OPTIONS: GrpcServerOptions = {
  host: '127.0.0.1',
  port: 0,
  maxConnections: 1000,
  maxConnectionsPerAddress: 1000,
  handshakeMs: 10_000,
  maxSessionMemoryMb: 64,
  maxMessageBytes: 1024 * 1024,
  maxConcurrentStreams: 100,
  keepaliveMs: 60_000,
  keepaliveTimeoutMs: 10_000,
  maxConnectionAgeMs: 3_600_000,
  maxConnectionAgeGraceMs: 60_000,
  maxConnectionIdleMs: 3_600_000,
  reflection: true,
  drainMs: 500,
};

export type TradeHandlers = Partial<Handlers<TradeServiceDefinition>>;
export type MarketDataHandlers = Partial<Handlers<MarketDataServiceDefinition>>;
export type LogLine = Readonly<Record<string, unknown>>;

export interface TestServer {
  readonly address: string;
  readonly server: GrpcServer;
  readonly trades: TradeServiceClient;
  readonly marketData: MarketDataServiceClient;
  /** What was counted so far. */
  readonly calls: CallMetrics;
  /** Every line logged so far. */
  readonly lines: LogLine[];
  connect(options?: ChannelOptions, secured?: ChannelCredentials): TradeServiceClient;
  stop(): Promise<void>;
}

/** A method without a handler fails the test that calls it. */
export async function startServer(
  trades: TradeHandlers,
  marketData: MarketDataHandlers = {},
  options: Partial<GrpcServerOptions> = {},
  {
    parts,
    secure,
    limits = LIMITS,
  }: {
    readonly parts?: Partial<ChainParts>;
    readonly secure?: SecureServing;
    readonly limits?: LimitSettings;
  } = {},
): Promise<TestServer> {
  const lines: LogLine[] = [];
  const logger = createLogger('debug', { write: (line: string) => lines.push(JSON.parse(line)) });
  const calls = parts?.calls ?? new CallMetrics();
  const passage = { chain: openChain(logger, { ...parts, calls }), logger };
  const server = new GrpcServer(
    [
      implement(TradeServiceDefinition, complete(TradeServiceDefinition, trades), passage),
      implement(MarketDataServiceDefinition, complete(MarketDataServiceDefinition, marketData), passage),
    ],
    CONTRACT,
    { ...OPTIONS, ...options },
    { logger, calls, strangers: new Strangers(limits) },
    secure,
  );
  const address = await server.start();
  server.setHealth('SERVING');
  const clients: { close(): void }[] = [];
  const connect = (channel: ChannelOptions = {}, secured = credentials.createInsecure()) => {
    const client = new TradeServiceClient(address, secured, channel);
    clients.push(client);
    return client;
  };
  const market = new MarketDataServiceClient(address, credentials.createInsecure());
  clients.push(market);
  return {
    address,
    server,
    trades: connect(),
    marketData: market,
    calls,
    lines,
    connect,
    stop: async () => {
      for (const client of clients) client.close();
      await server.stop(() => Promise.resolve());
    },
  };
}

function complete<D extends ServiceDefinition>(definition: D, given: Partial<Handlers<D>>): Handlers<D> {
  const missing = () => {
    throw new Error('this method has no handler in this test');
  };
  return {
    ...Object.fromEntries(Object.keys(definition.methods).map((key) => [key, missing])),
    ...given,
  } as Handlers<D>;
}

/** A unary call as a promise, with what came before its answer. */
export function call<Res>(
  start: (callback: (error: ServiceError | null, response: Res) => void) => {
    on(event: 'metadata', listener: (metadata: Metadata) => void): unknown;
  },
): Promise<{ response: Res; initial: Metadata }> {
  return new Promise((resolve, reject) => {
    let initial = new Metadata();
    start((error, response) => {
      if (error === null) resolve({ response, initial });
      else reject(Object.assign(error, { initial }));
    }).on('metadata', (metadata) => {
      initial = metadata;
    });
  });
}

/** The error a call fails with; throws when it does not. */
export async function failureOf(promise: Promise<unknown>): Promise<ServiceError & { initial?: Metadata }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error && 'details' in error) return error as ServiceError;
    throw error;
  }
  throw new Error('the call did not fail');
}

export function metadataOf(entries: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(entries)) metadata.set(key, value);
  return metadata;
}
