// A check looks at the trades that it may move. What is left out would not have been moved: the log is the one of a check of
// every trade that has a policy of its own, as older programs made it; and their journals are repeated to their logs.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NO_UPDATE } from '../../../src/domain/actions/broker-update.js';
import { favourable } from '../../../src/domain/market/direction.js';
import type { PolicyTerms } from '../../../src/domain/policy/policy.js';
import type { TradeEvent } from '../../../src/domain/trade/event.js';
import { Engine } from '../../../src/engine/engine.js';
import { LIVELY } from '../../support/engine-course.js';
import { anyPolicy, NO_PLAN, policyOf } from '../../support/policies.js';
import { runs } from '../../support/properties.js';
import { barItem, quoteItem, take } from '../../support/scripted-view.js';
import { bytesOf, fleet, SlicedCourse } from '../../support/sliced-course.js';
import { MONDAY, syntheticBars } from '../../support/synthetic-market.js';
import { specOf, TERMS } from '../../support/trades.js';

const M15 = 900_000;
const WARM = 60;
const BARS = 40;
const TRADES = 6;

/** What happens beside the bars: to the trade of a ticket, after a bar. */
interface Happening {
  readonly what: 'fill' | 'loosen' | 'pause' | 'resume';
  readonly bar: number;
  readonly ticket: number;
}

const happenings = fc.array(
  fc.record({
    what: fc.constantFrom<Happening['what'][]>('fill', 'fill', 'fill', 'loosen', 'pause', 'resume'),
    bar: fc.integer({ min: 1, max: BARS - 1 }),
    ticket: fc.integer({ min: 1, max: TRADES }),
  }),
  { maxLength: 40 },
);

function happen(engine: Engine, { what, ticket }: Happening, now: number): void {
  const trade = engine.get('demo', BigInt(ticket));
  if (trade === undefined || trade.state === 'CLOSED') return;
  const key = trade.spec;
  const open = trade.actions.findLast(({ stopLoss }) => stopLoss !== null)?.stopLoss ?? null;
  if (what === 'pause') engine.pause(key, 'a test', now);
  else if (what === 'resume') engine.resume(key, 'a test', now);
  else if (what === 'fill' && open !== null) engine.update(key, { ...NO_UPDATE, stopLoss: open }, now);
  else if (what === 'loosen') {
    const { direction, entryPrice } = trade.spec;
    engine.update(key, { ...NO_UPDATE, stopLoss: entryPrice - favourable(direction) * 12 }, now);
  }
}

/** The log of a course. */
function logOf(
  concern: 'moved' | 'policies',
  seed: number,
  policies: readonly PolicyTerms[],
  told: readonly Happening[],
  terms: 'told' | 'shown',
): readonly TradeEvent[] {
  const engine = new Engine(LIVELY);
  engine.checks.concern = concern;
  if (terms === 'told') engine.upsertInstrument(TERMS);
  const bars = syntheticBars({ seed, count: WARM + BARS, length: M15 });
  for (const bar of bars.slice(0, WARM)) take(engine, 'default', barItem(bar));
  for (const policy of policies) engine.policies.upsert(policy, () => true);
  for (let index = 0; index < BARS; index += 1) {
    const now = MONDAY + (WARM + index) * M15;
    if (index < TRADES) {
      const direction = index % 2 === 0 ? 'BUY' : 'SELL';
      const entryPrice = bars[WARM + index - 1]?.close ?? 100;
      const stopLoss = index % 3 === 0 ? null : entryPrice - favourable(direction) * 8;
      const ticket = BigInt(index + 1);
      engine.register(specOf({ ticket, direction, entryPrice, stopLoss, openedAt: now - 1 }), now);
      take(engine, 'default', quoteItem(now + 1000, entryPrice, entryPrice + 0.02));
    }
    for (const one of told) if (one.bar === index) happen(engine, one, now + 2000);
    const bar = bars[WARM + index];
    if (bar !== undefined) take(engine, 'default', barItem(bar));
  }
  return engine.drain().events;
}

test('whoever is left out of a check would not have been moved by it', () => {
  const seen = { events: 0, planned: 0, unmet: 0 };
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.array(anyPolicy(['a', 'b', 'c']), { minLength: 1, maxLength: 3 }),
      happenings,
      fc.constantFrom('told' as const, 'shown' as const),
      (seed, policies, told, terms) => {
        const moved = logOf('moved', seed, policies, told, terms);
        expect(moved.map(bytesOf)).toEqual(logOf('policies', seed, policies, told, terms).map(bytesOf));
        for (const { change } of moved) {
          seen.events += 1;
          if (change.kind !== 'actionPlanned') continue;
          seen.planned += change.planned.length;
          seen.unmet += change.suppressed.length;
        }
      },
    ),
    { numRuns: runs(40) },
  );
  expect(seen.events).toBeGreaterThan(500);
  expect(seen.planned).toBeGreaterThan(50);
  expect(seen.unmet).toBeGreaterThan(50);
}, 120_000);

/** Moves nobody. */
const FAR = policyOf({ plan: NO_PLAN, rules: [{ kind: 'chandelier', atrs: 1000 }] });

test('a journal in which all trades of policies took steps is repeated to its log', async () => {
  const ofPolicy = fleet(90).map((trade, index) =>
    index % 3 === 0 ? { ...trade, policy: { name: 'tried', version: 1 } } : trade,
  );
  const steps = async (concern: 'moved' | 'policies') => {
    const course = new SlicedCourse(ofPolicy, { policies: [FAR], concern });
    course.bar();
    const [check] = course.engine.checks.all();
    // Another trade is registered in the middle of it: the log tells where the slices ended.
    course.slice(100);
    course.interlude(['register', 1]);
    course.rest();
    expect(await course.repeated()).toEqual(course.events.map(bytesOf));
    return check?.size ?? 0;
  };
  expect(await steps('policies')).toBeGreaterThan(await steps('moved'));
});
