// Owns the table of the API keys: what each may do, where, and whether it is used. Keys are made and revoked by the program.
import type { ListApiKeysResponse } from '../../../../gen/ts/dtms/v1/system_service.js';
import type { AppContext } from '../app-context.js';
import { ApiError } from '../data/api-error.js';
import type { ApiKeyJson } from '../data/json.js';
import { h } from '../ui/dom.js';
import { UNKNOWN, words } from '../ui/format.js';
import { listTable } from '../ui/list-table.js';
import type { Preferences } from '../ui/preferences.js';
import { type Polled, polled } from './polled.js';

const SHOWN = 100;

const HEADS = [
  ['Name', ''],
  ['State', ''],
  ['May', ''],
  ['Accounts', ''],
  ['Last used', ''],
  ['Expires', ''],
  ['Key', ''],
] as const;

/** Shows them in a place, asking every so often; hides the panel from a key that may not see them. */
export function pollKeys(
  panel: HTMLElement,
  place: HTMLElement,
  everyMs: number,
  { api, preferences }: Pick<AppContext, 'api' | 'preferences'>,
): Polled {
  return polled(everyMs, async (signal) => {
    try {
      const { keys } = await api.get<ListApiKeysResponse>('/v1/dtms/keys', { pageSize: SHOWN }, { signal });
      place.replaceChildren(keysTable(keys, preferences));
      panel.hidden = false;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 403)) throw error;
      panel.hidden = true;
    }
  });
}

function keysTable(keys: readonly ApiKeyJson[], preferences: Preferences): HTMLElement {
  if (keys.length === 0)
    return h('p', { class: 'empty small' }, 'No key yet: dtms keys create --name viewer --scope read');
  const rows = keys.map((key) => {
    const { name, active, scopes, accounts, lastUsedAt, expiresAt, revokedAt, keyId } = key;
    const state = active ? 'active' : revokedAt === undefined ? 'expired' : 'revoked';
    return h(
      'tr',
      {},
      h('th', { scope: 'row' }, name),
      h('td', {}, active ? h('span', { class: 'dot good' }, state) : state),
      h('td', {}, scopes.map((scope) => words(scope, 'SCOPE_')).join(', ')),
      h('td', {}, accounts.length === 0 ? 'every account' : accounts.join(', ')),
      h('td', {}, lastUsedAt === undefined ? 'never' : preferences.time(lastUsedAt, 'date')),
      h('td', {}, expiresAt === undefined ? UNKNOWN : preferences.time(expiresAt, 'date')),
      h('td', {}, h('code', {}, keyId)),
    );
  });
  return listTable(HEADS, rows);
}
