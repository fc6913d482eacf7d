// Owns entries of the journal as bytes and back: a structured clone, which keeps what JSON does not, such as 64-bit
// numbers, sets, absent fields and the sign of zero. The entries of a transaction are one body, with a checksum.
import { deserialize, serialize } from 'node:v8';
import { crc32, deflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';

/** What reached the engine: the name of it, and what it was told with, all of it plain data. */
export interface Told {
  readonly name: string;
  readonly args: readonly unknown[];
  /** What a command looked up in the store before. */
  readonly prepared?: unknown;
}

/** What reached the engine, at its moment. */
export interface JournalEntry extends Told {
  /** Whose call it was; empty when DTMS did it by itself. */
  readonly actor: string;
  /** The database's clock, UTC ms. */
  readonly now: number;
  /** The clock of passing time of the server that led, UTC ms. */
  readonly passing: number;
}

/**
 * The first byte of a body; one of another format was made by a newer program. Until format 2 each entry was a clone of
 * its own, behind its length, and nothing told a body that was damaged. No flipped bit makes one format another.
 */
const FORMATS = { eachPlain: 1, eachDeflated: 2, plain: 4, deflated: 7, packed: 8 } as const;
/** Shorter bodies are not worth it. */
const LEAST_DEFLATED = 512;
const LEVEL = 1;
const LENGTH_BYTES = 4;
const CHECKSUM_BYTES = 4;

/** What is kept in a journal and cannot be read by this program. */
export class UnreadableJournalError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnreadableJournalError';
  }
}

/** Entries as they are stored. */
export interface EncodedEntries {
  readonly body: Uint8Array;
  /** Before they were deflated. */
  readonly bytes: number;
}

type EncodedEntry = [string, readonly unknown[], unknown, string, number, number];

/** The entries of a transaction as one body, in order. @throws Error when something of them is no plain data */
export function encodeEntries(entries: readonly JournalEntry[]): EncodedEntries {
  const clone = serialize(entries.map(asTuple));
  const bytes = clone.length;
  if (bytes < LEAST_DEFLATED) return { bytes, body: checked(FORMATS.plain, clone) };
  return { bytes, body: checked(FORMATS.deflated, deflateRawSync(clone, { level: LEVEL })) };
}

/** The entries of a body of any format. @throws UnreadableJournalError */
export function decodeEntries(body: Uint8Array): JournalEntry[] {
  const { clones, holds } = unpacked(body);
  const tuples = holds === 'all' ? clones.flatMap((clone) => readClone(clone)) : clones.map(readClone);
  return (tuples as EncodedEntry[]).map(asEntry);
}

/**
 * Plain data as one body, deflated beside the event loop.
 *
 * @param format - `packed` for parts that programs before packed trades do not know: they refuse it.
 */
export async function encodePart(
  part: unknown,
  format: 'deflated' | 'packed' = 'deflated',
): Promise<Uint8Array> {
  const deflated = await new Promise<Buffer>((resolve, reject) => {
    deflateRaw(serialize(part), { level: LEVEL }, (error, result) =>
      error === null ? resolve(result) : reject(error),
    );
  });
  return checked(FORMATS[format], deflated);
}

/** @throws UnreadableJournalError */
export function decodePart(body: Uint8Array): unknown {
  const [clone] = unpacked(body).clones;
  if (clone === undefined) throw new UnreadableJournalError('a part of a checkpoint is empty');
  return readClone(clone);
}

function asTuple({ name, args, prepared, actor, now, passing }: JournalEntry): EncodedEntry {
  return [name, args, prepared, actor, now, passing];
}

function asEntry([name, args, prepared, actor, now, passing]: EncodedEntry): JournalEntry {
  return { name, args, prepared, actor, now, passing };
}

/** The clones of a body, and whether one holds all entries or each its own. */
interface Unpacked {
  readonly clones: readonly Uint8Array[];
  readonly holds: 'all' | 'one';
}

function unpacked(body: Uint8Array): Unpacked {
  const rest = body.subarray(1);
  switch (body[0]) {
    case FORMATS.eachPlain:
      return { clones: split(asBuffer(rest)), holds: 'one' };
    case FORMATS.eachDeflated:
      return { clones: split(inflated(rest)), holds: 'one' };
    case FORMATS.plain:
      return { clones: [unchecked(body)], holds: 'all' };
    case FORMATS.deflated:
    case FORMATS.packed:
      return { clones: [inflated(unchecked(body))], holds: 'all' };
    default:
      throw new UnreadableJournalError(
        `format ${body[0]} of the journal is not known: a newer program wrote it`,
      );
  }
}

/** Pieces that have their lengths before them. @throws UnreadableJournalError */
function split(bytes: Buffer): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = at + LENGTH_BYTES > bytes.length ? Number.NaN : bytes.readUInt32LE(at);
    if (!(at + LENGTH_BYTES + length <= bytes.length))
      throw new UnreadableJournalError('a body of the journal is cut short');
    pieces.push(bytes.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length));
    at += LENGTH_BYTES + length;
  }
  return pieces;
}

function inflated(bytes: Uint8Array): Buffer {
  try {
    return inflateRawSync(bytes);
  } catch (cause) {
    throw new UnreadableJournalError('a body of the journal cannot be inflated', { cause });
  }
}

function readClone(bytes: Uint8Array): unknown {
  try {
    return deserialize(bytes);
  } catch (cause) {
    throw new UnreadableJournalError('an entry of the journal cannot be read', { cause });
  }
}

/** A body: its format, the CRC-32 of all the rest, and what it holds as it is stored. */
function checked(format: number, held: Uint8Array): Uint8Array {
  const body = Buffer.allocUnsafe(1 + CHECKSUM_BYTES + held.length);
  body[0] = format;
  body.writeUInt32LE(checksumOf(format, held), 1);
  body.set(held, 1 + CHECKSUM_BYTES);
  return body;
}

/** What a body holds, where it is what was written. @throws UnreadableJournalError */
function unchecked(body: Uint8Array): Uint8Array {
  const [format = 0, bytes] = [body[0], asBuffer(body)];
  const held = bytes.subarray(1 + CHECKSUM_BYTES);
  const isWhole = bytes.length > CHECKSUM_BYTES && bytes.readUInt32LE(1) === checksumOf(format, held);
  if (!isWhole) throw new UnreadableJournalError('a body of the journal is damaged: its checksum is another');
  return held;
}

function checksumOf(format: number, held: Uint8Array): number {
  return crc32(held, format);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
