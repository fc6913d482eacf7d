// Owns what a server is and does now; it tells also when it does not lead.
import type { Authority } from '../engine/authority.js';
import type { Engine } from '../engine/engine.js';
import type { Counters } from '../engine/results.js';
import type { ServerRole } from '../store/servers.js';
import type { Store } from '../store/store.js';
import type { LogHead } from '../store/types.js';
import { feedsSeen } from './feeds.js';

export interface Status {
  readonly role: ServerRole;
  readonly head: LogHead;
  /** Undefined on a server that does not lead. */
  readonly counters: Counters | undefined;
  readonly pendingWrites: number;
  readonly databaseVersion: string;
}

/** @param accounts - whose trades and markets are counted; null means everybody's. */
export async function getStatus(
  authority: Pick<Authority, 'role' | 'term'>,
  store: Pick<Store, 'head' | 'serverVersion'>,
  accounts: ReadonlySet<string> | null,
): Promise<Status> {
  const head = await store.head();
  const { role, term } = authority;
  const engine = term?.engine;
  return {
    role,
    head,
    counters: accounts === null ? engine?.counters : engine && ownCounters(engine, accounts),
    pendingWrites: accounts === null ? (term?.pending ?? 0) : 0,
    databaseVersion: store.serverVersion,
  };
}

function ownCounters(engine: Engine, accounts: ReadonlySet<string>): Counters {
  const isSeen = feedsSeen({ engine }, accounts);
  const views = [...engine.watched()].filter(({ feed }) => isSeen(feed)).length;
  return { ...engine.countersOf(accounts), views, evaluations: 0 };
}
