// The course of `dtms paper`: bar by bar the market goes on, the bridge works, and the feed is told. One
// thing after the other, so that the same market and the same answers make the same course.
import { setTimeout as sleep } from 'node:timers/promises';
import type { AccountRisk } from '../../gen/ts/dtms/v1/account_service.js';
import { TradingState } from '../../gen/ts/dtms/v1/account_service.js';
import type { Bridge } from '../bridge/bridge.js';
import type { PaperBroker } from '../broker/paper-broker.js';
import type { PaperTerminal } from '../broker/paper-terminal.js';
import type { DtmsClient } from '../client/client.js';
import type { ReplayBar } from '../replay/importer.js';
import type { PaperDesk } from './paper-desk.js';
import { push } from './paper-feed.js';
import type { PaperMarket } from './paper-market.js';
import type { SampleTrades } from './paper-sample.js';
import type { AccountWatch, TakeOver } from './paper-take-over.js';
import type { PaperTime } from './paper-time.js';
import type { PaperTotals, Voice } from './paper-voice.js';

export interface PaperParts {
  readonly client: DtmsClient;
  /** The feed's name; empty is the server's default one. */
  readonly feed: string;
  readonly account: string;
  readonly market: PaperMarket;
  /** Market time per time; Infinity waits for nothing. */
  readonly speed: number;
  readonly time: PaperTime;
  readonly broker: PaperBroker;
  readonly terminal: PaperTerminal;
  readonly desk: PaperDesk;
  readonly bridge: Bridge;
  readonly takeOver: TakeOver;
  readonly sample: SampleTrades;
  readonly voice: Voice;
  readonly watch: AccountWatch;
}

const MINUTE = 60_000;
/** How often the bridge looks for work while a bar lasts, and how often it beats and reconciles, in ms. */
const POLL_MS = 250;
const BEAT_MS = 5_000;
const RECONCILE_MS = 30_000;
/** Positions are compared at least this often, in bars. */
const RECONCILE_BARS = 96;
/** What is open after the last bar gets this long, in ms; longer than an order may be on its way. */
const SETTLE_MS = 90_000;

export class PaperCourse {
  readonly #parts: PaperParts;
  #risk: AccountRisk | undefined;
  #bar = 0;
  #beatAt = Number.NEGATIVE_INFINITY;
  #isConnected = false;
  #shownAt = Number.NEGATIVE_INFINITY;
  /** Something happened that may have made work; else the bridge looks for it every now and then. */
  #hasNews = true;
  #drainedAt = Number.NEGATIVE_INFINITY;
  #reconciled = { at: Number.NEGATIVE_INFINITY, bar: 0, wall: 0, closes: 0 };

  constructor(parts: PaperParts) {
    this.#parts = parts;
  }

  /** Plays to the end, or until the signal aborts; reconciles once more in both cases. */
  async run(signal: AbortSignal): Promise<PaperTotals> {
    const { market, voice, broker } = this.#parts;
    const startedAt = performance.now();
    const barWait = market.barMs / this.#parts.speed;
    try {
      for (const [index, bar] of market.bars.entries()) {
        signal.throwIfAborted();
        await this.#begin(bar, index);
        await this.#last(bar, startedAt + index * barWait, startedAt + (index + 1) * barWait, signal);
        await this.#finish(bar, index);
      }
      await this.#settle(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    await this.#beat();
    await this.#reconcile();
    await this.#show(broker.account().equity);
    voice.end();
    return this.#totals();
  }

  /** The bar's first price: what was planned at the last one's close is executed at it. */
  async #begin({ bar, ask }: ReplayBar, index: number): Promise<void> {
    const { broker, market, sample } = this.#parts;
    const deals = broker.quote(market.symbol, { bid: bar.open, ask: (ask ?? bar).open }, bar.time);
    this.#hasNews ||= deals.length > 0;
    this.#note();
    await sample.enter(bar.time, index);
    await this.#turn();
  }

