// Owns the targeting of a flag: the part of JsonLogic that flagd's definitions use, evaluated over plain data. Pure: no clock is
// asked, so what it says of a context is the same at every moment and on every server.
import { shareOf } from './bucket.js';

/** What JSON can hold. */
export type JsonLogic =
  | string
  | number
  | boolean
  | null
  | readonly JsonLogic[]
  | { readonly [key: string]: JsonLogic };

/** What variables stand for, by their names. */
export type TargetingData = Readonly<Record<string, JsonLogic>>;

/** A rule is broken where it has no answer; then the flag's reason is ERROR. */
export class TargetingError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TargetingError';
  }
}

/** What flagd gives each rule beside the context. */
const FLAG_KEY = '$flagd.flagKey';
const TARGETING_KEY = 'targetingKey';
/** Weights of one split are together at most this. */
const MOST_WEIGHT = 2_147_483_647;
const DEEPEST = 32;

type Operator = (args: readonly JsonLogic[], data: TargetingData) => JsonLogic;

const truthy = (value: JsonLogic): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value));
const textOf = (value: JsonLogic): string => (typeof value === 'string' ? value : JSON.stringify(value));
const isTexts = (args: readonly JsonLogic[]): args is readonly [string, string] =>
  args.length === 2 && args.every((each) => typeof each === 'string');

/** What a variable stands for; what every object inherits is none. */
function standsFor(data: TargetingData, name: string): JsonLogic | undefined {
  return Object.hasOwn(data, name) ? data[name] : undefined;
}

/** Those whose arguments are values. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  '==': ([a, b]) => a === b,
  '===': ([a, b]) => a === b,
  '!=': ([a, b]) => a !== b,
  '!==': ([a, b]) => a !== b,
  '!': ([a = null]) => !truthy(a),
  '!!': ([a = null]) => truthy(a),
  in: ([a = null, all = null]) => {
    if (typeof all === 'string') return typeof a === 'string' && all.includes(a);
    return Array.isArray(all) && all.includes(a);
  },
  cat: (args) => args.map(textOf).join(''),
  starts_with: (args) => isTexts(args) && args[0].startsWith(args[1]),
  ends_with: (args) => isTexts(args) && args[0].endsWith(args[1]),
  var: ([name = '', otherwise = null], data) => standsFor(data, textOf(name)) ?? otherwise,
  fractional: split,
};

/** Those that look at their arguments one by one. */
const LAZY: Readonly<Record<string, (args: readonly JsonLogic[], data: TargetingData) => JsonLogic>> = {
  and: (args, data) => {
    let last: JsonLogic = null;
    for (const each of args) {
      last = evaluateRule(each, data);
      if (!truthy(last)) break;
    }
    return last;
  },
  or: (args, data) => {
    let last: JsonLogic = null;
    for (const each of args) {
      last = evaluateRule(each, data);
      if (truthy(last)) break;
    }
    return last;
  },
  if: (args, data) => {
    for (let at = 0; at + 1 < args.length; at += 2)
      if (truthy(evaluateRule(args[at] ?? null, data))) return evaluateRule(args[at + 1] ?? null, data);
    return args.length % 2 === 1 ? evaluateRule(args.at(-1) ?? null, data) : null;
  },
};

/** What a rule says of data. @throws TargetingError */
export function evaluateRule(rule: JsonLogic, data: TargetingData): JsonLogic {
  if (Array.isArray(rule)) return rule.map((each: JsonLogic) => evaluateRule(each, data));
  if (!isOperation(rule)) return rule;
  const { name, args } = operationOf(rule);
  const lazy = Object.hasOwn(LAZY, name) ? LAZY[name] : undefined;
  if (lazy !== undefined) return lazy(args, data);
  const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
  if (operator === undefined) throw new TargetingError(`there is no operator ${name}`);
  return operator(
    args.map((each) => evaluateRule(each, data)),
    data,
  );
}

