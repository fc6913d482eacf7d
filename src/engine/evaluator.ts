// Owns evaluating the trades of a market: which check its data call for, what of each trade is decided in it, and what an
// evaluation would say now.

import type { ReferenceFacts } from '../domain/actions/context.js';
import { isOld, OLD_DATA } from '../domain/actions/old-data.js';
import { planOwed } from '../domain/changes/owed.js';
import { plansOfStep, step } from '../domain/changes/step.js';
import type { Rules } from '../domain/rules.js';
import type { Evaluation } from '../domain/signals/signal.js';
import type { ActionType } from '../domain/trade/action-specs.js';
import type { TradeEvent } from '../domain/trade/event.js';
import { begin } from '../domain/trade/monitoring.js';
import type { PolicyRef } from '../domain/trade/policy-ref.js';
import { STATES, type State } from '../domain/trade/state.js';
import {
  type DirectionContext,
  directionContextOf,
  gateOf,
  type MarketMoment,
  type StateGate,
} from '../domain/trade/state-machine.js';
import type { Trade } from '../domain/trade/trade.js';
import { isEvaluated, timerEndsAt } from '../domain/trade/version.js';
import type { CheckMark } from '../domain/views/check-schedule.js';
import type { MarketView } from '../domain/views/market-view.js';
import { StillFacts } from '../domain/views/still-facts.js';
import type { Changes } from './changes.js';
import { type CheckBasis, MarketCheck } from './check.js';
import type { MassEffect } from './circuit-breaker.js';
import type { Flags } from './flags.js';
import { type Asking, isWaiting, type Market, type Slot } from './market.js';
import { assessedSides, recordedSides, type Sides } from './market-sides.js';
import { OpenChecks } from './open-checks.js';
import type { Policies } from './policies.js';
import type { Explanation } from './results.js';
import { RuleMoment } from './rule-moment.js';
import type { Trades } from './trades.js';

const STATES_OF: Readonly<Record<CheckMark['states'], readonly State[]>> = {
  all: STATES,
  unhedged: STATES.filter((state) => state !== 'HEDGED'),
};

/** Where only timers are asked. */
const SHUT: StateGate = { open: false, structureAt: Number.NEGATIVE_INFINITY };

/** What the circuit breaker counts of decisions, and on which feeds it does. */
export interface MassEffects {
  readonly isCounted: (feed: string) => boolean;
  readonly effectsOf: (event: TradeEvent) => readonly MassEffect[];
  /** Whether actions of a type are counted at all. */
  readonly isMassive: (type: ActionType) => boolean;
}

export class Evaluator {
  readonly #reference: ReferenceFacts;
  readonly #flags: Pick<Flags, 'signalsOff'>;
  readonly #policies: Pick<Policies, 'rulesOf'>;
  readonly #trades: Trades;
  readonly #changes: Changes;
  readonly #isCounted: MassEffects['isCounted'];
  readonly #effectsOf: MassEffects['effectsOf'];
  readonly #isMassive: MassEffects['isMassive'];
  /** Checks that are not over. */
  readonly checks: OpenChecks;
  #evaluations = 0;
  /** Of the check that was worked on last. */
  #moment: RuleMoment | null = null;

  constructor(
    reference: ReferenceFacts,
    flags: Pick<Flags, 'signalsOff'>,
    policies: Pick<Policies, 'rulesOf'>,
    trades: Trades,
    changes: Changes,
    { isCounted, effectsOf, isMassive }: MassEffects,
  ) {
    this.#reference = reference;
    this.#flags = flags;
    this.#policies = policies;
    this.#trades = trades;
    this.#changes = changes;
    this.#isCounted = isCounted;
    this.#effectsOf = effectsOf;
    this.#isMassive = isMassive;
    this.checks = new OpenChecks({
      begin: (check, slot) => this.#begin(check, slot),
      decide: (check, slot) => this.#decide(check, slot),
      survey: (check, slot) => this.#survey(check, slot),
      over: (check) => this.#over(check),
    });
  }

  /** Deep checks of a trade since this began. */
  get evaluations(): number {
    return this.#evaluations;
  }

  /** On a closed coarse bar: every trade of the market is evaluated. */
  deepCheck(market: Market, view: MarketView, moment: MarketMoment): void {
    this.#open(market, view, moment, { kind: 'deep', states: 'all' });
  }

  /** As prices arrive: starts monitoring, and makes a deep check where something calls for one. */
  fastCheck(market: Market, view: MarketView, moment: MarketMoment): void {
    const { at } = moment;
    if (!view.takeFastCheck(at, 'normal')) return;
    const states = view.takeFastCheck(at, 'hedged') ? 'all' : 'unhedged';
    if (view.trigger() === null) {
      this.#open(market, view, moment, { kind: 'timers', states });
      return;
    }
    const cooling = view.inCooldown(at);
    if (!cooling) view.noteTriggered(at);
    this.#open(market, view, moment, { kind: cooling ? 'cooling' : 'triggered', states });
  }

