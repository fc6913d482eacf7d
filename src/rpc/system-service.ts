// SystemService: what this server is and how much it does.
import {
  type GetStatusResponse,
  ServerRole,
  type SystemServiceService,
} from '../../gen/ts/dtms/v1/system_service.js';
import { TradeState } from '../../gen/ts/dtms/v1/types.js';
import { STATES } from '../domain/types.js';
import type { Authority } from '../engine/authority.js';
import type { Store } from '../store/store.js';
import type { WatchHub } from '../watch/watch.js';
import type { Handlers } from './adapters.js';

export interface Identification {
  readonly version: string;
  readonly startedAt: Date;
}

export function systemHandlers(
  identification: Identification,
  authority: Authority,
  store: Store,
  watches: WatchHub,
): Handlers<typeof SystemServiceService> {
  return {
    getStatus: async (): Promise<GetStatusResponse> => {
      const head = await store.head();
      const counters = authority.term?.engine.counters;
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
