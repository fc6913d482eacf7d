// Owns the fleet's table: a page of rows that are bound to trades, written only where they differ.
import { href } from '../router.js';
import { h, setClass, setText } from '../ui/dom.js';
import { dataAge, decimal, duration, price, resultText, rMultiple, signed, UNKNOWN } from '../ui/format.js';
import { stateBadge } from '../ui/state-badge.js';
import type { FleetRow, SortColumn, Timer } from './fleet-rows.js';

interface Column {
  readonly id: string;
  readonly title: string;
  readonly hint: string;
  readonly kind: 'text' | 'number';
  readonly sort?: SortColumn;
}

const COLUMNS: readonly Column[] = [
  { id: 'state', title: 'State', hint: 'The most endangered first', kind: 'text', sort: 'danger' },
  { id: 'trade', title: 'Trade', hint: 'Symbol, direction, account and ticket', kind: 'text', sort: 'trade' },
  { id: 'score', title: 'Score', hint: 'How the market treats the trade', kind: 'number', sort: 'score' },
  { id: 'age', title: 'In state', hint: 'Time in this state', kind: 'number', sort: 'age' },
  {
    id: 'timer',
    title: 'Timer left',
    hint: 'Until the flat or recovery timer ends',
    kind: 'number',
    sort: 'timer',
  },
  {
    id: 'r',
    title: 'Result',
    hint: 'At the exit price, in units of the initial risk',
    kind: 'number',
    sort: 'r',
  },
  { id: 'price', title: 'Exit price', hint: 'Bid for a BUY, ask for a SELL', kind: 'number' },
  { id: 'stop', title: 'Stop', hint: 'As the broker last reported it', kind: 'number' },
  {
    id: 'spread',
    title: 'Spread',
    hint: 'As a multiple of its 30-day median',
    kind: 'number',
    sort: 'spread',
  },
  { id: 'data', title: 'Data age', hint: 'Age of the newest market data', kind: 'number', sort: 'data' },
  { id: 'actions', title: 'Orders', hint: 'Actions that are not settled', kind: 'text' },
];
/** The score that fills its bar to one side. */
const FULL_SCORE = 8;
/** Above this multiple of its median a spread suppresses tightening and adding. */
const WIDE_SPREAD = 2;

export interface FleetTable {
  readonly element: HTMLTableElement;
  /** Shows these rows, in this order. */
  show(rows: readonly FleetRow[]): void;
  /** Marks the column the rows are ordered by. */
  sortedBy(column: SortColumn): void;
  /** Puts the focus on the row so many further; the first when none has it. */
  move(by: 1 | -1): void;
}

export function fleetTable(sort: (column: SortColumn) => void): FleetTable {
  const heads = COLUMNS.map((column) => headOf(column, sort));
  const body = h('tbody');
  const rows: BoundRow[] = [];
  const element = h(
    'table',
    { class: 'fleet' },
    h('caption', { class: 'hidden' }, 'Trades, the most endangered first'),
    h('thead', {}, h('tr', {}, ...heads.map(({ cell }) => cell))),
    body,
  );
  return {
    element,
    show: (shown) => {
      for (const [index, row] of shown.entries()) {
        let bound = rows[index];
        if (bound === undefined) {
          bound = new BoundRow();
          rows.push(bound);
          body.append(bound.element);
        }
        bound.show(row);
      }
      for (const bound of rows.splice(shown.length)) bound.element.remove();
    },
    sortedBy: (column) => {
      for (const head of heads) {
        if (head.sort === column)
          head.cell.setAttribute('aria-sort', column === 'trade' ? 'ascending' : 'other');
        else head.cell.removeAttribute('aria-sort');
      }
    },
    move: (by) => {
      const at = rows.findIndex(({ link }) => link === document.activeElement);
      rows[at === -1 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]?.link.focus();
    },
  };
}

function headOf(
  { id, title, hint, kind, sort: column }: Column,
  sort: (column: SortColumn) => void,
): { readonly cell: HTMLTableCellElement; readonly sort: SortColumn | undefined } {
  const attributes = { scope: 'col', class: `${id} ${kind}`, title: hint };
  if (column === undefined) return { cell: h('th', attributes, title), sort: undefined };
  const press = h('button', { type: 'button' }, title);
  press.addEventListener('click', () => sort(column));
  return { cell: h('th', attributes, press), sort: column };
}

