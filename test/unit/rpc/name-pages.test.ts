// Pages by name: however they are cut, and whatever comes and goes meanwhile, what stays is seen once.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pageByName } from '../../../src/rpc/name-pages.js';
import { parsePlaceToken, placeToken } from '../../../src/rpc/page-token.js';

const FINGERPRINT = 'abcdefghijkl';
const name = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', ' ', 'Z'), minLength: 1, maxLength: 4 });

test('together hold everything once, in the order of names', () => {
  fc.assert(
    fc.property(fc.uniqueArray(name), fc.integer({ min: 1, max: 5 }), (names, pageSize) => {
      const things = new Map(names.map((each) => [each, each]));
      const seen: string[] = [];
      let pageToken = '';
      do {
        const page = pageByName(things, FINGERPRINT, { pageSize, pageToken });
        expect(page.items.length).toBeLessThanOrEqual(pageSize);
        seen.push(...page.items);
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
      expect(seen).toEqual([...names].sort());
    }),
  );
});

test('are not disturbed by what comes and goes between them', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(name),
      fc.uniqueArray(name),
      fc.uniqueArray(name),
      (staying, coming, going) => {
        const of = (names: readonly string[]) => new Map(names.map((each) => [each, each]));
        const first = pageByName(of([...staying, ...going]), FINGERPRINT, { pageSize: 2, pageToken: '' });
        if (first.nextPageToken === '') return;
        const rest = pageByName(of([...staying, ...coming]), FINGERPRINT, {
          pageSize: 1000,
          pageToken: first.nextPageToken,
        });
        const seen = [...first.items, ...rest.items];
        expect(new Set(seen).size).toBe(seen.length);
        for (const each of staying) expect(seen).toContain(each);
      },
    ),
  );
});

test('a place is what its token says, and a token of another query or none of ours is refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e13, max: 1e14 - 1 }), fc.nat(), (at, number) => {
      expect(parsePlaceToken(placeToken(FINGERPRINT, { at, number }), FINGERPRINT)).toEqual({ at, number });
    }),
  );
  expect(parsePlaceToken('', FINGERPRINT)).toBeNull();
  const token = placeToken(FINGERPRINT, { at: 1, number: 2 });
  expect(() => parsePlaceToken(token, 'mnopqrstuvwx')).toThrow('belongs to another query');
  expect(() => parsePlaceToken('AAAA', FINGERPRINT)).toThrow('is not one of ours');
});
