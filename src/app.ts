// Owns the composition root: a configuration in, a running service out. Tests boot the real thing with it,
// on port 0.

import type { Peers } from './cluster/peers.js';
import { defineFlags } from './commands/flags.js';
import { type Core, coreOf, type Ground } from './composition/core.js';
import { effectsOf } from './composition/effects.js';
import { noticesOf } from './composition/notices.js';
import { peersOf } from './composition/peers.js';
import { type AccessParts, accessOf, controlsOf, type Servers, serversOf } from './composition/servers.js';
import { openStore, whenThere } from './composition/store.js';
import type { Config, ConfigReading } from './config/config.js';
import { LiveConfig } from './config/live.js';
import { Origins } from './config/origins.js';
import type { Notices } from './notices/notices.js';
import { inBackground } from './observability/background.js';
import type { LevelControl } from './observability/log-level.js';
import type { Logger } from './observability/logger.js';
import type { Tracing } from './observability/tracing.js';
import { packageVersion } from './package-files.js';
import { knownAccounts } from './queries/accounts.js';
import { openDatabase } from './store/database.js';

export interface App {
  /** host:port of the gRPC server. */
  readonly grpcAddress: string;
  /** host:port of the HTTP server; undefined where it is switched off. */
  readonly httpAddress: string | undefined;
  readonly database: 'embedded' | 'external';
  /** Resolves when this server is found to be a standby, with where callers reach the one that leads; empty where that is not known. */
  readonly waiting: Promise<string>;
  /** Resolves when this server leads: at once, or when the one before it is gone. */
  readonly leading: Promise<void>;
  /** What CreateApiKey needs of a caller without a key; undefined where every call needs one. */
  readonly consoleToken: string | undefined;
  /** The level of the log while it runs. */
  readonly logLevel: LevelControl;
  /**
   * Reads the configuration again, as told by `method`: a signal, or a file that changed.
   * @throws DtmsError CONFIG_REFUSED, STORE_UNAVAILABLE; nothing of it is in force then.
   */
  reloadConfig(method: string): Promise<void>;
  /** Stops in order: unhealthy, watches, calls, writes, database. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /**
   * By what time passes here, UTC ms; nobody sets it, so a change of this machine's date moves nothing. Tests
   * have their own.
   */
  readonly processClock?: () => number;
  /** Reads the configuration as it was read for the start; without it a reload finds what was given. */
  readonly readAgain?: () => ConfigReading;
  /** Ends a start that is under way: it rejects with the signal's reason when nothing of it runs any more. */
  readonly signal?: AbortSignal;
}

/**
 * Starts everything. Waits for a database that is away. Throws when it is unsuitable, or the port is taken; what was
 * started before is stopped then.
 */
export async function startApp(started: Config, logger: Logger, options: StartOptions = {}): Promise<App> {
  const { readAgain = () => ({ ...NOTHING_READ, config: started }) } = options;
  const live = new LiveConfig(started, readAgain);
  const undo: (() => Promise<unknown>)[] = [];
  try {
    return await assemble(live, logger, options, undo);
  } catch (error) {
    await allInOrder(undo.reverse(), logger);
    throw error;
  }
}

/** Never rejects: a step that fails keeps none of the others from being taken. */
async function allInOrder(steps: readonly (() => Promise<unknown>)[], logger: Logger): Promise<void> {
  for (const step of steps) {
    await step().catch((failure: unknown) => logger.error({ error: failure }, 'clean-up failed'));
  }
}

const NOTHING_READ: Omit<ConfigReading, 'config'> = { problems: [], unknown: [], origins: new Origins() };

/** UTC ms, whole: the date when this process began, and what has passed since. */
function steadyClock(): number {
  return Math.floor(performance.timeOrigin + performance.now());
}

/** What was started and has to be stopped, in this order. */
type Undo = (() => Promise<unknown>)[];

