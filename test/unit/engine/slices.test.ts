// Deciding a bar in slices: whatever callers do between two of them, every trade is decided once, as it would have been
// at once, the journal makes the same log again, and the circuit breaker judges the bar as a whole.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TradeEvent } from '../../../src/domain/trade/event.js';
import { SEVERITY } from '../../../src/domain/trade/state-machine.js';
import { tradeKey } from '../../../src/engine/results.js';
import { runs } from '../../support/properties.js';
import { bytesOf, fleet, type Interlude, restoredView, SlicedCourse } from '../../support/sliced-course.js';

const TRADES = 90;
const INTERLUDES = fc.array(
  fc.tuple(
    fc.constantFrom<Interlude[0]>('close', 'pause', 'resume', 'stop', 'register', 'slice', 'slice', 'slice'),
    fc.integer({ min: 1, max: TRADES }),
  ),
  { maxLength: 40 },
);
const nameOf = ({ trade: { spec } }: TradeEvent): string => tradeKey(spec.account, spec.ticket);

function byTrade(events: readonly TradeEvent[]): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (const event of events) found.set(nameOf(event), [...(found.get(nameOf(event)) ?? []), bytesOf(event)]);
  return found;
}

/** Transitions that the bar decided. */
const decisions = (events: readonly TradeEvent[], at: number): TradeEvent[] =>
  events.filter(
    ({ change, at: moment }) => moment === at && change.kind === 'stateChanged' && change.evaluation !== null,
  );

describe('with callers between the slices', () => {
  test('the journal makes the log again, and no trade is decided twice or left out', async () => {
    let moved = 0;
    await fc.assert(
      fc.asyncProperty(INTERLUDES, async (interludes) => {
        const whole = new SlicedCourse(fleet(TRADES));
        whole.wholeBar();
        const course = new SlicedCourse(fleet(TRADES));
        course.bar();
        expect(course.engine.checks.size).toBe(1);
        for (const interlude of interludes) course.interlude(interlude);
        course.rest();
        expect(await course.repeated()).toEqual(course.events.map(bytesOf));

        const decided = decisions(course.events, course.at).map(nameOf);
        expect(new Set(decided).size).toBe(decided.length);
        moved += decided.length;
        // Of what nobody touched, the log is the same as without slices, but for the order of trades.
        const touched = new Set(
          interludes.flatMap(([what, ticket]) =>
            what === 'slice' ? [] : [`demo-${(ticket - 1) % 2}:${ticket}`],
          ),
        );
        const [ours, theirs] = [byTrade(course.events), byTrade(whole.events)];
        for (const [name, events] of theirs) if (!touched.has(name)) expect(ours.get(name)).toEqual(events);
      }),
      { numRuns: runs(15) },
    );
    expect(moved).toBeGreaterThan(TRADES);
  });
});

test('the worst states come first, and of one state those nearest their stop', () => {
  const course = new SlicedCourse(fleet(TRADES));
  course.bar();
  course.rest();
  const decided = decisions(course.events, course.at);
  expect(decided.length).toBeGreaterThan(TRADES / 2);
  const urgency = decided.map(({ trade, change }) => {
    const from = change.kind === 'stateChanged' ? change.from : 'CLOSED';
    return { severity: SEVERITY[from], stop: trade.spec.stopLoss ?? 0, ticket: Number(trade.spec.ticket) };
  });
  const sorted = [...urgency].sort(
    (one, other) => other.severity - one.severity || other.stop - one.stop || one.ticket - other.ticket,
  );
  expect(urgency).toEqual(sorted);
  expect(new Set(urgency.map(({ severity }) => severity)).size).toBeGreaterThan(2);
});

test.each([1, 7, 60, 1000])(
  'the circuit breaker judges the bar as a whole, in slices of %i steps',
  (steps) => {
    // All are to be hedged or closed: in one transaction every one of them would be held.
    const trades = fleet(TRADES, ['WARNING_L2']);
    const course = new SlicedCourse(trades);
    course.bar();
    while (course.engine.checks.size > 0) course.slice(steps);
    const whole = new SlicedCourse(trades);
    whole.wholeBar();
    const statuses = (one: SlicedCourse) =>
      [...one.engine.trades()].map(({ actions }) => actions.map(({ type, status }) => `${type} ${status}`));
    expect(statuses(course)).toEqual(statuses(whole));
    expect(statuses(course).flat()).toContain('OPEN_HEDGE HELD');
    expect(statuses(course).flat()).not.toContain('OPEN_HEDGE PENDING');
  },
);

test('data of the market waits: what is left is decided before it is taken', () => {
  const course = new SlicedCourse(fleet(TRADES));
  course.bar();
  course.slice(TRADES + 10);
  const before = decisions(course.events, course.at).length;
  course.engine.forget('default', 'BTCUSD');
  expect(course.engine.checks.size).toBe(0);
  expect(before).toBeGreaterThan(0);
  expect(decisions([...course.engine.undrained], course.at).length).toBeGreaterThan(0);
});

test('the next leader decides what was left, and nothing twice', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 * TRADES }), (steps) => {
      const whole = new SlicedCourse(fleet(TRADES));
      whole.wholeBar();
      const first = new SlicedCourse(fleet(TRADES));
      first.bar();
      if (steps > 0) first.slice(steps);
      const next = new SlicedCourse([]);
      next.engine.renewView(restoredView(first.engine));
      for (const trade of first.engine.trades()) next.engine.restoreTrade(trade);
      next.engine.resumeChecks();
      next.rest();
      expect(byTrade([...first.events, ...next.events])).toEqual(byTrade(whole.events));
      expect(next.engine.view('default', 'BTCUSD')?.schedule.open ?? null).toBeNull();
    }),
    { numRuns: runs(10) },
  );
});
