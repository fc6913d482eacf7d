// Whatever a bridge, or a person, says of the position that a hedge's order opened: no order touches a position that
// DTMS did not open, and no trade is hedged twice.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HedgeWorld, type Word } from '../../support/hedge-world.js';
import { runs } from '../../support/properties.js';

/** Own, another's, another's hedge, one that is over, strangers from before and from meanwhile, what orders open, unknown. */
const ticket = fc.constantFrom(1n, 2n, 3n, 30n, 9n, 60n, 61n, 62n, 100n, 101n, 777n);
const word: fc.Arbitrary<Word> = fc.oneof(
  fc.constantFrom('truth' as const, 'nothing' as const).map((says) => ({ says })),
  fc.option(ticket).map((one) => ({ says: 'ticket' as const, ticket: one })),
  fc.constant({ says: 'ticket' as const, ticket: 0n }),
);

type Step = (world: HedgeWorld) => void | Promise<void>;
const named = (name: string, step: Step): Step => Object.assign(step, { [fc.toStringMethod]: () => name });
const step: fc.Arbitrary<Step> = fc.oneof(
  word.map((one) => named(`work(${fc.stringify(one)})`, (world) => world.work(one))),
  fc.constant(named('snapshot', (world) => world.snapshot(true))),
  fc.constant(named('part of a snapshot', (world) => world.snapshot(false))),
  fc.constantFrom(2000, 61_000, 400_000).map((ms) => named(`pass(${ms})`, (world) => world.pass(ms))),
  ticket.map((one) => named(`resolve(${one})`, (world) => world.resolve(one))),
  fc.constant(named('hedge', (world) => world.hedge())),
  fc.constant(named('unhedge', (world) => world.unhedge())),
  fc.constant(named('stop out', (world) => world.stopOut())),
  fc
    .tuple(fc.constantFrom(70n, 71n), fc.constantFrom(1, 0.5))
    .map(([one, lots]) => named(`copy(${one}, ${lots})`, (world) => world.copy(one, lots))),
  fc.constant(named('stranger', (world) => world.stranger(62n, 'SELL'))),
);

test('no order closes what DTMS did not open, and no trade is hedged twice', async () => {
  let [closed, copied] = [0, 0];
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(step, { minLength: 4, maxLength: 30 }), async (adopts, steps) => {
      const world = new HedgeWorld(adopts);
      world.stranger(60n, 'SELL');
      world.stranger(61n, 'BUY');
      await world.snapshot(true);
      for (const one of steps) await one(world);
      expect(world.faults).toEqual([]);
      copied += world.copies;
      if ([...world.opened.keys()].some((one) => !world.broker.has(one))) closed += 1;
    }),
    { numRuns: runs(600) },
  );
  // A run that closes no hedge, or copies no comment, proves nothing.
  expect(copied).toBeGreaterThan(20);
  expect(closed).toBeGreaterThan(20);
});
