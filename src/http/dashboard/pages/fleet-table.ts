// Owns the fleet's table: of however many trades only those that are in sight are rows, and these are made again only where
// they differ.
import { h, setClass } from '../ui/dom.js';
import { COLUMNS, type ColumnId } from './fleet-columns.js';
import type { FleetEntry } from './fleet-groups.js';
import { BoundRow, GroupRow } from './fleet-row.js';
import type { FleetRow, SortColumn, SortWay } from './fleet-rows.js';
import { windowOf } from './fleet-window.js';

export interface FleetTable {
  /** Scrolls by itself: the head stays in sight. */
  readonly element: HTMLElement;
  /** Shows these entries, in this order. */
  show(entries: readonly FleetEntry[]): void;
  /** Marks the column the rows are ordered by. */
  sortedBy(column: SortColumn, way: SortWay): void;
  hide(columns: ReadonlySet<ColumnId>): void;
  /** The trades whose rows are made, by their keys. */
  inSight(): readonly string[];
  /** Puts the focus on the row so many further; the first when none has it. */
  move(by: 1 | -1): void;
  /** Whether the reader is in it: nothing moves under a pointer or the focus. */
  isHeld(): boolean;
}

interface FleetTableOptions {
  readonly sort: (column: SortColumn) => void;
  /** What is to be said of a trade now; undefined when it is gone. */
  readonly row: (key: string) => FleetRow | undefined;
  readonly toggleGroup: (name: string) => void;
  readonly isGroupOpen: (name: string) => boolean;
}

/** While so many rows are still made beyond what is in sight, a scroll needs no others. */
const SPARE_LEFT = 4;
/** Until a row was measured. */
const ROW_PX = 34;

export function fleetTable(options: FleetTableOptions): FleetTable {
  return new VirtualTable(options);
}

class VirtualTable implements FleetTable {
  readonly element: HTMLElement;
  readonly #options: FleetTableOptions;
  readonly #heads: readonly ReturnType<typeof headOf>[];
  readonly #body = h('tbody');
  readonly #table: HTMLTableElement;
  /** What is in sight, by a trade's key or a group's name. */
  #rows = new Map<string, BoundRow | GroupRow>();
  #entries: readonly FleetEntry[] = [];
  /** Which of the entries have rows: from the first, up to and without the second. */
  #made: readonly [number, number] = [0, 0];
  /** The row that the keys were on last: it may be out of sight. */
  #current = '';

