// Owns the table of messages to receivers: what was told lately, what waits, and what was given up.
import type { ListDeliveriesResponse } from '../../../../gen/ts/dtms/v1/notice_service.js';
import type { AppContext } from '../app-context.js';
import { ApiError } from '../data/api-error.js';
import type { DeliveryJson } from '../data/json.js';
import { h } from '../ui/dom.js';
import { integer, UNKNOWN, words } from '../ui/format.js';
import type { Preferences } from '../ui/preferences.js';
import { type Polled, polled } from './polled.js';

const SHOWN = 20;

const HEADS = [
  ['Due', ''],
  ['Channel', ''],
  ['Status', ''],
  ['What', ''],
  ['Tries', 'number'],
  ['Last answer', ''],
] as const;

const TONES: Readonly<Record<string, string>> = { DELIVERED: 'good', PENDING: 'warn', DEAD: 'bad' };

/** Shows them in a place, asking every so often; hides the panel from a key that may not see them. */
export function pollNotices(
  panel: HTMLElement,
  place: HTMLElement,
  everyMs: number,
  { api, preferences }: Pick<AppContext, 'api' | 'preferences'>,
): Polled {
  return polled(everyMs, async (signal) => {
    try {
      const query = { pageSize: SHOWN };
      const told = await api.get<ListDeliveriesResponse>('/v1/dtms/notices/deliveries', query, { signal });
      place.replaceChildren(table(told.deliveries, preferences));
      panel.hidden = false;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 403)) throw error;
      panel.hidden = true;
    }
  });
}

function table(deliveries: readonly DeliveryJson[], preferences: Preferences): HTMLElement {
  if (deliveries.length === 0) return h('p', { class: 'empty small' }, 'Nobody was told of anything yet.');
  const heads = HEADS.map(([title, kind]) => h('th', { scope: 'col', class: kind }, title));
  const rows = deliveries.map(({ plannedAt, channel, status, notices, tries, reason }) => {
    const word = status.replace('DELIVERY_STATUS_', '');
    const tone = TONES[word];
    const text = words(status, 'DELIVERY_STATUS_');
    const more = notices.length > 1 ? ` (and ${integer(notices.length - 1)} more)` : '';
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, preferences.time(plannedAt, 'date')),
      h('td', {}, channel),
      h(
        'td',
        { class: word === 'DEAD' ? 'problem' : undefined },
        tone === undefined ? text : h('span', { class: `dot ${tone}` }, text),
      ),
      h('td', {}, `${notices[0]?.text ?? UNKNOWN}${more}`),
      h('td', { class: 'number' }, integer(tries)),
      h('td', {}, reason || UNKNOWN),
    );
  });
  return h('table', { class: 'list' }, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows));
}
