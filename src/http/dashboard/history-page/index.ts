// Owns the page of what is over: closed trades with their results, and the log's events, by time, filtered and searched.
import './history-page.css';
import type { AppContext, Page } from '../app-context.js';
import { problemText } from '../data/api.js';
import type { TradeJson } from '../data/json.js';
import { keyOf } from '../data/trade-key.js';
import { keepInAddress, presentQuery } from '../present-address.js';
import { button, h, scrolling, setText } from '../ui/dom.js';
import { integer } from '../ui/format.js';
import type { TradeResultJson } from '../ui/money.js';
import { offerFile } from '../ui/offer-file.js';
import { closedCsv, closedTable } from './closed-table.js';
import { type ClosedTrade, closedTrades, hasWords } from './closed-trades.js';
import { eventsPanel } from './events-panel.js';
import { readClosed, readResults } from './read-closed.js';
import { type ResultsPanel, resultsPanel } from './results-panel.js';

/** Rows that are added each time. */
const ROWS = 100;

export const historyPage: Page = (element, _params, context) => {
  const view = new HistoryView(element, context);
  return () => view.end();
};

class HistoryView {
  readonly #context: AppContext;
  readonly #ended = new AbortController();
  readonly #undo: readonly (() => void)[];
  readonly #results: ResultsPanel;
  readonly #note = h('p', { class: 'soft', role: 'status' }, 'Loading closed trades.');
  readonly #table = h('div');
  readonly #more = button('Show more', { hidden: true }, () => {
    this.#rows += ROWS;
    this.#showTable();
  });
  readonly #search: HTMLInputElement;
  readonly #from: HTMLInputElement;
  readonly #until: HTMLInputElement;
  readonly #account = h('select', { 'aria-label': 'Account' });
  readonly #symbol = h('select', { 'aria-label': 'Symbol' });
  /** What was read, and whether that is everything. */
  #all: readonly ClosedTrade[] = [];
  readonly #money = new Map<string, TradeResultJson>();
  /** Trades whose results were asked for when they closed. */
  readonly #sought = new Set<string>();
  #isWhole = true;
  #shown: readonly ClosedTrade[] = [];
  #rows = ROWS;

  constructor(element: HTMLElement, context: AppContext) {
    this.#context = context;
    const said = presentQuery();
    const field = (name: string, type: string, label: string) =>
      h('input', { type, name, value: said.get(name) ?? '', 'aria-label': label, autocomplete: 'off' });
    this.#search = field('q', 'search', 'Search the closed trades');
    this.#search.placeholder = 'Symbol, account, ticket, label, reason';
    this.#from = field('from', 'date', 'Closed on this day or later');
    this.#until = field('until', 'date', 'Closed on this day or before');
    this.#account.dataset.chosen = said.get('account') ?? '';
    this.#symbol.dataset.chosen = said.get('symbol') ?? '';
    for (const each of [this.#search, this.#from, this.#until])
      each.addEventListener('input', () => this.#filter());
    for (const each of [this.#account, this.#symbol])
      each.addEventListener('change', () => {
        each.dataset.chosen = each.value;
        this.#filter();
      });
    this.#results = resultsPanel(context);
    const events = eventsPanel(context);
    element.append(
      h('h1', {}, 'History'),
      h(
        'div',
        { class: 'toolbar history-filter' },
        this.#search,
        this.#account,
        this.#symbol,
        h('label', {}, 'from ', this.#from),
        h('label', {}, 'until ', this.#until),
        button('CSV', { 'aria-label': 'Keep the closed trades as a CSV file' }, () =>
          offerFile('dtms-closed-trades.csv', closedCsv(this.#shown)),
        ),
      ),
      this.#results.element,
      h(
        'section',
        { class: 'panel' },
        h('div', { class: 'head' }, h('h2', {}, 'Closed trades'), this.#note),
        scrolling('Closed trades', this.#table),
        this.#more,
      ),
      events.element,
    );
    void this.#read();
    this.#undo = [
      context.live.onEvents((list) => {
        if (list.some(({ state }) => state === 'TRADE_STATE_CLOSED')) this.#take();
      }),
      context.preferences.onChange(() => this.#filter()),
      () => this.#ended.abort(),
      () => this.#results.end(),
      () => events.end(),
    ];
  }

  end(): void {
    for (const undo of this.#undo) undo();
  }

  async #read(): Promise<void> {
    const { signal } = this.#ended;
    try {
      for await (const { trades, money, isWhole } of readClosed(this.#context.api, '', signal)) {
        this.#isWhole = isWhole;
        this.#learn(money);
        this.#keep(trades);
      }
    } catch (error) {
      if (!signal.aborted) setText(this.#note, `Closed trades are not known: ${problemText(error)}`);
    }
  }

  /** Trades that close while the page is open, as the watch tells them. */
  #take(): void {
    const lately = [...this.#context.fleet.all()].filter(({ state }) => state === 'TRADE_STATE_CLOSED');
    if (lately.length === 0) return;
    this.#keep([...this.#all.map(({ trade }) => trade), ...lately]);
    void this.#seek(lately);
  }

  /** What was realised is written with the event that closed it: one question for each will do. */
  async #seek(lately: readonly TradeJson[]): Promise<void> {
    const missing = lately.filter((trade) => {
      const key = keyOf(trade.account, trade.ticket);
      return !this.#money.has(key) && !this.#sought.has(key);
    });
    if (missing.length === 0) return;
    for (const trade of missing) this.#sought.add(keyOf(trade.account, trade.ticket));
    try {
      this.#learn(await readResults(this.#context.api, missing, this.#ended.signal));
      this.#keep(this.#all.map(({ trade }) => trade));
    } catch (error) {
      if (!this.#ended.signal.aborted) setText(this.#note, `Not all results in money: ${problemText(error)}`);
    }
  }

  #learn(money: ReadonlyMap<string, TradeResultJson>): void {
    for (const [key, result] of money) this.#money.set(key, result);
  }

  /** The later of what is told of a trade counts. */
  #keep(trades: readonly TradeJson[]): void {
    const byKey = new Map(trades.map((trade) => [`${trade.account}/${trade.ticket}`, trade]));
    this.#all = closedTrades([...byKey.values()], this.#money);
    this.#offer(this.#account, 'All accounts', ({ trade }) => trade.account);
    this.#offer(this.#symbol, 'All symbols', ({ trade }) => trade.symbol);
    this.#filter();
  }

  #offer(select: HTMLSelectElement, all: string, nameOf: (closed: ClosedTrade) => string): void {
    const chosen = select.dataset.chosen ?? '';
    const names = [...new Set([...this.#all.map(nameOf), chosen].filter((name) => name !== ''))].sort();
    if (names.length === select.options.length - 1) return;
    select.replaceChildren(
      h('option', { value: '' }, all),
      ...names.map((name) => h('option', { value: name, selected: name === chosen }, name)),
    );
  }

  #filter(): void {
    const [q, from, until] = [this.#search.value, this.#from.value, this.#until.value];
    const account = this.#account.dataset.chosen ?? '';
    const symbol = this.#symbol.dataset.chosen ?? '';
    keepInAddress({ ...addressEntries(), q, from, until, account, symbol });
    this.#shown = this.#all.filter((closed) => {
      const { trade, closedAt } = closed;
      const day = this.#context.preferences.day(closedAt, trade.account);
      if (from !== '' && day < from) return false;
      if (until !== '' && day > until) return false;
      if (account !== '' && trade.account !== account) return false;
      return (symbol === '' || trade.symbol === symbol) && hasWords(trade, q);
    });
    this.#rows = ROWS;
    this.#results.show(this.#shown);
    this.#showTable();
  }

  #showTable(): void {
    const rows = this.#shown.slice(0, this.#rows);
    const [count, all] = [this.#shown.length, this.#all.length];
    const of = count === all ? integer(count) : `${integer(count)} of ${integer(all)}`;
    setText(this.#note, this.#isWhole ? of : `${of} registered last; older ones are not loaded`);
    this.#more.hidden = rows.length === count;
    setText(this.#more, `Show more (${integer(count - rows.length)} left)`);
    this.#table.replaceChildren(closedTable(rows, this.#context, all > 0));
  }
}

function addressEntries(): Readonly<Record<string, string>> {
  return Object.fromEntries(presentQuery());
}
