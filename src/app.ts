// The composition root: a configuration in, a running service out. Tests boot the real thing with it,
// on port 0.
import { AccountServiceService } from '../gen/ts/dtms/v1/account_service.js';
import { ActionServiceService } from '../gen/ts/dtms/v1/action_service.js';
import { MarketDataServiceService } from '../gen/ts/dtms/v1/market_data_service.js';
import { OwnershipServiceService } from '../gen/ts/dtms/v1/ownership_service.js';
import { SystemServiceService } from '../gen/ts/dtms/v1/system_service.js';
import { TradeServiceService } from '../gen/ts/dtms/v1/trade_service.js';
import { openGate } from './access/gate.js';
import { AccessTable } from './access/methods.js';
import { isLoopback } from './access/policy.js';
import type { Config } from './config/config.js';
import { grantsOf } from './config/edge.js';
import { Authority } from './engine/authority.js';
import { dashboard } from './http/dashboard.js';
import { docsPages } from './http/docs.js';
import { legacyRoutes } from './http/legacy.js';
import { metricsPages } from './http/metrics.js';
import { httpServerOf } from './http/open.js';
import type { HttpPlugin } from './http/plugin.js';
import type { Carrier } from './interceptors/call.js';
import { standardChain } from './interceptors/chain.js';
import { ClientCertificates } from './interceptors/client-certificate.js';
import { LevelControl } from './observability/log-level.js';
import type { Logger } from './observability/logger.js';
import { Metrics } from './observability/metrics/metrics.js';
import type { Tracing } from './observability/tracing.js';
import { descriptorSet, packageVersion } from './package-files.js';
import { accountHandlers } from './rpc/account-service.js';
import { actionHandlers } from './rpc/action-service.js';
import { implement } from './rpc/adapters.js';
import { marketDataHandlers } from './rpc/market-data-service.js';
import { ownershipHandlers } from './rpc/ownership-service.js';
import { GrpcServer, type SecureServing } from './rpc/server.js';
import { systemHandlers } from './rpc/system-service.js';
import { tradeHandlers } from './rpc/trade-service.js';
import { WorkHints } from './rpc/work-hints.js';
import { openDatabase } from './store/database.js';
import { Store } from './store/store.js';
import { Validator } from './validation/validator.js';
import { WatchHub } from './watch/watch.js';

export interface App {
  /** host:port of the gRPC server. */
  readonly grpcAddress: string;
  /** host:port of the HTTP server; undefined where it is switched off. */
  readonly httpAddress: string | undefined;
  readonly database: 'embedded' | 'external';
  /** Resolves when this server leads: at once, or when the one before it is gone. */
  readonly leading: Promise<void>;
  /** Resolves when the app cannot go on: its embedded database ended and cannot be started again. */
  readonly failure: Promise<Error>;
  /** The level of the log while it runs. */
  readonly logLevel: LevelControl;
  /** Stops in order: unhealthy, watches, calls, writes, database. */
  stop(): Promise<void>;
}

/**
 * Starts everything. Throws when the database is unsuitable or away, or the port is taken; what was
 * started before is stopped then. `wallClock` (UTC ms) dates what callers and market data do not; tests
 * have their own.
 */
export async function startApp(config: Config, logger: Logger, wallClock = Date.now): Promise<App> {
  const undo: (() => Promise<unknown>)[] = [];
  try {
    return await assemble(config, logger, wallClock, undo);
  } catch (error) {
    for (const step of undo.reverse()) {
      await step().catch((failure: unknown) => logger.error({ error: failure }, 'clean-up failed'));
    }
    throw error;
  }
}

