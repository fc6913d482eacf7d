// Owns saying what is wrong with a request's JSON, field by field, by the names of the proto. Reading itself
// is the library's; here is what it would take and nobody means, and where the fault is when it takes nothing.
import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Registry,
  ScalarType,
} from '@bufbuild/protobuf';
import { MAX_VIOLATIONS, type Violation } from '../errors/errors.js';

const WIDE: ReadonlySet<ScalarType> = new Set([
  ScalarType.INT64,
  ScalarType.UINT64,
  ScalarType.SINT64,
  ScalarType.FIXED64,
  ScalarType.SFIXED64,
]);

/** What is no digit too many: the library takes a blank text for 0, and 0x10 for 16. */
const DIGITS = /^-?\d+$/;

/** Whether a message's JSON is of a form of its own (a timestamp is a string), not an object of its fields. */
function isSpecial({ typeName }: DescMessage): boolean {
  return typeName.startsWith('google.protobuf.');
}

const TIMESTAMP = 'google.protobuf.Timestamp';
const DATE = /^(\d{4})-(\d\d)-(\d\d)T/;

/** The library takes February 30 for March 2. What is no date at all it refuses itself. */
function isDay(text: string): boolean {
  const [, year, month, day] = DATE.exec(text) ?? [];
  if (day === undefined) return true;
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day));
  return new Date(time).getUTCDate() === Number(day);
}

const names = new WeakMap<DescMessage, ReadonlyMap<string, DescField>>();

/** The field of a message by its name in JSON or in the proto. */
export function fieldNamed(desc: DescMessage, name: string): DescField | undefined {
  const known =
    names.get(desc) ??
    new Map(desc.fields.flatMap((field) => [[field.name, field] as const, [field.jsonName, field] as const]));
  names.set(desc, known);
  return known.get(name);
}

/** The name of a field's place; lists have theirs in brackets. */
export function placeOf(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}

/** What the library would read as another number or day than was meant; empty when nothing is. */
export function misreadFaults(desc: DescMessage, json: JsonValue): readonly Violation[] {
  const faults: Violation[] = [];
  walk(desc, json, '', faults, {
    most: MAX_VIOLATIONS,
    leaf: (field, _key, value) => misreadFault(field, value),
  });
  return faults;
}

function misreadFault({ scalar, message }: DescField, value: JsonValue): string | undefined {
  if (message?.typeName === TIMESTAMP && typeof value === 'string' && !isDay(value))
    return 'is no day of the calendar';
  if (scalar === undefined || !WIDE.has(scalar)) return undefined;
  if (typeof value === 'string' && !DIGITS.test(value)) return `must be ${WIDE_NUMBER}`;
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    return 'is beyond 2^53 and may have lost digits: send it as a string';
  return undefined;
}

/** What is wrong with JSON for a message, as far as one field at a time shows it; no more than `most` are looked for. */
export function jsonFaults(
  desc: DescMessage,
  json: JsonValue,
  registry: Registry,
  most: number,
): readonly Violation[] {
  const faults: Violation[] = [];
  walk(desc, json, '', faults, {
    most,
    shape: (description) => description,
    leaf: (field, key, value) => {
      const misread = misreadFault(field, value);
      if (misread !== undefined) return misread;
      try {
        fromJson(field.parent, { [key]: field.fieldKind === 'list' ? [value] : value }, { registry });
        return undefined;
      } catch {
        return `must be ${expected(field)}`;
      }
    },
  });
  return faults;
}

/** What a walk asks of the JSON; what comes back is wrong with it. */
interface Judge {
  /** After so many faults the walk ends. */
  readonly most: number;
  /** What is said of JSON that is not of the shape of its message; nothing when it is left out. */
  readonly shape?: (description: string) => string;
  /** Judges one value of a field; `key` is the name it was given by. */
  readonly leaf: (field: DescField, key: string, value: JsonValue) => string | undefined;
}

/** Goes through the fields that JSON has of a message, and of those in it. Our messages hold none of themselves. */
function walk(desc: DescMessage, json: JsonValue, place: string, faults: Violation[], judge: Judge): void {
  const note = (field: string, description: string | undefined) => {
    if (description !== undefined && faults.length < judge.most) faults.push({ field, description });
  };
  if (!isObject(json)) {
    note(place, judge.shape?.('must be an object'));
    return;
  }
  const seen = new Map<DescField, string>();
  for (const key of Object.keys(json)) {
    if (faults.length >= judge.most) return;
    const value = json[key] ?? null;
    const field = fieldNamed(desc, key);
    if (field === undefined) {
      note(placeOf(place, key), judge.shape?.('is not a field'));
      continue;
    }
    const here = placeOf(place, field.name);
    const before = seen.get(field);
    seen.set(field, key);
    if (before !== undefined) note(here, judge.shape?.(`is given twice, as ${before} and ${key}`));
    else if (value !== null && field.fieldKind === 'list' && !Array.isArray(value))
      note(here, judge.shape?.('must be a list'));
    else if (value !== null) each(field, value, here, (item, at) => one(field, key, item, at));
  }

  function one(field: DescField, key: string, value: JsonValue, at: string): void {
    // Each leaf is read once more: not those that nobody would be told of.
    if (faults.length >= judge.most) return;
    const inner = field.message;
    if (field.fieldKind === 'map' || inner === undefined || isSpecial(inner))
      note(at, judge.leaf(field, key, value));
    else walk(inner, value, at, faults, judge);
  }
}

/** The values of a field: itself, or the items of a list, each with its place. */
function each(
  field: DescField,
  value: JsonValue,
  place: string,
  take: (item: JsonValue, at: string) => void,
) {
  if (field.fieldKind !== 'list' || !Array.isArray(value)) take(value, place);
  else for (const [index, item] of value.entries()) take(item, `${place}[${index}]`);
}

export function isObject(json: JsonValue): json is JsonObject {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

const WIDE_NUMBER = 'a whole number of 64 bits, better as a string';

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
    return message.typeName === TIMESTAMP
      ? 'a time such as 2025-03-05T10:00:00Z'
      : `the JSON of a ${message.typeName}`;
  }
  if (scalar !== undefined && WIDE.has(scalar)) return WIDE_NUMBER;
  return (scalar === undefined ? undefined : SCALARS[scalar]) ?? 'of its type';
}
