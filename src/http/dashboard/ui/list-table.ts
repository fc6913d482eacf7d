// Owns tables of facts: on a narrow screen each row stands by itself, and each cell says what it is.
import { type Child, h } from './dom.js';

/** A column's title, and its class: "number" or empty. */
export type ListHead = readonly [title: string, kind: string];

/** A column with what its cells say; the first column names the row. */
export interface ListColumn<Item> {
  readonly title: string;
  /** The class of its cells: "number" for what is aligned by its digits. */
  readonly kind?: 'number' | 'setting' | 'do' | 'why';
  cell(item: Item): Child | readonly Child[];
  /** What is said where the pointer rests. */
  hint?(item: Item): string;
}

/** A row for each item, in their order. */
export function tableOf<Item>(
  columns: readonly ListColumn<Item>[],
  items: readonly Item[],
): HTMLTableElement {
  const rows = items.map((item) =>
    h(
      'tr',
      {},
      ...columns.map(({ kind, cell, hint }, index) => {
        const said = cell(item);
        const children =
          said instanceof Node || typeof said === 'string' || said === undefined ? [said] : said;
        const attributes = { class: kind, title: hint?.(item) || undefined };
        return index === 0
          ? h('th', { scope: 'row', ...attributes }, ...children)
          : h('td', attributes, ...children);
      }),
    ),
  );
  const heads = columns.map(({ title, kind }): ListHead => [title, kind === 'number' ? kind : '']);
  return listTable(heads, rows);
}

/** Each row has a cell for each head; the first cell names the row. */
export function listTable(
  heads: readonly ListHead[],
  rows: readonly HTMLTableRowElement[],
): HTMLTableElement {
  for (const row of rows)
    for (const [index, cell] of [...row.cells].entries()) {
      const [title = ''] = heads[index] ?? [];
      if (index > 0 && title !== '') cell.dataset.head = title;
    }
  const cells = heads.map(([title, kind]) =>
    title === '' ? h('td') : h('th', { scope: 'col', class: kind }, title),
  );
  return h('table', { class: 'list rows' }, h('thead', {}, h('tr', {}, ...cells)), h('tbody', {}, ...rows));
}

/** What is well or not, in words and with a mark. */
export function marked(tone: 'good' | 'warn' | 'bad' | 'none', text: string): Child {
  return tone === 'none' ? text : h('span', { class: `dot ${tone}` }, text);
}