  /**
   * Opens again a check that another leader did not finish: for the trades that nothing was decided about at its moment.
   * The market is as it was then, as nothing reaches it before its check is over.
   */
  resume(market: Market): void {
    const { view } = market;
    const mark = view?.schedule.open ?? null;
    if (view === null || mark === null) return;
    view.schedule.open = null;
    this.#concern(
      market,
      view,
      mark,
      ({ trade }) => trade.structureSeenAt < mark.at || trade.monitoredSince === null,
    );
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
    const rules = this.#policies.rulesOf(trade);
    const begun = begin(trade, view, at, rules).at(-1)?.trade ?? trade;
    if (begun.monitoredSince === null) {
      return nothingToExplain(evaluation, 'the trade has met no condition that starts its monitoring');
    }
    const clock = clockAt(at);
    const context = directionContextOf(view, trade.spec.direction, evaluation, { at, clock });
    const event = isPlanned(rules) ? this.#stepOf(begun, context, 'all', rules) : null;
    if (event !== null) return { evaluation, event, obstacle: '' };
    if (isOld(trade, view, clock, this.#reference)) return nothingToExplain(evaluation, OLD_DATA);
    return nothingToExplain(evaluation, evaluation.score === null ? 'no signal is available yet' : '');
  }

  /** Records the evaluation, where there is one, and opens the check that is made of it. */
  #open(
    market: Market,
    view: MarketView,
    moment: MarketMoment,
    what: Pick<CheckMark, 'kind' | 'states'>,
  ): void {
    const mark: CheckMark = { ...what, ...moment, evaluationsBefore: view.evaluationCount };
    if (what.kind !== 'timers') {
      const { BUY: buy, SELL: sell } = view.record(moment.at, this.#flags.signalsOff(market.instrument));
      this.#changes.evaluation(market, view.evaluationCount, buy, sell);
    }
    this.#concern(market, view, mark, () => true);
  }

  /** Opens a check of the trades that it may move. */
  #concern(market: Market, view: MarketView, mark: CheckMark, isLeft: (slot: Slot) => boolean): void {
    const slots: Slot[] = [];
    const sides = mark.kind === 'timers' ? null : recordedSides(view, mark);
    const evaluated = market.visit(this.#asking(view, mark, sides), (slot) => {
      if (isLeft(slot)) slots.push(slot);
    });
    if (mark.kind !== 'timers') this.#evaluations += evaluated;
    const more = [...market.waiting(), ...this.#older(market, view, mark)].filter(isLeft);
    const all = more.length === 0 ? slots : inOrder(more, slots);
    if (all.length === 0) return;
    const before = new StillFacts(view, mark.at, mark.evaluationsBefore);
    const assessed = sides ?? assessedSides(view, mark, this.#flags.signalsOff(market.instrument));
    const check = new MarketCheck({ market, view, mark, before, sides: assessed }, all);
    if (!this.#isCounted(market.feed)) check.skipSurvey();
    view.schedule.open = mark;
    this.checks.add(check);
  }

  /** @param sides - null where only timers are asked. */
  #asking(view: MarketView, mark: CheckMark, sides: Sides | null): Asking {
    const rulesOf = (policy: PolicyRef | null) => this.#policies.rulesOf({ policy });
    return {
      clock: mark.clock,
      states: STATES_OF[mark.states],
      gate: (policy, state, direction) => {
        const rules = rulesOf(policy);
        return sides === null || !isPlanned(rules) ? SHUT : gateOf(state, sides[direction], rules);
      },
      rules: (policy) => this.#momentOf({ view, mark }).moving(policy),
    };
  }

  /** The trades that only older programs had in a check: all that have a policy of their own, moved or not. */
  #older(market: Market, view: MarketView, mark: CheckMark): readonly Slot[] {
    const slots: Slot[] = [];
    if (this.checks.concern === 'moved') return slots;
    market.visitPolicies((slot) => {
      const { trade } = slot;
      const isVisited = isEvaluated(trade) && STATES_OF[mark.states].includes(trade.state);
      const isRuled = this.#momentOf({ view, mark }).concerns(trade);
      if (isRuled || (mark.kind !== 'timers' && isVisited)) slots.push(slot);
    });
    return slots;
  }

