// Owns composing the notices of a server.
import type { LiveConfig } from '../config/live.js';
import { Notices } from '../notices/notices.js';
import type { Core, Ground } from './core.js';

/** @param serverId - this server, as others name it */
export function noticesOf(
  { config, store, logger }: Ground,
  { authority, metrics }: Core,
  live: Pick<LiveConfig, 'settings'>,
  serverId: string,
): Notices {
  const settings = () => live.settings;
  const leading = () => {
    const { role, term } = authority;
    return role === 'LEADER' && term !== null && term.over === null ? term : undefined;
  };
  return new Notices(
    {
      serverId,
      settings,
      store,
      logger,
      tried: (channel, { result }) => metrics.notices.tried(channel, result),
      stands: (standing) => metrics.notices.stands(standing),
    },
    { settings, leading, rules: config.rules, table: store.notices, logger },
  );
}
