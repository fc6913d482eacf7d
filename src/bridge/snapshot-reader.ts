// Owns what a bridge sees at its terminal, in UTC: positions and deals, asked for again when an answer is
// incomplete. It remembers the deals, and which closes of the broker's own nobody was told of yet.
import type { OrderResult, Terminal, TerminalAccount } from '../broker/terminal.js';
import type { BrokerDeal, BrokerPosition, BrokerSnapshot } from '../domain/broker/snapshot.js';
import { DealBook } from './deal-book.js';

const MINUTE = 60_000;

export interface SnapshotReaderOptions {
  /** How often a query is tried for a complete answer. */
  readonly queryAttempts: number;
  /** How far back deals are asked for at first, and how long they are remembered, in ms. */
  readonly lookBackMs: number;
  /** How far before the last complete answer deals are asked for again, in ms; above any change of the offset. */
  readonly overlapMs: number;
}

export class SnapshotReader {
  readonly #terminal: Terminal;
  readonly #options: SnapshotReaderOptions;
  readonly #book = new DealBook();
  #untold: readonly BrokerDeal[] = [];
  /** The broker's own closes of which it is not known yet whether they left something open. */
  #closes: readonly BrokerDeal[] = [];
  /** Broker time in UTC ms up to which every deal is known; null before the first complete answer. */
  #seenUntil: number | null = null;

  constructor(terminal: Terminal, options: SnapshotReaderOptions) {
    this.#terminal = terminal;
    this.#options = options;
  }

  /** Closes by stop, target or stop-out, of all that was open, that nobody was told of, oldest first. */
  get untold(): readonly BrokerDeal[] {
    return this.#untold;
  }

  told(deal: BrokerDeal): void {
    this.#untold = this.#untold.filter((untold) => untold.deal !== deal.deal);
  }

  /** What the known deals say of the order with this tag; null when none is of it. */
  resultOf(tag: string): OrderResult | null {
    return this.#book.resultOf(tag);
  }

  /** The newest known deal that closed something of a position; null where none is known. */
  lastClose(identifier: bigint): BrokerDeal | null {
    return this.#book.lastClose(identifier);
  }

  /** Every open position; null when no complete answer came. */
  async positions(): Promise<readonly BrokerPosition[] | null> {
    const { complete, positions } = await this.#ask(() => this.#terminal.positions());
    return complete ? positions : null;
  }

  /** Asks for the newest deals; false when no complete answer came. */
  async look(account: TerminalAccount): Promise<boolean> {
    const { complete } = await this.#deals(this.#since(this.#seenUntil, account), account);
    return complete;
  }

  /**
   * Everything open and the deals since the snapshot at `last` (UTC ms), or as far as it looks back.
   * Positions come first: one that closes in between is in both answers, never in neither.
   */
  async snapshot(last: number | null, account: TerminalAccount): Promise<BrokerSnapshot> {
    const offset = account.utcOffsetMinutes * MINUTE;
    const { time, complete, positions } = await this.#ask(() => this.#terminal.positions());
    const dealsSince = this.#since(last, account);
    const deals = await this.#deals(dealsSince, account);
    return {
      takenAt: time - offset,
      complete: complete && deals.complete,
      positions: positions.map((position) => ({ ...position, openedAt: position.openedAt - offset })),
      deals: deals.deals,
      dealsSince,
    };
  }

  #since(last: number | null, { time, utcOffsetMinutes }: TerminalAccount): number {
    const { overlapMs, lookBackMs } = this.#options;
    return last === null ? time - utcOffsetMinutes * MINUTE - lookBackMs : last - overlapMs;
  }

  /** Deals at or after `since` (UTC ms), remembered as far as they are new. */
  async #deals(since: number, { utcOffsetMinutes }: TerminalAccount) {
    const offset = utcOffsetMinutes * MINUTE;
    const answer = await this.#ask(() => this.#terminal.deals(since + offset));
    const deals = answer.deals.map((deal) => ({ ...deal, time: deal.time - offset }));
    const fresh = this.#book.add(deals);
    const closes = fresh.filter(({ entry, reason }) => entry === 'OUT' && reason !== 'CLIENT');
    this.#closes = [...this.#closes, ...closes];
    await this.#findEnds();
    if (answer.complete) {
      this.#seenUntil = Math.max(this.#seenUntil ?? 0, answer.time - offset);
      this.#book.forgetBefore(this.#seenUntil - this.#options.lookBackMs - this.#options.overlapMs);
    }
    return { complete: answer.complete, deals };
  }

  /**
   * Whether something is left of what the broker closed, such as after a stop-out of a part, only a look at its positions
   * tells: orders and clocks make every sum of deals doubtful. Of several closes of a position the last one is its end.
   */
  async #findEnds(): Promise<void> {
    if (this.#closes.length === 0) return;
    const open = await this.positions();
    if (open === null) return;
    const ends = new Map(this.#closes.map((deal) => [deal.positionIdentifier, deal]));
    for (const { identifier } of open) ends.delete(identifier);
    this.#untold = [...this.#untold, ...ends.values()];
    this.#closes = [];
  }

  /** Asks until the answer is complete, at most as often as the options say; the last answer otherwise. */
  async #ask<T extends { readonly complete: boolean }>(query: () => Promise<T>): Promise<T> {
    let answer = await query();
    for (let attempt = 1; !answer.complete && attempt < this.#options.queryAttempts; attempt++) {
      answer = await query();
    }
    return answer;
  }
}
