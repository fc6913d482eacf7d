// Owns tables of facts: on a narrow screen each row stands by itself, and each cell says what it is.
import { h } from './dom.js';

/** A column's title, and its class: "number" or empty. */
export type ListHead = readonly [title: string, kind: string];

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