  /** While the bar lasts: the time goes on and the bridge looks for work. `from` and `until` are of this clock. */
  async #last({ bar }: ReplayBar, from: number, until: number, signal: AbortSignal): Promise<void> {
    const { broker, market, speed } = this.#parts;
    for (let left = until - performance.now(); left > 0; left = until - performance.now()) {
      await sleep(Math.min(left, POLL_MS), undefined, { signal });
      const into = Math.floor((performance.now() - from) * speed);
      broker.advance(bar.time + Math.min(into, market.barMs - 1));
      await this.#turn();
    }
  }

  /** The rest of the bar: the broker goes through it, its closes are told, then the feed is. */
  async #finish(bar: ReplayBar, index: number): Promise<void> {
    const { broker, market, client, feed, sample, time } = this.#parts;
    const closesAt = bar.bar.time + market.barMs;
    this.#hasNews ||= broker.bar(market.symbol, bar, closesAt).length > 0;
    this.#bar = index + 1;
    this.#note();
    time.keep();
    await this.#beat();
    await this.#turn();
    await sample.leave(index);
    this.#hasNews = (await push(client, feed, market, [bar])) > 0;
  }

  /** Gives what is open some time after the last bar; a minute of the broker's passes with every turn. */
  async #settle(signal: AbortSignal): Promise<void> {
    const until = performance.now() + SETTLE_MS;
    for (;;) {
      this.#parts.broker.advance(this.#parts.broker.now + MINUTE);
      await this.#turn();
      await this.#show(this.#parts.broker.account().equity);
      if (this.#openActions === 0 || performance.now() > until) return;
      await sleep(POLL_MS, undefined, { signal });
    }
  }

  /** The bridge's turn: it beats and compares positions when it is time, then works off what is due. */
  async #turn(): Promise<void> {
    const { terminal, bridge, watch } = this.#parts;
    this.#note();
    watch.check();
    const isBack = terminal.isConnected && !this.#isConnected;
    if (terminal.isConnected !== this.#isConnected || performance.now() - this.#beatAt >= BEAT_MS) {
      await this.#beat();
    }
    if (!terminal.isConnected) return;
    if (isBack || this.#mayDiffer) await this.#reconcile();
    if (!this.#hasNews && performance.now() - this.#drainedAt < POLL_MS) return;
    this.#hasNews = false;
    this.#drainedAt = performance.now();
    await bridge.drain();
  }

  get #mayDiffer(): boolean {
    const { at, bar, wall, closes } = this.#reconciled;
    const { time, desk } = this.#parts;
    const isDoubtful = (this.#risk?.openActions.IN_DOUBT ?? 0) > 0 && time.wall - wall >= 1000;
    const isOld = performance.now() - at >= RECONCILE_MS || this.#bar - bar >= RECONCILE_BARS;
    return isOld || isDoubtful || desk.closes > closes;
  }

  async #beat(): Promise<void> {
    const { connected, equity } = await this.#parts.bridge.heartbeat();
    this.#isConnected = connected;
    this.#beatAt = performance.now();
    if (performance.now() - this.#shownAt < POLL_MS) return;
    this.#shownAt = performance.now();
    await this.#show(equity);
  }

  async #show(equity: number): Promise<void> {
    const { client, account, voice, broker, market } = this.#parts;
    this.#risk = (await client.getRisk({ account })).risk;
    const { tradingState = TradingState.ACTIVE, openActions = {} } = this.#risk ?? {};
    voice.show({
      at: broker.now,
      bar: this.#bar,
      bars: market.bars.length,
      bid: broker.prices(market.symbol)?.bid ?? 0,
      positions: broker.positions().length,
      equity,
      trading: this.#isConnected ? TradingState[tradingState] : 'NOT CONNECTED',
      openActions,
    });
  }

  /** Sends what is at the broker, and takes over what DTMS misses there because nobody told of it yet. */
  async #reconcile(): Promise<void> {
    const { bridge, client, account, takeOver, desk, time } = this.#parts;
    const { closes } = desk;
    const answer = await bridge.reconcile();
    if (answer === null) return;
    this.#reconciled = { at: performance.now(), bar: this.#bar, wall: time.wall, closes };
    const unheard = answer.probe.filter((ticket) => !takeOver.knows(ticket));
    if (unheard.length === 0) return;
    const { trades } = await client.batchGetTrades({ account, tickets: unheard });
    for (const trade of trades) takeOver.trade(trade);
  }

  #note(): void {
    this.#parts.time.note(this.#parts.broker.now);
  }

  get #openActions(): number {
    return Object.values(this.#risk?.openActions ?? {}).reduce((sum, count) => sum + count, 0);
  }

  #totals(): PaperTotals {
    const { broker, takeOver, desk, terminal } = this.#parts;
    return {
      at: broker.now,
      bars: this.#bar,
      takenOver: takeOver.count,
      orders: desk.orders,
      closes: desk.closes,
      positions: broker.positions().length,
      openActions: this.#openActions,
      executedTwice: broker.ledger.repeated().length,
      stopsLoosened: broker.ledger.loosened().length,
      equity: broker.account().equity,
      faults: Object.fromEntries(terminal.happened),
    };
  }
}
