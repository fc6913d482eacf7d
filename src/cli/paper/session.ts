// Owns a session of `dtms paper`: bar by bar the market goes on, the bridge works, and the feed is told. One
// thing after the other, so that the same market and the same answers make the same session.
import { setTimeout as sleep } from 'node:timers/promises';
import { type AccountRisk, TradingState } from '../../../gen/ts/dtms/v1/account_service.js';
import type { BridgedAccount } from '../../bridge/bridged-account.js';
import { refusalOf } from '../../bridge/lease-client.js';
import type { DtmsClient } from '../../client/client.js';
import type { ReplayBar } from '../../replay/importer.js';
import type { AdoptedTrades } from './adopted-trades.js';
import { push } from './feed.js';
import type { PaperLeaseClient } from './lease-client.js';
import type { PaperOutput, PaperTotals } from './output.js';
import type { Playback } from './playback.js';
import type { SampleTrades } from './sample.js';
import type { PaperTime } from './time.js';

export interface PaperParts extends BridgedAccount<PaperLeaseClient> {
  readonly client: DtmsClient;
  readonly feed: string;
  readonly account: string;
  readonly playback: Playback;
  /** Market time per time; Infinity waits for nothing. */
  readonly speed: number;
  readonly time: PaperTime;
  readonly adopted: AdoptedTrades;
  readonly sample: SampleTrades;
  readonly output: PaperOutput;
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

export class PaperSession {
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
    const { playback, output, broker } = this.#parts;
    const startedAt = performance.now();
    const barWait = playback.barMs / this.#parts.speed;
    try {
      for (const [index, bar] of playback.bars.entries()) {
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
    output.end();
    return this.#totals();
  }

  /** The bar's first price: what was planned at the last one's close is executed at it. */
  async #begin({ bar, ask }: ReplayBar, index: number): Promise<void> {
    const { broker, playback, sample } = this.#parts;
    const deals = broker.quote(playback.symbol, { bid: bar.open, ask: (ask ?? bar).open }, bar.time);
    this.#hasNews ||= deals.length > 0;
    this.#note();
    await sample.enter(bar.time, index);
    await this.#turn();
  }

  /** While the bar lasts: the time goes on and the bridge looks for work. `from` and `until` are of this clock. */
  async #last({ bar }: ReplayBar, from: number, until: number, signal: AbortSignal): Promise<void> {
    const { broker, playback, speed } = this.#parts;
    for (let left = until - performance.now(); left > 0; left = until - performance.now()) {
      await sleep(Math.min(left, POLL_MS), undefined, { signal });
      const into = Math.floor((performance.now() - from) * speed);
      broker.advance(bar.time + Math.min(into, playback.barMs - 1));
      await this.#turn();
    }
  }

  /** The rest of the bar: the broker goes through it, its closes are told, then the feed is. */
  async #finish(bar: ReplayBar, index: number): Promise<void> {
    const { broker, playback, client, feed, sample, time } = this.#parts;
    const closesAt = bar.bar.time + playback.barMs;
    this.#hasNews ||= broker.bar(playback.symbol, bar, closesAt).length > 0;
    this.#bar = index + 1;
    this.#note();
    time.keep();
    await this.#beat();
    await this.#turn();
    await sample.leave(index);
    this.#hasNews = (await push(client, feed, playback, [bar])) > 0;
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
    const { terminal, bridge, adopted } = this.#parts;
    this.#note();
    adopted.check();
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
    const { bridge, time, leases } = this.#parts;
    const isDoubtful = (this.#risk?.openActions.IN_DOUBT ?? 0) > 0 && time.wall - wall >= 1000;
    const isOld = performance.now() - at >= RECONCILE_MS || this.#bar - bar >= RECONCILE_BARS;
    return isOld || isDoubtful || bridge.looksAgain || leases.closes > closes;
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
    const { client, account, output, broker, playback } = this.#parts;
    this.#risk = (await client.getRisk({ account })).risk;
    const { tradingState = TradingState.ACTIVE, openActions = {} } = this.#risk ?? {};
    output.show({
      at: broker.now,
      bar: this.#bar,
      bars: playback.bars.length,
      bid: broker.prices(playback.symbol)?.bid ?? 0,
      positions: broker.positions().length,
      equity,
      trading: this.#isConnected ? TradingState[tradingState] : 'NOT CONNECTED',
      openActions,
    });
  }

  /** Sends what is at the broker, and adopts what DTMS misses there because nobody told of it yet. */
  async #reconcile(): Promise<void> {
    const { bridge, client, account, adopted, leases, time } = this.#parts;
    const { closes } = leases;
    const answer = await bridge.reconcile();
    if (answer === null) return;
    const refusal = refusalOf(answer);
    if (refusal !== null) throw refusal;
    this.#reconciled = { at: performance.now(), bar: this.#bar, wall: time.wall, closes };
    const unheard = answer.probe.filter((ticket) => !adopted.knows(ticket));
    if (unheard.length === 0) return;
    const { trades } = await client.batchGetTrades({ account, tickets: unheard });
    for (const trade of trades) adopted.trade(trade);
  }

  #note(): void {
    this.#parts.time.note(this.#parts.broker.now);
  }

  get #openActions(): number {
    return Object.values(this.#risk?.openActions ?? {}).reduce((sum, count) => sum + count, 0);
  }

  #totals(): PaperTotals {
    const { broker, adopted, leases, terminal } = this.#parts;
    return {
      at: broker.now,
      bars: this.#bar,
      takenOver: adopted.count,
      orders: leases.orders,
      closes: leases.closes,
      positions: broker.positions().length,
      openActions: this.#openActions,
      executedTwice: broker.ledger.repeated().length,
      stopsLoosened: broker.ledger.loosened().length,
      equity: broker.account().equity,
      faults: Object.fromEntries(terminal.happened),
    };
  }
}
