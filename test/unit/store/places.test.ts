// Sets of places as text: what is written is read, and nothing else is.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PlaceSet, placesIn } from '../../../src/store/places.js';

test('a set of places is what its text says, and every other text is refused', () => {
  const sets = fc.uniqueArray(fc.integer({ min: 1, max: 60 }));
  fc.assert(
    fc.property(sets, (places) => {
      const runs: [number, number][] = [];
      for (const place of places.toSorted((a, b) => a - b)) {
        const last = runs.at(-1);
        if (last?.[1] === place - 1) last[1] = place;
        else runs.push([place, place]);
      }
      const text = runs.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(',');
      const read = placesIn(text);
      expect(read).toEqual(new PlaceSet(runs));
      for (let place = 0; place <= 61; place += 1) expect(read.has(place)).toBe(places.includes(place));
    }),
  );
  for (const text of ['x', '3-', '5-3', '3,3', '4,2', '-1', '1.5', '1,,2'])
    expect(() => placesIn(text)).toThrow(RangeError);
});
