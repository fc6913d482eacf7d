// Owns a bridge's way to the servers of a simulation: the commands that its calls run, each through the weather.
import { randomUUID } from 'node:crypto';
import { leasedOf } from '../../src/bridge/engine-lease-client.js';
import type {
  AccountReport,
  LeaseClient,
  LeasedAction,
  ReconcileAnswer,
} from '../../src/bridge/lease-client.js';
import type { OrderResult } from '../../src/broker/terminal.js';
import { reportAccount } from '../../src/commands/accounts.js';
import { closeTrade } from '../../src/commands/change-trade.js';
import type { Issuer } from '../../src/commands/command.js';
import { leaseActions } from '../../src/commands/lease-actions.js';
import { reconcilePositions } from '../../src/commands/reconcile-positions.js';
import { beginAction, reportAction } from '../../src/commands/report-action.js';
import type { CommandRunner } from '../../src/commands/runner.js';
import { outcomeOf } from '../../src/domain/actions/result-codes.js';
import type { BrokerSnapshot } from '../../src/domain/broker/snapshot.js';
import type { CloseReason } from '../../src/domain/trade/state.js';
import { DtmsError, reasonName } from '../../src/errors/errors.js';

/** Calls whoever leads, again and again where a repeat has one effect. */
export type Calling = <T>(call: (commands: CommandRunner) => Promise<T>) => Promise<T>;

export class SimLeaseClient implements LeaseClient {
  readonly #account: string;
  readonly #bridge: string;
  readonly #call: Calling;
  readonly #issuer: Issuer;

  constructor(account: string, bridge: string, call: Calling) {
    this.#account = account;
    this.#bridge = bridge;
    this.#call = call;
    this.#issuer = { method: '', principal: { name: bridge, id: bridge } };
  }

  async lease(limit: number): Promise<readonly LeasedAction[]> {
    const wanted = {
      account: this.#account,
      bridge: this.#bridge,
      maxLeases: limit,
      leaseMs: null,
      occurredAt: null,
    };
    const { actions } = await this.#call((commands) =>
      commands.run(leaseActions(wanted, 'held and due'), this.#issuer),
    );
    return actions.map(leasedOf);
  }

  begin({ actionId, token }: LeasedAction): Promise<boolean> {
    const requestId = randomUUID();
    return this.#held((commands) =>
      beginAction(commands, { actionId, token, occurredAt: null }, requestId, this.#issuer),
    );
  }

  report({ actionId, token, type }: LeasedAction, told: OrderResult): Promise<boolean> {
    const result = { ...told, outcome: outcomeOf(told, type) };
    return this.#held((commands) =>
      reportAction(commands, { actionId, token, occurredAt: null }, result, this.#bridge, this.#issuer),
    );
  }

  async heartbeat(report: AccountReport): Promise<void> {
    const told = {
      ...report,
      kind: 'REAL' as const,
      bridgeId: this.#bridge,
      terminalAccount: '',
      reportedAt: null,
    };
    await this.#call((commands) => commands.run(reportAccount(this.#account, told), this.#issuer));
  }

  async reconcile(snapshot: BrokerSnapshot): Promise<ReconcileAnswer> {
    const teller = { bridgeId: this.#bridge, sequence: 0n };
    const { probe, drifts } = await this.#call((commands) =>
      commands.run(reconcilePositions(this.#account, teller, snapshot), this.#issuer),
    );
    return { probe, drifts: drifts.length, rejected: [] };
  }

  async closed(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void> {
    const key = { account: this.#account, ticket };
    try {
      await this.#call((commands) => commands.run(closeTrade(key, reason, price, at), this.#issuer));
    } catch (error) {
      if (!isReason(error, 'TRADE_NOT_FOUND')) throw error;
    }
  }

  async #held(call: (commands: CommandRunner) => Promise<unknown>): Promise<boolean> {
    try {
      await this.#call(call);
      return true;
    } catch (error) {
      if (isReason(error, 'LEASE_LOST') || isReason(error, 'TRADING_STATE')) return false;
      throw error;
    }
  }
}

function isReason(error: unknown, reason: string): boolean {
  return error instanceof DtmsError && reasonName(error.reason) === reason;
}
