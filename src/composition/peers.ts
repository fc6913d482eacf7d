// Owns composing this server's part among the servers of its database.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Peers } from '../cluster/peers.js';
import { packageVersion } from '../package-files.js';
import type { Health } from '../transport/health.js';
import type { Core, Ground } from './core.js';

/** @param serves - told whenever it changes whether callers can be served. @throws StoreUnavailableError */
export function peersOf(
  { config, store, logger }: Ground,
  { authority, follower, watches }: Core,
  serves: (health: Health) => void,
): Promise<Peers> {
  const { host, ...settings } = config.cluster;
  const lag = () => {
    const { seen } = watches.standing;
    const { standing } = follower;
    if (standing === undefined) return undefined;
    if (seen === null) return { revisions: 0, ms: standing.lagMs };
    return { revisions: Math.max(0, seen.head.revision - standing.revision), ms: standing.lagMs };
  };
  return Peers.open(
    {
      ...settings,
      host: host === '' ? config.grpc.host : host,
      serverId: newServerId(),
      version: packageVersion(),
      maxMessageBytes: config.grpc.maxMessageBytes,
    },
    { authority, table: store.servers, lag, serves },
    logger,
  );
}

/** The machine's name, for people, and what no other server ever had. */
function newServerId(): string {
  const machine = hostname()
    .replaceAll(/[^A-Za-z0-9-]/g, '-')
    .slice(0, 40);
  return `${machine}-${randomBytes(4).toString('hex')}`;
}
