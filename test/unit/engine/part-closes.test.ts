// However orders are filled in parts, people close parts beside them and servers change: DTMS closes no more than it decided,
// and leaves what its decision is to leave.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { PartCloseWorld, type Work } from '../../support/part-close-world.js';
import { runs } from '../../support/properties.js';

const work: fc.Arbitrary<Work> = fc.record({
  before: fc.array(fc.constantFrom('person', 'person', 'adder', 'snapshot'), { maxLength: 12 }),
  filled: fc.oneof(fc.constant(100), fc.integer({ min: 1, max: 99 })),
  told: fc.constantFrom('truth', 'truth', 'truth', 'late', 'nothing', 'refused'),
  meanwhile: fc.array(fc.constantFrom('person', 'snapshot'), { maxLength: 3 }),
});

type Step = (world: PartCloseWorld) => void | Promise<void>;
const named = (name: string, step: Step): Step => Object.assign(step, { [fc.toStringMethod]: () => name });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: work.map((one) => named(`work(${fc.stringify(one)})`, (world) => world.work(one))),
  },
  fc.integer({ min: 1, max: 30 }).map((steps) => named(`person(${steps})`, (world) => world.person(steps))),
  fc.integer({ min: 1, max: 10 }).map((steps) => named(`adder(${steps})`, (world) => world.adder(steps))),
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('complete' as const, 'partial' as const)
      .map((whole) => named(`snapshot(${whole})`, (world) => world.snapshot(whole))),
  },
  fc.constant(named('decide', (world) => world.decide())),
  fc
    .constantFrom('json' as const, 'packed' as const)
    .map((stored) => named(`restart(${stored})`, (world) => world.restart(stored))),
  fc.constantFrom(5000, 70_000, 400_000).map((ms) => named(`pass(${ms})`, (world) => world.pass(ms))),
);

test('no more is closed than was decided, and nothing below what a decision leaves', async () => {
  let [fitted, closed, bounded, spared] = [0, 0, 0, 0];
  const terms = fc.constantFrom(
    {},
    { volumeMin: 0.05, volumeStep: 0.05 },
    { volumeMin: 0.1, volumeStep: 0.01 },
    { volumeMin: 0.01, volumeStep: 0.03 },
  );
  await fc.assert(
    fc.asyncProperty(terms, fc.array(step, { minLength: 4, maxLength: 30 }), async (told, steps) => {
      const world = new PartCloseWorld(told);
      await world.decide();
      for (const one of steps) if (!world.isOver) await one(world);
      expect(world.faults).toEqual([]);
      expect(world.closed).toBeLessThanOrEqual(world.decided);
      fitted += world.fitted;
      closed += world.closed;
      bounded += world.bounded;
      spared += world.spared;
    }),
    { numRuns: runs(500) },
  );
  // Runs in which nothing is closed, or nothing is closed beside it, prove nothing.
  expect(closed).toBeGreaterThan(50);
  expect(fitted).toBeGreaterThan(20);
  expect(bounded).toBeGreaterThan(20);
  expect(spared).toBeGreaterThan(20);
});

describe('the rest of a partial close', () => {
  const part = (filled: number): Work => ({ before: [], filled, told: 'truth', meanwhile: [] });

  it('is what somebody who closed meanwhile left of it', async () => {
    const world = new PartCloseWorld();
    await world.decide();
    await world.work(part(20));
    expect(world.trade.actions).toMatchObject([{ volume: 0.4, leaves: 0.5 }]);
    world.person(30);
    await world.snapshot('complete');
    await world.work(part(100));
    expect([world.volume, world.trade.volume, world.trade.actions]).toEqual([0.5, 0.5, []]);
  });

  it('is over where somebody closed all of it, told by a snapshot that is incomplete', async () => {
    const world = new PartCloseWorld();
    await world.decide();
    await world.work(part(20));
    world.person(45);
    await world.snapshot('partial');
    await world.work(part(100));
    expect([world.volume, world.trade.actions]).toEqual([0.45, []]);
  });
});