/** What is wrong with a rule, whatever the data; empty where nothing is. */
export function problemsOfRule(rule: unknown, depth = 0): string[] {
  if (depth > DEEPEST) return [`it is nested deeper than ${DEEPEST}`];
  if (Array.isArray(rule)) return rule.flatMap((each) => problemsOfRule(each, depth + 1));
  if (typeof rule !== 'object' || rule === null) return [];
  const entries = Object.entries(rule);
  const [[name, args] = ['', null]] = entries;
  if (entries.length === 0) return [];
  if (entries.length > 1) return ['a rule names one operator'];
  if (!Object.hasOwn(LAZY, name) && !Object.hasOwn(OPERATORS, name))
    return [
      `operator ${name} is not known; there are ${[...Object.keys(LAZY), ...Object.keys(OPERATORS)].join(', ')}`,
    ];
  if (name === 'var' && textOf(Array.isArray(args) ? (args[0] ?? '') : args) === '$flagd.timestamp')
    return [
      'a flag decides the same at every moment: $flagd.timestamp is not known here, an end is set with SetFeatureFlag',
    ];
  const problems = name === 'fractional' ? problemsOfSplit(args) : [];
  return [...problems, ...problemsOfRule(args, depth + 1)];
}

/** What is wrong with the shares of a split, which are written down and not computed. */
function problemsOfSplit(told: unknown): string[] {
  const args: readonly JsonLogic[] = Array.isArray(told) ? told : [];
  try {
    const shares = args.filter((each, index) => index > 0 || Array.isArray(each)).map(shareFrom);
    const total = checkedTotal(shares);
    return total === 0 ? ['a split has no shares'] : [];
  } catch (error) {
    if (error instanceof TargetingError) return [error.message];
    throw error;
  }
}

/** What a rule may come to, as far as it is written in it. */
export function writtenResults(rule: JsonLogic): readonly JsonLogic[] {
  if (Array.isArray(rule)) return [];
  if (!isOperation(rule)) return [rule];
  const { name, args } = operationOf(rule);
  if (name === 'fractional')
    return args.flatMap((each) => (Array.isArray(each) ? writtenResults(each[0] ?? null) : []));
  if (name !== 'if') return [];
  return args.filter((_, at) => at % 2 === 1 || at === args.length - 1).flatMap(writtenResults);
}

/** Which variant of a split the context falls into: `[["on", 25], ["off", 75]]`, by the targeting key or a text that leads. */
function split(args: readonly JsonLogic[], data: TargetingData): JsonLogic {
  const [first] = args;
  const isNamed = typeof first === 'string';
  const key = data[TARGETING_KEY];
  if (!isNamed && (typeof key !== 'string' || key === '')) return null;
  const bucketBy = isNamed ? first : `${textOf(data[FLAG_KEY] ?? '')}${textOf(key ?? '')}`;
  const shares = (isNamed ? args.slice(1) : args).map(shareFrom);
  const total = checkedTotal(shares);
  let left = shareOf(bucketBy, total);
  for (const { variant, weight } of shares) {
    if (left < weight) return variant;
    left -= weight;
  }
  return null;
}

function checkedTotal(shares: readonly { readonly weight: number }[]): number {
  const total = shares.reduce((sum, { weight }) => sum + weight, 0);
  if (total > MOST_WEIGHT) throw new TargetingError('the weights of a split are together too large');
  return total;
}

function shareFrom(entry: JsonLogic): { readonly variant: JsonLogic; readonly weight: number } {
  if (!Array.isArray(entry) || entry.length === 0 || entry.length > 2)
    throw new TargetingError('a share of a split is [variant, weight]');
  const [variant = null, weight = 1] = entry as readonly JsonLogic[];
  if (typeof weight !== 'number' || !Number.isInteger(weight))
    throw new TargetingError('the weight of a split is an integer');
  return { variant, weight: Math.max(0, weight) };
}

function isOperation(rule: JsonLogic): rule is { readonly [key: string]: JsonLogic } {
  return typeof rule === 'object' && rule !== null && Object.keys(rule).length > 0;
}

function operationOf(rule: { readonly [key: string]: JsonLogic }): {
  name: string;
  args: readonly JsonLogic[];
} {
  const [[name, args] = ['', null]] = Object.entries(rule);
  return { name, args: Array.isArray(args) ? args : [args] };
}
