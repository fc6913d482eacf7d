// Evaluates the trades of a market: deep checks, fast checks, the ends of timers, and what an evaluation
// would say now.
import type { MarketView } from '../domain/market-view.js';
import { begin } from '../domain/monitoring.js';
import type { Surroundings } from '../domain/planning.js';
import type { Rules } from '../domain/rules.js';
import { type Situation, situationOf } from '../domain/state-machine.js';
import { step } from '../domain/step.js';
import { StillFacts } from '../domain/still-facts.js';
import { timerEndsAt } from '../domain/trade.js';
import { type Evaluation, STATES, type State } from '../domain/types.js';
import type { Bookkeeper } from './bookkeeper.js';
import type { Changes } from './changes.js';
import type { Market, Slot } from './market.js';
import type { Explanation } from './results.js';
import { assessedSituations, recordedSituations, type Situations } from './situations.js';

const UNHEDGED: readonly State[] = STATES.filter((state) => state !== 'HEDGED');

export class Evaluator {
  readonly #rules: Rules;
  readonly #surroundings: Surroundings;
  readonly #trades: Bookkeeper;
  readonly #changes: Changes;
  #evaluations = 0;

  constructor(rules: Rules, surroundings: Surroundings, trades: Bookkeeper, changes: Changes) {
    this.#rules = rules;
    this.#surroundings = surroundings;
    this.#trades = trades;
    this.#changes = changes;
  }

  /** Deep checks of a trade since this began. */
  get evaluations(): number {
    return this.#evaluations;
  }

  /** On a closed coarse bar: every trade of the market is evaluated. */
  deepCheck(market: Market, view: MarketView, at: number): void {
    this.#begin(market, view, at);
    this.#record(market, view, at);
    this.#evaluations += market.visit(recordedSituations(view, at), STATES, this.#rules, (slot, situation) =>
      this.#step(slot, situation, 'all'),
    );
  }

  /** As prices arrive: starts monitoring, and makes a deep check where something calls for one. */
  fastCheck(market: Market, view: MarketView, at: number): void {
    if (!view.takeFastCheck(at, 'normal')) return;
    const states = view.takeFastCheck(at, 'hedged') ? STATES : UNHEDGED;
    this.#begin(market, view, at);
    if (view.trigger() === null) {
      this.#timerCheck(market, view, states, at);
      return;
    }
    const cooling = view.inCooldown(at);
    if (!cooling) view.noteTriggered(at);
    this.#record(market, view, at);
    this.#evaluations += market.visit(
      recordedSituations(view, at),
      states,
      this.#rules,
      (slot, situation) => {
        const held = cooling && timerEndsAt(slot.trade) > at;
        this.#step(slot, situation, held ? 'worsening' : 'all');
      },
    );
  }

  /** What an evaluation would say and do now, without doing it. */
  explain({ trade, market: { view } }: Slot): Explanation {
    const at = view?.asOf ?? null;
    if (view === null || at === null) {
      const { symbol, feed } = trade.spec;
      return nothingToExplain(null, `no market data for ${symbol} on feed ${feed} yet`);
    }
    const evaluation = view.assess(trade.spec.direction, at);
    if (trade.pausedAt !== null) return nothingToExplain(evaluation, 'the trade is paused');
    const begun = begin(trade, view, at, this.#rules).at(-1)?.trade ?? trade;
    if (begun.monitoredSince === null) {
      return nothingToExplain(evaluation, 'the trade has met no condition that starts its monitoring');
    }
    const situation = situationOf(view, trade.spec.direction, evaluation, at);
    const event = step(begun, situation, 'all', this.#rules, this.#surroundings);
    const obstacle = event === null && evaluation.score === null ? 'no signal is available yet' : '';
    return { evaluation, event, obstacle };
  }

  #record(market: Market, view: MarketView, at: number): void {
    const { BUY: buy, SELL: sell } = view.record(at);
    this.#changes.evaluation(market, view.evaluationCount, buy, sell);
  }

  /** A timer's end concerns its trade alone: it looks at the market without leaving a mark on it. */
  #timerCheck(market: Market, view: MarketView, states: readonly State[], at: number): void {
    let situations: Situations | null = null;
    market.visitEnded(at, states, (slot) => {
      situations ??= assessedSituations(view, at);
      this.#evaluations += 1;
      this.#step(slot, situations[slot.trade.spec.direction], 'all');
    });
  }

  /** Estimates R and starts monitoring where that is due. */
  #begin(market: Market, view: MarketView, at: number): void {
    const waiting = market.waiting();
    if (waiting.length === 0) return;
    const facts = new StillFacts(view, at);
    for (const slot of waiting) this.#trades.emit(slot, begin(slot.trade, facts, at, this.#rules));
  }

  #step(slot: Slot, situation: Situation, limit: 'all' | 'worsening'): void {
    const event = step(slot.trade, situation, limit, this.#rules, this.#surroundings);
    if (event !== null) this.#trades.emit(slot, [event]);
  }
}

function nothingToExplain(evaluation: Evaluation | null, obstacle: string): Explanation {
  return { evaluation, event: null, obstacle };
}
