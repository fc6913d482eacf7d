// Owns the comparison a replay is for: the same trades at two paper brokers, one that DTMS defends and one that
// is left alone.
import type { TradeEvent } from '../../gen/ts/dtms/v1/event.js';
import type { PaperBroker } from '../broker/paper-broker.js';
import type { Quote } from '../domain/market/data.js';
import type { ReplayBar } from './importer.js';
import { ReplayAccount } from './replay-account.js';
import type { TradeOutcome } from './results.js';
import { Run } from './run.js';
import type { ReplayTrade } from './trades-file.js';

/** The summed results in R of all trades. */
export interface ResultSums {
  readonly withDtms: number;
  readonly without: number;
}

/** What a trade earned with DTMS and without. */
export interface RunOutcome {
  readonly run: Run;
  readonly withDtms: TradeOutcome;
  readonly without: TradeOutcome;
  /** Neither can change any more. */
  readonly isOver: boolean;
}

export class Comparison {
  readonly #defended: ReplayAccount;
  readonly #untouched: ReplayAccount;
  readonly #runs = new Map<bigint, Run>();
  /** Those whose results may still change, and the sums of the others. */
  readonly #live = new Set<Run>();
  #over: ResultSums = { withDtms: 0, without: 0 };
  /** Those that may still be held too long. */
  #held: readonly Run[] = [];

  constructor(defended: PaperBroker, untouched: PaperBroker, symbol: string) {
    this.#defended = new ReplayAccount(defended, symbol);
    this.#untouched = new ReplayAccount(untouched, symbol);
  }

  get runs(): readonly Run[] {
    return [...this.#runs.values()];
  }

  /** Deals the defended broker has made for reasons of its own, so far. */
  get ownDeals(): number {
    return this.#defended.ownDeals;
  }

  /** A trade is opened; bars from `firstBar` on lie wholly after its entry. */
  enter(trade: ReplayTrade, firstBar: number): void {
    const run = new Run(trade, firstBar);
    this.#runs.set(trade.ticket, run);
    this.#live.add(run);
    if (trade.heldBars !== null) this.#held = [...this.#held, run];
    for (const account of [this.#defended, this.#untouched]) account.enter(trade);
  }

  /** The bar's first prices. */
  open(bar: ReplayBar): void {
    for (const account of [this.#defended, this.#untouched]) account.open(bar);
  }

  /** A quote within the bar. */
  quote(quote: Quote): void {
    for (const account of [this.#defended, this.#untouched]) account.quote(quote);
  }

  /** The rest of the bar. */
  pass(bar: ReplayBar, closesAt: number): void {
    for (const account of [this.#defended, this.#untouched]) account.pass(bar, closesAt);
  }

  /** Closes what was held for its longest time; answers what that closed at the defended broker, and at which price. */
  expire(bar: number): readonly { readonly ticket: bigint; readonly price: number }[] {
    const expired = this.#held.filter((run) => run.expiresAt(bar));
    if (expired.length === 0) return [];
    this.#held = this.#held.filter((run) => !run.expiresAt(bar));
    return expired.flatMap(({ trade }) => {
      this.#untouched.expire(trade);
      const price = this.#defended.expire(trade);
      return price === null ? [] : [{ ticket: trade.ticket, price }];
    });
  }

  take(event: TradeEvent): void {
    this.#runs.get(event.ticket)?.take(event);
  }

  /** Orders with this comment belong to a trade. */
  expect(tag: string, ticket: bigint): void {
    this.#defended.expect(tag, ticket);
  }

  /** Results of all trades whose R is known; what is open is valued at the prices of `now` (UTC ms). */
  sums(now: number): ResultSums {
    let sums = this.#over;
    for (const { run, withDtms, without, isOver } of this.outcomes(now, this.#live)) {
      const add = (to: ResultSums): ResultSums => ({
        withDtms: to.withDtms + withDtms.r,
        without: to.without + without.r,
      });
      sums = add(sums);
      if (!isOver) continue;
      this.#over = add(this.#over);
      this.#live.delete(run);
    }
    return sums;
  }

  /** Of the trades whose R is known, what they earned with DTMS and without. */
  outcomes(now: number, runs: Iterable<Run> = this.#runs.values()): readonly RunOutcome[] {
    const [defended, untouched] = [this.#defended.standings(), this.#untouched.standings()];
    const outcomes: RunOutcome[] = [];
    for (const run of runs) {
      const [kept, left] = [defended(run.trade.ticket), untouched(run.trade.ticket)];
      const [withDtms, without] = [run.inR(kept.result), run.inR(left.result)];
      if (withDtms === null || without === null) continue;
      outcomes.push({
        run,
        withDtms: { r: withDtms, endedAt: kept.endedAt ?? now },
        without: { r: without, endedAt: left.endedAt ?? now },
        isOver: run.state === 'CLOSED' && kept.endedAt !== null && left.endedAt !== null,
      });
    }
    return outcomes;
  }
}
