// Owns the way from what a trade's protective rules decide to what the broker is asked to do. It is the plan's own way: the same
// drafts, the same suppressions, and what comes of it is checked again at the lease as any action is. Rules are asked of every
// trade of a bar and nearly always decide nothing new, so a draft is begun where they do.
import type { TradeContext } from '../actions/context.js';
import { openStopOf, type PlanDraft, type Planning } from '../actions/plan-draft.js';
import { closeAll, drafted, type Plan, planningOf } from '../actions/planning.js';
import { volumeSum } from '../actions/quantise.js';
import { planStop, price, stopObstacle, swapOf } from '../actions/stop-planning.js';
import { favourable } from '../market/direction.js';
import { marketHoursOf } from '../market/market-hours.js';
import { instrumentKind } from '../market/symbols.js';
import { isUntouched } from '../trade/action.js';
import { type ActionType, flagOf, movesOf } from '../trade/action-specs.js';
import type { Trade } from '../trade/trade.js';
import { exitPriceOf } from '../trade/version.js';
import { momentsAhead } from './moments-ahead.js';
import type { Policy } from './policy.js';
import {
  type DecidedProtection,
  type DecidedStop,
  decideProtection,
  type ProtectionTerms,
} from './protection.js';
import type { ProtectionMarket } from './protective-rules.js';
import { ruleName, ruleText, stopActionOf } from './rule-text.js';
import type { SinceEntry } from './since-entry.js';
import { reasonText } from './unmet-wishes.js';

/** When and with what the rules of one policy are asked. */
export interface ProtectionContext extends TradeContext {
  /** The bars of the trade's market. */
  readonly bars: SinceEntry;
  /** Market time, UTC ms. */
  readonly at: number;
  /** The terms of a trade's symbol, with the tick that its prices show where nobody told it. */
  termsOf(trade: Trade): AskedTerms;
}

/** What rules ask of an account's terms. */
export type AskedTerms = Pick<Planning, 'isTickKnown'> & ProtectionTerms;

/** What rules decided of a trade that would exit at this price. */
export interface AskedRules {
  readonly policy: Policy;
  readonly exit: number;
  readonly decided: DecidedProtection;
}

/**
 * What the rules of a trade's policy would do; null where nothing new comes of it: it has none, it is paused or closed or being
 * closed, its R or price is not known, they decide nothing, or what they wish for cannot be and that was told.
 */
export function askRules(trade: Trade, context: ProtectionContext): AskedRules | null {
  const { facts, rules, bars, at } = context;
  const { policy } = rules;
  if (policy === undefined || policy.rules.length === 0 || trade.risk === null) return null;
  if (trade.state === 'CLOSED' || trade.pausedAt !== null || at < trade.openedAt) return null;
  const exit = exitPriceOf(trade, facts);
  if (exit === null) return null;
  const { spec, openedAt, risk, stopLoss, volume } = trade;
  const { direction, entryPrice, volume: initialVolume } = spec;
  const { barsHeld, best } = bars.of({ direction, entryPrice, openedAt }, exit);
  const decided = decideProtection(
    policy.rules,
    { direction, entryPrice, risk, stopLoss, volume, initialVolume, barsHeld, best },
    new MarketOfTrade(trade, exit, context),
    context.termsOf(trade),
  );
  const { close, reduce, stop } = decided;
  if (close === null && reduce === null && (stop === null || isTold(stop, trade, exit, context))) return null;
  const isClosing = trade.actions.some(({ type }) => type === 'CLOSE_ALL');
  return isClosing ? null : { policy, exit, decided };
}

/** What is planned of what rules decided. */
export function planProtection(trade: Trade, asked: AskedRules, context: ProtectionContext): Plan {
  const { facts, rules, reference, at } = context;
  const planning = planningOf(trade, trade.state, facts, at, rules, reference);
  draftOf(asked.decided, planning, asked.exit);
  return drafted(planning);
}

