// Owns asking for an API key when the server wants one. It is kept in this tab only.
import type { Api } from './data/api.js';
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
    void ask(problem).then((key) => {
      asking = false;
      if (key !== undefined && key !== '') api.useKey(key);
    });
  };
  api.onKeyNeeded((error) => open(api.hasKey ? error.message : ''));
  return { open: () => open('') };
}

function ask(problem: string): Promise<string | undefined> {
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
      h(
        'p',
        {},
        'This server requires an API key. It is kept in this tab only and forgotten when you close it.',
      ),
      h('label', { class: 'field' }, 'API key', input),
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
  return opened(dialog, () => (dialog.returnValue === 'use' ? input.value.trim() : undefined));
}
