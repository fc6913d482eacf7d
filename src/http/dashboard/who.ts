// Owns showing who the reader is to the server and what that may do; logging out; and making links that only read.
import type { CreateApiKeyResponse } from '../../../gen/ts/dtms/v1/system_service.js';
import type { AppContext } from './app-context.js';
import { problemText } from './data/api.js';
import type { CallerJson } from './data/grants.js';
import { linkWith } from './data/link.js';
import { opened, toast } from './ui/dialog.js';
import { button, h, setText } from './ui/dom.js';
import { words } from './ui/format.js';

const HOUR_MS = 3_600_000;
const LASTS: readonly (readonly [string, number])[] = [
  ['1 hour', HOUR_MS],
  ['8 hours', 8 * HOUR_MS],
  ['1 day', 24 * HOUR_MS],
  ['7 days', 7 * 24 * HOUR_MS],
];
const USUAL_LAST = 1;

const MAY: Readonly<Record<string, string>> = {
  SCOPE_READ: 'read trades, markets, actions, accounts and events',
  SCOPE_REGISTER: 'register, update, close, pause and resume trades',
  SCOPE_MARKET: 'push market data, instruments and news',
  SCOPE_BRIDGE: 'be a bridge: take actions and report on them',
  SCOPE_MANAGE: 'be a manager: ask for changes of stops, targets and volumes',
  SCOPE_ADMIN: 'decide: trading states, actions, flags, policies, keys, settings',
};

/** Who one is, and with a key for several accounts which one is in view. */
export function whoTools(context: AppContext): readonly HTMLElement[] {
  return [accountPicker(context), whoButton(context)];
}

function accountPicker({ api, caller }: AppContext): HTMLSelectElement {
  const element = h('select', { 'aria-label': 'Account in view', hidden: true });
  element.addEventListener('change', () => api.lookAt(element.value));
  const show = () => {
    const accounts = caller.known?.accounts ?? [];
    element.hidden = accounts.length < 2;
    element.replaceChildren(
      ...accounts.map((name) => h('option', { value: name, selected: name === api.account }, name)),
    );
  };
  caller.onChange(show);
  return element;
}

/** A button that says who one is, and opens what that may do. */
function whoButton(context: AppContext): HTMLButtonElement {
  const { caller } = context;
  const element = button('', { class: 'quiet who', title: 'What you may do here' }, () => showWho(context));
  const show = () => {
    const { known } = caller;
    setText(element, known === undefined ? 'Who?' : shortText(known));
    element.hidden = known === undefined && !context.api.hasKey;
  };
  caller.onChange(show);
  show();
  return element;
}

/** "viewer: read only"; an open server asks nobody who they are. */
function shortText({ kind, name, scopes, accounts }: CallerJson): string {
  const isReader = scopes.every((scope) => scope === 'SCOPE_READ');
  const may = isReader ? 'read only' : scopes.includes('SCOPE_ADMIN') ? 'admin' : 'limited';
  const where =
    accounts.length === 0 ? '' : accounts.length === 1 ? `, ${accounts[0]}` : `, ${accounts.length} accounts`;
  return kind === 'CALLER_KIND_OPEN' ? 'No key needed' : `${name}: ${may}${where}`;
}

function showWho(context: AppContext): void {
  const { api, caller, preferences } = context;
  const { known } = caller;
  const ends = known?.expiresAt;
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'who' },
    h('h2', { id: 'who' }, 'What you may do here'),
    ...(known === undefined ? [h('p', {}, 'The server has not told yet.')] : rightsOf(known)),
    ends === undefined ? undefined : h('p', {}, `The key ends on ${preferences.time(ends, 'full')}.`),
    h(
      'div',
      { class: 'buttons' },
      button('Read-only link', { 'data-needs': 'admin key' }, () => {
        dialog.close();
        void makeLink(context);
      }),
      button('Log out', { hidden: !api.hasKey }, () => {
        dialog.close();
        api.forgetKey();
      }),
      button('Close', { class: 'primary' }, () => dialog.close()),
    ),
  );
  void opened(dialog, () => undefined);
}

