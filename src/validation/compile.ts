// Owns turning the field rules of message types into plain predicates over ts-proto
// objects: fields in camelCase, oneofs as { $case, value }, absent optional fields undefined,
// timestamps as Date.
import type { DescField, DescMessage, DescOneof } from '@bufbuild/protobuf';
import type { FieldOrder, FieldRules, GivenRule, RuleBook } from '../contract/field-rules.js';
import type { Violation } from '../errors/errors.js';
import { RULES, type Rule } from './rules.js';

/** Checks values of one kind, twice over: `valid` is the fast way, `collect` finds out what is wrong. */
export interface Check {
  valid(value: unknown): boolean;
  /**
   * Appends what is wrong with the value at `path`; the path of a request itself is empty. Looks no further once
   * `most` are found, except for what else is wrong with the same field.
   */
  collect(value: unknown, path: string, found: Violation[], most: number): void;
}

/** The check of one property of a message. */
interface Property {
  /** The name in the proto, for paths. */
  readonly name: string;
  /** The name in the object. */
  readonly key: string;
  readonly check: Check;
}

const ANYTHING: Check = { valid: () => true, collect: () => undefined };

const PRESENCE_IMPLICIT = 2;

// A Timestamp is defined for the years 1 to 9999. No market has a time before 1970, and ts-proto writes such
// a Date with negative nanoseconds, which no reader of JSON takes. A Date outside its own range is NaN, which
// is in no range.
const FIRST_TIME = 0;
const LAST_TIME = 253_402_300_799_999;

const TIMESTAMP: Check = leaf([
  {
    test: (value) => value instanceof Date && value.getTime() >= FIRST_TIME && value.getTime() <= LAST_TIME,
    description: 'must be a time between the years 1970 and 9999',
  },
]);

/** Compiles message types, each once. */
export class Compiler {
  readonly #rules: RuleBook;
  readonly #compiled = new Map<string, Check>();
  readonly #descs: DescMessage[] = [];

  constructor(rules: RuleBook) {
    this.#rules = rules;
  }

