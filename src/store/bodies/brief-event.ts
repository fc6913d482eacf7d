// Owns events as they are stored without what another event of the same transaction has too: the evaluation that all trades
// of a market and direction share. What is left out is the very bytes that stand in the other event, so putting them back
// gives the event as it was, byte for byte.
import { ByteReader, ByteWriter } from './bytes.js';

/** No message begins with it, so a program that does not know of it cannot take such an event for a whole one. */
const BRIEF = 0x07;
/** An event is at most so many revisions behind the one that has what it lacks. */
export const FARTHEST = 1000;
/** Grows when events are stored in another way; see PACKED_LEVEL. */
export const BRIEF_LEVEL = 1;

/** Bytes that two events have. */
export interface SharedBytes {
  /** How many revisions before the brief event the other one is. */
  readonly distance: number;
  readonly length: number;
  /** Where they begin in the other one. */
  readonly otherAt: number;
}

const writer = new ByteWriter();

/** An event without these bytes: what is before and after them. */
export function briefEvent(
  before: Uint8Array,
  after: Uint8Array,
  { distance, length, otherAt }: SharedBytes,
): Uint8Array {
  writer.byte(BRIEF);
  for (const value of [distance, length, before.length, otherAt]) writer.number(value);
  return Buffer.concat([writer.take(0), before, after]);
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Of a brief event: what it shares, where that belongs, and all the rest. */
function sharedIn(payload: Uint8Array): SharedBytes & { readonly at: number; readonly rest: Uint8Array } {
  const reader = new ByteReader(asBuffer(payload), 1);
  const [distance, length, at, otherAt] = [
    reader.number(),
    reader.number(),
    reader.number(),
    reader.number(),
  ];
  return { distance, length, at, otherAt, rest: payload.subarray(reader.place) };
}

/** The revision of the event that has what this one lacks; null where it is whole. */
export function carrierOf(revision: number, payload: Uint8Array): number | null {
  return payload[0] === BRIEF ? revision - sharedIn(payload).distance : null;
}

/** The event as it was, with the whole one that has what it lacks. @throws RangeError when that one is shorter */
export function wholeEvent(payload: Uint8Array, carrier: Uint8Array): Uint8Array {
  const { length, at, otherAt, rest } = sharedIn(payload);
  if (otherAt + length > carrier.length) throw new RangeError('what an event lacks is not in the other one');
  return Buffer.concat([
    rest.subarray(0, at),
    carrier.subarray(otherAt, otherAt + length),
    rest.subarray(at),
  ]);
}
