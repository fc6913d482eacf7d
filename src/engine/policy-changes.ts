// Owns giving running trades another policy: which of an account's, and what it makes of each at once. What a preview says and
// what an assignment does is the same function.
import { assignPolicy } from '../domain/changes/protect.js';
import { isFor, type Policy, type PolicyTerms, policyFaults, refOf } from '../domain/policy/policy.js';
import { changedRules, policyRules } from '../domain/policy/policy-rules.js';
import type { Rules } from '../domain/rules.js';
import type { Action, SuppressedAction } from '../domain/trade/action.js';
import type { TradeEvent } from '../domain/trade/event.js';
import { DEFAULT_POLICY, type PolicyRef } from '../domain/trade/policy-ref.js';
import { scoreFaults } from '../domain/trade/score-order.js';
import type { Trade, TradeSpec } from '../domain/trade/trade.js';
import { invalidFields, tradeNotFound } from '../errors/errors.js';
import type { Engine } from './engine.js';

/** What another policy makes of a trade at once. */
export interface PolicyChange {
  readonly spec: TradeSpec;
  readonly from: PolicyRef;
  readonly to: PolicyRef;
  readonly planned: readonly Action[];
  readonly suppressed: readonly SuppressedAction[];
  readonly withdrawn: readonly Action[];
}

/** What of an engine it takes to say what an assignment does. */
type Assigning = Pick<Engine, 'protection' | 'rules' | 'viewOf'>;

/**
 * The active trades of an account by these tickets; by none, those that a policy is for. null stands for the documented plan,
 * which is for all.
 */
export function tradesFor(
  engine: Pick<Engine, 'get' | 'tradesOf' | 'rules'>,
  account: string,
  tickets: readonly bigint[],
  policy: Policy | null,
): readonly Trade[] {
  const named = new Set(tickets);
  for (const ticket of named)
    if (engine.get(account, ticket) === undefined) throw tradeNotFound(account, ticket);
  return [...engine.tradesOf(account)].filter((trade) => {
    if (trade.state === 'CLOSED') return false;
    if (named.size > 0) return named.has(trade.spec.ticket);
    return policy === null || isFor(policy, trade.spec, trade.instrument, engine.rules.symbols);
  });
}

/** What a policy would make of a trade now; null where it has it already. `now` is the feed's time. */
export function policyChange(
  engine: Assigning,
  trade: Trade,
  policy: Policy | null,
  reason: string,
  now: number,
): PolicyChange | null {
  return changeOf(trade, assignment(engine, trade, policy, reason, now));
}

/** Gives a trade a policy, and tells what that made of it; null where it had it already. */
export function assign(
  engine: Engine,
  trade: Trade,
  policy: Policy | null,
  reason: string,
  now: number,
): PolicyChange | null {
  const events = assignment(engine, trade, policy, reason, now);
  engine.act(trade.spec, () => events);
  return changeOf(trade, events);
}

/** The events of giving a trade a policy. It is decided by the newest data where they are not too old `now`, the feed's time. */
function assignment(
  engine: Assigning,
  trade: Trade,
  policy: Policy | null,
  reason: string,
  now: number,
): readonly TradeEvent[] {
  const at = engine.viewOf(trade)?.asOf ?? now;
  const to = policy === null ? DEFAULT_POLICY : refOf(policy);
  const [assigned] = assignPolicy(trade, to, reason, at, engine.rules);
  if (assigned === undefined) return [];
  const decided =
    policy === null ? null : engine.protection(assigned.trade, policyRules(policy, engine.rules), now);
  return decided === null ? [assigned] : [assigned, decided];
}

function changeOf({ spec }: Trade, events: readonly TradeEvent[]): PolicyChange | null {
  const [assigned, decided] = events.map(({ change }) => change);
  if (assigned?.kind !== 'policyAssigned') return null;
  const { from, to, withdrawn } = assigned;
  const base = { spec, from, to };
  if (decided?.kind !== 'actionPlanned') return { ...base, planned: [], suppressed: [], withdrawn };
  const { planned, suppressed } = decided;
  return { ...base, planned, suppressed, withdrawn: [...withdrawn, ...decided.withdrawn] };
}

/** @throws DtmsError INVALID_FIELD that names what is wrong beneath `policy`, by itself or with what it leaves to the settings */
export function checkPolicy(terms: PolicyTerms, rules: Rules): void {
  const { states, numbers } = terms.plan;
  const scores = states === 'off' ? [] : scoreFaults(changedRules(numbers, rules).states);
  const faults = [...policyFaults(terms), ...scores.map((fault) => ['plan', fault] as const)];
  if (faults.length > 0)
    throw invalidFields(faults.map(([place, description]) => ({ field: `policy.${place}`, description })));
}
