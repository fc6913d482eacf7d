// Owns the lease client of `dtms paper`: it tells people every order with the broker's answer and every
// close of the broker's own, and dates snapshots and their deals by the clock of the server.
import type { LeasedAction, ReconcileAnswer } from '../../bridge/lease-client.js';
import { ServerLeaseClient, type ServerLeaseClientOptions } from '../../bridge/server-lease-client.js';
import type { OrderResult } from '../../broker/terminal.js';
import type { DtmsClient } from '../../client/client.js';
import type { BrokerSnapshot } from '../../domain/broker/snapshot.js';
import type { CloseReason } from '../../domain/trade/state.js';
import type { PaperOutput } from './output.js';
import type { PaperTime } from './time.js';

/** Deals of so long a time are told with a snapshot, by the wall clock: far longer than a doubt lasts. */
const DEALS_MS = 600_000;

export class PaperLeaseClient extends ServerLeaseClient {
  readonly #output: PaperOutput;
  readonly #time: PaperTime;
  /** When the last snapshot was taken, and by deal when the first one that showed it was; by the wall clock. */
  #takenAt = 0;
  #shown: ReadonlyMap<bigint, number> = new Map();
  #orders = 0;
  #closes = 0;

  constructor(client: DtmsClient, options: ServerLeaseClientOptions, output: PaperOutput, time: PaperTime) {
    super(client, options);
    this.#output = output;
    this.#time = time;
  }

  /** Results that were reported so far. */
  get orders(): number {
    return this.#orders;
  }

  /** Closes of the broker's own that were told so far. */
  get closes(): number {
    return this.#closes;
  }

  override async begin(action: LeasedAction): Promise<boolean> {
    const begun = await super.begin(action);
    if (!begun) this.#output.say({ kind: 'lease_lost', at: this.#time.market, actionId: action.actionId });
    return begun;
  }

  override async report(action: LeasedAction, result: OrderResult): Promise<boolean> {
    const taken = await super.report(action, result);
    this.#orders += 1;
    const { actionId, type, ticket } = action;
    const { price, code, message } = result;
    this.#output.say({
      kind: 'order',
      at: this.#time.market,
      actionId,
      type,
      ticket,
      volume: result.volume ?? action.volume,
      stopLoss: action.stopLoss ?? result.stopLoss,
      price,
      code,
      message,
      taken,
    });
    return taken;
  }

  override reconcile(snapshot: BrokerSnapshot): Promise<ReconcileAnswer> {
    // How long an action is in doubt counts on the database's clock; a played market has another.
    const { wall } = this.#time;
    const from = Math.max(snapshot.dealsSince, this.#time.marketAt(wall - DEALS_MS));
    const takenAt = Math.max(wall, this.#takenAt + 1);
    // A deal came between the snapshot that shows it first and the one before: what it closed is no part of what that one showed.
    const told = snapshot.deals.filter(({ time }) => time >= from);
    this.#shown = new Map(told.map(({ deal }) => [deal, this.#shown.get(deal) ?? takenAt]));
    this.#takenAt = takenAt;
    return super.reconcile({
      ...snapshot,
      takenAt,
      deals: told.map((deal) => ({ ...deal, time: this.#shown.get(deal.deal) ?? takenAt })),
      dealsSince: this.#time.wallAt(from),
    });
  }

  override async closed(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void> {
    await super.closed(ticket, reason, price, at);
    this.#closes += 1;
    this.#output.say({ kind: 'close', at, ticket, reason, price });
  }
}
