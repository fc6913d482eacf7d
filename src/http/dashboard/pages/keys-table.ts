// Owns the table of the API keys: what each may do, where, and whether it is used; and revoking one.
import type { ListApiKeysResponse, RevokeApiKeyResponse } from '../../../../gen/ts/dtms/v1/system_service.js';
import type { AppContext } from '../app-context.js';
import { path } from '../data/api.js';
import type { ApiKeyJson } from '../data/json.js';
import { button, h } from '../ui/dom.js';
import { UNKNOWN, words } from '../ui/format.js';
import { type ListColumn, marked, tableOf } from '../ui/list-table.js';
import { carryOut } from './actions-page.js';
import type { PanelContent } from './polled-panel.js';

const SHOWN = 100;

export async function askForKeys(
  context: AppContext,
  signal: AbortSignal,
  again: () => void,
): Promise<PanelContent> {
  const query = { pageSize: SHOWN };
  const { keys } = await context.api.get<ListApiKeysResponse>('/v1/dtms/keys', query, { signal });
  return { made: [JSON.stringify(keys)], make: () => keysTable(keys, context, again) };
}

function keysTable(keys: readonly ApiKeyJson[], context: AppContext, again: () => void): HTMLElement {
  if (keys.length === 0)
    return h('p', { class: 'empty small' }, 'No key yet: dtms keys create --name viewer --scope read');
  return tableOf(columnsOf(context, again), keys);
}

function columnsOf(context: AppContext, again: () => void): readonly ListColumn<ApiKeyJson>[] {
  const time = (at: string | undefined, never: string) =>
    at === undefined ? never : context.preferences.time(at, 'date');
  return [
    { title: 'Name', cell: ({ name }) => name },
    { title: 'State', cell: (key) => (key.active ? marked('good', 'active') : endOf(key)) },
    { title: 'May', cell: ({ scopes }) => scopes.map((scope) => words(scope, 'SCOPE_')).join(', ') },
    {
      title: 'Accounts',
      cell: ({ accounts }) => (accounts.length === 0 ? 'every account' : accounts.join(', ')),
    },
    { title: 'Last used', cell: ({ lastUsedAt }) => time(lastUsedAt, 'never') },
    { title: 'Expires', cell: ({ expiresAt }) => time(expiresAt, UNKNOWN) },
    { title: 'Key', cell: ({ keyId }) => h('code', {}, keyId) },
    { title: '', kind: 'do', cell: (key) => (key.active ? revokeButton(key, context, again) : undefined) },
  ];
}

const endOf = ({ revokedAt }: ApiKeyJson): string => (revokedAt === undefined ? 'expired' : 'revoked');

function revokeButton({ name, keyId }: ApiKeyJson, { api }: AppContext, again: () => void): HTMLElement {
  const title = `Revoke: key ${name}`;
  const text = [
    'Calls with it are refused and its streams end within 5 seconds, on every server. This cannot be undone.',
    'A bridge or program that uses it stops working; a link made with it opens nothing any more.',
  ];
  const question = { title, text, action: 'Revoke', tone: 'danger', reason: 'none' } as const;
  const attributes = { class: 'danger small', 'aria-label': title, 'data-needs': 'admin' };
  return button('Revoke', attributes, () => {
    const target = path`/v1/dtms/keys/${keyId}:revoke`;
    void carryOut(question, () => api.post<RevokeApiKeyResponse>(target, {}), again);
  });
}
