// Owns asking for an API key when the server wants one, and how long it is kept.
import type { Api } from './data/api.js';
import type { KeyKeeping } from './data/kept-key.js';
import { opened } from './ui/dialog.js';
import { button, h } from './ui/dom.js';

export interface KeyPrompt {
  /** Asks, if it is not asking already. */
  open(): void;
}

/** Asks by itself whenever a call is refused for want of a key. */
export function askForKey(api: Api): KeyPrompt {
  let asking = false;
  const open = (problem: string) => {
    if (asking) return;
    asking = true;
    void ask(problem).then((given) => {
      asking = false;
      if (given !== undefined && given.key !== '') api.useKey(given.key, given.keeping);
    });
  };
  api.onKeyNeeded((error) => open(api.hasKey ? error.message : ''));
  return { open: () => open('') };
}

interface GivenKey {
  readonly key: string;
  readonly keeping: KeyKeeping;
}

function ask(problem: string): Promise<GivenKey | undefined> {
  const device = h('input', { type: 'checkbox', name: 'device' });
  const input = h('input', {
    type: 'password',
    name: 'key',
    autocomplete: 'off',
    spellcheck: 'false',
    required: true,
  });
  const dialog = h(
    'dialog',
    { 'aria-labelledby': 'key-title', class: 'key-dialog' },
    h(
      'form',
      { method: 'dialog' },
      h('h2', { id: 'key-title' }, 'An API key is required'),
      problem === ''
        ? undefined
        : h('p', { role: 'alert', class: 'problem' }, `The key was refused: ${problem}`),
      h('p', {}, 'This server requires an API key. It is forgotten when you close this tab.'),
      h('label', { class: 'field' }, 'API key', input),
      h('label', {}, device, ' Keep it on this device until I log out'),
      h(
        'p',
        { class: 'soft' },
        'An operator creates one with: ',
        h('code', {}, 'dtms keys create --name viewer --scope read'),
      ),
      h(
        'div',
        { class: 'buttons' },
        button('Not now', {}, () => dialog.close('')),
        h('button', { type: 'submit', class: 'primary', value: 'use' }, 'Use the key'),
      ),
    ),
  );
  return opened(dialog, () =>
    dialog.returnValue === 'use'
      ? { key: input.value.trim(), keeping: device.checked ? 'device' : 'session' }
      : undefined,
  );
}
