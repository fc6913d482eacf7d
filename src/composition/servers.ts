// Owns composing what serves: who may call, the chain around every call, the services, and the ports they
// are reached by.
import { AccountServiceDefinition } from '../../gen/ts/dtms/v1/account_service.js';
import { ActionServiceDefinition } from '../../gen/ts/dtms/v1/action_service.js';
import { MarketDataServiceDefinition } from '../../gen/ts/dtms/v1/market_data_service.js';
import { NoticeServiceDefinition } from '../../gen/ts/dtms/v1/notice_service.js';
import { OwnershipServiceDefinition } from '../../gen/ts/dtms/v1/ownership_service.js';
import { PolicyServiceDefinition } from '../../gen/ts/dtms/v1/policy_service.js';
import {
  GetStatusRequest,
  GetStatusResponse,
  ListAlarmsRequest,
  ListAlarmsResponse,
  SystemServiceDefinition,
} from '../../gen/ts/dtms/v1/system_service.js';
import { TradeServiceDefinition } from '../../gen/ts/dtms/v1/trade_service.js';
import { ConsoleToken } from '../access/console-token.js';
import { Denials } from '../access/denials.js';
import { type Gate, openGate } from '../access/gate.js';
import { isLoopback } from '../access/policy.js';
import { Passing } from '../cluster/passing.js';
import type { Peers } from '../cluster/peers.js';
import type { Issuer } from '../commands/command.js';
import { defineFlags } from '../commands/flags.js';
import { ConfigReloads } from '../commands/reload-config.js';
import type { Config } from '../config/config.js';
import { grantsOf } from '../config/edge.js';
import { readFlagFile } from '../config/flags.js';
import type { LiveConfig } from '../config/live.js';
import type { Contract } from '../contract/contract.js';
import type { Authority } from '../engine/authority.js';
import { configRefused } from '../errors/errors.js';
import { dashboard } from '../http/dashboard.js';
import { docsPages } from '../http/docs.js';
import { legacyRoutes } from '../http/legacy.js';
import { metricsPages } from '../http/metrics.js';
import { httpServerOf } from '../http/open.js';
import type { HttpPlugin } from '../http/plugin.js';
import { probes, type Readiness } from '../http/probes.js';
import type { HttpServer } from '../http/server.js';
import type { Carrier } from '../interceptors/call.js';
import type { CallContext } from '../interceptors/call-context.js';
import { peerChain, standardChain } from '../interceptors/chain.js';
import { ClientCertificates } from '../interceptors/client-certificate.js';
import type { Passage } from '../interceptors/handlers.js';
import { limitedCallers } from '../interceptors/limits.js';
import { attending } from '../interceptors/min-revision.js';
import { rateLimit, ratesOf } from '../interceptors/rate-limit.js';
import { Strangers } from '../interceptors/strangers.js';
import { over } from '../observability/background.js';
import { LevelControl } from '../observability/log-level.js';
import { packageVersion } from '../package-files.js';
import { accountHandlers } from '../rpc/account-service.js';
import { actionHandlers } from '../rpc/action-service.js';
import { marketDataHandlers } from '../rpc/market-data-service.js';
import { noticeHandlers } from '../rpc/notice-service.js';
import { ownershipHandlers } from '../rpc/ownership-service.js';
import { policyHandlers } from '../rpc/policy-service.js';
import { type SystemParts, systemHandlers } from '../rpc/system-service.js';
import { tradeHandlers } from '../rpc/trade-service.js';
import { implement, type ServiceBinding } from '../transport/adapters.js';
import { GrpcServer, type SecureServing } from '../transport/server.js';
import { within } from '../transport/within.js';
import type { Core, Ground } from './core.js';
import { described } from './described.js';

/** Who may call, and by what they prove it. */
export interface AccessParts {
  readonly contract: Contract;
  readonly gate: Gate;
  readonly denials: Denials;
  readonly strangers: Strangers;
  /** What a call without a key needs to make one. */
  readonly consoleToken: ConsoleToken;
  readonly certificates: ClientCertificates;
  /** Of the addresses the servers listen on, the one that more can reach. */
  readonly host: string;
}

