// Turns of the event loop: one at a time, callers in rotation, each caller's in its own order.
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FairTurns } from '../../../src/interceptors/fair-turns.js';
import { runs } from '../../support/properties.js';

test('whoever asks for little is not kept waiting by whoever asks for much', async () => {
  const turns = new FairTurns();
  const order: string[] = [];
  const ask = (caller: string) => turns.take(caller, 1).then(() => order.push(caller));
  const many = Array.from({ length: 20 }, () => ask('many'));
  await Promise.all([...many, ask('few'), ask('other')]);
  expect(order.slice(0, 3)).toEqual(['many', 'few', 'other']);
  expect(order).toHaveLength(22);
});

test('others have a turn of the loop between any two', async () => {
  const turns = new FairTurns();
  let given = 0;
  const all = Promise.all(Array.from({ length: 10 }, () => turns.take('a', 1).then(() => (given += 1))));
  const seen: number[] = [];
  while (given < 10) {
    await turn();
    seen.push(given);
  }
  await all;
  const steps = seen.map((now, index) => now - (seen[index - 1] ?? 0));
  expect(Math.max(...steps)).toBe(1);
});

test('every request gets one turn, in its order, and nothing stays counted', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ caller: fc.constantFrom('a', 'b', 'c'), bytes: fc.nat({ max: 1000 }) }), {
        maxLength: 40,
      }),
      async (asked) => {
        const turns = new FairTurns();
        const got: { caller: string; index: number }[] = [];
        const all = asked.map(({ caller, bytes }, index) =>
          turns.take(caller, bytes).then(() => got.push({ caller, index })),
        );
        for (const name of ['a', 'b', 'c']) {
          const bytes = asked
            .filter(({ caller }) => caller === name)
            .reduce((sum, one) => sum + one.bytes, 0);
          expect(turns.waiting(name)).toBe(bytes);
        }
        await Promise.all(all);
        expect(got.map(({ index }) => index).sort((a, b) => a - b)).toEqual(asked.map((_, index) => index));
        for (const name of ['a', 'b', 'c']) {
          const mine = got.filter(({ caller }) => caller === name).map(({ index }) => index);
          expect(mine).toEqual([...mine].sort((a, b) => a - b));
          expect(turns.waiting(name)).toBe(0);
        }
      },
    ),
    { numRuns: runs(100) },
  );
});
