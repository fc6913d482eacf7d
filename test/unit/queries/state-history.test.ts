// The history of states: which moments are asked for, and that going back from the present tells the same
// as going forward from the beginning.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { STATES, type State } from '../../../src/domain/trade/state.js';
import { DtmsError } from '../../../src/errors/errors.js';
import { countsAt, listStateHistory, momentsOf } from '../../../src/queries/state-history.js';
import { QueryTooLongError } from '../../../src/store/errors.js';
import type { StateMove, StateMoves } from '../../../src/store/state-moves.js';

const NOW = Date.UTC(2025, 5, 2, 12);
const DAY = 86_400_000;
const ask = (startMs?: number, endMs?: number, stepSeconds = 0) =>
  momentsOf(
    {
      start: startMs ?? null,
      end: endMs ?? null,
      stepMs: stepSeconds === 0 ? null : stepSeconds * 1000,
    },
    NOW,
  );

describe('the moments', () => {
  test('without more are of the last day, 241 of them', () => {
    const moments = ask();
    expect(moments).toHaveLength(241);
    expect([moments[0], moments[1], moments.at(-1)]).toEqual([NOW - DAY, NOW - DAY + 360_000, NOW]);
  });

  test('end with the end and keep their distance', () => {
    fc.assert(
      fc.property(fc.nat(DAY), fc.nat(DAY), fc.integer({ min: 100, max: 86_400 }), (before, span, step) => {
        const [start, end] = [NOW - before - span, NOW - before];
        const moments = ask(start, end, step);
        expect(moments.at(-1)).toBe(end);
        expect(moments[0]).toBeGreaterThanOrEqual(start);
        expect(moments[0]).toBeLessThan(start + step * 1000);
        for (const [index, moment] of moments.entries()) {
          if (index > 0) expect(moment - (moments[index - 1] ?? 0)).toBe(step * 1000);
        }
      }),
    );
  });

  test('are at least a second apart, and not after now', () => {
    expect(ask(NOW - 3500)).toEqual([NOW - 3000, NOW - 2000, NOW - 1000, NOW]);
    expect(ask(NOW, NOW + DAY)).toEqual([NOW]);
  });

  test('are 1,000 at most', () => {
    expect(ask(NOW - 999_999, NOW, 1)).toHaveLength(1000);
    expect(() => ask(NOW - 1_000_000, NOW, 1)).toThrow('1001 points');
    expect(() => ask(NOW - 1, NOW - 2)).toThrow('after the end');
  });
});

/** [trade, state it goes to, ms since the event before]. */
const course = fc.array(fc.tuple(fc.nat(5), fc.constantFrom(...STATES), fc.nat(3)), { maxLength: 60 });

interface Event {
  readonly at: number;
  readonly from: State | null;
  readonly to: State;
}

function eventsOf(steps: readonly (readonly [number, State, number])[]): Event[] {
  const states = new Map<number, State>();
  const events: Event[] = [];
  let at = NOW;
  for (const [trade, to, later] of steps) {
    at += later;
    const from = states.get(trade) ?? null;
    if (from === to || (from === null && to === 'CLOSED')) continue;
    states.set(trade, to);
    events.push({ at, from, to });
  }
  return events;
}

/** Open trades per state, after these events. */
function forward(events: readonly Event[]): Map<State, number> {
  const counts = new Map<State, number>(STATES.map((state) => [state, 0]));
  for (const { from, to } of events) {
    if (from !== null) counts.set(from, (counts.get(from) ?? 0) - 1);
    counts.set(to, (counts.get(to) ?? 0) + 1);
  }
  counts.delete('CLOSED');
  return counts;
}

describe('the points', () => {
  test('tell what a replay from the beginning tells', () => {
    fc.assert(
      fc.property(
        course,
        fc.integer({ min: 1, max: 9 }),
        fc.nat(40),
        fc.option(fc.nat(120)),
        (steps, step, n, known) => {
          const events = eventsOf(steps);
          const moments = Array.from({ length: n + 1 }, (_, index) => NOW - 5 + index * step);
          const moves: StateMove[] = events
            .map(({ at, from, to }) => ({
              after: moments.filter((moment) => moment <= at).length,
              from,
              to,
              trades: 1,
            }))
            .filter(({ after }) => after > 0);
          const knownAfter = known === null ? null : NOW + known;
          const points = countsAt(moments, { now: forward(events), moves, knownAfter });
          expect(points.map(({ at }) => at)).toEqual(moments.filter((moment) => moment > (knownAfter ?? 0)));
          for (const point of points) {
            const expected = forward(events.filter(({ at }) => at < point.at));
            expect([...point.trades]).toEqual([...expected]);
          }
        },
      ),
    );
  });
});

test('history that takes too long to count is refused, and says of which field', async () => {
  const store = { readStateMoves: (): Promise<StateMoves> => Promise.reject(new QueryTooLongError(5000)) };
  const sources = { state: () => ({ databaseNow: () => NOW }), store };
  const refused = listStateHistory(sources, null, { start: null, end: null, stepMs: null });
  await expect(refused).rejects.toBeInstanceOf(DtmsError);
  await expect(refused).rejects.toMatchObject({ violations: [{ field: 'start_time' }] });
});
