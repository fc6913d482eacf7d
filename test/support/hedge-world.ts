// An engine, its broker, and a bridge whose reports of what it opened may be false; what is at the broker is shown as it is.
import { EngineLeaseClient } from '../../src/bridge/engine-lease-client.js';
import type { LeasedAction } from '../../src/bridge/lease-client.js';
import { orderOf } from '../../src/bridge/order-of.js';
import type { OrderResult } from '../../src/broker/terminal.js';
import { tagOf } from '../../src/domain/broker/order-tag.js';
import type { BrokerPosition } from '../../src/domain/broker/snapshot.js';
import { planOutside } from '../../src/domain/changes/commands.js';
import { DEFAULT_RULES } from '../../src/domain/rules.js';
import { actionsOf } from '../../src/domain/trade/event-actions.js';
import type { Trade } from '../../src/domain/trade/trade.js';
import { nextVersion } from '../../src/domain/trade/version.js';
import { Engine } from '../../src/engine/engine.js';
import { type Opener, openerOf } from '../../src/engine/findings.js';
import { disbelieved, resolveAction } from '../../src/engine/leases.js';
import { resultOf } from './actions.js';
import { positionOf } from './broker-snapshots.js';
import { quoteItem, take } from './scripted-view.js';
import { T0, TERMS, tradeOf } from './trades.js';

const ACCOUNT = 'demo';
/** The first position that an order of DTMS opens. */
const OPENED = 100n;

/** What a bridge says of a hedge it opened: the position, another one, none, or nothing at all. */
export type Word =
  | { readonly says: 'truth' | 'nothing' }
  | { readonly says: 'ticket'; readonly ticket: bigint | null };

const hedge = (ticket: bigint) => ({ ticket, volume: 1, entryPrice: 100, stopLoss: 110 });
const TRADES: readonly Trade[] = [
  tradeOf({ state: 'HEDGED', flatTimerEndsAt: T0 + 10 ** 12 }, { ticket: 1n }),
  tradeOf({}, { ticket: 2n }),
  tradeOf({ state: 'HEDGED', flatTimerEndsAt: T0 + 10 ** 12, hedge: hedge(30n) }, { ticket: 3n }),
];
const OVER = tradeOf({ state: 'CLOSED', closeReason: 'REQUESTED', closedAt: T0 }, { ticket: 9n });

export class HedgeWorld {
  readonly engine: Engine;
  readonly broker = new Map<bigint, BrokerPosition>();
  /** What orders of DTMS opened, with the trade each is for. */
  readonly opened = new Map<bigint, bigint>();
  /** Where a law was broken, in words. */
  readonly faults: string[] = [];
  /** How often somebody copied the comment of an order. */
  copies = 0;
  readonly #openers = new Map<string, Opener>();
  /** Of the orders that opened a position. */
  readonly #tags = new Map<bigint, string>();
  readonly #client: EngineLeaseClient;
  #now = T0;

