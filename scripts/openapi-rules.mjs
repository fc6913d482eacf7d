// Owns field rules (buf.validate) as JSON Schema. Throws on a rule it does not know, so that the document
// never promises less than the server asks.

const INT64_ANY = '^-?[0-9]{1,19}$';
const INT64_FROM_0 = '^[0-9]{1,19}$';
const INT64_FROM_1 = '^0*[1-9][0-9]{0,18}$';
const UUID = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}';

/**
 * The schema keywords of one value's rules, and whether a request must have it: because the rules say so,
 * or because they refuse the value that stands for an absent one.
 */
export function readRules(rules, { field, scalar, presence }) {
  const found = { keywords: {}, items: {}, required: false };
  if (rules === undefined) return found;
  const known = { '': ['required', 'ignore', 'type'], ...KNOWN };
  refuseOthers(rules, known[''], field);
  const { case: kind, value } = rules.type;
  // buf.validate.Ignore.IGNORE_IF_ZERO_VALUE
  const zeroExempt = own(rules, 'ignore') === 1;
  if (kind !== undefined) {
    if (known[kind] === undefined) throw new TypeError(`${field}: rules of ${kind} have no schema`);
    refuseOthers(value, known[kind], field);
    Object.assign(found, KINDS[kind](value, { field, scalar, zeroExempt }));
  }
  const refusesAbsence = !presence && !zeroExempt && found.refusesZero === true;
  found.required = own(rules, 'required') === true || refusesAbsence;
  return found;
}

const KNOWN = {
  double: ['lessThan', 'greaterThan', 'finite'],
  int32: ['lessThan', 'greaterThan'],
  int64: ['lessThan', 'greaterThan'],
  enum: ['definedOnly'],
  string: ['pattern', 'minLen', 'maxLen', 'wellKnown'],
  repeated: ['minItems', 'maxItems', 'items'],
};

const KINDS = {
  double: numberRules,
  int32: numberRules,
  int64: int64Rules,
  enum: enumRules,
  string: stringRules,
  repeated: repeatedRules,
};

function numberRules(value) {
  const keywords = bounds(value);
  const { minimum = -Infinity, exclusiveMinimum = -Infinity } = keywords;
  return { keywords, refusesZero: minimum > 0 || exclusiveMinimum >= 0 };
}

function int64Rules(value, { field }) {
  const { minimum, exclusiveMinimum, maximum } = bounds(value);
  const pattern =
    exclusiveMinimum === 0 || minimum === 1 ? INT64_FROM_1 : minimum === 0 ? INT64_FROM_0 : undefined;
  if (pattern === undefined || maximum !== undefined) {
    throw new TypeError(`${field}: these bounds of an int64 have no pattern yet`);
  }
  return { keywords: { pattern }, refusesZero: pattern === INT64_FROM_1 };
}

/** An enum's schema lists its names anyway: defined_only says no more. */
function enumRules() {
  return { keywords: {}, refusesZero: false };
}

function stringRules(value, { zeroExempt }) {
  const keywords = {};
  const [pattern, least, most] = ['pattern', 'minLen', 'maxLen'].map((name) => own(value, name));
  if (own(value, 'wellKnown')?.case !== undefined) {
    if (value.wellKnown.case !== 'uuid') throw new TypeError(`${value.wellKnown.case} has no schema`);
    keywords.pattern = zeroExempt ? `^(${UUID})?$` : `^${UUID}$`;
  }
  if (pattern !== undefined) keywords.pattern = pattern;
  if (least !== undefined) keywords.minLength = Number(least);
  if (most !== undefined) keywords.maxLength = Number(most);
  const refusesZero =
    (keywords.pattern !== undefined && !new RegExp(keywords.pattern, 'u').test('')) ||
    (keywords.minLength ?? 0) > 0;
  return { keywords, refusesZero };
}

function repeatedRules(value, { field, scalar }) {
  const keywords = {};
  const [least, most, items] = ['minItems', 'maxItems', 'items'].map((name) => own(value, name));
  if (least !== undefined) keywords.minItems = Number(least);
  if (most !== undefined) keywords.maxItems = Number(most);
  const inner = readRules(items, { field: `${field}[]`, scalar, presence: true });
  return { keywords, items: inner.keywords, refusesZero: (keywords.minItems ?? 0) > 0 };
}

function bounds({ lessThan, greaterThan }) {
  const names = { gt: 'exclusiveMinimum', gte: 'minimum', lt: 'exclusiveMaximum', lte: 'maximum' };
  const set = [greaterThan, lessThan].filter((bound) => bound?.case !== undefined);
  return Object.fromEntries(set.map((bound) => [names[bound.case], Number(bound.value)]));
}

/** A field of proto2 that is set: what is not set answers its default from the prototype. */
function own(message, name) {
  return message !== undefined && Object.hasOwn(message, name) ? message[name] : undefined;
}

function refuseOthers(message, names, field) {
  for (const [name, value] of Object.entries(message)) {
    if (name === '$typeName' || names.includes(name)) continue;
    const empty = (Array.isArray(value) && value.length === 0) || value?.case === undefined;
    if (Array.isArray(value) ? value.length > 0 : !(typeof value === 'object' && empty)) {
      throw new TypeError(`${field}: ${name} has no schema`);
    }
  }
}

/** What an int64 looks like in JSON when no rule says more. */
export const INT64 = { type: 'string', format: 'int64', pattern: INT64_ANY };