async function assemble(
  config: Config,
  logger: Logger,
  wallClock: () => number,
  undo: (() => Promise<unknown>)[],
): Promise<App> {
  const failure = signal<Error>();
  const database = await openDatabase(config, logger, failure.resolve);
  undo.push(() => database.stop());
  const tracing = await tracingOf(config, logger);
  undo.push(async () => tracing?.close());
  const levels = new LevelControl(logger);
  const store = await Store.open(database.url, config, logger);
  undo.push(() => store.close());

  const lead = signal<void>();
  const metrics: Metrics = new Metrics(
    {
      version: packageVersion(),
      databaseVersion: store.serverVersion,
      maxPending: config.writer.maxPending,
    },
    () => ({
      term: authority.term,
      watches: watches.standing,
      pool: store.connections,
      connections: server.connections,
    }),
    wallClock,
  );
  undo.push(async () => metrics.stop());
  const authority: Authority = new Authority(
    store,
    { rules: config.rules, maxPending: config.writer.maxPending, wallClock, tracing },
    {
      leads: (leading) => {
        server.setHealth(leading === 'yes' ? 'SERVING' : 'NOT_SERVING');
        if (leading === 'no') return;
        metrics.led();
        lead.resolve();
      },
      written: (written, now) => metrics.work.written(written, now),
      advanced: () => {
        watches.hint();
        work.hint();
      },
    },
    logger,
  );
  const work = new WorkHints();
  const watches = new WatchHub(store, authority, config.watch, logger);
  const descriptors = descriptorSet();
  const host = mostOpen(config);
  const grants = grantsOf(config.tls.clientScopes);
  const certified = config.tls.ca !== '' && grants.length > 0;
  const gate = await openGate(
    store.keys,
    { mode: config.access.mode, host, certificates: certified },
    logger,
  );
  const access = new AccessTable(descriptors);
  const certificates = new ClientCertificates(grants);
  const chain = standardChain({
    logger,
    gate,
    certificates,
    access,
    limits: config.limits,
    host,
    validator: new Validator(descriptors),
    calls: metrics.calls,
    tracing,
  });
  const passage = { chain, logger };
  const identification = { version: packageVersion(), startedAt: new Date() };
  const services = [
    implement(TradeServiceService, tradeHandlers(authority, store, watches), passage),
    implement(MarketDataServiceService, marketDataHandlers(authority, store, metrics.work), passage),
    implement(AccountServiceService, accountHandlers(authority, store), passage),
    implement(OwnershipServiceService, ownershipHandlers(authority), passage),
    implement(ActionServiceService, actionHandlers(authority, store, work), passage),
    implement(
      SystemServiceService,
      systemHandlers(identification, config, authority, store, watches, levels, metrics.performance),
      passage,
    ),
  ];
  const secureFor = (via: Carrier): SecureServing | undefined =>
    config.tls.cert === ''
      ? undefined
      : { options: config.tls, secured: (socket) => certificates.enter(socket, via) };
  const server = new GrpcServer(
    services,
    descriptors,
    config.grpc,
    { logger, calls: metrics.calls },
    secureFor('grpc'),
  );
  const plugins: HttpPlugin[] = [
    dashboard,
    docsPages,
    metricsPages(metrics, config.http.openMetrics ? 'open' : 'by-key'),
    legacyRoutes({ settings: config.http.legacy, ready: () => authority.role === 'LEADER' }),
  ];
  const http = httpServerOf(
    config,
    { services, descriptorSet: descriptors, gate, certificates, plugins },
    logger,
    secureFor('http'),
  );

  metrics.start();
  gate.start();
  undo.push(() => gate.stop());
  await watches.start();
  undo.push(() => watches.stop());
  const unhint = store.onHint(() => watches.hint());
  const grpcAddress = await server.start();
  undo.push(() => server.stop(() => Promise.resolve()));
  const httpAddress = await http?.start();
  undo.push(async () => http?.stop(() => Promise.resolve()));
  authority.start();
  const compaction = every(config.retention.intervalMs, () => store.compact(), logger);

  return {
    grpcAddress,
    httpAddress,
    database: database.kind,
    leading: lead.promise,
    failure: failure.promise,
    logLevel: levels,
    stop: once(async () => {
      compaction.stop();
      metrics.stop();
      unhint();
      const endStreams = once(() => {
        work.end();
        return watches.stop();
      });
      await Promise.all([server.stop(endStreams), http?.stop(endStreams)]);
      await authority.stop();
      await gate.stop();
      await store.close();
      await database.stop();
      levels.stop();
      await tracing?.close();
    }),
  };
}

/** Of the addresses the servers listen on, the one that more can reach: it decides who needs a key. */
function mostOpen({ grpc, http }: Config): string {
  return http.enabled && isLoopback(grpc.host) ? http.host : grpc.host;
}

/** Loaded only where traces are configured: nobody else pays for it. */
async function tracingOf(config: Config, logger: Logger): Promise<Tracing | undefined> {
  if (config.traces.endpoint === '') return undefined;
  const { openTracing } = await import('./observability/tracing-otlp.js');
  return openTracing(config.traces, packageVersion(), logger);
}

function signal<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** Repeats a task whose failures are logged and otherwise harmless. */
function every(ms: number, task: () => Promise<unknown>, logger: Logger): { stop(): void } {
  const timer = setInterval(() => {
    task().catch((error: unknown) => logger.warn({ error }, 'compaction failed; it is tried again later'));
  }, ms);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

function once<T>(task: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= task();
    return running;
  };
}
