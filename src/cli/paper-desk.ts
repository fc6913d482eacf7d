// The desk between the paper broker's bridge and the server: it says what passes over it, every order with
// the broker's answer and every close of the broker's own, and dates snapshots by the clock of the server.
import type {
  AccountReport,
  BrokerSnapshot,
  Desk,
  LeasedAction,
  OrderResult,
  ReconcileAnswer,
} from '../bridge/desk.js';
import type { CloseReason } from '../domain/types.js';
import type { PaperTime } from './paper-time.js';
import type { Voice } from './paper-voice.js';

/** Deals of so long a time are told with a snapshot, by the wall clock: far longer than a doubt lasts. */
const DEALS_MS = 600_000;

export class PaperDesk implements Desk {
  readonly #desk: Desk;
  readonly #voice: Voice;
  readonly #time: PaperTime;
  #orders = 0;
  #closes = 0;

  constructor(desk: Desk, voice: Voice, time: PaperTime) {
    this.#desk = desk;
    this.#voice = voice;
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

  lease(limit: number): Promise<readonly LeasedAction[]> {
    return this.#desk.lease(limit);
  }

  async begin(action: LeasedAction): Promise<boolean> {
    const begun = await this.#desk.begin(action);
    if (!begun) this.#voice.say({ kind: 'lease_lost', at: this.#time.market, actionId: action.actionId });
    return begun;
  }

  async report(action: LeasedAction, result: OrderResult): Promise<boolean> {
    const taken = await this.#desk.report(action, result);
    this.#orders += 1;
    const { actionId, type, ticket } = action;
    const { price, code, message } = result;
    this.#voice.say({
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

  heartbeat(report: AccountReport): Promise<void> {
    return this.#desk.heartbeat(report);
  }

  reconcile(snapshot: BrokerSnapshot): Promise<ReconcileAnswer> {
    // How long an action is in doubt counts on the database's clock; a played market has another.
    const { wall } = this.#time;
    const from = Math.max(snapshot.dealsSince, this.#time.marketAt(wall - DEALS_MS));
    return this.#desk.reconcile({
      ...snapshot,
      takenAt: Math.max(snapshot.takenAt, wall),
      deals: snapshot.deals.filter(({ time }) => time >= from),
      dealsSince: this.#time.wallAt(from),
    });
  }

  async closed(ticket: bigint, reason: CloseReason, price: number, at: number): Promise<void> {
    await this.#desk.closed(ticket, reason, price, at);
    this.#closes += 1;
    this.#voice.say({ kind: 'close', at, ticket, reason, price });
  }
}
