// Owns the format of API keys: dtms_<id>_<secret>, made, taken apart and compared.
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { StoredKey } from '../store/types.js';

/** 32 characters, so that each random byte gives five unbiased bits; none separates the parts. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_LENGTH = 12;
/** 260 bits. */
const SECRET_LENGTH = 52;
const FORMAT = /^dtms_([a-z2-7]{12})_([a-z2-7]{52})$/;
const ID_AT = 'dtms_'.length;

/** A key as its owner has it. */
export interface PlainKey {
  readonly keyId: string;
  readonly secret: string;
}

/** A new key from the operating system's randomness. */
export function newApiKey(): PlainKey {
  return { keyId: randomText(ID_LENGTH), secret: randomText(SECRET_LENGTH) };
}

/** The key as it is sent. */
export function apiKeyText({ keyId, secret }: PlainKey): string {
  return `dtms_${keyId}_${secret}`;
}

/** Undefined when the text is not a key. */
export function parseApiKey(text: string): PlainKey | undefined {
  // Read by index: taking it apart as a list costs more than the match.
  const match = FORMAT.exec(text);
  const keyId = match?.[1];
  const secret = match?.[2];
  return keyId === undefined || secret === undefined ? undefined : { keyId, secret };
}

/** Where a key has its id; of a text that is no key, whatever stands there. */
export function keyIdWithin(text: string): string {
  return text.slice(ID_AT, ID_AT + ID_LENGTH);
}

/** Compares two keys' texts. How long it takes tells their lengths, and nothing of where they differ. */
export function sameText(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  let different = 0;
  for (let at = 0; at < one.length; at += 1) different |= one.charCodeAt(at) ^ other.charCodeAt(at);
  return different === 0;
}

/** SHA-256 of a secret: what is stored of it. The secret is random, so it needs neither salt nor stretching. */
export function secretHash(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

/** What no secret hashes to, as far as anybody knows: compared with when there is no such key. */
const NO_HASH = randomBytes(32);

/** Compares in constant time, and does the same work when there is nothing to compare with. */
export function secretMatches(secret: string, stored: Uint8Array | undefined): boolean {
  return timingSafeEqual(secretHash(secret), stored ?? NO_HASH) && stored !== undefined;
}

/** Whether a key can be used, as of when it was read. */
export function isActive({ revokedAt, remainingMs }: StoredKey): boolean {
  return revokedAt === null && remainingMs > 0;
}

function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
}