  constructor(registerExternal: boolean) {
    const { reconciliation } = DEFAULT_RULES;
    this.engine = new Engine({ ...DEFAULT_RULES, reconciliation: { ...reconciliation, registerExternal } });
    this.engine.upsertInstrument(TERMS);
    for (const trade of TRADES) this.engine.restoreTrade(trade);
    this.engine.accounts.setMode(ACCOUNT, { mode: 'enforce', by: 'ann', reason: '', at: T0 });
    for (const trade of TRADES) this.#put(positionOf(trade));
    this.#put({
      ...positionOf(TRADES[2] ?? OVER),
      identifier: 30n,
      ticket: 30n,
      direction: 'SELL',
      stopLoss: 110,
    });
    this.#client = new EngineLeaseClient(this.engine, {
      account: ACCOUNT,
      bridgeId: 'b1',
      clock: () => ({ at: this.#now, now: this.#now }),
      past: {
        trade: (ticket) => (ticket === OVER.spec.ticket ? OVER : undefined),
        opener: (tag) => this.#openers.get(tag),
      },
    });
    this.hedge();
  }

  /** Somebody opens a position without a tag. */
  stranger(identifier: bigint, direction: 'BUY' | 'SELL'): void {
    const own = { identifier, ticket: identifier, direction, comment: 'bot' };
    if (!this.broker.has(identifier)) this.#put({ ...positionOf(OVER), ...own });
  }

  /** The stops of the hedges that trades have are met, which nobody tells. */
  stopOut(): void {
    for (const trade of this.engine.tradesOf(ACCOUNT)) {
      const { ticket } = trade.hedge ?? { ticket: 0n };
      if (this.opened.has(ticket)) this.broker.delete(ticket);
    }
  }

  /** Somebody opens a position like the last hedge, its comment copied, once DTMS knows which position that hedge was. */
  copy(identifier: bigint, volume: number): void {
    const last = [...this.#tags].findLast(([opened, tag]) => !this.#isOpen(tag) && this.#isKnown(opened));
    if (last === undefined || this.broker.has(identifier) || this.opened.has(identifier)) return;
    this.pass(10_000);
    this.#put({
      ...positionOf(OVER),
      ...{ identifier, ticket: identifier, direction: 'SELL', comment: last[1], volume },
    });
    this.copies += 1;
  }

  /** Whether DTMS knows of an order's position that is open. */
  #isKnown(identifier: bigint): boolean {
    const trades = [...this.engine.tradesOf(ACCOUNT)];
    return !this.broker.has(identifier) || trades.some(({ hedge: leg }) => leg?.ticket === identifier);
  }

  /** Whether the end of an order is open, or unknown. */
  #isOpen(tag: string): boolean {
    return TRADES.some(({ spec }) => {
      const { actions = [], deadLetters = [] } = this.engine.get(ACCOUNT, spec.ticket) ?? {};
      return [...actions, ...deadLetters].some(({ actionId }) => tagOf(actionId) === tag);
    });
  }

  pass(ms: number): void {
    this.#now += ms;
    take(this.engine, 'default', quoteItem(this.#now, 100));
  }

  /** The state machine decides to hedge trade 1, where it has no hedge. */
  hedge(): void {
    this.pass(1000);
    const trade = this.engine.get(ACCOUNT, 1n);
    if (trade === undefined || trade.hedge !== null || trade.state === 'CLOSED') return;
    this.engine.act(trade.spec, (current) => [
      {
        trade: nextVersion(current, { state: 'HEDGED', flatTimerEndsAt: T0 + 10 ** 12 }),
        at: this.#now,
        change: { kind: 'updated', changedFields: [], withdrawn: [], manager: '' },
      },
    ]);
    this.#plan('OPEN_HEDGE');
  }

  unhedge(): void {
    this.#plan('CLOSE_HEDGE');
  }

  /** The bridge does what there is to do, and says of what it opened what it says. */
  async work(word: Word): Promise<void> {
    for (const action of await this.#client.lease(5)) {
      if (!(await this.#client.begin(action))) continue;
      const result = this.#carryOut(action);
      if (action.type !== 'OPEN_HEDGE' || word.says === 'truth') await this.#client.report(action, result);
      else if (word.says === 'ticket')
        await this.#client.report(action, { ...result, openedTicket: word.ticket });
    }
    this.#note();
  }

  async snapshot(complete: boolean): Promise<void> {
    this.pass(1000);
    const positions = [...this.broker.values()];
    await this.#client.reconcile({ takenAt: this.#now, complete, positions, deals: [], dealsSince: 0 });
    this.#note();
  }

  /** A person says that the hedge in doubt is this position, and is refused where it cannot be. */
  resolve(ticket: bigint): void {
    const trade = this.engine.get(ACCOUNT, 1n);
    const action = trade?.actions.find(({ type, status }) => type === 'OPEN_HEDGE' && status === 'IN_DOUBT');
    if (trade === undefined || action === undefined) return;
    const result = resultOf('DONE', { openedTicket: ticket, volume: 1 });
    const over = new Set([OVER.spec.ticket]);
    if (disbelieved(this.engine, { trade, action }, result, over) !== null) return;
    const moment = { at: this.#now, now: this.#now };
    resolveAction(this.engine, { trade, action }, { how: 'done', result }, 'ann', '', moment);
    this.#note();
  }

  #plan(type: 'OPEN_HEDGE' | 'CLOSE_HEDGE'): void {
    this.engine.act({ account: ACCOUNT, ticket: 1n }, (trade, context) =>
      planOutside(trade, 'test', [type], this.#now, context),
    );
    this.#note();
  }

  #put(position: BrokerPosition): void {
    this.broker.set(position.identifier, { ...position, openedAt: this.#now });
  }

  #carryOut(action: LeasedAction): OrderResult {
    const positions = [...this.broker.values()];
    const decision = orderOf(action, { marginMode: 'hedging', positions });
    if (decision.kind === 'answer') return decision.result;
    const { request } = decision;
    if (request.kind === 'stops') return resultOf('DONE');
    if (request.position !== null) {
      const owner = this.opened.get(request.position);
      if (action.type === 'CLOSE_HEDGE' && owner !== action.ticket)
        this.faults.push(`an order closes ${request.position}, which is no hedge of ${action.ticket}`);
      this.broker.delete(request.position);
      return resultOf('DONE', { price: 100, volume: request.volume });
    }
    const identifier = OPENED + BigInt(this.opened.size);
    const own = { identifier, ticket: identifier, direction: request.direction, volume: request.volume };
    this.#put({ ...positionOf(OVER), ...own, stopLoss: request.stopLoss, comment: request.comment });
    this.opened.set(identifier, action.ticket);
    this.#tags.set(identifier, request.comment);
    const open = [...this.opened].filter(([one, ticket]) => ticket === action.ticket && this.broker.has(one));
    if (open.length > 1) this.faults.push(`trade ${action.ticket} is hedged ${open.length} times`);
    if (request.volume > 1) this.faults.push(`a hedge is of ${request.volume} lots`);
    return resultOf('DONE', { price: 100, volume: request.volume, openedTicket: identifier });
  }

  /** What a store knows of actions. */
  #note(): void {
    for (const { trade, change } of this.engine.drain().events)
      for (const action of actionsOf(change))
        this.#openers.set(tagOf(action.actionId), openerOf(trade.spec.ticket, action));
  }
}
