// Owns the table of the servers on this database: which leads, and whether each still tells of itself.
import type { ListServersResponse } from '../../../../gen/ts/dtms/v1/system_service.js';
import type { AppContext } from '../app-context.js';
import { ApiError } from '../data/api-error.js';
import type { ServerJson } from '../data/json.js';
import { roleOf } from '../data/server-role.js';
import { h } from '../ui/dom.js';
import { ago, duration, integer, UNKNOWN } from '../ui/format.js';
import { listTable } from '../ui/list-table.js';
import type { Preferences } from '../ui/preferences.js';
import { type Polled, polled } from './polled.js';

const HEADS = [
  ['Server', ''],
  ['Role', ''],
  ['Last sign', ''],
  ['Behind', 'number'],
  ['Version', ''],
  ['For callers', ''],
  ['For servers', ''],
  ['Up for', ''],
] as const;

/** Shows them in a place, asking every so often; hides the panel from a key that may not see them. */
export function pollServers(
  panel: HTMLElement,
  place: HTMLElement,
  everyMs: number,
  { api, preferences }: Pick<AppContext, 'api' | 'preferences'>,
): Polled {
  return polled(everyMs, async (signal) => {
    try {
      const told = await api.get<ListServersResponse>('/v1/dtms/servers', {}, { signal });
      place.replaceChildren(serversTable(told.servers, told.answeredBy, preferences));
      panel.hidden = false;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 403)) throw error;
      panel.hidden = true;
    }
  });
}

function serversTable(
  servers: readonly ServerJson[],
  answeredBy: string,
  preferences: Preferences,
): HTMLElement {
  const rows = servers.map((server) => {
    const { tone, text } = roleOf(server);
    const { startedAt, seenAt } = server;
    const upMs =
      startedAt === undefined || seenAt === undefined
        ? undefined
        : Date.parse(seenAt) - Date.parse(startedAt);
    return h(
      'tr',
      {},
      h(
        'th',
        { scope: 'row' },
        server.serverId === answeredBy ? `${server.serverId} (this one)` : server.serverId,
      ),
      h(
        'td',
        { class: tone === 'bad' ? 'problem' : undefined },
        tone === 'none' ? text : h('span', { class: `dot ${tone}` }, text),
      ),
      h('td', { title: preferences.time(seenAt, 'full') }, ago(Number(server.silentMs))),
      h(
        'td',
        { class: 'number' },
        server.lagRevisions === '0' ? UNKNOWN : `${integer(server.lagRevisions)} events`,
      ),
      h('td', {}, server.version),
      h('td', {}, server.grpcAddress || UNKNOWN),
      h('td', {}, server.peerAddress || UNKNOWN),
      h('td', { title: preferences.time(startedAt, 'full') }, duration(upMs)),
    );
  });
  return listTable(HEADS, rows);
}
