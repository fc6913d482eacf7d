// An engine, a bridge and a broker that refuses, fills parts and loses answers, and people who close, while a trade is hedged.
import { EngineLeaseClient } from '../../src/bridge/engine-lease-client.js';
import type { LeasedAction } from '../../src/bridge/lease-client.js';
import { orderOf } from '../../src/bridge/order-of.js';
import type { OrderRequest, OrderResult } from '../../src/broker/terminal.js';
import type { BrokerDeal, BrokerPosition } from '../../src/domain/broker/snapshot.js';
import { planOutside } from '../../src/domain/changes/commands.js';
import { orderByRail, orderClose } from '../../src/domain/changes/order-close.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import { type ActionType, orderKindOf } from '../../src/domain/trade/action-specs.js';
import type { State } from '../../src/domain/trade/state.js';
import type { Trade } from '../../src/domain/trade/trade.js';
import { nextVersion } from '../../src/domain/trade/version.js';
import { Engine } from '../../src/engine/engine.js';
import { resolveAction, sweepLeases } from '../../src/engine/leases.js';
import { PACKED_TRADE } from '../../src/store/bodies/packed-trade.js';
import { resultOf } from './actions.js';
import { dealOf, positionOf } from './broker-snapshots.js';
import { quoteItem, take } from './scripted-view.js';
import { T0, TERMS, tradeOf } from './trades.js';

const KEY = { account: 'demo', ticket: 1n } as const;
const OPENED = 100n;

/** What becomes of an order: an outcome that is told, or one that nobody hears. */
export type Fate = 'done' | 'part' | 'refused' | 'later' | 'market closed' | 'lost done' | 'lost undone';

const lots = (value: number): number => Math.round(value * 100) / 100;

export class HedgeStateWorld {
  readonly broker = new Map<bigint, BrokerPosition>();
  /** What orders came to, by kind and fate. */
  readonly seen = new Set<string>();
  #engine: Engine;
  #client: EngineLeaseClient;
  #deals: BrokerDeal[] = [];
  #opened = 0n;
  #now = T0;

  constructor() {
    const trade = tradeOf({ state: 'WARNING_L2' });
    this.#put(positionOf(trade));
    [this.#engine, this.#client] = this.#start(trade);
  }

  get trade(): Trade | undefined {
    return this.#engine.get(KEY.account, KEY.ticket);
  }

  /** Why a trade that is HEDGED must not be; null where it may. */
  get fault(): string | null {
    const { trade } = this;
    if (trade === undefined || trade.state !== 'HEDGED') return null;
    const { hedge, actions } = trade;
    if (hedge !== null && this.broker.has(hedge.ticket)) return null;
    if (actions.some(({ type }) => orderKindOf(type) === 'open hedge')) return null;
    if (actions.some(({ status }) => status === 'IN_DOUBT')) return null;
    return `HEDGED with ${hedge === null ? 'no hedge' : `a hedge ${hedge.ticket} that is gone`}, and nothing is under way`;
  }

  /** The state machine decides to hedge, as its row does. */
  hedge(): void {
    const { trade } = this;
    if (trade === undefined || trade.state === 'HEDGED' || trade.state === 'CLOSED') return;
    this.#enter('HEDGED', 'OPEN_HEDGE');
  }

  /** It decides that structure resumed. */
  unhedge(): void {
    if (this.trade?.state === 'HEDGED') this.#enter('RECOVERING', 'CLOSE_HEDGE');
  }

  #enter(state: State, type: ActionType): void {
    this.#plan((current, context) => {
      const entered = nextVersion(current, { state, flatTimerEndsAt: T0 + 10 ** 12 });
      const change = { kind: 'updated', changedFields: [], withdrawn: [], manager: '' } as const;
      return [
        { trade: entered, at: this.#now, change },
        ...planOutside(entered, 'test', [type], this.#now, context),
      ];
    });
  }

