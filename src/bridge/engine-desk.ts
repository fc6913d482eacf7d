// A desk that is an engine in this process: the same steps as a server's, without network and store.

import type { Moment } from '../domain/action-life.js';
import { tagOf } from '../domain/action-tag.js';
import { outcomeOf } from '../domain/result-codes.js';
import type { CloseReason, Trade } from '../domain/types.js';
import {
  type ActionOf,
  beginAction,
  heldBy,
  leaseDue,
  reportAction,
  sweepLeases,
} from '../engine/action-desk.js';
import type { Engine } from '../engine/engine.js';
import { type Opener, questionsOf, reconcileAccount } from '../engine/reconcile.js';
import type {
  AccountReport,
  BrokerSnapshot,
  Desk,
  LeasedAction,
  OrderResult,
  ReconcileAnswer,
} from './desk.js';

/** What the engine does not keep: trades that are over, and which action an order's comment names. */
export interface Past {
  trade(ticket: bigint): Trade | undefined;
  opener(tag: string): Opener | undefined;
}

export interface EngineDeskOptions {
  readonly account: string;
  readonly bridgeId: string;
  readonly clock: () => Moment;
  readonly past: Past;
}

export class EngineDesk implements Desk {
  readonly #engine: Engine;
  readonly #options: EngineDeskOptions;

  constructor(engine: Engine, options: EngineDeskOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  async lease(limit: number): Promise<readonly LeasedAction[]> {
    const { account, bridgeId, clock } = this.#options;
    const moment = clock();
    sweepLeases(this.#engine, moment.now, () => moment.at);
    const { leaseMs } = this.#engine.rules.actions;
    const request = { account, bridge: bridgeId, maxLeases: limit, leaseMs };
    const held = heldBy(this.#engine, request, moment.now);
    return [...held, ...leaseDue(this.#engine, request, moment)].map(leasedOf);
  }

  async begin({ actionId, token }: LeasedAction): Promise<boolean> {
    return beginAction(this.#engine, actionId, Number(token), '', this.#options.clock()).outcome === 'ok';
  }

  async report({ actionId, token, type }: LeasedAction, result: OrderResult): Promise<boolean> {
    const { bridgeId, clock } = this.#options;
    const told = { ...result, outcome: outcomeOf(result.code, type) };
    return reportAction(this.#engine, actionId, Number(token), told, bridgeId, clock()).outcome === 'ok';
  }

  async heartbeat({
    connected,
    tradeAllowed,
    equity,
    balance,
    utcOffsetMinutes,
  }: AccountReport): Promise<void> {
    const { account, bridgeId, clock } = this.#options;
    const { at, now } = clock();
    const heartbeat = {
      bridgeId,
      terminalAccount: '',
      connected,
      tradeAllowed,
      equity,
      balance,
      utcOffsetMinutes,
      reportedAt: at,
    };
    this.#engine.accounts.report(account, heartbeat, now);
  }

  async reconcile(snapshot: BrokerSnapshot): Promise<ReconcileAnswer> {
    const { account, clock, past } = this.#options;
    const { identifiers, tags } = questionsOf(this.#engine, account, snapshot);
    const openers = new Map<string, Opener>();
    const settled = new Map<bigint, Trade>();
    const look = (ticket: bigint): void => {
      const trade = past.trade(ticket);
      if (trade !== undefined) settled.set(ticket, trade);
    };
    for (const identifier of identifiers) look(identifier);
    for (const tag of tags) {
      const opener = past.opener(tag);
      if (opener === undefined) continue;
      openers.set(tag, opener);
      look(opener.ticket);
    }
    const findings = { asked: new Set(identifiers), settled, openers };
    const { probe, drifts } = reconcileAccount(this.#engine, account, snapshot, findings, clock().now);
    return { probe, drifts: drifts.length };
  }

  async closed(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void> {
    const { account } = this.#options;
    const trade = this.#engine.get(account, ticket);
    if (trade === undefined || trade.state === 'CLOSED') return;
    this.#engine.close({ account, ticket }, reason, price, at);
  }
}

function leasedOf({ trade, action }: ActionOf): LeasedAction {
  const { spec, hedge, takeProfit, positionTicket } = trade;
  return {
    actionId: action.actionId,
    token: BigInt(action.lease?.token ?? 0),
    leaseEndsAt: action.lease?.endsAt ?? 0,
    type: action.type,
    account: spec.account,
    ticket: spec.ticket,
    positionTicket: positionTicket === 0n ? spec.ticket : positionTicket,
    symbol: spec.symbol,
    direction: spec.direction,
    stopLoss: action.stopLoss,
    takeProfit,
    volume: action.volume,
    hedgeTicket: hedge === null || hedge.ticket === 0n ? null : hedge.ticket,
    magicNumber: spec.magicNumber,
    tag: tagOf(action.actionId),
  };
}
