// However hedges are opened and closed, refused, filled in parts and lost: at rest a trade that is HEDGED has a hedge at the broker,
// or an order under way that makes one, or one in doubt of which a person hears. Otherwise its state says that it has none.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type Fate, HedgeStateWorld } from '../../support/hedge-state-world.js';
import { runs } from '../../support/properties.js';

type Step = (world: HedgeStateWorld) => void | Promise<void>;
const named = (name: string, step: Step): Step => Object.assign(step, { [fc.toStringMethod]: () => name });
const fate = fc.constantFrom<Fate>(
  'done',
  'done',
  'part',
  'refused',
  'later',
  'market closed',
  'lost done',
  'lost undone',
);
const by = fc.constantFrom('person' as const, 'rail' as const, 'rule' as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fate.map((one) => named(`work(${one})`, (world) => world.work(one))) },
  { weight: 2, arbitrary: fc.constant(named('hedge', (world) => world.hedge())) },
  { weight: 2, arbitrary: by.map((one) => named(`closeAll(${one})`, (world) => world.closeAll(one))) },
  fc.constant(named('unhedge', (world) => world.unhedge())),
  fc.boolean().map((whole) => named(`snapshot(${whole})`, (world) => world.snapshot(whole))),
  fc.constant(named('restart', (world) => world.restart())),
  fc.constantFrom(5000, 70_000, 700_000).map((ms) => named(`pass(${ms})`, (world) => world.pass(ms))),
  fc
    .constantFrom('give-up' as const, 'retry' as const)
    .map((how) => named(`resolve(${how})`, (world) => world.resolve(how))),
  fc
    .tuple(fc.constantFrom('position' as const, 'hedge' as const), fc.constantFrom(0.5, 1))
    .map(([which, share]) => named(`person(${which}, ${share})`, (world) => world.person(which, share))),
);

test('at rest a HEDGED trade has a hedge, or one on its way, or it is not HEDGED', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 3, maxLength: 25 }),
      fc.constantFrom<Fate>('done', 'refused'),
      async (steps, last) => {
        const world = new HedgeStateWorld();
        await world.snapshot(true);
        world.hedge();
        for (const one of steps) await one(world);
        await world.rest(last);
        expect(world.fault).toBeNull();
        for (const what of world.seen) seen.set(what, (seen.get(what) ?? 0) + 1);
      },
    ),
    { numRuns: runs(400) },
  );
  for (const what of [
    'OPEN_HEDGE done',
    'OPEN_HEDGE refused',
    'CLOSE_ALL refused',
    'CLOSE_HEDGE done',
    'closed by rail',
  ])
    expect(seen.get(what) ?? 0, what).toBeGreaterThan(5);
});

describe('an order to close everything that was refused', () => {
  it.each(['person', 'rail', 'rule'] as const)(
    'ends the state of a trade whose hedge it took back: %s',
    async (who) => {
      const world = new HedgeStateWorld();
      await world.snapshot(true);
      world.hedge();
      world.closeAll(who);
      expect(world.trade).toMatchObject({ state: 'HEDGED', actions: [{ type: 'CLOSE_ALL' }] });
      await world.work('refused');
      expect(world.trade).toMatchObject({
        state: 'WARNING_L2',
        hedge: null,
        deadLetters: [{ type: 'CLOSE_ALL' }],
      });
    },
  );
});
