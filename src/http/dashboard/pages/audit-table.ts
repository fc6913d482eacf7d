// Owns the table of the audit: what people and programs did by hand within a day, the newest first.
import type { ListAuditEventsResponse } from '../../../../gen/ts/dtms/v1/system_service.js';
import type { AppContext } from '../app-context.js';
import type { AuditEventJson } from '../data/json.js';
import { href } from '../router.js';
import { h } from '../ui/dom.js';
import { type ListColumn, tableOf } from '../ui/list-table.js';
import type { Preferences } from '../ui/preferences.js';
import type { PanelContent } from './polled-panel.js';

const SHOWN = 30;
const DAY_MS = 86_400_000;
const DETAIL_LENGTH = 240;

export async function askForAudit(
  { api, clock, preferences }: AppContext,
  signal: AbortSignal,
): Promise<PanelContent> {
  const query = { from: new Date(clock.now() - DAY_MS).toISOString(), pageSize: SHOWN, newestFirst: true };
  const { events } = await api.get<ListAuditEventsResponse>('/v1/dtms/audit', query, { signal });
  return { made: [JSON.stringify(events)], make: () => auditTable(events, preferences) };
}

function auditTable(events: readonly AuditEventJson[], preferences: Preferences): HTMLElement {
  if (events.length === 0)
    return h('p', { class: 'empty small' }, 'Nobody did anything by hand within a day.');
  const columns: readonly ListColumn<AuditEventJson>[] = [
    { title: 'When', cell: ({ at }) => preferences.time(at, 'full') },
    { title: 'Who', cell: ({ actor }) => actor },
    {
      title: 'What',
      // The service's name adds nothing for who reads it.
      cell: ({ method }) => method.split('/').at(-1) ?? method,
      hint: ({ method }) => method,
    },
    {
      title: 'Where',
      cell: ({ account, ticket }) =>
        account !== '' && ticket !== '0'
          ? h('a', { href: href('trades', account, ticket) }, `${account} ${ticket}`)
          : account,
    },
    { title: 'With', kind: 'why', cell: (event) => cut(saidOf(event)), hint: saidOf },
  ];
  return tableOf(columns, events);
}

const cut = (text: string): string =>
  text.length > DETAIL_LENGTH ? `${text.slice(0, DETAIL_LENGTH)}…` : text;

const saidOf = ({ detail }: AuditEventJson): string => (detail === undefined ? '' : JSON.stringify(detail));