class BoundRow {
  readonly element: HTMLTableRowElement;
  readonly link = h('a', { class: 'symbol' });
  readonly #state = h('td', { class: 'state-cell' });
  readonly #direction = h('span', { class: 'direction' });
  readonly #where = h('span', { class: 'where' });
  readonly #score = h('span');
  readonly #bar = h('i', { class: 'bar', 'aria-hidden': 'true' });
  readonly #cells = {
    age: h('td', { class: 'age number' }),
    timer: h('td', { class: 'timer number' }),
    r: h('td', { class: 'r number' }),
    price: h('td', { class: 'price number' }),
    stop: h('td', { class: 'stop number' }),
    spread: h('td', { class: 'spread number' }),
    data: h('td', { class: 'data number' }),
    actions: h('td', { class: 'actions' }),
  };
  #shownState = '';

  constructor() {
    const { age, timer, r, price: exit, stop, spread, data, actions } = this.#cells;
    const trade = h('th', { scope: 'row', class: 'trade' }, this.link, ' ', this.#direction, this.#where);
    const score = h('td', { class: 'score number' }, this.#score, this.#bar);
    this.element = h('tr', {}, this.#state, trade, score, age, timer, r, exit, stop, spread, data, actions);
    // The whole row opens the trade; for keys and readers its link does.
    this.element.addEventListener('click', (event) => {
      if (!(event.target instanceof HTMLAnchorElement)) location.hash = this.link.hash;
    });
  }

  show(row: FleetRow): void {
    const { trade, score, digits } = row;
    if (this.#shownState !== row.state) {
      this.#state.replaceChildren(stateBadge(row.state));
      this.element.dataset.state = row.state;
      this.#shownState = row.state;
    }
    const address = href('trades', trade.account, trade.ticket);
    if (this.link.getAttribute('href') !== address) this.link.setAttribute('href', address);
    setText(this.link, trade.symbol);
    setText(this.#direction, trade.direction.replace('DIRECTION_', ''));
    setText(this.#where, `${trade.account} ${trade.ticket}${trade.label === '' ? '' : ` · ${trade.label}`}`);
    setText(this.#score, signed(score, 1));
    const share = Math.max(-1, Math.min(1, (score ?? 0) / FULL_SCORE));
    setStyle(this.#bar, 'transform', `scaleX(${share.toFixed(3)})`);
    setClass(this.#bar, `bar ${share < 0 ? 'against' : 'for'}`);
    const { age, timer, r, price: exit, stop, spread, data, actions } = this.#cells;
    setText(age, duration(row.age));
    setText(timer, timerText(row.timer));
    setText(r, resultOf(row));
    r.title = resultText(row.resultR, row.gain, digits);
    setClass(r, `r number ${toneOf(row.resultR)}`);
    setText(exit, price(row.price, digits));
    setText(stop, price(trade.stopLoss, digits));
    setText(spread, row.spreadRatio === undefined ? UNKNOWN : `${decimal(row.spreadRatio, 1)} ×`);
    setClass(spread, `spread number ${(row.spreadRatio ?? 0) > WIDE_SPREAD ? 'problem' : ''}`);
    setText(data, row.dataAge === undefined ? 'no data' : dataAge(row.dataAge, row));
    setClass(data, `data number ${row.stale || row.skewMs !== undefined ? 'problem' : ''}`);
    setText(actions, actionsText(row));
    setClass(actions, `actions ${row.inDoubt > 0 ? 'problem' : ''}`);
  }
}

/** A closed trade is over: a dash would look as if its result were still to come. */
function resultOf({ trade, gain, resultR, digits }: FleetRow): string {
  if (resultR !== undefined) return rMultiple(resultR);
  if (gain !== undefined) return signed(gain, digits);
  return trade.state === 'TRADE_STATE_CLOSED' ? 'no close price' : UNKNOWN;
}

function timerText(timer: Timer | undefined): string {
  if (timer === undefined) return UNKNOWN;
  return timer.left > 0 ? `${timer.name} ${duration(timer.left)}` : `${timer.name} ended`;
}

function actionsText({ trade, inDoubt }: FleetRow): string {
  const note = MONITORING_NOTES[trade.monitoring];
  if (inDoubt > 0) return `${inDoubt} in doubt`;
  return trade.openActions.length > 0 ? `${trade.openActions.length} open` : (note ?? '');
}

const MONITORING_NOTES: Readonly<Record<string, string>> = {
  MONITORING_PAUSED: 'paused',
  MONITORING_WAITING_FOR_DATA: 'waiting for data',
};

function toneOf(value: number | undefined): string {
  if (value === undefined || Math.abs(value) < 0.005) return '';
  return value < 0 ? 'loss' : 'gain';
}

function setStyle(element: HTMLElement, name: 'transform', value: string): void {
  if (element.style[name] !== value) element.style[name] = value;
}
