// The format of API keys, and what they carry in headers.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  apiKeyText,
  newApiKey,
  parseApiKey,
  secretHash,
  secretMatches,
} from '../../../src/access/api-key.js';
import { keyTextOf } from '../../../src/access/credentials.js';
import { DtmsError } from '../../../src/errors/errors.js';
import { metadataOf } from '../../support/grpc.js';

describe('a key', () => {
  test('is read back as it was made, and no two are alike', () => {
    const keys = Array.from({ length: 500 }, newApiKey);
    for (const key of keys) expect(parseApiKey(apiKeyText(key))).toEqual(key);
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(500);
    expect(new Set(keys.map(({ secret }) => secret)).size).toBe(500);
  });

  test('uses its whole alphabet, evenly enough', () => {
    const text = Array.from({ length: 200 }, () => newApiKey().secret).join('');
    const counts = new Map<string, number>();
    for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(32);
    // 10,400 letters: 325 of each, with a standard deviation of 18.
    for (const count of counts.values()) expect(Math.abs(count - 325)).toBeLessThan(150);
  });

  test('is nothing else', () => {
    const key = apiKeyText(newApiKey());
    const broken = [
      key.toUpperCase(),
      `${key}a`,
      key.slice(1),
      key.replace('_', '-'),
      ` ${key}`,
      `${key}\n`,
      '',
    ];
    for (const text of broken) expect(parseApiKey(text)).toBeUndefined();
    fc.assert(fc.property(fc.string(), (text) => parseApiKey(text) === undefined));
  });

  test('matches only its own secret; nothing matches a key that is not there', () => {
    const [one, other] = [newApiKey(), newApiKey()];
    expect(secretMatches(one.secret, secretHash(one.secret))).toBe(true);
    expect(secretMatches(other.secret, secretHash(one.secret))).toBe(false);
    expect(secretMatches(one.secret, undefined)).toBe(false);
  });
});

describe('a call carries', () => {
  const cause = (entries: Record<string, string>) => {
    try {
      return keyTextOf(metadataOf(entries));
    } catch (error) {
      return error instanceof DtmsError ? error.metadata : error;
    }
  };

  test.each([
    ['nothing', {}, undefined],
    ['a bearer', { authorization: 'Bearer k1' }, 'k1'],
    ['a bearer in small letters', { authorization: 'bearer  k1' }, 'k1'],
    ['a plain key', { 'x-api-key': 'k1' }, 'k1'],
    ['the same twice', { authorization: 'Bearer k1', 'x-api-key': 'k1' }, 'k1'],
    ['two that differ', { authorization: 'Bearer k1', 'x-api-key': 'k2' }, { cause: 'ambiguous' }],
    ['another scheme', { authorization: 'Basic dXNlcjpwYXNz' }, { cause: 'invalid' }],
    ['a bearer of nothing', { authorization: 'Bearer ' }, { cause: 'invalid' }],
    ['an empty key', { 'x-api-key': '' }, ''],
  ])('%s', (_, entries, expected) => {
    expect(cause(entries as Record<string, string>)).toEqual(expected);
  });
});
