// Owns the meaning of each rule on a single value that our protos use, as a table.
import type { Operand, RuleName } from '../contract/field-rules.js';

/** A rule made ready: a cheap test, and what is wrong when it fails. */
export interface Rule {
  readonly test: (value: unknown) => boolean;
  readonly description: string;
}

/** Makes a rule from its operand; `enumNumbers` are the values of the field's enum. */
export type RuleMaker = (operand: Operand, enumNumbers: ReadonlySet<number>) => Rule;

type Comparable = number | bigint;

function comparison(words: string, test: (value: Comparable, bound: Comparable) => boolean): RuleMaker {
  return (operand) => {
    const bound = comparable(operand);
    return { test: (value) => test(comparable(value), bound), description: `must be ${words} ${bound}` };
  };
}

/** What is no number compares as NaN: no bound holds. */
function comparable(value: unknown): Comparable {
  return typeof value === 'number' || typeof value === 'bigint' ? value : Number.NaN;
}

const GREATER = comparison('greater than', (value, bound) => value > bound);
const AT_LEAST = comparison('at least', (value, bound) => value >= bound);
const AT_MOST = comparison('at most', (value, bound) => value <= bound);

function flag(
  description: string,
  test: (value: unknown, enumNumbers: ReadonlySet<number>) => boolean,
): RuleMaker {
  return (_operand, enumNumbers) => ({ test: (value) => test(value, enumNumbers), description });
}

/** A rule on a size, in `things`. */
function size(words: string, things: string, test: (value: unknown, bound: number) => boolean): RuleMaker {
  return (operand) => {
    const bound = Number(operand);
    return { test: (value) => test(value, bound), description: `must have ${words} ${bound} ${things}` };
  };
}

const UUID = /^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$/;

/** Lengths of text count code points. */
export const RULES: Readonly<Record<RuleName, RuleMaker>> = {
  'double.gt': GREATER,
  'double.gte': AT_LEAST,
  'double.lte': AT_MOST,
  'double.finite': flag('must be a finite number', (value) => Number.isFinite(value)),
  'int32.gte': AT_LEAST,
  'int32.lte': AT_MOST,
  'int64.gt': GREATER,
  'int64.gte': AT_LEAST,
  'enum.defined_only': flag(
    'must be a value the enum defines',
    (value, enumNumbers) => typeof value === 'number' && enumNumbers.has(value),
  ),
  'enum.not_in': (operand) => {
    const refused: readonly unknown[] = Array.isArray(operand) ? operand : [];
    return { test: (value) => !refused.includes(value), description: 'must not be unspecified' };
  },
  'string.pattern': (operand) => {
    const source = String(operand);
    const pattern = new RegExp(source, 'u');
    return {
      test: (value) => typeof value === 'string' && pattern.test(value),
      description: `must match ${source}`,
    };
  },
  'string.uuid': flag('must be a UUID', (value) => typeof value === 'string' && UUID.test(value)),
  'string.min_len': size('at least', 'characters', (value, least) => {
    return typeof value === 'string' && (value.length >= 2 * least || codePoints(value) >= least);
  }),
  'string.max_len': size('at most', 'characters', (value, most) => {
    if (typeof value !== 'string') return false;
    // A code point is one or two units: only a text in between has to be walked through.
    return value.length <= most || (value.length <= 2 * most && codePoints(value) <= most);
  }),
  'repeated.min_items': size(
    'at least',
    'items',
    (value, least) => Array.isArray(value) && value.length >= least,
  ),
  'repeated.max_items': size(
    'at most',
    'items',
    (value, most) => Array.isArray(value) && value.length <= most,
  ),
};

function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
