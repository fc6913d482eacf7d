// Owns a flag's definition as flagd's file has it, of which every flag here is on or off: what it says of a context, and what is
// wrong with one.
import { type FlagContext, type FlagEvaluation, type FlagName, isFlagName } from './flag.js';
import {
  evaluateRule,
  type JsonLogic,
  problemsOfRule,
  type TargetingData,
  TargetingError,
  writtenResults,
} from './targeting.js';

export interface FlagDefinition {
  readonly state: 'ENABLED' | 'DISABLED';
  readonly variants: Readonly<Record<string, boolean>>;
  readonly defaultVariant: string;
  /** null: the same for everybody. */
  readonly targeting: JsonLogic;
}

export type FlagDefinitions = Readonly<Partial<Record<FlagName, FlagDefinition>>>;

/** A flag nobody defined: on. */
export const ON: FlagDefinition = {
  state: 'ENABLED',
  variants: { on: true, off: false },
  defaultVariant: 'on',
  targeting: null,
};

/** Whether a definition says the same of every context. */
export function isConstant({ state, targeting }: FlagDefinition): boolean {
  return state === 'DISABLED' || targeting === null;
}

/** What a definition says of a context. A flag that is disabled, or broken there, is on. */
export function evaluateDefinition(
  flag: FlagName,
  { state, variants, defaultVariant, targeting }: FlagDefinition,
  context: FlagContext,
): FlagEvaluation {
  const on = { flag, variant: 'on', value: true, note: '' };
  if (state === 'DISABLED') return { ...on, reason: 'DISABLED' };
  const fallback = { flag, variant: defaultVariant, value: variants[defaultVariant] ?? true, note: '' };
  if (targeting === null) return { ...fallback, reason: 'STATIC' };
  try {
    const found = evaluateRule(targeting, dataOf(flag, context));
    if (found === null) return { ...fallback, reason: 'DEFAULT' };
    const variant = String(found);
    const value = Object.hasOwn(variants, variant) ? variants[variant] : undefined;
    if (value === undefined) return { ...on, reason: 'ERROR', note: `variant ${variant} is not defined` };
    return { flag, variant, value, reason: 'TARGETING_MATCH', note: '' };
  } catch (error) {
    if (error instanceof TargetingError) return { ...on, reason: 'ERROR', note: error.message };
    throw error;
  }
}

function dataOf(flag: FlagName, { account, symbol, method, build }: FlagContext): TargetingData {
  const known = Object.entries({ account, symbol, method, build }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const targetingKey = account ?? symbol ?? method ?? build;
  return { ...Object.fromEntries(known), targetingKey, '$flagd.flagKey': flag };
}

/** The definitions of a file of flagd's. */
export interface ReadDefinitions {
  readonly definitions: FlagDefinitions;
  /** Each with the path of what is wrong; where there is one, nothing of the file counts. */
  readonly problems: readonly string[];
}

/** Reads what flagd's file holds: `{"flags": {"enforce": {"state": ..., "variants": ..., ...}}}`. */
export function readDefinitions(content: unknown): ReadDefinitions {
  if (!isRecord(content) || !isRecord(content.flags))
    return { definitions: {}, problems: ['flags: must be an object of flags by name'] };
  const definitions: Partial<Record<FlagName, FlagDefinition>> = {};
  const problems: string[] = [];
  for (const [name, told] of Object.entries(content.flags)) {
    if (!isFlagName(name)) {
      problems.push(`flags.${name}: there is no such flag`);
      continue;
    }
    const found = problemsOf(told).map((problem) => `flags.${name}${problem}`);
    problems.push(...found);
    if (found.length === 0) definitions[name] = definitionOf(told as ToldDefinition);
  }
  return { definitions, problems };
}

/**
 * Reads definitions that are in force already: what was put there counts as it is, whatever this program would refuse now. A flag
 * whose rule it cannot evaluate says so where it decides; left out it would be on without a word.
 */
export function storedDefinitions(told: Readonly<Record<string, unknown>>): FlagDefinitions {
  const definitions: Partial<Record<FlagName, FlagDefinition>> = {};
  for (const [name, each] of Object.entries(told))
    if (isFlagName(name) && shapeProblems(each).length === 0)
      definitions[name] = definitionOf(each as ToldDefinition);
  return definitions;
}

interface ToldDefinition extends Omit<FlagDefinition, 'targeting'> {
  readonly targeting?: JsonLogic;
}

function definitionOf({ state, variants, defaultVariant, targeting = null }: ToldDefinition): FlagDefinition {
  const rule = isEmpty(targeting) ? null : targeting;
  return { state, variants: { ...variants }, defaultVariant, targeting: rule };
}

function problemsOf(told: unknown): string[] {
  const problems = shapeProblems(told);
  if (!isRecord(told)) return problems;
  const { variants, targeting = null } = told;
  const ofRule = problemsOfRule(targeting);
  if (ofRule.length === 0 && isRecord(variants) && !isEmpty(targeting)) {
    // A variant that is misspelt would be on, for just those who were meant to be off.
    const unknown = writtenResults(targeting as JsonLogic)
      .filter((result) => result !== null && !Object.hasOwn(variants, String(result)))
      .map((result) => `${JSON.stringify(result)} is none of the variants`);
    ofRule.push(...new Set(unknown));
  }
  return [...problems, ...ofRule.map((problem) => `.targeting: ${problem}`)];
}

/** What is wrong with all of a definition but its rule. */
function shapeProblems(told: unknown): string[] {
  if (!isRecord(told)) return [': must be an object'];
  const { state, variants, defaultVariant } = told;
  const problems: string[] = [];
  if (state !== 'ENABLED' && state !== 'DISABLED') problems.push('.state: must be ENABLED or DISABLED');
  if (!isRecord(variants) || Object.keys(variants).length === 0)
    problems.push('.variants: must name at least one');
  else {
    if (Object.values(variants).some((value) => typeof value !== 'boolean'))
      problems.push('.variants: each must be true or false');
    if (typeof defaultVariant !== 'string' || !Object.hasOwn(variants, defaultVariant))
      problems.push('.defaultVariant: must be one of the variants');
  }
  return problems;
}

/** flagd writes no targeting as an empty object too. */
function isEmpty(targeting: unknown): boolean {
  return isRecord(targeting) && Object.keys(targeting).length === 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