  /** A person, or a rail, orders everything closed. */
  closeAll(by: 'person' | 'rail' | 'rule'): void {
    this.seen.add(`closed by ${by}`);
    this.#plan((trade, context) => {
      if (trade.state === 'CLOSED') return [];
      if (by === 'person') return orderClose(trade, 'ann', 'enough', this.#now, context);
      if (by === 'rail') return orderByRail(trade, 'DAILY_LOSS', this.#now, context);
      return planOutside(trade, 'stops were refused', ['CLOSE_ALL'], this.#now, context);
    });
  }

  /** A person gives up, or says of what is in doubt that it was not done. */
  resolve(how: 'give-up' | 'retry'): void {
    const { trade } = this;
    const action = trade?.actions.find(
      ({ status }) => status === 'IN_DOUBT' || (how === 'give-up' && status === 'PENDING'),
    );
    if (trade === undefined || action === undefined) return;
    resolveAction(this.#engine, { trade, action }, { how }, 'ann', '', { at: this.#now, now: this.#now });
  }

  /** Somebody closes a position of the account whole, or a part of it. */
  person(which: 'position' | 'hedge', share: number): void {
    const found = [...this.broker.values()].find(
      ({ direction }) => (direction === 'BUY') === (which === 'position'),
    );
    if (found !== undefined) this.#close(found, lots(found.volume * share), 'by hand');
  }

  async work(fate: Fate): Promise<void> {
    this.pass(1000);
    for (const action of await this.#client.lease(5)) {
      if (!(await this.#client.begin(action))) continue;
      const decision = orderOf(action, { marginMode: 'hedging', positions: [...this.broker.values()] });
      if (decision.kind === 'answer') await this.#client.report(action, decision.result);
      else {
        const result = this.#carryOut(action, decision.request, fate);
        this.seen.add(`${action.type} ${fate}`);
        if (!fate.startsWith('lost')) await this.#client.report(action, result);
      }
    }
  }

  async snapshot(complete: boolean): Promise<void> {
    this.pass(5000);
    const shown = { positions: [...this.broker.values()], deals: this.#deals, dealsSince: 0 };
    await this.#client.reconcile({ takenAt: this.#now, complete, ...shown });
  }

  pass(ms: number): void {
    this.#now += ms;
    take(this.#engine, 'default', quoteItem(this.#now, 100));
    sweepLeases(this.#engine, this.#now, () => this.#now);
  }

  /** Another server takes over: it has what is stored, and no memory of what was shown. */
  restart(): void {
    const { trade } = this;
    if (trade === undefined) return;
    [this.#engine, this.#client] = this.#start(PACKED_TRADE.unpack(PACKED_TRADE.pack(trade)));
    this.pass(1000);
  }

  /** Everything that is under way ends, with orders of this fate, and snapshots show what is there. */
  async rest(fate: Fate): Promise<void> {
    for (let round = 0; round < 12; round += 1) {
      await this.snapshot(true);
      await this.work(fate);
      this.pass(700_000);
    }
    await this.snapshot(true);
    await this.snapshot(true);
  }

  #plan(decide: Parameters<Engine['act']>[1]): void {
    if (this.trade === undefined) return;
    this.pass(1000);
    this.#engine.act(KEY, decide);
  }

  #carryOut(action: LeasedAction, request: OrderRequest, fate: Fate): OrderResult {
    if (fate === 'refused') return resultOf('REJECTED');
    if (fate === 'later') return resultOf('RETRYABLE');
    if (fate === 'market closed') return resultOf('MARKET_CLOSED');
    if (fate === 'lost undone' || request.kind === 'stops') return resultOf('DONE');
    const volume =
      fate === 'part' && request.volume > 0.01 ? lots(Math.ceil(request.volume * 50) / 100) : request.volume;
    const code = volume < request.volume ? 10010 : 10009;
    const position = request.position === null ? undefined : this.broker.get(request.position);
    if (position !== undefined) {
      this.#close(position, volume, action.tag);
      return resultOf('DONE', { code, volume, price: 100 });
    }
    this.#opened += 1n;
    const identifier = OPENED + this.#opened;
    const { direction, stopLoss, comment } = request;
    this.#put({
      ...positionOf(tradeOf()),
      ...{ identifier, ticket: identifier, direction, volume, stopLoss, comment },
    });
    this.#deal({ positionIdentifier: identifier, entry: 'IN', direction, volume, comment });
    return resultOf('DONE', { code, volume, price: 100, openedTicket: identifier });
  }

  #close(position: BrokerPosition, volume: number, comment: string): void {
    const left = lots(position.volume - volume);
    const direction = position.direction === 'BUY' ? 'SELL' : 'BUY';
    if (left > 0) this.broker.set(position.identifier, { ...position, volume: left });
    else this.broker.delete(position.identifier);
    this.#deal({ positionIdentifier: position.identifier, entry: 'OUT', direction, volume, comment });
  }

  #deal(more: Partial<BrokerDeal>): void {
    this.#now += 1000;
    this.#deals = [
      ...this.#deals,
      dealOf({ deal: BigInt(900 + this.#deals.length), time: this.#now, price: 100, ...more }),
    ];
  }

  #put(position: BrokerPosition): void {
    this.broker.set(position.identifier, { ...position, openedAt: this.#now });
  }

  #start(trade: Trade): [Engine, EngineLeaseClient] {
    const engine = new Engine(DEFAULT_RULES);
    engine.upsertInstrument(TERMS);
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
