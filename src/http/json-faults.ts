// Owns saying what is wrong with a request's JSON, field by field, by the names of the proto. It is asked
// only when something is: reading itself is the library's.
import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Registry,
  ScalarType,
} from '@bufbuild/protobuf';
import { invalidField, MAX_VIOLATIONS, type Violation } from '../errors/errors.js';

/** What a number can be without having lost digits on its way through JSON. */
const UNSAFE = 'is beyond 2^53 and may have lost digits: send it as a string';

const WIDE: ReadonlySet<ScalarType> = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
]);

/** Nothing of ours is nested more deeply; what is would exhaust the stack of whoever walks it. */
const MAX_DEPTH = 64;

function isUnsafe(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value);
}

/**
 * True when somewhere in the JSON a whole number is larger than what numbers of JSON carry exactly.
 *
 * @throws DtmsError INVALID_FIELD when it is nested too deeply.
 */
export function hasUnsafeNumber(json: unknown, depth = 0): boolean {
  if (typeof json !== 'object' || json === null) return isUnsafe(json);
  if (depth > MAX_DEPTH) throw invalidField('', `is nested more than ${MAX_DEPTH} deep`);
  let found = false;
  for (const value of Object.values(json)) if (hasUnsafeNumber(value, depth + 1)) found = true;
  return found;
}

/** Whether a message's JSON is of a form of its own (a timestamp is a string), not an object of its fields. */
function isSpecial({ typeName }: DescMessage): boolean {
  return typeName.startsWith('google.protobuf.');
}

/** The field of a message by its name in JSON or in the proto. */
export function fieldNamed(desc: DescMessage, name: string): DescField | undefined {
  return desc.fields.find((field) => field.jsonName === name || field.name === name);
}

/** The name of a field's place; lists have theirs in brackets. */
export function placeOf(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}

/** What is wrong with JSON for a message; empty when nothing is found. At most as many as an error lists. */
export function jsonFaults(desc: DescMessage, json: JsonValue, registry: Registry): readonly Violation[] {
  const faults: Violation[] = [];
  new Search(registry, faults).message(desc, json, '');
  return faults;
}

class Search {
  readonly #registry: Registry;
  readonly #faults: Violation[];

  constructor(registry: Registry, faults: Violation[]) {
    this.#registry = registry;
    this.#faults = faults;
  }

  message(desc: DescMessage, json: JsonValue, place: string): void {
    if (!isObject(json)) {
      this.#note(place, 'must be an object');
      return;
    }
    const seen = new Map<DescField, string>();
    for (const [key, value] of Object.entries(json)) {
      if (this.#faults.length >= MAX_VIOLATIONS) return;
      const field = fieldNamed(desc, key);
      if (field === undefined) {
        this.#note(placeOf(place, key), 'is not a field');
        continue;
      }
      const here = placeOf(place, field.name);
      const before = seen.get(field);
      seen.set(field, key);
      if (before !== undefined) this.#note(here, `is given twice, as ${before} and ${key}`);
      else if (value !== null) this.#field(field, key, value, here);
    }
  }

  #field(field: DescField, key: string, value: JsonValue, place: string): void {
    if (field.fieldKind === 'list') {
      if (!Array.isArray(value)) {
        this.#note(place, 'must be a list');
        return;
      }
      for (const [index, item] of value.entries()) {
        if (this.#faults.length >= MAX_VIOLATIONS) return;
        const here = `${place}[${index}]`;
        if (field.message !== undefined && !isSpecial(field.message)) this.message(field.message, item, here);
        else this.#leaf(field, { [key]: [item] }, item, here);
      }
      return;
    }
    const inner = field.fieldKind === 'message' && !isSpecial(field.message) ? field.message : undefined;
    if (inner === undefined) this.#leaf(field, { [key]: value }, value, place);
    else this.message(inner, value, place);
  }

  /** Whether the library reads one value, alone in its message. */
  #leaf(field: DescField, alone: JsonObject, value: JsonValue, place: string): void {
    if (field.scalar !== undefined && WIDE.has(field.scalar) && isUnsafe(value)) {
      this.#note(place, UNSAFE);
      return;
    }
    try {
      fromJson(field.parent, alone, { registry: this.#registry });
    } catch {
      this.#note(place, `must be ${expected(field)}`);
    }
  }

  #note(field: string, description: string): void {
    this.#faults.push({ field, description });
  }
}

function isObject(json: JsonValue): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

const SCALARS: Readonly<Partial<Record<ScalarType, string>>> = {
  [ScalarType.STRING]: 'a text of valid Unicode',
  [ScalarType.BOOL]: 'true or false',
  [ScalarType.BYTES]: 'bytes in base64',
  [ScalarType.DOUBLE]: 'a number',
  [ScalarType.FLOAT]: 'a number of single precision',
  [ScalarType.INT32]: 'a whole number of 32 bits',
  [ScalarType.UINT32]: 'a whole number of 32 bits, not negative',
};

function expected({ scalar, enum: ofEnum, message }: DescField): string {
  if (ofEnum !== undefined) return `one of ${ofEnum.values.map(({ name }) => name).join(', ')}`;
  if (message !== undefined) {
    return message.typeName === 'google.protobuf.Timestamp'
      ? 'a time such as 2025-03-05T10:00:00Z'
      : `the JSON of a ${message.typeName}`;
  }
  if (scalar !== undefined && WIDE.has(scalar)) return 'a whole number of 64 bits, better as a string';
  return (scalar === undefined ? undefined : SCALARS[scalar]) ?? 'of its type';
}
