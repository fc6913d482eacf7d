// Bodies that are larger than they look, or not what they say they are.
import { deflateSync, gzipSync } from 'node:zlib';
import { tagOf, varint } from './mutations.js';

/** gRPC's frame around a payload: a flag (1 says compressed) and a length, which may be a lie. */
export function frameOf(flag: number, payload: Uint8Array, length = payload.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt8(flag, 0);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, payload]);
}

/** A gzip of so many zeros: a thousandth of what it becomes. */
export function gzipBomb(bytes: number): Buffer {
  return gzipSync(Buffer.alloc(bytes), { level: 9 });
}

export function deflateBomb(bytes: number): Buffer {
  return deflateSync(Buffer.alloc(bytes), { level: 9 });
}

/** As many empty messages of a repeated field as fit into so many bytes: two bytes each on the wire. */
export function emptyItems(field: number, bytes: number): Buffer {
  const item = Buffer.concat([tagOf(field, 2), varint(0n)]);
  return Buffer.alloc(bytes - (bytes % item.length), item);
}

/** A packed field of small numbers: one byte each on the wire. */
export function packedNumbers(field: number, bytes: number): Buffer {
  return Buffer.concat([tagOf(field, 2), varint(BigInt(bytes)), Buffer.alloc(bytes, 1)]);
}
