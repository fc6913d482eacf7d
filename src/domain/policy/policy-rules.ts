// Owns the rules a policy's trades are decided by: the settings, with the policy's numbers in place of theirs.
import type { Rules } from '../rules.js';
import type { PlanNumbers, Policy } from './policy.js';

/** The rules with these numbers in place of their own. */
export function changedRules({ states, actions }: Partial<PlanNumbers>, rules: Rules): Rules {
  return { ...rules, states: { ...rules.states, ...states }, actions: { ...rules.actions, ...actions } };
}

/** The rules of a policy's trades. */
export function policyRules(policy: Policy, rules: Rules): Rules {
  const changed = changedRules(policy.plan.numbers, rules);
  const estimatedRiskAtr = policy.riskAtrs ?? rules.actions.estimatedRiskAtr;
  return { ...changed, actions: { ...changed.actions, estimatedRiskAtr }, policy };
}
