// The database's time as a process reckons it: no one clock that is set wrong moves it.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DatabaseClock } from '../../../src/engine/database-clock.js';

const TRUE = Date.UTC(2026, 0, 5);
const DAY = 86_400_000;
const offset = fc.integer({ min: -2 * DAY, max: 2 * DAY });

/** Passes time between sights of a database and a machine that may be off by something. */
const steps = fc.array(
  fc.record({
    ms: fc.integer({ min: 0, max: 60_000 }),
    off: offset,
    of: fc.constantFrom('database', 'machine'),
  }),
  { minLength: 1, maxLength: 20 },
);

/** How far the reckoned time is from the true one after each step, ms. */
function errorsOf(course: readonly { ms: number; database: number; machine: number }[]): number[] {
  let passed = 0;
  let machine = 0;
  const clock = new DatabaseClock(
    () => passed,
    () => TRUE + passed + machine,
  );
  clock.saw(TRUE);
  return course.map((step) => {
    passed += step.ms;
    machine = step.machine;
    clock.saw(TRUE + passed + step.database);
    return Math.abs(clock.now() - (TRUE + passed));
  });
}

test('one that jumps, now the one and now the other, moves it by less than what counts as agreeing', () => {
  fc.assert(
    fc.property(steps, (course) => {
      const errors = errorsOf(
        course.map(({ ms, off, of }) => ({
          ms,
          database: of === 'database' ? off : 0,
          machine: of === 'machine' ? off : 0,
        })),
      );
      expect(Math.max(...errors)).toBeLessThanOrEqual(5000 * course.length);
    }),
  );
});

test("a machine's date that is always wrong moves nothing", () => {
  fc.assert(
    fc.property(steps, offset, (course, machine) => {
      expect(Math.max(...errorsOf(course.map(({ ms }) => ({ ms, database: 0, machine }))))).toBe(0);
    }),
  );
});

test('a database that was wrong at the start is believed once it agrees with the machine', () => {
  let passed = 0;
  const clock = new DatabaseClock(
    () => passed,
    () => TRUE + passed,
  );
  clock.saw(TRUE - DAY);
  expect(clock.now()).toBe(TRUE - DAY);
  passed = 1000;
  clock.saw(TRUE + passed);
  expect(clock.now()).toBe(TRUE + passed);
});

test('between two sights time passes as it does here', () => {
  let passed = 0;
  const clock = new DatabaseClock(
    () => passed,
    () => 0,
  );
  clock.saw(TRUE);
  passed = 60_000;
  expect(clock.now()).toBe(TRUE + 60_000);
});
