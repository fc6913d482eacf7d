// Owns evaluating the trades of a market: which check its data call for, what of each trade is decided in it, and what an
// evaluation would say now.

import type { ReferenceFacts } from '../domain/actions/context.js';
import { protectTrade } from '../domain/changes/protect.js';
import { plansOfStep, step } from '../domain/changes/step.js';
import { COARSE } from '../domain/market/bar-book.js';
import type { HeldSince } from '../domain/policy/plan-protection.js';
import { SinceEntry } from '../domain/policy/since-entry.js';
import type { Rules } from '../domain/rules.js';
import type { Evaluation } from '../domain/signals/signal.js';
import type { ActionType } from '../domain/trade/action-specs.js';
import type { TradeEvent } from '../domain/trade/event.js';
import { begin } from '../domain/trade/monitoring.js';
import { STATES, type State } from '../domain/trade/state.js';
import { directionContextOf, type MarketMoment } from '../domain/trade/state-machine.js';
import type { Trade } from '../domain/trade/trade.js';
import { isEvaluated, timerEndsAt } from '../domain/trade/version.js';
import type { CheckMark } from '../domain/views/check-schedule.js';
import type { MarketView } from '../domain/views/market-view.js';
import { StillFacts } from '../domain/views/still-facts.js';
import type { Changes } from './changes.js';
import { type CheckBasis, MarketCheck } from './check.js';
import type { MassEffect } from './circuit-breaker.js';
import type { Flags } from './flags.js';
import { isWaiting, type Market, type Slot } from './market.js';
import { assessedSides, recordedSides, type Sides } from './market-sides.js';
import { OpenChecks } from './open-checks.js';
import type { Policies } from './policies.js';
import type { Explanation } from './results.js';
import type { Trades } from './trades.js';

const STATES_OF: Readonly<Record<CheckMark['states'], readonly State[]>> = {
  all: STATES,
  unhedged: STATES.filter((state) => state !== 'HEDGED'),
};

/** What the circuit breaker counts of decisions, and on which feeds it does. */
export interface MassEffects {
  readonly isCounted: (feed: string) => boolean;
  readonly effectsOf: (event: TradeEvent) => readonly MassEffect[];
  /** Whether actions of a type are counted at all. */
  readonly isMassive: (type: ActionType) => boolean;
}

export class Evaluator {
  readonly #rules: Rules;
  readonly #reference: ReferenceFacts;
  readonly #flags: Pick<Flags, 'signalsOff'>;
  readonly #policies: Pick<Policies, 'rulesOf' | 'haveRules'>;
  readonly #trades: Trades;
  readonly #changes: Changes;
  readonly #isCounted: MassEffects['isCounted'];
  readonly #effectsOf: MassEffects['effectsOf'];
  readonly #isMassive: MassEffects['isMassive'];
  /** Checks that are not over. */
  readonly checks: OpenChecks;
  #evaluations = 0;
  /** Of the check that was decided on last. */
  #bars: { readonly basis: CheckBasis; readonly since: SinceEntry } | null = null;

