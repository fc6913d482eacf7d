// Owns a trade's page: why it is in its state, what DTMS did, and whether the broker did it.
import './trade-page.css';
import type { Timeframe } from '../../../domain/market/data.js';
import type { AppContext, Page } from '../app-context.js';
import { levelsOf } from '../data/configuration.js';
import { fetchConfiguration } from '../data/fetch-configuration.js';
import type { BarJson, EvaluationJson, ListedActionJson, TradeEventJson, TradeJson } from '../data/json.js';
import { polled } from '../pages/polled.js';
import { href } from '../router.js';
import { h, scrolling, setText } from '../ui/dom.js';
import { price } from '../ui/format.js';
import { replaceKeepingFocus } from '../ui/keep-focus.js';
import type { TradeResultJson } from '../ui/money.js';
import { whenNew } from '../ui/when-new.js';
import { TradeCharts } from './charts.js';
import { tradeHeader } from './header.js';
import type { Level } from './price-axis.js';
import {
  fetchActions,
  fetchEvents,
  fetchResult,
  fetchTrade,
  MarketSource,
  type TradeMarket,
} from './source.js';
import { actionStories, leftOut, merged, stateBands, stopSteps } from './story.js';
import { actionTable, eventTable, leftOutTable, type PageFormat } from './tables.js';
import { timelineOf } from './timeline.js';
import { chartTables } from './told.js';
import { waterfall } from './waterfall.js';

