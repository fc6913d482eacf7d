// Owns what a policy says: which trades it is for, what of the six-state plan they follow and by which numbers, and which
// protective rules stand beside it or instead of it. Plain immutable data.

import type { Direction } from '../market/direction.js';
import type { SymbolRules } from '../market/symbols.js';
import type { ActionType } from '../trade/action-specs.js';
import { DEFAULT_POLICY, type PolicyRef } from '../trade/policy-ref.js';
import type { TradeSpec } from '../trade/trade.js';
import { isNamed } from './name-pattern.js';
import type { ProtectiveRule } from './protective-rules.js';

/** Trades for which each list names what they have; an empty list asks for nothing. */
export interface PolicyScope {
  readonly accounts: readonly string[];
  /** As the broker spells them, or instruments by any of their names; `*` stands for any characters. */
  readonly symbols: readonly string[];
  readonly magicNumbers: readonly bigint[];
  /** Labels, which name a strategy; `*` stands for any characters. */
  readonly labels: readonly string[];
  readonly directions: readonly Direction[];
}

/** It asks for nothing. */
export const EVERY_TRADE: PolicyScope = {
  accounts: [],
  symbols: [],
  magicNumbers: [],
  labels: [],
  directions: [],
};

/** Numbers of the six-state plan, under the settings' names. */
export interface PlanNumbers {
  readonly states: {
    readonly l1Score?: number;
    readonly l1ClearScore?: number;
    readonly l2Score?: number;
    readonly l2ClearScore?: number;
    readonly hedgeScore?: number;
    readonly recoverScore?: number;
    readonly flatTimerMs?: number;
    readonly recoveryTimerMs?: number;
  };
  readonly actions: {
    readonly tightenR?: number;
    readonly partialClose?: number;
    readonly hedgeRatio?: number;
    readonly hedgeStopAtr?: number;
    readonly fallbackStopAtr?: number;
    readonly reAdd?: number;
  };
}

/** What its trades follow of the six-state plan. */
export interface PolicyPlan {
  /** `off`: they stay HEALTHY until they close. */
  readonly states: 'on' | 'off';
  /** Actions of the plan that are not taken. */
  readonly leftOut: readonly ActionType[];
  /** Where they are other than the settings'. */
  readonly numbers: PlanNumbers;
}

/** What a person writes. */
export interface PolicyTerms {
  readonly name: string;
  readonly description: string;
  /** Of several policies that are for a trade the one with the highest counts; among equals, the first by name. */
  readonly priority: number;
  readonly scope: PolicyScope;
  /** `observe`: everything is decided and recorded, and nothing is done. */
  readonly mode: 'enforce' | 'observe';
  readonly plan: PolicyPlan;
  readonly rules: readonly ProtectiveRule[];
  /** R of its new trades is so many ATR(14) of coarse bars, whatever their stop is; null: their stop says it. */
  readonly riskAtrs: number | null;
}

export interface Policy extends PolicyTerms {
  readonly version: number;
}

/** What a policy looks at of a trade. */
export type ScopedTrade = Pick<TradeSpec, 'account' | 'symbol' | 'magicNumber' | 'label' | 'direction'>;

/** @param instrument - what the trade's symbol stands for. */
export function isFor(
  { scope }: Pick<Policy, 'scope'>,
  trade: ScopedTrade,
  instrument: string,
  { aliases }: Pick<SymbolRules, 'aliases'>,
): boolean {
  const { accounts, symbols, magicNumbers, labels, directions } = scope;
  const asks = <T>(list: readonly T[], has: (item: T) => boolean) => list.length === 0 || list.some(has);
  return (
    asks(accounts, (account) => account === trade.account) &&
    asks(
      symbols,
      (named) => isNamed(named, trade.symbol) || isNamed(named, instrument) || aliases[named] === instrument,
    ) &&
    asks(magicNumbers, (magic) => magic === trade.magicNumber) &&
    asks(labels, (label) => isNamed(label, trade.label)) &&
    asks(directions, (direction) => direction === trade.direction)
  );
}

export function refOf({ name, version }: Policy): PolicyRef {
  return { name, version };
}

/** What is wrong with a policy, by the field it is wrong in; empty when nothing is. */
export function policyFaults({ name, rules, plan }: PolicyTerms): readonly (readonly [string, string])[] {
  const faults: (readonly [string, string])[] = [];
  if (name === DEFAULT_POLICY.name)
    faults.push(['name', `${name} is the documented plan: write another policy before it`]);
  for (const [index, rule] of rules.entries()) {
    if (rule.kind !== 'targets') continue;
    const sum = rule.targets.reduce((all, { share }) => all + share, 0);
    if (sum > 1 + 1e-9) faults.push([`rules[${index}].targets`, `their shares add up to ${sum}`]);
  }
  if (plan.leftOut.includes('CLOSE_HEDGE'))
    faults.push(['plan.leave_out', 'a hedge must not be left without its trade: leave OPEN_HEDGE out']);
  if (plan.states === 'off' && plan.leftOut.length > 0)
    faults.push(['plan.leave_out', 'a plan that is off has no actions']);
  return faults;
}