/** What changes a server while it runs. */
export type ServerControls = Pick<SystemParts, 'levels' | 'reloads'>;

export interface Servers {
  readonly grpc: GrpcServer;
  /** What other servers may call. */
  readonly peerServices: readonly ServiceBinding[];
  /** Undefined where it is switched off. */
  readonly http: HttpServer | undefined;
}

export async function accessOf({ config, store, logger }: Ground): Promise<AccessParts> {
  const host = mostOpen(config);
  const grants = grantsOf(config.tls.clientScopes);
  const certified = config.tls.ca !== '' && grants.length > 0;
  const policy = { mode: config.access.mode, host, certificates: certified };
  const gate = await openGate(store.keys, policy, logger);
  const { contract } = described();
  const denials = new Denials(store.audits, logger);
  const strangers = new Strangers(config.limits);
  const consoleToken = new ConsoleToken();
  return {
    contract,
    gate,
    denials,
    strangers,
    consoleToken,
    certificates: new ClientCertificates(grants),
    host,
  };
}

/** What changes this server while it runs. */
export function controlsOf(
  { store, logger }: Ground,
  { authority, commands }: Core,
  live: LiveConfig,
): ServerControls {
  const levels = new LevelControl(logger);
  const define = async (settings: Config['flags'], issuer: Issuer) => {
    const { definitions, problems } = readFlagFile(settings);
    if (problems.length > 0) throw configRefused(problems);
    // A provider is asked instead.
    if (authority.role !== 'LEADER' || settings.provider !== '') return [];
    return commands.run(defineFlags(definitions, packageVersion(), issuer), issuer);
  };
  const reloads = new ConfigReloads({ live, audits: store.audits, levels, logger, defineFlags: define });
  return { levels, reloads };
}

export function serversOf(
  ground: Ground,
  core: Core,
  peers: Peers,
  access: AccessParts,
  { levels, reloads }: ServerControls,
): Servers {
  const { config, logger } = ground;
  const { contract, gate, certificates, strangers } = access;
  const { metrics, authority, flags } = core;
  const controls = { levels, reloads, consoleToken: access.consoleToken };
  const passages = passagesOf(ground, core, peers, access, levels);
  const { serverId } = peers.members;
  const { secretOverlapMs } = config.cluster;
  const own = {
    serverId,
    secretOverlapMs,
    others: () => peers.others(),
    ask: (...asked: Parameters<Peers['ask']>) => peers.ask(...asked),
  };
  const servers = {
    ...own,
    leaderStatus: (call: CallContext) => ofLeader(peers, call, STATUS),
    leaderAlarms: (call: CallContext) => ofLeader(peers, call, ALARMS),
  };
  const services = servicesOf(ground, core, passages.callers, { ...controls, servers });
  const secureFor = (via: Carrier): SecureServing | undefined =>
    config.tls.cert === ''
      ? undefined
      : { options: config.tls, secured: (socket) => certificates.enter(socket, via) };
  const told = { logger, calls: metrics.calls, strangers };
  const grpc = new GrpcServer(services, contract, config.grpc, told, secureFor('grpc'));
  const plugins: HttpPlugin[] = [
    dashboard,
    docsPages,
    metricsPages(metrics, config.http.openMetrics ? 'open' : 'by-key'),
    probes(() => readinessOf(authority, peers)),
    legacyRoutes({
      settings: config.http.legacy,
      ready: () => peers.health === 'SERVING',
      isOff: (route) => flags.off('legacy-routes', route) !== null,
    }),
  ];
  const isOff = (method: string) => flags.off('rest', method) !== null;
  const parts = { services, contract, gate, certificates, strangers, plugins, isOff };
  const peerServices = servicesOf(ground, core, passages.peers, {
    ...controls,
    // Who was asked by another server asks no third.
    servers: { ...own, leaderStatus: nobody, leaderAlarms: nobody },
  });
  return { grpc, peerServices, http: httpServerOf(config, parts, logger, secureFor('http')) };
}

