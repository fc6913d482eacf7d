// Calls of a costly kind: no more than so many at a time, whatever comes and ends when, and a refused one was not begun.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ErrorReason } from '../../../gen/ts/dtms/v1/error_reason.js';
import { AtMost } from '../../../src/rpc/at-most.js';

test('one more than the most is refused as overloaded, and each that ends, well or not, makes room for one', async () => {
  const step = fc.constantFrom('comes', 'ends', 'fails');
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(step, { maxLength: 30 }),
      async (most, steps) => {
        const atMost = new AtMost(most, 'tries');
        const underWay: { readonly end: (how: 'ends' | 'fails') => void; readonly over: Promise<unknown> }[] =
          [];
        for (const each of steps) {
          if (each !== 'comes') {
            const first = underWay.shift();
            first?.end(each);
            await first?.over;
            continue;
          }
          let begun = false;
          let end: (how: 'ends' | 'fails') => void = () => undefined;
          const run = atMost.run(() => {
            begun = true;
            return new Promise<string>((resolve, reject) => {
              end = (how) => (how === 'ends' ? resolve('done') : reject(new Error('failed')));
            });
          });
          const over = run.catch((error: unknown) => error);
          expect(begun).toBe(underWay.length < most);
          if (begun) underWay.push({ end, over });
          else
            expect(await over).toMatchObject({
              reason: ErrorReason.OVERLOADED,
              message: `${most} tries are under way`,
            });
        }
        for (const { end } of underWay) end('ends');
      },
    ),
  );
});
