// Packed bodies: what is written is read again exactly, what was damaged or comes of a newer program is refused, and bodies of
// today's formats are read for good. The files KIND.2.hex of the folder beside it are as the program of that format wrote them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UnreadableBodyError } from '../../../src/store/bodies/body.js';
import { ByteReader, ByteWriter } from '../../../src/store/bodies/bytes.js';
import {
  int64,
  list,
  map,
  number,
  optional,
  orNull,
  type Packed,
  record,
  since,
  text,
  word,
} from '../../../src/store/bodies/packed.js';
import { packedBody } from '../../../src/store/bodies/packed-body.js';
import { PACKED_ACTION, PACKED_TRADE } from '../../../src/store/bodies/packed-trade.js';
import { decodeAction, decodeTrade, encodeAction, encodeTrade } from '../../../src/store/bodies/trade.js';
import { WORDS } from '../../../src/store/bodies/words.js';
import { runs } from '../../support/properties.js';
import { anyAction, anyText, anyTrade, finite, makeTrade } from '../../support/stored.js';

const FOLDER = join(import.meta.dirname, 'bodies');
const stored = (name: string): string => readFileSync(join(FOLDER, name), 'utf8').trim();
const packedOf = (name: string): Buffer => Buffer.from(stored(name), 'hex');

/** What comes back of a value. */
function passed<T>(shape: Packed<T>, value: T): T {
  const writer = new ByteWriter();
  shape.write(writer, value);
  const reader = new ByteReader(writer.take(0), 0);
  const read = shape.read(reader);
  expect(reader.isAtEnd).toBe(true);
  return read;
}

const price = fc
  .tuple(fc.integer({ min: 0, max: 10_000_000 }), fc.integer({ min: 0, max: 6 }))
  .map(([digits, decimals]) => digits / 10 ** decimals);
const anyNumber = fc.oneof(finite, fc.integer(), fc.maxSafeInteger(), price);

test('every finite number comes back as it was, and no other is stored', () => {
  fc.assert(
    fc.property(anyNumber, (value) => {
      expect(passed(number, value)).toBe(value);
    }),
    { numRuns: runs(2000) },
  );
  expect(passed(number, -0)).toBe(0);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(() => passed(number, value)).toThrow(`${value} cannot be stored`);
});

test('so does every 64-bit integer, with a sign or without, and every text, alone and in a list', () => {
  const any64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
  fc.assert(
    fc.property(
      any64,
      fc.array(fc.oneof(anyText, fc.string({ unit: 'binary', maxLength: 3000 }))),
      (big, texts) => {
        expect(passed(int64, big)).toBe(big);
        expect(passed(list(text), texts)).toEqual(texts);
      },
    ),
    { numRuns: runs(200) },
  );
  expect(() => passed(int64, 2n ** 64n)).toThrow(RangeError);
});

test('a trade and an action come back exactly as they were, and as their JSON would', () => {
  fc.assert(
    fc.property(anyTrade, anyAction, (trade, action) => {
      expect(PACKED_TRADE.unpack(PACKED_TRADE.pack(trade))).toEqual(trade);
      expect(PACKED_TRADE.unpack(Buffer.from(encodeTrade(trade)))).toEqual(trade);
      expect(PACKED_ACTION.unpack(PACKED_ACTION.pack(action))).toEqual(action);
      expect(PACKED_ACTION.unpack(Buffer.from(encodeAction(action)))).toEqual(action);
    }),
    { numRuns: runs(300) },
  );
});

test('a body with any bit flipped, cut short or longer is refused', () => {
  const body = PACKED_TRADE.pack(decodeTrade(stored('trade.1.json')));
  fc.assert(
    fc.property(fc.nat(body.length * 8 - 1), (bit) => {
      const flipped = Buffer.from(body);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => PACKED_TRADE.unpack(flipped)).toThrow(UnreadableBodyError);
    }),
    { numRuns: runs(1000) },
  );
  for (const length of [0, 1, 4, 5, body.length - 1])
    expect(() => PACKED_TRADE.unpack(body.subarray(0, length)), String(length)).toThrow(UnreadableBodyError);
  expect(() => PACKED_TRADE.unpack(Buffer.concat([body, Buffer.from([0])]))).toThrow(/checksum/);
});

