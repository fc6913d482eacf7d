// Owns field rules as JSON Schema. Throws on a rule it cannot say, so that the document never promises less than the
// server asks.
import {
  type FieldRules,
  type GivenRule,
  type Operand,
  RULE_NAMES,
  type RuleName,
} from '../../src/contract/field-rules.js';

export interface Keywords {
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
}

/** What an int64 looks like in JSON when no rule says more. */
export const INT64 = { type: 'string', format: 'int64', pattern: '^-?[0-9]{1,19}$' };
const INT64_FROM_0 = '^[0-9]{1,19}$';
const INT64_FROM_1 = '^0*[1-9][0-9]{0,18}$';
const UUID = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}';

function int64From(least: number): Keywords {
  if (least === 0) return { pattern: INT64_FROM_0 };
  if (least === 1) return { pattern: INT64_FROM_1 };
  throw new TypeError(`an int64 from ${least} on has no pattern yet`);
}

const KEYWORDS: Readonly<Record<RuleName, (operand: Operand, zeroExempt: boolean) => Keywords>> = {
  'double.gt': (bound) => ({ exclusiveMinimum: Number(bound) }),
  'double.gte': (bound) => ({ minimum: Number(bound) }),
  'double.lte': (bound) => ({ maximum: Number(bound) }),
  // JSON has no other numbers.
  'double.finite': () => ({}),
  'int32.gte': (bound) => ({ minimum: Number(bound) }),
  'int32.lte': (bound) => ({ maximum: Number(bound) }),
  'int64.gt': (bound) => int64From(Number(bound) + 1),
  'int64.gte': (bound) => int64From(Number(bound)),
  // An enum's schema lists its names anyway.
  'enum.defined_only': () => ({}),
  // It is a number of its schema's; a document that named it would be of another shape for each list.
  'enum.not_in': () => ({}),
  'string.pattern': (pattern, zeroExempt) => ({ pattern: zeroExempt ? `^$|${pattern}` : String(pattern) }),
  'string.uuid': (_, zeroExempt) => ({ pattern: zeroExempt ? `^(${UUID})?$` : `^${UUID}$` }),
  'string.min_len': (least) => ({ minLength: Number(least) }),
  'string.max_len': (most) => ({ maxLength: Number(most) }),
  'repeated.min_items': (least) => ({ minItems: Number(least) }),
  'repeated.max_items': (most) => ({ maxItems: Number(most) }),
};

/** The schema keywords of one value's rules. */
export function keywordsOf({ rules, zeroExempt }: FieldRules): Keywords {
  const place = ({ name }: GivenRule) => RULE_NAMES.indexOf(name);
  const ordered = [...rules].sort((a, b) => place(a) - place(b));
  return Object.assign({}, ...ordered.map(({ name, operand }) => KEYWORDS[name](operand, zeroExempt)));
}

/**
 * Whether a request must have a value without presence: because the rules say so, or because they refuse the zero that
 * stands for an absent one.
 */
export function refusesAbsence(rules: FieldRules): boolean {
  if (rules.required) return true;
  const { minimum = 0, exclusiveMinimum = -1, minLength = 0, minItems = 0, pattern } = keywordsOf(rules);
  const zero = rules.rules.some(({ name }) => name.startsWith('int64.')) ? '0' : '';
  const unmatched = pattern !== undefined && !new RegExp(pattern, 'u').test(zero);
  return (
    !rules.zeroExempt && (minimum > 0 || exclusiveMinimum >= 0 || minLength > 0 || minItems > 0 || unmatched)
  );
}