async function assemble(
  live: LiveConfig,
  logger: Logger,
  { processClock = steadyClock, signal: cancel }: StartOptions,
  undo: Undo,
): Promise<App> {
  const { settings: config } = live;
  const lead = signal<void>();
  const database = await openDatabase(config, logger, cancel);
  undo.push(() => database.stop());
  const tracing = await tracingOf(config, logger);
  undo.push(async () => tracing?.close());
  const store = await openStore(database, config, logger, cancel);
  undo.push(() => store.close());
  cancel?.throwIfAborted();
  const ground: Ground = { config, logger, store, tracing, processClock };
  const core = coreOf(ground, {
    leads: (leading) => {
      peers.led();
      if (leading === 'yes') lead.resolve();
    },
    connections: () => servers.grpc.connections,
    peers: () => peers.standing,
  });
  undo.push(async () => core.metrics.stop());
  const access = await whenThere(() => accessOf(ground), logger, cancel);
  await whenThere(() => core.watches.start(), logger, cancel);
  undo.push(() => core.watches.stop());
  cancel?.throwIfAborted();
  const peers = await whenThere(
    () => peersOf(ground, core, (health) => servers.grpc.setHealth(health)),
    logger,
    cancel,
  );
  const controls = controlsOf(ground, core, live);
  const servers = serversOf(ground, core, peers, access, controls);
  watchAccess(access, undo);
  if (config.flags.provider !== '') undo.push(await providerOf(ground, core));
  const notices = noticesOf(ground, core, live, peers.members.serverId);
  await whenThere(() => notices.open(), logger, cancel);
  const effects = effectsOf(ground, core);
  const running = await start(ground, core, peers, servers, undo);
  notices.start();
  effects.start();
  return {
    ...running.addresses,
    database: database.kind,
    waiting: core.authority.waiting,
    leading: lead.promise,
    consoleToken: access.gate.isOpen ? access.consoleToken.text : undefined,
    logLevel: controls.levels,
    reloadConfig: (method) => controls.reloads.byItself(method, peers.members.serverId),
    stop: once(() => {
      const calls = [() => running.endCalls(), () => effects.stop(), ...endsOf(core, peers, access, notices)];
      const stored = [() => store.close(), () => database.stop()];
      const told = [async () => controls.levels.stop(), async () => tracing?.close()];
      return allInOrder([...calls, ...stored, ...told], logger);
    }),
  };
}

/** Loaded only where a provider of feature flags is configured. */
async function providerOf(
  { config, logger }: Ground,
  { authority, commands }: Core,
): Promise<() => Promise<void>> {
  const [{ FlagProvider }, { watchProvider }] = [
    await import('./flags/provider.js'),
    await import('./flags/watch.js'),
  ];
  const issuer = { method: 'provider', principal: { name: 'server', id: 'provider' } };
  const build = packageVersion();
  return watchProvider({
    provider: await FlagProvider.open(config.flags.provider),
    build,
    leading: () => {
      if (authority.role !== 'LEADER' || authority.term === null) return undefined;
      const { term } = authority;
      return { accounts: [...knownAccounts(term, config.rules)], known: term.engine.flags.book.definitions };
    },
    define: (definitions) => commands.run(defineFlags(definitions, build, issuer), issuer),
    logger,
  });
}

/** Begins to look after the keys of open streams, and to record who is denied. */
function watchAccess({ gate, denials }: AccessParts, undo: Undo): void {
  gate.start();
  denials.start();
  undo.push(() => gate.stop());
  undo.push(() => denials.stop());
}

/** What ends when no caller is left, in order: calls of other servers go on to the end of the term. */
function endsOf(
  { authority }: Core,
  peers: Peers,
  { gate, denials }: AccessParts,
  notices: Notices,
): (() => Promise<void>)[] {
  return [
    () => authority.stop(),
    () => notices.stop(),
    () => peers.stop(),
    () => gate.stop(),
    () => denials.stop(),
  ];
}

interface Running {
  readonly addresses: Pick<App, 'grpcAddress' | 'httpAddress'>;
  /** Ends what runs by itself, then streams and calls. */
  endCalls(): Promise<void>;
}

async function start(
  { config, logger, store }: Ground,
  core: Core,
  peers: Peers,
  servers: Servers,
  undo: Undo,
): Promise<Running> {
  const { authority, follower, metrics, watches, hints } = core;
  const { grpc, http } = servers;
  metrics.start();
  const unhint = store.onHint(() => {
    watches.hint();
    follower.hint();
  });
  const grpcAddress = await grpc.start();
  undo.push(() => grpc.stop(() => Promise.resolve()));
  const httpAddress = await http?.start();
  undo.push(async () => http?.stop(() => Promise.resolve()));
  const advertised = config.grpc.advertise === '' ? reachable(grpcAddress) : config.grpc.advertise;
  undo.push(() => peers.stop());
  await peers.start(servers.peerServices, advertised);
  authority.start(advertised, peers.members.serverId);
  const compact = async () => {
    await store.compact();
    metrics.lookedAtJournal(await store.journal.standing());
  };
  const compaction = every(config.retention.intervalMs, compact, logger);
  return {
    addresses: { grpcAddress, httpAddress },
    endCalls: async () => {
      compaction.stop();
      metrics.stop();
      unhint();
      const endStreams = once(() => {
        hints.end();
        return watches.stop();
      });
      await Promise.all([grpc.stop(endStreams), http?.stop(endStreams)]);
    },
  };
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
    inBackground(task(), (error) => logger.warn({ error }, 'compaction failed; it is tried again later'));
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

/** An address others can call; empty of one that only says that the server listens everywhere. */
function reachable(address: string): string {
  return /^(0\.0\.0\.0|\[::\]):/.test(address) ? '' : address;
}
