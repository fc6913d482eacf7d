// Owns a lease client of a DTMS server: every step is a call, repeated while the server is away where a
// repeat has one effect.

import {
  AccountKind as AccountKindMessage,
  type AccountRisk,
  BalanceOperationKind as BalanceOperationKindMessage,
  DealEntry,
  DealReason,
  MarginMode,
} from '../../gen/ts/dtms/v1/account_service.js';
import type { LeasedAction as LeasedMessage } from '../../gen/ts/dtms/v1/action_service.js';
import { ErrorReason } from '../../gen/ts/dtms/v1/error_reason.js';
import { InstrumentKind as InstrumentKindMessage } from '../../gen/ts/dtms/v1/market_data_service.js';
import {
  ActionOutcome,
  CloseReason as CloseMessage,
  Direction,
  ActionType as TypeMessage,
} from '../../gen/ts/dtms/v1/types.js';
import type { OrderResult } from '../broker/terminal.js';
import type { CallOptions } from '../client/call.js';
import type { DtmsClient } from '../client/client.js';
import { hasReason, knownAnswer } from '../client/errors.js';
import { isLeaseLost } from '../client/lease-loop.js';
import type { AccountTerms } from '../domain/account/account.js';
import type { BalanceOperation } from '../domain/account/balance-operations.js';
import type { AccountKind } from '../domain/account/bridges.js';
import type { BrokerSnapshot } from '../domain/broker/snapshot.js';
import type { Instrument } from '../domain/market/data.js';
import type { WeekHours } from '../domain/market/week-hours.js';
import type { ActionType } from '../domain/trade/action-specs.js';
import type { CloseReason } from '../domain/trade/state.js';
import type { AccountReport, LeaseClient, LeasedAction, ReconcileAnswer } from './lease-client.js';

/** As it is told to a server. */
export function instrumentToProto({ kind, tradingHours, ...terms }: Instrument) {
  const told = {
    ...terms,
    currencies: [...(terms.currencies ?? [])],
    ...(tradingHours === undefined ? {} : { tradingHours: hoursToProto(tradingHours) }),
  };
  return { ...told, kind: InstrumentKindMessage[kind ?? 'UNSPECIFIED'] };
}

function hoursToProto({ zone, sessions }: WeekHours) {
  return {
    ...(typeof zone === 'string' ? { zone } : { utcOffsetMinutes: zone }),
    sessions: sessions.map(({ opens, closes }) => ({ opensMinute: opens, closesMinute: closes })),
  };
}

/** Tells a server how an account works and what its symbol's terms are. Answers the account as it stands. */
export async function declareAccount(
  client: DtmsClient,
  instrument: Instrument,
  { marginMode, ...terms }: Partial<AccountTerms> & { readonly currency?: string },
  call?: CallOptions,
): Promise<AccountRisk | undefined> {
  // Of one instrument a refusal is an error: there is nothing else in the request.
  await client.upsertInstruments({ instruments: [instrumentToProto(instrument)] }, call);
  const mode = marginMode === 'netting' ? MarginMode.NETTING : MarginMode.HEDGING;
  const { account } = instrument;
  return (await client.upsertAccount({ ...terms, account, marginMode: mode }, call)).risk;
}

export interface ServerLeaseClientOptions {
  readonly account: string;
  readonly bridgeId: string;
  /** Whose money the account holds; REAL by default. */
  readonly kind?: AccountKind;
  /** What time it is at the broker, UTC ms, where it is not now: a replay's. */
  readonly clock?: () => number;
  readonly call?: CallOptions;
  /** Called with the newest revision an answer named. */
  readonly onRevision?: (revision: bigint) => void;
}

export class ServerLeaseClient implements LeaseClient {
  readonly #client: DtmsClient;
  readonly #options: ServerLeaseClientOptions;
  #lastReport: AccountReport | null = null;
  /** The number of the last snapshot that was sent. */
  #sequence = 0n;

  /** The client stays the caller's. */
  constructor(client: DtmsClient, options: ServerLeaseClientOptions) {
    this.#client = client;
    this.#options = options;
  }

  lease(limit: number): Promise<readonly LeasedAction[]> {
    return this.#heard(() => this.#lease(limit));
  }

