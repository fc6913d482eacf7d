// Whatever people do at the broker between a lease and its order, whatever gets lost, and although two bridges have one name: each
// order is made once, of its own position only, and is no larger than what is there allows; no stop loosens.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MeddledBridge, type Meddling } from '../../support/meddled-bridge.js';
import { runs } from '../../support/properties.js';

type Step = (world: MeddledBridge) => void | Promise<void>;
const named = (name: string, step: Step): Step => Object.assign(step, { [fc.toStringMethod]: () => name });
const tenths = fc.integer({ min: -20, max: 8 }).map((value) => value / 10);
const meddling: fc.Arbitrary<Meddling> = fc.oneof(
  { weight: 4, arbitrary: tenths.map((by) => ['position', by] as const) },
  tenths.map((by) => ['hedge', Math.min(by, -0.1)] as const),
  fc.integer({ min: 1, max: 8 }).map((by) => ['stop', by] as const),
);
const which = fc.constantFrom(0 as const, 1 as const);
const type = fc.constantFrom(
  'PARTIAL_CLOSE',
  'PARTIAL_CLOSE',
  'PARTIAL_CLOSE',
  'OPEN_HEDGE',
  'OPEN_HEDGE',
  'OPEN_HEDGE',
  'TRAIL_SL',
  'CLOSE_HEDGE',
  'RE_ADD',
  'CLOSE_ALL',
);
const terms = fc.constantFrom(
  {},
  { volumeStep: 0.2 },
  { volumeMin: 0.3 },
  { volumeStep: 0.01, volumeMin: 0.01 },
  { stopsLevel: 3 },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: which.map((one) => named(`drain(${one})`, (world) => world.drain(one))) },
  { weight: 3, arbitrary: type.map((one) => named(`decide(${one})`, (world) => world.decide(one))) },
  { weight: 2, arbitrary: meddling.map((one) => named(`meddle(${one})`, (world) => world.meddle(one))) },
  {
    weight: 3,
    arbitrary: fc
      .array(meddling, { minLength: 1, maxLength: 3 })
      .map((all) => named(`at begin ${fc.stringify(all)}`, (world) => world.meddleAtBegin(all))),
  },
  fc
    .array(meddling, { minLength: 1, maxLength: 2 })
    .map((all) => named(`at order ${fc.stringify(all)}`, (world) => world.meddleAtOrder(all))),
  which.map((one) => named(`reconcile(${one})`, (world) => world.reconcile(one))),
  fc.constant(named('die', (world) => world.die())),
  terms.map((told) => named(`tell(${fc.stringify(told)})`, (world) => world.tell(told))),
  fc.constantFrom(5000, 40_000, 400_000).map((ms) => named(`pass(${ms})`, (world) => world.pass(ms))),
);

test('an order is made once, is about its own position, and is bounded by what is there', async () => {
  const sent = new Map<string, number>();
  let bounded = 0;
  const mode = fc.constantFrom('hedging' as const, 'hedging' as const, 'netting' as const);
  const rate = fc.constantFrom(0, 0, 0.1, 0.3);
  await fc.assert(
    fc.asyncProperty(
      mode,
      fc.nat(1000),
      rate,
      fc.array(step, { minLength: 4, maxLength: 25 }),
      async (marginMode, seed, faulty, steps) => {
        const world = new MeddledBridge(marginMode, seed + 1, faulty);
        await world.reconcile(0);
        world.decide('PARTIAL_CLOSE');
        for (const one of steps) await one(world);
        await world.rest();
        expect(world.faults).toEqual([]);
        bounded += world.bounded;
        for (const [kind, count] of world.sent) sent.set(kind, (sent.get(kind) ?? 0) + count);
      },
    ),
    { numRuns: runs(200) },
  );
  expect(bounded).toBeGreaterThan(3);
  for (const kind of ['PARTIAL_CLOSE', 'OPEN_HEDGE', 'CLOSE_ALL'])
    expect(sent.get(kind) ?? 0, kind).toBeGreaterThan(3);
});

test('an order to close is tried until nothing is open, whoever closes a part while it is on its way', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 19 }), { minLength: 1, maxLength: 4 }),
      async (parts) => {
        const world = new MeddledBridge('hedging', 1, 0);
        await world.reconcile(0);
        world.decide('CLOSE_ALL');
        for (const part of parts) {
          world.meddleAtOrder([['position', -part / 10]]);
          await world.drain(0);
          world.pass(60_000);
        }
        await world.rest();
        expect(world.broker.positions()).toEqual([]);
        expect(world.trade?.state ?? 'CLOSED').toBe('CLOSED');
      },
    ),
    { numRuns: runs(50) },
  );
});
