// Owns which share a text falls into: the 32 bits of MurmurHash3 over its UTF-8 bytes with seed 0, as every program that reads
// flagd's definitions cuts them. Source: Austin Appleby, MurmurHash3_x86_32, in the public domain.

const BYTES_IN_BLOCK = 4;
const encoder = new TextEncoder();

/** 0 to 2^32 - 1. */
export function murmur3(text: string): number {
  const bytes = encoder.encode(text);
  const blocks = bytes.length - (bytes.length % BYTES_IN_BLOCK);
  let hash = 0;
  for (let at = 0; at < blocks; at += BYTES_IN_BLOCK) {
    hash ^= scrambled(littleEndian(bytes, at, BYTES_IN_BLOCK));
    hash = (Math.imul(rotated(hash, 13), 5) + 0xe6546b64) | 0;
  }
  if (blocks < bytes.length) hash ^= scrambled(littleEndian(bytes, blocks, bytes.length - blocks));
  return finished(hash ^ bytes.length) >>> 0;
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let word = 0;
  for (let index = 0; index < count; index += 1) word |= (bytes[at + index] ?? 0) << (8 * index);
  return word;
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function scrambled(word: number): number {
  return Math.imul(rotated(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
}

function finished(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Where a text falls among `total` equal shares: 0 to total - 1. `total` is at most 2^31 - 1. */
export function shareOf(text: string, total: number): number {
  return Number((BigInt(murmur3(text)) * BigInt(total)) >> 32n);
}
