// Every trade as a row coloured by state: sorted, filtered, and drawn only where it can be seen.
import { element, whenSized } from './draw.js';
import { stateLegend } from './flows.js';
import { grouped, inR, shortTime, spanText, words } from './format.js';

const ROW = 28;
const SPARE = 8;

const result = ({ withDtms }) => withDtms?.[0] ?? 0;
const difference = (trade) => trade.difference ?? 0;

const ORDERS = [
  ['Where DTMS cost most', (a, b) => difference(a) - difference(b)],
  ['Where DTMS gained most', (a, b) => difference(b) - difference(a)],
  ['Worst result first', (a, b) => result(a) - result(b)],
  ['Best result first', (a, b) => result(b) - result(a)],
  ['Most transitions', (a, b) => b.transitions.length - a.transitions.length],
  ['Longest', (a, b) => b.end - b.at - (a.end - a.at)],
  ['In order of entry', (a, b) => a.at - b.at],
];

/** "Closed from L2", or the state of a trade that is still open. */
const fate = (trade) => (trade.state === 'CLOSED' ? `CLOSED:${trade.closedFrom ?? ''}` : trade.state);

function fateText(name) {
  const [state, from] = name.split(':');
  return from === undefined ? words(state) : `Closed from ${words(from)}`;
}

function options(values, textOf) {
  return values.map((value) => element('option', { value }, textOf(value)));
}

function select(label, choices, onchange) {
  return element('label', {}, element('span', {}, label), element('select', { onchange }, ...choices));
}

/** How long the longest trades lasted, without the odd one that lasted far longer. */
function horizonOf(trades) {
  const lengths = trades
    .map(({ at, end, without }) => Math.max(end, without?.[1] ?? 0) - at)
    .sort((a, b) => a - b);
  return Math.max(1, lengths[Math.floor((lengths.length - 1) * 0.995)] ?? 1);
}

function strip(trade, horizon) {
  const place = (at) => `${Math.min(100, Math.max(0, ((at - trade.at) / horizon) * 100)).toFixed(2)}%`;
  const width = (from, to) =>
    `${Math.max(0.15, ((Math.min(to - trade.at, horizon) - (from - trade.at)) / horizon) * 100).toFixed(2)}%`;
  const alone = trade.without?.[1] ?? trade.end;
  return element(
    'span',
    { class: 'strip' },
    alone > trade.end
      ? element('i', {
          class: 'swatch alone',
          style: `left: ${place(trade.end)}; width: ${width(trade.end, alone)}`,
        })
      : null,
    ...trade.spans
      .filter(({ from }) => from - trade.at < horizon)
      .map(({ state, from, to }) =>
        element('i', { class: `swatch ${state}`, style: `left: ${place(from)}; width: ${width(from, to)}` }),
      ),
  );
}

function resultBar(value, most) {
  const share = Math.min(50, (Math.abs(value ?? 0) / most) * 50);
  const side = (value ?? 0) < 0 ? `right: 50%; width: ${share}%` : `left: 50%; width: ${share}%`;
  return element(
    'span',
    { class: 'result-bar' },
    element('i', { class: (value ?? 0) < 0 ? 'down' : 'up', style: side }),
  );
}

function rowOf(trade, place, { horizon, most, open }) {
  const number = (value) => (value === null || value === undefined ? '–' : inR(value));
  return element(
    'div',
    {
      class: `row${open ? ' open' : ''}`,
      role: 'option',
      id: `trade-${trade.ticket}`,
      'data-ticket': trade.ticket,
      'aria-selected': open ? 'true' : 'false',
      style: `top: ${place * ROW}px`,
    },
    element('span', { class: 'ticket' }, `#${trade.ticket}`),
    element('span', { class: `side ${trade.buy ? 'buy' : 'sell'}` }, trade.buy ? 'BUY' : 'SELL'),
    element('span', { class: 'wide when' }, shortTime(trade.at)),
    strip(trade, horizon),
    element('span', { class: 'number' }, number(trade.withDtms?.[0])),
    resultBar(trade.withDtms?.[0], most),
    element(
      'span',
      {
        class: `number wide ${difference(trade) < -0.005 ? 'cost' : difference(trade) > 0.005 ? 'gain' : ''}`,
      },
      number(trade.difference),
    ),
  );
}

export class TradeList {
  #run;
  #onOpen;
  #list = document.querySelector('#list');
  #inner = element('div', { class: 'rows' });
  #shown = [];
  #choice = { order: 0, fate: '', reason: '', text: '' };
  #open = null;
  #drawnFrom = 0;
  #horizon;
  #most;

