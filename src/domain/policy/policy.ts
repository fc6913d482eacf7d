// Owns what a policy says: which trades it is for, what of the six-state plan they follow and by which numbers, and which
// protective rules stand beside it or instead of it. Plain immutable data.

import type { Direction } from '../market/direction.js';
import type { SymbolRules } from '../market/symbols.js';
import type { ActionType } from '../trade/action-specs.js';
import { DEFAULT_POLICY, type PolicyRef } from '../trade/policy-ref.js';
import type { TradeSpec } from '../trade/trade.js';
import { foldedSymbol, isNamed } from './name-pattern.js';
import type { ProtectiveRule } from './protective-rules.js';

/** Trades for which each list names what they have; an empty list asks for nothing. */
export interface PolicyScope {
  readonly accounts: readonly string[];
  /** Broker's symbols, or instruments by any of their names, whatever their capitals are; `*` stands for any characters. */
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
  const { accounts, symbols, instruments, magicNumbers, labels, directions } = listsOf(scope, aliases);
  const { symbol, label } = trade;
  return (
    (accounts === null || accounts.has(trade.account)) &&
    (symbols === null ||
      instruments.has(instrument) ||
      isListed(symbols, foldedSymbol(symbol)) ||
      isListed(symbols, foldedSymbol(instrument))) &&
    (magicNumbers === null || magicNumbers.has(trade.magicNumber)) &&
    (labels === null || isListed(labels, label)) &&
    (directions === null || directions.has(trade.direction))
  );
}

/** What a scope lists, to be looked up; null where it asks for nothing. */
interface ScopeLists {
  readonly aliases: SymbolRules['aliases'];
  readonly accounts: ReadonlySet<string> | null;
  /** Folded. */
  readonly symbols: NameLists | null;
  /** What the symbols are other names of. */
  readonly instruments: ReadonlySet<string>;
  readonly magicNumbers: ReadonlySet<bigint> | null;
  readonly labels: NameLists | null;
  readonly directions: ReadonlySet<Direction> | null;
}

interface NameLists {
  readonly whole: ReadonlySet<string>;
  /** Of the patterns that end with their only `*`, what is before it, and the lengths there are of those. */
  readonly beginnings: ReadonlySet<string>;
  readonly lengths: readonly number[];
  readonly patterns: readonly string[];
}

const lists = new WeakMap<PolicyScope, ScopeLists>();

/** A scope never changes, and is asked of every trade: its lists are made once. */
function listsOf(scope: PolicyScope, aliases: SymbolRules['aliases']): ScopeLists {
  const known = lists.get(scope);
  if (known?.aliases === aliases) return known;
  const setOf = <T>(list: readonly T[]): ReadonlySet<T> | null => (list.length === 0 ? null : new Set(list));
  const symbols = scope.symbols.map(foldedSymbol);
  const named = new Set(symbols);
  const others = Object.entries(aliases).filter(([name]) => named.has(foldedSymbol(name)));
  const made: ScopeLists = {
    aliases,
    accounts: setOf(scope.accounts),
    symbols: symbols.length === 0 ? null : nameLists(symbols),
    instruments: new Set(others.map(([, instrument]) => instrument)),
    magicNumbers: setOf(scope.magicNumbers),
    labels: scope.labels.length === 0 ? null : nameLists(scope.labels),
    directions: setOf(scope.directions),
  };
  lists.set(scope, made);
  return made;
}

function nameLists(names: readonly string[]): NameLists {
  const isBeginning = (name: string): boolean => name.indexOf('*') === name.length - 1;
  const patterns = names.filter((name) => name.includes('*'));
  const beginnings = new Set(patterns.filter(isBeginning).map((name) => name.slice(0, -1)));
  return {
    whole: new Set(names.filter((name) => !name.includes('*'))),
    beginnings,
    lengths: [...new Set(Array.from(beginnings, ({ length }) => length))],
    patterns: patterns.filter((name) => !isBeginning(name)),
  };
}

function isListed({ whole, beginnings, lengths, patterns }: NameLists, name: string): boolean {
  if (whole.has(name)) return true;
  if (lengths.some((length) => beginnings.has(name.slice(0, length)))) return true;
  return patterns.some((pattern) => isNamed(pattern, name));
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
