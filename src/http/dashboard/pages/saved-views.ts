// Owns the views of the fleet that a reader gave names, kept in this browser: each is an address.
import { addressPath } from '../address-query.js';
import { button, h } from '../ui/dom.js';

const ENTRY = 'dtms.views';
const MOST = 30;
const NAME_LENGTH = 40;

interface SavedView {
  readonly name: string;
  /** The address, from its "#". */
  readonly hash: string;
}

/** A list to choose from, with a field to keep the present address under a name. */
export function savedViews(): HTMLElement {
  const list = h('ul', { class: 'views' });
  const name = h('input', {
    ...{ type: 'text', 'aria-label': 'Name of the view', placeholder: 'Name', autocomplete: 'off' },
    ...{ maxlength: NAME_LENGTH, required: true },
  });
  const form = h('form', { class: 'toolbar' }, name, h('button', { type: 'submit' }, 'Keep this view'));
  const element = h('details', { class: 'menu' }, h('summary', {}, 'Views'), list, form);
  const show = () => {
    const all = views();
    list.replaceChildren(
      ...all.map((view) =>
        h(
          'li',
          {},
          h('a', { href: view.hash }, view.name),
          button('Forget', { class: 'small', 'aria-label': `Forget the view ${view.name}` }, () => {
            keep(views().filter((each) => each.name !== view.name));
            show();
          }),
        ),
      ),
    );
    list.hidden = all.length === 0;
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const view = { name: name.value.trim(), hash: location.hash || '#/' };
    if (view.name === '') return;
    keep([view, ...views().filter((each) => each.name !== view.name)].slice(0, MOST));
    name.value = '';
    show();
  });
  show();
  return element;
}

function keep(all: readonly SavedView[]): void {
  localStorage.setItem(ENTRY, JSON.stringify(all));
}

/** What is kept; of what is none of ours, nothing. */
function views(): readonly SavedView[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(ENTRY) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isView) : [];
  } catch {
    return [];
  }
}

function isView(value: unknown): value is SavedView {
  if (typeof value !== 'object' || value === null) return false;
  const name: unknown = Reflect.get(value, 'name');
  const hash: unknown = Reflect.get(value, 'hash');
  return typeof name === 'string' && typeof hash === 'string' && addressPath(hash) === '#/';
}
