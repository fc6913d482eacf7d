// Owns what a request may unfold into: its fields and list items are counted on the wire, before anything is made
// of them. Two bytes can be an object, so a request within the size limit could be millions of them. How many
// there may be follows from the rules of the protos, so a small request of one method is no way into another.
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import type { RuleBook } from '../contract/field-rules.js';

/**
 * A request may have this many times what its rules admit: the validator, which names fields, sees what is just
 * too long, and a newer client's unknown fields pass.
 */
const TOLERANCE = 2;

/** Allowed besides: a request that should be nearly empty may carry a few unknown fields. */
const SPARE_PARTS = 64;

/** Smaller requests are not counted: they cannot hold many. */
const WORTH_COUNTING_BYTES = 4096;

/** A message type: its fields that are messages or lists, by number. Others are single scalars, or unknown. */
interface Shape {
  readonly fields: (Part | undefined)[];
  /** How many fields and list items a message has that keeps all rules. */
  most: number;
}

interface Part {
  /** What its messages are; null when it has none. */
  readonly shape: Shape | null;
  /** How many items a list may have; null when it is none. */
  readonly mostItems: number | null;
  /** How many bytes an item of a packed list has; null where that differs. */
  readonly itemBytes: number | null;
}

/** A test of one method's encoded requests. */
export interface SizeCheck {
  /** The most fields and list items a request may have in all. */
  readonly most: number;
  /** False when the request has more, or a list twice as long as may be. */
  readonly fits: (bytes: Uint8Array) => boolean;
}

/** Knows the shapes of message types, each once. */
export class Shapes {
  readonly #known = new Map<string, Shape>();
  readonly #rules: RuleBook;

  constructor(rules: RuleBook) {
    this.#rules = rules;
  }

  /** Throws TypeError when a type's size has no bound: a list without max_items, or a type within itself. */
  check(desc: DescMessage): SizeCheck {
    const shape = this.#of(desc, []);
    const most = TOLERANCE * shape.most + SPARE_PARTS;
    return {
      most,
      fits: (bytes) => bytes.length <= WORTH_COUNTING_BYTES || new Count(bytes, most).fits(shape),
    };
  }

  #of(desc: DescMessage, within: readonly string[]): Shape {
    const known = this.#known.get(desc.typeName);
    if (known !== undefined) return known;
    if (within.includes(desc.typeName))
      throw new TypeError(`${desc.typeName} contains itself: it has no bound`);
    const shape: Shape = { fields: [], most: 0 };
    const inside = [...within, desc.typeName];
    for (const member of desc.members) {
      // Of a oneof there is one.
      const choices = member.kind === 'oneof' ? member.fields : [member];
      shape.most += Math.max(0, ...choices.map((field) => this.#field(field, shape, inside)));
    }
    this.#known.set(desc.typeName, shape);
    return shape;
  }

  /** Adds a field to its shape, and tells how much it may have. */
  #field(field: DescField, { fields }: Shape, within: readonly string[]): number {
    const shape = field.message === undefined ? null : this.#of(field.message, within);
    const each = 1 + (shape?.most ?? 0);
    if (field.fieldKind !== 'list') {
      if (shape !== null) fields[field.number] = { shape, mostItems: null, itemBytes: null };
      return each;
    }
    const maxItems = this.#rules.mostItems(field);
    if (maxItems === undefined)
      throw new TypeError(`${field.parent.typeName}.${field.name} has no max_items: no bound`);
    fields[field.number] = { shape, mostItems: TOLERANCE * maxItems, itemBytes: itemBytesOf(field) };
    return maxItems * each;
  }
}

const FIXED: Readonly<Partial<Record<ScalarType, number>>> = {
  [ScalarType.DOUBLE]: 8,
  [ScalarType.FIXED64]: 8,
  [ScalarType.SFIXED64]: 8,
  [ScalarType.FLOAT]: 4,
  [ScalarType.FIXED32]: 4,
  [ScalarType.SFIXED32]: 4,
};

function itemBytesOf({ scalar }: DescField): number | null {
  // Texts are never packed: each is one item.
  if (scalar === ScalarType.STRING || scalar === ScalarType.BYTES) return Number.POSITIVE_INFINITY;
  return (scalar === undefined ? undefined : FIXED[scalar]) ?? null;
}

/** The bytes ended in the middle of something: that is for the decoder to say. */
class Malformed extends Error {}

/** One walk over one request, which reads the wire as the decoder does. */
class Count {
  readonly #bytes: Uint8Array;
  #position = 0;
  #left: number;

  constructor(bytes: Uint8Array, most: number) {
    this.#bytes = bytes;
    this.#left = most;
  }

  fits(shape: Shape): boolean {
    try {
      return this.#message(shape, this.#bytes.length);
    } catch (error) {
      if (error instanceof Malformed) return true;
      throw error;
    }
  }

  /** A message may claim to end after the request does: the decoder reads on, too. */
  #message({ fields }: Shape, end: number): boolean {
    let items: number[] | undefined;
    while (this.#position < end) {
      const tag = this.#varint();
      this.#left -= 1;
      if (this.#left < 0) return false;
      const number = tag >>> 3;
      const part = fields[number];
      const wireType = tag & 7;
      let more = 1;
      if (wireType !== WireType.LengthDelimited) {
        this.#skip(wireType);
      } else {
        const length = this.#varint();
        const shape = part?.shape;
        if (shape) {
          if (!this.#message(shape, this.#position + length)) return false;
        } else {
          this.#advance(length);
          if (part !== undefined) more = this.#packed(length, part.itemBytes);
        }
      }
      if (typeof part?.mostItems !== 'number') continue;
      items ??= [];
      const now = (items[number] ?? 0) + more;
      items[number] = now;
      if (now > part.mostItems || this.#left < 0) return false;
    }
    return true;
  }

  /** The items of the packed list that was just passed; the field itself counted for the first. */
  #packed(length: number, itemBytes: number | null): number {
    let items = 0;
    if (itemBytes !== null) {
      items = Math.ceil(length / itemBytes);
    } else {
      const most = this.#left + 1;
      for (let at = this.#position - length; at < this.#position && items <= most; at += 1) {
        if ((this.#bytes[at] ?? 0) < 0x80) items += 1;
      }
    }
    this.#left -= Math.max(0, items - 1);
    return items;
  }

  #skip(wireType: number): void {
    switch (wireType) {
      case WireType.Varint:
        while ((this.#bytes[this.#position++] ?? 0) >= 0x80);
        break;
      case WireType.Bit64:
        this.#advance(8);
        break;
      case WireType.Bit32:
        this.#advance(4);
        break;
      case WireType.StartGroup:
      case WireType.EndGroup:
        // A group is not skipped as a whole: what is in it is read as if it were here.
        break;
      default:
        throw new Malformed();
    }
  }

  #advance(length: number): void {
    this.#position += length;
    if (this.#position > this.#bytes.length) throw new Malformed();
  }

  /** The low 32 bits of a varint of at most ten bytes. */
  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#position++];
      if (byte === undefined) throw new Malformed();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new Malformed();
  }
}
