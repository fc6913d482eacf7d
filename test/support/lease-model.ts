// A model of leases and a world to check it against: an engine with some trades, two bridges that forget,
// and a broker that keeps a ledger. The model is the specification in a few lines: per action a status, its
// newest token and what was begun; which steps each side may cause; and what each call must answer.

import { expect } from 'vitest';
import { ALARM } from '../../src/domain/changes/action-life.js';
import { planOutside } from '../../src/domain/changes/commands.js';
import type { Action, ActionResult, ActionStatus } from '../../src/domain/trade/action.js';
import type { ActionType } from '../../src/domain/trade/action-specs.js';
import { actionsOf } from '../../src/domain/trade/event-actions.js';
import type { Trade } from '../../src/domain/trade/trade.js';
import { Engine } from '../../src/engine/engine.js';
import { restoreHeld } from '../../src/engine/holds.js';
import { actionOf, beginAction, type LeaseStep } from '../../src/engine/leases.js';
import { decodeTrade, encodeTrade } from '../../src/store/bodies/trade.js';
import { checkActing } from './acting-law.js';
import { forbidden } from './lease-laws.js';
import { quoteItem, take } from './scripted-view.js';
import { rulesWith, T0, TERMS, tradeOf } from './trades.js';

export const LEASE_MS = 30_000;

/** How the calls that matter are made; a control run takes a guard away. */
export interface Guards {
  begin(engine: Engine, actionId: string, token: number, requestId: string, now: number): LeaseStep;
  /** Whether the bridge goes to the broker after this answer. */
  mayExecute(step: LeaseStep): boolean;
}

export const GUARDED: Guards = {
  begin: (engine, actionId, token, requestId, now) =>
    beginAction(engine, actionId, token, requestId, momentOf(now)),
  mayExecute: ({ outcome }) => outcome === 'ok',
};

export interface Moment {
  readonly at: number;
  readonly now: number;
}

/** Both clocks go at the same pace. */
export const momentOf = (now: number): Moment => ({ at: T0 + now, now });

/** What a bridge holds of an action, and what the broker told it. */
export interface Held {
  readonly actionId: string;
  readonly type: ActionType;
  readonly token: number;
  readonly bridge: number;
  /** Of its BeginAction; empty before one was granted. */
  readonly requestId: string;
  /** null before the broker was touched for it. */
  readonly answer: 'FILLED' | 'REFUSED' | null;
}

/** The real thing. */
export class World {
  engine: Engine = begunEngine([]);
  tradingState: 'ACTIVE' | 'REDUCING' | 'HALTED' = 'ACTIVE';
  /** Bid and ask. */
  price = 100;
  /** How often the broker executed each action. */
  readonly ledger = new Map<string, number>();
  /** Per bridge, what it remembers. */
  readonly bridges: Held[][] = [[], []];
  /** Every lease ever given, with what came of it. */
  readonly history: Held[] = [];
  readonly guards: Guards;
  #requests = 0;
  #now = 0;

  constructor(guards: Guards) {
    this.guards = guards;
    const hedged = { flatTimerEndsAt: T0 + 10 ** 12 };
    this.engine = begunEngine([
      tradeOf({ state: 'WARNING_L2' }, { ticket: 1n }),
      tradeOf({ state: 'HEDGED', ...hedged }, { ticket: 2n, direction: 'SELL' }),
      tradeOf({ state: 'HEALTHY', closedVolume: 0.5 }, { ticket: 3n }),
    ]);
    this.now = 0;
  }

  /** The database's time. */
  get now(): number {
    return this.#now;
  }

  set now(now: number) {
    this.#now = now;
    this.engine.reference.tell(now);
  }

  /** Plans an action, where planning finds one; the price moves first. */
  plan(ticket: bigint, type: ActionType, price: number): void {
    const { at } = momentOf(this.now);
    this.quote(price);
    if ((this.engine.get('demo', ticket)?.state ?? 'CLOSED') === 'CLOSED') return;
    this.engine.act({ account: 'demo', ticket }, (trade, context) =>
      planOutside(trade, 'test', [type], at, context),
    );
  }

  quote(price: number): void {
    this.price = price;
    take(this.engine, 'default', quoteItem(momentOf(this.now).at, price, price));
  }

  /** A person limits or frees the account. */
  set(state: World['tradingState']): void {
    this.tradingState = state;
    this.engine.accounts.setTradingState('demo', { state, by: 'anna', reason: '', at: this.now });
  }

  /** Why an action must not reach the broker now; empty when it may. */
  forbids(actionId: string): string {
    const found = actionOf(this.engine, actionId);
    if (found === null) return 'it is settled';
    const { tradingState, price, now } = this;
    const tripped = new Set(this.engine.breaker.trips('demo').map(({ kind }) => kind));
    const { at } = momentOf(now);
    return forbidden(found.action, { trade: found.trade, tradingState, price, at, tripped });
  }