  begin({ actionId, token }: LeasedAction): Promise<boolean> {
    const request = { actionId, token, occurredAt: this.#now() };
    return this.#held(knownAnswer(this.#client.beginAction(request, this.#options.call)));
  }

  report({ actionId, token }: LeasedAction, told: OrderResult): Promise<boolean> {
    const { code, message, outcome, price, volume, stopLoss, openedTicket, dealTicket } = told;
    const result = {
      code,
      message: printable(message).slice(0, MAXIMUM_MESSAGE),
      outcome: ActionOutcome[outcome ?? 'UNSPECIFIED'],
      price: price ?? undefined,
      volume: volume ?? undefined,
      stopLoss: stopLoss ?? undefined,
      openedTicket: openedTicket ?? 0n,
      dealTicket: dealTicket ?? 0n,
    };
    const request = { actionId, token, result, occurredAt: this.#now() };
    return this.#held(this.#client.reportAction(request, this.#options.call));
  }

  async heartbeat(report: AccountReport): Promise<void> {
    this.#lastReport = report;
    const { account, bridgeId, call, kind = 'REAL' } = this.#options;
    const { login, ...money } = report;
    const told = {
      ...money,
      terminalAccount: login ?? '',
      kind: AccountKindMessage[kind],
      tellsOperations: report.operations !== null,
      operations: report.operations?.map(operationToProto),
      reportedAt: this.#now(),
    };
    await this.#client.reportAccount({ account, bridgeId, ...told }, call);
  }

  async reconcile(snapshot: BrokerSnapshot): Promise<ReconcileAnswer> {
    // It rises over restarts too, unless this machine's clock was put back.
    const now = BigInt(Date.now());
    this.#sequence = now > this.#sequence ? now : this.#sequence + 1n;
    const sequence = this.#sequence;
    try {
      return await this.#heard(() => this.#reconcile(snapshot, sequence));
    } catch (error) {
      if (!hasReason(error, ErrorReason.SNAPSHOT_TOO_OLD)) throw error;
      const last = BigInt(error.report.metadata.last_sequence ?? 0);
      // This very one was taken, and its answer was lost: the next one asks again.
      if (last === sequence) return { probe: [], drifts: 0, rejected: [] };
      this.#sequence = last;
      throw error;
    }
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

  /** False when the lease was lost. */
  async #held(answer: Promise<{ readonly revision: bigint }>): Promise<boolean> {
    try {
      // Awaited by itself: an argument of `?.()` is not evaluated where there is nothing to call.
      const { revision } = await answer;
      this.#options.onRevision?.(revision);
      return true;
    } catch (error) {
      if (isLeaseLost(error)) return false;
      throw error;
    }
  }

  /**
   * Calls what only a bridge may that the server heard of lately. A server that was away may not have, nor one whose
   * replay takes its time between two bars: it hears the last report again.
   */
  async #heard<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      if (!hasReason(error, ErrorReason.BRIDGE_NOT_READY) || this.#lastReport === null) throw error;
      await this.heartbeat(this.#lastReport);
      return call();
    }
  }

  async #reconcile(snapshot: BrokerSnapshot, sequence: bigint): Promise<ReconcileAnswer> {
    const { account, bridgeId, call } = this.#options;
    const answer = await this.#client.reconcilePositions(
      {
        account,
        bridgeId,
        sequence,
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
    return { probe: answer.probe, drifts: answer.drifts.length, rejected: answer.rejected };
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

function operationToProto({ deal, kind, amount, time }: BalanceOperation) {
  return { deal, kind: BalanceOperationKindMessage[kind], amount, time: new Date(time) };
}

/** The longest message a result may carry. */
const MAXIMUM_MESSAGE = 256;

/** As a bridge has it. */
export function leasedFromProto(leased: LeasedMessage): LeasedAction {
  const { action, account, ticket, positionTicket, symbol, takeProfit, magicNumber, tag } = leased;
  const { leaves, volumeMin, volumeStep } = leased;
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
    ...{ leaves, volumeMin, volumeStep },
  };
}

/** A broker's words may hold anything; with control characters in them the whole report would be refused. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ');
}
