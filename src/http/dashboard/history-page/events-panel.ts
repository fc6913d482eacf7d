// Owns the log's events, the newest first: a stretch of revisions at a time, further back as it is asked for.
import type { GetStatusResponse } from '../../../../gen/ts/dtms/v1/system_service.js';
import type { ListTradeEventsResponse } from '../../../../gen/ts/dtms/v1/trade_service.js';
import type { AppContext } from '../app-context.js';
import { problemText } from '../data/api.js';
import type { TradeEventJson } from '../data/json.js';
import { href } from '../router.js';
import { eventLine } from '../trade-page/event-text.js';
import { type CsvColumn, csvText } from '../ui/csv.js';
import { button, h, scrolling, setText } from '../ui/dom.js';
import { integer, price, UNKNOWN } from '../ui/format.js';
import { offerFile } from '../ui/offer-file.js';
import { stateBadge } from '../ui/state-badge.js';

export interface EventsPanel {
  readonly element: HTMLElement;
  end(): void;
}

/** Revisions that are read at a time, and rows that are shown more of. */
const STRETCH = 500;
const ROWS = 50;
const NEWS_MS = 1000;

export function eventsPanel(context: AppContext): EventsPanel {
  const view = new EventsView(context);
  return { element: view.element, end: () => view.end() };
}

class EventsView {
  readonly element: HTMLElement;
  readonly #context: AppContext;
  readonly #ended = new AbortController();
  readonly #note = h('span', { class: 'soft', role: 'status' });
  readonly #table = h('div');
  readonly #earlier = button('Earlier', { hidden: true }, () => this.#more());
  readonly #search = h('input', {
    type: 'search',
    placeholder: 'Account, ticket, symbol, what, why',
    'aria-label': 'Search the events',
    autocomplete: 'off',
  });
  /** The newest first. */
  #events: readonly TradeEventJson[] = [];
  /** Events up to this revision are not read yet; undefined before the first. */
  #before: number | undefined;
  #isStale = false;
  #rows = ROWS;
  readonly #undo: readonly (() => void)[];

  constructor(context: AppContext) {
    this.#context = context;
    this.#search.addEventListener('input', () => this.#show());
    this.element = h(
      'section',
      { class: 'panel' },
      h('div', { class: 'head' }, h('h2', {}, 'Events'), this.#note),
      h(
        'div',
        { class: 'toolbar' },
        this.#search,
        button('CSV', { 'aria-label': 'Keep the events as a CSV file' }, () =>
          offerFile('dtms-events.csv', csvText(COLUMNS, this.#found())),
        ),
      ),
      scrolling('Events', this.#table),
      this.#earlier,
    );
    void this.#read();
    const timer = setInterval(() => {
      if (this.#isStale && !document.hidden) this.#show();
    }, NEWS_MS);
    this.#undo = [
      context.live.onEvents((events) => {
        this.#events = [...[...events].reverse(), ...this.#events].slice(
          0,
          Math.max(STRETCH, this.#events.length),
        );
        this.#isStale = true;
      }),
      context.preferences.onChange(() => this.#show()),
      () => clearInterval(timer),
      () => this.#ended.abort(),
    ];
  }

  end(): void {
    for (const undo of this.#undo) undo();
  }

  /** What is known first, then what the server has. */
  #more(): void {
    this.#rows += ROWS;
    if (this.#found().length >= this.#rows) this.#show();
    else void this.#read();
  }

  async #read(): Promise<void> {
    const { api } = this.#context;
    const { signal } = this.#ended;
    this.#earlier.disabled = true;
    try {
      this.#before ??= Number(
        (await api.get<GetStatusResponse>('/v1/dtms/status', {}, { signal })).headRevision,
      );
      const after = Math.max(0, this.#before - STRETCH);
      const query = { afterRevision: after, pageSize: STRETCH };
      const end = this.#before;
      const older: TradeEventJson[] = [];
      // Of large events a page has fewer than it was asked for.
      for await (const { events } of api.pages<ListTradeEventsResponse>('/v1/dtms/events', query, {
        signal,
      })) {
        older.push(...events.filter(({ revision }) => Number(revision) <= end));
        if (Number(events.at(-1)?.revision ?? end) >= end) break;
      }
      this.#events = [...this.#events.filter(({ revision }) => Number(revision) > end), ...older.reverse()];
      this.#before = after;
      this.#show();
    } catch (error) {
      if (!signal.aborted) setText(this.#note, `No events: ${problemText(error)}`);
    } finally {
      this.#earlier.disabled = false;
    }
  }

  #found(): readonly TradeEventJson[] {
    const wanted = this.#search.value.trim().toLowerCase();
    if (wanted === '') return this.#events;
    return this.#events.filter((event) => {
      const { what, detail } = this.#lineOf(event);
      const said =
        `${event.account} ${event.ticket} ${event.symbol} ${event.actor} ${what} ${detail}`.toLowerCase();
      return wanted.split(/\s+/).every((word) => said.includes(word));
    });
  }

  #show(): void {
    this.#isStale = false;
    const found = this.#found();
    const [count, all] = [integer(found.length), integer(this.#events.length)];
    setText(this.#note, count === all ? `${all}, the newest first` : `${count} of ${all} that are loaded`);
    this.#earlier.hidden = found.length <= this.#rows && (this.#before ?? 0) === 0;
    if (found.length === 0) {
      this.#table.replaceChildren(h('p', { class: 'empty small' }, 'No events among those that are loaded.'));
      return;
    }
    const heads = ['When', 'Trade', 'State', 'What', 'Why'].map((title) => h('th', { scope: 'col' }, title));
    const rows = found.slice(0, this.#rows).map((event) => this.#rowOf(event));
    this.#table.replaceChildren(
      h('table', { class: 'list told' }, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...rows)),
    );
  }

  #rowOf(event: TradeEventJson): HTMLElement {
    const { account, ticket, symbol, occurredAt, revision } = event;
    const { what, detail } = this.#lineOf(event);
    return h(
      'tr',
      {},
      h('td', { title: `revision ${revision}` }, this.#context.preferences.time(occurredAt, 'full', account)),
      h('td', {}, h('a', { href: href('trades', account, ticket) }, `${account} ${ticket}`), ` ${symbol}`),
      h('td', {}, stateBadge(event.state)),
      h('th', { scope: 'row' }, what),
      h('td', { class: 'why' }, detail),
    );
  }

  #lineOf(event: TradeEventJson): ReturnType<typeof eventLine> {
    const { account, ticket } = event;
    const { fleet, markets } = this.#context;
    const digits = markets.digits(fleet.get(account, ticket) ?? { feed: '', instrument: '' });
    return eventLine(event, (value) => (value === undefined ? UNKNOWN : price(value, digits)));
  }
}

const COLUMNS: readonly CsvColumn<TradeEventJson>[] = [
  { name: 'revision', cell: ({ revision }) => revision },
  { name: 'occurred_utc', cell: ({ occurredAt }) => occurredAt },
  { name: 'recorded_utc', cell: ({ recordedAt }) => recordedAt },
  { name: 'account', cell: ({ account }) => account },
  { name: 'ticket', cell: ({ ticket }) => ticket },
  { name: 'symbol', cell: ({ symbol }) => symbol },
  { name: 'state', cell: ({ state }) => state.replace('TRADE_STATE_', '') },
  { name: 'actor', cell: ({ actor }) => actor },
  { name: 'what', cell: (event) => eventLine(event, (value) => String(value ?? '')).what },
  { name: 'why', cell: (event) => eventLine(event, (value) => String(value ?? '')).detail },
];
