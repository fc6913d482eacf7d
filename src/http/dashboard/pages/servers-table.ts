// Owns the table of the servers on this database: which leads, and whether each still tells of itself.
import type { ListServersResponse } from '../../../../gen/ts/dtms/v1/system_service.js';
import type { AppContext } from '../app-context.js';
import type { ServerJson } from '../data/json.js';
import { roleOf } from '../data/server-role.js';
import { h } from '../ui/dom.js';
import { ago, duration, integer, UNKNOWN } from '../ui/format.js';
import { type ListColumn, marked, tableOf } from '../ui/list-table.js';
import type { Preferences } from '../ui/preferences.js';
import type { PanelContent } from './polled-panel.js';

export async function askForServers(
  { api, preferences }: AppContext,
  signal: AbortSignal,
): Promise<PanelContent> {
  const told = await api.get<ListServersResponse>('/v1/dtms/servers', {}, { signal });
  const columns = columnsOf(told.answeredBy, preferences);
  return { made: [JSON.stringify(told)], make: () => tableOf(columns, told.servers) };
}

function columnsOf(answeredBy: string, preferences: Preferences): readonly ListColumn<ServerJson>[] {
  return [
    {
      title: 'Server',
      cell: ({ serverId }) => (serverId === answeredBy ? `${serverId} (this one)` : serverId),
    },
    {
      title: 'Role',
      cell: (server) => {
        const { tone, text } = roleOf(server);
        return tone === 'bad' ? h('span', { class: 'problem dot bad' }, text) : marked(tone, text);
      },
    },
    {
      title: 'Last sign',
      cell: ({ silentMs }) => ago(Number(silentMs)),
      hint: ({ seenAt }) => preferences.time(seenAt, 'full'),
    },
    {
      title: 'Behind',
      kind: 'number',
      cell: ({ lagRevisions }) => (lagRevisions === '0' ? UNKNOWN : `${integer(lagRevisions)} events`),
    },
    { title: 'Version', cell: ({ version }) => version },
    { title: 'For callers', cell: ({ grpcAddress }) => grpcAddress || UNKNOWN },
    { title: 'For servers', cell: ({ peerAddress }) => peerAddress || UNKNOWN },
    {
      title: 'Up for',
      cell: ({ startedAt, seenAt }) => duration(Date.parse(seenAt ?? '') - Date.parse(startedAt ?? '')),
      hint: ({ startedAt }) => preferences.time(startedAt, 'full'),
    },
  ];
}
