// Owns the table of the audit: what people and programs did by hand within a day, the newest first.
import type { ListAuditEventsResponse } from '../../../../gen/ts/dtms/v1/system_service.js';
import type { AppContext } from '../app-context.js';
import { ApiError } from '../data/api-error.js';
import type { AuditEventJson } from '../data/json.js';
import { href } from '../router.js';
import { h } from '../ui/dom.js';
import { listTable } from '../ui/list-table.js';
import type { Preferences } from '../ui/preferences.js';
import { type Polled, polled } from './polled.js';

const SHOWN = 30;
const MOST = 1000;
const DAY_MS = 86_400_000;
const DETAIL_LENGTH = 240;

const HEADS = [
  ['When', ''],
  ['Who', ''],
  ['What', ''],
  ['Where', ''],
  ['With', ''],
] as const;

/** Shows them in a place, asking every so often; hides the panel from a key that may not see them. */
export function pollAudit(
  panel: HTMLElement,
  place: HTMLElement,
  everyMs: number,
  { api, clock, preferences }: Pick<AppContext, 'api' | 'clock' | 'preferences'>,
): Polled {
  return polled(everyMs, async (signal) => {
    try {
      const query = { from: new Date(clock.now() - DAY_MS).toISOString(), pageSize: MOST };
      const { events } = await api.get<ListAuditEventsResponse>('/v1/dtms/audit', query, { signal });
      place.replaceChildren(auditTable([...events].reverse().slice(0, SHOWN), preferences));
      panel.hidden = false;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 403)) throw error;
      panel.hidden = true;
    }
  });
}

function auditTable(events: readonly AuditEventJson[], preferences: Preferences): HTMLElement {
  if (events.length === 0)
    return h('p', { class: 'empty small' }, 'Nobody did anything by hand within a day.');
  const rows = events.map(({ at, actor, method, account, ticket, detail }) => {
    const isTrade = account !== '' && ticket !== '0';
    const where = isTrade
      ? h('a', { href: href('trades', account, ticket) }, `${account} ${ticket}`)
      : account;
    const said = detail === undefined ? '' : JSON.stringify(detail);
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, preferences.time(at, 'full')),
      h('td', {}, actor),
      // The service's name adds nothing for who reads it.
      h('td', { title: method }, method.split('/').at(-1) ?? method),
      h('td', {}, where),
      h('td', { class: 'why', title: said }, said.slice(0, DETAIL_LENGTH)),
    );
  });
  return listTable(HEADS, rows);
}
