// Owns the way from what a trade's protective rules decide to what the broker is asked to do. It is the plan's own way: the same
// drafts, the same suppressions, and what comes of it is checked again at the lease as any action is.
import type { TradeContext } from '../actions/context.js';
import type { PlanDraft, Planning } from '../actions/plan-draft.js';
import { closeAll, drafted, type Plan, planningOf } from '../actions/planning.js';
import { unitsOf } from '../actions/quantise.js';
import { planStop, price, swapOf } from '../actions/stop-planning.js';
import { marketHoursOf } from '../market/market-hours.js';
import { instrumentKind } from '../market/symbols.js';
import { type ActionType, movesOf } from '../trade/action-specs.js';
import type { Trade } from '../trade/trade.js';
import { momentsAhead } from './moments-ahead.js';
import { type DecidedProtection, decideProtection } from './protection.js';
import {
  NOTHING_AHEAD,
  type ProtectedTrade,
  type ProtectionMarket,
  type ProtectiveRule,
} from './protective-rules.js';
import { ruleName, ruleText, stopActionOf } from './rule-text.js';

/** What rules ask of the time since the entry. */
export type HeldSince = Pick<ProtectedTrade, 'barsHeld' | 'best'>;

/**
 * What the rules of a trade's policy do at market time `at`; null where they decide nothing: it has none, it is paused or
 * closed or being closed, or its R or price is not known.
 */
export function planProtection(
  trade: Trade,
  since: HeldSince,
  at: number,
  { facts, rules, reference }: TradeContext,
): Plan | null {
  const { policy } = rules;
  if (policy === undefined || policy.rules.length === 0 || trade.risk === null) return null;
  if (trade.state === 'CLOSED' || trade.pausedAt !== null || at < trade.openedAt) return null;
  const planning = planningOf(trade, trade.state, facts, at, rules, reference);
  const { exit, terms, draft } = planning;
  if (exit === null || draft.find('CLOSE_ALL') !== undefined) return null;
  const decided = decideProtection(
    policy.rules,
    { ...asProtected(trade, trade.risk), ...since },
    marketOf(policy.rules, planning, exit),
    { ...terms, minimumStepR: rules.actions.minimumStepR },
  );
  draftOf(decided, planning, exit);
  return drafted(planning);
}

function asProtected(trade: Trade, risk: number): Omit<ProtectedTrade, 'barsHeld' | 'best'> {
  const { spec, stopLoss, volume } = trade;
  const { direction, entryPrice, volume: initialVolume } = spec;
  return { direction, entryPrice, risk, stopLoss, volume, initialVolume };
}

function marketOf(rules: readonly ProtectiveRule[], planning: Planning, exit: number): ProtectionMarket {
  const { facts, terms } = planning;
  const isAsked = rules.some(({ kind }) => kind === 'close_before');
  return {
    exit,
    atr: facts?.atrCoarse ?? null,
    costs: terms.commissionPerLot + swapOf(planning),
    ahead: isAsked ? aheadOf(planning) : NOTHING_AHEAD,
  };
}

function aheadOf({ trade, at, rules, reference }: Planning): ProtectionMarket['ahead'] {
  const { account, symbol } = trade.spec;
  const hours =
    reference.hoursOf(account, symbol) ?? marketHoursOf(instrumentKind(trade.instrument, rules.symbols));
  return momentsAhead(hours, reference.nextNews(account, symbol, at)?.time ?? null, at);
}

function draftOf({ close, reduce, stop }: DecidedProtection, planning: Planning, exit: number): void {
  const { draft, sign, terms, trade } = planning;
  if (close !== null) {
    if (isAllowed('CLOSE_ALL', planning)) closeAll(planning, ruleName(close), ruleText(close));
    return;
  }
  if (reduce !== null && isAllowed('PARTIAL_CLOSE', planning) && !changesVolume(draft)) {
    const note = `close ${reduce.by} of ${trade.volume}: ${ruleText(reduce.rule)}`;
    draft.plan('PARTIAL_CLOSE', { volume: reduce.by, note, rule: ruleName(reduce.rule) });
  }
  if (stop === null) return;
  const type = stopActionOf(stop.rule);
  if (!isAllowed(type, planning) || draft.suppressUnknown(type, planning)) return;
  const ticks = unitsOf(stop.price, terms.tickSize, sign > 0 ? 'down' : 'up');
  const note = `${ruleText(stop.rule)}, at ${price(planning, exit)}`;
  planStop(planning, type, ticks, exit, note, ruleName(stop.rule));
}

function isAllowed(type: ActionType, planning: Planning): boolean {
  const { draft, trade } = planning;
  return !draft.suppressOwned(type, trade.state, planning) && !draft.suppressSwitchedOff(type, planning);
}

/** One change of the volume at a time: what is under way is waited for. */
function changesVolume(draft: PlanDraft): boolean {
  const other = draft.actions.find(({ type }) => movesOf(type) === 'volume');
  if (other !== undefined)
    draft.suppress('PARTIAL_CLOSE', 'COALESCED', `${other.actionId} changes the volume first`);
  return other !== undefined;
}
