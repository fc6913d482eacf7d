// Ways to spoil an encoded protobuf message. Each is a law of its own, so that a failure can name it.
import type { Dice } from './random.js';

type Mutation = (bytes: Buffer, dice: Dice, other: Buffer) => Buffer;

const LENGTH_DELIMITED = 2;
/** Well below the largest message: size is another test's matter. */
const MOST_ADDED_BYTES = 1024 * 1024;

/** One top-level field: where its tag begins, its wire type, where its value begins and ends. */
interface Span {
  readonly start: number;
  readonly wireType: number;
  readonly value: number;
  readonly end: number;
}

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  none: (bytes) => bytes,
  bitFlips: (bytes, dice) => {
    const spoiled = Buffer.from(bytes);
    for (let flips = 1 + dice.below(8); flips > 0 && spoiled.length > 0; flips -= 1) {
      const at = dice.below(spoiled.length);
      spoiled.writeUInt8(spoiled.readUInt8(at) ^ (1 << dice.below(8)), at);
    }
    return spoiled;
  },
  truncation: (bytes, dice) => bytes.subarray(0, dice.below(bytes.length + 1)),
  wrongWireType: (bytes, dice) =>
    withField(bytes, dice, ({ start }) => {
      const spoiled = Buffer.from(bytes);
      spoiled.writeUInt8((spoiled.readUInt8(start) & 0xf8) | dice.below(8), start);
      return spoiled;
    }),
  hugeLength: (bytes, dice) =>
    withField(bytes, dice, ({ start, value, end, wireType }) => {
      if (wireType !== LENGTH_DELIMITED) return Buffer.concat([bytes, Buffer.of(0x0a), HUGE(dice)]);
      const tag = bytes.subarray(start, start + 1);
      return Buffer.concat([bytes.subarray(0, start), tag, HUGE(dice), bytes.subarray(value, end)]);
    }),
  longVarint: (bytes, dice) =>
    Buffer.concat([bytes, tagOf(1 + dice.below(15), 0), Buffer.alloc(5 + dice.below(20), 0xff)]),
  deepNesting: (bytes, dice) => nested(bytes, 1 + dice.below(8), dice.pick([2, 50, 99, 101, 500, 3000])),
  deepGroups: (bytes, dice) =>
    Buffer.concat([bytes, Buffer.alloc(dice.pick([1, 99, 101, 5000, 50_000]), tagOf(1 + dice.below(15), 3))]),
  unknownFields: (bytes, dice) => {
    const added = Array.from({ length: 1 + dice.below(20) }, () => strangeField(dice));
    return Buffer.concat(dice.once(2) ? [...added, bytes] : [bytes, ...added]);
  },
  repeatedField: (bytes, dice) =>
    withField(bytes, dice, ({ start, end }) => {
      const field = bytes.subarray(start, end);
      const times = Math.min(dice.pick([1, 2, 40, 1500]), Math.floor(MOST_ADDED_BYTES / field.length));
      return Buffer.concat([bytes, ...Array.from({ length: times }, () => field)]);
    }),
  removedField: (bytes, dice) =>
    withField(bytes, dice, ({ start, end }) =>
      Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]),
    ),
  spliced: (bytes, dice, other) =>
    Buffer.concat([
      bytes.subarray(0, dice.below(bytes.length + 1)),
      other.subarray(dice.below(other.length + 1)),
    ]),
  ofAnotherMethod: (_bytes, _dice, other) => other,
  noise: (_bytes, dice) => dice.bytes(dice.pick([0, 1, 2, 5, 20, 200, 2000])),
};

const NAMES = Object.keys(MUTATIONS);

/** Spoils a message in a way that the dice choose. `other` is a message of any other kind. */
export function mutate(
  bytes: Buffer,
  other: Buffer,
  dice: Dice,
): { readonly name: string; readonly bytes: Buffer } {
  const name = dice.pick(NAMES);
  const mutated = MUTATIONS[name]?.(bytes, dice, other) ?? bytes;
  return { name, bytes: mutated };
}

function withField(bytes: Buffer, dice: Dice, change: (span: Span) => Buffer): Buffer {
  const spans = spansOf(bytes);
  return spans.length === 0 ? bytes : change(dice.pick(spans));
}

/** The top-level fields of a well-formed message. */
function spansOf(bytes: Buffer): Span[] {
  const spans: Span[] = [];
  for (let at = 0; at < bytes.length; ) {
    const start = at;
    const wireType = bytes.readUInt8(at) & 7;
    at = afterVarint(bytes, at);
    let value = at;
    if (wireType === 0) at = afterVarint(bytes, at);
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else {
      value = afterVarint(bytes, at);
      at = value + smallVarint(bytes, at);
    }
    spans.push({ start, wireType, value, end: at });
  }
  return spans;
}

function afterVarint(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && (bytes.readUInt8(at) & 0x80) !== 0) at += 1;
  return at + 1;
}

function smallVarint(bytes: Buffer, from: number): number {
  let value = 0;
  for (let at = from; at < afterVarint(bytes, from); at += 1) {
    value += (bytes.readUInt8(at) & 0x7f) * 2 ** (7 * (at - from));
  }
  return value;
}

export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

export function tagOf(field: number, wireType: number): Buffer {
  return varint(BigInt(field * 8 + wireType));
}

/** A message wrapped in itself as field `field`, so many times. */
export function nested(bytes: Buffer, field: number, times: number): Buffer {
  const parts: Buffer[] = [bytes];
  let length = bytes.length;
  for (let level = 0; level < times; level += 1) {
    const head = Buffer.concat([tagOf(field, LENGTH_DELIMITED), varint(BigInt(length))]);
    parts.push(head);
    length += head.length;
  }
  return Buffer.concat(parts.toReversed());
}

const HUGE = (dice: Dice): Buffer =>
  varint(
    dice.pick([2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]),
  );

function strangeField(dice: Dice): Buffer {
  const field = dice.pick([0, 1, 18, 100, 19_000, 2 ** 29 - 1]);
  switch (dice.below(4)) {
    case 0:
      return Buffer.concat([tagOf(field, 0), varint(BigInt(dice.below(2 ** 31)))]);
    case 1:
      return Buffer.concat([tagOf(field, 1), dice.bytes(8)]);
    case 2: {
      const content = dice.bytes(dice.below(40));
      return Buffer.concat([tagOf(field, LENGTH_DELIMITED), varint(BigInt(content.length)), content]);
    }
    default:
      return Buffer.concat([tagOf(field, 5), dice.bytes(4)]);
  }
}
