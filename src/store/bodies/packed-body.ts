// Owns a packed body: the number of its format, the CRC-32 of all the rest, and its values. JSON text, which begins with a
// brace, is told from it by the first byte. Formats of bodies are counted across both notations; see body.ts.
import { crc32 } from 'node:zlib';
import { UnreadableBodyError } from './body.js';
import { ByteReader, ByteWriter } from './bytes.js';
import type { Packed } from './packed.js';

/** Formats before it are JSON. */
const FIRST_PACKED = 2;
const HEAD_BYTES = 5;
const BRACE = 0x7b;
const SHOWN_BYTES = 60;

/** How bodies of a kind are packed. */
export interface PackedBody<T> {
  /** In the newest format. @throws RangeError when a number is not finite */
  readonly pack: (value: T) => Buffer;
  /** Of any format. @throws UnreadableBodyError */
  readonly unpack: (body: Uint8Array) => T;
  /** Of the newest format what `part` reads of it; undefined for another. @throws UnreadableBodyError */
  readonly peek: <Part>(body: Buffer, part: (from: ByteReader) => Part) => Part | undefined;
  /** Grows with every format and every field: who reads up to another number reads all that stood at lower ones. */
  readonly level: number;
}

/** One writer for all: each body is taken from it before the next begins. */
const writer = new ByteWriter();

/**
 * @param text - reads the formats before, which are JSON
 * @param formats - the shapes of those that are packed, the newest last; each makes of a body what it is today
 */
export function packedBody<T>(
  kind: string,
  text: (body: string) => T,
  formats: readonly [Packed<T>, ...Packed<T>[]],
): PackedBody<T> {
  const newest = FIRST_PACKED + formats.length - 1;
  const shape = formats[formats.length - 1] ?? formats[0];
  return {
    level: formats.reduce((sum, { fields }) => sum + 1 + fields, 0),
    pack: (value) => {
      try {
        shape.write(writer, value);
      } catch (error) {
        writer.clear();
        throw error;
      }
      const body = writer.take(HEAD_BYTES);
      body[0] = newest;
      body.writeUInt32LE(crc32(body.subarray(HEAD_BYTES), newest), 1);
      return body;
    },
    unpack: (bytes) => {
      const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (body[0] === BRACE) return text(body.toString('utf8'));
      return readable(kind, body, () => {
        const format = formats[(body[0] ?? 0) - FIRST_PACKED];
        if (format === undefined)
          throw new TypeError(`its format is ${body[0] ?? 0}, and this program reads up to ${newest}`);
        return read(body, format.read);
      });
    },
    peek: (body, part) => (body[0] === newest ? readable(kind, body, () => read(body, part)) : undefined),
  };
}

/** @throws UnreadableBodyError when it is another one than it should be */
function readable<T>(kind: string, body: Buffer, reading: () => T): T {
  try {
    return reading();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError)
      throw new UnreadableBodyError(kind, body.toString('hex', 0, SHOWN_BYTES), error);
    throw error;
  }
}

function read<T>(body: Buffer, part: (from: ByteReader) => T): T {
  const [number = 0] = body;
  if (body.length < HEAD_BYTES || body.readUInt32LE(1) !== crc32(body.subarray(HEAD_BYTES), number))
    throw new TypeError('it is damaged: its checksum is another');
  const reader = new ByteReader(body, HEAD_BYTES);
  const value = part(reader);
  if (!reader.isAtEnd) throw new TypeError('it goes on after its end');
  return value;
}
