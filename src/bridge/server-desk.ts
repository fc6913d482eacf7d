// A desk that is a DTMS server: every step is a call, repeated while the server is away where a repeat
// has one effect.
import { DealEntry, DealReason } from '../../gen/ts/dtms/v1/account_service.js';
import type { LeasedAction as LeasedMessage } from '../../gen/ts/dtms/v1/action_service.js';
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import {
  CloseReason as CloseMessage,
  Direction,
  ActionType as TypeMessage,
} from '../../gen/ts/dtms/v1/types.js';
import type { CallOptions } from '../client/call.js';
import type { DtmsClient } from '../client/client.js';
import { hasReason } from '../client/errors.js';
import type { ActionType, CloseReason } from '../domain/types.js';
import type {
  AccountReport,
  BrokerSnapshot,
  Desk,
  LeasedAction,
  OrderResult,
  ReconcileAnswer,
} from './desk.js';

export interface ServerDeskOptions {
  readonly account: string;
  readonly bridgeId: string;
  /** What time it is at the broker, UTC ms, where it is not now: a replay's. */
  readonly clock?: () => number;
  readonly call?: CallOptions;
  /** Called with the newest revision an answer named. */
  readonly onRevision?: (revision: bigint) => void;
}

export class ServerDesk implements Desk {
  readonly #client: DtmsClient;
  readonly #options: ServerDeskOptions;
  #lastReport: AccountReport | null = null;

  /** The client stays the caller's. */
  constructor(client: DtmsClient, options: ServerDeskOptions) {
    this.#client = client;
    this.#options = options;
  }

  async lease(limit: number): Promise<readonly LeasedAction[]> {
    try {
      return await this.#lease(limit);
    } catch (error) {
      // A server that was away may not have heard of this bridge for too long.
      if (!hasReason(error, ErrorReason.BRIDGE_NOT_READY) || this.#lastReport === null) throw error;
      await this.heartbeat(this.#lastReport);
      return this.#lease(limit);
    }
  }

  async begin({ actionId, token }: LeasedAction): Promise<boolean> {
    const { call } = this.#options;
    try {
      const { revision } = await this.#client.beginAction({ actionId, token, occurredAt: this.#now() }, call);
      this.#options.onRevision?.(revision);
      return true;
    } catch (error) {
      if (hasReason(error, ErrorReason.LEASE_LOST)) return false;
      throw error;
    }
  }

  async report({ actionId, token }: LeasedAction, result: OrderResult): Promise<boolean> {
    const { code, message, price, volume, stopLoss, openedTicket, dealTicket } = result;
    const told = {
      code,
      message: message.slice(0, MAXIMUM_MESSAGE),
      price: price ?? undefined,
      volume: volume ?? undefined,
      stopLoss: stopLoss ?? undefined,
      openedTicket: openedTicket ?? 0n,
      dealTicket: dealTicket ?? 0n,
    };
    try {
      const { revision } = await this.#client.reportAction(
        { actionId, token, result: told, occurredAt: this.#now() },
        this.#options.call,
      );
      this.#options.onRevision?.(revision);
      return true;
    } catch (error) {
      if (hasReason(error, ErrorReason.LEASE_LOST)) return false;
      throw error;
    }
  }

  async heartbeat(report: AccountReport): Promise<void> {
    this.#lastReport = report;
    const { account, bridgeId, call } = this.#options;
    await this.#client.reportAccount({ account, bridgeId, ...report, reportedAt: this.#now() }, call);
  }

  async reconcile(snapshot: BrokerSnapshot): Promise<ReconcileAnswer> {
    const { account, bridgeId, call } = this.#options;
    const answer = await this.#client.reconcilePositions(
      {
        account,
        bridgeId,
        takenAt: new Date(snapshot.takenAt),
        complete: snapshot.complete,
        positions: snapshot.positions.map((position) => ({
          ...position,
          direction: Direction[position.direction],
          stopLoss: position.stopLoss ?? undefined,
          takeProfit: position.takeProfit ?? undefined,
          openedAt: new Date(position.openedAt),
        })),
        deals: snapshot.deals.map((deal) => ({
          ...deal,
          entry: DealEntry[deal.entry],
          direction: Direction[deal.direction],
          reason: DealReason[deal.reason],
          time: new Date(deal.time),
        })),
        dealsSince: new Date(snapshot.dealsSince),
      },
      call,
    );
    this.#options.onRevision?.(answer.revision);
    return { probe: answer.probe, drifts: answer.drifts.length };
  }

  async closed(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void> {
    const { account, call } = this.#options;
    try {
      const { revision } = await this.#client.closeTrade(
        { account, ticket, reason: CloseMessage[reason], closePrice: price, occurredAt: new Date(at) },
        call,
      );
      this.#options.onRevision?.(revision);
    } catch (error) {
      // A hedge's leg, or somebody else's position: the next reconciliation tells of it.
      if (!hasReason(error, ErrorReason.TRADE_NOT_FOUND)) throw error;
    }
  }

  async #lease(limit: number): Promise<readonly LeasedAction[]> {
    const { account, bridgeId, call } = this.#options;
    const request = { account, bridgeId, maxLeases: limit, occurredAt: this.#now() };
    const { actions, revision } = await this.#client.drainLeases(request, call);
    this.#options.onRevision?.(revision);
    return actions.map(leasedFromProto);
  }

  #now(): Date | undefined {
    const { clock } = this.#options;
    return clock === undefined ? undefined : new Date(clock());
  }
}

/** The longest message a result may carry. */
const MAXIMUM_MESSAGE = 256;

function leasedFromProto(leased: LeasedMessage): LeasedAction {
  const { action, account, ticket, positionTicket, symbol, takeProfit, magicNumber, tag } = leased;
  if (action?.lease === undefined) throw new Error('the server leased nothing');
  const { lease, stopLoss, volume } = action;
  return {
    actionId: action.actionId,
    token: lease.token,
    leaseEndsAt: lease.endsAt?.getTime() ?? 0,
    type: TypeMessage[action.type] as ActionType,
    account,
    ticket,
    positionTicket,
    symbol,
    direction: leased.direction === Direction.SELL ? 'SELL' : 'BUY',
    stopLoss: stopLoss ?? null,
    takeProfit: takeProfit ?? null,
    volume: volume ?? null,
    hedgeTicket: leased.hedgeTicket === 0n ? null : leased.hedgeTicket,
    magicNumber,
    tag,
  };
}