/** The way of calls of callers, and of those that other servers pass on: these are never passed on again. */
function passagesOf(
  { config, logger, tracing }: Ground,
  { metrics, reach }: Core,
  peers: Peers,
  access: AccessParts,
  levels: LevelControl,
): { readonly callers: Passage; readonly peers: Passage } {
  const { validator } = described();
  const { limits } = config;
  // One for both: what somebody asks of the leader counts there, whichever server it was asked for at.
  const rates = rateLimit(access.contract, limitedCallers(limits, access.host), ratesOf(limits));
  const parts = { ...access, levels, limits, validator, calls: metrics.calls, tracing, rates };
  const attend = attending(access.contract, reach);
  const elsewhere = new Passing(peers, access.contract, config.cluster.leaderlessMs);
  return {
    callers: { chain: standardChain(parts), logger, elsewhere, attend },
    peers: { chain: peerChain(parts), logger, attend },
  };
}

/** What a server says of itself is not waited for longer. */
const STATUS_MS = 1000;

/** A question without fields, and how its answer is read. */
interface Question<Answer> {
  readonly request: Uint8Array;
  decode(answer: Uint8Array): Answer;
}

const STATUS: Question<GetStatusResponse> = {
  request: GetStatusRequest.encode({}).finish(),
  decode: (answer) => GetStatusResponse.decode(answer),
};
const ALARMS: Question<ListAlarmsResponse> = {
  request: ListAlarmsRequest.encode({}).finish(),
  decode: (answer) => ListAlarmsResponse.decode(answer),
};

const nobody = () => Promise.resolve(undefined);

/** Asks the server that leads what `call` asks this one. */
async function ofLeader<Answer>(
  { link }: Peers,
  call: CallContext,
  { request, decode }: Question<Answer>,
): Promise<Answer | undefined> {
  let told: Answer | undefined;
  const asked = link?.unary(call, Buffer.from(request)).then((answer) => {
    told = decode(answer);
  });
  // What it does not say in time is left out.
  if (asked !== undefined) await within(STATUS_MS, over(asked));
  return told;
}

/** Of the longest silence a stream may have, so much passes before it says something. */
const SILENT_SHARE = 0.7;

function servicesOf(
  { config, store }: Ground,
  { authority, follower, commands, sources, watches, hints, metrics }: Core,
  passage: Passage,
  controls: Pick<SystemParts, 'levels' | 'reloads' | 'consoleToken' | 'servers'>,
): ServiceBinding[] {
  const identity = { version: packageVersion(), startedAt: new Date() };
  const { performance, work } = metrics;
  const market = marketDataHandlers(commands, sources, work, SILENT_SHARE * config.watch.bookmarkMs);
  const system = systemHandlers({
    ...identity,
    config,
    authority,
    commands,
    follower,
    sources,
    store,
    watches,
    performance,
    ...controls,
  });
  return [
    implement(TradeServiceDefinition, tradeHandlers(commands, sources, watches), passage),
    implement(MarketDataServiceDefinition, market, passage),
    implement(AccountServiceDefinition, accountHandlers(commands, sources), passage),
    implement(OwnershipServiceDefinition, ownershipHandlers(commands, sources), passage),
    implement(ActionServiceDefinition, actionHandlers(commands, sources, hints), passage),
    implement(
      NoticeServiceDefinition,
      noticeHandlers(store, () => config),
      passage,
    ),
    implement(PolicyServiceDefinition, policyHandlers(commands, sources), passage),
    implement(SystemServiceDefinition, system, passage),
  ];
}

/** It decides who needs a key. */
function mostOpen({ grpc, http }: Config): string {
  return http.enabled && isLoopback(grpc.host) ? http.host : grpc.host;
}

function readinessOf({ role }: Authority, { health }: Peers): Readiness {
  if (role === 'STOPPING') return 'stopping';
  return health === 'SERVING' ? 'ready' : 'standby';
}