  constructor(
    rules: Rules,
    reference: ReferenceFacts,
    flags: Pick<Flags, 'signalsOff'>,
    policies: Pick<Policies, 'rulesOf' | 'haveRules'>,
    trades: Trades,
    changes: Changes,
    { isCounted, effectsOf, isMassive }: MassEffects,
  ) {
    this.#rules = rules;
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
    const context = directionContextOf(view, trade.spec.direction, evaluation, { at, clock: clockAt(at) });
    const event = isPlanned(rules) ? step(begun, context, 'all', rules, this.#reference) : null;
    const obstacle = event === null && evaluation.score === null ? 'no signal is available yet' : '';
    return { evaluation, event, obstacle };
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
    const states = STATES_OF[mark.states];
    const waiting = market.waiting().filter(isLeft);
    const slots: Slot[] = [];
    const take = (slot: Slot): void => {
      if (isLeft(slot)) slots.push(slot);
    };
    let sides: Sides | null = null;
    if (mark.kind === 'timers') market.visitEnded(mark.clock, states, take);
    else {
      sides = recordedSides(view, mark);
      this.#evaluations += market.visit(sides, states, this.#rules, take);
    }
    const more = [...waiting, ...this.#ruledBy(market, view, mark).filter(isLeft)];
    const all = more.length === 0 ? slots : inOrder(more, slots);
    if (all.length === 0) return;
    sides ??= assessedSides(view, mark, this.#flags.signalsOff(market.instrument));
    const before = new StillFacts(view, mark.at, mark.evaluationsBefore);
    const check = new MarketCheck({ market, view, mark, before, sides }, all);
    if (!this.#isCounted(market.feed)) check.skipSurvey();
    view.schedule.open = mark;
    this.checks.add(check);
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
    if (!this.#policies.haveRules(trade) && !isWaiting(trade) && !this.#mayCount(trade, basis)) return [];
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

  /** The transition of a trade; null when it stays as it is, undefined when the check does not concern it. */
  #step(trade: Trade, basis: CheckBasis): TradeEvent | null | undefined {
    const limit = this.#limitOf(trade, basis);
    if (limit === undefined) return undefined;
    const context = basis.sides[trade.spec.direction];
    return step(trade, context, limit, this.#policies.rulesOf(trade), this.#reference);
  }

  /** Which rows a check takes of a trade; undefined when it does not concern it. */
  #limitOf(trade: Trade, { mark }: CheckBasis): 'all' | 'worsening' | undefined {
    if (!isEvaluated(trade) || !STATES_OF[mark.states].includes(trade.state)) return undefined;
    const isEnded = timerEndsAt(trade) <= mark.clock;
    if (mark.kind === 'timers' && !isEnded) return undefined;
    if (!isPlanned(this.#policies.rulesOf(trade))) return undefined;
    return mark.kind === 'cooling' && !isEnded ? 'worsening' : 'all';
  }

  /** What these rules would have a trade protected by, as its market is now; null for nothing new. */
  protection(trade: Trade, rules: Rules, facts: MarketView | null): TradeEvent | null {
    if (facts === null || facts.asOf === null) return null;
    const since = heldSince(trade, sinceEntry(facts), facts);
    return protectTrade(trade, since, facts.asOf, { facts, rules, reference: this.#reference });
  }

  /** What the rules of a trade's policy do in a check; null for nothing new. */
  #protection(trade: Trade, basis: CheckBasis): TradeEvent | null {
    const { view, mark } = basis;
    if (!this.#policies.haveRules(trade) || !isRuled(trade, view, mark)) return null;
    if (this.#bars?.basis !== basis) this.#bars = { basis, since: sinceEntry(view) };
    const since = heldSince(trade, this.#bars.since, view);
    const rules = this.#policies.rulesOf(trade);
    return protectTrade(trade, since, mark.at, { facts: view, rules, reference: this.#reference });
  }

  /** The trades whose policies' rules a check concerns. */
  #ruledBy(market: Market, view: MarketView, mark: CheckMark): readonly Slot[] {
    const ruled: Slot[] = [];
    market.visitPolicies((slot) => {
      if (this.#policies.haveRules(slot.trade) && isRuled(slot.trade, view, mark)) ruled.push(slot);
    });
    return ruled;
  }

  #over({ basis: { market, view } }: MarketCheck): void {
    view.schedule.open = null;
    this.#changes.view(market);
  }
}

/** Rules act in every check until a bar has closed since the entry, and then when one does. */
function isRuled({ openedAt }: Trade, view: MarketView, { kind }: CheckMark): boolean {
  return kind === 'deep' || openedAt > (view.bars(COARSE).at(-1)?.time ?? Number.NEGATIVE_INFINITY);
}

function sinceEntry(view: MarketView): SinceEntry {
  return new SinceEntry(view.bars(COARSE), view.spread ?? 0);
}

function heldSince({ spec, openedAt }: Trade, bars: SinceEntry, view: MarketView): HeldSince {
  const { direction, entryPrice } = spec;
  const exit = view.exitPrice(direction) ?? entryPrice;
  return {
    barsHeld: bars.barsHeld({ openedAt }),
    best: bars.best({ direction, entryPrice, openedAt }, exit),
  };
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
