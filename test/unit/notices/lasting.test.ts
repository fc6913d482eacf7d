// What begins and is over between two looks: told once each, whatever is found, and nothing of what goes on.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { turnOf } from '../../../src/notices/lasting.js';
import type { Lasting } from '../../../src/store/notices.js';
import { runs } from '../../support/properties.js';

test('of each thing beginnings and ends take turns', () => {
  const looks = fc.array(fc.subarray(['a', 'b', 'c']), { maxLength: 30 });
  fc.assert(
    fc.property(looks, (found) => {
      let known: readonly Lasting[] = [];
      const told = new Map<string, string[]>();
      for (const [at, keys] of found.entries()) {
        const about = { kind: 'NO_BRIDGE', text: 'it' } as const;
        const { begun, over } = turnOf(
          known,
          keys.map((key) => ({ key, about })),
          at,
        );
        for (const { key, notice } of begun) told.set(key, [...(told.get(key) ?? []), notice.phase]);
        const ended = new Set(over.map(({ lasting }) => lasting));
        for (const { key, notice } of known)
          if (ended.has(notice.lasting)) told.set(key, [...(told.get(key) ?? []), 'RESOLVED']);
        known = [...known.filter(({ notice }) => !ended.has(notice.lasting)), ...begun];
        expect(known.map(({ key }) => key).sort()).toEqual([...keys].sort());
      }
      for (const phases of told.values())
        for (const [index, phase] of phases.entries())
          expect(phase).toBe(index % 2 === 0 ? 'BEGUN' : 'RESOLVED');
    }),
    { numRuns: runs(200) },
  );
});