const EVERY_MS = 4000;
const TICK_MS = 1000;

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
  /** What the page is of, and a way on, until the trade is known: it may be none. */
  readonly #unknown: HTMLElement;
  readonly #note = h('p', { class: 'soft', role: 'status' });
  readonly #moment = h('span', { class: 'soft' });
  readonly #sentence = h('p', { class: 'sentence' });
  readonly #signals = h('div');
  readonly #actions = h('div');
  readonly #leftOut = h('div');
  readonly #events = h('div');
  readonly #told = h('div');
  readonly #whenNew = {
    charts: whenNew(),
    evaluation: whenNew(),
    history: whenNew(),
    told: whenNew(),
  };
  #trade: TradeJson | undefined;
  /** What the log has, and what was heard since; in order. */
  #history: readonly TradeEventJson[] = [];
  /** Its actions as they were when the log was read; what became of them since is heard. */
  #listed: readonly ListedActionJson[] = [];
  /** True once the log was read. */
  #read = false;
  #levelsRead = false;
  #source: MarketSource;
  /** Counts the snapshots: what was asked before the last one is of another time. */
  #snapshots = 0;
  #market: TradeMarket | undefined;
  /** What it comes to in money; undefined until it is told. */
  #money: TradeResultJson | undefined;
  /** The evaluation that was pressed; the newest while none was. */
  #chosen: string | undefined;
  /** The length of the bars; undefined while nobody chose one. */
  #timeframe: Timeframe | undefined;

  /** Counts the changes of the theme and the zone: what shows them is made again. */
  #looks = 0;

  constructor(element: HTMLElement, account: string, ticket: string, context: AppContext) {
    this.#context = context;
    this.#source = new MarketSource(context.api, undefined);
    this.#account = account;
    this.#ticket = ticket;
    this.#head = tradeHeader(context, () => this.#poll.soon());
    this.#poll = polled(EVERY_MS, (signal) => this.#ask(signal));
    this.#charts = new TradeCharts({
      preferences: context.preferences,
      account,
      format: (value) => this.#price(value),
      choose: (evaluation) => this.#choose(evaluation?.evaluatedAt),
      chooseTimeframe: (timeframe) => this.#chooseTimeframe(timeframe),
    });
    this.#body.append(
      this.#head.element,
      panel('Price and score', this.#note, this.#charts.element),
      h(
        'section',
        { class: 'panel' },
        h('div', { class: 'head' }, h('h2', {}, 'Evaluation'), this.#moment),
        this.#sentence,
        scrolling('Evaluation', this.#signals),
      ),
      panel('Actions', scrolling('Actions', this.#actions)),
      panel('Suppressed', scrolling('Suppressed', this.#leftOut)),
      panel('Events', scrolling('Events', this.#events)),
      h(
        'details',
        { class: 'panel' },
        h('summary', {}, 'The charts as tables'),
        scrolling('The charts as tables', this.#told),
      ),
    );
    const way = h('a', { href: href('accounts', account) }, account);
    this.#unknown = h('p', {}, h('a', { href: href('') }, 'Fleet'), ' / ', way, ` / ${ticket}`);
    element.append(this.#unknown, this.#poll.note, this.#body);
    const timer = setInterval(() => this.#showHead(), TICK_MS);
    this.#undo = [
      context.live.onEvents((events) => this.#heard(events)),
      context.live.onReset(() => this.#reset()),
      context.preferences.onChange(() => {
        this.#looks += 1;
        this.#showAll();
      }),
      () => clearInterval(timer),
      () => this.#poll.end(),
      () => this.#charts.destroy(),
    ];
  }

  end(): void {
    for (const undo of this.#undo) undo();
  }

  /** The log may be another one: nothing of before is newer than what comes. */
  #reset(): void {
    this.#trade = undefined;
    this.#money = undefined;
    this.#history = [];
    this.#listed = [];
    this.#read = false;
    this.#levelsRead = false;
    this.#source = new MarketSource(this.#context.api, this.#timeframe);
    this.#snapshots += 1;
    this.#poll.soon();
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { api } = this.#context;
    const snapshots = this.#snapshots;
    const [trade, money] = await Promise.all([
      fetchTrade(api, this.#account, this.#ticket, signal),
      fetchResult(api, this.#account, this.#ticket, signal),
    ]);
    if (trade === undefined || snapshots !== this.#snapshots) return;
    this.#trade = newer(this.#trade, trade);
    this.#money = money;
    this.#body.hidden = false;
    this.#unknown.hidden = true;
    this.#showHead();
    if (!this.#read) {
      const [events, listed] = await Promise.all([
        fetchEvents(api, this.#account, this.#ticket, signal),
        fetchActions(api, this.#account, this.#ticket, signal),
      ]);
      if (snapshots !== this.#snapshots) return;
      // What was heard meanwhile may be in it already, or not yet.
      this.#history = merged(events, this.#history);
      this.#listed = listed;
      this.#read = true;
    }
    const source = this.#source;
    const market = await source.fetch(trade, signal);
    if (snapshots !== this.#snapshots || source !== this.#source) return;
    this.#market = market;
    this.#showAll();
    if (this.#levelsRead) return;
    this.#charts.showLevels(levelsOf(await fetchConfiguration(api, signal)));
    this.#levelsRead = true;
  }

  #choose(evaluatedAt: string | undefined): void {
    this.#chosen = evaluatedAt;
    this.#showEvaluation();
  }

  #chooseTimeframe(timeframe: Timeframe): void {
    this.#timeframe = timeframe;
    this.#source = new MarketSource(this.#context.api, timeframe);
    this.#poll.soon();
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
    if (this.#trade !== undefined) this.#head.show(this.#trade, this.#money);
  }

  #showAll(): void {
    const trade = this.#trade;
    if (trade === undefined) return;
    this.#showHead();
    const { bars = [], evaluations = [], swingHigh, swingLow } = this.#market ?? {};
    const timeframe = this.#market?.timeframe ?? this.#timeframe ?? 'M5';
    const bands = stateBands(this.#history, trade);
    const stops = stopSteps(this.#history);
    const { entryPrice, stopLoss, takeProfit, stateEnteredAt } = trade;
    const look = [this.#looks, this.#price(1)];
    this.#whenNew.charts(
      [
        entryPrice,
        stopLoss,
        takeProfit,
        stateEnteredAt,
        bars,
        evaluations,
        timeframe,
        swingHigh,
        swingLow,
        this.#history,
        ...look,
      ],
      () => {
        const timeline = timelineOf({ trade, events: this.#history, bars, evaluations, timeframe });
        this.#charts.show({ timeline, timeframe, now: levelsNow(trade, this.#market) });
        setText(this.#note, this.#aboutBars(trade, bars));
        this.#charts.element.toggleAttribute('data-empty', bars.length === 0 && evaluations.length === 0);
      },
    );
    this.#showEvaluation();
    this.#whenNew.history([this.#history, this.#listed, ...look], () => this.#showHistory());
    this.#whenNew.told([this.#history, stateEnteredAt, bars, evaluations, ...look], () =>
      replaceKeepingFocus(
        this.#told,
        chartTables({ bands, stops, bars, evaluations }, this.#reading(), (at) => this.#choose(at)),
      ),
    );
  }

  #aboutBars({ openedAt }: TradeJson, bars: readonly BarJson[]): string {
    if (bars.length === 0)
      return 'No bars of this length: its symbol has none, or they are not kept for its time.';
    const begins = Date.parse(bars[0]?.openTime ?? '');
    const shown = this.#context.preferences.time(begins, 'full', this.#account);
    return begins > Date.parse(openedAt ?? '') ? `From ${shown}: no older bars of this length.` : '';
  }

  #showHistory(): void {
    const reading = this.#reading();
    this.#actions.replaceChildren(actionTable(actionStories(this.#history, this.#listed), reading));
    this.#leftOut.replaceChildren(leftOutTable(leftOut(this.#history), reading));
    this.#events.replaceChildren(eventTable(this.#history, reading));
  }

  #reading(): PageFormat {
    return {
      preferences: this.#context.preferences,
      account: this.#account,
      price: (value) => this.#price(value),
    };
  }

  #showEvaluation(): void {
    const { preferences } = this.#context;
    const all = this.#market?.evaluations ?? [];
    const pressed = all.find(({ evaluatedAt }) => evaluatedAt === this.#chosen);
    const shown: EvaluationJson | undefined = pressed ?? this.#trade?.evaluation ?? all.at(-1);
    const at = preferences.time(shown?.evaluatedAt, 'full', this.#account);
    this.#whenNew.evaluation([shown === undefined ? '' : JSON.stringify(shown), pressed, at], () =>
      this.#showSignals(shown, pressed === undefined ? `latest, ${at}` : at),
    );
  }

  #showSignals(shown: EvaluationJson | undefined, moment: string): void {
    setText(this.#moment, shown === undefined ? '' : moment);
    setText(
      this.#sentence,
      shown?.summary ?? 'Not evaluated yet: monitoring has not begun, or there is no market data.',
    );
    if (shown === undefined) this.#signals.replaceChildren();
    else this.#signals.replaceChildren(waterfall(shown));
  }

  #price(value: number | undefined): string {
    return price(value, this.#context.markets.digits(this.#trade ?? { feed: '', instrument: '' }));
  }
}

/** The levels that the axis of prices keeps in sight, or names where they are far off. */
function levelsNow(
  { state, entryPrice, stopLoss, takeProfit, hedge }: TradeJson,
  market: TradeMarket | undefined,
): readonly Level[] {
  const isOpen = state !== 'TRADE_STATE_CLOSED';
  const all: readonly (readonly [string, number | undefined])[] = [
    ['entry', entryPrice],
    ['stop', isOpen ? stopLoss : undefined],
    ['target', isOpen ? takeProfit : undefined],
    ['hedge', isOpen ? hedge?.entryPrice : undefined],
    ['swing high', market?.swingHigh],
    ['swing low', market?.swingLow],
  ];
  return all.flatMap(([name, price]) => (price === undefined ? [] : [{ name, price }]));
}

/** The later version of two; the second when they are the same. */
function newer(known: TradeJson | undefined, other: TradeJson): TradeJson {
  return known !== undefined && BigInt(known.tradeVersion) > BigInt(other.tradeVersion) ? known : other;
}

function panel(title: string, ...children: readonly Node[]): HTMLElement {
  return h('section', { class: 'panel' }, h('div', { class: 'head' }, h('h2', {}, title)), ...children);
}
