// Owns a trade's page: why it is in its state, what DTMS did, and whether the broker did it.
import './trade-page.css';
import type { AppContext, Page } from '../app-context.js';
import type { EvaluationJson, TradeEventJson, TradeJson } from '../data/json.js';
import { polled } from '../pages/polled.js';
import { h, scrolling, setText } from '../ui/dom.js';
import { price, signed } from '../ui/format.js';
import { stateBadge } from '../ui/state-badge.js';
import { tradeCharts } from './charts.js';
import { tradeHeader } from './header.js';
import { fetchEvents, fetchMarket, fetchTrade, type TradeMarket } from './source.js';
import { actionStories, leftOut, merged, stateBands, stopSteps } from './story.js';
import { actionTable, eventTable, leftOutTable, type Reading, table } from './tables.js';
import { waterfall } from './waterfall.js';

const EVERY_MS = 4000;
const TICK_MS = 1000;
/** Rows of the tables that tell the charts. */
const TOLD = 40;

export const tradePage: Page = (element, [account = '', ticket = ''], context) => {
  const view = new TradeView(element, account, ticket, context);
  return () => view.end();
};

class TradeView {
  readonly #context: AppContext;
  readonly #account: string;
  readonly #ticket: string;
  readonly #head;
  readonly #charts;
  readonly #poll;
  readonly #undo: (() => void)[];
  /** Shown once the trade is known. */
  readonly #body = h('div', { class: 'stack', hidden: true });
  readonly #note = h('p', { class: 'soft', role: 'status' });
  readonly #moment = h('span', { class: 'soft' });
  readonly #sentence = h('p', { class: 'sentence' });
  readonly #signals = h('div');
  readonly #actions = h('div');
  readonly #leftOut = h('div');
  readonly #events = h('div');
  readonly #told = h('div');
  #trade: TradeJson | undefined;
  /** What the log has, and what was heard since; in order. */
  #history: readonly TradeEventJson[] = [];
  /** True once the log was read. */
  #read = false;
  /** Counts the snapshots: what was asked before the last one is of another time. */
  #snapshots = 0;
  #market: TradeMarket | undefined;
  /** The evaluation that was pressed; the newest while none was. */
  #chosen: string | undefined;

