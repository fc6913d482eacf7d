// Owns evaluating the trades of a market: deep checks, fast checks, the ends of timers, and what an
// evaluation would say now.

import type { ReferenceFacts } from '../domain/actions/context.js';
import { step } from '../domain/changes/step.js';
import type { Rules } from '../domain/rules.js';
import type { Evaluation } from '../domain/signals/signal.js';
import { begin } from '../domain/trade/monitoring.js';
import { STATES, type State } from '../domain/trade/state.js';
import {
  type DirectionContext,
  directionContextOf,
  type MarketMoment,
} from '../domain/trade/state-machine.js';
import { timerEndsAt } from '../domain/trade/version.js';
import type { MarketView } from '../domain/views/market-view.js';
import { StillFacts } from '../domain/views/still-facts.js';
import type { Changes } from './changes.js';
import type { Flags } from './flags.js';
import type { Market, Slot } from './market.js';
import { assessedSides, recordedSides, type Sides } from './market-sides.js';
import type { Explanation } from './results.js';
import type { Trades } from './trades.js';

const UNHEDGED: readonly State[] = STATES.filter((state) => state !== 'HEDGED');

export class Evaluator {
  readonly #rules: Rules;
  readonly #reference: ReferenceFacts;
  readonly #flags: Pick<Flags, 'signalsOff'>;
  readonly #trades: Trades;
  readonly #changes: Changes;
  #evaluations = 0;

  constructor(
    rules: Rules,
    reference: ReferenceFacts,
    flags: Pick<Flags, 'signalsOff'>,
    trades: Trades,
    changes: Changes,
  ) {
    this.#rules = rules;
    this.#reference = reference;
    this.#flags = flags;
    this.#trades = trades;
    this.#changes = changes;
  }

  /** Deep checks of a trade since this began. */
  get evaluations(): number {
    return this.#evaluations;
  }

  /** On a closed coarse bar: every trade of the market is evaluated. */
  deepCheck(market: Market, view: MarketView, moment: MarketMoment): void {
    const { at } = moment;
    this.#begin(market, view, at);
    this.#record(market, view, at);
    this.#evaluations += market.visit(recordedSides(view, moment), STATES, this.#rules, (slot, context) =>
      this.#step(slot, context, 'all'),
    );
  }

  /** As prices arrive: starts monitoring, and makes a deep check where something calls for one. */
  fastCheck(market: Market, view: MarketView, moment: MarketMoment): void {
    const { at, clock } = moment;
    if (!view.takeFastCheck(at, 'normal')) return;
    const states = view.takeFastCheck(at, 'hedged') ? STATES : UNHEDGED;
    this.#begin(market, view, at);
    if (view.trigger() === null) {
      this.#timerCheck(market, view, states, moment);
      return;
    }
    const cooling = view.inCooldown(at);
    if (!cooling) view.noteTriggered(at);
    this.#record(market, view, at);
    this.#evaluations += market.visit(recordedSides(view, moment), states, this.#rules, (slot, context) => {
      const held = cooling && timerEndsAt(slot.trade) > clock;
      this.#step(slot, context, held ? 'worsening' : 'all');
    });
  }

  /** What an evaluation would say and do now, without doing it; `clockAt` gives the clock of timers. */
  explain(
    { trade, market: { view } }: Pick<Slot, 'trade' | 'market'>,
    clockAt: (at: number) => number,
  ): Explanation {
    const at = view?.asOf ?? null;
    if (view === null || at === null) {
      const { symbol, feed } = trade.spec;
      return nothingToExplain(null, `no market data for ${symbol} on feed ${feed} yet`);
    }
    const evaluation = view.assess(trade.spec.direction, at, this.#flags.signalsOff(view.instrument));
    if (trade.pausedAt !== null) return nothingToExplain(evaluation, 'the trade is paused');
    const begun = begin(trade, view, at, this.#rules).at(-1)?.trade ?? trade;
    if (begun.monitoredSince === null) {
      return nothingToExplain(evaluation, 'the trade has met no condition that starts its monitoring');
    }
    const context = directionContextOf(view, trade.spec.direction, evaluation, { at, clock: clockAt(at) });
    const event = step(begun, context, 'all', this.#rules, this.#reference);
    const obstacle = event === null && evaluation.score === null ? 'no signal is available yet' : '';
    return { evaluation, event, obstacle };
  }

  #record(market: Market, view: MarketView, at: number): void {
    const { BUY: buy, SELL: sell } = view.record(at, this.#flags.signalsOff(market.instrument));
    this.#changes.evaluation(market, view.evaluationCount, buy, sell);
  }

  /** A timer's end concerns its trade alone: it looks at the market without leaving a mark on it. */
  #timerCheck(market: Market, view: MarketView, states: readonly State[], moment: MarketMoment): void {
    let sides: Sides | null = null;
    market.visitEnded(moment.clock, states, (slot) => {
      sides ??= assessedSides(view, moment, this.#flags.signalsOff(market.instrument));
      this.#evaluations += 1;
      this.#step(slot, sides[slot.trade.spec.direction], 'all');
    });
  }

  /** Estimates R and starts monitoring where that is due. */
  #begin(market: Market, view: MarketView, at: number): void {
    const waiting = market.waiting();
    if (waiting.length === 0) return;
    const facts = new StillFacts(view, at);
    for (const slot of waiting) this.#trades.emit(slot, begin(slot.trade, facts, at, this.#rules));
  }

  #step(slot: Slot, context: DirectionContext, limit: 'all' | 'worsening'): void {
    const event = step(slot.trade, context, limit, this.#rules, this.#reference);
    if (event !== null) this.#trades.emit(slot, [event]);
  }
}

function nothingToExplain(evaluation: Evaluation | null, obstacle: string): Explanation {
  return { evaluation, event: null, obstacle };
}
