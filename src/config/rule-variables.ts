// Owns the environment variables of the rules: rules.states.l1Score is DTMS_RULES_STATES_L1_SCORE. Numbers and words are
// written as they are, lists and maps as JSON.
import { DEFAULT_RULES } from '../domain/rules.js';
import type { Env } from './environment.js';
import { leaves, treeOf } from './origins.js';
import { isOpenMap } from './rules.js';

/** All of the rules that have a variable: leaves, and maps whose names are open as one. */
const PATHS: readonly string[] = [...new Set(leaves(DEFAULT_RULES, 'rules').map(([path]) => ruleOf(path)))];

/** The path of each variable. */
export const RULE_VARIABLES: ReadonlyMap<string, string> = new Map(
  [...PATHS, ...emptyMaps(DEFAULT_RULES, 'rules')].map((path) => [variableOf(path), path]),
);

/** rules.states.l1Score as DTMS_RULES_STATES_L1_SCORE. */
function variableOf(path: string): string {
  const parts = path
    .split('.')
    .map((part) => (/[a-z]/.test(part) ? part.replaceAll(/([A-Z])/g, '_$1').toUpperCase() : part));
  return `DTMS_${parts.join('_')}`;
}

/** The map that a path is in, where its names are open; else the path itself. */
function ruleOf(path: string): string {
  const parts = path.split('.');
  for (let end = 1; end < parts.length; end += 1) {
    const map = parts.slice(0, end).join('.');
    if (isOpenMap(map)) return map;
  }
  return path;
}

function emptyMaps(value: object, path: string): string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return [];
    const at = `${path}.${name}`;
    return Object.keys(inner).length === 0 ? [at] : emptyMaps(inner, at);
  });
}

export interface RuleVariable {
  readonly variable: string;
  /** Such as rules.states.l1Score. */
  readonly path: string;
  /** A layer of the configuration with this rule alone. */
  readonly layer: Record<string, unknown>;
}

/** What variables say of rules. What a value must be is checked where all rules are merged. */
export function ruleVariables(variables: Env): RuleVariable[] {
  return [...RULE_VARIABLES].flatMap(([variable, path]) => {
    const text = variables[variable];
    return text === undefined ? [] : [{ variable, path, layer: treeOf(path, valueIn(text)) }];
  });
}

function valueIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
