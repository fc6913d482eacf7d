// Owns a broker with positions of one lot that closes them in parts, changes its past in every way, and whose account may have
// another currency since: what its newest deals say is what results are to be.
import { DealEntry, DealReason } from '../../gen/ts/dtms/v1/account_service.js';
import { Direction } from '../../src/client/index.js';
import { at } from './account-calls.js';

export type Currency = 'USD' | 'EUR';

/** In hundredths of a lot and cents. */
export interface Close {
  readonly deal: bigint;
  readonly ticket: bigint;
  lots: number;
  readonly at: number;
  readonly isStop: boolean;
  /** Its account's when it was told first, which its money is in; null until then. */
  currency: Currency | null;
  price: number;
  profit: number;
  commission: number;
  swap: number;
}

export class ChangingBroker {
  readonly name: string;
  readonly tickets: readonly bigint[];
  readonly closes: Close[] = [];
  currency: Currency = 'USD';
  /** Of its clock. */
  seconds = 10;
  #deals = 0n;

  constructor(name: string, tickets: readonly bigint[]) {
    this.name = name;
    this.tickets = tickets;
  }

  open(ticket: bigint): number {
    return 100 - this.of(ticket).reduce((sum, { lots }) => sum + lots, 0);
  }

  of(ticket: bigint): Close[] {
    return this.closes.filter((close) => close.ticket === ticket);
  }

  /** @param share - quarters of what is open. */
  close(ticket: bigint, share: number, cents: number): Close | undefined {
    const lots = Math.max(1, Math.floor((this.open(ticket) * share) / 4));
    if (this.open(ticket) === 0) return undefined;
    this.#deals += 1n;
    const isStop = lots === this.open(ticket);
    const price = 90 + Number(this.#deals) / 100;
    const money = { profit: cents, commission: -7, swap: 3 };
    const what = { deal: this.#deals, ticket, lots, at: this.seconds + 1, isStop };
    const close: Close = { ...what, price, currency: null, ...money };
    this.closes.push(close);
    return close;
  }

  /** @param pick - which of the position's closes, counted from its newest. */
  correct(ticket: bigint, pick: number, cents: number): void {
    const close = this.#pick(ticket, pick);
    if (close === undefined) return;
    Object.assign(close, { profit: cents, commission: close.commission - 1, price: close.price + 0.5 });
  }

  takeBack(ticket: bigint, pick: number): Close | undefined {
    const close = this.#pick(ticket, pick);
    if (close !== undefined) this.closes.splice(this.closes.indexOf(close), 1);
    return close;
  }

  /** A close of a position that goes on was of other lots, which earned another amount. */
  resize(ticket: bigint, pick: number, share: number, cents: number): void {
    const close = this.#pick(ticket, pick);
    if (close === undefined || this.open(ticket) === 0) return;
    const most = close.lots + this.open(ticket) - 1;
    const lots = Math.min(most, Math.max(1, Math.floor((close.lots * (share + 1)) / 4)));
    Object.assign(close, { lots, profit: cents, price: close.price + share - 1, swap: close.swap - 2 });
  }

  /** The deals, as they are told now. */
  tell() {
    for (const close of this.closes) close.currency ??= this.currency;
    return this.closes.map(dealOf);
  }

  #pick(ticket: bigint, pick: number): Close | undefined {
    const closes = this.of(ticket);
    return closes[closes.length - 1 - (pick % Math.max(1, closes.length))];
  }
}

function dealOf({ deal, ticket, lots, price, profit, commission, swap, isStop, at: seconds }: Close) {
  return {
    ...{ deal, positionIdentifier: ticket, symbol: 'BTCUSD' },
    ...{ entry: DealEntry.OUT, direction: Direction.SELL },
    ...{ volume: lots / 100, price, time: at(seconds) },
    reason: isStop ? DealReason.STOP_LOSS : DealReason.CLIENT,
    money: { profit: profit / 100, commission: commission / 100, swap: swap / 100, fee: 0 },
  };
}
