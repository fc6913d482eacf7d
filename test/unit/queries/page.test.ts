// Pages by name: however they are cut, and whatever comes and goes meanwhile, what stays is seen once.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ListPage, pageByName } from '../../../src/queries/page.js';

const name = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', ' ', 'Z'), minLength: 1, maxLength: 4 });

test('together hold everything once, in the order of names', () => {
  fc.assert(
    fc.property(fc.uniqueArray(name), fc.integer({ min: 1, max: 5 }), (names, pageSize) => {
      const things = new Map(names.map((each) => [each, each]));
      const seen: string[] = [];
      let after: string | null = '';
      while (after !== null) {
        const page: ListPage<string, string> = pageByName(things, after, pageSize);
        expect(page.items.length).toBeLessThanOrEqual(pageSize);
        seen.push(...page.items);
        after = page.next;
      }
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
        const first = pageByName(of([...staying, ...going]), '', 2);
        if (first.next === null) return;
        const rest = pageByName(of([...staying, ...coming]), first.next, 1000);
        const seen = [...first.items, ...rest.items];
        expect(new Set(seen).size).toBe(seen.length);
        for (const each of staying) expect(seen).toContain(each);
      },
    ),
  );
});
