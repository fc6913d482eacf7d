// SystemService: what this server is, how it is configured and how much it does; keys and audits beside it.
import {
  type GetStatusResponse,
  ServerRole,
  type SystemServiceService,
} from '../../gen/ts/dtms/v1/system_service.js';
import { TradeState } from '../../gen/ts/dtms/v1/types.js';
import { type Config, redacted } from '../config/config.js';
import { STATES } from '../domain/types.js';
import type { Authority } from '../engine/authority.js';
import type { Principal } from '../interceptors/principal.js';
import type { LevelControl } from '../observability/log-level.js';
import type { PerformanceLog } from '../observability/metrics/performance-log.js';
import type { Store } from '../store/store.js';
import type { WatchHub } from '../watch/watch.js';
import type { Handlers } from './adapters.js';
import { listAudits } from './audit-list.js';
import { keyHandlers } from './key-handlers.js';
import { logLevelHandlers } from './log-level-handler.js';
import { performanceHandlers } from './performance-handler.js';

export interface Identification {
  readonly version: string;
  readonly startedAt: Date;
}

export function systemHandlers(
  identification: Identification,
  config: Config,
  authority: Authority,
  store: Store,
  watches: WatchHub,
  levels: LevelControl,
  performance: PerformanceLog,
): Handlers<typeof SystemServiceService> {
  return {
    ...keyHandlers(store.keys),
    ...logLevelHandlers(levels, store.keys),
    ...performanceHandlers(performance),

    listAuditEvents: (request, { method }) => listAudits(store.keys, method, request),

    getConfig: (_request, { principal }) => ({ config: shownTo(principal, redacted(config)) }),

    getStatus: async (_request, { principal: { accounts } }): Promise<GetStatusResponse> => {
      const head = await store.head();
      const engine = authority.term?.engine;
      const counters = accounts === null ? engine?.counters : engine?.countersOf(accounts);
      return {
        version: identification.version,
        role: ServerRole[authority.role],
        startedAt: identification.startedAt,
        logEpoch: head.epoch,
        headRevision: BigInt(head.revision),
        compactedRevision: BigInt(head.compacted),
        activeTrades: BigInt(counters?.active ?? 0),
        tradesByState: STATES.filter((state) => state !== 'CLOSED').map((state) => ({
          state: TradeState[state],
          trades: BigInt(counters?.byState[state] ?? 0),
        })),
        waitingForData: BigInt(counters?.waitingForData ?? 0),
        marketViews: BigInt(counters?.views ?? 0),
        evaluations: BigInt(counters?.evaluations ?? 0),
        watchers: BigInt(watches.watchers),
        pendingWrites: BigInt(authority.term?.pending ?? 0),
        databaseVersion: store.serverVersion,
      };
    },
  };
}

/** Who is limited to accounts sees the rules of no others. */
function shownTo({ accounts }: Principal, config: Config): Readonly<Record<string, unknown>> {
  if (accounts === null) return { ...config };
  const own = Object.entries(config.rules.accounts).filter(([account]) => accounts.has(account));
  return { ...config, rules: { ...config.rules, accounts: Object.fromEntries(own) } };
}