  constructor(options: FleetTableOptions) {
    this.#options = options;
    this.#heads = COLUMNS.map((column) => headOf(column, options.sort));
    this.#table = h(
      'table',
      { class: 'fleet' },
      h('caption', { class: 'hidden' }, 'Trades, the most endangered first'),
      h('thead', {}, h('tr', {}, ...this.#heads.map(({ cell }) => cell))),
      this.#body,
    );
    this.element = h(
      'div',
      { class: 'scroll fleet-scroll', tabindex: 0, role: 'region', 'aria-label': 'Trades' },
      this.#table,
    );
    this.element.addEventListener('scroll', () => this.#scrolled(), { passive: true });
  }

  show(entries: readonly FleetEntry[]): void {
    this.#entries = entries;
    this.#table.setAttribute('aria-rowcount', String(entries.length + 1));
    this.#draw();
  }

  sortedBy(column: SortColumn, way: SortWay): void {
    for (const { cell, sort } of this.#heads) {
      if (sort !== column) cell.removeAttribute('aria-sort');
      else cell.setAttribute('aria-sort', way === 'usual' ? 'ascending' : 'descending');
    }
  }

  hide(columns: ReadonlySet<ColumnId>): void {
    setClass(this.#table, ['fleet', ...[...columns].map((id) => `no-${id}`)].join(' '));
  }

  inSight(): readonly string[] {
    return [...this.#rows].flatMap(([key, row]) => (row instanceof BoundRow ? [key] : []));
  }

  move(by: 1 | -1): void {
    const focused = [...this.#rows].find(([, { link }]) => link === document.activeElement)?.[0];
    const from = this.#entries.findIndex((entry) => nameOf(entry) === (focused ?? this.#current));
    const to = from === -1 ? 0 : Math.max(0, Math.min(this.#entries.length - 1, from + by));
    const entry = this.#entries[to];
    if (entry === undefined) return;
    this.#current = nameOf(entry);
    this.#reveal(to);
    this.#rows.get(this.#current)?.link.focus({ preventScroll: true });
  }

  isHeld(): boolean {
    return this.#body.matches(':hover, :focus-within');
  }

  /** Scrolls no further than it must. */
  #reveal(index: number): void {
    const height = this.#rowHeight();
    const head = this.#table.tHead?.offsetHeight ?? 0;
    const [top, bottom] = [index * height, (index + 1) * height + head];
    if (this.element.scrollTop > top) this.element.scrollTop = top;
    else if (this.element.scrollTop + this.element.clientHeight < bottom)
      this.element.scrollTop = bottom - this.element.clientHeight;
    this.element.scrollIntoView({ block: 'nearest' });
    this.#draw();
  }

  #rowHeight(): number {
    const [first] = this.#rows.values();
    return first?.element.offsetHeight || ROW_PX;
  }

  /** Rows are made anew only where those that are made, some beyond either end, come to their end. */
  #scrolled(): void {
    const rowHeight = this.#rowHeight();
    const { scrollTop: top, clientHeight: height } = this.element;
    const [first, end] = this.#made;
    const isAbove = first === 0 || top > (first + SPARE_LEFT) * rowHeight;
    const isBelow = end >= this.#entries.length || top + height < (end - SPARE_LEFT) * rowHeight;
    if (!isAbove || !isBelow) this.#draw('as they are');
  }

  /** @param known - whether rows that are made say what is so now: a scroll changes nothing of them, and there are many */
  #draw(known: 'now' | 'as they are' = 'now'): void {
    const rowHeight = this.#rowHeight();
    const { first, end } = windowOf({
      ...{ top: this.element.scrollTop, height: this.element.clientHeight, rowHeight },
      count: this.#entries.length,
    });
    this.#made = [first, end];
    // The style sheet leaves this room before and after the rows.
    this.#body.style.setProperty('--above', `${first * rowHeight}px`);
    this.#body.style.setProperty('--below', `${(this.#entries.length - end) * rowHeight}px`);
    const before = this.#rows;
    this.#rows = new Map();
    const shown = this.#entries.slice(first, end);
    const spare = spareOf(before, new Set(shown.map(nameOf)));
    for (const [at, entry] of shown.entries()) {
      const index = first + at;
      const made = known === 'now' ? undefined : before.get(nameOf(entry));
      const row = made ?? this.#rowOf(entry, before, spare);
      if (row === undefined) continue;
      before.delete(nameOf(entry));
      this.#rows.set(nameOf(entry), row);
      // The head is the first row.
      if (made === undefined) row.element.setAttribute('aria-rowindex', String(index + 2));
    }
    for (const { element } of before.values()) element.remove();
    this.#place();
  }

  /** Puts the rows in their order, and moves as few as it can: the focus and the pointer are on those that stay. */
  #place(): void {
    let at = this.#body.firstElementChild;
    for (const { element } of this.#rows.values()) {
      // One that is in the way comes later: it steps aside, and all behind it stay.
      if (at !== element && at !== null && at.nextElementSibling === element) {
        at.remove();
        at = element;
      }
      if (at === element) at = element.nextElementSibling;
      else this.#body.insertBefore(element, at);
    }
  }

  #rowOf(
    entry: FleetEntry,
    before: Map<string, BoundRow | GroupRow>,
    spare: [string, BoundRow][],
  ): BoundRow | GroupRow | undefined {
    const known = before.get(nameOf(entry));
    const { row, toggleGroup, isGroupOpen } = this.#options;
    if (entry.group !== undefined) {
      const { group } = entry;
      const bound = known instanceof GroupRow ? known : new GroupRow(COLUMNS.length, toggleGroup);
      bound.show(group, isGroupOpen(group.name));
      return bound;
    }
    const shown = row(entry.key);
    if (shown === undefined) return undefined;
    if (known instanceof BoundRow) {
      known.show(shown);
      return known;
    }
    const [name = '', reused] = spare.pop() ?? [];
    before.delete(name);
    // Out of the way of those that stay; it comes back where the other trade is.
    reused?.element.remove();
    const bound = reused ?? new BoundRow();
    bound.show(shown);
    return bound;
  }
}

/** Rows that went out of sight and are made for other trades; one that the pointer or the focus is on is nobody else's. */
function spareOf(
  before: ReadonlyMap<string, BoundRow | GroupRow>,
  wanted: ReadonlySet<string>,
): [string, BoundRow][] {
  const spare: [string, BoundRow][] = [];
  for (const [name, row] of before)
    if (row instanceof BoundRow && !wanted.has(name) && !row.element.matches(':hover, :focus-within'))
      spare.push([name, row]);
  return spare;
}

/** No key of a trade begins with a space. */
function nameOf(entry: FleetEntry): string {
  return entry.group === undefined ? entry.key : ` ${entry.group.name}`;
}

function headOf(
  { id, title, hint, kind, sort: column }: (typeof COLUMNS)[number],
  sort: (column: SortColumn) => void,
): { readonly cell: HTMLTableCellElement; readonly sort: SortColumn | undefined } {
  const attributes = { scope: 'col', class: `${id} ${kind}`, title: hint };
  if (column === undefined) return { cell: h('th', attributes, title), sort: undefined };
  const press = h('button', { type: 'button' }, title);
  press.addEventListener('click', () => sort(column));
  return { cell: h('th', attributes, press), sort: column };
}