/** The market as rules see it for one trade: what few of them ask for is found out when it is asked for. */
class MarketOfTrade implements ProtectionMarket {
  readonly exit: number;
  readonly #trade: Trade;
  readonly #context: ProtectionContext;

  constructor(trade: Trade, exit: number, context: ProtectionContext) {
    this.exit = exit;
    this.#trade = trade;
    this.#context = context;
  }

  get atr(): number | null {
    return this.#context.facts?.atrCoarse ?? null;
  }

  get costs(): number {
    const { reference, at } = this.#context;
    const { account, symbol, direction } = this.#trade.spec;
    const terms = reference.terms(account, symbol);
    const sign = favourable(direction);
    return terms.commissionPerLot + swapOf({ trade: this.#trade, terms, at, reference, sign });
  }

  get ahead(): ProtectionMarket['ahead'] {
    const { reference, rules, at } = this.#context;
    const { account, symbol } = this.#trade.spec;
    const hours =
      reference.hoursOf(account, symbol) ??
      marketHoursOf(instrumentKind(this.#trade.instrument, rules.symbols));
    return momentsAhead(hours, reference.nextNews(account, symbol, at)?.time ?? null, at);
  }
}

/** Whether a stop cannot be moved for a reason that the trade's record has already. */
function isTold(
  { ticks, rule }: DecidedStop,
  trade: Trade,
  exit: number,
  context: ProtectionContext,
): boolean {
  const { unmetWishes } = trade;
  if (unmetWishes === '' || trade.owners.length > 0) return false;
  const type = stopActionOf(rule);
  const terms = context.termsOf(trade);
  const { rules, reference, at } = context;
  const { account, symbol, direction } = trade.spec;
  const openStop = openStopOf(trade.actions);
  const sign = favourable(direction);
  const reason = terms.isTickKnown
    ? stopObstacle({ trade, sign, at, rules, reference, terms, exit, ticks, openStop })
    : 'TERMS_UNKNOWN';
  if (reason === null || reasonText(type, reason) !== unmetWishes) return false;
  return reference.switchedOff(flagOf(type), account, symbol) === null;
}

function draftOf({ close, reduce, stop }: DecidedProtection, planning: Planning, exit: number): void {
  const { draft, trade } = planning;
  if (close !== null) {
    if (isAllowed('CLOSE_ALL', planning)) closeAll(planning, ruleName(close), ruleText(close));
    return;
  }
  if (reduce !== null && isAllowed('PARTIAL_CLOSE', planning) && !changesVolume(draft, reduce.by)) {
    const note = `close ${reduce.by} of ${trade.volume}: ${ruleText(reduce.rule)}`;
    const leaves = volumeSum(trade.volume, -reduce.by);
    draft.plan('PARTIAL_CLOSE', { volume: reduce.by, leaves, note, rule: ruleName(reduce.rule) });
  }
  if (stop === null) return;
  const type = stopActionOf(stop.rule);
  if (!isAllowed(type, planning) || draft.suppressUnknown(type, planning)) return;
  const note = `${ruleText(stop.rule)}, at ${price(planning, exit)}`;
  planStop(planning, type, stop.ticks, exit, note, ruleName(stop.rule));
}

function isAllowed(type: ActionType, planning: Planning): boolean {
  const { draft, trade } = planning;
  return !draft.suppressOwned(type, trade.state, planning) && !draft.suppressSwitchedOff(type, planning);
}

/** One change of the volume at a time: what is under way is waited for, and a smaller part that nobody has begun is overtaken. */
function changesVolume(draft: PlanDraft, by: number): boolean {
  const other = draft.actions.find(({ type }) => movesOf(type) === 'volume');
  if (other === undefined) return false;
  const isOvertaken =
    other.rule !== '' && other.status !== 'HELD' && isUntouched(other) && (other.volume ?? by) < by;
  if (isOvertaken) draft.withdraw(other.type, `overtaken by a larger part, ${by}`);
  else draft.suppress('PARTIAL_CLOSE', 'COALESCED', `${other.actionId} changes the volume first`);
  return !isOvertaken;
}
