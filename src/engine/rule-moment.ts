// Owns asking protective rules of the trades of one check: what they are asked with is found out once for all of them.

import type { ReferenceFacts } from '../domain/actions/context.js';
import { areBarsOld, isOld } from '../domain/actions/old-data.js';
import { knownTerms } from '../domain/actions/planning.js';
import { protectTrade } from '../domain/changes/protect.js';
import { COARSE } from '../domain/market/bar-book.js';
import { type Instrument, TIMEFRAME_MS } from '../domain/market/data.js';
import {
  type AskedRules,
  type AskedTerms,
  askRules,
  type ProtectionContext,
} from '../domain/policy/plan-protection.js';
import { SinceEntry } from '../domain/policy/since-entry.js';
import { isStopAwaited } from '../domain/policy/unmet-wishes.js';
import type { Rules } from '../domain/rules.js';
import type { TradeEvent } from '../domain/trade/event.js';
import type { PolicyRef } from '../domain/trade/policy-ref.js';
import type { MarketMoment } from '../domain/trade/state-machine.js';
import type { Trade } from '../domain/trade/trade.js';
import type { CheckMark } from '../domain/views/check-schedule.js';
import type { MarketView } from '../domain/views/market-view.js';
import { StillFacts } from '../domain/views/still-facts.js';
import type { Policies } from './policies.js';

/** Trades of one account follow each other: its terms are put together once for them. */
class AskedContext implements ProtectionContext {
  readonly facts: ProtectionContext['facts'];
  readonly rules: Rules;
  readonly reference: ReferenceFacts;
  readonly bars: SinceEntry;
  readonly at: number;
  #terms: Instrument | null = null;
  #asked: AskedTerms | null = null;

  constructor({ facts, reference, bars, at }: Omit<ProtectionContext, 'rules' | 'termsOf'>, rules: Rules) {
    this.facts = facts;
    this.rules = rules;
    this.reference = reference;
    this.bars = bars;
    this.at = at;
  }

  termsOf({ spec: { account, symbol } }: Trade): AskedTerms {
    const told = this.reference.terms(account, symbol);
    if (this.#asked !== null && this.#terms === told) return this.#asked;
    const { terms, isTickKnown } = knownTerms(this.reference, account, symbol, this.facts);
    const { minimumStepR } = this.rules.actions;
    this.#terms = told;
    this.#asked = { ...terms, isTickKnown, minimumStepR };
    return this.#asked;
  }
}

export class RuleMoment {
  readonly #mark: CheckMark;
  readonly #policies: Pick<Policies, 'rulesOf'>;
  readonly #base: Omit<ProtectionContext, 'rules' | 'termsOf'>;
  /** When the newest bar opened that has closed; none counts where one closes now. */
  readonly #newestBar: number;
  readonly #contexts = new Map<Rules, AskedContext>();

  constructor(
    view: MarketView,
    mark: CheckMark,
    policies: Pick<Policies, 'rulesOf'>,
    reference: ReferenceFacts,
  ) {
    this.#mark = mark;
    this.#policies = policies;
    const newest = mark.kind === 'deep' ? undefined : view.bars(COARSE).at(-1);
    this.#newestBar = newest?.time ?? Number.NEGATIVE_INFINITY;
    this.#base = { facts: new StillFacts(view, mark.at), reference, bars: barsOf(view), at: mark.at };
  }

  isOf(mark: CheckMark): boolean {
    return this.#mark === mark;
  }

  /**
   * Whether the check is one in which rules act on a trade: when a bar closes, in all until one has closed since the entry, and
   * in those of the bar in which a stop that they wished for too soon need not wait any more.
   */
  concerns({ openedAt, policy, unmetWishes, stopChangedAt }: Trade): boolean {
    if (openedAt > this.#newestBar) return true;
    if (stopChangedAt === null || !isStopAwaited(unmetWishes)) return false;
    const { minimumIntervalMs } = this.#policies.rulesOf({ policy }).actions;
    return stopChangedAt + minimumIntervalMs > this.#newestBar + TIMEFRAME_MS[COARSE];
  }

  /** Whether a policy's rules would do something new to a trade of it; null where it has none. */
  moving(policy: PolicyRef): ((trade: Trade) => boolean) | null {
    const context = this.#contextOf(policy);
    if (context === null) return null;
    return (trade) => this.#mayAct(trade) && askRules(trade, context) !== null;
  }

  /** What the rules of its policy would do to a trade; null for nothing new. */
  asked(trade: Trade): AskedRules | null {
    const context = this.#mayAct(trade) ? this.#contextOf(trade.policy) : null;
    return context === null ? null : askRules(trade, context);
  }

  /** What they do. */
  protection(trade: Trade): TradeEvent | null {
    const context = this.#mayAct(trade) ? this.#contextOf(trade.policy) : null;
    return context === null ? null : protectTrade(trade, context);
  }

  /** Whether they act in this check: nothing comes of old data, nor of an old bar that has just come. */
  #mayAct(trade: Trade): boolean {
    const { facts, reference } = this.#base;
    const { kind, clock } = this.#mark;
    const isPast = kind === 'deep' ? areBarsOld : isOld;
    return this.concerns(trade) && facts !== null && !isPast(trade, facts, clock, reference);
  }

  #contextOf(policy: PolicyRef | null): AskedContext | null {
    const rules = this.#policies.rulesOf({ policy });
    if (!hasRules(rules)) return null;
    const known = this.#contexts.get(rules);
    if (known !== undefined) return known;
    const made = new AskedContext(this.#base, rules);
    this.#contexts.set(rules, made);
    return made;
  }
}

/** What these rules would have a trade protected by, as its market is now; null for nothing new. */
export function protectionNow(
  trade: Trade,
  rules: Rules,
  facts: MarketView,
  reference: ReferenceFacts,
  { at, clock }: MarketMoment,
): TradeEvent | null {
  if (isOld(trade, facts, clock, reference)) return null;
  return protectTrade(trade, new AskedContext({ facts, reference, bars: barsOf(facts), at }, rules));
}

/** Whether protective rules look after the trades that these are for, beside the plan or instead of it. */
export function hasRules({ policy }: Rules): boolean {
  return policy !== undefined && policy.rules.length > 0;
}

function barsOf(view: MarketView): SinceEntry {
  return new SinceEntry(view.bars(COARSE), view.spread ?? 0);
}