  /** The server stops and another takes over from what was written. */
  restart(): void {
    this.engine = begunEngine(Array.from(this.engine.trades(), (trade) => decodeTrade(encodeTrade(trade))));
    this.engine.reference.tell(this.now);
    this.quote(this.price);
    this.set(this.tradingState);
    restoreHeld(this.engine, this.now);
    this.engine.drain();
  }

  nextRequest(): string {
    this.#requests += 1;
    return `r${this.#requests}`;
  }

  remember(held: Held): void {
    const same = ({ actionId, token, bridge }: Held): boolean =>
      actionId === held.actionId && token === held.token && bridge === held.bridge;
    for (const list of [this.history, this.bridges[held.bridge] ?? []]) {
      const index = list.findIndex(same);
      if (index >= 0) list[index] = held;
      else list.push(held);
    }
  }

  open(): readonly { readonly trade: Trade; readonly action: Action }[] {
    return [...this.engine.trades()].flatMap((trade) => trade.actions.map((action) => ({ trade, action })));
  }
}

/** Few attempts, so that dead letters are common. */
const RULES = rulesWith({ maximumAttempts: 2 });

function begunEngine(trades: readonly Trade[]): Engine {
  const engine = new Engine(RULES);
  engine.upsertInstrument(TERMS);
  for (const trade of trades) engine.restoreTrade(trade);
  return engine;
}

interface Modelled {
  status: ActionStatus;
  token: number;
  endsAt: number;
  /** Its alarm has sounded. */
  alarmed: boolean;
  /** A person said that it is over, whatever the broker did. */
  byPerson: boolean;
  /** The call that began it under its newest token. */
  begunBy: string;
  readonly begun: Set<number>;
}

/** Who causes a step, and the steps they may cause. */
export type Cause =
  | 'lease'
  | 'begin'
  | 'extend'
  | 'report'
  | 'stale report'
  | 'time'
  | 'person'
  | 'look'
  | 'order'
  | 'plan';

/** What becomes of what was leased and must not be done any more. */
const REFUSALS = ['LEASED>PENDING', 'LEASED>EXPIRED', 'LEASED>HELD'];

const STEPS: Readonly<Record<Cause, readonly string[]>> = {
  lease: ['PENDING>LEASED', 'PENDING>EXPIRED', 'PENDING>HELD'],
  begin: ['LEASED>EXECUTING', ...REFUSALS],
  extend: ['LEASED>LEASED', 'EXECUTING>EXECUTING', ...REFUSALS],
  report: ['EXECUTING', 'IN_DOUBT'].flatMap((from) =>
    ['DONE', 'REJECTED', 'DEAD', 'PENDING', 'IN_DOUBT', 'EXPIRED'].map((to) => `${from}>${to}`),
  ),
  'stale report': [
    ...['PENDING>IN_DOUBT', 'HELD>IN_DOUBT', 'LEASED>IN_DOUBT'],
    ...['EXECUTING>EXECUTING', 'IN_DOUBT>IN_DOUBT'],
  ],
  time: ['LEASED>PENDING', 'EXECUTING>IN_DOUBT', 'IN_DOUBT>IN_DOUBT', 'PENDING>DEAD', 'HELD>DEAD'],
  person: [
    ...['IN_DOUBT>DONE', 'IN_DOUBT>PENDING', 'IN_DOUBT>DEAD', 'IN_DOUBT>EXPIRED', 'PENDING>EXPIRED'],
    ...['DEAD>PENDING', 'REJECTED>PENDING', 'DEAD>EXPIRED', 'REJECTED>EXPIRED', 'HELD>PENDING'],
  ],
  look: ['IN_DOUBT>DONE', 'IN_DOUBT>PENDING', 'IN_DOUBT>DEAD', 'IN_DOUBT>EXPIRED'],
  order: ['PENDING>PENDING', 'LEASED>LEASED', 'HELD>PENDING'],
  plan: [],
};

export class LeaseModel {
  readonly actions = new Map<string, Modelled>();
  readonly #tokens = new Map<string, number>();
  readonly #versions = new Map<string, number>();
  /** Every step taken, for the count of what a run covered. */
  readonly steps = new Map<string, number>();

  /** Whether a call under this token must be answered with yes. */
  holds(actionId: string, token: number, now: number): boolean {
    const known = this.actions.get(actionId);
    if (known === undefined || known.token !== token || known.endsAt <= now) return false;
    return known.status === 'LEASED' || known.status === 'EXECUTING';
  }

  /** Whether the broker may be touched: once per lease, and again only for the repeat of one call. */
  mayBegin(actionId: string, token: number, requestId: string, now: number): boolean {
    const known = this.actions.get(actionId);
    if (known?.status === 'LEASED') return this.holds(actionId, token, now);
    return known?.status === 'EXECUTING' && known.token === token && known.begunBy === requestId;
  }

  /** A begin was granted to this call. */
  begunBy(actionId: string, requestId: string): void {
    this.#of(actionId).begunBy = requestId;
  }

  /** Whether a report under this token counts: its lease is the newest and was begun. */
  counts(actionId: string, token: number): boolean {
    const known = this.actions.get(actionId);
    if (known === undefined || known.token !== token) return false;
    return known.status === 'EXECUTING' || known.status === 'IN_DOUBT';
  }