function rightsOf({ kind, name, scopes, accounts }: CallerJson): readonly HTMLElement[] {
  const who =
    kind === 'CALLER_KIND_OPEN'
      ? 'No key is needed here: everybody who reaches this server may do everything.'
      : `You are ${name}, by ${kind === 'CALLER_KIND_KEY' ? 'an API key' : 'a client certificate'}.`;
  const where = accounts.length === 0 ? 'In every account.' : `Only in: ${accounts.join(', ')}.`;
  const may = scopes.map((scope) => h('li', {}, MAY[scope] ?? words(scope, 'SCOPE_')));
  return [h('p', {}, who), h('p', {}, 'You may:'), h('ul', {}, ...may), h('p', {}, where)];
}

/** Makes a key that only reads and ends by itself, and shows the link with it once. */
async function makeLink(context: AppContext): Promise<void> {
  const asked = await askForLink(context);
  if (asked === undefined) return;
  const { api, caller, clock } = context;
  try {
    const { secret } = await api.post<CreateApiKeyResponse>('/v1/dtms/keys', {
      name: asked.name,
      scopes: ['SCOPE_READ'],
      accounts: asked.account === '' ? (caller.known?.accounts ?? []) : [asked.account],
      expiresAt: new Date(clock.now() + asked.lastsMs).toISOString(),
    });
    const base = `${location.origin}${location.pathname}`;
    showLink(linkWith(secret, base, asked.page), asked.name);
  } catch (error) {
    toast(`No link was made: ${problemText(error)}`, 'problem');
  }
}

interface AskedLink {
  readonly name: string;
  /** Empty for every account that its maker has. */
  readonly account: string;
  readonly lastsMs: number;
  /** The page it opens. */
  readonly page: string;
}

function askForLink({ caller, fleet, clock }: AppContext): Promise<AskedLink | undefined> {
  const accounts = [...new Set([...fleet.all()].map(({ account }) => account))].sort();
  const all = caller.known?.accounts.length === 0 ? 'Every account' : 'Every account of yours';
  const stamp = new Date(clock.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  const name = h('input', {
    ...{ type: 'text', name: 'name', required: true, value: `link-${stamp}`, autocomplete: 'off' },
    ...{ maxlength: 64, pattern: '[A-Za-z0-9][A-Za-z0-9_.@\\-]*' },
  });
  const account = h(
    'select',
    {},
    h('option', { value: '' }, all),
    ...accounts.map((each) => h('option', { value: each }, each)),
  );
  const lasts = h(
    'select',
    {},
    ...LASTS.map(([text], index) => h('option', { selected: index === USUAL_LAST }, text)),
  );
  const page = location.hash === '' ? '#/' : location.hash;
  const form = h(
    'form',
    { method: 'dialog' },
    h('h2', { id: 'link-title' }, 'Read-only link'),
    h(
      'p',
      {},
      'Whoever has the link sees this page and the others, and may change nothing. It opens without another key.',
    ),
    h('p', {}, 'It is an API key of the scope read: revoke it on the page System.'),
    h('label', { class: 'field' }, 'Name of the key', name),
    h('label', { class: 'field' }, 'Accounts', account),
    h('label', { class: 'field' }, 'Ends after', lasts),
    h(
      'div',
      { class: 'buttons' },
      button('Cancel', {}, () => dialog.close('')),
      h('button', { type: 'submit', class: 'primary', value: 'make' }, 'Make the link'),
    ),
  );
  const dialog = h('dialog', { 'aria-labelledby': 'link-title' }, form);
  return opened(dialog, () => {
    if (dialog.returnValue !== 'make') return undefined;
    const [, lastsMs = HOUR_MS] = LASTS[lasts.selectedIndex] ?? [];
    return { name: name.value.trim(), account: account.value, lastsMs, page };
  });
}

function showLink(link: string, name: string): void {
  const field = h('input', { type: 'text', readonly: true, value: link });
  const copy = button('Copy', { class: 'primary' }, () => {
    field.select();
    // Without a secure context there is no clipboard: what is selected can be copied by hand.
    void navigator.clipboard?.writeText(link).then(
      () => toast('Copied', 'plain'),
      () => undefined,
    );
  });
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'made-title' },
    h('h2', { id: 'made-title' }, `The link of ${name}`),
    h('p', {}, 'It is shown only now. The key is in its last part, which browsers send to no server.'),
    h('label', { class: 'field' }, 'Link', field),
    h(
      'div',
      { class: 'buttons' },
      button('Close', {}, () => dialog.close()),
      copy,
    ),
  );
  void opened(dialog, () => undefined);
  field.select();
}
