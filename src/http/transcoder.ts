// Owns the passage between JSON and the bytes of protos, by the JSON rules of protos.
import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  type Registry,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { invalidField, invalidFields, type Violation } from '../errors/errors.js';
import { extension } from '../validation/compile.js';
import { Shapes } from '../validation/wire-size.js';
import { jsonFaults, numberFaults } from './json-faults.js';
import { excessOf, MOST_DEPTH } from './json-size.js';

export class Transcoder {
  readonly #read: { readonly registry: Registry };
  readonly #write: { readonly registry: Registry; readonly alwaysEmitImplicit: true };
  readonly #shapes: Shapes;

  constructor(registry: Registry) {
    this.#read = { registry };
    // An empty list and a zero are there: whoever reads must not have to know the protos' defaults.
    this.#write = { registry, alwaysEmitImplicit: true };
    this.#shapes = new Shapes(extension(registry, 'buf.validate.field'));
  }

  /** A request's JSON, unless it would unfold into more than its rules admit. @throws DtmsError INVALID_FIELD. */
  parse(desc: DescMessage, bytes: Uint8Array): JsonValue {
    return boundedJson(bytes, this.#shapes.check(desc).most);
  }

  /** A request's bytes. @throws DtmsError INVALID_FIELD that names every field at fault. */
  toBytes(desc: DescMessage, json: JsonValue): Buffer {
    refuse(numberFaults(desc, json));
    let bytes: Uint8Array;
    try {
      bytes = toBinary(desc, fromJson(desc, json, this.#read));
    } catch {
      refuse(jsonFaults(desc, json, this.#read.registry));
      // No field is at fault by itself: two of a oneof, for example.
      throw invalidField('', `the JSON is not a ${desc.typeName}`);
    }
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The JSON of a response or a frame. */
  toJson(desc: DescMessage, bytes: Uint8Array): JsonObject {
    const json = toJson(desc, fromBinary(desc, bytes), this.#write);
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new TypeError(`the JSON of ${desc.typeName} is no object`);
    return json;
  }
}

function refuse(faults: readonly Violation[]): void {
  if (faults.length > 0) throw invalidFields(faults);
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
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw invalidField('', 'the body is not JSON in UTF-8');
  }
}