  /** Takes what happened since the last call, and holds it against the laws. */
  settleUp(world: World, cause: Cause): void {
    for (const { trade, change } of world.engine.drain().events) {
      const name = `${trade.spec.account}:${trade.spec.ticket}`;
      const before = this.#versions.get(name);
      if (before !== undefined) expect(trade.version).toBe(before + 1);
      this.#versions.set(name, trade.version);
      const moved = change.kind === 'actionChanged' ? change.action.actionId : null;
      for (const action of actionsOf(change)) {
        if (action.actionId === moved) this.#move(name, action, cause);
        else if (action.status === 'EXPIRED') this.#withdraw(action);
        else this.#plan(action);
      }
    }
    this.#check(world);
  }

  #plan({ actionId, status }: Action): void {
    expect([this.actions.has(actionId), status]).toEqual([false, 'PENDING']);
    this.actions.set(actionId, {
      ...{ status, token: 0, endsAt: 0, alarmed: false, byPerson: false, begunBy: '' },
      begun: new Set(),
    });
  }

  /** Only what no bridge has begun may be taken back. */
  #withdraw({ actionId, status }: Action): void {
    const known = this.#of(actionId);
    expect(['PENDING', 'LEASED', 'HELD']).toContain(known.status);
    known.status = status;
  }

  #move(trade: string, action: Action, cause: Cause): void {
    const known = this.#of(action.actionId);
    const step = `${known.status}>${action.status}`;
    if (cause === 'time' && step === 'IN_DOUBT>IN_DOUBT') {
      expect([known.alarmed, action.settleBy], 'an alarm sounds once').toEqual([false, null]);
    }
    known.alarmed = action.status === 'IN_DOUBT' && action.settleBy === null;
    expect(STEPS[cause], `${cause} made ${step} of ${action.actionId}`).toContain(step);
    this.steps.set(`${cause}: ${step}`, (this.steps.get(`${cause}: ${step}`) ?? 0) + 1);
    if (cause === 'lease' && action.status === 'LEASED') {
      const token = action.lease?.token ?? 0;
      expect(token).toBeGreaterThan(this.#tokens.get(trade) ?? 0);
      this.#tokens.set(trade, token);
      known.token = token;
    }
    if (cause === 'begin' && action.status === 'EXECUTING') {
      expect(known.begun.has(known.token)).toBe(false);
      known.begun.add(known.token);
    }
    if (action.lease !== null) known.endsAt = action.lease.endsAt;
    else known.token = 0;
    known.byPerson = cause === 'person' && action.status === 'EXPIRED';
    known.status = action.status;
  }

  #check(world: World): void {
    checkActing(world.engine, world.now);
    const closes = world.open().filter(({ action }) => action.type === 'CLOSE_ALL');
    const closing = closes.map(({ trade }) => trade.spec.ticket);
    expect(closing.length, 'one close of a trade at a time').toBe(new Set(closing).size);
    for (const { action } of world.open()) {
      expect(action.status, action.actionId).toBe(this.#of(action.actionId).status);
    }
    for (const [actionId, count] of world.ledger) {
      expect(count, `${actionId} at the broker`).toBeLessThanOrEqual(1);
    }
    for (const [actionId, { status, byPerson }] of this.actions) {
      const executed = world.ledger.get(actionId) ?? 0;
      if (status === 'DONE') expect(executed, `${actionId} is DONE`).toBe(1);
      if (['REJECTED', 'DEAD', 'PENDING', 'HELD', 'LEASED'].includes(status)) {
        expect(executed, `${actionId} is ${status}`).toBe(0);
      }
      if (status === 'EXPIRED' && !byPerson) expect(executed, `${actionId} is EXPIRED`).toBe(0);
    }
  }

  /** Once time has passed: nothing is left on its way, and every doubt has sounded its alarm. */
  checkOver(world: World): void {
    const on = world.open().map(({ action }) => action);
    for (const { actionId, status, settleBy, reason } of on) {
      expect([actionId, status, settleBy, reason.startsWith(ALARM)]).toEqual([
        actionId,
        'IN_DOUBT',
        null,
        true,
      ]);
    }
    const ended = new Set<ActionStatus>(['DONE', 'REJECTED', 'EXPIRED', 'DEAD', 'IN_DOUBT']);
    for (const { status } of this.actions.values()) expect(ended.has(status)).toBe(true);
  }

  #of(actionId: string): Modelled {
    const known = this.actions.get(actionId);
    if (known === undefined) throw new Error(`the model does not know ${actionId}`);
    return known;
  }
}

/** What the broker answered, as a bridge reports it; `ticket` is a position's that an order opened. */
export function truth(answer: Held['answer'], refusal: ActionResult, ticket: bigint): ActionResult {
  if (answer !== 'FILLED') return refusal;
  return {
    ...{ code: 10009, message: '', outcome: 'DONE', price: 100, volume: null, stopLoss: null },
    ...{ openedTicket: ticket, dealTicket: ticket },
  };
}
