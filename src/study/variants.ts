// Owns the ways to defend that a study compares: the six-state plan, protective rules, and the benchmarks of every study.

import type { ProtectiveRule } from '../domain/policy/protective-rules.js';
import type { PlanChange } from './plan-change.js';

export interface RuleVariant {
  readonly name: string;
  readonly rules: readonly ProtectiveRule[];
}

export interface PlanVariant {
  readonly name: string;
  readonly plan: PlanChange;
  /** The score each decision is made by is so old; 0 is the true one. Hours of market time. */
  readonly scoreDelayHours: number;
  /** The same plan with an old score, which it must beat; null for one that is only shown. */
  readonly control: string | null;
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
    { name, plan, scoreDelayHours: 0, control },
    { name: control, plan, scoreDelayHours: OLD_HOURS, control: null },
  ];
}

/** What of the plan's actions can be left out, and the numbers that do. A stop so far behind never tightens one. */
const LEFT_OUT: Readonly<Record<string, NonNullable<PlanChange['actions']>>> = {
  tighten: { tightenR: 1e6 },
  'partial close': { partialClose: 0 },
  hedge: { hedgeRatio: 0 },
  're-add': { reAdd: 0 },
};

/** The plan without each of its actions, and with each alone beside closes, trailed stops and breakeven: shown, and no candidates. */
export function ablations(): readonly PlanVariant[] {
  const names = Object.keys(LEFT_OUT);
  const without = (left: readonly string[]): PlanChange => ({
    actions: Object.assign({}, ...left.map((name) => LEFT_OUT[name])),
  });
  const shown = (name: string, plan: PlanChange) => ({ name, plan, scoreDelayHours: 0, control: null });
  return [
    ...names.map((name) => shown(`dtms without ${name}`, without([name]))),
    ...names.map((name) => shown(`dtms with ${name} only`, without(names.filter((other) => other !== name)))),
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
