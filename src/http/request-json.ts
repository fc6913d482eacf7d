// Owns a request's JSON as it is spread over an HTTP request: fields in the path, in the query by their
// paths ("filter.symbols=EURUSD&filter.symbols=USDJPY"), or in the body.
import {
  type DescField,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  ScalarType,
} from '@bufbuild/protobuf';
import { invalidField, invalidFields, type Violation } from '../errors/errors.js';
import { fieldNamed, placeOf } from './json-faults.js';
import type { Variables } from './path-template.js';

/** The request that a query and a path's variables hold. @throws DtmsError INVALID_FIELD naming parameters. */
export function queryRequest(desc: DescMessage, query: URLSearchParams, variables: Variables): JsonObject {
  const request: JsonObject = {};
  const violations: Violation[] = [];
  for (const key of new Set(query.keys())) {
    const found = resolve(desc, key);
    if (found === undefined) violations.push({ field: key, description: 'is not a parameter' });
    else if (variables.has(found.place))
      violations.push({ field: found.place, description: 'is in the path' });
    else if (!put(request, found, query.getAll(key)))
      violations.push({ field: found.place, description: 'is given more than once' });
  }
  if (violations.length > 0) throw invalidFields(violations);
  bind(request, desc, variables);
  return request;
}

/** The request that a body and a path's variables hold. @throws DtmsError INVALID_FIELD. */
export function bodyRequest(desc: DescMessage, body: JsonValue, variables: Variables): JsonObject {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalidField('', 'the body must be a JSON object');
  const request: JsonObject = { ...body };
  bind(request, desc, variables);
  return request;
}

/** A field of a request, and the way to it. */
interface Target {
  readonly way: readonly DescField[];
  /** The names of the proto, such as "filter.symbols". */
  readonly place: string;
}

function resolve(desc: DescMessage, key: string): Target | undefined {
  const way: DescField[] = [];
  let at: DescMessage | undefined = desc;
  let place = '';
  for (const name of key.split('.')) {
    const field: DescField | undefined = at === undefined ? undefined : fieldNamed(at, name);
    if (field === undefined) return undefined;
    way.push(field);
    place = placeOf(place, field.name);
    at = field.fieldKind === 'message' && !isText(field.message) ? field.message : undefined;
  }
  const last = way.at(-1);
  // A message in a query is given by its fields; a list of messages cannot be given at all.
  const leaf =
    last !== undefined && at === undefined && !(last.fieldKind === 'list' && last.message !== undefined);
  return leaf && last.fieldKind !== 'map' ? { way, place } : undefined;
}

/** Messages whose JSON is one text. */
function isText({ typeName }: DescMessage): boolean {
  return typeName === 'google.protobuf.Timestamp' || typeName === 'google.protobuf.Duration';
}

/** Sets a field; false when it is a single value and there are several, or there is one already. */
function put(request: JsonObject, { way }: Target, texts: readonly string[]): boolean {
  let at = request;
  for (const field of way.slice(0, -1)) {
    const inner = at[field.jsonName];
    const next: JsonObject =
      typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : {};
    at[field.jsonName] = next;
    at = next;
  }
  const last = way.at(-1);
  if (last === undefined) return false;
  if (last.fieldKind === 'list') {
    const before = at[last.jsonName];
    at[last.jsonName] = [
      ...(Array.isArray(before) ? before : []),
      ...texts.map((text) => jsonOf(last, text)),
    ];
    return true;
  }
  const [text] = texts;
  if (text === undefined || texts.length > 1 || last.jsonName in at) return false;
  at[last.jsonName] = jsonOf(last, text);
  return true;
}

/** A text as the JSON that its field takes; numbers may be texts in JSON already. */
function jsonOf(field: DescField, text: string): JsonValue {
  if (field.scalar === ScalarType.BOOL && (text === 'true' || text === 'false')) return text === 'true';
  if (field.enum !== undefined && /^-?\d{1,10}$/.test(text)) return Number(text);
  return text;
}

/** Sets what the path holds. @throws DtmsError INVALID_FIELD when the body says otherwise. */
function bind(request: JsonObject, desc: DescMessage, variables: Variables): void {
  for (const [field, text] of variables) {
    const target = resolve(desc, field);
    if (target === undefined) throw new TypeError(`${desc.typeName} has no ${field}`);
    const before = take(request, target);
    if (before !== undefined && before !== null && String(before) !== text)
      throw invalidField(target.place, 'is not what the path says');
    put(request, target, [text]);
  }
}

/** Removes a field of the request's JSON, by either of its names, and gives what it was. */
function take(request: JsonObject, { way }: Target): JsonValue | undefined {
  let at: JsonValue = request;
  for (const [index, { jsonName, name }] of way.entries()) {
    if (typeof at !== 'object' || at === null || Array.isArray(at)) return undefined;
    const holder: JsonObject = at;
    const key = Object.hasOwn(holder, jsonName) ? jsonName : name;
    if (!Object.hasOwn(holder, key)) return undefined;
    const value: JsonValue | undefined = holder[key];
    if (index < way.length - 1) {
      at = value ?? null;
      continue;
    }
    delete holder[key];
    return value;
  }
  return undefined;
}
