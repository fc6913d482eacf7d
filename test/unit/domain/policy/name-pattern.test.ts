// Patterns of names: what a regular expression says of them, and no time lost on one that is all stars.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isNamed } from '../../../../src/domain/policy/name-pattern.js';

/** Few letters, so that parts repeat and overlap. */
const text = (...of: string[]) => fc.string({ unit: fc.constantFrom(...of), maxLength: 10 });

function expected(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^]*')}$`).test(name);
}

test('a star stands for any characters, and every other one for itself', () => {
  fc.assert(
    fc.property(text('A', 'B', '.', '*'), text('A', 'B', '.'), (pattern, name) => {
      expect(isNamed(pattern, name)).toBe(expected(pattern, name));
    }),
    { numRuns: 1000 },
  );
});

test('what a name begins, ends and is made with may be asked', () => {
  const names = ['EURUSD', 'EURUSDm', 'USDEUR', 'EUR', 'GBPJPY', 'AUD.JPY', '#EURUSD'];
  const of = (pattern: string) => names.filter((name) => isNamed(pattern, name));
  expect(of('EUR*')).toEqual(['EURUSD', 'EURUSDm', 'EUR']);
  expect(of('*JPY')).toEqual(['GBPJPY', 'AUD.JPY']);
  expect(of('*EUR*')).toEqual(['EURUSD', 'EURUSDm', 'USDEUR', 'EUR', '#EURUSD']);
  expect(of('EUR*USD')).toEqual(['EURUSD']);
  expect(of('EUR*EUR')).toEqual([]);
  expect(of('*')).toEqual(names);
  expect(isNamed('*a'.repeat(32), 'a'.repeat(63))).toBe(true);
  expect(isNamed(`${'*a'.repeat(31)}*b`, 'a'.repeat(64))).toBe(false);
});
