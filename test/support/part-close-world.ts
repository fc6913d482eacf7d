// An engine, its bridge, a broker that fills partial closes in parts, and people who close parts of the same position, or add
// to it, beside them.
import { EngineLeaseClient } from '../../src/bridge/engine-lease-client.js';
import type { LeasedAction } from '../../src/bridge/lease-client.js';
import { type Decision, orderOf } from '../../src/bridge/order-of.js';
import { tagOf } from '../../src/domain/broker/order-tag.js';
import type { BrokerDeal } from '../../src/domain/broker/snapshot.js';
import { planOutside } from '../../src/domain/changes/commands.js';
import type { Instrument } from '../../src/domain/market/data.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import type { Trade } from '../../src/domain/trade/trade.js';
import { Engine } from '../../src/engine/engine.js';
import { PACKED_TRADE } from '../../src/store/bodies/packed-trade.js';
import { decodeTrade, encodeTrade } from '../../src/store/bodies/trade.js';
import { resultOf } from './actions.js';
import { dealOf, positionOf } from './broker-snapshots.js';
import { quoteItem, take } from './scripted-view.js';
import { T0, TERMS, tradeOf } from './trades.js';

const KEY = { account: 'demo', ticket: 1n } as const;

/** What the bridge tells of an order, and what people and snapshots do between its begin and it, and while it is under way. */
export interface Work {
  readonly before: readonly ('person' | 'adder' | 'snapshot')[];
  /** Of a hundred parts of what was ordered. */
  readonly filled: number;
  readonly told: 'truth' | 'late' | 'nothing' | 'refused';
  readonly meanwhile: readonly ('person' | 'snapshot')[];
}

const lots = (value: number): number => Math.round(value * 1e8) / 1e8;

export class PartCloseWorld {
  /** Where a law was broken, in words. */
  readonly faults: string[] = [];
  /** Lots, at the broker. */
  volume = 1;
  decided = 0;
  closed = 0;
  /** How often less was ordered than was planned. */
  fitted = 0;
  /** How often a bridge sent less than it was leased, and nothing. */
  bounded = 0;
  spared = 0;
  readonly #terms: Instrument;
  readonly #deals: BrokerDeal[] = [];
  #engine: Engine;
  #client: EngineLeaseClient;
  #now = T0;
  /** What the newest decision is to leave. */
  #aim = 0;
  /** What DTMS could know to be open: what the last snapshot showed, less what its orders closed since. */
  #known: number | null = 1;

