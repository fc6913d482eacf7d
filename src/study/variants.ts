// Owns the ways to defend that a study compares: the six-state plan, protective rules, and the benchmarks of every study.

import type { FlagName } from '../domain/flags/flag.js';
import { EVERY_TRADE, type PolicyTerms } from '../domain/policy/policy.js';
import type { ProtectiveRule } from '../domain/policy/protective-rules.js';
import { SIGNALS } from '../domain/signals/signal.js';
import type { PlanChange } from './plan-change.js';

export interface RuleVariant {
  readonly name: string;
  readonly rules: readonly ProtectiveRule[];
  /** R that the rules go by is so many ATR at the entry; their stop says it when absent. */
  readonly riskAtrs?: number;
}

export interface PlanVariant {
  readonly name: string;
  readonly plan: PlanChange;
  /** Actions and signals that are switched off. */
  readonly off: readonly FlagName[];
  /** The score each decision is made by is so old; 0 is the true one. Hours of market time. */
  readonly scoreDelayHours: number;
  /** The same plan with an old score, which it must beat; null for one that is only shown. */
  readonly control: string | null;
  /** What its trades have, whatever it is meant for; none when absent. */
  readonly policy?: PolicyTerms;
}

export type Variant = RuleVariant | PlanVariant;

const OLD_HOURS = 24;

/** A plan, and the same with yesterday's score: what it gains beside this, the score has earned. */
export function planVariants(
  name: string,
  plan: PlanChange,
  control = `${name}, old score`,
): readonly PlanVariant[] {
  return [
    { name, plan, off: [], scoreDelayHours: 0, control },
    { name: control, plan, off: [], scoreDelayHours: OLD_HOURS, control: null },
  ];
}

/**
 * A policy as a variant: tried on every trade of the study, whatever it is meant for, and enforced. Without the plan it is its
 * rules alone; with it, it has a control of its own.
 */
export function policyVariants(name: string, policy: PolicyTerms): readonly Variant[] {
  const { plan, rules, riskAtrs } = policy;
  if (plan.states === 'off') return [{ name, rules, ...(riskAtrs === null ? {} : { riskAtrs }) }];
  const tried: PolicyTerms = { ...policy, scope: EVERY_TRADE, mode: 'enforce' };
  return planVariants(name, {}).map((variant) => ({ ...variant, policy: tried }));
}

/** What of the plan can be left out, by the feature flags that do. */
const PARTS: Readonly<Record<string, readonly FlagName[]>> = {
  tighten: ['action.TIGHTEN_SL'],
  trail: ['action.TRAIL_SL'],
  breakeven: ['action.MOVE_SL_BREAKEVEN'],
  'partial close': ['action.PARTIAL_CLOSE'],
  hedge: ['action.OPEN_HEDGE'],
  'close all': ['action.CLOSE_ALL'],
  're-add': ['action.RE_ADD'],
};

/** The plan without each of its actions, with each alone, and without each of its signals: shown, and no candidates. */
export function ablations(): readonly PlanVariant[] {
  const names = Object.keys(PARTS);
  const partsOf = (left: readonly string[]) => left.flatMap((name) => PARTS[name] ?? []);
  const shown = (name: string, off: readonly FlagName[]) => ({
    name,
    plan: {},
    off,
    scoreDelayHours: 0,
    control: null,
  });
  return [
    ...names.map((name) => shown(`dtms without ${name}`, partsOf([name]))),
    ...names.map((name) => shown(`dtms with ${name} only`, partsOf(names.filter((other) => other !== name)))),
    ...SIGNALS.map((signal) =>
      shown(`dtms without ${signal.toLowerCase().replaceAll('_', ' ')}`, [`signal.${signal}`]),
    ),
  ];
}

/** In every study. Smaller sizes are reckoned from the results of trades left alone. */
export const BENCHMARKS: readonly Variant[] = [
  ...planVariants('dtms', {}, 'placebo'),
  { name: 'chandelier 2 ATR', rules: [{ kind: 'chandelier', atrs: 2 }] },
  { name: 'stop at -0.5 R', rules: [{ kind: 'loss_stop', atR: 0.5 }] },
  { name: 'close after 4 h if losing', rules: [{ kind: 'time_stop', bars: 16, when: 'losing' }] },
];

export function isPlan(variant: Variant): variant is PlanVariant {
  return 'plan' in variant;
}

/** What is compared with, and never recommended. */
export function isControl(variant: Variant): boolean {
  return isPlan(variant) && variant.control === null;
}