  /** Begins a trade's monitoring where that is due, and takes the step that it calls for where it concerns the check. */
  #decide(check: MarketCheck, slot: Slot): void {
    this.#begin(check, slot);
    const { mark } = check.basis;
    const event = this.#step(slot.trade, check.basis);
    if (mark.kind === 'timers' && event !== undefined) this.#evaluations += 1;
    if (event) this.#trades.emit(slot, [event]);
    const protection = this.#protection(slot.trade, check.basis);
    if (protection !== null) this.#trades.emit(slot, [protection]);
  }

  #begin({ basis: { mark, before } }: MarketCheck, slot: Slot): void {
    if (!isWaiting(slot.trade)) return;
    const wasEvaluated = isEvaluated(slot.trade);
    this.#trades.emit(slot, begin(slot.trade, before, mark.at, this.#policies.rulesOf(slot.trade)));
    if (!wasEvaluated && isEvaluated(slot.trade) && mark.kind !== 'timers') this.#evaluations += 1;
  }

  /** What of its next decision the circuit breaker would count. */
  #survey({ basis }: MarketCheck, { trade }: Slot): readonly MassEffect[] {
    const { mark, before } = basis;
    if (!isWaiting(trade) && !this.#mayCount(trade, basis) && !this.#mayRulesCount(trade, basis)) return [];
    const rules = this.#policies.rulesOf(trade);
    const begun = isWaiting(trade) ? begin(trade, before, mark.at, rules).at(-1)?.trade : undefined;
    const event = this.#step(begun ?? trade, basis);
    const protection = this.#protection(event?.trade ?? begun ?? trade, basis);
    const effects = event ? this.#effectsOf(event) : [];
    return protection === null ? effects : [...effects, ...this.#effectsOf(protection)];
  }

  /** Whether the row that is due to a trade plans what the circuit breaker counts: few do, so most trades need no step for it. */
  #mayCount(trade: Trade, basis: CheckBasis): boolean {
    const limit = this.#limitOf(trade, basis);
    if (limit === undefined) return false;
    const context = basis.sides[trade.spec.direction];
    return plansOfStep(trade, context, limit, this.#policies.rulesOf(trade)).some(this.#isMassive);
  }

  /** The same of the rules of its policy. */
  #mayRulesCount(trade: Trade, basis: CheckBasis): boolean {
    const decided = trade.policy === null ? undefined : this.#momentOf(basis).asked(trade)?.decided;
    if (decided === undefined) return false;
    if (decided.close !== null) return this.#isMassive('CLOSE_ALL');
    return decided.reduce !== null && this.#isMassive('PARTIAL_CLOSE');
  }

  /** The transition of a trade; null when it stays as it is, undefined when the check does not concern it. */
  #step(trade: Trade, basis: CheckBasis): TradeEvent | null | undefined {
    const limit = this.#limitOf(trade, basis);
    if (limit === undefined) return undefined;
    const context = basis.sides[trade.spec.direction];
    return this.#stepOf(trade, context, limit, this.#policies.rulesOf(trade));
  }

  /** The transition, or else what its state is owed. */
  #stepOf(
    trade: Trade,
    context: DirectionContext,
    limit: 'all' | 'worsening',
    rules: Rules,
  ): TradeEvent | null {
    return (
      step(trade, context, limit, rules, this.#reference) ?? planOwed(trade, context, rules, this.#reference)
    );
  }

  /** Which rows a check takes of a trade; undefined when it does not concern it. */
  #limitOf(trade: Trade, { mark }: CheckBasis): 'all' | 'worsening' | undefined {
    if (!isEvaluated(trade) || !STATES_OF[mark.states].includes(trade.state)) return undefined;
    const isEnded = timerEndsAt(trade) <= mark.clock;
    if (mark.kind === 'timers' && !isEnded) return undefined;
    if (!isPlanned(this.#policies.rulesOf(trade))) return undefined;
    return mark.kind === 'cooling' && !isEnded ? 'worsening' : 'all';
  }

  /** What the rules of a trade's policy do in a check; null for nothing new. */
  #protection(trade: Trade, basis: CheckBasis): TradeEvent | null {
    return trade.policy === null ? null : this.#momentOf(basis).protection(trade);
  }

  /** What rules are asked with in a check. */
  #momentOf({ view, mark }: Pick<CheckBasis, 'view' | 'mark'>): RuleMoment {
    if (this.#moment?.isOf(mark) !== true)
      this.#moment = new RuleMoment(view, mark, this.#policies, this.#reference);
    return this.#moment;
  }

  #over({ basis: { market, view } }: MarketCheck): void {
    view.schedule.open = null;
    this.#changes.view(market);
  }
}

/** Whether trades go through the six states. */
function isPlanned({ policy }: Rules): boolean {
  return policy === undefined || policy.plan.states === 'on';
}

/** In the order of registration, each once. */
function inOrder(waiting: readonly Slot[], slots: readonly Slot[]): readonly Slot[] {
  return [...new Set([...waiting, ...slots])].sort((one, other) => one.place - other.place);
}

function nothingToExplain(evaluation: Evaluation | null, obstacle: string): Explanation {
  return { evaluation, event: null, obstacle };
}
