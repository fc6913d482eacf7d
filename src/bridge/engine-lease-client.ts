// Owns a lease client of an engine in this process: the same steps as a server's, without network and store.

import type { OrderResult } from '../broker/terminal.js';
import type { Moment } from '../domain/actions/context.js';
import { type LeasedWork, leasedWork } from '../domain/actions/leased-work.js';
import { outcomeOf } from '../domain/actions/result-codes.js';
import { tagOf } from '../domain/broker/order-tag.js';
import type { BrokerSnapshot } from '../domain/broker/snapshot.js';
import type { CloseReason } from '../domain/trade/state.js';
import type { Trade } from '../domain/trade/trade.js';
import type { Engine } from '../engine/engine.js';
import { type Opener, questionsOf } from '../engine/findings.js';
import { flattenTripped } from '../engine/flatten.js';
import { beginAction, heldBy, leaseDue, reportAction, sweepLeases } from '../engine/leases.js';
import { reconcileAccount } from '../engine/reconcile.js';
import { reportToEngine } from '../engine/report-account.js';
import type { AccountReport, LeaseClient, LeasedAction, ReconcileAnswer } from './lease-client.js';

/** What the engine does not keep: trades that are over, and which action an order's comment names. */
export interface Past {
  trade(ticket: bigint): Trade | undefined;
  opener(tag: string): Opener | undefined;
}

export interface EngineLeaseClientOptions {
  readonly account: string;
  readonly bridgeId: string;
  readonly clock: () => Moment;
  readonly past: Past;
}

export class EngineLeaseClient implements LeaseClient {
  readonly #engine: Engine;
  readonly #options: EngineLeaseClientOptions;

  constructor(engine: Engine, options: EngineLeaseClientOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  async lease(limit: number): Promise<readonly LeasedAction[]> {
    const { account, bridgeId, clock } = this.#options;
    const moment = clock();
    this.#engine.reference.tell(moment.now);
    sweepLeases(this.#engine, moment.now, () => moment.at);
    const { leaseMs } = this.#engine.rules.actions;
    const request = { account, bridge: bridgeId, maxLeases: limit, leaseMs };
    const held = heldBy(this.#engine, request, moment.now);
    const found = [...held, ...leaseDue(this.#engine, request, moment)];
    return found.map((one) => leasedOf(leasedWork(one, this.#engine)));
  }

  async begin({ actionId, token }: LeasedAction): Promise<boolean> {
    return beginAction(this.#engine, actionId, Number(token), '', this.#options.clock()).outcome === 'ok';
  }

  async report({ actionId, token, type }: LeasedAction, result: OrderResult): Promise<boolean> {
    const { bridgeId, clock, past } = this.#options;
    const told = { ...result, outcome: result.outcome ?? outcomeOf(result, type) };
    const { openedTicket: opened } = told;
    const over = new Set(opened !== null && past.trade(opened) !== undefined ? [opened] : []);
    return (
      reportAction(this.#engine, actionId, Number(token), told, bridgeId, clock(), over).outcome === 'ok'
    );
  }

  async heartbeat(report: AccountReport): Promise<void> {
    const { account, bridgeId, clock } = this.#options;
    const { at, now } = clock();
    const { login: terminalAccount = '', ...money } = report;
    const heartbeat = { ...money, kind: 'PAPER' as const, bridgeId, terminalAccount, reportedAt: at };
    reportToEngine(this.#engine, account, heartbeat, now);
    flattenTripped(this.#engine, () => at);
  }

  async reconcile(snapshot: BrokerSnapshot): Promise<ReconcileAnswer> {
    const { account, clock, past } = this.#options;
    const { identifiers, openings, tags } = questionsOf(this.#engine, account, snapshot);
    const openers = new Map<string, Opener>();
    const settled = new Map<bigint, Trade>();
    const look = (ticket: bigint): void => {
      const trade = past.trade(ticket);
      if (trade !== undefined) settled.set(ticket, trade);
    };
    for (const identifier of [...identifiers, ...openings]) look(identifier);
    for (const tag of tags) {
      const opener = past.opener(tag);
      if (opener === undefined) continue;
      openers.set(tag, opener);
      look(opener.ticket);
    }
    const findings = { asked: new Set(identifiers), openings: new Set(openings), settled, openers };
    const { probe, drifts } = reconcileAccount(this.#engine, account, snapshot, findings, clock().now);
    return { probe, drifts: drifts.length, rejected: [] };
  }

  async closed(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void> {
    const { account } = this.#options;
    const trade = this.#engine.get(account, ticket);
    if (trade === undefined || trade.state === 'CLOSED') return;
    this.#engine.close({ account, ticket }, reason, price, at);
  }
}

/** An action on lease, as a bridge gets it. */
export function leasedOf({ trade, action, symbol, volumes }: LeasedWork): LeasedAction {
  const { spec, hedge, takeProfit, positionTicket } = trade;
  return {
    actionId: action.actionId,
    token: BigInt(action.lease?.token ?? 0),
    leaseEndsAt: action.lease?.endsAt ?? 0,
    type: action.type,
    account: spec.account,
    ticket: spec.ticket,
    positionTicket: positionTicket === 0n ? spec.ticket : positionTicket,
    symbol,
    direction: spec.direction,
    stopLoss: action.stopLoss,
    takeProfit,
    volume: action.volume,
    hedgeTicket: hedge === null || hedge.ticket === 0n ? null : hedge.ticket,
    magicNumber: spec.magicNumber,
    tag: tagOf(action.actionId),
    ...(action.leaves !== null && { leaves: action.leaves }),
    volumeMin: volumes.volumeMin,
    volumeStep: volumes.volumeStep,
  };
}
