// Owns the passage between JSON and the bytes of protos, by the JSON rules of protos.
import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Message,
  type Registry,
  ScalarType,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import type { Contract } from '../contract/contract.js';
import type { RuleBook } from '../contract/field-rules.js';
import { repeatedName } from '../contract/json-names.js';
import { invalidField, invalidFields, MAX_VIOLATIONS, type Violation } from '../errors/errors.js';
import { placed, refuseItem } from '../errors/refused-items.js';
import { Shapes } from '../validation/wire-size.js';
import { fieldNamed, isObject, jsonFaults, misreadFaults } from './json-faults.js';
import { excessOf, MOST_DEPTH } from './json-size.js';

/**
 * A request with more items that cannot be read is refused as a whole. To find out what is wrong with one costs a
 * hundred times what reading a good one does, and so many are no odd items but a client that speaks another language.
 */
export const MOST_UNREADABLE = 100;

export class Transcoder {
  readonly #read: { readonly registry: Registry };
  readonly #write: { readonly registry: Registry; readonly alwaysEmitImplicit: true };
  readonly #shapes: Shapes;
  readonly #rules: RuleBook;

  constructor({ registry, rules }: Contract) {
    this.#read = { registry };
    // An empty list and a zero are there: whoever reads must not have to know the protos' defaults.
    this.#write = { registry, alwaysEmitImplicit: true };
    this.#shapes = new Shapes(rules);
    this.#rules = rules;
  }

  /** A request's JSON, unless it would unfold into more than its rules admit. @throws DtmsError INVALID_FIELD. */
  parse(desc: DescMessage, bytes: Uint8Array): JsonValue {
    return boundedJson(bytes, this.#shapes.check(desc).most);
  }

  /**
   * A request's bytes. What is wrong with items of lists that are judged item by item is noted beside them.
   *
   * @throws DtmsError INVALID_FIELD that names every field at fault, a list that is too long, or one with more items
   * that cannot be read than are looked into.
   */
  toBytes(desc: DescMessage, json: JsonValue): Buffer {
    const { rest, lists } = this.#parted(desc, json);
    const request = this.#messageOf(desc, rest, MAX_VIOLATIONS);
    if ('faults' in request) throw invalidFields(request.faults);
    const unreadable: ItemFault[] = [];
    for (const { field, of, items } of lists) {
      const read = items.map((item, index) => this.#item({ list: field.name, of, index }, item, unreadable));
      Reflect.set(request, field.localName, read);
    }
    const bytes = toBinary(desc, request);
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (const { list, index, why } of unreadable) refuseItem(buffer, list, index, why);
    return buffer;
  }

  /** A message, or what is wrong with its JSON. */
  #messageOf(desc: DescMessage, json: JsonValue, most: number): Message | Unreadable {
    let message: Message;
    try {
      message = fromJson(desc, json, this.#read);
    } catch {
      const found = jsonFaults(desc, json, this.#read.registry, most);
      // No field is at fault by itself: two of a oneof, for example.
      return {
        faults: found.length > 0 ? found : [{ field: '', description: `the JSON is not a ${desc.typeName}` }],
      };
    }
    const faults = misreadFaults(desc, json);
    return faults.length > 0 ? { faults } : message;
  }

  /** A request without its lists that are judged item by item, and these, none longer than it may be. */
  #parted(desc: DescMessage, json: JsonValue): { rest: JsonValue; lists: Items[] } {
    const lists: Items[] = [];
    if (!isObject(json)) return { rest: json, lists };
    const rest: [string, JsonValue][] = [];
    for (const [key, value] of Object.entries(json)) {
      const field = fieldNamed(desc, key);
      const of = field?.message;
      const apart =
        field !== undefined && of !== undefined && Array.isArray(value) && this.#rules.of(field).itemByItem;
      if (!apart) {
        rest.push([key, value]);
        continue;
      }
      if (lists.some((list) => list.field === field)) throw invalidField(field.name, 'is given twice');
      const most = this.#rules.mostItems(field) ?? 0;
      if (value.length > most) throw invalidField(field.name, `must have at most ${most} items`);
      lists.push({ field, of, items: value });
    }
    return { rest: Object.fromEntries(rest), lists };
  }

  /** An item, or of one that cannot be read what tells which it is. */
  #item({ list, of, index }: Place, json: JsonValue, unreadable: ItemFault[]): Message {
    const read = this.#messageOf(of, json, 1);
    if (!('faults' in read)) return read;
    if (unreadable.length >= MOST_UNREADABLE) {
      const why = {
        field: list,
        description: `more than ${MOST_UNREADABLE} of the request's items cannot be read`,
      };
      throw invalidFields([why, ...unreadable.map((fault) => placed(fault.list, fault.index, fault.why))]);
    }
    const [why = { field: '', description: 'cannot be read' }] = read.faults;
    unreadable.push({ list, index, why });
    return this.#identity(of, json);
  }

  /** The texts and 64-bit numbers of an item, where they can be read: its sender may want to know which one it is. */
  #identity(desc: DescMessage, json: JsonValue): Message {
    const part: JsonObject = {};
    const told = isObject(json) ? json : {};
    for (const { name, jsonName, scalar } of desc.fields) {
      if (scalar !== ScalarType.STRING && scalar !== ScalarType.INT64) continue;
      const value = told[jsonName] ?? told[name];
      const field = { [jsonName]: value ?? null };
      if (!('faults' in this.#messageOf(desc, field, 1))) Object.assign(part, field);
    }
    const read = this.#messageOf(desc, part, 1);
    return 'faults' in read ? create(desc) : read;
  }

  /** The JSON of a response or a frame. */
  toJson(desc: DescMessage, bytes: Uint8Array): JsonObject {
    const json = toJson(desc, fromBinary(desc, bytes), this.#write);
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new TypeError(`the JSON of ${desc.typeName} is no object`);
    return json;
  }
}

/** What is wrong with JSON that is none of its message. */
interface Unreadable {
  readonly faults: readonly Violation[];
}

/** A list of a request that is judged item by item. */
interface Items {
  readonly field: DescField;
  readonly of: DescMessage;
  readonly items: readonly JsonValue[];
}

/** Where an item is, and what it should be. */
interface Place {
  readonly list: string;
  readonly index: number;
  readonly of: DescMessage;
}

/** An item whose JSON is none of its message. */
interface ItemFault {
  readonly list: string;
  readonly index: number;
  readonly why: Violation;
}

/**
 * A body as JSON, of so many fields and list items at most.
 *
 * @throws DtmsError INVALID_FIELD.
 */
export function boundedJson(bytes: Uint8Array, most: number): JsonValue {
  const excess = excessOf(bytes, most);
  if (excess === 'parts') throw invalidField('', `must have at most ${most} fields and list items in all`);
  if (excess === 'depth') throw invalidField('', `must not be more than ${MOST_DEPTH} levels deep`);
  return parseJson(bytes);
}

/** A body as JSON. @throws DtmsError INVALID_FIELD. */
export function parseJson(bytes: Uint8Array): JsonValue {
  const repeated = repeatedName(bytes);
  if (repeated !== undefined) throw invalidField(repeated, 'is given twice in one object');
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalidField('', 'the body is not JSON in UTF-8');
  }
}
