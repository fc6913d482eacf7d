// Owns the first page: the states now and over time, and the fleet sorted by danger.
import type { AppContext, Page } from '../app-context.js';
import { problemText } from '../data/api.js';
import { steadyNow } from '../data/clock.js';
import { keyOf } from '../data/fleet.js';
import { isTyping } from '../shell.js';
import { button, h, scrolling, setText } from '../ui/dom.js';
import { PAPER_COMMAND } from '../ui/example-commands.js';
import { integer } from '../ui/format.js';
import { stateShape } from '../ui/state-badge.js';
import { SHOWN_STATES, type StateLook } from '../ui/states.js';
import {
  type Filter,
  type FleetRow,
  matches,
  rowOf,
  type SortColumn,
  shownState,
  sorted,
} from './fleet-rows.js';
import { fleetTable } from './fleet-table.js';
import { stateHistory } from './state-history.js';

const PAGE_ROWS = 50;
/** Rows keep their places for this long, so that they can be read. */
const SORT_MS = 1500;
const TICK_MS = 1000;

export const fleetPage: Page = (element, _params, context) => {
  const view = new FleetView(element, context);
  return () => view.end();
};

class FleetView {
  readonly #context: AppContext;
  readonly #undo: (() => void)[] = [];
  readonly #tiles = new Map<string, { readonly button: HTMLButtonElement; readonly count: HTMLElement }>();
  readonly #table = fleetTable((column) => this.#sortBy(column));
  readonly #note = h('p', { class: 'soft', role: 'status' });
  readonly #empty = h('div', { class: 'empty', hidden: true });
  readonly #banner = h('p', { class: 'banner', role: 'status', hidden: true });
  readonly #place = h('span', { class: 'soft' });
  readonly #previous = button('Previous', {}, () => this.#turn(-1));
  readonly #next = button('Next', {}, () => this.#turn(1));
  readonly #pager = h('div', { class: 'pager' }, this.#place, this.#previous, this.#next);
  readonly #search = h('input', {
    type: 'search',
    placeholder: 'Symbol, account, ticket, label',
    'aria-label': 'Filter the trades',
    autocomplete: 'off',
  });
  #filter: Filter = { text: '', states: new Set() };
  #column: SortColumn = 'danger';
  #page = 0;
  /** Keys in the order they are shown. */
  #order: readonly string[] = [];
  #orderedAt = Number.NEGATIVE_INFINITY;
  #stale = true;
  #frame = 0;

  constructor(element: HTMLElement, context: AppContext) {
    this.#context = context;
    const history = h('section', { class: 'panel history' });
    element.append(
      h('h1', { class: 'hidden' }, 'Fleet'),
      this.#tilesElement(),
      history,
      this.#banner,
      h('div', { class: 'toolbar' }, this.#search, this.#note, this.#pager),
      scrolling('Trades', this.#table.element),
      this.#empty,
    );
    this.#search.addEventListener('input', () =>
      this.#refilter({ ...this.#filter, text: this.#search.value }),
    );
    this.#table.sortedBy(this.#column);
    const { fleet, markets, preferences } = context;
    this.#undo.push(
      stateHistory(history, context),
      fleet.onChange(() => this.#dirty()),
      fleet.onReset(() => this.#reorder()),
      markets.onChange(() => this.#dirty()),
      preferences.onChange(() => this.#dirty()),
    );
    const timer = setInterval(() => this.#dirty(), TICK_MS);
    const press = (event: KeyboardEvent) => this.#pressed(event);
    addEventListener('keydown', press);
    this.#undo.push(
      () => clearInterval(timer),
      () => removeEventListener('keydown', press),
      () => cancelAnimationFrame(this.#frame),
    );
    this.#draw();
  }

  end(): void {
    for (const undo of this.#undo) undo();
  }

  #tilesElement(): HTMLElement {
    const tiles = SHOWN_STATES.map((look) => {
      const count = h('b', {}, '0');
      const tile = button('', { class: 'tile', 'aria-pressed': 'false' }, () => this.#toggle(look.state));
      tile.append(h('span', { class: 'state' }, stateShape(look), tileName(look)), count);
      this.#tiles.set(look.state, { button: tile, count });
      return tile;
    });
    return h('section', { class: 'tiles', 'aria-label': 'Trades by state; click to filter' }, ...tiles);
  }

  #toggle(state: string): void {
    const states = new Set(this.#filter.states);
    if (!states.delete(state)) states.add(state);
    for (const [name, tile] of this.#tiles)
      tile.button.setAttribute('aria-pressed', String(states.has(name)));
    this.#refilter({ ...this.#filter, states });
  }

  #refilter(filter: Filter): void {
    this.#filter = filter;
    this.#page = 0;
    this.#reorder();
  }

  #sortBy(column: SortColumn): void {
    this.#column = column;
    this.#table.sortedBy(column);
    this.#reorder();
  }

  #turn(by: 1 | -1): void {
    this.#page += by;
    this.#dirty();
  }

  #reorder(): void {
    this.#orderedAt = Number.NEGATIVE_INFINITY;
    this.#dirty();
  }

  /** Draws with the next frame, however much changes until then. */
  #dirty(): void {
    if (this.#stale) return;
    this.#stale = true;
    this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#stale = false;
    const { fleet } = this.#context;
    this.#count();
    const held = this.#isHeld();
    if (this.#orderedAt === Number.NEGATIVE_INFINITY || (!held && steadyNow() - this.#orderedAt > SORT_MS)) {
      const rows: FleetRow[] = [];
      for (const trade of fleet.all()) {
        const state = shownState(trade, this.#context.markets.of(trade));
        if (matches({ trade, state }, this.#filter)) rows.push(this.#row(trade));
      }
      this.#order = sorted(rows, this.#column).map(({ key }) => key);
      this.#orderedAt = steadyNow();
    }
    const pages = Math.max(1, Math.ceil(this.#order.length / PAGE_ROWS));
    this.#page = Math.max(0, Math.min(this.#page, pages - 1));
    const from = this.#page * PAGE_ROWS;
    const shown = this.#order.slice(from, from + PAGE_ROWS);
    this.#table.show(
      shown.flatMap((key) => {
        const at = key.lastIndexOf('/');
        const trade = fleet.get(key.slice(0, at), key.slice(at + 1));
        return trade === undefined ? [] : [this.#row(trade)];
      }),
    );
    const total = this.#order.length;
    setText(this.#place, total === 0 ? '' : `${from + 1}–${from + shown.length} of ${integer(total)}`);
    this.#pager.hidden = pages === 1;
    this.#previous.disabled = this.#page === 0;
    this.#next.disabled = this.#page === pages - 1;
    setText(this.#note, held && total > 1 ? 'Order frozen while you are in the table' : '');
    this.#table.element.hidden = total === 0;
    this.#explain(total);
  }

  #row(trade: Parameters<typeof rowOf>[1]): FleetRow {
    return rowOf(keyOf(trade.account, trade.ticket), trade, this.#context.markets);
  }

  #count(): void {
    const counts = new Map<string, number>();
    const { fleet, markets } = this.#context;
    for (const trade of fleet.all()) {
      const state = shownState(trade, markets.of(trade));
      counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    for (const [state, { count }] of this.#tiles) setText(count, integer(counts.get(state) ?? 0));
  }

  /** Nothing moves under a pointer or the focus. */
  #isHeld(): boolean {
    return this.#table.element.querySelector('tbody:hover, tbody:focus-within') !== null;
  }

  #pressed(event: KeyboardEvent): void {
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector('dialog[open]') !== null) return;
    if (event.key === '/') this.#search.focus();
    else if (event.key === 'j' || event.key === 'ArrowDown') this.#table.move(1);
    else if (event.key === 'k' || event.key === 'ArrowUp') this.#table.move(-1);
    else return;
    event.preventDefault();
  }

  /** Why there is nothing to see, and what to do about it. */
  #explain(total: number): void {
    const { fleet, markets, live } = this.#context;
    const noData = fleet.complete && total > 0 && markets.answered && markets.all().length === 0;
    const problem = markets.problem;
    const banner = !markets.answered
      ? ''
      : problem !== undefined
        ? `No scores and prices: ${problemText(problem)}`
        : noData
          ? 'No market data yet: trades are recorded but not evaluated. Push data with PushMarketData, run a bridge, or run dtms paper.'
          : '';
    this.#banner.hidden = banner === '';
    setText(this.#banner, banner);
    this.#empty.hidden = total > 0;
    if (total > 0) return;
    const lines = !fleet.complete
      ? [live.state.kind === 'live' ? 'Loading trades.' : 'Waiting for the server.']
      : this.#filter.text !== '' || this.#filter.states.size > 0
        ? ['No trade matches the filter.']
        : ['No trades yet. Play a recorded market with sample trades, or register one:'];
    const commands = lines[0]?.startsWith('No trades yet') === true ? EXAMPLES : [];
    const text = [...lines, ...commands].join('\n');
    if (this.#empty.dataset.text === text) return;
    this.#empty.dataset.text = text;
    this.#empty.replaceChildren(
      ...lines.map((line) => h('p', {}, line)),
      ...commands.map((command) => h('pre', { tabindex: 0 }, h('code', {}, command))),
    );
  }
}

/** Closed trades are those that closed while the page was open. */
function tileName({ state, name }: StateLook): string {
  return state === 'TRADE_STATE_CLOSED' ? 'Closed lately' : name;
}

const EXAMPLES = [
  PAPER_COMMAND,
  'dtms trades register --account demo --ticket 42 --symbol XAUUSD --direction BUY --entry-price 2650 --volume 0.5 --stop-loss 2640',
];
