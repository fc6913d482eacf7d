// Owns the table of messages to receivers: what was told lately, what waits, and what was given up and can be sent again.
import type {
  ListDeliveriesResponse,
  RetryDeliveryResponse,
} from '../../../../gen/ts/dtms/v1/notice_service.js';
import type { AppContext } from '../app-context.js';
import { path } from '../data/api.js';
import type { DeliveryJson } from '../data/json.js';
import { button, h } from '../ui/dom.js';
import { integer, UNKNOWN, words } from '../ui/format.js';
import { listTable } from '../ui/list-table.js';
import type { Preferences } from '../ui/preferences.js';
import { carryOut } from './actions-page.js';
import type { PanelContent } from './polled-panel.js';

const SHOWN = 20;

const HEADS = [
  ['Due', ''],
  ['Channel', ''],
  ['Status', ''],
  ['What', ''],
  ['Tries', 'number'],
  ['Last answer', ''],
  ['', ''],
] as const;

const TONES: Readonly<Record<string, string>> = { DELIVERED: 'good', PENDING: 'warn', DEAD: 'bad' };

export async function askForNotices(
  { api, preferences }: AppContext,
  signal: AbortSignal,
  again: () => void,
): Promise<PanelContent> {
  const query = { pageSize: SHOWN };
  const told = await api.get<ListDeliveriesResponse>('/v1/dtms/notices/deliveries', query, { signal });
  const retry = (delivery: DeliveryJson) => askToRetry(api, delivery, again);
  return { made: [JSON.stringify(told.deliveries)], make: () => table(told.deliveries, preferences, retry) };
}

/** Who decided, for the record: the key's name stands beside it. */
const BY = 'dashboard';

function askToRetry(
  api: AppContext['api'],
  { deliveryId, channel }: DeliveryJson,
  done: () => void,
): Promise<void> {
  const title = `Send again: message ${deliveryId} to ${channel}`;
  const says = 'It is due at once, with its tries counted from nothing.';
  return carryOut(
    { title, text: [says], action: 'Send again', tone: 'plain', reason: 'none' },
    () => api.post<RetryDeliveryResponse>(path`/v1/dtms/notices/deliveries/${deliveryId}:retry`, { by: BY }),
    done,
  );
}

function table(
  deliveries: readonly DeliveryJson[],
  preferences: Preferences,
  retry: (delivery: DeliveryJson) => Promise<void>,
): HTMLElement {
  if (deliveries.length === 0) return h('p', { class: 'empty small' }, 'Nobody was told of anything yet.');
  const rows = deliveries.map((delivery) => {
    const { deliveryId, plannedAt, channel, status, notices, tries, reason } = delivery;
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
      h('td', { class: 'why' }, reason || UNKNOWN),
      h(
        'td',
        { class: 'do' },
        word === 'DEAD'
          ? button(
              'Send again',
              {
                class: 'small',
                'aria-label': `Send again: message ${deliveryId} to ${channel}`,
                'data-needs': 'admin everyone',
              },
              () => void retry(delivery),
            )
          : undefined,
      ),
    );
  });
  return listTable(HEADS, rows);
}
