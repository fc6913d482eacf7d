// Owns what protective rules make of a trade: one event where they plan something, or wish for something that is not planned for
// a reason that was not recorded yet. And the assignment of another policy.
import { askRules, type ProtectionContext, planProtection } from '../policy/plan-protection.js';
import { wishText } from '../policy/unmet-wishes.js';
import type { Rules } from '../rules.js';
import { type Action, expired, isUntouched } from '../trade/action.js';
import type { TradeEvent } from '../trade/event.js';
import { DEFAULT_POLICY, isSamePolicy, type PolicyRef } from '../trade/policy-ref.js';
import type { Trade } from '../trade/trade.js';
import { nextVersion } from '../trade/version.js';
import { plannedOutside } from './commands.js';

/** What the rules of a trade's policy do now; null for nothing new. */
export function protectTrade(trade: Trade, context: ProtectionContext): TradeEvent | null {
  const asked = askRules(trade, context);
  if (asked === null) return null;
  const plan = planProtection(trade, asked, context);
  const unmetWishes = plan.suppressed.map(wishText).join('; ');
  const isKnown = unmetWishes === '' || unmetWishes === trade.unmetWishes;
  if (plan.planned.length === 0 && plan.withdrawn.length === 0 && isKnown) return null;
  const { name, version } = asked.policy;
  return plannedOutside(trade, `policy ${name}, version ${version}`, plan, context.at, { unmetWishes });
}

/** Another policy for a trade. What rules of the present one wished for and nobody has begun is taken back. */
export function assignPolicy(
  trade: Trade,
  to: PolicyRef,
  reason: string,
  at: number,
  rules: Rules,
): readonly TradeEvent[] {
  const from = trade.policy ?? DEFAULT_POLICY;
  if (isSamePolicy(from, to) || trade.state === 'CLOSED') return [];
  const gone = trade.actions.filter((action) => action.rule !== '' && isUntouched(action));
  const withdrawn = gone.map((action) => expired(action, `the trade has policy ${to.name} now`));
  const after = nextVersion(trade, {
    policy: to.name === DEFAULT_POLICY.name ? null : to,
    unmetWishes: '',
    actions: gone.length === 0 ? trade.actions : trade.actions.filter((action) => !gone.includes(action)),
    stopChangedAt: stopChangedWithout(trade, gone, rules),
  });
  return [{ trade: after, at, change: { kind: 'policyAssigned', from, to, reason, withdrawn } }];
}

/**
 * When a stop was changed, without these that are taken back: such a stop was no change, and the next one need not wait after it.
 * It had been planned the least interval after the change before it, or later.
 */
function stopChangedWithout(
  { stopChangedAt }: Trade,
  gone: readonly Action[],
  { actions }: Rules,
): number | null {
  const isOfGone = gone.some(({ stopLoss, plannedAt }) => stopLoss !== null && plannedAt === stopChangedAt);
  return stopChangedAt === null || !isOfGone ? stopChangedAt : stopChangedAt - actions.minimumIntervalMs;
}