  constructor(terms: Partial<Instrument> = {}) {
    this.#terms = { ...TERMS, ...terms };
    [this.#engine, this.#client] = this.#start(tradeOf({ state: 'WARNING_L2' }));
  }

  get trade(): Trade {
    const trade = this.#engine.get(KEY.account, KEY.ticket);
    if (trade === undefined) throw new Error('the trade is gone');
    return trade;
  }

  /** Whether what nobody had shown yet left nothing open. */
  get isOver(): boolean {
    if (this.volume === 0 || this.#engine.get(KEY.account, KEY.ticket) === undefined) return true;
    return this.trade.state === 'CLOSED';
  }

  /** DTMS decides to close a part, by what a snapshot just showed. */
  async decide(): Promise<void> {
    await this.snapshot('complete');
    if (this.isOver || this.trade.actions.length > 0) return;
    this.#engine.act(KEY, (trade, context) =>
      planOutside(trade, 'test', ['PARTIAL_CLOSE'], this.#now, context),
    );
    const [action] = this.trade.actions;
    if (action?.type !== 'PARTIAL_CLOSE') return;
    this.decided = lots(this.decided + (action.volume ?? 0));
    this.#aim = lots(this.volume - (action.volume ?? 0));
  }

  /** A person closes a step or more, and leaves the least lot at least. */
  person(steps: number): void {
    const { volumeStep, volumeMin } = this.#terms;
    const volume = lots(
      Math.min(steps * volumeStep, Math.floor((this.volume - volumeMin) / volumeStep) * volumeStep),
    );
    if (volume > 0) this.#deal(volume, 'by hand');
  }

  /** A person adds as much. */
  adder(steps: number): void {
    this.volume = lots(this.volume + steps * this.#terms.volumeStep);
    this.pass(1);
  }

  async snapshot(whole: 'complete' | 'partial'): Promise<void> {
    this.pass(1000);
    const position = positionOf(tradeOf(), { volume: this.volume });
    await this.#client.reconcile({
      takenAt: this.#now,
      complete: whole === 'complete',
      positions: this.volume > 0 ? [position] : [],
      deals: [...this.#deals],
      dealsSince: T0,
    });
    // Of what is shown while an order is under way nobody can say whether it was filled already.
    this.#known = this.#isUnderWay ? Math.min(this.#known ?? 1, this.volume) : this.volume;
  }

  get #isUnderWay(): boolean {
    if (this.isOver) return false;
    return this.trade.actions.some(({ status }) => status === 'EXECUTING' || status === 'IN_DOUBT');
  }

  /** The bridge carries out what there is to do. */
  async work({ before: others, filled, told, meanwhile }: Work): Promise<void> {
    this.pass(1000);
    const planned = this.trade.actions[0]?.volume ?? 0;
    for (const action of await this.#client.lease(5)) {
      if (!(await this.#client.begin(action))) continue;
      const leased = action.volume ?? 0;
      this.#judge(leased);
      if (leased < planned) this.fitted += 1;
      const before = this.#known;
      await this.#others(others);
      // What is shown once the order was begun may have it filled, for all that DTMS can say.
      this.#known = before;
      const decision = this.#orderOf(action);
      if (decision.kind === 'answer') {
        this.spared += 1;
        if (told !== 'nothing') await this.#client.report(action, decision.result);
        continue;
      }
      const ordered = decision.request.kind === 'deal' ? decision.request.volume : 0;
      if (ordered < leased) this.bounded += 1;
      this.#judgeOrder(ordered);
      await this.#others(meanwhile);
      const { volumeStep } = this.#terms;
      const wish = Math.floor((ordered * filled) / 100 / volumeStep + 1e-9) * volumeStep;
      const volume = told === 'refused' ? 0 : lots(Math.min(Math.max(wish, volumeStep), this.volume));
      if (volume > 0) {
        this.#deal(volume, tagOf(action.actionId));
        this.closed = lots(this.closed + volume);
        if (before !== null) this.#known = Math.min(this.#known ?? 1, lots(before - volume));
      }
      if (told === 'nothing') continue;
      if (told === 'late') this.pass(DEFAULT_RULES.actions.leaseMs + 1000);
      const code = volume < ordered ? 10010 : 10009;
      const answer =
        told === 'refused' ? resultOf('RETRYABLE') : resultOf('DONE', { code, volume, price: 95 });
      await this.#client.report(action, answer);
    }
  }

  pass(ms: number): void {
    this.#now += ms;
    take(this.#engine, 'default', quoteItem(this.#now, 100));
  }

  /** Another server takes over: it has what is stored, and no memory of what was shown. */
  restart(stored: 'json' | 'packed'): void {
    const { trade } = this;
    const body =
      stored === 'json' ? decodeTrade(encodeTrade(trade)) : PACKED_TRADE.unpack(PACKED_TRADE.pack(trade));
    [this.#engine, this.#client] = this.#start(body);
    // What snapshots showed while an order was under way, only its server knew.
    if (this.#isUnderWay || this.#known !== trade.volume) this.#known = null;
    this.pass(1000);
  }

  async #others(steps: Work['before']): Promise<void> {
    for (const one of steps) {
      if (one === 'person') this.person(1);
      else if (one === 'adder') this.adder(1);
      else await this.snapshot('complete');
    }
  }

  #orderOf(action: LeasedAction): Decision {
    const position = positionOf(tradeOf(), { volume: this.volume });
    return orderOf(action, { marginMode: 'hedging', positions: this.volume > 0 ? [position] : [] });
  }

  #judgeOrder(ordered: number): void {
    if (lots(this.volume - ordered) < this.#aim)
      this.faults.push(`${ordered} of ${this.volume} are sent, and ${this.#aim} were to be left`);
    this.#judge(ordered);
  }

  #judge(ordered: number): void {
    if (lots(this.closed + ordered) > this.decided)
      this.faults.push(`${ordered} are ordered, ${this.closed} of ${this.decided} are closed`);
    // What somebody added since is not known to it.
    if (this.#known !== null && lots(this.#known - ordered) < this.#aim)
      this.faults.push(`${ordered} of ${this.#known} are ordered, and ${this.#aim} were to be left`);
    const { volumeMin, volumeStep } = this.#terms;
    const steps = ordered / volumeStep;
    if (ordered < volumeMin || Math.abs(steps - Math.round(steps)) > 1e-6)
      this.faults.push(`${ordered} is no volume of an order`);
  }

  #deal(volume: number, comment: string): void {
    this.volume = lots(this.volume - volume);
    this.pass(1);
    const deal = BigInt(900 + this.#deals.length);
    this.#deals.push(dealOf({ deal, volume, comment, time: this.#now }));
  }

  #start(trade: Trade): [Engine, EngineLeaseClient] {
    const engine = new Engine(DEFAULT_RULES);
    engine.upsertInstrument(this.#terms);
    engine.restoreTrade(trade);
    engine.accounts.setMode(KEY.account, { mode: 'enforce', by: 'ann', reason: '', at: T0 });
    const client = new EngineLeaseClient(engine, {
      account: KEY.account,
      bridgeId: 'b1',
      clock: () => ({ at: this.#now, now: this.#now }),
      past: { trade: () => undefined, opener: () => undefined },
    });
    return [engine, client];
  }
}
