// Owns what a request may unfold into: its messages and list items are counted on the wire, before anything
// is made of them. Two bytes can be an object, so a request within the size limit could be millions of them.
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';

/** Messages, list items and unknown fields of a request in all: twice what the largest that rules admit has. */
export const MAX_PARTS = 100_000;

/** Smaller requests are not counted: they cannot hold many. */
const WORTH_COUNTING_BYTES = 64 * 1024;

/** The fields of a message type by number: a message, a list that may be packed, or null for a single scalar. */
type Shape = ReadonlyMap<number, Shape | Packed | null>;

/** How many bytes an item of a packed list has; null where that differs. */
interface Packed {
  readonly itemBytes: number | null;
}

/** Knows the shapes of message types, each once. */
export class Shapes {
  readonly #known = new Map<string, Shape>();

  /** A test of encoded messages of a type: false when one has more than MAX_PARTS parts. */
  counter(desc: DescMessage): (bytes: Uint8Array) => boolean {
    const shape = this.#of(desc);
    return (bytes) => {
      if (bytes.length <= WORTH_COUNTING_BYTES) return true;
      try {
        return left(new BinaryReader(bytes), bytes.length, shape, MAX_PARTS) >= 0;
      } catch {
        // Not well-formed: that is for the decoder to say.
        return true;
      }
    };
  }

  #of(desc: DescMessage): Shape {
    const known = this.#known.get(desc.typeName);
    if (known !== undefined) return known;
    const shape = new Map<number, Shape | Packed | null>();
    this.#known.set(desc.typeName, shape);
    for (const field of desc.fields) {
      if (field.message !== undefined) shape.set(field.number, this.#of(field.message));
      else if (field.fieldKind === 'list') shape.set(field.number, { itemBytes: itemBytesOf(field) });
      else shape.set(field.number, null);
    }
    return shape;
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

/** What is left of the budget after the message that ends at `end`; negative when it was not enough. */
function left(reader: BinaryReader, end: number, shape: Shape, budget: number): number {
  let rest = budget;
  while (reader.pos < end && rest >= 0) {
    const [number, wireType] = reader.tag();
    const part = shape.get(number);
    if (part !== null) rest -= 1;
    // Groups are not skipped as a whole: what is in them is read as if it were here.
    if (wireType === WireType.StartGroup || wireType === WireType.EndGroup) continue;
    if (part === undefined || part === null || wireType !== WireType.LengthDelimited) {
      reader.skip(wireType, number);
    } else if ('itemBytes' in part) {
      rest -= items(reader.bytes(), part);
    } else {
      const length = reader.uint32();
      rest = left(reader, reader.pos + length, part, rest);
    }
  }
  return rest;
}

/** The items of a packed list, beyond the one its field counts for. */
function items(packed: Uint8Array, { itemBytes }: Packed): number {
  if (itemBytes !== null) return packed.length / itemBytes;
  let ends = 0;
  for (const byte of packed) if (byte < 0x80) ends += 1;
  return ends;
}
