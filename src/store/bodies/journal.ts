// Owns an entry of the journal as bytes and back: a structured clone, which keeps what JSON does not, such as 64-bit
// numbers, sets, absent fields and the sign of zero. The entries of a transaction are one body.
import { deserialize, serialize } from 'node:v8';
import { deflateRaw, deflateRawSync, inflateRawSync } from 'node:zlib';

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

/** A body of another format was made by a newer program. */
const FORMATS = { plain: 1, deflated: 2 } as const;
/** Shorter bodies are not worth it. */
const LEAST_DEFLATED = 512;
const LEVEL = 1;
const LENGTH_BYTES = 4;

/** What is kept in a journal and cannot be read by this program. */
export class UnreadableJournalError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnreadableJournalError';
  }
}

/** @throws Error when something of it is no plain data. */
export function encodeEntry({ name, args, prepared, actor, now, passing }: JournalEntry): Uint8Array {
  return serialize([name, args, prepared, actor, now, passing]);
}

/** The entries of a transaction as one body, in order. */
export function encodeEntries(entries: readonly Uint8Array[]): Uint8Array {
  const body = joined(entries);
  if (body.length < LEAST_DEFLATED) return withFormat(FORMATS.plain, body);
  return withFormat(FORMATS.deflated, deflateRawSync(body, { level: LEVEL }));
}

/** @throws UnreadableJournalError */
export function decodeEntry(entry: Uint8Array): JournalEntry {
  const [name, args, prepared, actor, now, passing] = readClone(entry) as EncodedEntry;
  return { name, args, prepared, actor, now, passing };
}

type EncodedEntry = [string, readonly unknown[], unknown, string, number, number];

/** Plain data as one body, deflated beside the event loop. */
export async function encodePart(part: unknown): Promise<Uint8Array> {
  const body = joined([serialize(part)]);
  const deflated = await new Promise<Buffer>((resolve, reject) => {
    deflateRaw(body, { level: LEVEL }, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
  return withFormat(FORMATS.deflated, deflated);
}

/** @throws UnreadableJournalError */
export function decodePart(body: Uint8Array): unknown {
  const [piece] = splitEntries(body);
  if (piece === undefined) throw new UnreadableJournalError('a part of a checkpoint is empty');
  return readClone(piece);
}

/** The entries of a body. @throws UnreadableJournalError */
export function splitEntries(body: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const bytes = unpacked(body);
  for (let at = 0; at < bytes.length; ) {
    const length = at + LENGTH_BYTES > bytes.length ? Number.NaN : bytes.readUInt32LE(at);
    if (!(at + LENGTH_BYTES + length <= bytes.length))
      throw new UnreadableJournalError('a body of the journal is cut short');
    pieces.push(bytes.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length));
    at += LENGTH_BYTES + length;
  }
  return pieces;
}

function unpacked(body: Uint8Array): Buffer {
  const rest = body.subarray(1);
  switch (body[0]) {
    case FORMATS.plain:
      return Buffer.from(rest.buffer, rest.byteOffset, rest.byteLength);
    case FORMATS.deflated:
      return inflated(rest);
    default:
      throw new UnreadableJournalError(
        `format ${body[0]} of the journal is not known: a newer program wrote it`,
      );
  }
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

function joined(entries: readonly Uint8Array[]): Buffer {
  const body = Buffer.allocUnsafe(entries.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0));
  let at = 0;
  for (const entry of entries) {
    at = body.writeUInt32LE(entry.length, at);
    body.set(entry, at);
    at += entry.length;
  }
  return body;
}

function withFormat(format: number, body: Uint8Array): Uint8Array {
  const whole = Buffer.allocUnsafe(body.length + 1);
  whole[0] = format;
  whole.set(body, 1);
  return whole;
}
