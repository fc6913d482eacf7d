// Owns what is above the fleet: the search, the groups, the columns, the views and the file.
import { button, h } from '../ui/dom.js';
import { COLUMNS, type ColumnId } from './fleet-columns.js';
import { GROUPINGS, type Grouping } from './fleet-groups.js';
import type { FleetLook } from './fleet-look.js';
import { savedViews } from './saved-views.js';

interface FleetToolbarOptions {
  readonly look: FleetLook;
  readonly changed: (change: Partial<Pick<FleetLook, 'grouping' | 'hidden'>>) => void;
  readonly searched: (text: string) => void;
  readonly exported: () => void;
}

export interface FleetToolbar {
  readonly search: HTMLInputElement;
  readonly controls: readonly HTMLElement[];
}

export function fleetToolbar({ look, changed, searched, exported }: FleetToolbarOptions): FleetToolbar {
  const search = h('input', {
    ...{ type: 'search', placeholder: 'Symbol, account, ticket, label, policy', value: look.filter.text },
    ...{ 'aria-label': 'Filter the trades', autocomplete: 'off' },
    title:
      'All words must fit; account:demo, symbol:, label:, policy:, ticket: and direction: ask one field alone',
  });
  search.addEventListener('input', () => searched(search.value));
  const file = button('CSV', { 'aria-label': 'Keep these trades as a CSV file' }, exported);
  return { search, controls: [groupChoice(look, changed), columnMenu(look, changed), savedViews(), file] };
}

function groupChoice({ grouping }: FleetLook, changed: FleetToolbarOptions['changed']): HTMLSelectElement {
  const select = h(
    'select',
    { 'aria-label': 'Group by' },
    h('option', { value: '' }, 'No groups'),
    ...GROUPINGS.map((each) => h('option', { value: each, selected: each === grouping }, `By ${each}`)),
  );
  select.addEventListener('change', () => {
    const chosen: Grouping | undefined = GROUPINGS.find((each) => each === select.value);
    changed({ grouping: chosen });
  });
  return select;
}

function columnMenu({ hidden }: FleetLook, changed: FleetToolbarOptions['changed']): HTMLElement {
  const off = new Set<ColumnId>(hidden);
  const boxes = COLUMNS.filter(({ isFixed }) => !isFixed).map(({ id, title }) => {
    const box = h('input', { type: 'checkbox', name: id });
    box.checked = !off.has(id);
    box.addEventListener('change', () => {
      if (box.checked) off.delete(id);
      else off.add(id);
      changed({ hidden: new Set(off) });
    });
    return h('label', {}, box, ` ${title}`);
  });
  return h(
    'details',
    { class: 'menu' },
    h('summary', {}, 'Columns'),
    h('div', { class: 'choices' }, ...boxes),
  );
}
