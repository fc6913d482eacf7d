// Owns the first page: the states now and over time, and the fleet sorted by danger.

import type { AppContext, Page } from '../app-context.js';
import { problemText } from '../data/api.js';
import { steadyNow } from '../data/clock.js';
import type { TradeJson } from '../data/json.js';
import type { Live } from '../data/live.js';
import { type OpenResults, openResults } from '../data/open-results.js';
import { readingsOf } from '../data/readings.js';
import { keyOf } from '../data/trade-key.js';
import { keepInAddress, presentQuery } from '../present-address.js';
import { isTyping } from '../shell.js';
import { csvText } from '../ui/csv.js';
import { button, h, setText } from '../ui/dom.js';
import { PAPER_COMMAND } from '../ui/example-commands.js';
import { integer, UNKNOWN } from '../ui/format.js';
import { offerFile } from '../ui/offer-file.js';
import { stateShape } from '../ui/state-badge.js';
import { SHOWN_STATES, type StateLook } from '../ui/states.js';
import { FLEET_CSV } from './fleet-columns.js';
import { entriesOf, type FleetEntry } from './fleet-groups.js';
import { type FleetLook, lookFrom, queryOf } from './fleet-look.js';
import {
  type FleetRow,
  matches,
  type Readings,
  rowOf,
  type SortColumn,
  shownState,
  sorted,
} from './fleet-rows.js';
import { fleetTable } from './fleet-table.js';
import { fleetToolbar } from './fleet-toolbar.js';
import { stateHistory } from './state-history.js';

/** Rows keep their places for this long, so that they can be read. */
const SORT_MS = 1500;
/** The tiles need not follow each frame: they count every trade. */
const COUNT_MS = 200;
const TICK_MS = 1000;

export const fleetPage: Page = (element, _params, context) => {
  const view = new FleetView(element, context);
  return () => view.end();
};

