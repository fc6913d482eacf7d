// Owns what a bridge sees at its terminal, in UTC: positions and deals, asked for again when an answer is
// incomplete. It remembers the deals, and which closes of the broker's own nobody was told of yet.
import type { OrderResult, PositionsAnswer, Terminal, TerminalAccount } from '../broker/terminal.js';
import type { BrokerDeal, BrokerPosition, BrokerSnapshot } from '../domain/broker/snapshot.js';
import { DealBook } from './deal-book.js';

const MINUTE = 60_000;
/** Less is the error of a sum. */
const LEAST_LOTS = 1e-8;

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
  /** What the last complete answer showed open, and when: the broker's clock. */
  #open: PositionsAnswer | null = null;
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

  /** Every open position; null when no complete answer came. */
  async positions(): Promise<readonly BrokerPosition[] | null> {
    const { complete, positions } = await this.#positions();
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
    const { time, complete, positions } = await this.#positions();
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
    // Of several that close it together the last one is the end.
    const last = new Map(closes.map((deal) => [deal.positionIdentifier, deal]));
    const ends = closes.filter(
      (deal) =>
        last.get(deal.positionIdentifier) === deal && !this.#isLeft(deal.positionIdentifier, answer.deals),
    );
    this.#untold = [...this.#untold, ...ends];
    if (answer.complete) {
      this.#seenUntil = Math.max(this.#seenUntil ?? 0, answer.time - offset);
      this.#book.forgetBefore(this.#seenUntil - this.#options.lookBackMs - this.#options.overlapMs);
    }
    return { complete: answer.complete, deals };
  }

  async #positions(): Promise<PositionsAnswer> {
    const answer = await this.#ask(() => this.#terminal.positions());
    if (answer.complete) this.#open = answer;
    return answer;
  }

  /** Whether these deals leave some of what was shown of a position: the broker closed a part of it, such as in a stop-out. */
  #isLeft(position: bigint, deals: readonly BrokerDeal[]): boolean {
    const shown = this.#open?.positions.find(({ identifier }) => identifier === position);
    const since = this.#open?.time ?? 0;
    if (shown === undefined) return false;
    const left = deals
      .filter((deal) => deal.positionIdentifier === position && deal.entry === 'OUT' && deal.time > since)
      .reduce((lots, { volume }) => lots - volume, shown.volume);
    return left > LEAST_LOTS;
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