  /** The check of a message type; of its lists that are judged item by item, only as a whole. Throws TypeError on a rule that would not be enforced. */
  message(desc: DescMessage): Check {
    const known = this.#compiled.get(desc.typeName);
    if (known !== undefined) return known;
    if (desc.typeName === 'google.protobuf.Timestamp') return TIMESTAMP;
    const properties: Property[] = [];
    const check = both(ofProperties(properties), inOrder(this.#rules.ordersOf(desc)));
    // Known before its fields are compiled, so that a type may contain itself.
    this.#compiled.set(desc.typeName, check);
    this.#descs.push(desc);
    for (const member of desc.members) {
      const compiled = member.kind === 'oneof' ? this.#oneof(member) : this.#field(member);
      if (compiled !== ANYTHING) {
        properties.push({ name: member.name, key: member.localName, check: compiled });
      }
    }
    return check;
  }

  /** The types compiled so far. */
  compiled(): readonly DescMessage[] {
    return this.#descs;
  }

  #oneof(desc: DescOneof): Check {
    const required = this.#rules.requires(desc);
    const cases = new Map(
      desc.fields.map((field) => [field.localName, { name: field.name, check: this.#field(field) }]),
    );
    const chosen = (value: unknown) => (isCase(value) ? cases.get(value.$case) : undefined);
    return {
      valid(value) {
        if (value === undefined) return !required;
        return isCase(value) && (chosen(value)?.check.valid(value.value) ?? false);
      },
      collect(value, path, found, most) {
        const member = chosen(value);
        if (isCase(value) && member !== undefined) {
          member.check.collect(value.value, sibling(path, member.name), found, most);
        } else if (value !== undefined || required) {
          found.push({ field: path, description: 'exactly one of its fields is required' });
        }
      },
    };
  }

  #field(field: DescField): Check {
    const rules = this.#rules.of(field);
    const check = this.#value(field, rules);
    const implicit = field.presence === PRESENCE_IMPLICIT;
    if (rules.required && field.oneof !== undefined) {
      throw new TypeError(`${field.parent.typeName}.${field.name}: required is not enforced in a oneof`);
    }
    // Absent means undefined where the proto tracks presence, and the zero value where it does not.
    const exempt = implicit ? rules.required || rules.zeroExempt : true;
    if (check === ANYTHING && !rules.required) return ANYTHING;
    return exempt ? unlessAbsent(check, implicit ? isZero : isUndefined, rules.required) : check;
  }

  #value(field: DescField, { rules, items, itemByItem }: FieldRules): Check {
    const own = leaf(ready(rules, field));
    switch (field.fieldKind) {
      case 'scalar':
      case 'enum':
        return own;
      case 'message':
        return both(own, this.message(field.message));
      case 'list': {
        const ofItem = items === undefined ? ANYTHING : leaf(ready(items.rules, field));
        if (itemByItem) return own;
        if (items !== undefined && (items.required || items.zeroExempt)) {
          throw new TypeError(`${field.parent.typeName}.${field.name}: items can have only plain rules`);
        }
        const element = field.listKind === 'message' ? both(ofItem, this.message(field.message)) : ofItem;
        return both(own, ofElements(element));
      }
      case 'map':
        throw new TypeError(`${field.parent.typeName}.${field.name}: the validator does not know maps`);
    }
  }
}

function ready(given: readonly GivenRule[], field: DescField): readonly Rule[] {
  const enumNumbers = new Set(field.enum?.values.map(({ number }) => number));
  // What is no number is told so, not that it is above a bound.
  const [finite, others] = [given.filter(asksFinite), given.filter((rule) => !asksFinite(rule))];
  return [...finite, ...others].map(({ name, operand }) => RULES[name](operand, enumNumbers));
}

const asksFinite = ({ name }: GivenRule): boolean => name === 'double.finite';

function leaf(rules: readonly Rule[]): Check {
  if (rules.length === 0) return ANYTHING;
  return {
    valid(value) {
      for (const rule of rules) if (!rule.test(value)) return false;
      return true;
    },
    collect(value, path, found) {
      for (const rule of rules) {
        if (!rule.test(value)) found.push({ field: path, description: rule.description });
      }
    },
  };
}

function both(first: Check, second: Check): Check {
  if (first === ANYTHING) return second;
  if (second === ANYTHING) return first;
  return {
    valid: (value) => first.valid(value) && second.valid(value),
    collect(value, path, found, most) {
      first.collect(value, path, found, most);
      second.collect(value, path, found, most);
    },
  };
}

function unlessAbsent(check: Check, absent: (value: unknown) => boolean, required: boolean): Check {
  return {
    valid: (value) => (absent(value) ? !required : check.valid(value)),
    collect(value, path, found, most) {
      if (!absent(value)) check.collect(value, path, found, most);
      else if (required) found.push({ field: path, description: 'is required' });
    },
  };
}

function ofElements(element: Check): Check {
  if (element === ANYTHING) return ANYTHING;
  return {
    valid: (list) => Array.isArray(list) && list.every((item) => element.valid(item)),
    collect(list, path, found, most) {
      if (!Array.isArray(list)) return;
      for (const [index, item] of list.entries()) {
        if (found.length >= most) return;
        if (!element.valid(item)) element.collect(item, `${path}[${index}]`, found, most);
      }
    },
  };
}

function ofProperties(properties: readonly Property[]): Check {
  return {
    valid(message) {
      if (!isRecord(message)) return false;
      for (const { key, check } of properties) if (!check.valid(message[key])) return false;
      return true;
    },
    collect(message, path, found, most) {
      if (!isRecord(message)) {
        found.push({ field: path, description: 'must be a message' });
        return;
      }
      for (const { name, key, check } of properties) {
        if (found.length >= most) return;
        check.collect(message[key], child(path, name), found, most);
      }
    },
  };
}

function inOrder(orders: readonly FieldOrder[]): Check {
  if (orders.length === 0) return ANYTHING;
  const isWrong = (message: unknown, { first, second }: FieldOrder): boolean => {
    if (!isRecord(message)) return false;
    const [from, to] = [message[first.localName], message[second.localName]];
    return from instanceof Date && to instanceof Date && from > to;
  };
  return {
    valid: (message) => orders.every((order) => !isWrong(message, order)),
    collect(message, path, found) {
      for (const order of orders.filter((each) => isWrong(message, each))) {
        const description = `must not be after ${order.second.name}`;
        found.push({ field: child(path, order.first.name), description });
      }
    },
  };
}

function child(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** The path of a oneof's field is beside that of the oneof, not within it. */
function sibling(path: string, name: string): string {
  const end = path.lastIndexOf('.');
  return end < 0 ? name : path.slice(0, end + 1) + name;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isCase(value: unknown): value is { readonly $case: string; readonly value: unknown } {
  return isRecord(value) && typeof value.$case === 'string';
}

function isUndefined(value: unknown): boolean {
  return value === undefined;
}

function isZero(value: unknown): boolean {
  return (
    value === 0 ||
    value === '' ||
    value === 0n ||
    value === false ||
    (Array.isArray(value) && value.length === 0)
  );
}