  constructor(run, onOpen) {
    this.#run = run;
    this.#onOpen = onOpen;
    this.#horizon = horizonOf(run.trades);
    const sizes = run.trades.map((trade) => Math.abs(result(trade))).sort((a, b) => a - b);
    // A few far results would make all the other bars too short to tell apart.
    this.#most = Math.max(0.1, sizes[Math.floor((sizes.length - 1) * 0.98)] ?? 0);
    this.#list.append(this.#inner);
    document.querySelector('#controls').append(...this.#controls());
    document.querySelector('#list-legend').append(stateLegend(run));
    document.querySelector('#horizon').textContent = `entry … ${spanText(this.#horizon)} later`;
    this.#list.addEventListener('scroll', () => {
      if (this.#first() !== this.#drawnFrom) this.#draw();
    });
    this.#inner.addEventListener('click', (event) => {
      const ticket = event.target.closest('.row')?.dataset.ticket;
      if (ticket !== undefined) this.#onOpen(ticket);
    });
    this.#list.addEventListener('keydown', (event) => this.#key(event));
    whenSized(this.#list, () => this.#draw());
    this.#choose({});
  }

  /** The trade `steps` rows further on; null at the ends. */
  neighbour(steps) {
    const place = this.#shown.findIndex(({ ticket }) => ticket === this.#open);
    return this.#shown[place + steps]?.ticket ?? null;
  }

  /** Marks a trade as the open one and brings it into view. */
  mark(ticket) {
    this.#open = ticket;
    const place = this.#shown.findIndex((trade) => trade.ticket === ticket);
    if (place >= 0) {
      const top = place * ROW;
      const { scrollTop, clientHeight } = this.#list;
      if (top < scrollTop) this.#list.scrollTop = top;
      else if (top + ROW > scrollTop + clientHeight) this.#list.scrollTop = top + ROW - clientHeight;
    }
    this.#draw();
  }

  #controls() {
    const { trades } = this.#run;
    const fates = [...new Set(trades.map(fate))].sort();
    const reasons = [...new Set(trades.map(({ reason }) => reason).filter((reason) => reason !== ''))].sort();
    const from = (key) => (event) => this.#choose({ [key]: event.target.value });
    return [
      select(
        'Sort',
        ORDERS.map(([name], index) => element('option', { value: index }, name)),
        from('order'),
      ),
      select(
        'Final state',
        [element('option', { value: '' }, 'any'), ...options(fates, fateText)],
        from('fate'),
      ),
      select(
        'Ended by',
        [element('option', { value: '' }, 'any'), ...options(reasons, words)],
        from('reason'),
      ),
      element(
        'label',
        {},
        element('span', {}, 'Find'),
        element('input', { type: 'search', placeholder: 'ticket or label', oninput: from('text') }),
      ),
    ];
  }

  #choose(change) {
    this.#choice = { ...this.#choice, ...change };
    const { order, fate: wanted, reason, text } = this.#choice;
    const found = text.trim().toLowerCase();
    this.#shown = this.#run.trades
      .filter(
        (trade) =>
          (wanted === '' || fate(trade) === wanted) &&
          (reason === '' || trade.reason === reason) &&
          (found === '' ||
            trade.ticket.includes(found.replace('#', '')) ||
            trade.label.toLowerCase().includes(found)),
      )
      .sort(ORDERS[Number(order)][1]);
    this.#inner.style.height = `${this.#shown.length * ROW}px`;
    this.#list.scrollTop = 0;
    document.querySelector('#shown').textContent =
      `${grouped(this.#shown.length)} of ${grouped(this.#run.trades.length)} trades`;
    this.#draw();
  }

  /** The first row to draw: it moves in leaps, so that most scrolling draws nothing. */
  #first() {
    const place = Math.floor(this.#list.scrollTop / ROW / SPARE) * SPARE;
    return Math.max(0, place - SPARE);
  }

  #draw() {
    const first = this.#first();
    this.#drawnFrom = first;
    const last = Math.min(this.#shown.length, first + Math.ceil(this.#list.clientHeight / ROW) + 3 * SPARE);
    const look = { horizon: this.#horizon, most: this.#most };
    const rows = [];
    for (let place = first; place < last; place += 1) {
      const trade = this.#shown[place];
      rows.push(rowOf(trade, place, { ...look, open: trade.ticket === this.#open }));
    }
    this.#inner.replaceChildren(...rows);
    const here = rows.some(({ dataset }) => dataset.ticket === this.#open);
    if (here) this.#list.setAttribute('aria-activedescendant', `trade-${this.#open}`);
    else this.#list.removeAttribute('aria-activedescendant');
  }

  #key(event) {
    const page = Math.max(1, Math.floor(this.#list.clientHeight / ROW) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    const last = this.#shown.length - 1;
    if (last < 0) return;
    const place = this.#shown.findIndex(({ ticket }) => ticket === this.#open);
    let next = null;
    if (steps !== undefined) next = place === -1 ? 0 : Math.max(0, Math.min(last, place + steps));
    else if (event.key === 'Home') next = 0;
    else if (event.key === 'End') next = last;
    if (next === null) return;
    event.preventDefault();
    this.#onOpen(this.#shown[next].ticket, 'stay');
  }
}