class FleetView {
  readonly #context: AppContext;
  readonly #undo: (() => void)[] = [];
  readonly #tiles = new Map<string, { readonly button: HTMLButtonElement; readonly count: HTMLElement }>();
  readonly #table = fleetTable({
    sort: (column) => this.#sortBy(column),
    row: (key) => this.#rowAt(key),
    toggleGroup: (name) => this.#toggleGroup(name),
    isGroupOpen: (name) => !this.#closedGroups.has(name),
  });
  readonly #note = h('p', { class: 'soft', role: 'status' });
  readonly #empty = h('div', { class: 'empty', hidden: true });
  readonly #banner = h('p', { class: 'banner', role: 'status', hidden: true });
  readonly #search: HTMLInputElement;
  readonly #readings: Readings;
  readonly #results: OpenResults;
  #look: FleetLook = lookFrom(presentQuery());
  #closedGroups: ReadonlySet<string> = new Set();
  /** What is shown, in this order. */
  #entries: readonly FleetEntry[] = [];
  #total = 0;
  #orderedAt = Number.NEGATIVE_INFINITY;
  #countedAt = Number.NEGATIVE_INFINITY;
  #stale = true;
  #frame = 0;

  constructor(element: HTMLElement, context: AppContext) {
    this.#context = context;
    this.#results = openResults(context, {
      account: '',
      inSight: () => this.#table.inSight().flatMap((key) => context.fleet.at(key) ?? []),
      isShown: () => !MONEY.every((id) => this.#look.hidden.has(id)),
      changed: () => this.#dirty(),
    });
    this.#readings = readingsOf(context, (trade) => this.#results.of(trade));
    const history = h('section', { class: 'panel history' });
    const { search, controls } = fleetToolbar({
      look: this.#look,
      changed: (change) => this.#lookAt({ ...this.#look, ...change }),
      searched: (text) => this.#lookAt({ ...this.#look, filter: { ...this.#look.filter, text } }),
      exported: () => offerFile('dtms-trades.csv', csvText(FLEET_CSV, this.#sorted())),
    });
    this.#search = search;
    element.append(
      h('h1', { class: 'hidden' }, 'Fleet'),
      this.#tilesElement(),
      history,
      this.#banner,
      this.#results.note,
      h('div', { class: 'toolbar' }, search, ...controls, this.#note),
      this.#table.element,
      this.#empty,
    );
    this.#showLook();
    const { alarms, fleet, markets, policies, preferences } = context;
    this.#undo.push(
      stateHistory(history, context),
      fleet.onChange(() => this.#dirty()),
      fleet.onReset(() => this.#reorder()),
      markets.onChange(() => this.#dirty()),
      policies.onChange(() => this.#dirty()),
      alarms.onChange(() => this.#dirty()),
      () => this.#results.end(),
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
      const count = h('b', {}, UNKNOWN);
      const tile = button('', { class: 'tile', 'aria-pressed': 'false' }, () => this.#toggle(look.state));
      tile.append(h('span', { class: 'state' }, stateShape(look), tileName(look)), count);
      this.#tiles.set(look.state, { button: tile, count });
      return tile;
    });
    return h('section', { class: 'tiles', 'aria-label': 'Trades by state; click to filter' }, ...tiles);
  }

  #toggle(state: string): void {
    const states = new Set(this.#look.filter.states);
    if (!states.delete(state)) states.add(state);
    this.#lookAt({ ...this.#look, filter: { ...this.#look.filter, states } });
  }

  /** The same column again turns the order round. */
  #sortBy(sort: SortColumn): void {
    const isAgain = sort === this.#look.sort && this.#look.way === 'usual';
    this.#lookAt({ ...this.#look, sort, way: isAgain ? 'reversed' : 'usual' });
  }

  #toggleGroup(name: string): void {
    const closed = new Set(this.#closedGroups);
    if (!closed.delete(name)) closed.add(name);
    this.#closedGroups = closed;
    this.#reorder();
  }

  #lookAt(look: FleetLook): void {
    this.#look = look;
    keepInAddress(queryOf(look));
    this.#showLook();
    this.#reorder();
  }

  #showLook(): void {
    const { filter, sort, way, hidden } = this.#look;
    for (const [name, tile] of this.#tiles)
      tile.button.setAttribute('aria-pressed', String(filter.states.has(name)));
    this.#table.sortedBy(sort, way);
    this.#table.hide(hidden);
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
    this.#count();
    const held = this.#table.isHeld();
    if (this.#orderedAt === Number.NEGATIVE_INFINITY || (!held && steadyNow() - this.#orderedAt > SORT_MS)) {
      const rows = this.#sorted();
      this.#total = rows.length;
      this.#entries = entriesOf(rows, this.#look.grouping, this.#closedGroups);
      this.#orderedAt = steadyNow();
    }
    this.#table.element.hidden = this.#total === 0;
    this.#table.show(this.#entries);
    const count =
      this.#total === 0 ? '' : `${integer(this.#total)} ${this.#total === 1 ? 'trade' : 'trades'}`;
    setText(
      this.#note,
      held && this.#total > 1 ? `${count}; order frozen while you are in the table` : count,
    );
    this.#explain(this.#total);
  }

  /** Those that the filter admits, in their order. */
  #sorted(): readonly FleetRow[] {
    const { filter, sort, way } = this.#look;
    const rows: FleetRow[] = [];
    for (const trade of this.#context.fleet.all())
      if (matches({ trade, state: this.#stateOf(trade) }, filter)) rows.push(this.#row(trade));
    return sorted(rows, sort, way);
  }

  #rowAt(key: string): FleetRow | undefined {
    const trade = this.#context.fleet.at(key);
    return trade === undefined ? undefined : this.#row(trade);
  }

  #row(trade: TradeJson): FleetRow {
    return rowOf(keyOf(trade.account, trade.ticket), trade, this.#readings);
  }

  #stateOf(trade: TradeJson): string {
    return shownState(trade, this.#readings.of(trade), this.#readings.standing(trade));
  }

  #count(): void {
    if (steadyNow() - this.#countedAt < COUNT_MS) return;
    this.#countedAt = steadyNow();
    const counts = new Map<string, number>();
    for (const trade of this.#context.fleet.all()) {
      const state = this.#stateOf(trade);
      counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    // Before all trades are told nothing is known: no number is.
    const { complete } = this.#context.fleet;
    for (const [state, { count }] of this.#tiles)
      setText(count, complete ? integer(counts.get(state) ?? 0) : UNKNOWN);
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
        ? `Scores and prices are not known now: ${problemText(problem)}`
        : noData
          ? 'No market data yet: trades are recorded but not evaluated. Push data with PushMarketData, run a bridge, or run dtms paper.'
          : '';
    this.#banner.hidden = banner === '';
    setText(this.#banner, banner);
    this.#empty.hidden = total > 0;
    if (total > 0) return;
    const lines = !fleet.complete
      ? [waitingText(live)]
      : this.#look.filter.text !== '' || this.#look.filter.states.size > 0
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

function waitingText({ state }: Live): string {
  if (state.kind === 'live') return 'Loading trades.';
  return state.kind === 'waiting' ? `Trades are not known: ${state.problem}` : 'Waiting for the server.';
}

/** The columns that results in money are asked for. */
const MONEY = ['money', 'risk'] as const;

/** Closed trades are those that closed while the page was open. */
function tileName({ state, name }: StateLook): string {
  return state === 'TRADE_STATE_CLOSED' ? 'Closed lately' : name;
}

const EXAMPLES = [
  PAPER_COMMAND,
  'dtms trades register --account demo --ticket 42 --symbol XAUUSD --direction BUY --entry-price 2650 --volume 0.5 --stop-loss 2640',
];
