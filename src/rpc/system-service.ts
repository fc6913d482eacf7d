// Owns SystemService: what this server is, how it is configured and how much it does; keys and audits beside
// it.
import {
  type GetStatusResponse,
  type ListAlarmsResponse,
  type Server as ServerMessage,
  ServerRole,
  type SystemServiceDefinition,
} from '../../gen/ts/dtms/v1/system_service.js';
import type { ConsoleToken } from '../access/console-token.js';
import type { Principal } from '../access/principal.js';
import { moveLeader } from '../commands/move-leader.js';
import type { ConfigReloads } from '../commands/reload-config.js';
import { rotateClusterSecret } from '../commands/rotate-secret.js';
import type { CommandRunner } from '../commands/runner.js';
import type { Config } from '../config/config.js';
import { redacted } from '../config/redacted.js';
import type { Authority } from '../engine/authority.js';
import type { Follower } from '../engine/follower.js';
import type { CallContext } from '../interceptors/call-context.js';
import type { Handlers } from '../interceptors/handlers.js';
import type { LevelControl } from '../observability/log-level.js';
import type { PerformanceLog } from '../observability/metrics/performance-log.js';
import type { Sources } from '../queries/sources.js';
import { getStatus, type Status } from '../queries/status.js';
import type { KnownServer } from '../store/servers.js';
import type { Store } from '../store/store.js';
import type { WatchHub } from '../watch/watch.js';
import { stateCountsToProto } from '../wire/trade.js';
import { alarmHandlers } from './alarm-handler.js';
import { flagHandlers } from './flag-handlers.js';
import { keyHandlers } from './key-handlers.js';
import { logLevelHandlers } from './log-level-handler.js';
import { performanceHandlers } from './performance-handler.js';
import { rolloutHandlers } from './rollout-handlers.js';
import { type OtherServers, stateHandlers } from './state-handlers.js';

/** What SystemService shows and changes of a server. */
export interface SystemParts {
  readonly version: string;
  readonly startedAt: Date;
  readonly config: Config;
  readonly authority: Authority;
  readonly follower: Follower;
  readonly store: Store;
  readonly watches: WatchHub;
  readonly levels: LevelControl;
  readonly reloads: ConfigReloads;
  readonly performance: PerformanceLog;
  readonly consoleToken: ConsoleToken;
  readonly servers: ServersSeen;
  readonly sources: Sources;
  readonly commands: CommandRunner;
}

/** What is known of the other servers. */
export interface ServersSeen extends OtherServers {
  /** For so long two secrets of the cluster count after a rotation, in ms. */
  readonly secretOverlapMs: number;
  /** What the server that leads says of itself; undefined where it is not reached, or this one is it. */
  leaderStatus(call: CallContext): Promise<GetStatusResponse | undefined>;
  /** The alarms it tells; undefined likewise. */
  leaderAlarms(call: CallContext): Promise<ListAlarmsResponse | undefined>;
}

export function systemHandlers(parts: SystemParts): Handlers<SystemServiceDefinition> {
  const { config, authority, store } = parts;
  return {
    ...keyHandlers(store, parts.consoleToken),
    ...logLevelHandlers(parts.levels, store.audits),
    ...performanceHandlers(parts.performance),
    ...rolloutHandlers(store),
    ...flagHandlers(parts.commands, parts.sources),
    ...stateHandlers(parts, parts.servers),
    ...alarmHandlers({ ...parts, leaderAlarms: (call) => parts.servers.leaderAlarms(call) }),

    getConfig: (_request, { principal }) => ({
      config: shownTo(principal, redacted(config)),
      revision: BigInt(parts.reloads.live.revision),
      needsRestart: [...parts.reloads.live.needsRestart],
    }),

    reloadConfig: async (_request, call) => {
      const { revision, changed, needsRestart } = await parts.reloads.reload(call);
      return {
        revision: BigInt(revision),
        changed: [...changed],
        needsRestart: [...needsRestart],
      };
    },

    listServers: async () => ({
      servers: (await store.servers.list()).servers.map(serverToProto),
      answeredBy: parts.servers.serverId,
    }),

    moveLeader: async (request, call) => {
      const { serverId } = parts.servers;
      const moving = { authority, servers: store.servers, audits: store.audits, serverId };
      const { leaderServerId, tookMs } = await moveLeader(moving, request, call);
      return { leaderServerId, tookMs: BigInt(tookMs) };
    },

    rotateClusterSecret: async ({ by }, call) => {
      const { secretOverlapMs: overlapMs } = parts.servers;
      const rotating = { servers: store.servers, audits: store.audits, overlapMs };
      const rotated = await rotateClusterSecret(rotating, by, call);
      return { ...rotated, overlapMs: BigInt(Math.round(rotated.overlapMs)) };
    },

    getStatus: async (_request, call) => {
      const { accounts } = call.principal;
      const status = await getStatus(authority, store, accounts);
      const own = statusToProto(status, accounts === null ? parts.watches.watchers : 0, parts);
      if (status.role === 'LEADER') return { ...own, leaderServerId: own.serverId };
      const leaders = await parts.servers.leaderStatus(call);
      if (leaders?.role !== ServerRole.LEADER) return own;
      const { version, role, startedAt, watchers, databaseVersion, serverId } = own;
      return { ...leaders, version, role, startedAt, watchers, databaseVersion, serverId };
    },
  };
}

function statusToProto(
  { role, head, counters, pendingWrites, databaseVersion }: Status,
  watchers: number,
  { version, startedAt, servers }: SystemParts,
): GetStatusResponse {
  return {
    version,
    role: ServerRole[role],
    startedAt,
    logEpoch: head.epoch,
    headRevision: BigInt(head.revision),
    compactedRevision: BigInt(head.compacted),
    activeTrades: BigInt(counters?.active ?? 0),
    tradesByState: stateCountsToProto((state) => counters?.byState[state] ?? 0),
    waitingForData: BigInt(counters?.waitingForData ?? 0),
    marketViews: BigInt(counters?.views ?? 0),
    evaluations: BigInt(counters?.evaluations ?? 0),
    watchers: BigInt(watchers),
    pendingWrites: BigInt(pendingWrites),
    databaseVersion,
    serverId: servers.serverId,
    leaderServerId: '',
  };
}

function serverToProto({
  evaluatorEpoch,
  lagRevisions,
  lagMs,
  silentMs,
  ...server
}: KnownServer): ServerMessage {
  return {
    ...server,
    role: ServerRole[server.role],
    term: BigInt(evaluatorEpoch),
    lagRevisions: BigInt(lagRevisions),
    lagMs: BigInt(lagMs),
    startedAt: new Date(server.startedAt),
    seenAt: new Date(server.seenAt),
    silentMs: BigInt(Math.round(silentMs)),
  };
}

/** Who is limited to accounts sees neither the rules of others nor who else may call. */
function shownTo({ accounts }: Principal, config: Config): Readonly<Record<string, unknown>> {
  if (accounts === null) return { ...config };
  const own = Object.entries(config.rules.accounts).filter(([account]) => accounts.has(account));
  const tls = { ...config.tls, clientScopes: config.tls.clientScopes && '[redacted]' };
  return { ...config, tls, rules: { ...config.rules, accounts: Object.fromEntries(own) } };
}
