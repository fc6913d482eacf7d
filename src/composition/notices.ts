// Owns composing the notices of a server.
import { hostname } from 'node:os';
import { status } from '@grpc/grpc-js';
import type { LiveConfig } from '../config/live.js';
import type { RegistrationCounts } from '../notices/looks.js';
import { Notices } from '../notices/notices.js';
import type { CallMetrics } from '../observability/metrics/calls.js';
import type { Core, Ground } from './core.js';

/** @param serverId - this server, as others name it */
export function noticesOf(
  { config, store, logger }: Ground,
  { authority, metrics }: Core,
  live: Pick<LiveConfig, 'settings'>,
  serverId: string,
): Notices {
  const { advertise, host, port } = config.grpc;
  return new Notices({
    serverId,
    serverName: `${hostname()} ${advertise === '' ? `${host}:${port}` : advertise}`,
    settings: () => live.settings,
    store,
    logger,
    rules: config.rules,
    leading: () => {
      const { role, term } = authority;
      return role === 'LEADER' && term !== null && term.over === null ? term : undefined;
    },
    registrations: () => registrationsOf(metrics.calls),
    tried: (channel, { result }) => metrics.notices.tried(channel, result),
    stands: (standing) => metrics.notices.stands(standing),
  });
}

/** Whoever may not register at all is no failure of registering. */
const NOBODYS = new Set<number>([
  ...[status.OK, status.UNAUTHENTICATED, status.PERMISSION_DENIED, status.CANCELLED],
]);

function registrationsOf(calls: CallMetrics): RegistrationCounts {
  const { codes } = calls.of('/dtms.v1.TradeService/RegisterTrade', false);
  let failed = 0;
  for (const [code, count] of codes.entries()) if (!NOBODYS.has(code)) failed += count;
  return { registered: codes[status.OK] ?? 0, failed };
}