  constructor(element: HTMLElement, account: string, ticket: string, context: AppContext) {
    this.#context = context;
    this.#account = account;
    this.#ticket = ticket;
    this.#head = tradeHeader(context, () => this.#poll.soon());
    const place = { price: h('div'), score: h('div') };
    this.#poll = polled(EVERY_MS, (signal) => this.#ask(signal));
    this.#body.append(
      this.#head.element,
      panel('Price', this.#note, place.price),
      panel('Score', h('p', { class: 'soft' }, 'Press a point to see its evaluation.'), place.score),
      h(
        'section',
        { class: 'panel' },
        h('div', { class: 'head' }, h('h2', {}, 'Evaluation'), this.#moment),
        this.#sentence,
        scrolling('Evaluation', this.#signals),
      ),
      panel('Actions', scrolling('Actions', this.#actions)),
      panel('Left out', scrolling('Left out', this.#leftOut)),
      panel('Events', scrolling('Events', this.#events)),
      h(
        'details',
        { class: 'panel' },
        h('summary', {}, 'The charts as tables'),
        scrolling('The charts as tables', this.#told),
      ),
    );
    element.append(this.#poll.note, this.#body);
    this.#charts = tradeCharts(
      place,
      context.settings,
      { account, format: (value) => this.#price(value) },
      (index) => {
        this.#chosen = this.#market?.evaluations[index]?.evaluatedAt;
        this.#showEvaluation();
      },
    );
    const timer = setInterval(() => this.#showHead(), TICK_MS);
    this.#undo = [
      context.live.onEvents((events) => this.#heard(events)),
      context.live.onReset(() => {
        // The log may be another one: nothing of before is newer than what comes.
        this.#trade = undefined;
        this.#history = [];
        this.#read = false;
        this.#snapshots += 1;
        this.#poll.soon();
      }),
      context.settings.onChange(() => this.#showAll()),
      () => clearInterval(timer),
      () => this.#poll.end(),
      () => this.#charts.destroy(),
    ];
  }

  end(): void {
    for (const undo of this.#undo) undo();
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { api } = this.#context;
    const snapshots = this.#snapshots;
    const trade = await fetchTrade(api, this.#account, this.#ticket, signal);
    if (trade === undefined || snapshots !== this.#snapshots) return;
    this.#trade = newer(this.#trade, trade);
    this.#body.hidden = false;
    this.#showHead();
    if (!this.#read) {
      const events = await fetchEvents(api, this.#account, this.#ticket, signal);
      if (snapshots !== this.#snapshots) return;
      // What was heard meanwhile may be in it already, or not yet.
      this.#history = merged(events, this.#history);
      this.#read = true;
    }
    const market = await fetchMarket(api, trade, signal);
    if (snapshots !== this.#snapshots) return;
    this.#market = market;
    this.#showAll();
  }

  #heard(events: readonly TradeEventJson[]): void {
    const own = events.filter(({ account, ticket }) => account === this.#account && ticket === this.#ticket);
    if (own.length === 0) return;
    this.#history = merged(this.#history, own);
    const known = this.#context.fleet.get(this.#account, this.#ticket);
    if (known !== undefined) this.#trade = newer(this.#trade, known);
    this.#showAll();
    this.#poll.soon();
  }

  #showHead(): void {
    if (this.#trade !== undefined) this.#head.show(this.#trade);
  }

  #showAll(): void {
    const trade = this.#trade;
    if (trade === undefined) return;
    this.#showHead();
    const bands = stateBands(this.#history);
    const stops = stopSteps(this.#history);
    const { bars = [], evaluations = [], swingHigh, swingLow } = this.#market ?? {};
    const begins = Date.parse(bars[0]?.openTime ?? '');
    const cut = begins > Date.parse(trade.openedAt ?? '');
    const scores = evaluations.map(({ evaluatedAt, score }) => ({
      at: Date.parse(evaluatedAt ?? ''),
      score,
    }));
    this.#charts.show({ trade, bars, scores, bands, stops, swingHigh, swingLow });
    setText(
      this.#note,
      bars.length > 0
        ? cut
          ? `From ${this.#context.settings.time(begins, 'full', this.#account)}: there are no older bars of this length.`
          : ''
        : 'No bars: no market data has arrived for its symbol, or none is kept from its time.',
    );
    this.#showEvaluation();
    const reading: Reading = {
      settings: this.#context.settings,
      account: this.#account,
      price: (value) => this.#price(value),
    };
    this.#actions.replaceChildren(actionTable(actionStories(this.#history), reading));
    this.#leftOut.replaceChildren(leftOutTable(leftOut(this.#history), reading));
    this.#events.replaceChildren(eventTable(this.#history, reading));
    const { settings } = this.#context;
    const when = (at: number | undefined) => settings.time(at, 'full', this.#account);
    this.#told.replaceChildren(
      table(
        ['State', 'From', 'Until'],
        bands.map(({ state, from, to }) =>
          row(stateBadge(state), when(from), to === undefined ? 'now' : when(to)),
        ),
      ),
      table(
        ['Stop', 'From'],
        stops.map(({ at, stop }) => row(this.#price(stop), when(at))),
      ),
      table(
        ['Evaluated', 'Score', 'Sentence'],
        evaluations
          .slice(-TOLD)
          .map(({ evaluatedAt, score, summary }) =>
            row(this.#choice(evaluatedAt), signed(score, 2), summary),
          ),
      ),
      table(
        ['Bar', 'Open', 'High', 'Low', 'Close'],
        bars
          .slice(-TOLD)
          .map(({ openTime, open, high, low, close }) =>
            row(
              settings.time(openTime, 'full', this.#account),
              ...[open, high, low, close].map((value) => this.#price(value)),
            ),
          ),
      ),
    );
  }

  /** Chooses an evaluation, as pressing its point does. */
  #choice(evaluatedAt: string | undefined): HTMLElement {
    const time = this.#context.settings.time(evaluatedAt, 'full', this.#account);
    const button = h('button', { type: 'button', class: 'small' }, time);
    button.addEventListener('click', () => {
      this.#chosen = evaluatedAt;
      this.#showEvaluation();
    });
    return button;
  }

  #showEvaluation(): void {
    const { settings } = this.#context;
    const all = this.#market?.evaluations ?? [];
    const pressed = all.find(({ evaluatedAt }) => evaluatedAt === this.#chosen);
    const shown: EvaluationJson | undefined = pressed ?? this.#trade?.evaluation ?? all.at(-1);
    const at = settings.time(shown?.evaluatedAt, 'full', this.#account);
    setText(this.#moment, shown === undefined ? '' : `${pressed === undefined ? 'the newest, ' : ''}${at}`);
    setText(
      this.#sentence,
      shown?.summary ?? 'It was not evaluated yet: its monitoring has not begun, or there is no market data.',
    );
    if (shown === undefined) this.#signals.replaceChildren();
    else this.#signals.replaceChildren(waterfall(shown));
  }

  #price(value: number | undefined): string {
    const { feed = '', instrument = '' } = this.#trade ?? {};
    return price(value, this.#context.markets.digits(feed, instrument));
  }
}

/** The later version of two; the second when they are the same. */
function newer(known: TradeJson | undefined, other: TradeJson): TradeJson {
  return known !== undefined && BigInt(known.tradeVersion) > BigInt(other.tradeVersion) ? known : other;
}

function panel(title: string, ...children: readonly Node[]): HTMLElement {
  return h('section', { class: 'panel' }, h('div', { class: 'head' }, h('h2', {}, title)), ...children);
}

function row(...cells: readonly (Node | string)[]): HTMLElement {
  return h('tr', {}, ...cells.map((cell) => h('td', {}, cell)));
}