test('after a value that cannot be stored the next one is not begun in its rest', () => {
  expect(() => PACKED_TRADE.pack(makeTrade(1, { volume: Number.NaN }))).toThrow('NaN cannot be stored');
  expect(PACKED_TRADE.unpack(PACKED_TRADE.pack(makeTrade(2)))).toEqual(makeTrade(2));
});

test('bodies that were stored are read as they were meant, and are written the same today', () => {
  const trade = decodeTrade(stored('trade.1.json'));
  const action = decodeAction(stored('action.1.json'));
  for (const name of [
    'trade.2.hex',
    'trade.2-policies.hex',
    'trade.2-owed.hex',
    'trade.2-leaves.hex',
    'trade.2-most.hex',
    'trade.2-waits.hex',
  ])
    expect(PACKED_TRADE.unpack(packedOf(name)), name).toEqual(trade);
  for (const name of ['action.2.hex', 'action.2-policies.hex', 'action.2-leaves.hex', 'action.2-waits.hex'])
    expect(PACKED_ACTION.unpack(packedOf(name)), name).toEqual(action);
  // When a field was added it is new, and the ones of before go on being read: add a file, change none.
  expect(PACKED_TRADE.pack(trade).toString('hex')).toBe(stored('trade.2-waits.hex'));
  expect(PACKED_ACTION.pack(action).toString('hex')).toBe(stored('action.2-waits.hex'));
});

test('no word has another number than before', () => {
  const before = stored('words.txt').split('\n');
  expect(WORDS.slice(0, before.length)).toEqual(before);
  expect(new Set(WORDS).size).toBe(WORDS.length);
});

interface Sample {
  readonly name: string;
  readonly volume: number;
  readonly note?: string;
  readonly by: string | null;
}
type Older = Omit<Sample, 'by'>;
const fields = { name: text, volume: number, note: optional(text) };
const younger = record<Sample>({ ...fields, by: since(null, orNull(text)) });

test('a record of before has what was added since as it was then, and one of a newer program is refused', () => {
  const old = packedBody<Older>('sample', JSON.parse, [record<Older>(fields)]);
  const today = packedBody<Sample>('sample', JSON.parse, [younger]);
  expect(today.unpack(old.pack({ name: 'a', volume: 1 }))).toEqual({ name: 'a', volume: 1, by: null });
  const body = today.pack({ name: 'a', volume: 1, note: 'n', by: 'me' });
  expect(today.unpack(body)).toEqual({ name: 'a', volume: 1, note: 'n', by: 'me' });
  expect(() => old.unpack(body)).toThrow('it has 4 fields, and this program knows 3');
  expect(today.level).toBe(old.level + 1);
  const required = packedBody<Sample>('sample', JSON.parse, [
    record<Sample>({ ...fields, by: orNull(text) }),
  ]);
  expect(() => required.unpack(old.pack({ name: 'a', volume: 1 }))).toThrow('by is missing');
});

test('another format of a newer program is refused, and an older one read', () => {
  const first = packedBody<Sample>('sample', JSON.parse, [younger]);
  const turned = record<Sample>({ by: orNull(text), ...fields });
  const second = packedBody<Sample>('sample', JSON.parse, [younger, turned]);
  expect(second.level).toBeGreaterThan(first.level);
  const sample = { name: 'a', volume: 1.25, by: 'me' };
  expect(second.unpack(first.pack(sample))).toEqual(sample);
  expect(second.unpack(second.pack(sample))).toEqual(sample);
  expect(() => first.unpack(second.pack(sample))).toThrow('its format is 3, and this program reads up to 2');
});

test('a word is one that is known here, whether it has a number or not', () => {
  const [few, more] = [word(['A', 'B'], ['A']), word(['A', 'B', 'C', 'D'], ['A', 'D'])];
  for (const each of ['A', 'B'] as const) expect(passed(few, each)).toBe(each);
  const named = <T>(shape: Packed<T>, value: T): ByteReader => {
    const writer = new ByteWriter();
    shape.write(writer, value);
    return new ByteReader(writer.take(0), 0);
  };
  for (const each of ['C', 'D'] as const)
    expect(() => few.read(named(more, each))).toThrow('a word that this program does not know');
});

test('a map has the keys that have values', () => {
  const shape = map(word(['A', 'B'], []), number);
  expect(passed(shape, { A: 1 })).toEqual({ A: 1 });
  expect(passed(shape, {})).toEqual({});
});
